"""Fast traders: volume without net flow."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from tidegate_core import Kind, Side
from tidegate_core.engine import Engine
from tidegate_crowd.traders import TraderCrowd

Floats = NDArray[np.float64]

USD, BTC = 0, 1
PRICE = 1_000_000
LOTS = 100_000  # each trader's at the start


def pit(
    n: int = 16, key: int = 5, taker_ppm: int = 0, metaorders: int = 0, tail: float = 1.5
) -> tuple[Engine, TraderCrowd]:
    engine = Engine(
        assets=("USD", "BTC"),
        instruments=[
            {
                "name": "BTC-USD",
                "base": "BTC",
                "quote": "USD",
                "tick_value": 10,
                "taker_ppm": taker_ppm,
            }
        ],
    )
    first = engine.add_accounts(n)
    for account in range(first, first + n):
        engine.deposit(account, BTC, LOTS)
        engine.deposit(account, USD, 2 * LOTS * PRICE * 10)
    crowd = TraderCrowd(
        n=n,
        first=first,
        instrument=0,
        key=key,
        start_lots=n * LOTS,
        metaorders=metaorders,
        tail=tail,
    )
    return engine, crowd


@settings(max_examples=25, deadline=None)
@given(
    key=st.integers(0, 2**64 - 1),
    n=st.integers(2, 40),
    lots=st.integers(0, 20_000),
    trips=st.integers(1, 30),
    metaorders=st.integers(0, 256),
)
def test_round_trips_return_every_account_to_where_it_was(
    key: int, n: int, lots: int, trips: int, metaorders: int
) -> None:
    engine, crowd = pit(n, key, metaorders=metaorders)
    before = engine.balances()
    traded = crowd.trips(engine, 9, PRICE, lots, trips)
    after = engine.balances()
    assert np.array_equal(before[0], after[0])
    assert np.array_equal(before[1], after[1])
    assert engine.resting() == 0
    assert int(engine.take_fills()["quantity"].sum()) == traded
    assert crowd.drift(engine) == 0


def test_with_fees_coins_return_and_the_venue_earns_the_rest() -> None:
    engine, crowd = pit(taker_ppm=300)
    before, _ = engine.balances()
    traded = crowd.trips(engine, 1, PRICE, 50_000, 16)
    after, _ = engine.balances()
    assert np.array_equal(before[:, BTC], after[:, BTC])
    assert after[:, USD].sum() == before[:, USD].sum()
    # Rounded down a fill, each to a micro-USD.
    fees = after[0, USD] - before[0, USD]
    assert fees == pytest.approx(traded * PRICE * 10 * 300e-6, abs=64)
    assert traded > 10_000


def test_volume_is_what_was_asked_on_average() -> None:
    engine, crowd = pit()
    asked, rounds = 20_000, 400
    traded = [crowd.trips(engine, when, PRICE, asked, 16) for when in range(rounds)]
    # Sizes are log-normal with sigma 0.75: a round's total varies by 0.87 / sqrt(16).
    error = asked * 0.87 / 4.0 / rounds**0.5
    assert np.mean(traded) == pytest.approx(asked, abs=4.0 * error + 16)
    assert np.std(traded) == pytest.approx(asked * 0.87 / 4.0, rel=0.2)


def test_draws_depend_on_when_and_key_alone() -> None:
    fills = []
    for key, when in ((5, 1), (5, 1), (5, 2), (6, 1)):
        engine, crowd = pit(key=key)
        crowd.trips(engine, when, PRICE, 20_000, 8)
        fills.append(engine.take_fills()["quantity"].tolist())
    assert fills[0] == fills[1]
    assert len({tuple(f) for f in fills}) == 3


def test_drift_is_what_they_bought_and_have_not_sold() -> None:
    engine, crowd = pit()
    outsider = engine.add_accounts(1)
    engine.deposit(outsider, BTC, 500)
    engine.submit(0, outsider, Side.SELL, PRICE, 120, Kind.LIMIT)
    account = crowd.account(3)
    assert crowd.first <= account < crowd.first + crowd.n
    engine.submit(0, account, Side.BUY, PRICE, 120, Kind.IOC)
    assert crowd.drift(engine) == 120


def test_the_trader_of_the_net_flow_is_drawn_evenly() -> None:
    _, crowd = pit(8)
    counts = np.bincount([crowd.account(when) - crowd.first for when in range(4_000)])
    assert counts.size == 8
    assert np.abs(counts - 500).max() < 5 * 500**0.5


def test_poor_traders_trade_less_and_leave_nothing_resting() -> None:
    engine, crowd = pit()
    for account in range(crowd.first, crowd.first + crowd.n):
        engine.withdraw(account, USD, 2 * LOTS * PRICE * 10 - 100 * PRICE * 10)
    before = engine.balances()[0][:, BTC].sum()
    crowd.trips(engine, 1, PRICE, 50_000, 16)
    assert engine.resting() == 0
    assert engine.balances()[0][:, BTC].sum() == before
    assert (engine.balances()[1] == 0).all()


def test_copies_go_on_as_the_crowd_would() -> None:
    engine, crowd = pit(metaorders=7)
    crowd.trips(engine, 1, PRICE, 9_000, 40)
    there = crowd.hidden()
    for twin in (copy.deepcopy(crowd), pickle.loads(pickle.dumps(crowd)), crowd.copy()):
        engine, _ = pit()
        other, _ = pit()
        untouched = crowd.copy()
        assert twin.trips(engine, 4, PRICE, 9_000, 5) == untouched.trips(other, 4, PRICE, 9_000, 5)
        assert engine.snapshot() == other.snapshot()
        assert np.array_equal(twin.hidden(), untouched.hidden())
        twin._check()
    assert np.array_equal(crowd.hidden(), there)


def test_a_crowd_returns_to_a_snapshot_and_refuses_what_is_none() -> None:
    engine, crowd = pit(metaorders=3)
    state, there = crowd.snapshot(), crowd.hidden()
    crowd.trips(engine, 1, PRICE, 9_000, 40)
    after = crowd.hidden()
    assert not np.array_equal(after, there)
    with pytest.raises(ValueError, match="data has 1 bytes"):
        crowd.restore(b"x")
    with pytest.raises(ValueError, match="metaorder 0 is of side -1 and trader -1"):
        crowd.restore(b"\xff" * len(state))
    assert np.array_equal(crowd.hidden(), after)
    crowd.restore(state)
    assert np.array_equal(crowd.hidden(), there)


# ---- Hidden orders ----------------------------------------------------------------------------


def trip_signs(crowd: TraderCrowd, engine: Engine, trips: int) -> Floats:
    """Return the taker's sides of single round trips in a row, +1 and -1."""
    crowd.trips(engine, 0, PRICE, 300 * trips, trips)
    sides = engine.take_fills()["taker_side"]
    assert len(sides) == 2 * trips
    assert np.array_equal(sides[::2], sides[1::2])
    return 1.0 - 2.0 * sides[::2]


