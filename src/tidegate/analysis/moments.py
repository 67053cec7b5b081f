"""Moments of a price that a calibration matches, with what their sampling errors are.

Errors, intervals and correlations come from a circular block bootstrap, whose blocks are longer
than the longest lag that is matched. Positive figures (volatility, kurtosis, tail exponent) are
compared in logs. Daily and hourly series are resampled apart, so moments of different bars count
as uncorrelated.
"""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tidegate_core import draws

from tidegate.analysis.facts import log_returns, stylised_facts
from tidegate.streams import draw_key

__all__ = [
    "BARS_PER_YEAR",
    "MATCHED",
    "NAMES",
    "Moment",
    "Targets",
    "committed_moments",
    "committed_targets",
    "comparable",
    "figures",
    "measure_targets",
    "parse_targets",
    "targets_toml",
    "to_prices",
]

Floats = NDArray[np.float64]

# What is matched, by length of the bar.
MATCHED: Final = {
    "day": (
        "annual_volatility",
        "kurtosis_1",
        "hill_5",
        "acf_size_1",
        "acf_size_short",
        "acf_size_20",
    ),
    "hour": (
        "annual_volatility",
        "kurtosis_1",
        "hill_5",
        "acf_size_1",
        "acf_size_5",
        "acf_size_20",
        "acf_size_100",
    ),
}
NAMES: Final = tuple((bar, fact) for bar, facts in MATCHED.items() for fact in facts)
IN_LOGS: Final = frozenset({"annual_volatility", "kurtosis_1", "hill_5"})
BARS_PER_YEAR: Final = {"day": 365.0, "hour": 365.0 * 24, "minute": 365.0 * 1440}
BLOCK: Final = {"day": 60, "hour": 30 * 24}  # bars of a bootstrap block: longer than the lags
RESAMPLES: Final = 500
LEAST_ERROR: Final = 0.10  # BTC's own figures move more than this from one period to the next
SHRINKAGE: Final = 0.5  # of the bootstrap's correlations towards none, before they are inverted
FARTHEST: Final = 10.0  # distance of a positive figure that came out zero or negative
LEAST: Final = 1e-3  # what a positive figure counts as that came out zero or negative
COVERED: Final = 0.95  # of the intervals


@dataclass(frozen=True, slots=True)
class Moment:
    """A figure to match: of which bars, its value, and what the bootstrap says of it.

    Errors of positive figures are relative.
    """

    bar: str
    fact: str
    value: float
    error: float
    low: float
    high: float

    @property
    def tolerance(self) -> float:
        """Sampling error, but no less than a tenth of the value."""
        least = LEAST_ERROR if self.fact in IN_LOGS else LEAST_ERROR * abs(self.value)
        return max(self.error, least)

    def distance(self, simulated: float) -> float:
        """Return how far a simulated figure is from the target, in tolerances."""
        if self.fact not in IN_LOGS:
            return (simulated - self.value) / self.tolerance
        if not simulated > 0.0:
            return -FARTHEST
        return math.log(simulated / self.value) / self.tolerance

    def covers(self, simulated: float) -> bool:
        """Whether a simulated figure lies in the bootstrap's interval."""
        return self.low <= simulated <= self.high


@dataclass(frozen=True)
class Targets:
    """All moments to match, in the order of `MATCHED`.

    Parameters
    ----------
    moments : tuple of Moment
        Daily ones, then hourly ones.
    correlations : mapping of str to numpy.ndarray
        Of the moments of each bar, by the bootstrap.
    returns : mapping of str to int
        How many returns of each bar they were measured on.
    source : str
        Of which prices they are.
    """

    moments: tuple[Moment, ...]
    correlations: Mapping[str, Floats]
    returns: Mapping[str, int]
    source: str = ""

    @cached_property
    def covariance(self) -> Floats:
        """Covariance that distances are weighed by, in the units of `gaps`.

        The bootstrap's, regularised in two ways: no error is below a tenth of the value, and
        correlations are halved (estimated ones of thirteen moments invert badly).
        """
        matrix = np.zeros((len(self.moments),) * 2)
        first = 0
        for bar in MATCHED:
            errors = np.array([moment.tolerance for moment in self.moments if moment.bar == bar])
            kept = (1.0 - SHRINKAGE) * self.correlations[bar] + SHRINKAGE * np.eye(len(errors))
            last = first + len(errors)
            matrix[first:last, first:last] = kept * np.outer(errors, errors)
            first = last
        return matrix

    @cached_property
    def weights(self) -> Floats:
        """Inverse of the covariance."""
        return np.asarray(np.linalg.inv(self.covariance), dtype=np.float64)

    def gaps(self, simulated: Floats) -> Floats:
        """Return how far simulated figures are from the targets, positive ones in logs."""
        values = np.array([moment.value for moment in self.moments])
        return np.asarray(comparable(simulated) - comparable(values), dtype=np.float64)

    def digest(self) -> str:
        """Return a hash of all values."""
        return hashlib.sha256(targets_toml(self).encode()).hexdigest()[:16]


