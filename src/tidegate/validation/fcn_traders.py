"""S9: fundamentalists, chartists and noise traders in the core's own book."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tidegate_core.engine import Engine
from tidegate_core.instrument import Instrument
from tidegate_crowd.crowd import ColumnCrowd
from tidegate_crowd.fcn import Fcn

from tidegate.analysis.facts import autocorrelation, excess_kurtosis
from tidegate.streams import draw_key
from tidegate.validation.cases import Ablation, Case, Cost, Equals, Kind, Rises

Floats = NDArray[np.float64]
Weights = tuple[float, float, float]  # fundamental, chartist, noise

AGENTS: Final = 100  # one of them decides a step, in turn
WARM_UP: Final = 500
STEPS: Final = 5_000
PRICE: Final = 30_000.0  # ticks; the fundamental value too
COINS: Final = 50  # lots of an agent
CASH: Final = 1_000_000  # of an agent: price ticks x lots
LAG: Final = 20  # steps over which prices come back
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
    engine = Engine([Instrument("X", "BTC", "USD")], AGENTS)
    for account in range(1, AGENTS + 1):
        engine.deposit(account, 0, COINS)
        engine.deposit(account, 1, CASH)
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
        expected={},
        needs="orders of several sizes in the crowd of FCN traders",
    ),
)
