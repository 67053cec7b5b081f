"""Quotes: a linear book made of orders, that moves with news and trades, thins out and refills."""

from __future__ import annotations

import copy
import math
import pickle
from itertools import pairwise
from time import perf_counter_ns
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tidegate_core import Kind, Side
from tidegate_core.waterfall import Waterfall
from tidegate_crowd.quotes import QuoteDesk

from tests.crowd.fair import CALM, DEPTH, LOTS, PRICES, TICKS, Accounts, Fair, lots_of

PRICE = PRICES[0]
FUND = 2
# Quotes stay where trades push them, and every move counts.
STILL: dict[str, Any] = {"refill": 0.0, "horizon": 0.0}
EVEN = {"skew": 0.0}  # whatever has been bought


def opened(**changes: Any) -> tuple[Fair, QuoteDesk, Accounts]:
    """Quotes around the price on one venue, and one rich outsider."""
    fair = Fair()
    desk = fair.desk(**changes)
    outsider = fair.open()
    desk.quote(fair.places, 1.0, fair.news, fair.logs)
    return fair, desk, outsider


def edges(levels: int = 16, spread: float = 5e-5, reach: float = 0.10) -> list[float]:
    """Where the uniform book is cut into orders."""
    ratio = (reach / (2 * spread)) ** (1 / (levels - 1))
    return [0.0, *(2 * spread * ratio**j for j in range(levels))]


# ---- the ladder -------------------------------------------------------------------------------


def test_orders_stand_for_a_uniform_book() -> None:
    fair, _, _ = opened()
    cuts = edges()
    for side, way in ((Side.BUY, -1), (Side.SELL, 1)):
        prices, lots = fair.engines[0].depth(0, side, 100)
        assert len(prices) == 16
        for price, quantity, (near, far) in zip(prices, lots, pairwise(cuts), strict=True):
            distance = way * math.log(price * TICKS[0] / PRICE)
            assert distance == pytest.approx((near + far) / 2, abs=1.1 * TICKS[0] / PRICE)
            usd = quantity * LOTS[0] * price * TICKS[0]
            assert usd == pytest.approx(DEPTH * (far - near), rel=1e-3)


def test_what_rests_within_one_per_cent_is_a_hundredth_of_the_depth() -> None:
    fair, _, _ = opened()
    for side in Side:
        assert fair.places.depth_within(side, 0.01)[1][0] == pytest.approx(0.01 * DEPTH, rel=1e-3)


@settings(max_examples=40, deadline=None)
@given(
    share=st.floats(2e-4, 0.08),
    side=st.sampled_from(Side),
    levels=st.integers(8, 40),
)
def test_who_takes_q_moves_the_next_centre_by_q_over_the_density(
    share: float, side: Side, levels: int
) -> None:
    fair, desk, outsider = opened(levels=levels, **STILL)
    _, usd = fair.take(outsider, side, lots_of(share * DEPTH, PRICE))
    before = desk.centre[0]
    desk.quote(fair.places, 1.0, fair.news, fair.logs)
    way = 1 if side is Side.BUY else -1
    assert desk.centre[0] - before == pytest.approx(way * usd / DEPTH, rel=0.01)
    assert fair.places.mid(0) == pytest.approx(desk.centre[0], abs=2e-6)
    taken = desk.sold if side is Side.BUY else desk.bought
    assert taken[0] == pytest.approx(usd, rel=1e-12)


@pytest.mark.parametrize("cut", range(3, 16))
@pytest.mark.parametrize("side", Side)
def test_who_takes_up_to_an_edge_pays_half_the_move_on_average(cut: int, side: Side) -> None:
    fair, desk, outsider = opened(**STILL)
    _, quantities = fair.engines[0].depth(0, Side.SELL if side is Side.BUY else Side.BUY, cut)
    lots, usd = fair.take(outsider, side, int(quantities.sum()))
    paid = abs(math.log(usd / (lots * LOTS[0]) / PRICE))
    desk.quote(fair.places, 1.0, fair.news, fair.logs)
    move = abs(desk.centre[0] - math.log(PRICE))
    # In logs a mean of prices is not quite the mean price: second order in the move.
    assert paid == pytest.approx(move / 2, rel=0.01 + move / 2, abs=2 * TICKS[0] / PRICE)


