"""Structural damage: something that held value has broken, and will not be mended."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tidegate.policies.base import Policy
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue
from tidegate.scenario.strategy_levers import FailureTerms

__all__ = ["StructuralDamage"]


class StructuralDamage(FailureTerms, Policy):
    """A venue or an issuer defaults: holdings are gone, and coins are worth less for good.

    What it takes, from whom and how fast that is understood are assumptions.
    """

    name: str = Field(
        default="structural_damage", description="Name, unique in a run.", min_length=1
    )
    yield_lost: float = quantity(
        0.2,
        unit="1",
        source="assumption: one issuer in five of a lender's dollars",
        about="Share of the dollars lent on chain that is gone.",
        ge=0,
        le=1,
    )
    seized: float = quantity(
        0.1,
        unit="1",
        source="assumption: a venue that keeps a tenth of clients' holdings",
        about="Share of the coins and dollars at venues that is kept from their owners.",
        ge=0,
        le=1,
    )
    value_lost: float = quantity(
        -0.2,
        unit="log price of BTC",
        source="assumption: BTC lost 22 % in the week of FTX's failure, November 2022 (general"
        " knowledge, not verified)",
        about="What it does to value, for good.",
        ge=-2,
        le=0,
    )
    known_days: float = quantity(
        20.0,
        unit="days",
        source="assumption: what has broken comes to light bit by bit",
        about="Time until all of it is known.",
        gt=0,
        le=1_000,
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers that post the failure, and the news of it, on the effective day."""
        return {
            "strategies.failed": self.effective,
            "strategies.yield_lost": self.yield_lost,
            "strategies.seized": self.seized,
            "shock.started": self.effective,
            "shock.size": self.value_lost,
            "shock.ramp_seconds": 86_400.0 * self.known_days,
        }
