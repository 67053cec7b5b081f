"""News of trade policy: a fall in value that nobody's trading causes."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tidegate.policies.base import Policy
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue

__all__ = ["TradeShock"]


class TradeShock(Policy):
    """A tariff or an export control that changes what coins are thought to be worth.

    Its size is an assumption: what the market makes of it is the result.
    """

    name: str = Field(default="trade_shock", description="Name, unique in a run.", min_length=1)
    size: float = quantity(
        -0.05,
        unit="log price of BTC",
        source="calibrated: second post of 10 October 2025, bounded to 2.5-5 %",
        about="What it does to value; other coins by their betas.",
        ge=-2,
        le=2,
    )
    ramp_minutes: float = quantity(
        18.0, unit="minutes", source="calibrated: 10 October 2025", about="Until all know.", gt=0
    )
    burst: float = quantity(
        0.0,
        unit="calm volatility",
        source="none, but for the second post (2.5, calibrated)",
        about="Extra noise right after it broke.",
        ge=0,
        le=50,
    )
    burst_hours: float = quantity(
        1.0, unit="hours", source="calibrated: 10 October 2025", about="Until it fades.", gt=0
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers that post the news on the effective day."""
        return {
            "shock.started": self.effective,
            "shock.size": self.size,
            "shock.ramp_seconds": 60.0 * self.ramp_minutes,
            "shock.burst": self.burst,
            "shock.burst_seconds": 3600.0 * self.burst_hours,
        }
