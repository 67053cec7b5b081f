"""Fundamentalist-chartist-noise traders: golden forecasts, lives of orders, plain-Python twins."""

import math
import pickle
from itertools import pairwise

import numpy as np
import pytest
from tidegate_core import draws
from tidegate_core.engine import Engine
from tidegate_core.instrument import Instrument
from tidegate_crowd.crowd import ColumnCrowd
from tidegate_crowd.fcn import Fcn

KEY = 99
PRICE = 30_000.0
TRAIT = 2**64 - 2**8


def venue(accounts: int) -> Engine:
    engine = Engine([Instrument("X", "BTC", "USD")], accounts)
    for account in range(1, accounts + 1):
        engine.deposit(account, 0, 10**6)
        engine.deposit(account, 1, 10**12)
    return engine


def crowd_of(behaviour: Fcn, count: int) -> ColumnCrowd:
    return ColumnCrowd(behaviour, key=KEY, first=1, count=count)


def test_a_fundamentalist_expects_the_fundamental_price() -> None:
    """Weight on fundamentals alone, and a horizon as long as the reversion."""
    fcn = Fcn(330.0, weights=(1, 0, 0), reversion=(100, 100), window=(100, 100))
    crowd_of(fcn, 3)
    assert fcn.expected_price(0, 300.0, 200.0, 2.0) == pytest.approx(330.0, rel=1e-14)


def test_a_chartist_expects_the_trend_to_go_on() -> None:
    fcn = Fcn(330.0, weights=(0, 1, 0), window=(150, 180))
    crowd_of(fcn, 3)
    expected = 300.0 * (300.0 / 280.0)
    assert fcn.expected_price(1, 300.0, 280.0, 2.0) == pytest.approx(expected, rel=1e-14)


def test_a_noise_trader_expects_its_draw() -> None:
    fcn = Fcn(330.0, weights=(0, 0, 1), sigma=0.002, window=(120, 120))
    crowd_of(fcn, 3)
    expected = 300.0 * math.exp(0.002 * 120 * 1.5)
    assert fcn.expected_price(2, 300.0, 280.0, 1.5) == pytest.approx(expected, rel=1e-14)


def plain_orders(
    fcn: Fcn, count: int, tick: int, history: list[float]
) -> dict[int, tuple[int, int]]:
    """Give side and price of each member's order by the formula, in Python floats."""
    orders = {}
    price = history[-1]
    for i in range(count):
        w = [
            mean * draws.exponential(KEY, TRAIT + k >> 16, TRAIT + k & 0xFFFF, i)
            for k, mean in enumerate(fcn.weights)
        ]
        tau_r = fcn.reversion[0] + draws.integer(
            KEY, TRAIT + 3 >> 16, TRAIT + 3 & 0xFFFF, i, n=fcn.reversion[1] - fcn.reversion[0] + 1
        )
        tau = fcn.horizon(i)
        margin = fcn.max_margin * draws.uniform(KEY, TRAIT + 5 >> 16, TRAIT + 5 & 0xFFFF, i)
        past = history[max(len(history) - 1 - tau, 0)]
        rate = w[0] * math.log(fcn.fundamental_price / price) / tau_r
        rate += w[1] * math.log(price / past) / tau
        rate += w[2] * fcn.sigma * draws.normal(KEY, tick, 0, i)
        expected = price * math.exp(rate * tau / sum(w))
        if expected > price:
            orders[i] = (0, math.floor(expected * (1 - margin)))
        else:
            orders[i] = (1, math.ceil(expected * (1 + margin)))
    return orders


