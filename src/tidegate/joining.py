"""How a trader of one's own joins a running market: accounts, means, a place in the tick."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import polars as pl

from tidegate.agents.base import MarketAgent
from tidegate.books import BTC, USD, Books
from tidegate.clock import Clock
from tidegate.streams import Streams
from tidegate.venue import Venue

__all__ = ["join", "tables"]

MICRO = 1_000_000
Newcomer = TypeVar("Newcomer", bound=MarketAgent)


class Host(Protocol):
    """A market that can be joined."""

    books: Books
    streams: Streams
    clock: Clock
    takers: list[MarketAgent]
    joined: list[MarketAgent]

    @property
    def venues(self) -> tuple[Any, ...]:
        """Its venues."""
        ...

    def frames(self) -> dict[str, pl.DataFrame]:
        """Return its tables, by name."""
        ...


def join(
    market: Host, kind: Callable[..., Newcomer], path: str, *, usd: float, coins: float, **own: Any
) -> Newcomer:
    """Make a trader, give it accounts and means at every venue, and let it trade from now on.

    Raises
    ------
    ValueError
        If the path is that of a trader or a table, an amount is negative, or there are not
        so many coins.
    """
    taken = [*(agent.path for agent in market.takers), *market.frames()]
    if path in taken:
        raise ValueError(f"path {path!r} is taken; there are {', '.join(taken)}")
    for name, amount in (("usd", usd), ("coins", coins)):
        if not 0.0 <= amount < float("inf"):
            raise ValueError(f"{name} is {amount}; it must be finite and >= 0")
    family = path.partition("/")[0]
    accounts = {v.name: _account(market.books, v, usd, coins, family) for v in market.venues}
    newcomer = kind(
        market,
        accounts=accounts,
        path=path,
        venues=market.venues,
        streams=market.streams,
        clock=market.clock,
        **own,
    )
    market.takers.append(newcomer)
    market.joined.append(newcomer)
    return newcomer


def _account(books: Books, venue: Venue, usd: float, coins: float, family: str) -> int:
    """Open an account with a venue's share of the means: out of the world, and of other owners."""
    account = venue.open_accounts(kind=family)
    means = ((USD, "world", int(usd * venue.share * MICRO)),
             (BTC, "others", venue.lots(coins * venue.share)))  # fmt: skip
    for asset, source, amount in means:
        if amount:
            books.move(asset, source, venue.name, amount)
            venue.credit(account, asset, amount)
    return account


def tables(joined: list[MarketAgent]) -> dict[str, pl.DataFrame]:
    """Return the records of those who keep one, by path."""
    return {agent.path: agent.table() for agent in joined if hasattr(agent, "table")}
