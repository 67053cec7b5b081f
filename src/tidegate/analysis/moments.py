"""BTC's moments that the belief process is fitted to, with their sampling errors.

Errors come from a circular block bootstrap, whose blocks are longer than the longest lag that
is matched. Positive figures (volatility, kurtosis, tail exponent) are compared in logs.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tidegate_core import draws

from tidegate.analysis.facts import log_returns, stylised_facts
from tidegate.streams import draw_key

__all__ = [
    "BARS_PER_YEAR",
    "MATCHED",
    "Moment",
    "committed_moments",
    "figures",
    "measure_moments",
    "moments_toml",
    "to_prices",
]

Floats = NDArray[np.float64]

# What is matched, by length of the bar; positive figures are compared in logs.
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
IN_LOGS: Final = frozenset({"annual_volatility", "kurtosis_1", "hill_5"})
BARS_PER_YEAR: Final = {"day": 365.0, "hour": 365.0 * 24}
BLOCK: Final = {"day": 60, "hour": 30 * 24}  # bars of a bootstrap block: longer than the lags
LEAST_ERROR: Final = 0.10  # BTC's own figures move more than this from one period to the next
FARTHEST: Final = 10.0  # distance of a positive figure that came out negative


@dataclass(frozen=True, slots=True)
class Moment:
    """A figure to match: of which bars, its value, and its sampling error.

    Errors of positive figures are relative.
    """

    bar: str
    fact: str
    value: float
    error: float

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


def committed_moments() -> list[Moment]:
    """Return the committed moments of BTC up to December 2023."""
    text = resources.files("tidegate.data").joinpath("btc_moments.toml").read_text()
    table = tomllib.loads(text)
    return [
        Moment(bar, fact, table[bar][fact]["value"], table[bar][fact]["error"])
        for bar, facts in MATCHED.items()
        for fact in facts
    ]


def figures(prices: ArrayLike, bar: str) -> Floats:
    """Return the matched figures of a price series, in the order of `MATCHED`."""
    facts = stylised_facts(prices, bars_per_year=BARS_PER_YEAR[bar])
    return np.array([facts[fact] for fact in MATCHED[bar]])


def measure_moments(prices: ArrayLike, bar: str, resamples: int = 500) -> list[Moment]:
    """Measure the matched moments of a price series and their sampling errors.

    Parameters
    ----------
    prices : array_like
        Closing prices of regular bars.
    bar : {"day", "hour"}
        Length of the bars.
    resamples : int, default 500
        Circular block bootstrap samples behind the errors.

    Returns
    -------
    list of Moment
        In the order of `MATCHED`.
    """
    if bar not in MATCHED:
        raise ValueError(f"bar is {bar!r}; allowed are {', '.join(map(repr, MATCHED))}")
    returns = log_returns(prices)
    found = figures(prices, bar)
    for fact, value in zip(MATCHED[bar], found, strict=True):
        if fact in IN_LOGS and not value > 0.0:
            raise ValueError(f"{fact} of the series is {value:g}; what is matched is above 0")
    samples = np.array(
        [
            figures(to_prices(_resample(returns, BLOCK[bar], sample)), bar)
            for sample in range(resamples)
        ]
    )
    return [
        Moment(bar, fact, float(found[i]), _error(fact, samples[:, i]))
        for i, fact in enumerate(MATCHED[bar])
    ]


def _error(fact: str, column: Floats) -> float:
    return float(np.std(np.log(column[column > 0.0]) if fact in IN_LOGS else column))


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


def moments_toml(moments: Sequence[Moment], source: str) -> str:
    """Write moments as the text of a TOML file."""
    lines = [f"# {source}", "# Errors of volatility, kurtosis and tail exponent are relative."]
    for bar in MATCHED:
        lines += ["", f"[{bar}]"]
        lines += [
            f"{m.fact} = {{ value = {m.value:.5g}, error = {m.error:.3g} }}"
            for m in moments
            if m.bar == bar
        ]
    return "\n".join(lines) + "\n"
