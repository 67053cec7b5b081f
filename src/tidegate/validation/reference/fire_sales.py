"""Linear price impact of distressed sales.

`covariance` after Cont and Wagalath (2016): returns r = e + K r, where K says how far the return
of one asset makes holders sell another. `sale_to_target` after Greenwood, Landier and Thesmar
(2015): a bank that loses sells until debt over equity is what it was.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["covariance", "sale_to_target"]


def covariance(fundamental: ArrayLike, feedback: ArrayLike) -> NDArray[np.float64]:
    """Return (I - K)^-1 S (I - K)^-T for fundamental covariance S and feedback K.

    Raises
    ------
    ValueError
        When the spectral radius of K is 1 or more: sales would feed themselves for ever.
    """
    s, k = np.asarray(fundamental, dtype=np.float64), np.asarray(feedback, dtype=np.float64)
    radius = float(np.max(np.abs(np.linalg.eigvals(k))))
    if radius >= 1.0:
        raise ValueError(f"feedback has spectral radius {radius:g}; allowed is below 1")
    response = np.linalg.inv(np.eye(len(k)) - k)
    whole: NDArray[np.float64] = response @ s @ response.T
    return whole


def sale_to_target(*, assets: float, equity: float, shock: float) -> float:
    """Return what a bank sells after a shock to bring debt over equity back to what it was."""
    debt = assets - equity
    left = equity + shock * assets
    # Selling x pays back x of the debt: (debt - x) / left = debt / equity.
    return debt - left * debt / equity