def theory(lag: int, metaorders: int, tail: float, longest: int = 100_000) -> float:
    """Return the autocorrelation of signs: that of being of one hidden order still.

    Of one order, the chance that j more children follow is the sum of l ** -a above j, over all.
    Of several, the number of children in between is binomial.
    """
    powers = np.arange(1.0, longest) ** -tail
    survival = 1.0 - np.cumsum(powers) / powers.sum()
    between = np.arange(lag)
    chance = stats.binom.pmf(between, lag - 1, 1.0 / metaorders)
    return float(np.sum(chance * survival[between]) / metaorders)


@pytest.mark.parametrize(("metaorders", "tail"), [(1, 2.0), (1, 1.5), (2, 1.5), (5, 1.7)])
def test_signs_persist_as_theory_says(metaorders: int, tail: float) -> None:
    runs, trips, lags = 40, 3_000, np.array([1, 2, 5, 10, 30])
    found = []
    for key in range(runs):
        engine, crowd = pit(key=key, metaorders=metaorders, tail=tail)
        signs = trip_signs(crowd, engine, trips)
        # About the true mean of 0: the mean of a sample with long memory is not.
        found.append([np.mean(signs[lag:] * signs[:-lag]) for lag in lags])
    expected = [theory(lag, metaorders, tail) for lag in lags]
    error = np.std(found, axis=0, ddof=1) / runs**0.5
    assert (np.abs(np.mean(found, axis=0) - expected) < 4.0 * error).all()
    assert expected[-1] > 0.015


def test_without_hidden_orders_signs_have_no_memory() -> None:
    engine, crowd = pit()
    signs = trip_signs(crowd, engine, 20_000)
    for lag in (1, 2, 10):
        assert abs(np.mean(signs[lag:] * signs[:-lag])) < 4.0 / 20_000**0.5


def test_owners_take_their_side_and_whoever_passes_it_on_takes_the_same() -> None:
    engine, crowd = pit(metaorders=1, tail=1.2)
    for when in range(200):
        (before,) = crowd.hidden()
        crowd.trips(engine, when, PRICE, 1_000, 1)
        (after,) = crowd.hidden()
        first, second = engine.take_fills()
        if before[2] > 0:
            assert (first["taker"] - crowd.first, first["taker_side"]) == tuple(before[:2])
            assert after[2] == before[2] - 1
        assert first["taker"] - crowd.first == after[0]
        assert (second["maker"], second["taker"]) == (first["taker"], first["maker"])


def test_both_sides_and_all_traders_are_as_likely() -> None:
    owners, sides = [], []
    for key in range(40):
        _, crowd = pit(8, key, metaorders=100)
        hidden = crowd.hidden()
        owners.append(np.bincount(hidden[:, 0], minlength=8))
        sides.append(hidden[:, 1].mean())
        assert (hidden[:, 2] >= 1).all()
    assert np.abs(np.sum(owners, axis=0) - 500).max() < 5 * 500**0.5
    assert np.mean(sides) == pytest.approx(0.5, abs=5 * 0.5 / 4_000**0.5)


def test_sizes_do_not_depend_on_hidden_orders() -> None:
    sizes = []
    for metaorders in (0, 2, 50):
        engine, crowd = pit(metaorders=metaorders)
        crowd.trips(engine, 3, PRICE, 20_000, 30)
        sizes.append(engine.take_fills()["quantity"].tolist())
    assert sizes[0] == sizes[1] == sizes[2]


# ---- What is refused --------------------------------------------------------------------------


def test_bad_arguments_are_named() -> None:
    engine, crowd = pit()
    good = {"n": 4, "first": 0, "instrument": 0, "key": 1, "start_lots": 0}
    for name, value in (
        ("n", 1),
        ("first", -1),
        ("instrument", -1),
        ("start_lots", -1),
        ("metaorders", -1),
        ("metaorders", 257),
        ("tail", 1.0),
        ("tail", float("nan")),
    ):
        with pytest.raises(ValueError, match=name):
            TraderCrowd(**{**good, name: value})
    for lots, trips, price, named in (
        (-1, 1, PRICE, "lots"),
        (1, 0, PRICE, "trips"),
        (1, 1, 0, "price"),
    ):
        with pytest.raises(ValueError, match=named):
            crowd.trips(engine, 0, price, lots, trips)
    stranger = Engine(assets=("USD", "BTC"), instruments=engine.instruments)
    with pytest.raises(ValueError, match="accounts"):
        crowd.drift(stranger)
