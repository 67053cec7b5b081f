"""The treasury borrows by bills in place of notes."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tidegate.policies.macro_news import MacroNews
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue

__all__ = ["BillShare"]


class BillShare(MacroNews):
    """More of the deficit is financed by bills; yields of bills and the dollar follow by links."""

    name: str = Field(default="bill_share", description="Name, unique in a run.", min_length=1)
    change_pp: float = quantity(
        3.0,
        unit="pp of GDP",
        source="Treasury: bills rose from 15 to 22 % of marketable debt over 2023-24, which is six"
        " points of GDP or so; half of it came as news (assumption)",
        about="Bills in place of notes; below 0 fewer.",
        ge=-50,
        le=50,
    )
    months: float = quantity(
        6.0, unit="months", source="assumption: two refundings", about="Time taken.", gt=0, le=120
    )

    def moves(self) -> Mapping[str, LeverValue]:
        """Return how much more is financed by bills."""
        return {"ramp_days": 365.25 / 12.0 * self.months, "bill_share": self.change_pp}
