"""A cap on leverage, by law or by agreement of the exchanges."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tidegate.policies.base import Policy
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue

__all__ = ["LeverageCap"]


class LeverageCap(Policy):
    """From its effective day new positions carry at most this much leverage; old ones stay."""

    name: str = Field(default="leverage_cap", description="Name, unique in a run.", min_length=1)
    cap: int = quantity(
        10,
        unit="x",
        source="Coinbase, July 2025: 10x",
        about="Most leverage.",
        ge=1,
        le=125,
        strict=True,
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the lever that caps leverage."""
        return {"leverage.cap": self.cap}
