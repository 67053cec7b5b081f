"""A state's crypto reserve, announced and then decided; and the freeze of a state's reserves."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field, model_validator

from tidegate.policies.base import Policy
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue
from tidegate.scenario.reserve_levers import ReserveTerms

__all__ = ["ReserveFreeze", "SovereignReserve"]


class SovereignReserve(ReserveTerms, Policy):
    """A fund that buys coins, ETF shares and crypto firms from its effective day.

    The state itself may still wait or buy less if prices fall between announcement and start.
    """

    name: str = Field(
        default="sovereign_reserve",
        description="Name, unique in a run; the key of its decision.",
        min_length=1,
    )
    state: str | None = Field(default="kz", description="Code of the state.")
    size_usd: float = quantity(
        750e6,
        unit="USD",
        source="middle of the 0.5-1.0 bn announced by Kazakhstan in November 2025 (KZ-N1)",
        about="Size of the fund.",
        ge=0,
        le=1e12,
    )

    @model_validator(mode="after")
    def _names_a_state(self) -> SovereignReserve:
        if self.state is None:
            raise ValueError("state must be the code of a state, got None")
        return self

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers that post the plan on the effective day."""
        return {
            "reserve.state": self.state,
            "reserve.announced": self.announcement,
            "reserve.start": self.effective,
            "reserve.size_usd": self.size_usd,
            "reserve.coins": self.coins,
            "reserve.etf": self.etf,
            "reserve.days": self.days,
            "reserve.source": self.source,
            "reserve.dip": self.dip,
        }


class ReserveFreeze(Policy):
    """A sanction: a share of a state's foreign exchange and ETF shares is frozen, no coins are."""

    name: str = Field(
        default="reserve_freeze",
        description="Name, unique in a run; the key of its decision.",
        min_length=1,
    )
    state: str | None = Field(default="kz", description="Code of the state; None ends a freeze.")
    share: float = quantity(
        0.5,
        unit="1",
        source="Russia, 2022: about half of its reserves (general knowledge, not verified)",
        about="Share that it reaches.",
        ge=0,
        le=1,
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers that freeze on the effective day."""
        return {"reserve.frozen": self.state, "reserve.frozen_share": self.share}