def test_trades_on_both_sides_cancel_out() -> None:
    fair, desk, outsider = opened(**STILL)
    _, bought = fair.take(outsider, Side.BUY, lots_of(2e6, PRICE))
    _, sold = fair.take(outsider, Side.SELL, lots_of(5e6, PRICE))
    desk.quote(fair.places, 1.0, fair.news, fair.logs)
    assert (desk.sold[0], desk.bought[0]) == pytest.approx((bought, sold), rel=1e-12)
    assert desk.centre[0] - math.log(PRICE) == pytest.approx((bought - sold) / DEPTH, rel=1e-9)


# ---- what moves it ----------------------------------------------------------------------------


def test_news_move_all_quotes_at_once() -> None:
    fair, desk, _ = opened(**STILL)
    desk.quote(fair.places, 1.0, np.array([-0.03]), fair.logs)
    assert desk.centre[0] == pytest.approx(math.log(PRICE) - 0.03, abs=1e-12)
    assert fair.places.mid(0) == pytest.approx(math.log(PRICE) - 0.03, abs=2e-6)
    desk._check(fair.places)


def test_a_perpetual_is_quoted_at_its_premium() -> None:
    fair = Fair(perps=True)
    desk = fair.desk(**EVEN)
    desk.quote(fair.places, 1.0, fair.news, fair.logs, [0.0, 2e-3])
    assert (desk.centre - fair.logs[0]).tolist() == pytest.approx([0.0, 2e-3], abs=1e-12)
    desk.quote(fair.places, 63.0, fair.news, fair.logs, [0.0, 3e-3])
    left = 1e-3 * math.exp(-1.0)
    assert (desk.centre - fair.logs[0]).tolist() == pytest.approx([0.0, 3e-3 - left], abs=1e-12)


@pytest.mark.parametrize("steps", [1, 3, 10])
def test_refill_takes_quotes_back_whatever_the_step(steps: int) -> None:
    fair, desk, outsider = opened(**EVEN)
    fair.take(outsider, Side.SELL, lots_of(1e7, PRICE))
    desk.quote(fair.places, 1e-9, fair.news, fair.logs)
    pushed = desk.centre[0]
    for _ in range(steps):
        desk.quote(fair.places, 60.0 / steps, fair.news, fair.logs)
    left = desk.centre[0] - math.log(PRICE)
    assert left / (pushed - math.log(PRICE)) == pytest.approx(math.exp(-60 / 63), rel=1e-9)


def test_variance_is_an_exponential_mean_of_squared_moves() -> None:
    fair, desk, _ = opened(memory=100.0, **STILL)
    variance = CALM**2 / 86_400
    for dt, move in ((1.0, 0.002), (5.0, -0.004), (1.0, 0.0)):
        desk.quote(fair.places, dt, np.array([move]), fair.logs)
        keep = 0.5 ** (dt / 100.0)
        variance = keep * variance + (1 - keep) * move**2 / dt
        assert desk.volatility[0] == pytest.approx(math.sqrt(variance * 86_400), rel=1e-9)


@pytest.mark.parametrize("side", Side)
def test_quotes_return_a_little_off_to_get_rid_of_an_inventory(side: Side) -> None:
    fair, desk, outsider = opened(skew=0.2, withdraw=False)
    fair.take(outsider, side, lots_of(1e7, PRICE))
    way = 1 if side is Side.BUY else -1
    for _ in range(50):
        desk.quote(fair.places, 60.0, fair.news, fair.logs)
    left = desk.inventory[0] * LOTS[0] * math.exp(desk.centre[0]) / DEPTH
    assert -way * left == pytest.approx(0.01, rel=0.01)
    assert desk.centre[0] - math.log(PRICE) == pytest.approx(-0.2 * left, rel=1e-6)


