"""Poisson order flow: rates, queues and copies."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tidegate_core.book import OrderBook
from tidegate_core.codes import Side
from tidegate_crowd.poisson import PoissonFlow

MID = 1_000


def flow(key: int = 1, **terms: Any) -> PoissonFlow:
    facts = {"limit": [2.0, 1.0, 0.5], "cancel": [0.3, 0.2], "market": 0.8, "mid": MID, **terms}
    return PoissonFlow(key, **facts)


def ran(until: float = 300.0, **terms: Any) -> tuple[PoissonFlow, OrderBook, np.ndarray]:
    found, book = flow(**terms), OrderBook()
    tape = found.run(book, until)
    found._check()
    book._check()
    return found, book, tape


def test_the_tape_is_the_touch_after_every_change() -> None:
    found, book, tape = ran()
    assert len(tape) > 500
    assert np.all(np.diff(tape["time"]) > 0)
    assert np.all(tape["bid"] < tape["ask"])
    assert np.all((tape["bid_quantity"] > 0) & (tape["ask_quantity"] > 0))
    last = tape[-1]
    assert (last["bid"], last["ask"]) == (book.best_bid, book.best_ask)
    assert last["bid_quantity"] == book.depth(Side.BUY, 1)[1][0]
    touch = tape[["bid", "ask", "bid_quantity", "ask_quantity"]]
    assert np.all(touch[1:] != touch[:-1])
    assert found.time == 300.0


def test_without_takers_and_cancellation_all_orders_rest_where_they_were_sent() -> None:
    found, book, _ = ran(until=4_000.0, market=0.0, cancel=[0.0], limit=[0.0, 0.0, 0.5])
    prices, lots = book.depth(Side.BUY, 10)
    assert len(prices) == 1
    assert book.best_ask - book.best_bid == 3
    assert len(book) == found.events
    # 0.5 a unit of time on each side: 4,000 orders, sd 63
    assert found.events == pytest.approx(4_000, abs=250)
    assert lots.sum() + book.depth(Side.SELL, 10)[1].sum() == found.events


def test_orders_far_away_leave_at_their_own_rate() -> None:
    """A level that nobody takes from holds arrivals times lifetime: here 3 orders."""
    found, book = flow(limit=[0.0, 6.0], cancel=[9.0, 2.0], market=0.0), OrderBook()
    found.run(book, 10.0)
    lengths = []
    for step in range(3_000):
        found.run(book, 11.0 + step)
        lengths += [book.depth(side, 9)[1].sum() for side in Side]
    # both sides at 2 ticks from each other's touch, except while one is empty
    assert np.mean(lengths) == pytest.approx(3.0, abs=0.1)
    assert np.var(lengths) == pytest.approx(3.0, abs=0.3)


def test_takers_come_at_their_rate() -> None:
    found, book = flow(limit=[50.0], cancel=[0.0], market=0.0, size=3), OrderBook()
    found.run(book, 20.0)
    full = sum(book.depth(side, 50)[1].sum() for side in Side)
    taking = PoissonFlow(2, limit=[0.0], cancel=[0.0], market=4.0, size=3, mid=MID)
    taking.run(book, 100.0)
    left = sum(book.depth(side, 50)[1].sum() for side in Side)
    assert full - left == 3 * taking.events
    assert taking.events == pytest.approx(800, abs=120)


def test_stopping_changes_nothing_but_the_draws() -> None:
    """Stop at as many quotes as asked for, and go on from there."""
    found, book = flow(), OrderBook()
    first = found.run(book, 300.0, most=100)
    assert len(first) == 100
    assert found.time == first["time"][-1]
    rest = found.run(book, 300.0)
    _, _, whole = ran()
    assert np.array_equal(np.concatenate([first, rest]), whole)


@pytest.mark.parametrize(
    "same", [PoissonFlow.copy, copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))]
)
def test_a_copy_goes_on_alike_and_alone(same: Callable[[PoissonFlow], PoissonFlow]) -> None:
    found, book, _ = ran(until=100.0, key=7)
    twin, other = same(found), book.copy()
    assert np.array_equal(found.run(book, 200.0), twin.run(other, 200.0))
    assert found.snapshot() == twin.snapshot()
    assert book.snapshot() == other.snapshot()
    assert (twin.key, twin.market, twin.size) == (7, 0.8, 1)
    assert np.array_equal(twin.limit, found.limit)
    assert np.array_equal(twin.cancel, [0.3, 0.2, 0.2])


def test_a_damaged_snapshot_is_refused_and_changes_nothing() -> None:
    found, _, _ = ran(until=50.0)
    before = found.snapshot()
    for data in (b"", before[:-1], before + b"\0", before.replace(b"Flow", b"Flew")):
        with pytest.raises(ValueError, match="data is not a snapshot of a PoissonFlow"):
            found.restore(data)
    assert found.snapshot() == before


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (lambda: flow(limit=[]), r"limit is \[\]; allowed are one or more rates"),
        (lambda: flow(limit=[-1.0]), "limit is"),
        (lambda: flow(cancel=[float("nan")]), "cancel is"),
        (lambda: flow(market=-0.1), r"market is -0\.1; allowed are 0 to 1e12"),
        (lambda: flow(size=0), "size is 0; allowed are 1 to"),
        (lambda: flow(mid=3), "mid is 3; allowed are 4 to"),
        (lambda: flow().run(OrderBook(), 0.0), r"until is 0\.0; allowed is after 0\.0"),
        (lambda: flow().run(OrderBook(), 1.0, most=0), "most is 0; allowed are 1 and more"),
    ],
)
def test_arguments_out_of_bounds_are_named(call: Callable[[], Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        call()
