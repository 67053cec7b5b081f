"""A market stall: one venue, one dealer who quotes any price deeply, and everybody's books."""

from __future__ import annotations

import datetime as dt
from typing import Any

import mesa
from tidegate_core import Kind, Side

from tidegate.books import ASSETS, BTC, USD, Books
from tidegate.clock import Clock
from tidegate.levers import Board
from tidegate.streams import Streams
from tidegate.venue import Venue

MICRO = 1_000_000


class Stall(mesa.Model):  # type: ignore[misc]
    """A foreign model: nothing of tidegate's own `Market` in it."""

    def __init__(
        self,
        names: tuple[str, ...] = ("stall",),
        *,
        step: int = 3600,
        assets: tuple[str, ...] = ASSETS,
        **venue: Any,
    ):
        super().__init__(rng=1)
        self.clock = Clock(dt.date(2026, 1, 5), step, tick=0)
        self.streams = Streams(1)
        self.books = Books(assets)
        self.board = Board()
        for name in ("world", "network"):
            self.books.open(name, issuer=True)
        share = 1.0 / len(names)
        self.venues = [Venue(n, tick=0.1, lot=1e-4, share=share, **venue) for n in names]
        self.dealers = {}
        for each in self.venues:
            self.books.open(each.name)
            self.dealers[each.name] = self.fund(each, coins=10**11, cash=10**17)
        self.orders: dict[str, list[int]] = {name: [] for name in names}

    @property
    def base(self) -> dict[str, Any]:
        return {"venues": self.venues, "streams": self.streams, "clock": self.clock}

    def fund(self, venue: Venue, *, coins: int = 0, cash: int = 0) -> int:
        """Open an account with lots and micro-USD that the books know of."""
        account = venue.open_accounts()
        for asset, source, amount in ((USD, "world", cash), (BTC, "network", coins)):
            if amount:
                self.books.move(asset, source, venue.name, amount)
                venue.credit(account, asset, amount)
        return account

    def quote(self, venue: Venue, price: float, lots: int = 10**7, half: float = 1e-4) -> None:
        """Let the dealer quote both sides of a price in USD."""
        orders, dealer = self.orders[venue.name], self.dealers[venue.name]
        for order in orders:
            venue.cancel(order)
        bid, ask = venue.ticks(price * (1.0 - half)), venue.ticks(price * (1.0 + half))
        orders[:] = [
            venue.submit(dealer, Side.BUY, bid, lots, Kind.LIMIT),
            venue.submit(dealer, Side.SELL, ask, lots, Kind.LIMIT),
        ]
        assert min(orders) > 0
        venue.publish(1000)

    def audit(self) -> None:
        differences = self.books.audit(self.clock.tick, self.venues).differences
        assert not differences, differences