def test_before_the_first_round_there_is_nothing_to_tell() -> None:
    fair = Fair()
    accounts = fair.open()
    desk = fair.desk(accounts)
    assert fair.spot[0].withdraw(int(accounts[0]), 1, 5_000) == 0
    desk.quote(fair.places, 1.0, np.array([0.5]), fair.logs)
    assert desk.centre[0] == fair.logs[0]
    assert (desk.bought[0], desk.sold[0], desk.inventory[0]) == (0.0, 0.0, -5_000)


@pytest.mark.parametrize("horizon", [0.0, 20.0, 300.0])
@pytest.mark.parametrize("dt", [1.0, 7.0])
def test_a_random_walk_has_its_variance_at_any_horizon(horizon: float, dt: float) -> None:
    fair = Fair()
    desk = fair.desk(refill=0.0, horizon=horizon, memory=1e5, withdraw=False, depth=1.0)
    desk.quote(fair.places, dt, fair.news, fair.logs)
    moves = np.random.default_rng(4).normal(size=60_000) * 0.05 * math.sqrt(dt / 86_400)
    found = []
    for move in moves:
        desk.quote(fair.places, dt, np.array([move]), fair.logs)
        found.append(desk.volatility[0])
    # About n / (1 + horizon / dt) independent squares.
    error = 3 * math.sqrt((1 + horizon / dt) / 2 / 60_000) + 0.05
    weight = 0.5 ** (dt * len(moves) / 1e5)
    expected = math.sqrt(weight * CALM**2 + (1 - weight) * 0.05**2)
    assert found[-1] == pytest.approx(expected, rel=error)


def test_what_bounces_back_counts_for_less_over_a_horizon() -> None:
    def measured(moves: list[float], horizon: float) -> float:
        fair, desk, _ = opened(refill=0.0, horizon=horizon, withdraw=False)
        for move in moves:
            desk.quote(fair.places, 1.0, np.array([move]), fair.logs)
        return float(desk.volatility[0])

    bounce, walk = [0.001, -0.001] * 100, [0.001, 0.001, -0.001, -0.001] * 50
    assert measured(bounce, 0.0) == pytest.approx(measured(walk, 0.0), rel=1e-6)
    assert measured(bounce, 60.0) < 0.2 * measured(bounce, 0.0)
    drift = [0.001] * 200
    assert measured(drift, 60.0) > 3 * measured(drift, 0.0)


def test_stress_is_shared_between_venues_and_coins() -> None:
    fair = Fair(venues=2, coins=2)
    accounts, outsider = fair.open(), fair.open()
    desk = fair.desk(accounts, depth=[DEPTH, DEPTH, 3 * DEPTH, DEPTH], coupling=0.9, **STILL)
    desk.quote(fair.places, 1.0, fair.news, fair.logs)
    fair.take(outsider, Side.SELL, lots_of(3e7, PRICE))  # coin 0 on venue 0, 3 %
    desk.quote(fair.places, 1.0, fair.news, fair.logs)
    own = desk.volatility / CALM
    coin = [(own[0] + 3 * own[2]) / 4, (own[1] + own[3]) / 2]
    market = 0.9 * (coin[0] + coin[1]) / 2
    assert own[0] > 15 * own[1]
    wanted = [own[0], market, max(coin[0], market), market]
    assert desk.stress == pytest.approx(wanted, rel=1e-9)


# ---- withdrawal -------------------------------------------------------------------------------


