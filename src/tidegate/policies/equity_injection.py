"""Equity for one large account: an intervention aimed at a single firm."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tidegate.policies.base import Policy
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue

__all__ = ["EquityInjection"]


class EquityInjection(Policy):
    """At its effective moment whoever has the largest position on margin is given more of it."""

    name: str = Field(
        default="equity_injection", description="Name, unique in a run.", min_length=1
    )
    amount: float = quantity(
        100e6,
        unit="USD",
        source="assumption: studies set what another intervention costs",
        about="New money, from outside.",
        ge=0,
        le=1e12,
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the lever that pays it in."""
        return {"rescue.injection": self.amount}
