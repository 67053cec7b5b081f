"""S14: zero intelligence, Poisson order flow that drives the core's own book event by event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tidegate_core.book import OrderBook
from tidegate_core.codes import Side
from tidegate_crowd.poisson import PoissonFlow

from tidegate.streams import draw_key
from tidegate.validation.cases import Ablation, Case, Cost, Kind, Within

Floats = NDArray[np.float64]

# Units: time 1 / delta, price p_c = mu / alpha, both per side; granularity eps = delta size / mu.

TICKS: Final = 200  # of p_c
REACH: Final = 8  # p_c from the opposite touch, within which limit orders fall
WARM_UP: Final = 20.0
EPS: Final = (0.02, 0.05, 0.1, 0.2, 0.5)
LENGTHS: Final = {0.02: 1_500.0, 0.05: 2_500.0, 0.1: 5_000.0, 0.2: 6_000.0, 0.5: 10_000.0}
PIECE: Final = 500.0  # units of time at a go
# Figures of four runs of 6,000 units computed apart: mean spread, D at lags 0.1 and 20.
PRINTED: Final = {
    0.02: (0.494, 1.68, 0.205),
    0.05: (0.550, 1.53, 0.310),
    0.1: (0.629, 1.53, 0.463),
    0.2: (0.761, 1.74, 0.738),
    0.5: (1.103, 2.86, 1.812),
}
SHORT, LONG = 0.1, 20.0


class Figures(NamedTuple):
    """Mean spread (p_c), and Var(change of the mid) / lag (p_c^2) at a short and a long lag."""

    spread: float
    short: float
    long: float


def random_orders(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Drive the book at five granularities."""
    return _random_orders(seeds, market=1.0)


