"""The pension sector as data: its money, its paydays, and the routes from it to crypto.

A route says whom it can reach and who has to act. A headline reaches every dollar. A sleeve of
the default fund reaches those whom their plan enrolled; an option of the menu only those who
choose it; a brokerage window hardly anyone.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.levers import RebalancingRule

__all__ = [
    "PPM",
    "Cadence",
    "MenuRoute",
    "PayMix",
    "PensionSpec",
    "Route",
    "Routes",
    "SleeveRoute",
    "WindowRoute",
]

PPM = 1_000_000
BLS = "BLS Current Employment Statistics, length of pay period, March 2013 (M9): businesses"

ICI_HYBRID = "ICI, Q1 2025: hybrid mutual funds 1.4 T of 8.7 T USD (PEN-N6, PEN-N2)"
AUTO = "61 % of plans auto-enrol (2024), 98 % of those into target-date funds (2021) (M9)"
TWO_OF_17 = "Vanguard 2025: 17 options offered, 2 used (M9), hence 2/17 if none is favoured"
WINDOW = "about 2-3 % of participants use a window (general knowledge, not verified)"


class Route(Frozen):
    """One way from savings to crypto. As it stands: every dollar, nobody needs to act."""

    asset_reach: float = quantity(
        1.0,
        unit="1",
        source="the arithmetic of headlines (PEN-N8)",
        about="Share of the sector's assets that the route can touch once all sponsors offer it.",
        gt=0,
        le=1,
    )
    contribution_reach: float = quantity(
        1.0,
        unit="1",
        source="the arithmetic of headlines (PEN-N8)",
        about="Share of contributions that the route can touch once all sponsors offer it.",
        ge=0,
        le=1,
    )
    action_rate: float | None = quantity(
        None,
        unit="1/yr",
        source="no participant acts: the fund does it for them",
        about="Rate at which one whose sponsor offers the route takes it; None: at once.",
        gt=0,
    )
    rebalancing: RebalancingRule = quantity(
        "band",
        unit="none | calendar | band",
        source="M9: funds rebalance by themselves within a band",
        about="Rule that holds where the lever leaves it to the route.",
    )


class SleeveRoute(Route):
    """A sleeve of the default fund: savers are in it unless they leave."""

    asset_reach: float = quantity(
        0.161, unit="1", source=ICI_HYBRID, about="Assets in balanced funds.", gt=0, le=1
    )
    contribution_reach: float = quantity(
        0.598, unit="1", source=AUTO, about="Contributions by default.", ge=0, le=1
    )


class MenuRoute(Route):
    """One more option of the plan's menu, taken by those who choose it."""

    asset_reach: float = quantity(
        0.118, unit="1", source=TWO_OF_17, about="Assets of savers who would.", gt=0, le=1
    )
    contribution_reach: float = quantity(
        0.118, unit="1", source=TWO_OF_17, about="Contributions of the same.", ge=0, le=1
    )
    action_rate: float | None = quantity(
        0.098,
        unit="1/yr",
        source="ICI, DC Plan Participants' Activities 2017: 9.3 % changed allocation in the year",
        about="Rate at which such a saver gets round to it.",
        gt=0,
    )
    rebalancing: RebalancingRule = quantity(
        "none",
        unit="none | calendar | band",
        source="inertia: whoever changes nothing rebalances nothing (M9)",
        about="Rule that holds where the lever leaves it to the route.",
    )


class WindowRoute(MenuRoute):
    """A brokerage window: few use it, and they are used to acting."""

    asset_reach: float = quantity(
        0.025, unit="1", source=WINDOW, about="Assets behind windows.", gt=0, le=1
    )
    contribution_reach: float = quantity(
        0.025, unit="1", source=WINDOW, about="Contributions of the same.", ge=0, le=1
    )
    action_rate: float | None = quantity(
        0.5,
        unit="1/yr",
        source="assumption: window users trade several times as often as others",
        about="Rate at which a window user takes it up.",
        gt=0,
    )


