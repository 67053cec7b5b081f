"""Worry about the public debt: lenders ask for more, and the neutral rate rises with it."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tidegate.policies.macro_news import MacroNews
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue

__all__ = ["DebtWorry"]


class DebtWorry(MacroNews):
    """A higher premium on long bonds, which no central bank can take away."""

    name: str = Field(default="debt_worry", description="Name, unique in a run.", min_length=1)
    premium_bp: float = quantity(
        100.0,
        unit="bp",
        source="assumption: as from September 2024 to January 2025, rounded up",
        about="What lenders ask for more.",
        ge=-500,
        le=500,
    )
    months: float = quantity(
        3.0, unit="months", source="assumption", about="Time in which they do.", gt=0, le=60
    )

    def moves(self) -> Mapping[str, LeverValue]:
        """Return what it does to the premium on bonds."""
        return {"ramp_days": 365.25 / 12.0 * self.months, "term_premium": self.premium_bp}
