"""What a country makes of coins: the volatility that it imports, and a score of several ends."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["imported_volatility", "score"]

DAYS_PER_YEAR = 365.0


def imported_volatility(exposure: ArrayLike, price: ArrayLike) -> float:
    """Return the volatility that holding coins brings to a country's wealth, per year.

    Parameters
    ----------
    exposure : array_like
        Value of the coins it holds over its wealth, at the end of each day.
    price : array_like
        Price of the coin on the same days; each day's return meets the exposure of the eve, so
        that purchases count for nothing by themselves.
    """
    held, prices = (np.asarray(column, dtype=np.float64) for column in (exposure, price))
    if held.shape != prices.shape or held.ndim != 1:
        raise ValueError(
            f"exposure and price must be columns of one length, got {held.shape}, {prices.shape}"
        )
    if held.size < 2:
        return 0.0
    gains = held[:-1] * (prices[1:] / prices[:-1] - 1.0)
    return float(np.std(gains)) * math.sqrt(DAYS_PER_YEAR)


def score(
    ends: Mapping[str, float], points: Mapping[str, float], weights: Mapping[str, float]
) -> float:
    """Return the sum of several ends in points, weighted.

    Parameters
    ----------
    ends
        What was reached, by name.
    points
        What of each counts as a point; below 0 where less is better.
    weights
        Weight of each; 1 where it is not named.
    """
    return sum(weights.get(name, 1.0) * value / points[name] for name, value in ends.items())
