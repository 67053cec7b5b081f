"""Artificial intelligence turns out to need far fewer chips."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tidegate.policies.macro_news import MacroNews
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue

__all__ = ["AiCostShock"]


class AiCostShock(MacroNews):
    """Cheap models: American technology is worth less, Chinese technology more."""

    name: str = Field(default="ai_cost_shock", description="Name, unique in a run.", min_length=1)
    us_tech: float = quantity(
        -0.035,
        unit="log price",
        source="Nasdaq futures on 27 January 2025: -3 to -4 %",
        about="What it does to American technology.",
        ge=-2,
        le=2,
    )
    china_tech: float = quantity(
        0.04,
        unit="log price",
        source="assumption: as much the other way",
        about="What it does to Chinese technology.",
        ge=-2,
        le=2,
    )
    ramp_hours: float = quantity(
        12.0, unit="h", source="assumption: Sunday night to Monday noon", about="Until known.", gt=0
    )

    def moves(self) -> Mapping[str, LeverValue]:
        """Return what it does to shares."""
        return {
            "ramp_days": self.ramp_hours / 24.0,
            "us_tech": self.us_tech,
            "china_tech": self.china_tech,
        }
