"""Herding between fundamentalists and chartists (Franke and Westerhoff 2012, model DCA-HPM).

Prices are natural logs. Demands are d_f = phi (p* - p) + sigma_f e and d_c = chi (p - p_last) +
sigma_c e; the price moves by mu (n_f d_f + n_c d_c). The share of fundamentalists is logistic in
an attractiveness with a predisposition, herding, and a dread of misalignment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Terms", "next_share", "simulate"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Terms:
    """Parameters; the defaults are those fitted to the S&P 500, daily, 1980 to 2007."""

    reversion: float = 0.12  # phi
    trend: float = 1.50  # chi
    noise_fundamental: float = 0.758  # sigma_f
    noise_chartist: float = 2.087  # sigma_c
    predisposition: float = -0.327  # a_0
    herding: float = 1.79  # a_n
    misalignment: float = 18.43  # a_p
    impact: float = 0.01  # mu
    intensity: float = 1.0  # beta


def next_share(terms: Terms, share: Any, deviation: Any) -> Any:
    """Return the share of fundamentalists after a share and a deviation of the log price."""
    attraction = (
        terms.predisposition
        + terms.herding * (2.0 * share - 1.0)
        + terms.misalignment * deviation**2
    )
    return 1.0 / (1.0 + np.exp(-terms.intensity * attraction))


def simulate(
    terms: Terms, seeds: Sequence[int], steps: int, warm_up: int = 500
) -> tuple[Floats, Floats]:
    """Return log returns (paths x steps) and the mean share of fundamentalists of each path."""
    paths = len(seeds)
    noise = np.empty((paths, 2, warm_up + steps))
    for row, seed in enumerate(seeds):
        noise[row] = np.random.default_rng([seed, 11]).standard_normal((2, warm_up + steps))
    price, last, share = np.zeros(paths), np.zeros(paths), np.full(paths, 0.5)
    returns, shares = np.empty((paths, steps)), np.zeros(paths)
    for step in range(-warm_up, steps):
        shock = noise[:, :, warm_up + step]
        value = -terms.reversion * price + terms.noise_fundamental * shock[:, 0]
        chart = terms.trend * (price - last) + terms.noise_chartist * shock[:, 1]
        change = terms.impact * (share * value + (1.0 - share) * chart)
        share = next_share(terms, share, price)
        price, last = price + change, price
        if step >= 0:
            returns[:, step] = change
            shares += share
    return returns, shares / steps
