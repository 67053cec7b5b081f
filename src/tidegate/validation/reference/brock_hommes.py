"""Adaptive beliefs (Brock and Hommes 1998): costly fundamentalists against free trend followers.

x is the deviation of the price from its fundamental value. Fundamentalists expect 0 and pay
`cost` a step, trend followers expect `trend` times the last deviation. Shares are a logit of what
each belief earned last, and R x = sum of share times expectation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Terms", "belief_shares", "critical_intensity", "simulate"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Terms:
    """Gross interest, extrapolation, the cost of knowing the value, and the intensity of choice."""

    intensity: float
    gross: float = 1.1
    trend: float = 1.2
    cost: float = 1.0


def belief_shares(intensity: float, profits: ArrayLike) -> Floats:
    """Return the share of each belief (rows) from what it earned."""
    scaled = intensity * np.asarray(profits, dtype=np.float64)
    weights = np.exp(scaled - scaled.max(axis=0))
    shares: Floats = weights / weights.sum(axis=0)
    return shares


def critical_intensity(terms: Terms) -> float:
    """Return the intensity from which the fundamental price is no longer stable."""
    return float(-np.log(terms.trend / terms.gross - 1.0) / terms.cost)


def simulate(terms: Terms, steps: int, start: float, noise: ArrayLike | None = None) -> Floats:
    """Return paths of the deviation; `noise` adds to it, a row a path."""
    shocks = np.zeros((1, steps)) if noise is None else np.asarray(noise, dtype=np.float64)
    paths = np.empty((len(shocks), steps))
    x = np.full((3, len(shocks)), start)  # now, one and two steps ago
    for step in range(steps):
        # Who held what they expected of x[1] a step before, per unit of risk.
        gain = x[0] - terms.gross * x[1]
        value = gain * -terms.gross * x[1] - terms.cost
        chart = gain * (terms.trend * x[2] - terms.gross * x[1])
        follow = belief_shares(terms.intensity, np.stack([value, chart]))[1]
        new = follow * terms.trend * x[0] / terms.gross + shocks[:, step]
        x = np.stack([new, x[0], x[1]])
        paths[:, step] = new
    return paths
