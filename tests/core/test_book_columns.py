"""Batches: the same as calls, row by row, and checked before anything happens."""

import array
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tidegate_core import Kind, Op, OrderBook, Reject

from tests.strategies import kinds, near_prices, owners, self_trade_modes, sides

row = st.tuples(
    st.integers(-1, 4),  # op
    sides | st.just(2),
    near_prices,
    st.integers(-1, 20),  # quantity
    owners | st.just(2**40),
    kinds | st.just(9),
    self_trade_modes | st.just(-1),
    st.integers(-30, 30),  # order it names
)
NAMES = ("op", "side", "price", "quantity", "owner", "kind", "stp", "order_id")


def int64(*values):
    return np.array(values, np.int64)


def one_by_one(book, rows):
    """Do in calls what a batch must do."""
    results = []
    for op, side, price, quantity, owner, kind, stp, named in rows:
        if named < 0:
            named = results[-1 - named] if -1 - named < len(results) else 0
        if op == Op.CANCEL:
            results.append(book.cancel(named))
        elif op == Op.REPLACE:
            results.append(book.replace(named, price, quantity))
        elif op in (Op.SUBMIT, Op.CANCEL_SUBMIT):
            if op == Op.CANCEL_SUBMIT:
                book.cancel(named)
            results.append(book.submit(side, price, quantity, owner, kind, stp))
        else:
            results.append(-Reject.CODE)
    return results


@settings(max_examples=300, deadline=None)
@given(rows=st.lists(row, min_size=1, max_size=60))
def test_a_batch_is_its_rows_one_by_one(rows):
    batch, calls = OrderBook(), OrderBook()
    columns = dict(zip(NAMES, (int64(*column) for column in zip(*rows, strict=True)), strict=True))
    assert batch.submit_many(**columns).tolist() == one_by_one(calls, rows)
    batch._check()
    assert batch.snapshot() == calls.snapshot()


def test_looking_ahead_in_a_big_book_changes_nothing():
    rng = np.random.default_rng(3)
    preload, rows = 80_000, 40_000
    side = rng.integers(0, 2, preload)
    away = rng.integers(1, 3_000, preload)
    start = {
        "side": side,
        "price": np.where(side == 0, -away, away),
        "quantity": rng.integers(1, 50, preload),
    }
    columns = [
        rng.choice([0, 0, 1, 1, 2, 3], rows),
        rng.integers(0, 2, rows),
        rng.choice([rng.integers(-3_000, 3_000), 2**62, -(2**63)], rows, p=[0.98, 0.01, 0.01]),
        rng.integers(1, 300, rows),
        rng.integers(0, 9, rows),
        rng.integers(0, 5, rows),
        rng.integers(0, 4, rows),
        rng.choice([-1, 1], rows) * rng.integers(0, preload, rows),
    ]
    columns[2] = np.where(np.abs(columns[2]) < 10**6, rng.integers(-3_000, 3_000, rows), columns[2])
    batch, calls = OrderBook(), OrderBook()
    batch.submit_many(**start)
    calls.submit_many(**start)
    got = batch.submit_many(**dict(zip(NAMES, columns, strict=True)))
    want = one_by_one(calls, list(zip(*(column.tolist() for column in columns), strict=True)))
    assert got.tolist() == want
    batch._check()
    assert batch.snapshot() == calls.snapshot()


def test_a_cancel_may_name_an_earlier_row():
    book = OrderBook()
    results = book.submit_many(
        op=int64(Op.SUBMIT, Op.CANCEL, Op.CANCEL, Op.REPLACE),
        side=int64(0, 0, 0, 0),
        price=int64(5, 0, 0, 5),
        quantity=int64(1, 0, 0, 5),
        order_id=int64(0, -1, -1, -9),
    )
    unknown = -Reject.UNKNOWN_ORDER
    assert results.tolist() == [1, 0, unknown, unknown]


def test_cancel_submit_submits_in_any_case():
    book = OrderBook()
    first = book.submit(0, 5, 1)
    both = {"op": int64(3), "side": int64(0), "price": int64(6), "quantity": int64(2)}
    (second,) = book.submit_many(**both, order_id=int64(first))
    assert (len(book), book.best_bid) == (1, 6)
    book.submit_many(**both, order_id=int64(first))
    assert book.queue(6)[0][0] == second
    assert len(book) == 2


def test_left_out_columns_have_the_defaults_of_submit():
    book = OrderBook()
    book.submit_many(side=int64(0, 1), price=int64(5, 5), quantity=int64(3, 1))
    assert book.trades()[["maker", "taker", "price", "quantity"]].tolist() == [(0, 0, 5, 1)]


def test_any_int64_buffer_is_a_column():
    book = OrderBook()
    ids = book.submit_many(
        side=array.array("q", [0, 1]),
        price=memoryview(int64(5, 6)),
        quantity=np.frombuffer(int64(1, 1).tobytes(), np.int64),  # read-only
    )
    assert ids.dtype == np.int64
    assert (book.best_bid, book.best_ask) == (5, 6)


def test_an_empty_batch_is_a_batch():
    empty = int64()
    assert OrderBook().submit_many(side=empty, price=empty, quantity=empty).tolist() == []


GOOD = {"side": int64(0, 1), "price": int64(1, 2), "quantity": int64(1, 1)}


@pytest.mark.parametrize(
    ("column", "error", "message"),
    [
        ({"price": [1, 2]}, TypeError, "price must be an int64 array, got list"),
        ({"price": None}, TypeError, "price must be an int64 array, got NoneType"),
        ({"price": np.array([1.0, np.nan])}, TypeError, "price .* got one of float64"),
        ({"side": np.zeros(2, np.int32)}, TypeError, "side .* got one of int32"),
        ({"side": np.zeros(2, np.uint64)}, TypeError, "side .* got one of uint64"),
        ({"owner": np.zeros(2, ">i8")}, TypeError, "owner must be an int64 array"),
        ({"kind": int64(0)}, ValueError, "kind must have as many rows as side .2., got 1"),
        ({"quantity": np.ones((2, 1), np.int64)}, ValueError, "quantity must have one dimension"),
        ({"stp": np.zeros(4, np.int64)[::2]}, ValueError, "stp must be a contiguous int64"),
        ({"op": int64(0, 1)}, TypeError, "order_id must be an int64 array when op is given"),
    ],
)
def test_a_bad_column_is_named_before_anything_happens(column, error, message):
    book = OrderBook()
    before = book.snapshot()
    with pytest.raises(error, match=message):
        book.submit_many(**(GOOD | column))
    assert book.snapshot() == before


def test_two_books_in_two_threads_do_not_meet():
    rng = np.random.default_rng(5)
    columns = {
        "side": rng.integers(0, 2, 50_000),
        "price": rng.integers(90, 110, 50_000),
        "quantity": rng.integers(1, 9, 50_000),
        "kind": rng.integers(0, 2, 50_000) * int(Kind.MARKET),
    }
    alone, books = OrderBook(), [OrderBook(), OrderBook()]
    alone.submit_many(**columns)
    threads = [threading.Thread(target=b.submit_many, kwargs=columns) for b in books]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {b.snapshot() for b in books} == {alone.snapshot()}
