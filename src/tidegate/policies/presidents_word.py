"""A word from somebody whom everybody hears, for a coin."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tidegate.policies.base import Policy
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue

__all__ = ["PresidentsWord"]


class PresidentsWord(Policy):
    """On its effective day it makes a part of the public take an interest, at once.

    What they do with it, and how it spreads and fades, is the public's.
    """

    name: str = Field(default="word", description="Name, unique in a run.", min_length=1)
    reach: float = quantity(
        0.02,
        unit="1",
        source="assumption",
        about="Part of the public that it brings.",
        gt=0,
        lt=1,
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers that speak it on the effective day."""
        return {"hype.spoken": self.effective, "hype.reach": self.reach}
