"""Trend against value in continuous time (Chiarella 1992, extended by Majewski and others 2018).

dp = kappa (v - p) dt + beta tanh(gamma m) dt + sigma_N dW and dm = alpha (dp - m dt): m is an
average of the price's slope over 1 / alpha. v is a random walk.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Terms", "mispricing"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Terms:
    """Parameters, time in months."""

    reversion: float = 0.1  # kappa
    trend: float = 0.3  # beta
    slope_unit: float = 10.0  # gamma
    memory: float = 1.0 / 6.0  # alpha
    noise: float = 0.02  # sigma_N
    value_noise: float = 0.01


def mispricing(terms: Terms, paths: int, steps: int, seed: int, dt: float = 0.05) -> Floats:
    """Return p - v of many paths after some steps."""
    rng = np.random.default_rng([seed, paths])
    gap, slope = np.zeros(paths), np.zeros(paths)
    for _ in range(steps):
        shock, news = rng.standard_normal((2, paths)) * math.sqrt(dt)
        drift = -terms.reversion * gap + terms.trend * np.tanh(terms.slope_unit * slope)
        change = drift * dt + terms.noise * shock
        slope += terms.memory * (change - slope * dt)
        gap += change - terms.value_noise * news
    return gap
