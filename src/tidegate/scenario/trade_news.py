"""What trade policy does to values by assumption: one day's moves, and how likely a threat was.

The moves are those of 10 October 2025, when a tariff was threatened for 1 November. A threat that
was half believed moved prices by half of what the tariff would: dividing the day's moves by the
chance that it had gives what a certain one does. Everything else is arithmetic of chances.
"""

from __future__ import annotations

from typing import Final

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["TradeNewsSpec"]

DAY: Final = "10 October 2025, close on close"


class TradeNewsSpec(Frozen):
    """Direct effects on values, and the hazard of threats."""

    coins: float = quantity(
        -0.0743,
        unit="log price of BTC",
        source=f"{DAY}: 121,714 to 112,999 USD; forced selling elsewhere is in it",
        about="What the threat of that day did to the value of BTC.",
        ge=-1,
        le=1,
    )
    shares: float = quantity(
        -0.0274,
        unit="log price",
        source=f"{DAY}: S&P 500 -2.7 %",
        about="What it did to shares.",
        ge=-1,
        le=1,
    )
    gold: float = quantity(
        0.0139,
        unit="log price",
        source=f"{DAY}: futures +1.4 %",
        about="What it did to what gold is thought to be worth; 0: only money moves gold.",
        ge=-1,
        le=1,
    )
    dollar: float = quantity(
        -0.0060,
        unit="log index",
        source=f"{DAY}: DXY -0.6 %",
        about="What it did to the dollar.",
        ge=-1,
        le=1,
    )
    minerals: float = quantity(
        0.0,
        unit="log price",
        source="none measured",
        about="What it did to dealers' views of minerals.",
        ge=-1,
        le=1,
    )
    notice_days: float = quantity(
        21.0,
        unit="days",
        source="from the close of 10 October to 1 November 2025",
        about="Time from the close at which those moves are read to the day it was due.",
        ge=0,
        le=365,
    )
    retreat: float = quantity(
        0.03,
        unit="1/day",
        source="assumption: who threatens gives way within a month or so, as often in 2025",
        about="Hazard that a threat is taken back before it is due.",
        ge=0,
        le=1,
    )
    carried_out: float = quantity(
        0.9,
        unit="1",
        source="assumption",
        about="Chance that what has not been taken back by the day it is due is carried out.",
        gt=0,
        le=1,
    )
    premium: float = quantity(
        0.0,
        unit="log price of BTC",
        source="off; no measurement tells it from the change of chances",
        about="What not knowing costs by itself where the odds are even, for a threat of size 1.",
        ge=0,
        le=1,
    )
    outlook: float = quantity(
        0.25,
        unit="1",
        source="assumption: two large threats in 2025, so that one more raises the odds of others",
        about="Part of the fear of a threat that stays when it is over, as fear of the next.",
        ge=0,
        le=1,
    )
    stockpile_scare: float = quantity(
        0.0,
        unit="threat of 10 October 2025",
        source="off; MIN-H10 states that stockpiling is taken for a bad sign",
        about="What news that a state stockpiles adds to the fear of the next threat.",
        ge=0,
        le=10,
    )
    memory_days: float = quantity(
        365.0,
        unit="days",
        source="assumption: a year of experience; the posterior mean of a Poisson rate fades so",
        about="Time in which that fear halves.",
        gt=0,
        le=3650,
    )