def test_depth_falls_within_seconds_and_returns_within_minutes() -> None:
    fair, desk, _ = opened(memory=1e6, threshold=2.0, exponent=2.5, floor=0.05, **STILL)
    # A memory this long keeps the stress: it is set by one jump.
    jump = 4.0 * CALM * math.sqrt(1e6 / 86_400 / math.log(2))
    desk.quote(fair.places, 1.0, np.array([jump]), fair.logs)
    assert desk.stress[0] == pytest.approx(math.sqrt(17.0), rel=1e-3)
    target = (2.0 / desk.stress[0]) ** 2.5
    assert 0.05 < target < 0.5
    assert desk.depth_factor[0] == pytest.approx(target + (1 - target) / 2, rel=1e-6)
    for _ in range(3):
        desk.quote(fair.places, 1.0, fair.news, fair.logs)
    assert desk.depth_factor[0] == pytest.approx(target + (1 - target) / 16, rel=1e-5)
    desk.change(threshold=10.0)
    low = desk.depth_factor[0]
    desk.quote(fair.places, 900.0, fair.news, fair.logs)
    assert 1 - desk.depth_factor[0] == pytest.approx((1 - low) / math.e, rel=1e-6)
    _, usd = fair.places.depth_within(Side.BUY, 0.2)
    assert usd[0] == pytest.approx(desk.depth[0] * 0.10, rel=0.011)


def crashed(**changes: Any) -> float:
    """Share of the depth that is left after a minute of wild news."""
    fair, desk, _ = opened(**STILL, **changes)
    for move in [0.01, -0.01] * 30:
        desk.quote(fair.places, 1.0, np.array([move]), fair.logs)
    return float(desk.depth_factor[0])


def test_floor_obligation_and_ablation() -> None:
    assert crashed(floor=0.02) == pytest.approx(0.02, rel=1e-3)
    assert crashed(floor=0.02, obligation=0.4) == pytest.approx(0.4, rel=1e-3)
    assert crashed(exponent=0.0) == 1.0
    assert crashed(withdraw=False) == 1.0


def test_inventory_thins_both_sides() -> None:
    fair, desk, outsider = opened(withdraw=False, room=2.0, **STILL)
    lots, _ = fair.take(outsider, Side.SELL, lots_of(1e7, PRICE))
    for _ in range(60):
        desk.quote(fair.places, 1.0, fair.news, fair.logs)
    assert desk.inventory[0] == lots
    full = lots * LOTS[0] * math.exp(desk.centre[0]) / (2.0 * 0.01 * DEPTH)
    assert desk.depth_factor[0] == pytest.approx(1 - full, rel=1e-6)
    for side in Side:
        assert fair.places.depth_within(side, 0.2)[1][0] == pytest.approx(
            (1 - full) * DEPTH * 0.10, rel=0.011
        )


# ---- costs follow what happens ----------------------------------------------------------------


def test_a_quiet_round_sends_nothing() -> None:
    fair, desk, _ = opened()
    before = fair.engines[0].counters()
    for _ in range(5):
        desk.quote(fair.places, 1.0, fair.news, fair.logs)
    assert fair.engines[0].counters() == before


@pytest.mark.bench
def test_a_quiet_round_costs_a_fraction_of_one_that_renews_all() -> None:
    fair = Fair(venues=4, coins=2, perps=True)
    desk = fair.desk(withdraw=False)

    def best(moves: list[float]) -> float:
        taken = []
        for move in moves * 50:
            news = np.full(2, move)
            start = perf_counter_ns()
            desk.quote(fair.places, 1.0, news, fair.logs)
            taken.append(perf_counter_ns() - start)
        return min(taken[len(moves) :]) / 1e3

    still, wild = best([0.0]), best([0.02, -0.02])
    print(f"16 places: {still:.1f} us when quiet, {wild:.1f} us when all is renewed")
    assert wild > 15 * still


def test_a_small_move_renews_the_inner_quotes_only() -> None:
    fair, desk, _ = opened(withdraw=False, **STILL)
    before = fair.engines[0].counters()["cancels"]
    desk.quote(fair.places, 1.0, np.array([2e-5]), fair.logs)
    renewed = fair.engines[0].counters()["cancels"] - before
    assert 2 <= renewed <= 16
    assert fair.places.mid(0) == pytest.approx(math.log(PRICE) + 2e-5, abs=2e-6)


