"""Those who follow a strategy with their own money."""

from __future__ import annotations

from tidegate.agents.strategies import Strategies
from tidegate.institutions.place import OTHERS, Institutions, Place

__all__ = ["strategies"]


def strategies(place: Place, made: Institutions) -> None:
    """Put in portfolios by strategy."""
    if place.spec.strategies is None:
        return
    agent = Strategies(
        place.model,
        spec=place.spec.strategies,
        open_accounts=place.accounts,
        books=place.books,
        price=place.spec.asset.price,
        daily_volume=place.spec.asset.daily_volume,
        rounds=place.rounds,
        levers=place.board.strategies,
        coins_from=OTHERS,
        **place.base("strategies"),
    )
    made.add(agent, portfolios=agent.frame)
