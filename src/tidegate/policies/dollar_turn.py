"""The dollar turns."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tidegate.policies.macro_news import MacroNews
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue

__all__ = ["DollarTurn"]


class DollarTurn(MacroNews):
    """The dollar becomes weaker or stronger, quickly or slowly.

    A cycle is two of them with different names, one after the other.
    """

    name: str = Field(default="dollar_turn", description="Name, unique in a run.", min_length=1)
    change: float = quantity(
        -0.10,
        unit="log",
        source="DXY lost a tenth in the first half of 2025",
        about="What it does to the dollar's index; above 0 it becomes stronger.",
        ge=-2,
        le=2,
    )
    days: float = quantity(
        180.0, unit="days", source="the same; 10 is quick", about="Time it takes.", gt=0, le=2_000
    )

    def moves(self) -> Mapping[str, LeverValue]:
        """Return what it does to the dollar."""
        return {"ramp_days": self.days, "dollar": self.change}
