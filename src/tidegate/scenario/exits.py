"""How a state leaves what it holds, again and again: by which route, and when."""

from __future__ import annotations

from tidegate.scenario.execution import ExecutionSpec
from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["ExitSpec"]


class ExitSpec(Frozen):
    """Exits in turn: on a calm Tuesday, on one when a venue is down, on a Saturday."""

    coins: float = quantity(
        3_200.0,
        unit="coins",
        source="Kazakhstan's cap of 350 M USD, early 2026",
        about="Of each.",
        gt=0,
        le=1e5,
    )
    fund: float = quantity(
        0.0,
        unit="1",
        source="assumption",
        about="Share of it held in shares of the fund.",
        ge=0,
        le=1,
    )
    first_day: int = quantity(
        0, unit="days", source="scenario", about="Day from whose Monday exits begin.", ge=0
    )
    count: int = quantity(24, unit="1", source="scenario", about="Exits in all.", ge=0)
    weeks: int = quantity(
        2, unit="weeks", source="assumption", about="From one exit to the next.", ge=2
    )
    hour: int = quantity(
        12,
        unit="h",
        source="assumption: afternoon in Central Asia, New York not open yet",
        about="Hour of the day of the decision, UTC.",
        ge=0,
        lt=24,
    )
    limit_days: int = quantity(
        9,
        unit="days",
        source="assumption",
        about="After which what is left counts unsold.",
        gt=0,
        le=9,
    )
    custody_hours: float = quantity(
        24.0,
        unit="h",
        source="assumption: signatures, and coins to venues",
        about="From a decision until coins can be sold.",
        ge=0,
        le=192,
    )
    outage_hours: float = quantity(
        48.0,
        unit="h",
        source="assumption: hours on 10 October 2025, for good at FTX",
        about="For which the largest venue is down.",
        ge=0,
    )
    tolerance: float = quantity(
        0.02,
        unit="1",
        source="assumption",
        about="Discount at which shares are sold at the most.",
        ge=0,
        lt=1,
    )
    execution: ExecutionSpec = ExecutionSpec(window_hours=6.0)
