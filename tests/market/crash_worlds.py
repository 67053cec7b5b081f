"""Small leveraged worlds in which much goes wrong within half an hour."""

from __future__ import annotations

from typing import Any

from tidegate.leveraged_model import LeveragedMarket
from tidegate.policies.base import Policy
from tidegate.policies.trade_shock import TradeShock
from tidegate.scenario.leveraged import (
    BasisSpec,
    LeveragedCrowdSpec,
    LeveragedScenario,
    QuoteSpec,
    UnwindSpec,
    ValueSpec,
)

MINUTE, DAY = 60, 86_400
NEWS = 4 * MINUTE
CASCADE = 8  # ticks of a minute: everybody waits for liquidation by then


def crash_spec(**changes: Any) -> LeveragedScenario:
    """Return a scenario that builds in a fifth of a second, whatever is calibrated meanwhile."""
    fields: dict[str, Any] = {
        "crowd": LeveragedCrowdSpec(accounts=2_000, turn_days=(13.0, 2.6, 0.31), return_hours=4.0),
        "quotes": QuoteSpec(
            depth=(50e6, 17e6, 12e6, 26e6), refill_seconds=63.0, tolerance=2.6, coupling=0.9
        ),
        "value": ValueSpec(flow=(65e3, 14e3, 6e3, 4.5e3)),
        "basis": BasisSpec(capital=4e9),
        "unwinding": UnwindSpec(seconds=1_070.0, share=3e-4),
    }
    return LeveragedScenario(**{**fields, **changes})


def at(second: int) -> dict[str, float]:
    """Return the days of a policy that is announced and takes effect at a second."""
    return {"announcement_day": second / DAY, "effective_day": second / DAY}


def shock(second: int = NEWS, size: float = -0.25, **changes: Any) -> TradeShock:
    """Return news on which long positions below 7x do not survive on most coins."""
    return TradeShock(
        size=size, ramp_minutes=3.0, burst=4.0, burst_hours=3.0, **at(second), **changes
    )


def crash_world(*policies: Policy, rng: int = 1, **changes: Any) -> LeveragedMarket:
    """Return a world at tick 0 in which news breaks after four minutes."""
    return LeveragedMarket(crash_spec(**changes), rng=rng, policies=(shock(), *policies))
