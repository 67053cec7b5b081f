"""Who trades where nobody trades: what desks have to sell, or want, at the price that stands."""

from __future__ import annotations

import datetime as dt

import mesa
import pytest

from tidegate.agents.frozen_counterparty import FrozenCounterparty
from tidegate.agents.trading_desk import TradingDesk
from tidegate.books import BTC, USD, Books
from tidegate.clock import Clock
from tidegate.scenario.execution import ExecutionSpec
from tidegate.streams import Streams
from tidegate.venue import Venue

PRICE = 100_000.0
MICRO = 1_000_000


class Still(mesa.Model):  # type: ignore[misc]
    """Two venues that match nothing, and a desk with 10 coins at either."""

    def __init__(self) -> None:
        super().__init__(rng=1)
        self.clock = Clock(dt.date(2026, 1, 5), 86_400)
        self.books = Books()
        for name, issuer in (("world", True), ("network", True), ("others", False)):
            self.books.open(name, issuer=issuer)
        self.venues = [
            Venue(name, tick=0.1, lot=1e-4, share=share, matching=False)
            for name, share in (("offshore", 0.75), ("onshore", 0.25))
        ]
        accounts = {}
        for venue in self.venues:
            self.books.open(venue.name)
            venue.indicative = PRICE / venue.tick
            accounts[venue.name] = venue.open_accounts()
            self.books.move(BTC, "network", venue.name, 100_000)
            venue.credit(accounts[venue.name], BTC, 100_000)
        base = {"venues": self.venues, "streams": Streams(1), "clock": self.clock}
        self.desk = TradingDesk(
            path="sellers/0",
            accounts=accounts,
            books=self.books,
            execution=ExecutionSpec(window_hours=24.0, funding_hours=0.0),
            daily_volume=1e9,
            rounds=1,
            **base,
        )
        self.buyer = FrozenCounterparty(
            self, path="buyer", desks=[self.desk], books=self.books, **base
        )

    def step(self) -> None:
        self.clock.tick += 1
        self.books.settle(self.clock.seconds, self.venues)
        self.desk.look()
        self.desk.work()
        self.buyer.step()


def test_a_desk_sells_what_it_wants_and_no_more_than_it_has() -> None:
    """1.2 M USD are 12 coins: 10 of the first venue, 2 of the second; then the 8 that are left."""
    world = Still()
    world.desk.backlog = -1_200_000 * MICRO
    world.step()
    assert world.desk.backlog == 0
    assert world.books.balance("others", BTC) == 120_000
    assert world.desk.lots == 80_000
    world.desk.backlog = -2_000_000 * MICRO
    world.step()
    assert world.desk.backlog == -1_200_000 * MICRO
    assert world.books.balance("others", BTC) == 200_000
    assert world.desk.invested == -2_000_000 * MICRO
    for _ in range(2):
        world.step()
    assert world.desk.cash == 0  # it went home
    assert world.books.audit(0, world.venues).passed
    assert world.books.balance("world", USD) == 0


def test_who_buys_or_wants_nothing_is_left_alone() -> None:
    world = Still()
    for backlog in (0, 500 * MICRO):
        world.desk.backlog = backlog
        world.buyer.step()
        assert world.desk.backlog == backlog
        assert world.desk.lots == 200_000


def test_who_may_buy_gets_what_its_cash_at_a_venue_pays() -> None:
    """750,000 USD at the first venue and 250,000 at the second are 7.5 and 2.5 coins."""
    world = Still()
    world.books.move(BTC, "network", "others", 10**6)
    world.buyer.sells = True
    world.desk.backlog = 1_000_000 * MICRO
    for _ in range(2):  # the wire arrives with the next tick
        world.step()
    assert world.desk.backlog == 0
    assert world.desk.lots == 200_000 + 100_000
    assert world.desk.invested == 1_000_000 * MICRO
    assert world.books.balance("others", BTC) == 900_000
    assert world.books.audit(0, world.venues).passed
    assert world.books.balance("world", USD) == 0


def test_no_more_is_sold_than_owners_have() -> None:
    world = Still()
    world.books.move(BTC, "network", "others", 30_000)
    world.buyer.sells = True
    world.desk.backlog = 1_000_000 * MICRO
    for _ in range(3):
        world.step()
    assert world.books.balance("others", BTC) == 0
    assert world.desk.lots == 230_000
    assert world.books.audit(0, world.venues).passed


def test_a_market_that_trades_needs_no_such_buyer() -> None:
    world = Still()
    world.venues[0].accepts = True
    with pytest.raises(ValueError, match="venue offshore matches orders"):
        FrozenCounterparty(
            world,
            path="another",
            desks=[world.desk],
            books=world.books,
            venues=world.venues,
            streams=Streams(1),
            clock=world.clock,
        )
