"""Fit of the crowd's belief process to BTC's daily and hourly moments, by simulated moments.

The belief clock runs alone (price at the consensus), on seeds that are the same for every
parameter set, and its moments are measured over windows as long as the data's. The loss is the
sum of squared distances to BTC's moments in units of their sampling error (block bootstrap).
Bands of stylised facts bind besides: a set pays for every band that less than nine tenths of
the seeds keep.

``tidegate calibrate`` reads the data, runs the fit and writes what it found.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import optimize

from tidegate.analysis.facts import DAILY_BANDS, stylised_facts
from tidegate.analysis.moments import (
    MATCHED,
    Moment,
    committed_moments,
    figures,
    to_prices,
)
from tidegate.scenario import BeliefSpec
from tidegate.streams import Streams

__all__ = [
    "FRESH",
    "SEARCHED",
    "SEEDS",
    "Calibration",
    "belief_facts",
    "calibrate_belief",
    "pass_shares",
]

Floats = NDArray[np.float64]

HOURS: Final = 24
FACT_DAYS: Final = 2000  # length over which stylised facts are judged
WINDOW_DAYS: Final = 1309  # length of the daily series of the target
WINDOW_HOURS: Final = 14_054  # length of the hourly series of the target
WARM_UP_DAYS: Final = 150
SEEDS: Final = range(1000, 1016)
FRESH: Final = range(5000, 5100)  # not used in fitting
KEEPING: Final = 0.90  # share of seeds that should keep every band
PRICE: Final = 10.0  # of a tenth beyond a band's edge, in squared sampling errors

FACTS: Final = tuple(band for band in DAILY_BANDS if band.fact != "volume_volatility")
LOOSE: Final = frozenset({"annual_volatility", "kurtosis_ratio_20", "drawdown_years"})
BINDING: Final = tuple(band for band in FACTS if band.fact not in LOOSE)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Outcome of a fit.

    Attributes
    ----------
    parameters : BeliefSpec
        The best set found.
    loss : float
        Its loss; `distance` alone leaves out what unkept bands cost.
    distance : float
        Sum of squared distances to the moments.
    evaluations : int
        Parameter sets tried.
    moments : polars.DataFrame
        Target, error and simulated mean of each moment.
    """

    parameters: BeliefSpec
    loss: float
    distance: float
    evaluations: int
    moments: pl.DataFrame


# ---- The model's moments ----------------------------------------------------------------------


def _hourly(parameters: BeliefSpec, seed: int) -> Floats:
    """Hourly log prices of the belief clock alone, with the seed's own draws of the model."""
    belief = parameters.clock(Streams(seed).key("retail", "belief"))
    belief.warm_up(WARM_UP_DAYS)
    return belief.trace(3600, FACT_DAYS * HOURS)


def belief_facts(parameters: BeliefSpec, seed: int) -> dict[str, float]:
    """Stylised facts of 2,000 simulated days."""
    return stylised_facts(to_prices(_hourly(parameters, seed)[HOURS - 1 :: HOURS]))


def _seed_facts(parameters: BeliefSpec, seed: int) -> tuple[dict[str, float], Floats]:
    """Stylised facts, and matched figures over windows as long as the data's."""
    path = _hourly(parameters, seed)
    days = to_prices(path[HOURS - 1 :: HOURS])
    hours = [
        figures(to_prices(path[start : start + WINDOW_HOURS + 1]), "hour")
        for start in range(0, len(path) - WINDOW_HOURS, WINDOW_HOURS)
    ]
    matched = np.concatenate([figures(days[: WINDOW_DAYS + 1], "day"), np.mean(hours, axis=0)])
    return stylised_facts(days), matched


def _simulate(
    parameters: BeliefSpec, seeds: Sequence[int], workers: int
) -> tuple[list[dict[str, float]], Floats]:
    """Facts of every seed, and the mean of the matched figures over seeds."""
    with ThreadPoolExecutor(workers) as pool:  # the clock runs without the interpreter's lock
        runs = list(pool.map(lambda seed: _seed_facts(parameters, seed), seeds))
    return [facts for facts, _ in runs], np.mean([matched for _, matched in runs], axis=0)


def pass_shares(
    parameters: BeliefSpec, seeds: Sequence[int] = FRESH, workers: int = 2
) -> pl.DataFrame:
    """Count the seeds whose 2,000 days keep each band of the daily stylised facts.

    Parameters
    ----------
    parameters : BeliefSpec
        What to judge.
    seeds : sequence of int, default 5000 to 5099
        Seeds not used in fitting.
    workers : int, default 2
        Threads.

    Returns
    -------
    polars.DataFrame
        Columns fact, low, high, median, p10, p90, share.
    """
    with ThreadPoolExecutor(workers) as pool:
        runs = list(pool.map(lambda seed: belief_facts(parameters, seed), seeds))
    rows = []
    for band in FACTS:
        values = np.array([facts[band.fact] for facts in runs])
        p10, median, p90 = np.quantile(values, (0.1, 0.5, 0.9))
        share = float(np.mean([band.holds(value) for value in values]))
        rows.append((band.fact, band.low, band.high, median, p10, p90, share))
    names = ("fact", "low", "high", "median", "p10", "p90", "share")
    return pl.DataFrame(rows, schema=names, orient="row")


# ---- The fit ----------------------------------------------------------------------------------

