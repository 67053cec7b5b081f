"""The levers of a population of plans: what the law, regulators and teachers can change."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["PlanRoute", "PlansLevers"]

PlanRoute = Literal["default", "menu", "window", "headline"]
"""How savings reach coins: a sleeve of the default fund, an option of the plan's menu, a
brokerage window, or (the arithmetic of headlines) every dollar at once."""


class PlansLevers(Frozen):
    """What the law lets plans offer, at what risk to who offers it, and what savers know."""

    opened: int | None = quantity(
        None,
        unit="s",
        source="closed today: no route at scale (GAO, 2022 data: far below 1 % of 401(k) assets)",
        about="Second of the run from which sponsors may offer the route; None: they may not.",
        ge=0,
    )
    route: PlanRoute = Field(
        default="default",
        description="How savings reach coins: default, menu, window or headline.",
    )
    allocation: float = quantity(
        0.0,
        unit="1",
        source="status quo; headlines range over 0.001-0.1 (PEN-H1)",
        about="Share that the money within reach of the route puts into coins.",
        ge=0,
        le=1,
    )
    safe_harbour: bool = quantity(
        False,
        unit="yes/no",
        source="none today: a sponsor answers for the menu (ERISA); order 14330 asks for clarity",
        about="True: a sponsor cannot be sued for offering the route.",
        strict=True,
    )
    fee: float | None = quantity(
        None,
        unit="1/yr",
        source="the sleeve's own",
        about="Yearly cost of the sleeve; None leaves it to the scenario.",
        ge=0,
        lt=1,
    )
    reversed_from: int | None = quantity(
        None,
        unit="s",
        source="none unless a policy reverses the rule",
        about="Second from which no sponsor may join and those who offer may withdraw.",
        ge=0,
    )
    education: float | None = quantity(
        None,
        unit="1",
        source="the plans' own",
        about="Least education of savers in all plans, 0-1; None leaves it to the scenario.",
        ge=0,
        le=1,
    )
    rebalancing: Literal["none", "calendar", "band"] | None = Field(
        default=None,
        description="Rule that keeps the sleeve at its weight; None leaves it to the route.",
    )
    failed_firm: str | None = Field(
        default=None,
        description="Firm that has failed: stakes in it are lost, and everybody hears of that.",
    )
    frozen: bool = quantity(
        False,
        unit="yes/no",
        source="a measuring device, to read what remains of a flow after it has ended",
        about="True: no plan buys or sells; what they hold stays.",
        strict=True,
    )