def test_what_was_taken_is_there_again_next_round() -> None:
    fair, desk, outsider = opened(refill=1e9)
    whole = fair.places.depth_within(Side.SELL, 0.2)[0][0]
    fair.take(outsider, Side.BUY, 1)
    assert fair.places.depth_within(Side.SELL, 0.2)[0][0] == whole - 1
    desk.quote(fair.places, 1.0, fair.news, fair.logs)
    assert fair.places.depth_within(Side.SELL, 0.2)[0][0] == pytest.approx(whole, abs=2)


# ---- others in the book -----------------------------------------------------------------------


def test_quotes_step_behind_what_others_rest() -> None:
    fair = Fair()
    desk, other = fair.desk(**STILL), fair.open()
    high = PRICE * 1.01
    order = fair.rest(other, Side.BUY, high, 7)
    desk.quote(fair.places, 1.0, fair.news, fair.logs)
    engine = fair.engines[0]
    assert engine.order(order) is not None
    assert len(engine) == 0
    assert engine.best_ask() == round(high / TICKS[0]) + 1
    assert fair.places.depth_within(Side.SELL, 0.2)[1][0] == pytest.approx(0.10 * DEPTH, rel=0.02)


def test_an_account_that_runs_out_quotes_near_the_price() -> None:
    fair = Fair()
    accounts = fair.open(usd=int(3e6) * 10**6, lots=lots_of(2e6, PRICE))
    desk = fair.desk(accounts, **STILL)
    desk.quote(fair.places, 1.0, fair.news, fair.logs)
    for side, usd in ((Side.BUY, 3e6), (Side.SELL, 2e6)):
        assert fair.places.depth_within(side, 0.2)[1][0] == pytest.approx(usd, rel=5e-3)
        assert fair.places.depth_within(side, 0.006)[1][0] == pytest.approx(usd, rel=5e-3)
    fair.check([desk])


def test_a_halted_venue_keeps_no_quotes_and_gets_them_back() -> None:
    fair, desk, _ = opened(**STILL)
    fair.engines[0].halt(0)
    desk.quote(fair.places, 1.0, np.array([0.01]), fair.logs)
    assert fair.engines[0].resting() == 0
    assert math.isnan(fair.places.mid(0))
    desk.quote(fair.places, 1.0, fair.news, fair.logs)
    fair.engines[0].resume(0)
    desk.quote(fair.places, 1.0, fair.news, fair.logs)
    assert fair.engines[0].resting() == 32
    assert fair.places.mid(0) == pytest.approx(math.log(PRICE) + 0.01, abs=2e-6)


def test_orders_cancelled_by_the_venue_are_no_trades() -> None:
    fair, desk, outsider = opened(**STILL)
    _, usd = fair.take(outsider, Side.SELL, lots_of(5e6, PRICE))
    fair.engines[0].cancel_all(1)
    before = desk.centre[0]
    desk.quote(fair.places, 1.0, fair.news, fair.logs)
    # Their prices are gone with them: the lots count at the centre.
    assert desk.centre[0] - before == pytest.approx(-usd / DEPTH, rel=0.01)
    assert fair.engines[0].resting() == 32


# ---- perpetuals -------------------------------------------------------------------------------


def leveraged(**changes: Any) -> tuple[Fair, QuoteDesk, Accounts]:
    fair = Fair(perps=True, **changes)
    desk = fair.desk(withdraw=False, **STILL)
    outsider = fair.open()
    desk.quote(fair.places, 1.0, fair.news, fair.logs)
    return fair, desk, outsider


def test_perpetuals_are_quoted_as_spot_is() -> None:
    fair, desk, outsider = leveraged()
    for place in (0, 1):
        fair.take(outsider, Side.SELL, lots_of(1e7, PRICE), place)
    desk.quote(fair.places, 1.0, fair.news, fair.logs)
    assert desk.centre[1] == desk.centre[0] < math.log(PRICE) - 0.009
    assert desk.inventory[1] == desk.inventory[0] > 0
    spot, perp = (engine.depth(0, Side.BUY, 20) for engine in fair.engines)
    assert np.array_equal(spot, perp)
    fair.check([desk])


