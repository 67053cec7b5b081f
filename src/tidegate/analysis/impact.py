"""Laws of price impact, fitted to metaorders: exponent, prefactor, way there and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["ImpactLaw", "binned", "fit_law", "fixed_weight_multiplier"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ImpactLaw:
    """Impact over daily volatility = prefactor x (size over daily volume) ^ exponent.

    Attributes
    ----------
    exponent
        Of the law; 0.5 in all markets that were looked at.
    prefactor
        That of the law with an exponent of one half: about 1 in all those markets. (Where both are
        free the prefactor would be the impact of a whole day's volume, far beyond the sizes.)
    r2
        Share of the variance of log impact over bins of size that it explains.
    """

    exponent: float
    prefactor: float
    r2: float


def binned(size: ArrayLike, impact: ArrayLike, bins: int = 10) -> tuple[Floats, Floats]:
    """Return the geometric mean size and the mean impact of equally many metaorders a bin.

    Impacts are averaged before logs are taken: one metaorder's may be negative.
    """
    sizes, impacts = np.asarray(size, dtype=np.float64), np.asarray(impact, dtype=np.float64)
    if sizes.shape != impacts.shape or sizes.ndim != 1:
        raise ValueError(f"size has shape {sizes.shape}, impact {impacts.shape}; give two columns")
    if not 2 <= bins <= len(sizes):
        raise ValueError(f"bins is {bins}; allowed are 2 to the {len(sizes)} metaorders")
    if not (sizes > 0).all():
        raise ValueError("size must be positive throughout")
    parts = np.array_split(np.argsort(sizes, kind="stable"), bins)
    middle = np.array([np.exp(np.log(sizes[part]).mean()) for part in parts])
    return middle, np.array([impacts[part].mean() for part in parts])


def fit_law(size: ArrayLike, impact: ArrayLike, bins: int = 10) -> ImpactLaw:
    """Fit the law to metaorders by least squares on the logs of binned means.

    Parameters
    ----------
    size
        Sizes over the market's daily volume.
    impact
        Log price with less log price without, over daily volatility.
    bins
        Bins of size, each with equally many metaorders.

    Returns
    -------
    ImpactLaw
        NaN throughout where the mean impact of a bin is not positive: it has no logarithm.
    """
    middle, mean = binned(size, impact, bins)
    if not (mean > 0).all():
        return ImpactLaw(np.nan, np.nan, np.nan)
    x, y = np.log(middle), np.log(mean)
    exponent, constant = np.polyfit(x, y, 1)
    prefactor = np.exp(np.mean(y - 0.5 * x))
    left = y - (exponent * x + constant)
    spread = float(np.sum((y - y.mean()) ** 2))
    r2 = 1.0 - float(np.sum(left**2)) / spread if spread else np.nan
    return ImpactLaw(float(exponent), float(prefactor), r2)


def fixed_weight_multiplier(weight: float, *, deposit: bool = False) -> float:
    """Return what a dollar moves where funds hold a coin at a fixed weight, and no one else trades.

    Parameters
    ----------
    weight
        Weight of the coin in the funds' portfolios, in [0, 1).
    deposit
        The dollar goes into the funds; else an outsider buys coins from them.

    Notes
    -----
    Funds with wealth W hold weight x W in coins. A rise of the price by x raises their wealth by
    weight x W x, of which they want `weight` in coins; they sell the rest, weight (1 - weight) W x,
    which is what the outsider buys: 1 / (1 - weight) per dollar over the cap held. A deposit F is
    a demand of weight x F that nobody meets until the price has risen.
    """
    if not 0.0 <= weight < 1.0:
        raise ValueError(f"weight is {weight}; it must be in [0, 1)")
    return (weight if deposit else 1.0) / (1.0 - weight)
