"""Rules of retirement plans: opening a route, its reversal, a safe harbour, fees, education."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from tidegate.policies.base import Policy
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue
from tidegate.scenario.plan_levers import PlanRoute

__all__ = [
    "FirmFailure",
    "PlanFee",
    "PlanOpening",
    "PlanReversal",
    "PlansFreeze",
    "SafeHarbour",
    "SaverEducation",
]


class PlanOpening(Policy):
    """A rule that lets sponsors offer coins from its effective day; each decides by itself."""

    name: str = Field(default="plan_opening", description="Name, unique in a run.", min_length=1)
    route: PlanRoute = Field(
        default="default", description="How savings reach coins: default, menu, window, headline."
    )
    allocation: float = quantity(
        0.01,
        unit="1",
        source="PEN-H1 spans 0-0.1; headlines say 0.01 or 0.1",
        about="Share that the money within reach of the route puts into coins.",
        ge=0,
        le=1,
    )
    rebalancing: Literal["none", "calendar", "band"] | None = Field(
        default=None,
        description="Rule that keeps the sleeve at its weight; None leaves it to the route.",
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers that open the route on the effective day."""
        return {
            "plans.opened": self.effective,
            "plans.route": self.route,
            "plans.allocation": self.allocation,
            "plans.rebalancing": self.rebalancing,
            "plans.reversed_from": None,
        }


class PlanReversal(Policy):
    """The end of the rule: nobody may join, and who offers the route may withdraw, or stay."""

    name: str = Field(default="plan_reversal", description="Name, unique in a run.", min_length=1)

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the lever that reverses the rule on the effective day."""
        return {"plans.reversed_from": self.effective}


class SafeHarbour(Policy):
    """Protection of sponsors from suits over what they offer."""

    name: str = Field(default="safe_harbour", description="Name, unique in a run.", min_length=1)
    granted: bool = Field(
        default=True, strict=True, description="False: an existing safe harbour is withdrawn."
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the lever that grants or withdraws it."""
        return {"plans.safe_harbour": self.granted}


class PlanFee(Policy):
    """A cap on, or a tax on, what the sleeve costs."""

    name: str = Field(default="plan_fee", description="Name, unique in a run.", min_length=1)
    fee: float = quantity(
        0.0025,
        unit="1/yr",
        source="spot BTC ETF, 0.25 % (M3: general knowledge); private funds ask for 2 % and more",
        about="Yearly cost of the sleeve.",
        ge=0,
        lt=1,
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the lever that sets the fee."""
        return {"plans.fee": self.fee}


class SaverEducation(Policy):
    """Teaching savers what they are offered."""

    name: str = Field(default="saver_education", description="Name, unique in a run.", min_length=1)
    education: float = quantity(
        0.9,
        unit="1",
        source="assumption: a campaign that reaches nearly all",
        about="Least education of savers in all plans, 0-1.",
        ge=0,
        le=1,
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the lever that sets it."""
        return {"plans.education": self.education}


class FirmFailure(Policy):
    """The failure of a firm in which a fund has a stake: a bad case that all sponsors hear of."""

    name: str = Field(default="firm_failure", description="Name, unique in a run.", min_length=1)
    firm: str = Field(default="FTX", description="Firm that fails.", min_length=1)

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the lever that names it."""
        return {"plans.failed_firm": self.firm}


class PlansFreeze(Policy):
    """The end of all trading by plans: what remains of its impact can be read afterwards.

    Not a proposal of anybody's; experiments use it to tell permanent from transient impact.
    """

    name: str = Field(default="plans_freeze", description="Name, unique in a run.", min_length=1)

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the lever that ends trading on the effective day."""
        return {"plans.frozen": True}