class Routes(Frozen):
    """The routes a rule can open, by the name of the lever's value."""

    default: SleeveRoute = SleeveRoute()
    menu: MenuRoute = MenuRoute()
    window: WindowRoute = WindowRoute()
    headline: Route = Route()


class Cadence(StrEnum):
    """How often an employer pays."""

    WEEKLY = "weekly"
    BIWEEKLY = "biweekly"
    SEMIMONTHLY = "semimonthly"
    MONTHLY = "monthly"


class PayMix(Frozen):
    """Share of contributions paid at each cadence.

    The defaults count businesses; of those with 1,000 staff or more 72.9 % pay biweekly, so
    the mix by money leans further to biweekly than this one.
    """

    weekly: float = quantity(0.324, unit="1", source=BLS, about="Every Friday.", ge=0, le=1)
    biweekly: float = quantity(
        0.365,
        unit="1",
        source=BLS,
        about="Every other Friday, half of the employers on either.",
        ge=0,
        le=1,
    )
    semimonthly: float = quantity(
        0.198, unit="1", source=BLS, about="On the 15th and the last.", ge=0, le=1
    )
    monthly: float = quantity(0.113, unit="1", source=BLS, about="On the last.", ge=0, le=1)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if sum(self.ppm(cadence) for cadence in Cadence) != PPM:
            total = self.weekly + self.biweekly + self.semimonthly + self.monthly
            raise ValueError(
                "weekly, biweekly, semimonthly and monthly must sum to 1 in whole parts per "
                f"million, got {total:.7g}"
            )
        return self

    def ppm(self, cadence: Cadence) -> int:
        """Return a cadence's share in parts per million."""
        share: float = getattr(self, cadence.value)
        return round(share * PPM)


class PensionSpec(Frozen):
    """The 401(k) sector."""

    assets_usd: int = quantity(
        8_700_000_000_000, unit="USD", source="ICI, Q1 2025 (PEN-N2)", about="401(k) assets.", gt=0
    )
    contributions_usd: int = quantity(
        600_000_000_000,
        unit="USD/yr",
        source="US Labor Department, 570.2 bn in 2019, carried forward (M9: about 600-700)",
        about="Contributions of savers and employers.",
        ge=0,
    )
    pay: PayMix = PayMix()
    routes: Routes = Routes()
    curve: Literal["bass", "logistic"] = Field(
        default="bass", description="Form of the sponsors' S-curve; its speed is the ramp lever."
    )
    imitation_ratio: float = quantity(
        0.38 / 0.03,
        unit="1",
        source="Sultan, Farley and Lehmann 1990: averages q 0.38, p 0.03",
        about="q/p, the shape of the sponsors' Bass curve.",
        ge=0,
    )
    band: float = quantity(
        0.02,
        unit="1",
        source="about 2 percentage points (M9: general knowledge, not verified)",
        about="Drift that a band rule leaves alone: a share of the money in reach.",
        gt=0,
        lt=1,
    )
    band_relative: bool = quantity(
        False,
        unit="yes/no",
        source="M9 states the band in points",
        about="Measure the band relative to the sleeve's target instead: a 1 % sleeve can leave "
        "no other band downwards.",
    )
    btc_share: float = quantity(
        0.55,
        unit="1",
        source="BTC's share of crypto's capitalisation, about 55 %",
        about="Share of a flow into crypto that buys BTC; the rest goes to rest of world.",
        ge=0,
        le=1,
    )
    sleeve_fee: float = quantity(
        0.0025,
        unit="1/yr",
        source="spot BTC ETF, 0.25 % (M3: general knowledge, not verified)",
        about="Yearly cost of the sleeve.",
        ge=0,
        lt=1,
    )
    benchmark_fee: float = quantity(
        0.0026,
        unit="1/yr",
        source="ICI, average paid for equity funds in 401(k) plans (PEN-N15)",
        about="Yearly cost of what the sleeve replaces.",
        ge=0,
        lt=1,
    )
