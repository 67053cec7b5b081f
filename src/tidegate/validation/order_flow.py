"""S15 and S16: queues and order-flow imbalance in the core's own book, under Poisson flow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tidegate_core.book import OrderBook
from tidegate_core.codes import Side
from tidegate_crowd.poisson import PoissonFlow

from tidegate.analysis.cascade import kyle_equilibrium
from tidegate.streams import draw_key
from tidegate.validation.cases import Case, Cost, Equals, Kind, Within
from tidegate.validation.reference import queues

Floats = NDArray[np.float64]

# ---- S15: Cont, Stoikov and Talreja -------------------------------------------------------------
# A Tokyo stock: unit orders, rates by distance from the opposite touch in ticks.

FITTED: Final = (1.85, 1.51, 1.09, 0.88, 0.77)
DISTANCES: Final = 30
LIMIT: Final = np.append(FITTED, 1.92 / np.arange(len(FITTED) + 1, DISTANCES + 1) ** 0.52)
CANCEL: Final = np.array([0.71, 0.81, 0.68, 0.56, 0.47])
MARKET: Final = 0.94
SETTLING: Final = 50.0
QUEUES: Final = 4  # longest queue at the touch that is looked at


def next_moves(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Learn from the book how often the mid moves up next, by the queues at a spread of 1."""
    exact = queues.up_probabilities(LIMIT[0], MARKET, CANCEL[0])[:QUEUES, :QUEUES]
    found = [_up_shares(seed) for seed in seeds]
    lead = np.subtract.outer(np.arange(QUEUES), np.arange(QUEUES))
    by_lead = [[float(np.mean(shares[lead == n])) for n in (-2, -1, 0, 1, 2)] for shares in found]
    return {
        "equal queues": [row[2] for row in by_lead],
        "least rise per order of lead": [float(np.min(np.diff(row))) for row in by_lead],
        "largest gap to the exact": [float(np.abs(s - exact).max()) for s in found],
    }


def _stock(seed: int, *, orders: float = 1.0, speed: float = 1.0, size: int = 1) -> PoissonFlow:
    """Return the stock's flow with more orders, a faster clock, or larger orders."""
    return PoissonFlow(
        draw_key(seed, f"validation/stock/{orders}/{speed}/{size}", "events"),
        limit=LIMIT * orders * speed,
        cancel=CANCEL * speed,
        market=MARKET * orders * speed,
        size=size,
    )


def _up_shares(seed: int) -> Floats:
    flow, book = _stock(seed), OrderBook()
    flow.run(book, SETTLING)
    tape = flow.run(book, SETTLING + 40_000.0)
    change = np.diff(tape["bid"] + tape["ask"])
    moves = np.flatnonzero(change)
    following = np.searchsorted(moves, np.arange(len(tape)))
    known = following < len(moves)
    up = change[moves[np.minimum(following, len(moves) - 1)]] > 0
    narrow = known & (tape["ask"] - tape["bid"] == 1)
    shares = np.empty((QUEUES, QUEUES))
    for bid in range(QUEUES):
        for ask in range(QUEUES):
            rows = narrow & (tape["bid_quantity"] == bid + 1) & (tape["ask_quantity"] == ask + 1)
            shares[bid, ask] = up[rows].mean()
    return shares


