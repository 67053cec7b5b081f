"""Is a sample unimodal? The dip statistic (Hartigan and Hartigan 1985) and its p value.

The dip is the largest distance of the empirical distribution from the nearest unimodal one: convex
up to a mode, concave beyond. It is found by closing in on the mode, between the points where the
greatest convex minorant and the least concave majorant of the sample are farthest apart.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["dip", "dip_p"]

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

RESAMPLES: Final = 1_000


def dip(sample: ArrayLike) -> float:
    """Return the dip: 1 / (2 n) for even points, towards 1 / 4 for two distant ones."""
    x = np.sort(np.asarray(sample, dtype=np.float64))
    n = len(x)
    low, high, found = 0, n - 1, 1.0
    if x[0] == x[-1]:
        return found / (2 * n)
    while True:
        below, above = _hull(x, low, high, 1.0), _hull(x, low, high, -1.0)
        gap, new_low, new_high = _widest(x, below, above)
        if gap <= found:
            break
        left, right = below[below <= new_low], above[above >= new_high]
        found = max(found, _farthest(x, left, 1.0), _farthest(x, right, -1.0))
        if (new_low, new_high) == (low, high):
            break
        low, high = new_low, new_high
    return found / (2 * n)


def dip_p(sample: ArrayLike) -> float:
    """Return how often as many uniform points dip as deep: the most unlike two modes there is."""
    values = np.asarray(sample, dtype=np.float64)
    null = _null(len(values))
    return (float(np.count_nonzero(null >= dip(values))) + 1) / (len(null) + 1)


@lru_cache(maxsize=4)
def _null(size: int) -> Floats:
    rng = np.random.default_rng([size, 1985])
    return np.array([dip(rng.random(size)) for _ in range(RESAMPLES)])


def _hull(x: Floats, low: int, high: int, way: float) -> Rows:
    """Return the rows of the convex minorant of (x, rank), or the concave majorant (way -1)."""
    rows: list[int] = []
    for row in range(low, high + 1):
        while len(rows) > 1:
            a, b = rows[-2], rows[-1]
            turn = (b - a) * (x[row] - x[b]) - (row - b) * (x[b] - x[a])
            if way * turn < 0:
                break
            rows.pop()
        rows.append(row)
    return np.array(rows)


def _widest(x: Floats, below: Rows, above: Rows) -> tuple[float, int, int]:
    """Return the largest gap between the hulls, and the rows between which it lies."""
    at_below = np.interp(x[below], x[above], above) - below + 1.0
    at_above = above - np.interp(x[above], x[below], below) + 1.0
    i, j = int(np.argmax(at_below)), int(np.argmax(at_above))
    if at_below[i] >= at_above[j]:
        row = int(below[i])
        return float(at_below[i]), row, int(above[np.searchsorted(above, row)])
    row = int(above[j])
    return float(at_above[j]), int(below[np.searchsorted(below, row, side="right") - 1]), row


def _farthest(x: Floats, hull: Rows, way: float) -> float:
    """Return the largest distance of the ranks from a hull, both edges of a step counted."""
    if len(hull) < 2:
        return 0.0
    rows = np.arange(hull[0], hull[-1] + 1)
    return float(np.max(way * (rows - np.interp(x[rows], x[hull], hull)))) + 1.0
