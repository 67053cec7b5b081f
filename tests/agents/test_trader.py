"""Traders of one's own: they join any market, spend no more than they have, disturb no luck."""

from __future__ import annotations

import datetime as dt
from typing import Any

import mesa
import numpy as np
import pytest

from tests.market.conftest import small_spec
from tidegate.agents import Exchange, RetailTrader, Trader
from tidegate.books import BTC, USD
from tidegate.clock import Clock
from tidegate.model import Market
from tidegate.streams import Streams
from tidegate.venue import Venue


class Buyer(Trader):
    """Buys the same sum in every round, until it has none left."""

    def __init__(self, model: Any, *, sum_usd: float = 2e8, **base: Any) -> None:
        super().__init__(model, **base)
        self.sum_usd = sum_usd

    def trade(self) -> None:
        self.buy(self.sum_usd)


class Seller(Trader):
    def trade(self) -> None:
        self.sell(100.0)


class Silent(Trader):
    """Never trades."""


def world(**changes: Any) -> Market:
    return Market(small_spec(**changes), rng=3)


def rows(market: Market) -> np.ndarray[Any, Any]:
    return np.asarray(market.tape.rows)


@pytest.fixture(scope="module")
def ran() -> Market:
    """Return a market in which a buyer and a seller have been at work, audited at every tick."""
    market = world()
    market.join(Buyer, "buyer", usd=1e9)
    market.join(Seller, "seller", coins=5_000.0)
    for _ in range(24):
        market.step()
        market.audit()
    market._check()
    return market


def test_it_spends_what_it_has_and_no_more(ran: Market) -> None:
    table = ran.frames()["buyer"]
    assert table.columns == ["day", "coins", "usd"]
    assert table["day"].to_list() == [tick // 6 for tick in range(24)]
    assert (table["usd"].diff().drop_nulls() <= 0).all()
    assert (table["coins"].diff().drop_nulls() >= 0).all()
    assert 0 <= table["usd"][-1] < 1e8  # what is left buys no lot at one of the venues
    paid = (1e9 - table["usd"][-1]) / table["coins"][-1]
    assert paid == pytest.approx(ran.price, rel=0.1)


def test_it_sells_what_it_has_and_no_more(ran: Market) -> None:
    table = ran.frames()["seller"]
    assert table["coins"][0] == pytest.approx(4_900, abs=5)
    assert table["coins"][-1] == pytest.approx(5_000 - 2_400, abs=100)
    assert table["usd"][-1] > 0


def test_its_means_come_out_of_the_world_and_of_other_owners() -> None:
    market = world()
    before = {asset: market.books.balance("world", asset) for asset in (USD, BTC)}
    others = market.books.balance("others", BTC)
    trader = market.join(Silent, "idle", usd=1_000.0, coins=2.0)
    assert (trader.usd, trader.coins) == (pytest.approx(1_000.0), pytest.approx(2.0))
    assert before[USD] - market.books.balance("world", USD) == 1_000 * 10**6
    assert others - market.books.balance("others", BTC) == round(2.0 / market.spec.asset.lot)
    market.audit()


def test_a_silent_one_changes_nobodys_trades() -> None:
    alone, watched = world(), world()
    watched.join(Silent, "idle", usd=1e9, coins=10.0)
    for market in (alone, watched):
        market.run_days(3)
    assert np.array_equal(rows(alone), rows(watched))
    assert alone.digest() == watched.digest()


def test_the_order_of_joining_changes_nothing() -> None:
    first, second = world(), world()
    first.join(Buyer, "a", usd=1e9)
    first.join(Seller, "b", coins=1e3)
    second.join(Seller, "b", coins=1e3)
    second.join(Buyer, "a", usd=1e9)
    for market in (first, second):
        market.run_days(2)
    assert np.array_equal(rows(first), rows(second))
    assert first.frames()["a"].equals(second.frames()["a"])


def test_a_fork_equals_a_fresh_run() -> None:
    fresh, origin = world(), world()
    for market in (fresh, origin):
        market.join(Buyer, "buyer", usd=1e10)
    origin.run_days(1)
    twin = origin.fork()
    for market in (fresh, twin):
        market.run_until(18)
        market._check()
    assert twin.digest() == fresh.digest()
    assert twin.frames()["buyer"].equals(fresh.frames()["buyer"])
    assert len(origin.frames()["buyer"]) == 6


def test_frozen_prices_refuse_its_orders() -> None:
    market = world(matching=False)
    market.join(Buyer, "buyer", usd=1e9)
    market.run_days(1)
    assert market.frames()["buyer"]["coins"][-1] == 0


def test_it_works_in_a_model_of_somebody_elses() -> None:
    model = mesa.Model(rng=1)
    venue, clock = Venue("bazaar", tick=0.1, lot=1e-4), Clock(dt.date(2026, 1, 5), 3600)
    every: dict[str, Any] = {"venues": [venue], "streams": Streams(1), "clock": clock}
    for number in range(20):
        account = venue.open_accounts()
        venue.credit(account, USD, 10**11)
        venue.credit(account, BTC, 10**7)
        RetailTrader(model, path=f"retail/{number}", account=account, lots=10**4, **every)
    account = venue.open_accounts()
    venue.credit(account, USD, 10**9)
    buyer = Buyer(model, path="mine", accounts={"bazaar": account}, sum_usd=10.0, **every)
    first: dict[str, Any] = {"venue": venue, "number": 0, "reference_lots": 10, "price": 100.0}
    exchange = Exchange(model, path="exchange", streams=every["streams"], clock=clock, **first)
    for _ in range(20):
        clock.tick += 1
        model.agents.do("step")
        exchange.publish()
    assert buyer.coins > 0
    assert buyer.usd < 1_000


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"path": "arbitrageur/0"}, "path 'arbitrageur/0' is taken"),
        ({"path": "bars"}, "path 'bars' is taken"),
        ({"usd": -1.0}, r"usd is -1.0; it must be finite and >= 0"),
        ({"coins": float("nan")}, "coins is nan"),
        ({"coins": 1e9}, "transfer of .* BTC from 'others'"),
    ],
)
def test_who_cannot_join_is_told_why(ran: Market, asked: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        ran.join(Silent, **{"path": "idle", **asked})


def test_orders_that_make_no_sense_are_refused(ran: Market) -> None:
    trader = ran.join(Silent, "odd", usd=1.0)
    with pytest.raises(ValueError, match="usd is -1; it must be"):
        trader.buy(-1)
    with pytest.raises(ValueError, match=r"slip is 1\.0; it must be in"):
        trader.sell(1, slip=1.0)
    with pytest.raises(ValueError, match="accounts lacks"):
        Silent(ran, path="x", accounts={}, venues=ran.venues, streams=ran.streams, clock=ran.clock)
