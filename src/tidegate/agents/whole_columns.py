"""Exact arithmetic on columns of money and units: shares and sums that lose nothing.

Columns are int64. Products are taken in two parts, so that they neither overflow nor pass through
floats; sums are Python integers, since a sector's money can exceed what 64 bits hold.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["PPB", "Whole", "in_ppb", "scaled", "spread", "total"]

PPB = 1_000_000_000
LOW = (1 << 31) - 1

Whole = NDArray[np.int64]


def scaled(amounts: Whole, numerator: Whole | int, denominator: Whole | int) -> Whole:
    """Return ``amounts * numerator // denominator``, element by element.

    Parameters
    ----------
    amounts
        Column, >= 0.
    numerator, denominator
        Whole numbers or columns; their product and the result must fit into 63 bits.
    """
    whole: Whole = np.floor_divide(amounts, denominator)
    rest = amounts - whole * denominator
    product: Whole = np.add(whole * numerator, rest * numerator // denominator, dtype=np.int64)
    return product


def total(column: Whole) -> int:
    """Return the sum of a column as a Python integer, whatever its size."""
    high = int((column >> 31).sum())
    return (high << 31) + int((column & LOW).sum())


def in_ppb(shares: NDArray[np.float64]) -> Whole:
    """Return shares in whole parts per billion."""
    whole: Whole = np.rint(shares * PPB).astype(np.int64)
    return whole


def spread(amounts: Whole, weights: NDArray[np.float64]) -> Whole:
    """Divide each amount by weights, to the last unit.

    Parameters
    ----------
    amounts
        Column of shape (n,), >= 0.
    weights
        Weights of the parts, shape (k,), >= 0, not all 0.

    Returns
    -------
    array of shape (n, k)
        Each row sums to its amount.
    """
    reached = np.add.accumulate(weights)
    bounds = in_ppb(reached / reached[-1])
    bounds[-1] = PPB
    upto = scaled(amounts[:, None], bounds[None, :], PPB)
    parts: Whole = np.diff(upto, axis=1, prepend=0)
    return parts
