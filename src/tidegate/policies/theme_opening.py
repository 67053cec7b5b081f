"""A theme becomes open to the world's risky money."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tidegate.policies.macro_news import MacroNews
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue
from tidegate.scenario.macro_levers import RiskyTheme

__all__ = ["ThemeOpening"]


class ThemeOpening(MacroNews):
    """Allocators may hold more of a theme, or come to like it; its value does not move by that.

    Without allocators in the market it does nothing.
    """

    name: str = Field(default="theme_opening", description="Name, unique in a run.", min_length=1)
    theme: RiskyTheme = Field(default="china_tech", description="Which.")
    odds: float = quantity(
        3.0,
        unit="1",
        source="assumption; China's part of world indices is about a third of its part of output",
        about="Factor on the odds of the theme in portfolios; below 1 it closes.",
        gt=0,
        le=100,
    )

    def moves(self) -> Mapping[str, LeverValue]:
        """Return the theme and its odds."""
        return {"theme": self.theme, "odds": self.odds}
