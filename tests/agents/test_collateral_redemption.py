"""The redemption arbitrageur: it holds the price, and no further than its means reach."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from tidegate_core import Kind, Side
from tidegate_core.engine import Engine

from tidegate.agents.collateral_redemption import RedemptionDesk
from tidegate.agents.collateral_value import LOTS
from tidegate.books import Books

TICK = 100  # micro-USD of a tick on a lot: 1e-4 USD on one coin
PAR = 1_000_000 * LOTS
MICRO = 1_000_000
DESK, CROWD = 1, 2


@dataclass
class Exchange:
    """A spot exchange with one coin, worth a dollar."""

    name: str = "here"
    withdrawals_frozen: bool = False
    spot: Engine = field(
        default_factory=lambda: Engine(
            assets=("USD", "X"),
            instruments=[{"name": "X-USD", "base": "X", "quote": "USD", "tick_value": TICK}],
        )
    )

    def credit(self, account: int, asset: int, amount: int) -> None:
        assert self.spot.deposit(account, asset, amount) == 0

    def debit(self, account: int, asset: int, amount: int) -> None:
        assert not self.withdrawals_frozen
        assert self.spot.withdraw(account, asset, amount) == 0

    def totals(self) -> tuple[int, ...]:
        audit = self.spot.audit()
        return tuple(audit[name]["free"] + audit[name]["reserved"] for name in ("USD", "X"))


@dataclass
class World:
    """An exchange, books, a crowd with a million of each, and a desk."""

    exchange: Exchange
    books: Books
    desk: RedemptionDesk
    now: int = 0

    def act(self, seconds: int = 1, redemption: int = PAR) -> None:
        self.now += seconds
        self.books.settle(self.now, [self.exchange])
        self.desk.act(self.now, seconds, redemption)
        audit = self.books.audit(self.now, [self.exchange])
        assert audit.passed, audit.differences
        self.desk._check()
        self.exchange.spot._check()

    def rest(self, side: Side, price: float, coins: int) -> None:
        code = self.exchange.spot.submit(0, CROWD, side, round(price * 10_000), coins, Kind.LIMIT)
        assert code > 0

    def held(self, asset: int) -> int:
        return self.exchange.spot.free(DESK, asset)


def world(capital: int = 10_000, channel: float = 10.0, transfer: int = 60) -> World:
    exchange, books = Exchange(), Books(("USD", "X"))
    exchange.spot.add_accounts(2)
    for name in ("network", "world"):
        books.open(name, issuer=True)
    books.open(exchange.name)
    for account, amount in ((DESK, capital // 2), (CROWD, 1_000_000)):
        for asset, units, source in ((0, MICRO, "world"), (1, 1, "network")):
            books.move(asset, source, exchange.name, amount * units)
            exchange.credit(account, asset, amount * units)
    desk = RedemptionDesk(
        exchange,
        books,
        name="X",
        account=DESK,
        instrument=0,
        asset=1,
        channel=channel,
        transfer_seconds=transfer,
        edge=1e-3,
        cash_from="world",
        coins_from="network",
    )
    return World(exchange, books, desk)


def test_it_leaves_a_gap_within_its_edge() -> None:
    it = world()
    it.rest(Side.SELL, 0.9991, 100)
    it.rest(Side.BUY, 0.9989, 100)
    it.act()
    assert it.held(1) == 5_000
    assert it.held(0) == 5_000 * MICRO


def test_it_buys_below_redeems_and_gets_par() -> None:
    it = world()
    it.rest(Side.SELL, 0.90, 1_000)
    it.act()
    assert it.held(0) == 4_100 * MICRO
    for _ in range(300):
        it.act()
    assert it.held(1) == 5_000  # as at the start
    assert it.held(0) == 5_100 * MICRO  # it made a tenth of a dollar a coin
    assert (it.desk.redeemed, it.desk.issued) == (1_000, 0)
    assert it.books.balance("network", 1) == -(1_005_000 - 1_000)


def test_it_sells_above_has_coins_issued_and_never_too_many() -> None:
    it = world()
    it.rest(Side.BUY, 1.10, 1_000)
    it.act()
    assert it.held(1) == 4_000
    for _ in range(400):
        it.act()
    assert it.held(1) == 5_000
    assert (it.desk.redeemed, it.desk.issued) == (0, 1_000)
    assert it.held(0) == 5_100 * MICRO


@pytest.mark.parametrize("channel", [0.0, 1.0, 7.5])
@pytest.mark.parametrize("seconds", [1, 10])
def test_the_channel_bounds_what_is_redeemed(channel: float, seconds: int) -> None:
    it = world(channel=channel, transfer=0)
    it.rest(Side.SELL, 0.5, 100_000)
    for _ in range(60):
        it.act(seconds)
    sent = 60 * seconds * channel
    assert it.desk.redeemed <= sent
    if channel:
        assert it.desk.redeemed >= sent - (
            60 + channel * seconds
        )  # whole coins, and one on its way


def test_it_cannot_buy_more_than_its_cash_however_cheap() -> None:
    it = world(channel=0.0)
    it.rest(Side.SELL, 0.5, 100_000)
    for _ in range(5):
        it.act()
    assert 5_000 <= it.held(1) <= 15_000
    assert it.exchange.spot.best_ask(0) == 5_000  # the price stays broken
    assert it.held(0) >= 0


def test_nothing_is_sent_while_withdrawals_are_frozen() -> None:
    it = world()
    it.exchange.withdrawals_frozen = True
    it.rest(Side.SELL, 0.9, 100_000)
    for _ in range(100):
        it.act()
    assert it.desk.redeemed == it.desk.issued == 0
    assert it.books.in_flight(0) == it.books.in_flight(1) == 0
    spent = it.held(1)
    assert spent > 5_000
    it.exchange.withdrawals_frozen = False
    for _ in range(100):
        it.act()
    assert it.desk.redeemed > 0


def test_cash_returns_only_after_both_ways() -> None:
    it = world(transfer=60, channel=10_000.0)
    it.rest(Side.SELL, 0.5, 1_000)
    it.act()
    before = it.held(0)
    for _ in range(119):
        it.act()
        assert it.held(0) == before
    it.act()
    assert it.held(0) == before + 1_000 * MICRO


def test_what_a_coin_is_worth_may_change_on_the_way() -> None:
    it = world(transfer=10, channel=10_000.0)
    it.rest(Side.BUY, 1.10, 1_000)
    it.act()
    for _ in range(60):
        it.act(redemption=2 * PAR)
    assert it.held(1) + it.desk.issued >= 0
    assert 4_000 < it.held(1) <= 5_000
