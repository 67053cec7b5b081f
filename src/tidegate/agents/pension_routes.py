"""Routes from retirement savings to crypto: whom each can reach, and who has to act.

A headline reaches every dollar. A sleeve of the default fund reaches those whom their plan
enrolled; an option of the menu only those who choose it; a brokerage window hardly anyone.
"""

from __future__ import annotations

from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.levers import RebalancingRule

__all__ = ["MenuRoute", "Route", "Routes", "SleeveRoute", "WindowRoute"]

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

    default: Route = SleeveRoute()
    menu: Route = MenuRoute()
    window: Route = WindowRoute()
    headline: Route = Route()
