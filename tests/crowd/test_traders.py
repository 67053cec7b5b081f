"""Fast traders: volume without net flow."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tidegate_core import Kind, Side
from tidegate_core.engine import Engine
from tidegate_crowd.traders import TraderCrowd

USD, BTC = 0, 1
PRICE = 1_000_000
LOTS = 100_000  # each trader's at the start


def pit(n: int = 16, key: int = 5, taker_ppm: int = 0) -> tuple[Engine, TraderCrowd]:
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
    return engine, TraderCrowd(n=n, first=first, instrument=0, key=key, start_lots=n * LOTS)


@settings(max_examples=25, deadline=None)
@given(
    key=st.integers(0, 2**64 - 1),
    n=st.integers(2, 40),
    lots=st.integers(0, 20_000),
    trips=st.integers(1, 30),
)
def test_round_trips_return_every_account_to_where_it_was(
    key: int, n: int, lots: int, trips: int
) -> None:
    engine, crowd = pit(n, key)
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


def test_copies_are_the_same_crowd() -> None:
    _, crowd = pit()
    for twin in (copy.deepcopy(crowd), pickle.loads(pickle.dumps(crowd))):
        engine, _ = pit()
        other, _ = pit()
        assert twin.trips(engine, 4, PRICE, 9_000, 5) == crowd.trips(other, 4, PRICE, 9_000, 5)
        assert engine.snapshot() == other.snapshot()
        twin._check()


def test_bad_arguments_are_named() -> None:
    engine, crowd = pit()
    good = {"n": 4, "first": 0, "instrument": 0, "key": 1, "start_lots": 0}
    for name, value in (("n", 1), ("first", -1), ("instrument", -1), ("start_lots", -1)):
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
