"""An obligation of market makers to quote, whatever happens."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tidegate.policies.base import Policy
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue

__all__ = ["QuotingObligation"]


class QuotingObligation(Policy):
    """From its effective moment makers of all exchanges may not thin their quotes further.

    They may go bankrupt by it, and move their quotes as before.
    """

    name: str = Field(
        default="quoting_obligation", description="Name, unique in a run.", min_length=1
    )
    share: float = quantity(
        0.5,
        unit="1",
        source="assumption; in Europe who makes a market quotes half of the time (RTS 8 of MiFID "
        "II), of depth no rule says",
        about="Part of the depth in calm that has to be quoted.",
        ge=0,
        le=1,
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the lever that holds makers to their quotes."""
        return {"makers.obligation": self.share}