def far_queues(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Compare queues far from the touch with arrivals times lifetime."""
    return {"mean queue over lambda / theta": [_far_queue(seed) for seed in seeds]}


def _far_queue(seed: int) -> float:
    flow, book = _stock(seed), OrderBook()
    first, last, looks = 8, 20, 400
    lots = 0
    for look in range(1, looks + 1):
        flow.run(book, SETTLING + 5.0 * look)
        prices, quantities = book.depth(Side.BUY, 4 * DISTANCES)
        distance = (book.best_ask or 0) - prices
        lots += int(quantities[(distance >= first) & (distance <= last)].sum())
    return lots / (looks * float(LIMIT[first - 1 : last].sum()) / float(CANCEL[-1]))


def lonely_level(_: Sequence[int]) -> dict[str, float]:
    """Compute the stationary mean of a queue whose orders come singly and leave by themselves."""
    rates = zip(FITTED, CANCEL.tolist(), strict=True)
    return {
        f"mean queue over lambda / theta, level {n}": queues.stationary_mean(arrive, leave)
        / (arrive / leave)
        for n, (arrive, leave) in enumerate(rates, start=1)
    }


# ---- S16: order-flow imbalance ------------------------------------------------------------------

INTERVAL: Final = 10.0  # seconds
SECONDS: Final = 600.0
# Orders times the stock's, and lots of each: a tenfold range of depth at the touch.
MARKETS: Final = ((3.0, 1), (10.0, 1), (10.0, 4))


def imbalance(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Regress the change of the mid on order-flow imbalance in markets of several depths."""
    runs = [[_regression(seed, *market) for market in MARKETS] for seed in seeds]
    r2, products, depths = (np.array([[run[k] for run in row] for row in runs]) for k in range(3))
    centre = (products.max(axis=1) + products.min(axis=1)) / 2
    return {
        "least R2": r2.min(axis=1),
        "farthest slope x depth from the centre": products.max(axis=1) / centre - 1.0,
        "range of depth": depths.max(axis=1) / depths.min(axis=1),
    }


def _regression(seed: int, orders: float, size: int) -> tuple[float, float, float]:
    """Return R2, slope times depth, and the mean depth of the touch."""
    flow, book = _stock(seed, orders=orders, speed=10.0, size=size), OrderBook()
    flow.run(book, SETTLING / 10.0)
    start = flow.time
    tape = flow.run(book, start + SECONDS)
    # What each change of the touch adds to buying and takes from selling.
    now, before = tape[1:], tape[:-1]
    change = np.where(now["bid"] >= before["bid"], now["bid_quantity"], 0)
    change = change - np.where(now["bid"] <= before["bid"], before["bid_quantity"], 0)
    change = change - np.where(now["ask"] <= before["ask"], now["ask_quantity"], 0)
    change = change + np.where(now["ask"] >= before["ask"], before["ask_quantity"], 0)
    total = np.append(0.0, np.cumsum(change))
    grid = np.arange(tape["time"][0], start + SECONDS, INTERVAL)
    row = np.searchsorted(tape["time"], grid, side="right") - 1
    flows = np.diff(total[row])
    moves = np.diff((tape["bid"][row] + tape["ask"][row]) / 2.0)
    covariance = np.cov(flows, moves)
    slope = covariance[0, 1] / covariance[0, 0]
    depth = float(np.mean(tape["bid_quantity"] + tape["ask_quantity"])) / 2.0
    r2 = covariance[0, 1] ** 2 / (covariance[0, 0] * covariance[1, 1])
    return float(r2), float(slope) * depth, depth


def kyle(_: Sequence[int]) -> dict[str, float]:
    """Solve a single auction."""
    impact, variance = kyle_equilibrium(2.0, 1.0)
    return {"lambda": impact, "posterior variance": variance}


CASES: Final = (
    Case(
        id="S15.1",
        kind=Kind.STATISTICAL,
        about="chance that the mid moves up next, by the queues at the touch",
        expected={
            "equal queues": Within(0.48, 0.52),
            "least rise per order of lead": Within(0.0, 1.0),
            "largest gap to the exact": Within(0.0, 0.03),
        },
        measure=next_moves,
        seeds=50,
        chunk=5,
        cost=Cost.FULL,
    ),
    Case(
        id="S15.2",
        kind=Kind.STATISTICAL,
        about="mean queue far from the touch over lambda / theta",
        expected={"mean queue over lambda / theta": Within(0.9, 1.1)},
        measure=far_queues,
        seeds=50,
        chunk=10,
    ),
    Case(
        id="S15.3",
        kind=Kind.GOLDEN,
        about="a level that nobody takes from holds lambda / theta orders on average",
        expected={
            f"mean queue over lambda / theta, level {n}": Equals(1.0)
            for n in range(1, len(FITTED) + 1)
        },
        measure=lonely_level,
    ),
    Case(
        id="S16.1",
        kind=Kind.STATISTICAL,
        about="mid changes of 10 s are linear in order-flow imbalance, slope as 1 / depth",
        expected={
            "least R2": Within(0.5, 1.0),
            "farthest slope x depth from the centre": Within(0.0, 0.25),
            "range of depth": Within(10.0, float("inf")),
        },
        measure=imbalance,
        seeds=50,
        chunk=2,
        cost=Cost.FULL,
    ),
    Case(
        id="S16.2",
        kind=Kind.GOLDEN,
        about="Kyle's single auction: impact and what stays unknown",
        expected={"lambda": Equals(1.0), "posterior variance": Equals(2.0)},
        measure=kyle,
    ),
)