def random_orders_without_takers(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Drive it by limit orders and cancellations alone."""
    return _random_orders(seeds, market=0.0)


def _random_orders(seeds: Sequence[int], market: float) -> dict[str, ArrayLike]:
    runs = {eps: [_zero_intelligence(eps, seed, market) for seed in seeds] for eps in EPS}
    found: dict[str, ArrayLike] = {}
    for eps in EPS:
        found[f"spread at eps {eps}"] = [run.spread for run in runs[eps]]
        found[f"D at lag 0.1, eps {eps}"] = [run.short for run in runs[eps]]
        found[f"D at lag 20, eps {eps}"] = [run.long for run in runs[eps]]
    return found


def _flow(eps: float, seed: int, market: float = 1.0, speed: float = 1.0) -> PoissonFlow:
    """Return the flow of a granularity, with all its rates times `speed`."""
    return PoissonFlow(
        draw_key(seed, f"validation/zero-intelligence/{eps}/{speed}", "events"),
        limit=np.full(REACH * TICKS, speed / (eps * TICKS)),
        cancel=[speed],
        market=market * speed / eps,
    )


def _zero_intelligence(eps: float, seed: int, market: float = 1.0, speed: float = 1.0) -> Figures:
    """Measure a run; the clock counts in units of the flow's own cancellation time."""
    flow, book = _flow(eps, seed, market, speed), OrderBook()
    last = flow.run(book, WARM_UP / speed)[-1:]
    weighted, mids = 0.0, []
    end = WARM_UP
    while end < WARM_UP + LENGTHS[eps]:
        start, end = end, end + PIECE
        # What held at the start of the piece, then every change.
        tape = np.concatenate([last, flow.run(book, end / speed)])
        times = np.maximum(tape["time"] * speed, start)
        weighted += float(np.sum((tape["ask"] - tape["bid"]) * np.diff(times, append=end)))
        grid = start + SHORT * np.arange(round(PIECE / SHORT))
        row = np.searchsorted(times, grid, side="right") - 1
        mids.append((tape["ask"][row] + tape["bid"][row]) / (2.0 * TICKS))
        last = tape[-1:]
    mid = np.concatenate(mids)
    return Figures(
        spread=weighted / (TICKS * (end - WARM_UP)),
        short=_diffusion(mid, SHORT),
        long=_diffusion(mid, LONG),
    )


def _diffusion(mid: Floats, lag: float) -> float:
    steps = round(lag / SHORT)
    return float(np.mean((mid[steps:] - mid[:-steps]) ** 2)) / lag


DEPTH_EPS: Final = (0.05, 0.2)
NEAR, FAR = 3, 5  # p_c from the opposite touch, where nothing trades
LOOKS: Final = 500


def far_depths(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Compare the number of orders far from the touch with arrivals times lifetime."""
    return {f"depth at eps {eps}": [_far_depth(eps, seed) for seed in seeds] for eps in DEPTH_EPS}


def _far_depth(eps: float, seed: int) -> float:
    flow, book = _flow(eps, seed), OrderBook()
    lots = 0
    for look in range(1, LOOKS + 1):
        flow.run(book, WARM_UP + 2.0 * look)
        for side, way in ((Side.BUY, 1), (Side.SELL, -1)):
            touch = book.best_ask if side is Side.BUY else book.best_bid
            prices, quantities = book.depth(side, REACH * TICKS * 4)
            distance = way * ((touch or 0) - prices)
            lots += int(quantities[(distance > NEAR * TICKS) & (distance <= FAR * TICKS)].sum())
    expected = LOOKS * 2 * (FAR - NEAR) / eps
    return lots / expected


INVARIANT_EPS: Final = 0.1


def speeds(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Multiply all rates by 3, with other draws, and measure in the units that go with them."""
    pairs = [
        (
            _zero_intelligence(INVARIANT_EPS, seed, speed=3.0),
            _zero_intelligence(INVARIANT_EPS, seed),
        )
        for seed in seeds
    ]
    return {
        "ratio of spreads": [fast.spread / slow.spread for fast, slow in pairs],
        "ratio of D at lag 0.1": [fast.short / slow.short for fast, slow in pairs],
    }


def _near(value: float, tolerance: float, *, of_mean: bool = False) -> Within:
    return Within(value * (1 - tolerance), value * (1 + tolerance), of_mean=of_mean)


CASES: Final = (
    Case(
        id="S14.1",
        kind=Kind.STATISTICAL,
        about="zero intelligence in the core's book: mean spread over p_c at five granularities",
        expected={f"spread at eps {eps}": _near(PRINTED[eps][0], 0.02) for eps in EPS},
        measure=random_orders,
        seeds=50,
        chunk=2,
        cost=Cost.FULL,
        ablations=(Ablation("market orders off", random_orders_without_takers),),
    ),
    Case(
        id="S14.2",
        kind=Kind.STATISTICAL,
        about="zero intelligence: Var(change of the mid) / lag, in p_c^2 delta",
        expected={
            **{f"D at lag 0.1, eps {eps}": _near(PRINTED[eps][1], 0.03) for eps in EPS},
            **{
                f"D at lag 20, eps {eps}": _near(PRINTED[eps][2], 0.08, of_mean=True) for eps in EPS
            },
        },
        measure=random_orders,
        seeds=50,
        chunk=2,
        cost=Cost.FULL,
        ablations=(Ablation("market orders off", random_orders_without_takers),),
    ),
    Case(
        id="S14.3",
        kind=Kind.STATISTICAL,
        about="zero intelligence: depth far from the touch over alpha / delta",
        expected={f"depth at eps {eps}": Within(0.97, 1.03) for eps in DEPTH_EPS},
        measure=far_depths,
        seeds=50,
        chunk=5,
        cost=Cost.FULL,
    ),
    Case(
        id="S14.4",
        kind=Kind.STATISTICAL,
        about="zero intelligence: all rates times 3 change nothing in these units",
        expected={
            "ratio of spreads": Within(0.98, 1.02),
            "ratio of D at lag 0.1": _near(1.0, 0.02, of_mean=True),
        },
        measure=speeds,
        seeds=50,
        chunk=5,
        cost=Cost.FULL,
    ),
)
