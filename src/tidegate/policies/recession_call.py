"""A recession becomes plain to see."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tidegate.policies.macro_news import MacroNews
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue

__all__ = ["RecessionCall"]


class RecessionCall(MacroNews):
    """Output has fallen, and everybody calls it a recession.

    The call is heard from the moment at which half of the news has come.
    """

    name: str = Field(default="recession_call", description="Name, unique in a run.", min_length=1)
    growth: float = quantity(
        -3.0,
        unit="pp",
        source="assumption: near the median gap of output of American recessions since 1969",
        about="What output loses against its trend.",
        ge=-20,
        le=0,
    )
    months: float = quantity(
        3.0, unit="months", source="assumption", about="Time in which it is lost.", gt=0, le=60
    )

    def moves(self) -> Mapping[str, LeverValue]:
        """Return the fall of output, and the call."""
        return {
            "ramp_days": 365.25 / 12.0 * self.months,
            "growth": self.growth,
            "recession": True,
        }