def test_in_an_outage_quotes_stand_still_and_are_picked_off() -> None:
    fair, desk, _ = leveraged()
    engine = fair.margin[0]
    before = engine.depth(0, Side.BUY, 20)
    engine.accepting = False
    for _ in range(3):
        desk.quote(fair.places, 1.0, np.array([-0.02]), fair.logs)
        desk._check(fair.places)
    assert np.array_equal(engine.depth(0, Side.BUY, 20), before)
    engine.submit(0, FUND, Side.SELL, 1, 1_000, Kind.MARKET)  # the venue itself still can
    desk.quote(fair.places, 1.0, fair.news, fair.logs)
    assert desk.bought.tolist() == [0.0, pytest.approx(1_000 * LOTS[0] * PRICE, rel=1e-3)]
    engine.accepting = True
    desk.quote(fair.places, 1.0, fair.news, fair.logs)
    moved = -0.06 - desk.bought[1] / DEPTH - 1_000 * LOTS[0] * PRICE / DEPTH
    assert fair.places.mid(1) - math.log(PRICE) == pytest.approx(moved, abs=3e-6)
    assert engine.resting() == 32
    fair.check([desk])


def test_quotes_keep_within_the_band_and_follow_it() -> None:
    fair, desk, _ = leveraged(band_ppm=20_000)
    engine = fair.margin[0]

    def farthest() -> float:
        return float(engine.depth(0, Side.BUY, 20)[0].min() * TICKS[0])

    assert 0.98 * PRICE <= farthest() < 0.99 * PRICE
    engine.set_marks([round(0.95 * PRICE / TICKS[0])])
    desk.quote(fair.places, 1.0, fair.news, fair.logs)
    assert 0.931 * PRICE <= farthest() < 0.95 * PRICE
    assert not engine.counters()["rejects"]


@pytest.mark.parametrize("cancels", [False, True])
def test_to_be_deleveraged_is_no_trade(cancels: bool) -> None:
    rule = Waterfall(order="none", adl_cancels_orders=cancels)
    fair, desk, _ = leveraged(waterfall=rule)
    engine, buyer = fair.margin[0], fair.open(usd=200_000 * 10**6)
    fair.take(buyer, Side.BUY, 1_000_000, 1)
    desk.quote(fair.places, 1.0, fair.news, fair.logs)
    centre = desk.centre[1]
    assert desk.inventory[1] == -1_000_000
    fair.mark(0.5)
    engine.liquidate(1)
    assert fair.places.inventories(buyer)[1] == 0
    assert engine.resting() == (0 if cancels else 32)
    desk.quote(fair.places, 1.0, fair.news, fair.logs)
    assert desk.centre[1] == centre
    assert desk.bought[1] == desk.inventory[1] == 0
    assert engine.resting() == 32
    fair.check([desk])


def test_cancel_all_leaves_an_empty_book() -> None:
    fair, desk, outsider = opened(**STILL)
    fair.take(outsider, Side.BUY, lots_of(1e6, PRICE))
    desk.cancel_all(fair.places)
    assert fair.engines[0].resting() == 0
    assert desk.sold[0] > 0.9e6
    fair.check([desk])
    desk.quote(fair.places, 1.0, fair.news, fair.logs)
    assert fair.engines[0].resting() == 32


