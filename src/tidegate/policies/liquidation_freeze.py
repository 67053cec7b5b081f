"""A control: what a crash would be if nobody were liquidated."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tidegate.policies.base import Policy
from tidegate.scenario.levers import LeverValue

__all__ = ["LiquidationFreeze"]


class LiquidationFreeze(Policy):
    """From its effective moment no exchange liquidates anybody; losses are still counted."""

    name: str = Field(
        default="liquidation_freeze", description="Name, unique in a run.", min_length=1
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the lever that stops every liquidation engine."""
        return {"leverage.frozen": True}
