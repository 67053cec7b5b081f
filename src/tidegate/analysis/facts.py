"""Stylised facts of a price series; the bands in which BTC's lie are `tidegate.analysis.bands`.

Estimators are spelled out because figures depend on them: moments are those of the population
(no small-sample correction), autocorrelations use one mean and variance for the whole series,
the tail exponent is Hill's with the next order statistic as threshold, on ten returns at least.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tidegate.analysis.bands import (
    BANDS,
    DAILY_BANDS,
    HOURLY_BANDS,
    MINUTE_BANDS,
    Band,
    compare,
)

__all__ = [
    "BANDS",
    "DAILY_BANDS",
    "HOURLY_BANDS",
    "MINUTE_BANDS",
    "Band",
    "autocorrelation",
    "compare",
    "excess_kurtosis",
    "hill_exponent",
    "hill_interval",
    "leverage_effect",
    "log_returns",
    "max_drawdown",
    "skewness",
    "stylised_facts",
    "volume_volatility",
    "yearly_drawdowns",
]

Floats = NDArray[np.float64]

LAGS: Final = (1, 2, 3, 4, 5, 20, 100)
SHORT_LAGS: Final = (1, 2, 3, 4, 5)
TAILS: Final = (0.01, 0.025, 0.05)
HORIZONS: Final = (1, 5, 20)
FEWEST: Final = 30
FEWEST_IN_TAIL: Final = 10  # of fewer, the exponent of a tail is noise
ROUNDING: Final = 8.0 * np.finfo(np.float64).eps  # of a difference of logs, a unit of the logs


def log_returns(prices: ArrayLike) -> Floats:
    """Return log returns between consecutive prices.

    Parameters
    ----------
    prices : array_like
        Positive prices at regular times, at least 30.

    Returns
    -------
    numpy.ndarray of float64
        One fewer than there are prices. Where they differ by no more than numbers are rounded, as
        under constant growth, all are their mean: figures of the rest would be of the rounding.
    """
    values = np.asarray(prices, dtype=np.float64)
    if values.ndim != 1 or len(values) < FEWEST:
        raise ValueError(f"prices has shape {values.shape}; {FEWEST} or more in a row are needed")
    if not (np.isfinite(values).all() and (values > 0).all()):
        raise ValueError("prices holds values that are not positive and finite")
    logs = np.log(values)
    returns: Floats = np.diff(logs)
    noise = ROUNDING * (1.0 + float(np.abs(logs).max()))
    return returns if np.ptp(returns) > noise else np.full_like(returns, returns.mean())


def _varies(values: Floats) -> bool:
    """Whether values differ: the mean of equal ones may miss them by a digit."""
    return len(values) > 0 and float(np.ptp(values)) > 0.0


def _moment_ratio(returns: Floats, order: int) -> float:
    """Central moment of an order, in units of the standard deviation."""
    if not _varies(returns):
        return math.nan
    deviations = returns - returns.mean()
    spread = math.sqrt(np.mean(deviations**2))
    return float(np.mean(deviations**order) / spread**order) if spread > 0 else math.nan


def skewness(returns: Floats) -> float:
    """Third central moment over the cubed standard deviation."""
    return _moment_ratio(returns, 3)


def excess_kurtosis(returns: Floats, bars: int = 1) -> float:
    """Fourth central moment over the squared variance, less 3, of returns over `bars` bars.

    Parameters
    ----------
    returns : numpy.ndarray
        Log returns of one bar.
    bars : int, default 1
        Bars to a return; returns do not overlap, and an incomplete last one is left out.

    Returns
    -------
    float
        0 for normal returns.
    """
    whole = len(returns) // bars * bars
    return _moment_ratio(returns[:whole].reshape(-1, bars).sum(axis=1), 4) - 3.0


def hill_exponent(returns: Floats, share: float, *, fewest: int = FEWEST_IN_TAIL) -> float:
    """Tail exponent of absolute returns over their largest `share`, by Hill's estimator.

    Parameters
    ----------
    returns : numpy.ndarray
        Log returns.
    share : float
        Share of the returns that is the tail; the next largest one is the threshold.
    fewest : int, default 10
        Returns that are a tail whatever the share.

    Returns
    -------
    float
        NaN where there are no more returns than that or the threshold is zero.
    """
    largest = np.sort(np.abs(returns))[::-1]
    count = _tail_count(len(largest), share, fewest)
    if count < 1 or count >= len(largest) or largest[count] == 0.0:
        return math.nan
    excess = float(np.mean(np.log(largest[:count] / largest[count])))
    return 1.0 / excess if excess > 0.0 else math.nan


def hill_interval(
    returns: Floats, share: float, *, level: float = 0.95, fewest: int = FEWEST_IN_TAIL
) -> tuple[float, float]:
    """Confidence interval of `hill_exponent`.

    It is exact for independent draws from a power law, where the sum of the k logs over the
    threshold is a gamma variable of shape k. Large returns that come in clusters carry less
    information: for them it is too narrow.

    Parameters
    ----------
    returns, share, fewest
        As of `hill_exponent`.
    level : float, default 0.95
        Confidence.

    Returns
    -------
    tuple of float
        Its ends, NaN where there is no exponent.
    """
    exponent = hill_exponent(returns, share, fewest=fewest)
    count = _tail_count(len(returns), share, fewest)
    tails = np.array([(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    from scipy import special  # slow to import, and no other figure needs it

    low, high = exponent * special.gammaincinv(count, tails) / count
    return float(low), float(high)


def _tail_count(returns: int, share: float, fewest: int) -> int:
    return max(int(returns * share), fewest)


def autocorrelation(values: Floats, lag: int) -> float:
    """Autocorrelation at a lag: NaN for a constant series or one that is too short."""
    if lag >= len(values) or not _varies(values):
        return math.nan
    deviations = values - values.mean()
    total = float(np.sum(deviations**2))
    if total == 0.0:
        return math.nan
    return float(np.sum(deviations[lag:] * deviations[:-lag])) / total


def _correlation(left: Floats, right: Floats) -> float:
    if len(left) < 2 or np.ptp(left) == 0.0 or np.ptp(right) == 0.0:
        return math.nan
    return float(np.corrcoef(left, right)[0, 1])


def leverage_effect(returns: Floats) -> float:
    """Correlation of a return with the square of the next one."""
    return _correlation(returns[:-1], returns[1:] ** 2)


def max_drawdown(prices: ArrayLike) -> float:
    """Largest fall from an earlier peak, as a (negative) share of the peak."""
    values = np.asarray(prices, dtype=np.float64)
    return float(np.min(values / np.maximum.accumulate(values)) - 1.0)


def yearly_drawdowns(prices: ArrayLike, bars_per_year: float) -> Floats:
    """Largest fall within each complete year of bars, from the first bar on.

    There is none where a bar is longer than a year.
    """
    values = np.asarray(prices, dtype=np.float64)
    year = round(bars_per_year)
    if year < 1:
        return np.empty(0)
    starts = range(0, len(values) - year, year)
    return np.array([max_drawdown(values[start : start + year + 1]) for start in starts])


def volume_volatility(returns: Floats, volume: ArrayLike) -> float:
    """Correlation of log volume and absolute return, over bars with a volume and a move."""
    size, traded = np.abs(returns), np.asarray(volume, dtype=np.float64)
    if len(traded) == len(returns) + 1:
        traded = traded[1:]
    if traded.shape != returns.shape:
        raise ValueError(f"volume has shape {traded.shape}; one a price or a return is needed")
    used = (traded > 0.0) & (size > 0.0)
    return _correlation(np.log(traded[used]), size[used])


def stylised_facts(
    prices: ArrayLike, *, bars_per_year: float = 365.0, volume: ArrayLike | None = None
) -> dict[str, float]:
    """Measure the stylised facts of a price series.

    Parameters
    ----------
    prices : array_like
        Closing prices of regular bars.
    bars_per_year : float, default 365
        Bars to a year of 365 days, 8760 for hours.
    volume : array_like, optional
        Traded volume of each bar.

    Returns
    -------
    dict of str to float
        Figures by name; NaN where the series is too short for one.
    """
    if not (math.isfinite(bars_per_year) and bars_per_year > 0.0):
        raise ValueError(f"bars_per_year is {bars_per_year}; allowed is above 0 and finite")
    returns = log_returns(prices)
    size = np.abs(returns)
    spread = float(returns.std()) if _varies(returns) else 0.0
    facts = {
        "returns": float(len(returns)),
        "annual_volatility": spread * math.sqrt(bars_per_year),
        "skewness": skewness(returns),
    }
    for bars in HORIZONS:
        facts[f"kurtosis_{bars}"] = excess_kurtosis(returns, bars)
    facts["kurtosis_ratio_20"] = facts["kurtosis_20"] / facts["kurtosis_1"]
    for share in TAILS:
        facts[f"hill_{100 * share:g}"] = hill_exponent(returns, share)
    for lag in LAGS:
        facts[f"acf_return_{lag}"] = autocorrelation(returns, lag)
    for lag in LAGS:
        facts[f"acf_size_{lag}"] = autocorrelation(size, lag)
    facts["acf_return_short"] = max(abs(facts[f"acf_return_{lag}"]) for lag in SHORT_LAGS)
    facts["acf_size_short"] = float(np.mean([facts[f"acf_size_{lag}"] for lag in SHORT_LAGS]))
    facts["leverage_effect"] = leverage_effect(returns)
    facts["max_drawdown"] = max_drawdown(prices)
    yearly = yearly_drawdowns(prices, bars_per_year)
    inside = (yearly <= -0.15) & (yearly >= -0.60)
    facts["drawdown_years"] = float(inside.mean()) if len(yearly) else math.nan
    if volume is not None:
        facts["volume_volatility"] = volume_volatility(returns, volume)
    return facts