@settings(max_examples=30, deadline=None)
@given(
    perps=st.booleans(),
    usd=st.integers(10**9, 10**15),
    lots=st.integers(0, 10**9),
    rounds=st.lists(
        st.tuples(
            st.floats(-0.02, 0.02),
            st.floats(0.1, 100.0),
            st.lists(
                st.tuples(st.sampled_from(Side), st.integers(1, 10**8), st.sampled_from([0, 1, 2])),
                max_size=4,
            ),
        ),
        max_size=8,
    ),
)
def test_nothing_is_created_and_nobody_owes(
    perps: bool, usd: int, lots: int, rounds: list[tuple[float, float, list[Any]]]
) -> None:
    fair = Fair(coins=2, perps=perps, taker_ppm=200)
    desk, outsider = fair.desk(fair.open(usd, lots)), fair.open()
    for move, dt, orders in rounds:
        news = np.array([move, -move])
        desk.quote(fair.places, dt, news, fair.logs)
        fair.check([desk])
        assert all(len(engine) == 0 for engine in fair.engines)  # to quote is not to trade
        for side, quantity, kind in orders:
            for place in range(fair.places.n):
                engine, coin = fair.engines[place // 2], place % 2
                price = round(PRICES[coin] / TICKS[coin])
                engine.submit(coin, int(outsider[place]), side, price, quantity, Kind(kind))
        for engine in fair.engines:
            engine.take_fills()
    fair.check([desk])


# ---- copies and errors ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "twin", [copy.deepcopy, copy.copy, lambda d: pickle.loads(pickle.dumps(d))]
)
def test_copies_continue_bit_for_bit(twin: Any) -> None:
    fair, desk, outsider = opened()
    fair.take(outsider, Side.SELL, lots_of(3e6, PRICE))
    other, places = twin(desk), copy.deepcopy(fair.places)
    for at in (fair.places, places):
        chosen = desk if at is fair.places else other
        for move in (0.001, -0.02, 0.0):
            chosen.quote(at, 1.5, np.array([move]), fair.logs)
    assert other.snapshot() == desk.snapshot()
    assert places.engines[0].snapshot() == fair.engines[0].snapshot()
    other._check(places)


def test_a_snapshot_brings_everything_back() -> None:
    fair, desk, _ = opened(withdraw=False, obligation=0.3)
    then, there = desk.snapshot(), fair.engines[0].snapshot()
    desk.quote(fair.places, 1.0, np.array([0.05]), fair.logs)
    desk.restore(then)
    fair.engines[0].restore(there)
    desk._check(fair.places)
    assert desk.snapshot() == then
    assert not desk.withdraw
    assert desk.rule("obligation") == [0.3]
    with pytest.raises(ValueError, match="snapshot"):
        desk.restore(then[:-1])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"levels": 1}, "levels is 1"),
        ({"depth": 0.0}, r"depth\[0\] is 0.0"),
        ({"depth": [1.0, 2.0]}, r"depth has shape \(2,\)"),
        ({"calm": math.nan}, r"calm\[0\] is nan"),
        ({"spread": 0.05, "reach": 0.1}, "more than twice the spread"),
        ({"obligation": 1.5}, r"obligation\[0\] is 1.5"),
        ({"accounts": 2**31}, "accounts is"),
        ({"accounts": 99}, r"accounts\[0\] is 99"),
    ],
)
def test_bad_rules_are_refused_by_name(changes: dict[str, Any], message: str) -> None:
    fair = Fair()
    accounts = changes.pop("accounts", None)
    with pytest.raises(ValueError, match=message):
        fair.desk(accounts, **changes)


def test_bad_calls_are_refused_by_name() -> None:
    fair, desk, _ = opened()
    before = desk.snapshot()
    with pytest.raises(TypeError, match="unknown rules gamma"):
        desk.change(gamma=1.0)
    with pytest.raises(ValueError, match="floor"):
        desk.change(obligation=0.5, floor=-1.0)
    with pytest.raises(ValueError, match="dt is 0"):
        desk.quote(fair.places, 0.0, fair.news, fair.logs)
    with pytest.raises(ValueError, match=r"news\[0\] is nan"):
        desk.quote(fair.places, 1.0, np.array([math.nan]), fair.logs)
    with pytest.raises(ValueError, match="reservation has shape"):
        desk.quote(fair.places, 1.0, fair.news, np.zeros(3))
    with pytest.raises(ValueError, match=r"premium\[0\] is 2"):
        desk.quote(fair.places, 1.0, fair.news, fair.logs, [2.0])
    with pytest.raises(ValueError, match="made for 1"):
        desk.quote(Fair(venues=2).places, 1.0, fair.news, fair.logs)
    assert desk.snapshot() == before
