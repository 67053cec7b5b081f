"""Runs of a venue on margin, and of others, on the same positions: CPU nanoseconds.

A run copies its world first, lets a first batch of positions fall due and be liquidated, so that
buffers have their size, and then measures the second batch.
"""

from collections.abc import Callable
from functools import partial
from time import thread_time_ns

import numpy as np
from numpy.typing import NDArray
from tidegate_core import Kind, OrderBook, Side
from tidegate_core.codes import EventKind
from tidegate_core.margin_engine import MarginEngine

from tests.benchmarks.margin_worlds import (
    CRASH,
    FIRST_CLIENT,
    FIRST_MARK,
    MAINTENANCE_PPM,
    OPEN,
    RICH,
    TICK_VALUE,
    Column,
    Positions,
    bids,
    quote,
    venue,
)

Table = dict[str, NDArray[np.int64]]
Run = Callable[[Positions], float]
ROUNDS = 5


# ---- quiet marks ------------------------------------------------------------------------------


def quiet(engine: MarginEngine, calls: int = 4_000) -> float:
    """Time a call of `set_marks` that moves the mark but crosses nothing."""
    up, down, set_marks = [OPEN + 20], [OPEN - 20], engine.set_marks
    start = thread_time_ns()
    for _ in range(calls):
        set_marks(up)
        set_marks(down)
    taken = (thread_time_ns() - start) / (2 * calls)
    assert engine.waiting == 0
    return taken


def table_of(drawn: Positions) -> Table:
    """Lay out what a scan of all positions needs, each column contiguous."""
    return {
        "size": drawn.size,
        "entry": drawn.size * (OPEN * TICK_VALUE),
        "cushion": drawn.margin,
    }


def scan(table: Table) -> float:
    """Time one look at all positions, whether equity is above maintenance."""
    start = thread_time_ns()
    value = table["size"] * ((OPEN - 20) * TICK_VALUE)
    equity = value - table["entry"]
    equity += table["cushion"]
    np.abs(value, out=value)
    value *= MAINTENANCE_PPM
    value //= 1_000_000
    due = np.count_nonzero(equity <= value)
    taken = thread_time_ns() - start
    assert due == 0
    return float(taken)


# ---- liquidation ------------------------------------------------------------------------------


def crash(world: MarginEngine) -> float:
    """Let the second batch of a copy fall due and be liquidated: ns each."""
    engine = world.copy()
    engine.set_marks([FIRST_MARK])
    engine.liquidate(1)
    engine.take_events()
    engine.take_fills()
    start = thread_time_ns()
    engine.set_marks([CRASH])
    count = engine.liquidate(2)
    taken = thread_time_ns() - start
    assert engine.waiting == 0
    return taken / count


def liquidation(drawn: Positions, *, isolated: bool) -> float:
    """Time a liquidation that asks nothing of the book: the fund takes over."""
    world = venue(drawn, isolated=isolated)
    return min(crash(world) for _ in range(ROUNDS))


isolated: Run = partial(liquidation, isolated=True)
cross: Run = partial(liquidation, isolated=False)


def liquidated(drawn: Positions) -> set[int]:
    """Whose positions the fund takes over in both batches, by row."""
    engine = venue(drawn, isolated=True)
    engine.set_marks([CRASH])
    engine.liquidate(1)
    return set((engine.take_events()["account"] - FIRST_CLIENT).tolist())


def liquidation_by_book(
    drawn: Positions, orders: dict[str, Column], *, isolated: bool
) -> tuple[float, Table]:
    """Time a liquidation whose order the book fills; also which orders were sent in all."""
    world = venue(drawn, isolated=isolated, order="ioc")
    quote(world, orders)
    best = min(crash(world) for _ in range(ROUNDS))
    world.set_marks([FIRST_MARK])
    world.liquidate(1)
    world.set_marks([CRASH])
    world.liquidate(2)
    events = world.take_events()
    sent = events[events["kind"] == EventKind.BOOK]
    assert len(sent) == np.count_nonzero((drawn.size > 0) & (drawn.trigger > CRASH))
    assert np.count_nonzero(events["kind"] == EventKind.TAKEOVER) == 0
    n = len(sent)
    return best, {
        "side": np.full(n, int(Side.SELL), dtype=np.int64),
        "price": sent["price"].astype(np.int64),
        "quantity": -sent["quantity"].astype(np.int64),
        "owner": sent["account"].astype(np.int64),
        "kind": np.full(n, int(Kind.IOC), dtype=np.int64),
    }


