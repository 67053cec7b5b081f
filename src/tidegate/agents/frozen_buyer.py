"""Who buys in a market in which nobody trades: a control for studies of those who must sell.

Where matching is off no order fills, so that coins pile up with whoever sells for a living,
whatever else an arm does to it. Here it sells at the price that stands, and moves nothing by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tidegate.agents.base import MarketAgent
from tidegate.agents.trading_desk import TradingDesk
from tidegate.books import BTC, USD, Books

__all__ = ["FrozenBuyer"]

MICRO = 1_000_000
WORLD = "world"


class FrozenBuyer(MarketAgent):
    """Takes off desks what they have to sell, at once and without a fee.

    Coins go to owners who are not simulated, whose dollars come from the world. It comes after
    those whose desks it serves, so that they have decided and their coins have arrived.

    Parameters
    ----------
    desks : sequence of TradingDesk
        Whose sales it takes.
    books : Books
        Carry coins and dollars.
    coins_to : str, optional
        Party that receives the coins.
    """

    def __init__(
        self,
        model: Any,
        *,
        desks: Sequence[TradingDesk],
        books: Books,
        coins_to: str = "others",
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        for venue in self.venues:
            if venue.accepts:
                raise ValueError(f"venue {venue.name} matches orders; who sells there finds buyers")
        self.desks = tuple(desks)
        self.books = books
        self.coins_to = coins_to

    def begin(self) -> None:
        """Buy."""
        for desk in self.desks:
            self._take(desk)

    def _take(self, desk: TradingDesk) -> None:
        """Take a desk's backlog of sales, as far as it has coins at the venues."""
        for venue in desk.venues:
            account = desk.accounts[venue.name]
            unit = round(venue.lot * venue.price(venue.indicative) * MICRO)  # micro-USD per lot
            lots = min(-desk.backlog // unit, venue.coins(account)) if unit > 0 else 0
            if lots <= 0:
                continue
            venue.debit(account, BTC, lots)
            self.books.move(BTC, venue.name, self.coins_to, lots)
            self.books.move(USD, WORLD, venue.name, lots * unit)
            venue.credit(account, USD, lots * unit)
            desk.book_trades()
