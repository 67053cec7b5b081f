"""Stylised facts of a price series, and the bands in which BTC's lie.

Estimators are spelled out because figures depend on them: moments are those of the population
(no small-sample correction), autocorrelations use one mean and variance for the whole series,
the tail exponent is Hill's with the next order statistic as threshold, on ten returns at least.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

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


def log_returns(prices: ArrayLike) -> Floats:
    """Return log returns between consecutive prices.

    Parameters
    ----------
    prices : array_like
        Positive prices at regular times, at least 30.

    Returns
    -------
    numpy.ndarray of float64
        One fewer than there are prices.
    """
    values = np.asarray(prices, dtype=np.float64)
    if values.ndim != 1 or len(values) < FEWEST:
        raise ValueError(f"prices has shape {values.shape}; {FEWEST} or more in a row are needed")
    if not (np.isfinite(values).all() and (values > 0).all()):
        raise ValueError("prices holds values that are not positive and finite")
    return np.diff(np.log(values))


def _moment_ratio(returns: Floats, order: int) -> float:
    """Central moment of an order, in units of the standard deviation."""
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
    deviations = values - values.mean()
    total = float(np.sum(deviations**2))
    if lag >= len(values) or total == 0.0:
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
    """Largest fall within each complete year of bars, from the first bar on."""
    values = np.asarray(prices, dtype=np.float64)
    year = round(bars_per_year)
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
    if not bars_per_year > 0.0:
        raise ValueError(f"bars_per_year is {bars_per_year}; allowed is above 0")
    returns = log_returns(prices)
    size = np.abs(returns)
    facts = {
        "returns": float(len(returns)),
        "annual_volatility": float(returns.std()) * math.sqrt(bars_per_year),
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


@dataclass(frozen=True, slots=True)
class Band:
    """Where a fact is expected to lie.

    Attributes
    ----------
    fact : str
        Name of a figure of `stylised_facts`.
    low, high : float
        Allowed values, both included.
    about : str
        What it is, in words.
    source : str
        What the band rests on.
    """

    fact: str
    low: float
    high: float
    about: str
    source: str

    def holds(self, value: float) -> bool:
        """Whether a value lies inside; NaN does not."""
        return self.low <= value <= self.high


DAY, HOUR, MINUTE = 86_400, 3_600, 60
CLOSES: Final = "BTC, 730 daily closes February 2024 to February 2026"
HOURS: Final = "BTC spot, hours to December 2023 and from then to September 2025"
MINUTES: Final = "BTC perpetual, minutes of June 2025"
CONT: Final = "Cont 2001, stylised facts; width from BTC"

DAILY_BANDS: Final = (
    Band("annual_volatility", 0.35, 0.75, "annual volatility", f"S1.1; {CLOSES}: 0.49"),
    Band("kurtosis_1", 2.5, 12.0, "excess kurtosis, 1 day", f"S1.2; {CLOSES}: 3.6"),
    Band("kurtosis_ratio_20", -math.inf, 0.5, "kurtosis, 20 days to 1 day", f"S1.2; {CLOSES}: 0.3"),
    Band("skewness", -1.0, 0.6, "skewness", f"S1.3; {CLOSES}: 0.09"),
    Band("hill_5", 2.5, 4.0, "tail exponent, top 5 %", f"S1.4; {CLOSES}: 3.2"),
    Band("acf_return_short", 0.0, 0.10, "largest |ACF| of returns, lags 1-5", f"S1.5; {CONT}"),
    Band("acf_size_1", 0.10, 0.30, "ACF of |return|, lag 1", f"S1.6; {CLOSES}: 0.175"),
    Band("acf_size_short", 0.07, 1.0, "mean ACF of |return|, lags 1-5", f"S1.6; {CLOSES}: 0.12"),
    Band(
        "leverage_effect", -0.25, 0.05, "return and next squared return", f"S1.7; {CLOSES}: -0.11"
    ),
    Band("drawdown_years", 0.80, 1.0, "years with a drawdown of 15-60 %", f"S1.8; {CLOSES}"),
    Band("volume_volatility", 0.30, 1.0, "log volume and |return|", f"S1.11; {CONT}"),
)


HOURLY_BANDS: Final = (
    Band("kurtosis_1", 6.0, 25.0, "excess kurtosis, 1 hour", f"S1; {HOURS}: 18.5, 9.9"),
    Band("hill_5", 2.2, 3.0, "tail exponent, top 5 %", f"S1; {HOURS}: 2.2, 2.6"),
    Band("acf_return_short", 0.0, 0.03, "largest |ACF| of returns, lags 1-5", f"S1; {CONT}"),
    Band("acf_size_1", 0.20, 0.35, "ACF of |return|, lag 1", f"S1; {HOURS}: 0.28, 0.28"),
    Band("acf_size_100", 0.02, 0.12, "ACF of |return|, lag 100", f"S1; {HOURS}: 0.09, 0.06"),
)

MINUTE_BANDS: Final = (
    Band("kurtosis_1", 6.0, 60.0, "excess kurtosis, 1 minute", f"S1; {MINUTES}: 9.1"),
    Band("hill_5", 2.5, 3.3, "tail exponent, top 5 %", f"S1; {MINUTES}: 3.0"),
    Band("acf_size_1", 0.22, 0.40, "ACF of |return|, lag 1", f"S1; {MINUTES}: 0.29"),
    Band("acf_size_100", 0.06, 0.16, "ACF of |return|, lag 100", f"S1; {MINUTES}: 0.10"),
)

# By seconds to a bar; bars of other lengths have none.
BANDS: Final = {DAY: DAILY_BANDS, HOUR: HOURLY_BANDS, MINUTE: MINUTE_BANDS}


def compare(facts: Mapping[str, float], bands: Iterable[Band] = DAILY_BANDS) -> pl.DataFrame:
    """Put facts beside the bands that they have.

    Parameters
    ----------
    facts : mapping of str to float
        Result of `stylised_facts`.
    bands : iterable of Band, default DAILY_BANDS
        Reference; bands of facts that were not measured are left out.

    Returns
    -------
    polars.DataFrame
        Columns fact, about, value, low, high, inside, source.
    """
    rows = [
        {
            "fact": band.fact,
            "about": band.about,
            "value": facts[band.fact],
            "low": band.low,
            "high": band.high,
            "inside": band.holds(facts[band.fact]),
            "source": band.source,
        }
        for band in bands
        if band.fact in facts
    ]
    text, number = pl.String(), pl.Float64()
    schema = {"fact": text, "about": text, "value": number, "low": number, "high": number}
    return pl.DataFrame(rows, schema=schema | {"inside": pl.Boolean(), "source": text})