def matching(orders: dict[str, Column], sent: Table) -> tuple[float, float]:
    """Time the second half of these orders in the bare book; also how many fills each has."""
    full = OrderBook()
    rest = orders | {"owner": orders["account"]}
    del rest["account"]
    assert (full.submit_many(**rest) > 0).all()
    half = len(sent["side"]) // 2
    first = {name: column[:half] for name, column in sent.items()}
    second = {name: column[half:] for name, column in sent.items()}
    taken = []
    for _ in range(ROUNDS):
        book = full.copy()
        book.submit_many(**first)
        book.take_trades()
        start = thread_time_ns()
        book.submit_many(**second)
        taken.append(thread_time_ns() - start)
    return min(taken) / half, len(book.trades()) / half


def waterfall(drawn: Positions) -> tuple[float, Column]:
    """Time the first batch by all that there is: book, then fund, then deleveraging.

    The book can take a third of the lots, the fund a fifth of all losses, which come largest
    first. Cold: nothing has been liquidated before. Also how many events there are by kind, orders
    apart that found nobody.
    """
    due = (drawn.size > 0) & (drawn.trigger > FIRST_MARK)
    bankruptcy = drawn.trigger[due] * (1 - MAINTENANCE_PPM / 1e6)
    losses = drawn.size[due] * np.maximum(bankruptcy - FIRST_MARK, 0) * TICK_VALUE
    world = venue(drawn, isolated=False, order="ioc", fund=int(losses.sum() / 5))
    quote(world, bids(int(drawn.size[due].sum()) // 4))
    taken = []
    for _ in range(ROUNDS):
        engine = world.copy()
        start = thread_time_ns()
        engine.set_marks([FIRST_MARK])
        count = engine.liquidate(1)
        taken.append((thread_time_ns() - start) / count)
        assert count == np.count_nonzero(due)
    events = engine.take_events()
    kinds = events["kind"][events["quantity"] != 0]
    return min(taken), np.bincount(kinds, minlength=len(EventKind))


# ---- lrvx -------------------------------------------------------------------------------------


def lrvx_engine(drawn: Positions) -> object:
    """Give lrvx the same positions: a lot is a unit, money in micro-units, one tier."""
    from lrvx import LiquidationEngine

    engine = LiquidationEngine()
    engine.add_tier(0.0, MAINTENANCE_PPM / 1e6)
    engine.set_insurance_fund_capital(float(RICH))
    rows = zip(drawn.size.tolist(), drawn.margin.tolist(), strict=True)
    price = float(OPEN * TICK_VALUE)
    for account, (size, margin) in enumerate(rows):
        engine.open_position(account, 0, float(size), price, float(margin))
    return engine


def lrvx_liquidation(drawn: Positions) -> tuple[float, set[int]]:
    """Time lrvx on the second batch, as ours; also who was liquidated in all."""
    engine = lrvx_engine(drawn)
    found = set(engine.on_mark(0, float(FIRST_MARK * TICK_VALUE))["liquidated"])
    start = thread_time_ns()
    second = engine.on_mark(0, float(CRASH * TICK_VALUE))["liquidated"]
    taken = thread_time_ns() - start
    return taken / len(second), found | set(second)


def lrvx_quiet(drawn: Positions) -> float:
    """Time a mark at which lrvx has nothing to do."""
    engine = lrvx_engine(drawn)
    taken = []
    for move in range(20):
        start = thread_time_ns()
        outcome = engine.on_mark(0, float((OPEN - move) * TICK_VALUE))
        taken.append(thread_time_ns() - start)
        assert outcome["liquidations_count"] == 0
    return float(min(taken))
