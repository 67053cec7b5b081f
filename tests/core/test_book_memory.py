"""Copies, snapshots and limits of a book."""

import copy
import pickle
import random
import subprocess
import sys

import numpy as np
import pytest
from tidegate_core import Kind, OrderBook, Reject


def lively(seed=1, messages=3_000):
    """Make a book with a past: trades, gaps in its queues, far levels, recycled slots."""
    book, rng = OrderBook(), random.Random(seed)
    ids = [0]
    for step in range(messages):
        if rng.random() < 0.4:
            book.cancel(rng.choice(ids))
        else:
            price = rng.choice([rng.randint(80, 120), rng.randint(-(10**6), 10**6)])
            kind, stp = int(rng.random() < 0.1), rng.randint(0, 3)
            ids.append(book.submit(rng.randint(0, 1), price, 1 + step % 50, step % 5, kind, stp))
    book._check()
    return book


def go_on(book):
    """Let things happen to it; what it is then, as bytes."""
    for step in range(500):
        book.submit(step % 2, 100 + step % 7 - 3, 5 + step % 11, step % 3, step % 5, step % 4)
    book._check()
    return book.snapshot()


def restored(book):
    fresh = OrderBook()
    fresh.submit(0, 1, 1)
    fresh.restore(book.snapshot())
    return fresh


WAYS = [OrderBook.copy, copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x)), restored]


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_continues_like_the_original(way):
    book = lively()
    twin = way(book)
    twin._check()
    assert twin.snapshot() == book.snapshot()
    assert twin.trades().tolist() == book.trades().tolist()
    before = book.snapshot()
    future = go_on(twin)
    assert book.snapshot() == before, "the copy shares nothing"
    assert go_on(book) == future


def test_a_snapshot_keeps_the_queue_not_only_its_total():
    book = OrderBook()
    ids = [book.submit(1, 100, 1, owner) for owner in range(5)]
    book.cancel(ids[2])
    book.submit(1, 100, 3, 9)
    queue = book.queue(100)
    assert [owner for _, owner, _ in queue] == [0, 1, 3, 4, 9]
    assert restored(book).queue(100) == queue


def test_a_snapshot_keeps_clock_trades_and_counters():
    book = OrderBook()
    book.time, book.instrument = 77, 3
    book.submit(1, 100, 1)
    book.submit(0, 100, 4)
    twin = restored(book)
    assert (twin.time, twin.instrument) == (77, 3)
    assert (twin.last_filled, twin.last_remaining) == (1, 3)
    assert twin.trades()[["time", "instrument", "sequence"]].tolist() == [(77, 3, 0)]


@pytest.mark.parametrize("seed", range(20))
def test_damaged_snapshots_are_refused_and_change_nothing(seed):
    book, rng = lively(messages=200), random.Random(seed)
    before = book.snapshot()
    damaged = bytearray(before)
    damaged = damaged[: rng.randrange(len(damaged))]
    with pytest.raises(ValueError, match="snapshot"):
        book.restore(bytes(damaged))
    assert book.snapshot() == before
    book._check()


def test_no_flipped_byte_breaks_the_book():
    book = lively(messages=100)
    data = book.snapshot()
    refused = 0
    for at in range(0, len(data), 3):
        damaged = bytearray(data)
        damaged[at] ^= 0xFF
        victim = OrderBook()
        try:
            victim.restore(bytes(damaged))
        except ValueError:
            refused += 1
        victim._check()
        victim.submit(0, 2**62, 2**40, kind=Kind.IOC)
        victim._check()
    assert refused > 100


def test_the_limit_of_orders_is_a_refusal():
    book = OrderBook(max_orders=3)
    ids = [book.submit(0, 5, 1) for _ in range(3)]
    before = book.snapshot()
    assert book.submit(0, 5, 1) == -Reject.MEMORY
    assert book.snapshot() == before
    moved = book.replace(ids[0], 4, 1)
    assert moved > 0, "a replacement needs no more room than it leaves"
    book.cancel(moved)
    assert book.submit(0, 5, 1) > 0


def test_books_grow_far_beyond_their_first_buffers():
    book, rows = OrderBook(), 300_000
    rng = np.random.default_rng(1)
    side = rng.integers(0, 2, rows)
    away = rng.integers(1, 5_000, rows)
    ids = book.submit_many(
        side=side, price=np.where(side == 0, -away, away), quantity=np.ones(rows, np.int64)
    )
    assert (ids > 0).all()
    assert len(set(ids.tolist())) == rows
    book._check()
    book.submit(0, 0, rows, kind=Kind.MARKET)
    book.submit(1, 0, rows, kind=Kind.MARKET)
    assert len(book.trades()) == rows
    assert len(book) == 0
    book._check()


OUT_OF_MEMORY = """
import resource
from tidegate_core import OrderBook, Reject
book = OrderBook()
held = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (held + (24 << 20), resource.RLIM_INFINITY))
orders = 0
while (order := book.submit(0, orders % 100, 1)) > 0:
    orders += 1
assert order == -Reject.MEMORY, order
before = len(book), book.best_bid, book.depth(0, 200)[1].sum()
assert before == (orders, 99, orders), before
book._check()
assert book.submit(0, 5, 1) == -Reject.MEMORY
assert (len(book), book.best_bid, book.depth(0, 200)[1].sum()) == before
# A taker of everything needs room for its trades, which is refused before the first one.
assert book.cancel(1) == 0
assert book.submit(1, 0, orders, kind=1) == -Reject.MEMORY
assert len(book.trades()) == 0
assert len(book) == orders - 1
book._check()
assert book.submit(1, 0, 10, kind=1) > 0
print("refused after", orders)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits the address space")
def test_lack_of_memory_is_a_refusal_that_changes_nothing():
    run = subprocess.run(
        [sys.executable, "-c", OUT_OF_MEMORY], capture_output=True, text=True, check=False
    )
    assert run.stdout.startswith("refused after"), run.stderr
