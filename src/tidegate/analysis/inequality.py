"""Who has how much, and who gains: Gini, quantiles and deciles of grouped wealth.

Wealth comes as mean wealth of groups of heads. Within a group everybody counts as alike, so a
Gini over groups is a lower bound of that over heads.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["decile_gains", "decile_shares", "gini", "wealth_quantile"]

Floats = NDArray[np.float64]


def gini(wealth: ArrayLike, heads: ArrayLike) -> float:
    """Return the Gini coefficient of grouped wealth.

    Parameters
    ----------
    wealth
        Mean wealth of each group, >= 0.
    heads
        Heads of each group, >= 0.
    """
    worth, people = _sorted(wealth, heads)
    held = np.add.accumulate(worth * people)
    if held[-1] <= 0.0:
        return 0.0
    before = held - worth * people
    area = np.add.accumulate(people * (held + before))[-1]
    return float(1.0 - area / (held[-1] * np.add.accumulate(people)[-1]))


def wealth_quantile(wealth: ArrayLike, heads: ArrayLike, probability: float) -> float:
    """Return the wealth that a share of heads does not exceed."""
    if not 0.0 <= probability <= 1.0:
        raise ValueError(f"probability must be in [0, 1], got {probability}")
    worth, people = _sorted(wealth, heads)
    upto = np.add.accumulate(people)
    return float(worth[np.searchsorted(upto, probability * upto[-1] * (1.0 - 1e-12))])


def decile_shares(wealth: ArrayLike, heads: ArrayLike) -> Floats:
    """Return the share of all wealth that each tenth of heads has, the poorest first."""
    parts = decile_gains(wealth, heads, wealth)
    whole = np.add.accumulate(parts)[-1]
    return parts / whole if whole > 0.0 else parts


def decile_gains(wealth: ArrayLike, heads: ArrayLike, gains: ArrayLike) -> Floats:
    """Return what each tenth of heads, ordered by wealth, has gained.

    Parameters
    ----------
    wealth, heads
        As for `gini`.
    gains
        Mean gain of each group, of either sign.
    """
    worth, people = _columns(wealth, heads)
    gained = np.asarray(gains, dtype=np.float64)
    if gained.shape != worth.shape:
        raise ValueError(f"gains must have shape {worth.shape}, got {gained.shape}")
    order = np.argsort(worth, kind="stable")
    upto = np.concatenate([[0.0], np.add.accumulate(people[order])])
    held = np.concatenate([[0.0], np.add.accumulate((gained * people)[order])])
    bounds = np.interp(np.linspace(0.0, upto[-1], 11), upto, held)
    parts: Floats = np.diff(bounds)
    return parts


def _sorted(wealth: ArrayLike, heads: ArrayLike) -> tuple[Floats, Floats]:
    worth, people = _columns(wealth, heads)
    order = np.argsort(worth, kind="stable")
    return worth[order], people[order]


def _columns(wealth: ArrayLike, heads: ArrayLike) -> tuple[Floats, Floats]:
    worth = np.asarray(wealth, dtype=np.float64)
    people = np.asarray(heads, dtype=np.float64)
    if worth.ndim != 1 or worth.shape != people.shape or not len(worth):
        raise ValueError(
            f"wealth and heads must be columns of one length, got {worth.shape}, {people.shape}"
        )
    if (worth < 0.0).any() or (people < 0.0).any() or not people.any():
        raise ValueError("wealth and heads must be >= 0, and somebody must be there")
    return worth, people
