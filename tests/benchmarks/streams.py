"""Order streams for measuring a book, with a walking mid price and heavy-tailed sizes.

normal: half adds, two fifths cancels, the rest market orders; ten to twenty thousand orders rest.
sweep: a wide book, and now and then one market order that eats dozens of levels.
deep: like normal, but on a million resting orders on twenty thousand levels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tidegate_core import Kind, Op, OrderBook, Side

Column = NDArray[np.int64]
MID = 100_000


@dataclass(frozen=True, eq=False)
class Stream:
    """Messages as columns; the first `preload` of them fill the book and are not timed."""

    preload: int
    op: Column
    side: Column
    price: Column
    quantity: Column
    owner: Column
    kind: Column
    target: Column  # row of the order that a cancel names, else -1

    def __len__(self) -> int:
        return len(self.op) - self.preload


@dataclass(frozen=True)
class Shape:
    """What makes a stream: how far from the mid orders lie, how often a sweep comes."""

    preload: int
    spread: int  # preloaded orders lie uniformly within this many ticks
    scale: float  # of the power law of an add's distance
    reach: int  # its cut-off
    adds: float  # share of the messages; a market order is 0.08 of them, the rest cancel
    sweep_every: int = 0  # messages between sweeping orders, 0: never
    sweep_lots: int = 0


SHAPES = {
    "normal": Shape(12_000, 100, 8.0, 300, 0.5),
    "sweep": Shape(25_000, 1_500, 60.0, 4_000, 0.69, 700, 14_000),
    "deep": Shape(1_000_000, 10_000, 8.0, 300, 0.5),
}


def stream(name: str, messages: int, seed: int = 1) -> Stream:
    """Draw a stream. A book runs along: adds lie off its touch, cancels name what rests in it."""
    shape = SHAPES[name]
    rng = np.random.default_rng(seed)
    n = shape.preload + messages
    what = rng.random(n)
    what[: shape.preload] = 0.0
    market = what >= 0.92
    quantity = rng.integers(1, 101, n)
    quantity[market] = np.minimum(15.5 * (1 - rng.random(market.sum())) ** (-1 / 1.5), 5_000)
    if shape.sweep_every:
        sweeps = np.arange(shape.preload, n, shape.sweep_every)
        what[sweeps], market[sweeps] = 0.95, True
        quantity[sweeps] = shape.sweep_lots * (0.5 + rng.random(len(sweeps)))
    away = np.minimum(shape.scale * (rng.random(n) ** (-1 / 1.5) - 1), shape.reach).astype(np.int64)
    away[: shape.preload] = rng.integers(0, shape.spread, shape.preload)
    drawn = Stream(
        preload=shape.preload,
        op=np.where((what >= shape.adds) & ~market, Op.CANCEL, Op.SUBMIT).astype(np.int64),
        side=rng.integers(0, 2, n),
        price=away,
        quantity=quantity,
        owner=rng.integers(1, 1_000, n),
        kind=np.where(market, Kind.MARKET, Kind.LIMIT).astype(np.int64),
        target=np.full(n, -1, np.int64),
    )
    _run_along(drawn, rng.random(n))
    return drawn


def _run_along(drawn: Stream, pick: NDArray[np.float64]) -> None:
    """Turn distances into prices, and draw for each cancel an order that rests at that moment."""
    first, op, price, target = drawn.preload, drawn.op, drawn.price, drawn.target
    price[:first] = MID + np.where(drawn.side[:first] == Side.BUY, -1, 1) * (1 + price[:first])
    book = OrderBook()
    ids = book.submit_many(
        side=drawn.side[:first], price=price[:first], quantity=drawn.quantity[:first]
    ).tolist()
    live = list(range(first))
    columns = (op, drawn.side, price, drawn.quantity, drawn.kind, pick)
    rows = zip(*(column[first:].tolist() for column in columns), strict=True)
    for row, (what, side, away, lots, kind, u) in enumerate(rows, first):
        if what == Op.CANCEL:
            while target[row] < 0:
                at = int(u * len(live))
                candidate, live[at] = live[at], live[-1]
                live.pop()
                if book.cancel(ids[candidate]) == 0:
                    target[row] = candidate
            ids.append(0)
            continue
        if side == Side.BUY:
            at = (book.best_ask or book.best_bid or MID) - 1 - away
        else:
            at = (book.best_bid or book.best_ask or MID) + 1 + away
        price[row] = at
        ids.append(book.submit(side, at, lots, 0, kind))
        if kind == Kind.LIMIT:
            live.append(row)
