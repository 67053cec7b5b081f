"""What is listed on a stock exchange and trades as a token at a crypto venue too."""

from __future__ import annotations

from tidegate.agents.token_founding import found_tokens
from tidegate.institutions.place import OTHERS, Institutions, Place

__all__ = ["tokens"]


def tokens(place: Place, made: Institutions) -> None:
    """Put in the stock, its token, and all who trade both."""
    spec = place.spec.tokens
    if spec is None:
        return
    found = made.tokens = found_tokens(
        place.model,
        spec,
        venues=place.venues,
        books=place.books,
        streams=place.streams,
        clock=place.clock,
        daily_volume=place.spec.asset.daily_volume,
        rounds=place.rounds,
        coins_from=OTHERS,
        levers=place.board.tokens,
        news=place.board.news,
    )
    for agent in found.agents:
        made.add(agent)
    made.tables |= {"tokens": found.market.table.frame, "stock": found.stock.table.frame}
