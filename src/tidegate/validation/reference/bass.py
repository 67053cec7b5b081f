"""Diffusion of an innovation after Bass (1969): dF/dt = (p + q F)(1 - F)."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from scipy.optimize import brentq

from tidegate.agents.adoption import BassCurve

__all__ = ["Peak", "largest_gap", "peak", "years_to"]

STEP: Final = 0.02  # years
YEARS: Final = 20.0


class Peak(NamedTuple):
    """When adoption is fastest (years), and its rate there (1/yr)."""

    time: float
    rate: float


def peak(innovation: float, imitation: float) -> Peak:
    """Return when adoption is fastest, and how fast."""
    p, q = innovation, imitation
    return Peak(math.log(q / p) / (p + q), (p + q) ** 2 / (4 * q))


def years_to(share: float, curve: BassCurve) -> float:
    """Return when a curve reaches a share."""
    return float(brentq(lambda years: curve.share(years) - share, 0.0, 1_000.0, xtol=1e-12))


def largest_gap(
    innovation: float, imitation: float, pool: int, seed: int, formula: BassCurve | None = None
) -> float:
    """Let agents adopt one by one on a complete graph; return the largest gap to the formula.

    Each who has not adopted does so in a step with probability 1 - exp(-(p + q F) dt), F being
    the share of the others who have.
    """
    rng = np.random.default_rng([seed, pool])
    curve = formula or BassCurve(innovation, imitation)
    adopters, gap = 0, 0.0
    for step in range(1, round(YEARS / STEP) + 1):
        hazard = innovation + imitation * adopters / pool
        adopters += rng.binomial(pool - adopters, -math.expm1(-hazard * STEP))
        gap = max(gap, abs(adopters / pool - curve.share(step * STEP)))
    return gap
