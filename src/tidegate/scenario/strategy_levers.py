"""Levers of those who follow a strategy: what a failure takes from them."""

from __future__ import annotations

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["FailureTerms", "StrategyLevers"]


class FailureTerms(Frozen):
    """What portfolios lose when who kept it for them fails."""

    yield_lost: float = quantity(
        0.0,
        unit="1",
        source="none unless a policy says so",
        about="Share of the dollars lent on chain that is gone.",
        ge=0,
        le=1,
    )
    seized: float = quantity(
        0.0,
        unit="1",
        source="none unless a policy says so",
        about="Share of the coins and dollars at venues that is kept from their owners.",
        ge=0,
        le=1,
    )


class StrategyLevers(FailureTerms):
    """The failure that is known."""

    failed: int | None = quantity(
        None, unit="s", source="none unless a policy posts one", about="Second it broke.", ge=0
    )
