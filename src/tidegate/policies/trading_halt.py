"""A halt of trading in stocks: by the exchange alone, or on their tokens' venues too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from tidegate.policies.base import Policy
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue

__all__ = ["TradingHalt"]


class TradingHalt(Policy):
    """From its effective day on nobody trades where it binds, for some hours."""

    name: str = Field(default="trading_halt", description="Name, unique in a run.", min_length=1)
    binds: Literal["stock", "both"] = Field(
        default="stock", description="The stock exchange alone, or the token's venue too."
    )
    hours: float = quantity(
        24.0,
        unit="h",
        source="market-wide circuit breaker, level 3: the rest of the day (NYSE Rule 7.12)",
        about="How long it lasts.",
        gt=0,
        le=8_760,
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers that impose it on the effective day."""
        return {
            "tokens.halt": self.binds,
            "tokens.halt_from": self.effective,
            "tokens.halt_hours": self.hours,
        }