@pytest.mark.parametrize("weights", [(1, 0, 1), (1, 2, 0.5)])
def test_the_crowd_follows_the_formula(weights: tuple[float, float, float]) -> None:
    """Compare side and price of every order that rests, over a moving market."""
    fcn = Fcn(PRICE, weights=weights, window=(3, 9), sigma=0.02)
    engine = venue(41)
    crowd = crowd_of(fcn, 40)
    history: list[float] = []
    compared = 0
    for tick in range(30):
        # a stranger moves the price by a trade of its own
        last = PRICE if engine.last_price() is None else float(engine.last_price() or 0)
        history.append(last)
        before = set(live(engine))
        crowd.step(engine, tick)
        wanted = plain_orders(fcn, 40, tick, history)
        for account, side, price in live(engine) - before:
            compared += 1
            assert wanted[account - 1][0] == side
            assert abs(wanted[account - 1][1] - price) <= 1  # libm and own exp differ in an ulp
    assert compared > 200
    assert len(set(history)) > 10
    engine._check()
    crowd._check()


def live(engine: Engine) -> set[tuple[int, int, int]]:
    found = set()
    for slot in range(1, 2_000):
        for generation in range(40):
            order = engine.order(generation << 32 | slot)
            if order:
                found.add((order["account"], order["side"], order["price"]))
    return found


def test_orders_live_as_long_as_the_horizon() -> None:
    fcn = Fcn(PRICE, window=(3, 9), max_margin=0.5)
    engine = venue(200)
    crowd = crowd_of(fcn, 200)
    crowd.step(engine, 0)
    alive = [engine.resting()]
    nobody = np.empty(0, dtype=np.uint64)
    horizons = np.array([fcn.horizon(i) for i in range(200)])
    assert set(horizons) == set(range(3, 10))
    for tick in range(1, 10):
        crowd.step(engine, tick, active=nobody)
        alive.append(engine.resting())
        crowd._check()
    assert alive[0] == alive[1] == alive[2] > 150
    assert all(a > b for a, b in pairwise(alive[2:]))
    assert alive[-1] == 0


def test_skipped_ticks_expire_what_died_in_them() -> None:
    for jump in (5, 9, 10, 1_000):
        engine = venue(200)
        crowd = crowd_of(Fcn(PRICE, window=(3, 9), max_margin=0.5), 200)
        nobody = np.empty(0, dtype=np.uint64)
        crowd.step(engine, 0)
        slow, twin = engine.copy(), crowd.copy()
        crowd.step(engine, jump, active=nobody)
        for tick in range(1, jump + 1):
            twin.step(slow, tick, active=nobody)
        assert engine.resting() == slow.resting()
        assert engine.balances()[1].sum() == slow.balances()[1].sum()


def test_a_copy_continues_as_the_original_would() -> None:
    engine = venue(100)
    crowd = crowd_of(Fcn(PRICE, weights=(1, 1, 1), window=(5, 20)), 100)
    for tick in range(30):
        crowd.step(engine, tick)
    for twin in (crowd.copy(), pickle.loads(pickle.dumps(crowd))):
        first, second = engine.copy(), engine.copy()
        original = crowd.copy()
        for tick in range(30, 60):
            original.step(first, tick)
            twin.step(second, tick)
        assert first.snapshot() == second.snapshot()
        assert original.snapshot() == twin.snapshot()


def test_a_behaviour_with_memory_belongs_to_one_crowd() -> None:
    fcn = Fcn(PRICE)
    crowd_of(fcn, 3)
    with pytest.raises(ValueError, match="belongs to another crowd"):
        crowd_of(fcn, 3)


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match=r"fundamental_price is 0\.5"):
        Fcn(0.5)
    with pytest.raises(ValueError, match=r"sigma is -0\.1"):
        Fcn(PRICE, sigma=-0.1)
    with pytest.raises(ValueError, match=r"max_margin is 1\.0"):
        Fcn(PRICE, max_margin=1)
    with pytest.raises(ValueError, match=r"weights is \(0, 0, 0\)"):
        Fcn(PRICE, weights=(0, 0, 0))
    with pytest.raises(ValueError, match=r"window is \(5, 4\)"):
        Fcn(PRICE, window=(5, 4))
    with pytest.raises(ValueError, match="size is 0"):
        Fcn(PRICE, size=0)
    fcn = Fcn(PRICE)
    crowd_of(fcn, 3)
    with pytest.raises(ValueError, match="member is 3; allowed are 0 to 2"):
        fcn.horizon(3)
