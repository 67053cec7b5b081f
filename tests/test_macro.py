"""News: one walk whatever the steps, shocks that add up to their size, noise that fades."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.macro import BLOCK, DAY, News
from tidegate.scenario.coins import DEFAULT_COINS, CoinSpec
from tidegate.scenario.leveraged import NewsSpec
from tidegate.scenario.levers import ShockLevers
from tidegate.streams import Streams

STILL = NewsSpec(volatility=0.0)
STONES = tuple(
    CoinSpec(name=name, price=price, tick=0.01, lot=0.01, beta=beta, own_volatility=0.0)
    for name, price, beta in (("BTC", 100.0, 1.0), ("ETH", 10.0, 1.5), ("PEG", 1.0, 0.0))
)
SHOCK = ShockLevers(started=600, size=-0.04, ramp_seconds=300.0)


def news(seed: int = 1, **changes: object) -> News:
    fields: dict[str, object] = {
        "spec": NewsSpec(),
        "coins": DEFAULT_COINS,
        "streams": Streams(seed),
    }
    return News(**{**fields, **changes})  # type: ignore[arg-type]


def still(*shocks: ShockLevers) -> News:
    """Return news without noise."""
    quiet = news(spec=STILL, coins=STONES)
    quiet.heed(shocks)
    return quiet


def test_value_starts_at_the_prices() -> None:
    assert news().value == pytest.approx([math.log(coin.price) for coin in DEFAULT_COINS])
    assert np.array_equal(news().change, np.zeros(4))


@settings(max_examples=20, deadline=None)
@given(steps=st.lists(st.integers(1, 5_000), min_size=1, max_size=8), seed=st.integers(0, 2**40))
def test_seconds_and_long_steps_live_through_the_same_path(steps: list[int], seed: int) -> None:
    shock = ShockLevers(started=500, size=-0.04, ramp_seconds=300.0, burst=3.0)
    rough, fine = news(seed), news(seed)
    for walk in (rough, fine):
        walk.heed([shock])
    for step in steps:
        rough.advance(step)
        while fine.second < rough.second:
            fine.advance(min(7, rough.second - fine.second))
        assert fine.value == pytest.approx(rough.value, abs=1e-11)


def test_a_step_of_a_second_is_one_draw_of_each_stream() -> None:
    walk = news(3)
    walk.advance(BLOCK)  # into the second block
    walk.advance(1)
    draws = []
    for name in ("common", *(coin.name for coin in DEFAULT_COINS)):
        row = np.zeros(BLOCK)
        Streams(3).fill_normal(row, "news", name, 1)
        draws.append(row[0])
    wanted = [
        (coin.beta * NewsSpec().volatility * draws[0] + coin.own_volatility * own) / DAY**0.5
        for coin, own in zip(DEFAULT_COINS, draws[1:], strict=True)
    ]
    assert walk.change == pytest.approx(wanted, rel=1e-12)


def test_volatility_is_as_specified() -> None:
    walk = news(5)
    changes = []
    for _ in range(2_000):
        walk.advance(1_800)
        changes.append(walk.change)
    scale = (DAY / 1_800) ** 0.5
    measured = np.std(changes, axis=0) * scale
    wanted = [math.hypot(c.beta * NewsSpec().volatility, c.own_volatility) for c in DEFAULT_COINS]
    assert measured == pytest.approx(wanted, rel=0.08)  # five standard errors of 2,000 draws
    together = np.corrcoef(np.array(changes).T)[0, 1]
    assert together == pytest.approx(1.19 * NewsSpec().volatility / wanted[1], abs=0.05)


@pytest.mark.parametrize("step", [1, 7, 60, 3_600])
def test_a_shock_moves_coins_by_their_betas_and_by_its_size_in_all(step: int) -> None:
    quiet = still(SHOCK)
    start = quiet.value
    while quiet.second < 3_600:
        quiet.advance(min(step, 3_600 - quiet.second))
    assert quiet.value - start == pytest.approx([-0.04, -0.06, 0.0], abs=1e-12)


def test_the_ramp_is_straight() -> None:
    quiet = still(SHOCK)
    start = quiet.value[0]
    fallen = []
    for second in (600, 675, 750, 900, 1_000):
        quiet.advance(second - quiet.second)
        fallen.append(quiet.value[0] - start)
    assert fallen == pytest.approx([0.0, -0.01, -0.02, -0.04, -0.04], abs=1e-12)


def test_news_breaks_only_while_a_shock_is_on_its_ramp() -> None:
    quiet, breaking = still(SHOCK), []
    for second in (599, 600, 899, 900):
        quiet.advance(second - quiet.second)
        breaking.append(quiet.breaking)
    assert breaking == [False, True, True, False]


def test_what_is_known_counts_once_and_shocks_add_up_in_the_same_second_too() -> None:
    later = ShockLevers(started=700, size=-0.01, ramp_seconds=100.0)
    posted = (SHOCK, SHOCK, ShockLevers(), later)
    quiet = still(*posted)
    start = quiet.value[0]
    for _ in range(20):
        quiet.heed(posted)
        quiet.advance(100)
    assert quiet.shocks == [SHOCK, SHOCK, later]
    assert quiet.value[0] - start == pytest.approx(-0.09, abs=1e-12)


def test_noise_is_loud_after_a_burst_and_fades() -> None:
    burst = ShockLevers(started=600, burst=4.0, burst_seconds=1_000.0)
    loud = still(burst)
    assert loud.loudness(599) == 1.0
    assert loud.loudness(600) == 5.0
    assert loud.loudness(1_600) == pytest.approx(1.0 + 4.0 * math.exp(-1.0))
    calm, excited = news(7), news(7)
    excited.heed([burst])
    for walk in (calm, excited):
        walk.advance(600)
    assert np.array_equal(calm.value, excited.value)
    for walk in (calm, excited):
        walk.advance(1)
    assert excited.change == pytest.approx(5.0 * calm.change, rel=1e-9)


def test_coins_keep_their_own_noise_whoever_else_is_listed() -> None:
    one, all_coins = news(coins=DEFAULT_COINS[1:2]), news()
    for walk in (one, all_coins):
        walk.advance(5_000)
    assert one.value[0] == all_coins.value[1]


@pytest.mark.parametrize("copier", [copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))])
def test_a_copy_goes_on_as_the_original_would(copier: object) -> None:
    origin = news(9)
    origin.heed([SHOCK])
    origin.advance(700)
    twin = copier(origin)  # type: ignore[operator]
    before = origin.value.copy()
    twin.heed([SHOCK, ShockLevers(started=700, size=0.5)])
    twin.advance(100)
    assert np.array_equal(origin.value, before)
    assert origin.shocks == [SHOCK]
    again = copier(origin)  # type: ignore[operator]
    for walk in (origin, again):
        walk.advance(5_000)
    assert np.array_equal(origin.value, again.value)
