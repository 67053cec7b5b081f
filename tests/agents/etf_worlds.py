"""A world with a fund in it: dealers who hold the coin's price where a test wants it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import mesa
from tidegate_core import Kind, Side

from tidegate.agents.etf_founding import Etf, found_etf
from tidegate.books import BTC, USD, Books, Omnibus
from tidegate.clock import Clock
from tidegate.scenario.etf import EtfLevers, EtfSpec, FlowSpec, ShareHolderSpec
from tidegate.streams import Streams
from tidegate.venue import Venue

QUIET = FlowSpec(drift=0.0, noise=0.0, chase=0.0)
"""No flow at all."""


class Board:
    """The levers in force, which a test may change."""

    def __init__(self, **levers: Any) -> None:
        self.now = EtfLevers(**levers)

    def read(self) -> EtfLevers:
        return self.now

    def set(self, **levers: Any) -> None:
        self.now = self.now.model_copy(update=levers)


class EtfWorld(mesa.Model):  # type: ignore[misc]
    """Not tidegate's own `Market`: two venues of coins, deep quotes, one fund."""

    def __init__(
        self,
        spec: EtfSpec | None = None,
        *,
        step: int = 14_400,
        start: dt.date = dt.date(2026, 1, 5),
        price: Callable[[int], float] = lambda second: 100_000.0,
        seed: int = 1,
    ) -> None:
        super().__init__(rng=1)
        self.clock = Clock(start, step)
        self.streams = Streams(seed)
        self.books = Books(("USD", "BTC", "ETF"))
        self.board = Board()
        self.price = price
        self.rounds = max(1, step // 21_600)
        for name in ("world", "network"):
            self.books.open(name, issuer=True)
        self.venues = [
            Venue(name, tick=0.1, lot=1e-4, share=share, taker_ppm=300)
            for name, share in (("offshore", 0.77), ("onshore", 0.23))
        ]
        self.dealers: dict[str, int] = {}
        self.orders: dict[str, list[int]] = {}
        for venue in self.venues:
            self.books.open(venue.name)
            self.orders[venue.name] = []
            account = self.dealers[venue.name] = venue.open_accounts()
            for asset, source, amount in ((USD, "world", 10**17), (BTC, "network", 10**10)):
                self.books.move(asset, source, venue.name, amount)
                venue.credit(account, asset, amount)
        self.quote()
        self.etf: Etf = found_etf(
            self,
            spec or EtfSpec(),
            venues=self.venues,
            books=self.books,
            streams=self.streams,
            clock=self.clock,
            price=price(0),
            supply=19.94e6,
            daily_volume=38.6e9,
            rounds=self.rounds,
            coins_from="network",
            levers=self.board.read,
        )

    def quote(self) -> None:
        price = self.price(max(0, self.clock.seconds))
        for venue in self.venues:
            orders, dealer = self.orders[venue.name], self.dealers[venue.name]
            for order in orders:
                venue.cancel(order)
            tick = venue.ticks(price)
            orders[:] = [
                venue.submit(dealer, Side.BUY, tick - 1, 10**8, Kind.LIMIT),
                venue.submit(dealer, Side.SELL, tick + 1, 10**8, Kind.LIMIT),
            ]
            assert min(orders) > 0
            venue.publish(1000)

    def step(self) -> None:
        self.clock.tick += 1
        self.clock.round = 0
        self.books.settle(self.clock.seconds, self.venues)
        agents = self.etf.agents
        for agent in agents:
            agent.begin()
        while self.clock.round < self.rounds or any(agent.pending for agent in agents):
            self.quote()
            for agent in agents:
                agent.trade()
            for venue in self.venues:
                venue.clear()
            self.clock.round += 1
        for agent in agents:
            agent.end()
        self.audit()

    def ticks(self, count: int) -> None:
        for _ in range(count):
            self.step()

    def run(self, days: int) -> None:
        self.ticks(days * self.clock.ticks_per_day)

    def audit(self) -> None:
        everywhere: tuple[Omnibus, ...] = (*self.venues, self.etf.listed)
        assert not self.books.audit(self.clock.tick, everywhere).differences
        self.etf.issuer.audit()
        self.etf.listed._check()


def quiet(**changes: Any) -> EtfSpec:
    """Return a fund that nobody buys or sells unless a test makes them."""
    return EtfSpec(holders=ShareHolderSpec(flow=QUIET), **changes)
