"""Value traders: the exact flow, what it does to a linear book, and what capital allows."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tidegate_core import Side
from tidegate_core.perpetual import Tier
from tidegate_crowd.value import ValueDesk

from tests.crowd.fair import DEPTH, LOTS, PRICES, TICKS, Fair, lots_of

PRICE = PRICES[0]
STRENGTH = 1e6  # USD per second and unit of log price
LOT_USD = PRICE * LOTS[0]


def flow(strength: float, width: float, refill: float, depth: float, gap: float) -> float:
    """USD a second at a mispricing."""
    return (strength * (1 + (gap / width) ** 2) + refill * depth) * gap


def frozen(fair: Fair) -> None:
    """Fill books that no flow of this size can move: one large order a side, a tick apart."""
    maker = fair.open(leverage=1)
    for place in range(fair.places.n):
        price = PRICES[place % fair.coins]
        tick = TICKS[place % fair.coins]
        fair.rest(maker, Side.BUY, price - tick, 10**9, place)
        fair.rest(maker, Side.SELL, price + tick, 10**9, place)


# ---- the flow ---------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    gap=st.floats(-0.5, 0.5),
    dt=st.floats(0.01, 100.0),
    refill=st.floats(0.0, 0.1),
    depth=st.floats(1e6, 1e10),
)
def test_the_flow_solves_the_linear_book(
    gap: float, dt: float, refill: float, depth: float
) -> None:
    fair = Fair()
    desk = ValueDesk(fair.places, fair.open(), strength=STRENGTH, width=0.1, refill=refill)
    wanted, left, n = 0.0, gap, 2_000
    for _ in range(n):  # Heun's method
        first = flow(STRENGTH, 0.1, refill, depth, left)
        second = flow(STRENGTH, 0.1, refill, depth, left - first * dt / n / depth)
        step = (first + second) / 2 * dt / n
        wanted, left = wanted + step, left - step / depth
    assert desk.flow(0, gap, dt, depth) == pytest.approx(wanted, rel=1e-4, abs=1e-6)
    half = desk.flow(0, gap, dt / 2, depth)
    both = half + desk.flow(0, gap - half / depth, dt / 2, depth)
    assert both == pytest.approx(desk.flow(0, gap, dt, depth), rel=1e-9, abs=1e-6)


def test_in_a_deep_book_the_flow_is_that_of_the_moment() -> None:
    fair = Fair()
    desk = ValueDesk(fair.places, fair.open(), strength=STRENGTH, width=0.1)
    assert desk.flow(0, -0.05, 3.0) == pytest.approx(-STRENGTH * 0.05 * 1.25 * 3)
    assert desk.flow(0, -0.05, 3.0, 1e13) == pytest.approx(desk.flow(0, -0.05, 3.0), rel=1e-5)
    still = ValueDesk(fair.places, fair.open(), strength=0.0)
    assert still.flow(0, 0.3, 5.0, DEPTH) == still.flow(0, 0.3, 5.0) == 0.0


@pytest.mark.parametrize("gap", [0.02, -0.02, 0.15])
def test_a_frozen_book_gets_the_exact_flow(gap: float) -> None:
    fair = Fair(perps=True)
    frozen(fair)
    accounts = fair.open()
    desk = ValueDesk(
        fair.places, accounts, strength=[STRENGTH, STRENGTH / 2], width=0.1, refill=0.0
    )
    before = fair.places.inventories(accounts)
    x = fair.places.mid(0)
    for _ in range(10):
        desk.trade(fair.places, 2.0, [x + gap])
    lots = fair.places.inventories(accounts) - before
    wanted = 20.0 * flow(STRENGTH, 0.1, 0.0, 0.0, gap) * np.array([1.0, 0.5])
    assert np.abs(lots * LOT_USD - wanted).max() < LOT_USD * 1.001
    fair.check([desk])


def test_small_flows_are_not_lost_and_change_sign() -> None:
    fair = Fair()
    frozen(fair)
    accounts = fair.open()
    desk = ValueDesk(fair.places, accounts, strength=10.0, width=1e6)  # a tenth of a lot a round
    x = fair.places.mid(0)
    start = int(fair.places.inventories(accounts)[0])
    for rounds, gap in ((105, 0.01), (300, -0.01)):
        for _ in range(rounds):
            desk.trade(fair.places, 1.0, [x + gap])
        start += math.floor(rounds * 10.0 * gap / LOT_USD + (1e-6 if gap > 0 else 1))
        assert abs(int(fair.places.inventories(accounts)[0]) - start) <= 1


@pytest.mark.parametrize("premium", [None, [math.log(1.01)]])
def test_nobody_pays_more_than_value_and_premium(premium: list[float] | None) -> None:
    fair = Fair()
    maker, accounts = fair.open(), fair.open()
    for price in (100_000.0, 100_500.0, 101_500.0):
        fair.rest(maker, Side.SELL, price, 100)
    fair.rest(maker, Side.BUY, 99_000.0, 100)
    desk = ValueDesk(fair.places, accounts, strength=1e12)
    spot = 101_000.0 / (1.01 if premium else 1.0)
    desk.trade(fair.places, 1.0, [math.log(spot)], premium=premium)
    fills = fair.spot[0].take_fills()
    assert fills["price"].tolist() == [1_000_000, 1_005_000]
    assert desk.traded[0] == pytest.approx(200 * LOTS[0] * 99_500.0)


@pytest.mark.parametrize("steps", [1, 5, 25])
def test_against_quotes_the_gap_closes_as_the_linear_book_says(steps: int) -> None:
    fair = Fair()
    quotes = fair.desk(refill=0.0, withdraw=False, room=1e9, levels=200)
    accounts = fair.open()
    desk = ValueDesk(fair.places, accounts, strength=1.0, width=1e9, refill=1 / 63)
    value = fair.logs + 0.03
    quotes.quote(fair.places, 1.0, fair.news, fair.logs)
    for _ in range(steps):
        dt = 50.0 / steps
        desk.trade(fair.places, dt, value, quotes.depth)
        quotes.quote(fair.places, dt, fair.news, fair.logs)
    left = (value[0] - quotes.centre[0]) / 0.03
    assert left == pytest.approx(math.exp(-50 / 63), rel=0.01)
    # Unlike quotes that refill of themselves, these have sold what moved them.
    sold = -quotes.inventory[0] * LOTS[0] * math.exp(quotes.centre[0])
    assert sold == pytest.approx(DEPTH * 0.03 * (1 - left), rel=0.02)


def test_value_flow_takes_an_inventory_off_makers_that_skew_their_quotes() -> None:
    def left(skew: float) -> float:
        fair = Fair()
        quotes = fair.desk(skew=skew, withdraw=False)
        desk, outsider = ValueDesk(fair.places, fair.open(), strength=DEPTH / 770), fair.open()
        quotes.quote(fair.places, 1.0, fair.news, fair.logs)
        fair.take(outsider, Side.SELL, lots_of(2e7, PRICE))
        for second in range(7_200):
            quotes.quote(fair.places, 1.0, fair.news, fair.logs)
            desk.trade(fair.places, 1.0, fair.logs, quotes.depth)
            if second == 600:
                start = quotes.inventory[0]
        return float(quotes.inventory[0] / start)

    assert left(0.0) > 0.99  # the price is back, and nobody has a reason to buy
    # The flow itself holds the price nearer to value than the quotes would have it.
    nearer = (1 / 63) / (1 / 63 + 1 / 770)
    assert left(0.1) == pytest.approx(math.exp(-0.1 * nearer * 6_600 / 770), rel=0.02)


# ---- capital ----------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    usd=st.integers(0, 10**10),
    lots=st.integers(0, 10**4),
    gaps=st.lists(st.floats(-0.3, 0.3), min_size=1, max_size=8),
    taker_ppm=st.sampled_from([0, 500]),
)
def test_orders_never_exceed_capital(
    usd: int, lots: int, gaps: list[float], taker_ppm: int
) -> None:
    fair = Fair(perps=True, taker_ppm=taker_ppm)
    frozen(fair)
    accounts = fair.open(usd, lots)
    desk = ValueDesk(fair.places, accounts, strength=1e9)
    before = [engine.audit() for engine in fair.spot]
    for gap in gaps:
        desk.trade(fair.places, 1.0, fair.logs + gap)
        fair.check([desk])
    assert [list(a) for a in before] == [list(engine.audit()) for engine in fair.spot]
    assert not any(engine.counters()["rejects"] for engine in fair.engines)


def test_a_poor_account_spends_all_it_has() -> None:
    fair = Fair(perps=True)
    frozen(fair)
    accounts = fair.open(usd=10**9, lots=50)  # 1,000 USD
    desk = ValueDesk(fair.places, accounts, strength=1e9)
    desk.trade(fair.places, 1.0, fair.logs + 0.1)
    bought = fair.places.inventories(accounts) - [50, 0]
    # What it can pay at its limit; the perpetual at ten times leverage.
    limit = math.exp(fair.logs[0] + 0.1) * LOTS[0]
    assert bought.tolist() == [math.floor(1_000 / limit), math.floor(10_000 / limit)]
    desk.trade(fair.places, 1.0, fair.logs - 0.1)
    assert fair.places.inventories(accounts)[0] == 0


@pytest.mark.parametrize("side", Side)
def test_at_a_leverage_that_large_positions_may_not_have_it_stops_in_time(side: Side) -> None:
    tiers = [Tier(50_000 * 10**6, 5_000, 10), Tier(10**15, 10_000, 5)]
    fair = Fair(perps=True, tiers=tiers)
    frozen(fair)
    accounts = fair.open()
    desk = ValueDesk(fair.places, accounts, strength=1e9)
    way = 1 if side is Side.BUY else -1
    for _ in range(3):
        desk.trade(fair.places, 1.0, fair.logs + way * 0.01)
    # Orders are judged at their limit, or at the mark if that is higher.
    most = 50_000 / (LOT_USD * math.exp(max(way * 0.01, 0.0)))
    assert way * fair.places.inventories(accounts)[1] == pytest.approx(most, abs=2)
    assert not fair.margin[0].counters()["rejects"]
    desk.trade(fair.places, 1.0, fair.logs - way * 0.01)  # the other way all of it is free
    assert -way * fair.places.inventories(accounts)[1] > 0
    fair.check([desk])


# ---- copies and errors ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "twin", [copy.deepcopy, copy.copy, lambda d: pickle.loads(pickle.dumps(d))]
)
def test_copies_continue_bit_for_bit(twin: Any) -> None:
    fair = Fair(perps=True)
    frozen(fair)
    desk = ValueDesk(fair.places, fair.open(), strength=77.7)
    desk.trade(fair.places, 1.0, fair.logs + 0.01)
    other, places = twin(desk), copy.deepcopy(fair.places)
    for at in (fair.places, places):
        for gap in (0.2, -0.1, 0.0):
            (desk if at is fair.places else other).trade(at, 0.7, fair.logs + gap)
    assert other.snapshot() == desk.snapshot()
    assert [e.snapshot() for e in places.engines] == [e.snapshot() for e in fair.engines]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"strength": -1.0}, r"strength\[0\] is -1.0"),
        ({"strength": [1.0, 2.0, 3.0]}, "strength has shape"),
        ({"width": 0.0}, r"width\[0\] is 0.0"),
        ({"refill": math.inf}, r"refill\[0\] is inf"),
        ({"accounts": -1}, "accounts is -1"),
    ],
)
def test_bad_settings_are_refused_by_name(changes: dict[str, Any], message: str) -> None:
    fair = Fair()
    given_: dict[str, Any] = {"accounts": fair.open(), "strength": 1.0, **changes}
    with pytest.raises(ValueError, match=message):
        ValueDesk(fair.places, **given_)


def test_bad_calls_are_refused_by_name() -> None:
    fair = Fair()
    desk = ValueDesk(fair.places, fair.open(), strength=1.0)
    columns: list[tuple[float, Any, NDArray[np.float64] | None, str]] = [
        (-1.0, fair.logs, None, "dt is -1"),
        (1.0, [math.nan], None, r"reservation\[0\] is nan"),
        (1.0, fair.logs, np.array([-1.0]), r"depth\[0\] is -1"),
    ]
    for dt, value, depth, message in columns:
        with pytest.raises(ValueError, match=message):
            desk.trade(fair.places, dt, value, depth)
    with pytest.raises(ValueError, match=r"premium\[0\] is -2"):
        desk.trade(fair.places, 1.0, fair.logs, premium=[-2.0])
    with pytest.raises(ValueError, match="place is 1"):
        desk.flow(1, 0.1, 1.0)
    with pytest.raises(ValueError, match="snapshot"):
        desk.restore(desk.snapshot()[:-8])