# Parameters that are searched for. The long-run scale is not: all other figures are free of it,
# so it follows from the volatility once they are found.
SEARCHED: Final = ("fast_weight", "slow_weight", "fast_saturation", "slow_saturation", "news_share")
START: Final = BeliefSpec(
    fast_weight=0.40,
    slow_weight=0.58,
    fast_saturation=300.0,
    slow_saturation=7.5,
    news_share=0.16,
    annual_volatility=0.50,
)
# Above a total of 1 the saturation alone would keep the process stationary, and the difference
# of two runs with the same draws dies so slowly that paired comparisons become imprecise.
HIGHEST_WEIGHT: Final = 1.0
FORBIDDEN: Final = 1e6
FIRST_STEP: Final = 0.15  # of the search, in logs


def _penalty(runs: Sequence[Mapping[str, float]]) -> float:
    """Price the bands that the outer seeds leave, in squared tenths of the edge passed."""
    cost = 0.0
    for band in BINDING:  # without volatility, whose scale is set afterwards
        values = np.array([facts[band.fact] for facts in runs])
        low = float(np.quantile(values, (1.0 - KEEPING) / 2.0))
        high = float(np.quantile(values, (1.0 + KEEPING) / 2.0))
        cost += (max(band.low - low, 0.0) / (0.1 * abs(band.low) or 1.0)) ** 2
        cost += (max(high - band.high, 0.0) / (0.1 * abs(band.high) or 1.0)) ** 2
    return PRICE * cost


def _rescaled(
    parameters: BeliefSpec, targets: Sequence[Moment], simulated: Floats
) -> tuple[BeliefSpec, Floats]:
    """Set the long-run scale so that volatility fits best; nothing else depends on it."""
    used = [i for i, moment in enumerate(targets) if moment.fact == "annual_volatility"]
    weights = np.array([targets[i].tolerance ** -2.0 for i in used])
    gaps = np.array([-targets[i].distance(simulated[i]) * targets[i].tolerance for i in used])
    factor = math.exp(float(np.sum(weights * gaps) / np.sum(weights)))
    scaled = simulated.copy()
    scaled[used] *= factor
    volatility = parameters.annual_volatility * factor
    return parameters.model_copy(update={"annual_volatility": volatility}), scaled


def _evaluate(
    parameters: BeliefSpec, targets: Sequence[Moment], seeds: Sequence[int], workers: int
) -> Calibration:
    runs, simulated = _simulate(parameters, seeds, workers)
    parameters, simulated = _rescaled(parameters, targets, simulated)
    distances = [m.distance(figure) for m, figure in zip(targets, simulated, strict=True)]
    distance = float(np.sum(np.square(distances)))
    table = pl.DataFrame([asdict(moment) for moment in targets]).with_columns(
        pl.Series("simulated", simulated), pl.Series("distance", distances)
    )
    return Calibration(parameters, distance + _penalty(runs), distance, 1, table)


def calibrate_belief(
    targets: Sequence[Moment] | None = None,
    *,
    start: BeliefSpec = START,
    seeds: Sequence[int] = SEEDS,
    evaluations: int = 100,
    workers: int = 2,
) -> Calibration:
    """Fit the belief process to moments, by simulated moments with common random numbers.

    Parameters
    ----------
    targets : sequence of Moment, optional
        The matched moments of daily, then of hourly bars; by default the committed ones.
    start : BeliefSpec
        Where the search (Nelder-Mead, in logs) starts.
    seeds : sequence of int, default 1000 to 1015
        Seeds of the simulations, the same for every parameter set.
    evaluations : int, default 100
        Parameter sets to try.
    workers : int, default 2
        Threads.

    Returns
    -------
    Calibration
        The best set and how near it comes.
    """
    wanted = list(committed_moments() if targets is None else targets)
    names = [(bar, fact) for bar, facts in MATCHED.items() for fact in facts]
    if [(moment.bar, moment.fact) for moment in wanted] != names:
        raise ValueError(f"targets must be the moments {names}, in this order")
    if evaluations < 1:
        raise ValueError(f"evaluations is {evaluations}; allowed is 1 and above")
    tried: list[Calibration] = []

    def loss(logs: Floats) -> float:
        values: dict[str, Any] = dict(zip(SEARCHED, np.exp(logs).tolist(), strict=True))
        beyond: float = max(values["fast_weight"] + values["slow_weight"] - HIGHEST_WEIGHT, 0.0)
        beyond += max(values["news_share"] - 1.0, 0.0)
        if beyond > 0.0:
            return FORBIDDEN * (1.0 + beyond)
        tried.append(_evaluate(start.model_copy(update=values), wanted, seeds, workers))
        return tried[-1].loss

    origin = np.log([getattr(start, name) for name in SEARCHED])
    simplex = np.vstack([origin, origin + FIRST_STEP * np.eye(len(SEARCHED))])
    options = {"maxfev": evaluations, "initial_simplex": simplex, "xatol": 0.01, "fatol": 0.1}
    optimize.minimize(loss, origin, method="Nelder-Mead", options=options)
    if not tried:
        raise ValueError(f"start is {start}; weights may sum to at most {HIGHEST_WEIGHT}")
    best = min(tried, key=lambda calibration: calibration.loss)
    return replace(best, evaluations=len(tried))
