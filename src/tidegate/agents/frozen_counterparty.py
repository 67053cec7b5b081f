"""Who trades with desks where nobody trades: a control for studies of those who must.

Where matching is off no order fills, so that coins pile up with whoever sells for a living, and who
invests never holds any, whatever else an arm does to either. Here they trade at the price that
stands, and move nothing by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tidegate.agents.base import MarketAgent
from tidegate.agents.trading_desk import TradingDesk
from tidegate.books import BTC, USD, Books
from tidegate.venue import Venue

__all__ = ["FrozenCounterparty"]

MICRO = 1_000_000
WORLD = "world"


class FrozenCounterparty(MarketAgent):
    """Takes off desks what they have to sell, and may give them what they buy: at once, for no fee.

    Coins go to and come from owners who are not simulated, whose dollars are the world's. It comes
    after those whose desks it serves, so that they have decided and what they trade has arrived.

    Parameters
    ----------
    desks : sequence of TradingDesk
        With whom it trades.
    books : Books
        Carry coins and dollars.
    owners : str, optional
        Party that receives and gives the coins.
    sells : bool, optional
        Whether it serves those who buy too.
    """

    def __init__(
        self,
        model: Any,
        *,
        desks: Sequence[TradingDesk],
        books: Books,
        owners: str = "others",
        sells: bool = False,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        for venue in self.venues:
            if venue.accepts:
                raise ValueError(f"venue {venue.name} matches orders; who trades there is served")
        self.desks = tuple(desks)
        self.books = books
        self.owners = owners
        self.sells = sells

    def begin(self) -> None:
        """Trade."""
        for desk in self.desks:
            for venue in desk.venues:
                self._serve(desk, venue, desk.accounts[venue.name])

    def _serve(self, desk: TradingDesk, venue: Venue, account: int) -> None:
        """Work off a backlog as far as the desk has coins, or cash, at a venue."""
        unit = round(venue.lot * venue.price(venue.indicative) * MICRO)  # micro-USD per lot
        if unit <= 0:
            return
        if desk.backlog < 0:
            self._take(venue, account, min(-desk.backlog // unit, venue.coins(account)), unit)
        elif self.sells:
            self._give(venue, account, min(desk.backlog, venue.cash(account)) // unit, unit)
        desk.book_trades()

    def _take(self, venue: Venue, account: int, lots: int, unit: int) -> None:
        if lots <= 0:
            return
        venue.debit(account, BTC, lots)
        self.books.move(BTC, venue.name, self.owners, lots)
        self.books.move(USD, WORLD, venue.name, lots * unit)
        venue.credit(account, USD, lots * unit)

    def _give(self, venue: Venue, account: int, lots: int, unit: int) -> None:
        lots = min(lots, self.books.balance(self.owners, BTC))
        if lots <= 0:
            return
        venue.debit(account, USD, lots * unit)
        self.books.move(USD, venue.name, WORLD, lots * unit)
        self.books.move(BTC, self.owners, venue.name, lots)
        venue.credit(account, BTC, lots)
