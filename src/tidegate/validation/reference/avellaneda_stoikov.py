"""A market maker who minds its inventory (Avellaneda and Stoikov 2008), paths as columns.

The mid price is a random walk with sd sigma per square root of time. Quotes lie half the total
spread from the reservation price s - q gamma sigma^2 (T - t), and are hit as Poisson events of
rate A exp(-k distance), the distance being that from the mid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

__all__ = ["Outcome", "Terms", "reservation_price", "simulate", "total_spread"]


@dataclass(frozen=True, slots=True)
class Terms:
    """The market and the maker; the defaults are the paper's.

    Attributes
    ----------
    start
        Mid price at the start.
    horizon, step
        Length of the game and of a step, time units.
    sigma
        Price units per square root of time.
    risk_aversion
        gamma, 1/price.
    decay, rate
        k (1/price) and A (1/time) of the hits.
    """

    start: float = 100.0
    horizon: float = 1.0
    step: float = 0.005
    sigma: float = 2.0
    risk_aversion: float = 0.1
    decay: float = 1.5
    rate: float = 140.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Figures over the paths of a run."""

    profit: float
    profit_spread: float
    inventory_spread: float
    spread: float
    fills: float


def reservation_price(terms: Terms, mid: float, inventory: float, left: float) -> float:
    """Return the price at which the maker does not mind its inventory, `left` before the end."""
    return mid - inventory * terms.risk_aversion * terms.sigma**2 * left


def total_spread(terms: Terms, left: float) -> float:
    """Return the distance of the quotes from each other, `left` before the end."""
    gamma = terms.risk_aversion
    return gamma * terms.sigma**2 * left + 2 / gamma * math.log1p(gamma / terms.decay)


def simulate(terms: Terms, paths: int, seed: int, *, flat: bool = False) -> Outcome:
    """Run the game; `flat` quotes around the mid, at the mean spread of the other strategy."""
    rng = np.random.default_rng([seed, paths])
    steps = round(terms.horizon / terms.step)
    lefts = terms.horizon - terms.step * np.arange(steps)
    spreads = np.array([total_spread(terms, left) for left in lefts])
    if flat:
        spreads[:] = spreads.mean()
    mid = np.full(paths, terms.start)
    inventory, cash, fills = np.zeros(paths), np.zeros(paths), 0
    for left, spread in zip(lefts, spreads, strict=True):
        lean = 0.0 if flat else terms.risk_aversion * terms.sigma**2 * left
        centre = mid - inventory * lean
        hits = rng.random((2, paths))
        sold = hits[0] < terms.rate * terms.step * np.exp(
            -terms.decay * (centre + spread / 2 - mid)
        )
        bought = hits[1] < terms.rate * terms.step * np.exp(
            -terms.decay * (mid - centre + spread / 2)
        )
        cash += sold * (centre + spread / 2) - bought * (centre - spread / 2)
        inventory += bought.astype(np.float64) - sold
        fills += int(sold.sum() + bought.sum())
        mid = mid + terms.sigma * math.sqrt(terms.step) * rng.choice((-1.0, 1.0), paths)
    wealth = cash + inventory * mid
    return Outcome(
        profit=float(wealth.mean()),
        profit_spread=float(wealth.std()),
        inventory_spread=float(inventory.std()),
        spread=float(spreads.mean()),
        fills=fills / paths,
    )
