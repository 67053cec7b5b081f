"""A population of retirement plans as data: its money, sponsors, savers and routes."""

from __future__ import annotations

from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.pension import PayMix, Routes
from tidegate.scenario.plan_levers import PlansLevers
from tidegate.scenario.plan_sponsors import SponsorSpec
from tidegate.scenario.savers import SaverSpec

__all__ = ["PlanPopulationSpec", "PlansLevers"]


class PlanPopulationSpec(Frozen):
    """The 401(k) sector, plan by plan."""

    assets_usd: int = quantity(
        8_700_000_000_000,
        unit="USD",
        source="ICI, Q1 2025 (PEN-N2)",
        about="401(k) assets.",
        gt=0,
        le=9_000_000_000_000,
    )
    contributions_usd: int = quantity(
        600_000_000_000,
        unit="USD/yr",
        source="US Labor Department, 570.2 bn in 2019, carried forward (M9: about 600-700)",
        about="Contributions of savers and employers at the start.",
        ge=0,
    )
    growth: float = quantity(
        0.05,
        unit="1/yr",
        source="assumption: long-run return of a balanced fund",
        about="Return on money that is not in coins.",
        ge=-0.5,
        le=0.5,
    )
    pay_growth: float = quantity(
        0.03, unit="1/yr", source="assumption", about="Growth of pay.", ge=-0.5, le=0.5
    )
    phase_months: int = quantity(
        12,
        unit="months",
        source="assumption: a fund's manager builds a new sleeve over a year",
        about="Time in which a default fund reaches its sleeve's weight.",
        ge=1,
    )
    btc_share: float = quantity(
        0.55,
        unit="1",
        source="BTC's share of crypto's capitalisation, about 55 %",
        about="Share of a flow into coins that buys BTC; the rest goes to rest of world, and is "
        "taken to move with BTC.",
        ge=0.001,  # kept in whole parts per million, and coins are worth their BTC over it
        le=1,
    )
    band: float = quantity(
        0.02,
        unit="1",
        source="about 2 percentage points (M9: general knowledge, not verified)",
        about="Drift that a band rule leaves alone: a share of the money in reach.",
        gt=0,
        lt=1,
    )
    pay: PayMix = PayMix()
    routes: Routes = Routes()
    sponsors: SponsorSpec = SponsorSpec()
    savers: SaverSpec = SaverSpec()
