"""A central bank's decision beside its calendar: a cut, a rise, purchases of assets."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tidegate.policies.base import Policy
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue

__all__ = ["RateDecision"]


class RateDecision(Policy):
    """A change of the policy rate, or of the bank's balance sheet, public on its effective day.

    What of it was expected had its effect before the run; only the surprise moves value.
    """

    name: str = Field(
        default="rate_decision",
        description="Name, unique in a run; the key of its decision.",
        min_length=1,
    )
    cut_bp: float = quantity(
        25.0,
        unit="bp",
        source="the FOMC's usual step",
        about="Cut of the target range; below 0 a rise.",
        ge=-500,
        le=500,
    )
    surprise_share: float = quantity(
        0.0,
        unit="1",
        source="decisions are mostly priced in full on the eve, as that of September 2025",
        about="Share that nobody expected, in the two-year yield; below 0: less than expected.",
        ge=-5,
        le=5,
    )
    balance_usd_month: float = quantity(
        0.0,
        unit="USD/month",
        source="scenario; 40-120 bn in the programmes of 2008-22",
        about="Purchases of assets from then on; below 0 they run off.",
        ge=-1e12,
        le=1e12,
    )
    balance_months: float = quantity(
        12.0,
        unit="months",
        source="assumption: a programme's year",
        about="Length of the programme.",
        gt=0,
        le=120,
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers that post the decision on the effective day."""
        return {
            "rates.decided": self.effective,
            "rates.cut_bp": self.cut_bp,
            "rates.surprise_share": self.surprise_share,
            "rates.balance_usd_month": self.balance_usd_month,
            "rates.balance_months": self.balance_months,
        }
