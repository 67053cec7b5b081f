"""Public spending is cut: at once or step by step."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tidegate.policies.macro_news import MacroNews
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue

__all__ = ["FiscalCut"]


class FiscalCut(MacroNews):
    """A cut of public spending, which takes its multiple off output while gaps close by themselves.

    The same cut over a longer time therefore opens a smaller gap, for longer.
    """

    name: str = Field(default="fiscal_cut", description="Name, unique in a run.", min_length=1)
    size: float = quantity(
        2.0,
        unit="% of GDP",
        source="assumption: two trillion USD over a decade is 0.7 %, the plans of early 2025 more",
        about="Spending that ends; below 0 it begins.",
        ge=-20,
        le=20,
    )
    months: float = quantity(
        1.0,
        unit="months",
        source="scenario; 1 is abrupt, 24 gradual",
        about="Time in which it is carried out, evenly.",
        gt=0,
        le=120,
    )
    multiplier: float = quantity(
        1.0,
        unit="pp of output per % of GDP",
        source="Ramey (2011, JEP 25): 0.8-1.5 for spending",
        about="What it takes off output.",
        ge=0,
        le=5,
    )
    premium: float = quantity(
        -5.0,
        unit="bp per % of GDP",
        source="assumption; Laubach (2009, JEEA 7) finds 25 bp a percentage point of the deficit"
        " in forward rates, of which a fifth is taken as premium",
        about="What less borrowing does to the premium on bonds.",
        ge=-100,
        le=100,
    )

    def moves(self) -> Mapping[str, LeverValue]:
        """Return what it does to output and to the premium on bonds."""
        return {
            "ramp_days": 365.25 / 12.0 * self.months,
            "growth": -self.multiplier * self.size,
            "term_premium": self.premium * self.size,
        }
