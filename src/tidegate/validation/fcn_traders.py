"""S9: fundamentalists, chartists and noise traders in the core's own book."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tidegate_core.codes import Side
from tidegate_core.engine import Engine
from tidegate_core.instrument import Instrument
from tidegate_crowd.crowd import ColumnCrowd
from tidegate_crowd.fcn import Fcn

from tidegate.analysis.facts import autocorrelation, excess_kurtosis
from tidegate.streams import draw_key
from tidegate.validation.cases import Ablation, Case, Cost, Equals, Kind, Rises, Within

Floats = NDArray[np.float64]
Move = tuple[float, float, float]  # its size, the gap before it, what was traded
Touch = tuple[int | None, int | None]  # best bid and ask
Weights = tuple[float, float, float]  # fundamental, chartist, noise

AGENTS: Final = 100  # one of them decides a step, in turn
WARM_UP: Final = 500
STEPS: Final = 5_000
PRICE: Final = 30_000.0  # ticks; the fundamental value too
COINS: Final = 50  # lots of an agent
CASH: Final = 1_000_000  # of an agent: price ticks x lots
LAG: Final = 20  # steps over which prices come back
# Agents by the lots of their orders: about as much volume of each size.
SIZES: Final = {1: 50, 2: 26, 4: 13, 8: 7, 16: 4}
ONE_SIZE: Final = {1: AGENTS}
MANY_STEPS: Final = 100_000
LARGE: Final = 0.001  # share of moves
NOBODY: Final = np.zeros(0, dtype=np.uint64)
PLAIN: Final[Weights] = (3.0, 0.0, 1.0)
TRENDING: Final[Weights] = (3.0, 10.0, 1.0)
ANCHORED: Final[Weights] = (10.0, 10.0, 1.0)


def forecast_of_value(_: Sequence[int]) -> dict[str, float]:
    """Ask a fundamentalist whose horizon is the time of reversion."""
    fcn = Fcn(330.0, weights=(1, 0, 0), reversion=(100, 100), window=(100, 100))
    ColumnCrowd(fcn, key=1, first=1, count=1)
    return {"expected price": fcn.expected_price(0, 300.0, 280.0, 1.0)}


def forecast_of_trend(_: Sequence[int]) -> dict[str, float]:
    """Ask a chartist."""
    fcn = Fcn(330.0, weights=(0, 1, 0))
    ColumnCrowd(fcn, key=1, first=1, count=1)
    return {"expected price": fcn.expected_price(0, 300.0, 280.0, 1.0)}


def directions(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Add trend followers to a market, then fundamentalists to that one."""
    return _directions(seeds, PLAIN, TRENDING, ANCHORED)


