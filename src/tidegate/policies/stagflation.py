"""Output falls while prices rise."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tidegate.policies.macro_news import MacroNews
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue

__all__ = ["Stagflation"]


class Stagflation(MacroNews):
    """Slow growth and inflation at once; each can be set to 0."""

    name: str = Field(default="stagflation", description="Name, unique in a run.", min_length=1)
    growth: float = quantity(
        -1.5, unit="pp", source="assumption", about="Output over its trend.", ge=-20, le=20
    )
    inflation: float = quantity(
        2.0, unit="pp", source="assumption", about="Inflation over its target.", ge=-20, le=20
    )
    months: float = quantity(
        6.0, unit="months", source="assumption", about="Time in which it shows.", gt=0, le=60
    )

    def moves(self) -> Mapping[str, LeverValue]:
        """Return what it does to output and to inflation."""
        return {
            "ramp_days": 365.25 / 12.0 * self.months,
            "growth": self.growth,
            "inflation": self.inflation,
        }
