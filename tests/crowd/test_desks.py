"""All desks in one market: rounds of quotes, value, basis, a crowd, marks and unwinding."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from tidegate_core import Kind, Side
from tidegate_core.waterfall import Waterfall
from tidegate_crowd.basis import BasisDesk, unwind
from tidegate_crowd.value import ValueDesk

from tests.crowd.fair import DEPTH, LOTS, PRICES, TICKS, Fair

FUND = 2


class Market:
    """Two venues, two coins, a leveraged crowd, and every desk; a round is a second."""

    def __init__(self, seed: int, size: float = 1e4, **rules: float) -> None:
        rule = Waterfall(fund=10**10, adl_cancels_orders=True)
        self.fair = fair = Fair(
            venues=2, coins=2, perps=True, taker_ppm=100, band_ppm=100_000, waterfall=rule
        )
        self.quotes = fair.desk(fair.open(10**16, 10**14), **rules)
        self.value = ValueDesk(
            fair.places, fair.open(10**16, 10**14), strength=DEPTH / 770, refill=1 / 300
        )
        self.basis = BasisDesk(fair.places, fair.open(10**16, 10**14), calm_depth=DEPTH)
        self.crowd = [fair.open(10**12, 10**8) for _ in range(6)]
        self.rng = np.random.default_rng(seed)
        self.consensus = fair.logs
        self.size = size  # of the crowd's orders, USD
        self.second = 0

    def trade(self) -> None:
        """Let the crowd trade at the market, at places of its choice."""
        for accounts in self.crowd:
            place = int(self.rng.integers(self.fair.places.n))
            engine, coin = self.fair.engines[place // 2], place % 2
            usd = self.size * float(np.exp(self.rng.normal()))
            lots = int(usd / (PRICES[coin] * LOTS[coin]))
            side = Side(int(self.rng.integers(2)))
            engine.submit(coin, int(accounts[place]), side, 1, lots, Kind.MARKET)

    def round(self) -> None:
        fair, places = self.fair, self.fair.places
        jump = -0.002 if 20 <= self.second < 60 else 0.0
        news = jump + 1e-4 * self.rng.normal(size=2)
        self.consensus = self.consensus + news
        self.quotes.quote(places, 1.0, news, self.consensus)
        self.value.trade(places, 1.0, self.consensus, self.quotes.depth)
        self.basis.trade(places, 1.0, self.quotes.depth)
        self.trade()
        index = np.exp(places.mids()[:2]) / np.array(TICKS)
        for engine in fair.margin:
            engine.set_marks([int(price) for price in index])
            engine.liquidate(self.second)
        unwind(places, FUND, 1.0, self.quotes.depth)
        self.second += 1

    def check(self) -> None:
        self.fair.check([self.quotes, self.value, self.basis])

    def state(self) -> list[bytes]:
        desks = (self.quotes, self.value, self.basis)
        return [part.snapshot() for part in (*self.fair.engines, *desks)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_crash_creates_no_money_and_leaves_no_debt(seed: int) -> None:
    market = Market(seed, size=1e6)
    for _ in range(80):
        market.round()
        market.check()
        bids, asks = market.fair.places.quotes()
        assert not (bids >= asks).any()
    kinds = [engine.take_events()["kind"] for engine in market.fair.margin]
    assert sum(len(k) for k in kinds) > 0  # somebody was liquidated
    assert market.quotes.depth_factor.min() < 0.9  # and the makers took fright


@pytest.mark.parametrize("seed", [1, 2])
def test_makers_that_look_beyond_the_bounce_come_back(seed: int) -> None:
    quick = {"memory": 60.0, "recovery": 120.0}  # else it takes an hour
    myopic = Market(seed, horizon=0.0, **quick)
    patient = Market(seed, horizon=60.0, **quick)
    for market in (myopic, patient):
        for _ in range(60):
            market.round()
        assert market.quotes.depth_factor.max() < 0.05
        for _ in range(1_000):
            market.round()
    # The flow is the same, and in a full book it is a third of calm volatility.
    assert myopic.quotes.depth_factor.max() < 0.05
    assert patient.quotes.depth_factor.min() > 0.5
    assert np.ptp(patient.quotes.centre.reshape(-1, 2), axis=0).max() < 2e-3  # one price


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_fork_continues_bit_for_bit(twin: Any) -> None:
    market = Market(5)
    for _ in range(30):
        market.round()
    fork = twin(market)
    assert fork.fair.places.engines[0] is fork.fair.engines[0]
    for _ in range(30):
        market.round()
        fork.round()
    assert fork.state() == market.state()
    fork.check()


def test_one_more_look_changes_nothing() -> None:
    plain, watched = Market(9), Market(9)
    for _ in range(40):
        plain.round()
        watched.fair.places.mids()
        watched.fair.places.depth_within(Side.SELL, 0.01)
        watched.basis.exposure(watched.fair.places)
        watched.round()
        watched.fair.places.inventories(watched.quotes.accounts)
    assert plain.state() == watched.state()