def comparable(values: Floats) -> Floats:
    """Return figures in the order of `NAMES` (along the last axis), positive ones in logs."""
    logs = np.array([fact in IN_LOGS for _, fact in NAMES])
    return np.where(logs, np.log(np.where(logs, np.maximum(values, LEAST), 1.0)), values)


# ---- Measuring --------------------------------------------------------------------------------


def figures(prices: ArrayLike, bar: str) -> Floats:
    """Return the matched figures of a price series, in the order of `MATCHED`."""
    facts = stylised_facts(prices, bars_per_year=BARS_PER_YEAR[bar])
    return np.array([facts[fact] for fact in MATCHED[bar]])


def measure_targets(
    prices: Mapping[str, ArrayLike], source: str = "", resamples: int = RESAMPLES
) -> Targets:
    """Measure the matched moments of price series, and how well they are known.

    Parameters
    ----------
    prices : mapping of str to array_like
        Closing prices of regular bars, by "day" and "hour".
    source : str
        Of which prices they are.
    resamples : int, default 500
        Circular block bootstrap samples.
    """
    if set(prices) != set(MATCHED):
        raise ValueError(f"prices are of {sorted(prices)}; they must be of {sorted(MATCHED)}")
    if resamples < 2:
        raise ValueError(f"resamples is {resamples}; allowed is 2 and above")
    moments: list[Moment] = []
    correlations, returns = {}, {}
    for bar in MATCHED:
        found, correlations[bar] = _measure(prices[bar], bar, resamples)
        moments += found
        returns[bar] = len(log_returns(prices[bar]))
    return Targets(tuple(moments), correlations, returns, source)


def _measure(prices: ArrayLike, bar: str, resamples: int) -> tuple[list[Moment], Floats]:
    returns = log_returns(prices)
    found = figures(prices, bar)
    for fact, value in zip(MATCHED[bar], found, strict=True):
        if not math.isfinite(value) or (fact in IN_LOGS and not value > 0.0):
            raise ValueError(
                f"{fact} of the {bar}s is {value:g}; what is matched is finite, and above 0 for "
                f"{', '.join(sorted(IN_LOGS))}"
            )
    samples = np.array(
        [
            figures(to_prices(_resample(returns, BLOCK[bar], sample)), bar)
            for sample in range(resamples)
        ]
    )
    logs = np.array([fact in IN_LOGS for fact in MATCHED[bar]])
    units = np.where(logs, np.log(np.where(logs, np.maximum(samples, LEAST), 1.0)), samples)
    low, high = np.quantile(samples, (0.5 - COVERED / 2, 0.5 + COVERED / 2), axis=0)
    errors = units.std(axis=0)
    moments = [
        Moment(bar, fact, *(float(column[i]) for column in (found, errors, low, high)))
        for i, fact in enumerate(MATCHED[bar])
    ]
    return moments, np.corrcoef(units, rowvar=False)


def _resample(returns: Floats, block: int, sample: int) -> Floats:
    """Draw blocks of consecutive returns from the series closed to a circle, as a log path."""
    starts = np.empty(-(-len(returns) // block), dtype=np.int64)
    key = draw_key(0, "analysis/moments", "bootstrap")
    draws.fill_integer(starts, key, sample, n=len(returns))
    index = (starts[:, None] + np.arange(block)).ravel()[: len(returns)]
    return np.append(0.0, np.cumsum(returns[index % len(returns)]))


def to_prices(log_path: Floats) -> Floats:
    """Return prices that start at 1, by the fixed exponential."""
    path: Floats = draws.exp(log_path - log_path[0])
    return path


# ---- Files ------------------------------------------------------------------------------------


def committed_targets() -> Targets:
    """Return the committed moments of BTC up to December 2023."""
    return parse_targets(resources.files("tidegate.data").joinpath("btc_moments.toml").read_text())


def committed_moments() -> list[Moment]:
    """Return the committed moments one by one."""
    return list(committed_targets().moments)


def targets_toml(targets: Targets) -> str:
    """Write moments as the text of a TOML file."""
    lines = [
        "# Moments that `tidegate calibrate` matches. Errors of volatility, kurtosis and tail",
        f"# exponent are relative; low to high holds {COVERED:.0%} of the bootstrap's samples.",
        "",
        f"source = {_quoted(targets.source)}",
    ]
    for bar in MATCHED:
        lines += ["", f"[{bar}]", f"returns = {targets.returns[bar]}"]
        lines += [
            f"{m.fact} = {{ value = {m.value:.5g}, error = {m.error:.3g}, "
            f"low = {m.low:.4g}, high = {m.high:.4g} }}"
            for m in targets.moments
            if m.bar == bar
        ]
        rows = [", ".join(f"{x:.3f}" for x in row) for row in targets.correlations[bar]]
        lines += ["correlations = [", *(f"    [{row}]," for row in rows), "]"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def parse_targets(text: str) -> Targets:
    """Read what `targets_toml` wrote."""
    table: Mapping[str, Any] = tomllib.loads(text)
    return Targets(
        moments=tuple(Moment(bar, fact, **table[bar][fact]) for bar, fact in NAMES),
        correlations={bar: np.array(table[bar]["correlations"]) for bar in MATCHED},
        returns={bar: table[bar]["returns"] for bar in MATCHED},
        source=table["source"],
    )
