"""What a calibration minimises: distance to a price's moments, and what unkept bands cost.

An ecology runs alone on seeds that are the same for every set of values. Matched moments are
measured over windows as long as the data's and averaged over seeds; their distance is weighed by
the inverse of the bootstrap's covariance. The bands of stylised facts at daily, hourly and minute
bars bind besides: a set pays for every band that the outer tenth of the seeds leaves.

Everything is kept as residuals, so that steps of Gauss and Newton and the intervals of
`tidegate.analysis.inference` follow from one Jacobian.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidegate.analysis.ecologies import Ecology, Paths
from tidegate.analysis.facts import (
    DAILY_BANDS,
    HOURLY_BANDS,
    MINUTE_BANDS,
    Band,
    stylised_facts,
)
from tidegate.analysis.moments import BARS_PER_YEAR, NAMES, Targets, figures, to_prices

__all__ = [
    "DAYS",
    "SEEDS",
    "Assessment",
    "Figures",
    "Lengths",
    "assess",
    "band_table",
    "measure",
    "moment_table",
]

Floats = NDArray[np.float64]

SEEDS: Final = range(1000, 1016)
FRESH: Final = range(5000, 5100)  # not used in fitting
DAYS: Final = 2000
MONTHS: Final = 6  # stretches of minutes to a seed
OUTER: Final = 0.10  # share of seeds beyond which leaving a band costs nothing
PRICE: Final = 100.0  # of a band left by one standard deviation of the seeds, squared

# A clock alone trades nothing, so volume has no band here.
FACTS: Final[dict[str, tuple[Band, ...]]] = {
    "day": tuple(band for band in DAILY_BANDS if band.fact != "volume_volatility"),
    "hour": HOURLY_BANDS,
    "minute": MINUTE_BANDS,
}
# Not searched by: what follows from the scale, and what takes few values.
LOOSE: Final = frozenset({("day", "annual_volatility"), ("day", "drawdown_years")})


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long a seed runs, and over how many returns moments are measured.

    Attributes
    ----------
    days : int
        Of every seed; bands are judged on all of them.
    windows : mapping of str to int
        Returns of the data, by bar.
    months : int
        Stretches of 30 days of minutes to a seed.
    """

    days: int
    windows: Mapping[str, int]
    months: int = MONTHS

    def __post_init__(self) -> None:
        """Refuse runs that are shorter than the data."""
        longest = max(self.windows["day"] + 1, self.windows["hour"] // 24 + 2, 31)
        if self.days < longest:
            raise ValueError(f"days is {self.days}; the data's windows need {longest} or more")


@dataclass(frozen=True, slots=True)
class Figures:
    """What one seed of one set of values gives.

    Attributes
    ----------
    matched : list of float
        Matched moments, in the order of `NAMES`: means over windows of the data's length.
    first : list of float
        The same of the first window alone, to be compared with the data's own scatter.
    facts : dict of str to list of float
        By "BAR FACT": one value a seed, for minutes one a stretch.
    """

    matched: list[float]
    first: list[float]
    facts: dict[str, list[float]]


def measure(ecology: Ecology, values: Mapping[str, float], seed: int, lengths: Lengths) -> Figures:
    """Simulate a seed and measure what is matched and what has bands."""
    paths = ecology.simulate(values, seed, lengths.days)
    facts: dict[str, list[float]] = {}
    for bar, logs in _stretches(paths, lengths.months):
        found = stylised_facts(to_prices(logs), bars_per_year=BARS_PER_YEAR[bar])
        for band in FACTS[bar]:
            facts.setdefault(f"{bar} {band.fact}", []).append(found[band.fact])
    windows = [
        _windows(logs, bar, lengths.windows[bar])
        for bar, logs in (("day", paths.day), ("hour", paths.hour))
    ]
    means = np.concatenate([window.mean(axis=0) for window in windows])
    first = np.concatenate([window[0] for window in windows])
    return Figures(means.tolist(), first.tolist(), facts)


def _stretches(paths: Paths, months: int) -> list[tuple[str, Floats]]:
    minutes = [("minute", stretch) for stretch in paths.months(months)]
    return [("day", paths.day), ("hour", paths.hour), *minutes]


def _windows(logs: Floats, bar: str, length: int) -> Floats:
    """Return the matched figures of all windows of the data's length, one a row."""
    starts = range(0, len(logs) - length, length)
    return np.array([figures(to_prices(logs[start : start + length + 1]), bar) for start in starts])


# ---- The loss ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Assessment:
    """How near a set of values comes.

    Attributes
    ----------
    values : dict of str to float
        The set, with the scale that fits the volatility best.
    targets : Targets
        What was aimed at.
    matched, first : numpy.ndarray
        Matched moments, a seed a row, at that scale: means over windows, first windows.
    facts : dict of str to numpy.ndarray
        Values of what has bands, over all seeds.
    """

    values: dict[str, float]
    targets: Targets
    matched: Floats
    first: Floats
    facts: dict[str, Floats]

    @cached_property
    def simulated(self) -> Floats:
        """Mean of the matched moments over seeds."""
        means: Floats = self.matched.mean(axis=0)
        return means

    @cached_property
    def gaps(self) -> Floats:
        """Distance to the targets, positive figures in logs."""
        return self.targets.gaps(self.simulated)

    @cached_property
    def hinges(self) -> Floats:
        """By how much each band is left, in standard deviations of the seeds; 0 where kept."""
        return np.array(
            [
                side
                for bar, bands in FACTS.items()
                for band in bands
                if (bar, band.fact) not in LOOSE
                for side in _left(band, self.facts[f"{bar} {band.fact}"])
            ]
        )

    @property
    def distance(self) -> float:
        """Weighed squared distance to the targets."""
        return float(self.gaps @ self.targets.weights @ self.gaps)

    @property
    def loss(self) -> float:
        """The distance and what unkept bands cost."""
        return self.distance + PRICE * float(self.hinges @ self.hinges)


def _left(band: Band, values: Floats) -> tuple[float, float]:
    """By how much the outer seeds leave a band below and above, in standard deviations."""
    known = values[np.isfinite(values)]
    if len(known) < len(values):
        return 10.0, 10.0
    low, high = np.quantile(known, (OUTER, 1.0 - OUTER))
    spread = max(float(known.std()), 1e-9)
    below = (band.low - low) / spread if math.isfinite(band.low) else 0.0
    return max(below, 0.0), max((high - band.high) / spread, 0.0)


def assess(
    ecology: Ecology,
    targets: Targets,
    values: Mapping[str, float],
    runs: Sequence[Figures],
    *,
    rescale: bool = True,
) -> Assessment:
    """Put the figures of all seeds of a set of values beside the targets.

    Parameters
    ----------
    ecology, targets, values
        What was run, what is aimed at, and with which values.
    runs : sequence of Figures
        One a seed, simulated with the scale in `values`, or the committed one.
    rescale : bool, default True
        Give the scale, if the ecology has one, the value that fits the volatility best. Nothing
        else that is matched depends on it.
    """
    matched = np.array([run.matched for run in runs])
    first = np.array([run.first for run in runs])
    facts = {name: np.concatenate([run.facts[name] for run in runs]) for name in runs[0].facts}
    found = {**ecology.defaults(), **values}
    if ecology.scale is not None and rescale:
        used = np.array([float(fact == "annual_volatility") for _, fact in NAMES])
        pull = used @ targets.weights
        log = -float(pull @ targets.gaps(matched.mean(axis=0)) / (pull @ used))
        matched, first = (
            np.where(used > 0.0, rows * math.exp(log), rows) for rows in (matched, first)
        )
        found[ecology.scale] *= math.exp(log)
        facts["day annual_volatility"] = facts["day annual_volatility"] * math.exp(log)
    return Assessment(found, targets, matched, first, facts)


# ---- Tables -----------------------------------------------------------------------------------


def moment_table(assessment: Assessment) -> pl.DataFrame:
    """Return target, error, simulated mean and scatter, and distance of every moment."""
    moments = assessment.targets.moments
    p10, p90 = np.quantile(assessment.first, (0.1, 0.9), axis=0)
    return pl.DataFrame(
        {
            "bar": [moment.bar for moment in moments],
            "fact": [moment.fact for moment in moments],
            "value": [moment.value for moment in moments],
            "low": [moment.low for moment in moments],
            "high": [moment.high for moment in moments],
            "error": [moment.tolerance for moment in moments],
            "simulated": assessment.simulated,
            "p10": p10,
            "p90": p90,
            "distance": [
                moment.distance(float(figure))
                for moment, figure in zip(moments, assessment.simulated, strict=True)
            ],
        }
    )


def band_table(runs: Sequence[Figures]) -> pl.DataFrame:
    """Count the seeds (of minutes: the stretches) that keep each band.

    Returns
    -------
    polars.DataFrame
        Columns bar, fact, low, high, mean, median, p10, p90, share.
    """
    rows = []
    for bar, bands in FACTS.items():
        for band in bands:
            values = np.concatenate([run.facts[f"{bar} {band.fact}"] for run in runs])
            p10, median, p90 = np.quantile(values, (0.1, 0.5, 0.9))
            share = float(np.mean([band.holds(value) for value in values]))
            mean = float(values.mean())
            rows.append((bar, band.fact, band.low, band.high, mean, median, p10, p90, share))
    names = ("bar", "fact", "low", "high", "mean", "median", "p10", "p90", "share")
    return pl.DataFrame(rows, schema=names, orient="row")
