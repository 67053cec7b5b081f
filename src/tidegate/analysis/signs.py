"""Signs of trades, and how diffusive prices are: order flow is predictable, returns are not."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tidegate.analysis.facts import Floats

__all__ = ["autocorrelations", "decay_exponent", "trade_signs", "variance_ratio"]

BUY: Final = 0  # side of a taker, as in fills
PER_DECADE: Final = 5  # points of a fit on a logarithmic scale of lags


def trade_signs(fills: NDArray[Any]) -> NDArray[np.int8]:
    """Return the signs of successive trades: +1 where the taker bought, -1 where it sold.

    Parameters
    ----------
    fills : numpy.ndarray
        Fills in the order they happened, with fields ``taker_order`` and ``taker_side``. Those of
        one taker in a row are one trade, however many makers it met.
    """
    orders = fills["taker_order"]
    first = np.append(True, orders[1:] != orders[:-1]) if len(orders) else np.zeros(0, np.bool_)
    return np.where(fills["taker_side"][first] == BUY, 1, -1).astype(np.int8)


def autocorrelations(values: ArrayLike, lags: int) -> Floats:
    """Return the autocorrelations at lags 1 to `lags`, with one mean and variance for all.

    By the fast Fourier transform: of a million values as quickly as they are read.
    """
    series = np.asarray(values, dtype=np.float64)
    if series.ndim != 1 or not 1 <= lags < len(series):
        raise ValueError(f"lags is {lags}; allowed is 1 to {len(series) - 1} for this series")
    deviations = series - series.mean()
    size = 1 << (len(series) + lags).bit_length()
    power = np.abs(np.fft.rfft(deviations, size)) ** 2
    products = np.fft.irfft(power, size)[: lags + 1]
    return products[1:] / products[0] if products[0] > 0.0 else np.full(lags, np.nan)


def decay_exponent(correlations: ArrayLike, first: int = 1) -> float:
    """Return the exponent g of a power law lag ** -g, by least squares in logs.

    Correlations are first averaged over bins of lags that are even in logs, for at long lags a
    single one is mostly noise.

    Parameters
    ----------
    correlations : array_like
        Of lags 1, 2, 3 and so on.
    first : int, default 1
        Lag to start at.

    Returns
    -------
    float
        NaN where the average over a bin is not positive: there is no power law then.
    """
    values = np.asarray(correlations, dtype=np.float64)
    decades = np.log10(len(values) / first)
    edges = np.geomspace(first, len(values) + 1, max(int(PER_DECADE * decades), 2) + 1)
    lags = np.arange(1, len(values) + 1)
    place = np.searchsorted(edges, lags, side="right") - 1
    bins = [np.flatnonzero(place == b) for b in range(len(edges) - 1)]
    means = np.array([values[b].mean() for b in bins if len(b)])
    centres = np.array([np.log(lags[b]).mean() for b in bins if len(b)])
    if len(means) < 2 or not (means > 0.0).all():
        return float("nan")
    return -float(np.polyfit(centres, np.log(means), 1)[0])


def variance_ratio(returns: ArrayLike, bars: int) -> float:
    """Return the variance of returns over `bars` bars, over that of as many single ones.

    1 for a random walk, less for prices that turn back; of returns that overlap, about the mean of
    all.
    """
    series = np.asarray(returns, dtype=np.float64)
    if not 1 <= bars <= len(series):
        raise ValueError(f"bars is {bars}; allowed is 1 to {len(series)} for this series")
    total = np.cumsum(np.append(0.0, series - series.mean()))
    sums = total[bars:] - total[:-bars]
    return float(np.mean(sums**2) / (bars * np.mean(np.diff(total) ** 2)))