def directions_without_trend(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Add nothing in place of the trend followers."""
    return _directions(seeds, PLAIN, PLAIN, ANCHORED)


def _directions(
    seeds: Sequence[int], plain: Weights, trending: Weights, anchored: Weights
) -> dict[str, ArrayLike]:
    runs = [[_log_prices(weights, seed) for seed in seeds] for weights in (plain, trending)]
    back = [_log_prices(anchored, seed) for seed in seeds]
    without, trend = runs
    return {
        "excess kurtosis, with trend": (_each(_kurtosis, trend), _each(_kurtosis, without)),
        "ACF|r|(1), with trend": (_each(_clustering, trend), _each(_clustering, without)),
        "reversion, with more value": (_each(_reversion, back), _each(_reversion, trend)),
    }


def _each(figure: Callable[[Floats], float], paths: Sequence[Floats]) -> list[float]:
    return [figure(path) for path in paths]


def _kurtosis(path: Floats) -> float:
    return excess_kurtosis(np.diff(path))


def _clustering(path: Floats) -> float:
    return autocorrelation(np.abs(np.diff(path)), 1)


def _reversion(path: Floats) -> float:
    """Share of a deviation that is gone some steps later."""
    return 1.0 - autocorrelation(path, LAG)


def _log_prices(weights: Weights, seed: int) -> Floats:
    """Return the log of the mid price after each step."""
    engine = _venue(1)
    key = draw_key(seed, "validation/fcn", "crowd")
    crowd = ColumnCrowd(Fcn(PRICE, weights=weights), key=key, first=1, count=AGENTS)
    prices, mid = np.empty(STEPS), PRICE
    for tick in range(WARM_UP + STEPS):
        crowd.step(engine, tick, active=np.array([tick % AGENTS], dtype=np.uint64))
        engine.take_fills()
        bid, ask = engine.best_bid(), engine.best_ask()
        if bid is not None and ask is not None:
            mid = (bid + ask) / 2
        if tick >= WARM_UP:
            prices[tick - WARM_UP] = mid
    logs: Floats = np.log(prices)
    return logs


def _venue(largest: int) -> Engine:
    """Return an engine whose agents can pay for orders of up to so many lots."""
    engine = Engine([Instrument("X", "BTC", "USD")], AGENTS)
    for account in range(1, AGENTS + 1):
        engine.deposit(account, 0, COINS * largest)
        engine.deposit(account, 1, CASH * largest)
    return engine


def gaps_and_sizes(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Let agents send orders of several sizes, and see what goes with the largest moves."""
    return _correlations(seeds, SIZES)


def gaps_at_one_size(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Let all send orders of a lot."""
    return _correlations(seeds, ONE_SIZE)


def _correlations(seeds: Sequence[int], sizes: dict[int, int]) -> dict[str, ArrayLike]:
    rows = [_large_moves(seed, sizes) for seed in seeds]
    return {
        "with the gap behind the best": [_correlation(row[:, 0], row[:, 1]) for row in rows],
        "with order size": [_correlation(row[:, 0], row[:, 2]) for row in rows],
    }


def _correlation(x: Floats, y: Floats) -> float:
    return float(np.corrcoef(x, y)[0, 1]) if np.ptp(y) > 0 else np.nan


def _large_moves(seed: int, sizes: dict[int, int]) -> Floats:
    """Return the largest moves by orders that traded: size, gap behind the best before, lots."""
    engine, first = _venue(max(sizes)), 1
    turns: list[tuple[ColumnCrowd, int]] = []  # crowd and member of each agent
    for lots, count in sizes.items():
        key = draw_key(seed, f"validation/fcn/{lots}", "crowd")
        fcn = Fcn(PRICE, weights=PLAIN, size=lots)
        crowd = ColumnCrowd(fcn, key=key, first=first, count=count)
        turns += [(crowd, member) for member in range(count)]
        first += count
    crowds = list(dict.fromkeys(crowd for crowd, _ in turns))
    rng = np.random.default_rng([seed, 9])
    order = rng.permutation(AGENTS)
    rows: list[Move] = []
    for tick in range(WARM_UP + MANY_STEPS):
        who, member = turns[order[tick % AGENTS]]
        before, gaps = (engine.best_bid(), engine.best_ask()), _gaps(engine)
        for crowd in crowds:  # all look at the price, one acts
            crowd.step(engine, tick, active=_alone(member) if crowd is who else NOBODY)
        fills = engine.take_fills()
        if len(fills) and tick >= WARM_UP:
            side = Side.SELL if int(fills["taker_side"][0]) == Side.BUY else Side.BUY
            move = _taken(before, (engine.best_bid(), engine.best_ask()), side)
            rows.append((move, gaps[side], float(fills["quantity"].sum())))
    table = np.array([row for row in rows if np.isfinite(row[:2]).all()])
    return table[np.argsort(table[:, 0])[-round(LARGE * MANY_STEPS) :]]


def _alone(member: int) -> NDArray[np.uint64]:
    return np.array([member], dtype=np.uint64)


def _taken(before: Touch, after: Touch, side: Side) -> float:
    """Return how far the mid moved by what was taken from a side, log price.

    What is left of the order and rests on the other side is an order of its own.
    """
    first, taken, other = before[side], after[side], before[1 - side]
    if first is None or taken is None or other is None:
        return np.nan
    return abs(float(np.log((taken + other) / (first + other))))


def _gaps(engine: Engine) -> tuple[float, float]:
    """Return how far the second price of bids, and of asks, lies behind the best, log price."""
    found = []
    for side in Side:
        prices, _ = engine.depth(0, side, 2)
        found.append(abs(float(np.log(prices[1] / prices[0]))) if len(prices) > 1 else np.nan)
    return found[0], found[1]


CASES: Final = (
    Case(
        id="S9.1",
        kind=Kind.GOLDEN,
        about="a fundamentalist expects the fundamental value",
        expected={"expected price": Equals(330.0)},
        measure=forecast_of_value,
    ),
    Case(
        id="S9.2",
        kind=Kind.GOLDEN,
        about="a chartist expects the trend to go on",
        expected={"expected price": Equals(300.0 * 300.0 / 280.0)},
        measure=forecast_of_trend,
    ),
    Case(
        id="S9.3",
        kind=Kind.DIRECTIONAL,
        about="trend followers make fat tails and clusters, fundamentalists bring prices back",
        expected={
            "excess kurtosis, with trend": Rises(),
            "ACF|r|(1), with trend": Rises(),
            "reversion, with more value": Rises(),
        },
        measure=directions,
        seeds=80,  # in a few of them trends carry the price to where it stays: they have no value
        chunk=8,
        cost=Cost.FULL,
        ablations=(Ablation("trend followers off", directions_without_trend),),
    ),
    Case(
        id="S9.4",
        kind=Kind.STATISTICAL,
        about="large moves come from gaps in the book, not from large orders",
        expected={
            "with the gap behind the best": Within(0.5, 1.0),
            "with order size": Within(-1.0, 0.3),
        },
        measure=gaps_and_sizes,
        seeds=64,
        chunk=8,
        cost=Cost.FULL,
        ablations=(Ablation("orders of one size", gaps_at_one_size),),
    ),
)
