"""What a scenario says of market makers, in the words of the kernel that quotes for them."""

from __future__ import annotations

from typing import Any

from tidegate.scenario.leveraged import QuoteSpec

__all__ = ["makers_rules"]


def makers_rules(spec: QuoteSpec) -> dict[str, Any]:
    """Return the rules of a `QuoteDesk` that do not depend on the place."""
    return {
        "refill": spec.requoting / spec.refill_seconds,
        "threshold": spec.tolerance,
        "exponent": spec.withdrawal,
        "obligation": spec.floor,
        "fall": spec.fall_seconds,
        "recovery": spec.return_seconds,
        "memory": spec.memory_seconds,
        "horizon": spec.horizon_seconds,
        "skew": spec.skew,
        "coupling": spec.coupling,
        "room": spec.inventory,
    }
