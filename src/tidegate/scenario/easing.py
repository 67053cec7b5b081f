"""Monetary policy: meetings, what the market expects of them, and what it makes of surprises.

A rate change has two parts. What was expected had its effect when it came to be expected; the
surprise moves the value of coins on the day, and more so over the days that follow. Surprises are
stated in basis points of the two-year yield, which is how their effect is measured.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Final, Self

from pydantic import Field, model_validator

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["SEPTEMBER_2025", "CreditResponseSpec", "EasingSpec", "Meeting", "RateLevers"]

MA: Final = "Ma, Tian, Hsiao and Deng (2022), Research in International Business and Finance 62"


class Meeting(Frozen):
    """One meeting of the committee that sets the policy rate."""

    day: dt.date = Field(description="Day of the decision.")
    change_bp: float = quantity(
        0.0, unit="bp", source="scenario", about="Change of the target range.", ge=-500, le=500
    )
    expected_bp: float = quantity(
        0.0,
        unit="bp",
        source="scenario; fed funds futures say it for past meetings",
        about="Change that the market expects on the eve.",
        ge=-500,
        le=500,
    )
    priced_days: float | None = quantity(
        None,
        unit="days",
        source="scenario",
        about="Days before the decision at which that came to be expected, as news; None: before"
        " the run.",
        gt=0,
    )

    @property
    def surprise_bp(self) -> float:
        """What nobody expected."""
        return self.change_bp - self.expected_bp


SEPTEMBER_2025: Final = Meeting(day=dt.date(2025, 9, 17), change_bp=-25, expected_bp=-25)
"""The cut that futures had priced in full; BTC lost 1 % on the day and was above it on the next."""

SCHEDULED: Final = tuple(
    Meeting(day=dt.date(year, month, day))
    for year, month, day in (
        (2026, 1, 28),
        (2026, 3, 18),
        (2026, 4, 29),
        (2026, 6, 17),
        (2026, 7, 29),
        (2026, 9, 16),
        (2026, 10, 28),
        (2026, 12, 9),
    )
)


class EasingSpec(Frozen):
    """The policy rate, the central bank's balance sheet, and how coins are valued by them."""

    lower_bp: float = quantity(
        350.0,
        unit="bp",
        source="FOMC, 10 December 2025: 3.50-3.75 %",
        about="Lower end of the target range at the start.",
        ge=0,
    )
    width_bp: float = quantity(
        25.0, unit="bp", source="FOMC, since 2008", about="Width of the target range.", ge=0
    )
    meetings: tuple[Meeting, ...] = Field(
        default=SCHEDULED,
        description="Decisions by date; the default is the FOMC's schedule, with no change.",
    )
    statement_second: int = quantity(
        68_400,
        unit="s of the UTC day",
        source="FOMC statements: 14:00 New York, in winter; in summer an hour earlier",
        about="Second of the day at which decisions are public.",
        ge=0,
        lt=86_400,
    )
    response: float = quantity(
        -0.0025,
        unit="log price of BTC per bp",
        source=MA + ": -0.25 % a day for +1 bp in the two-year yield",
        about="What a surprise does to value on the day; 0 switches the channel off.",
        ge=-0.1,
        le=0.1,
    )
    anticipated: float = quantity(
        0.0,
        unit="1",
        source="Kuttner (2001): yields hardly respond to what was anticipated; the cut of September"
        " 2025 likewise",
        about="Response to what was expected, over that to a surprise.",
        ge=-1,
        le=1,
    )
    ramp_minutes: float = quantity(
        30.0,
        unit="minutes",
        source="assumption: from the statement to the press conference",
        about="Time in which the day's part is taken up.",
        gt=0,
    )
    drift: float = quantity(
        0.5,
        unit="1",
        source="assumption; sign: " + MA + ", stronger over the following days, persistent",
        about="What the following days add, over the day's part; 0: nothing.",
        ge=-1,
        le=5,
    )
    drift_days: float = quantity(
        3.0, unit="days", source="assumption", about="Time constant of that.", gt=0
    )
    balance_usd: float = quantity(
        6.5e12,
        unit="USD",
        source="Federal Reserve H.4.1, end of 2025, rounded",
        about="Assets of the central bank at the start.",
        ge=0,
        le=1e14,
    )
    balance_usd_month: float = quantity(
        0.0,
        unit="USD/month",
        source="scenario",
        about="Growth of its assets that is known at the start.",
        ge=-1e12,
        le=1e12,
    )
    purchases_bp: float = quantity(
        -19.4,
        unit="bp per trillion USD",
        source="Gagnon, Raskin, Remache and Sack (2011): the two-year yield lost 34 bp on news of"
        " purchases of 1.75 trillion USD",
        about="What news of purchases does to the two-year yield; 0 switches it off.",
        ge=-200,
        le=0,
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        days = [meeting.day for meeting in self.meetings]
        if any(later <= day for day, later in pairwise(days)):
            raise ValueError(f"meetings must be in order of different days, got {days}")
        return self


class RateLevers(Frozen):
    """A decision of the central bank beside those on the calendar."""

    decided: int | None = quantity(
        None, unit="s", source="none unless a policy posts one", about="Second it is public.", ge=0
    )
    cut_bp: float = quantity(
        0.0,
        unit="bp",
        source="none unless a policy posts one",
        about="Cut of the target range; below 0 a rise.",
        ge=-500,
        le=500,
    )
    surprise_share: float = quantity(
        0.0,
        unit="1",
        source="scenario; decisions are mostly priced in full on the eve",
        about="Share of cut and purchases that nobody expected, as the two-year yield has it; below"
        " 0: less came than was expected.",
        ge=-5,
        le=5,
    )
    balance_usd_month: float = quantity(
        0.0,
        unit="USD/month",
        source="none unless a policy posts one",
        about="Purchases of the central bank from then on; below 0 it lets assets run off.",
        ge=-1e12,
        le=1e12,
    )
    balance_months: float = quantity(
        12.0,
        unit="months",
        source="assumption: a programme's year",
        about="Their length.",
        gt=0,
        le=120,
    )


class CreditResponseSpec(Frozen):
    """What credit costs at a policy rate, and how much more of it is wanted when it costs less."""

    desk_spread_bp: float = quantity(
        600.0,
        unit="bp",
        source="assumption: loans of desks against coins cost 10 % at a policy rate of 4 %",
        about="What desks ask for over the policy rate.",
        ge=0,
    )
    desk_pass_through: float = quantity(
        1.0,
        unit="1",
        source="assumption: desks fund themselves at market rates",
        about="Part of a change of the policy rate that reaches a desk's borrowers.",
        ge=0,
        le=2,
    )
    pool_spread_bp: float = quantity(
        200.0,
        unit="bp",
        source="assumption: on-chain loans of stablecoins cost 6 % at a policy rate of 4 %",
        about="What on-chain pools ask for over the part of the policy rate that reaches them.",
        ge=0,
    )
    pool_pass_through: float = quantity(
        1.0,
        unit="1",
        source="assumption: who lends to a pool could hold bills",
        about="Part of a change of the policy rate that reaches a pool's borrowers.",
        ge=0,
        le=2,
    )
    ltv_semi_elasticity: float = quantity(
        0.025,
        unit="log per percentage point",
        source="DeFusco and Paciorek (2017): a point on mortgages lowers demand for them by 2-3 %;"
        " that borrowers against coins react alike is an assumption",
        about="Rise of the LTV wanted when a loan costs a percentage point less; 0: none.",
        ge=0,
        le=5,
    )
    leverage_semi_elasticity: float = quantity(
        0.025,
        unit="log per percentage point",
        source="assumption: as for loans",
        about="Rise of the leverage wanted on margin, likewise; 0: none.",
        ge=0,
        le=5,
    )
