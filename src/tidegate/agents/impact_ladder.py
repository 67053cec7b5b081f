"""Quotes in sizes, each at what hedging it costs after the sizes before it."""

from __future__ import annotations

import math

__all__ = ["RUNGS", "impact_ladder"]

RUNGS = (0.0005, 0.002, 0.008, 0.032, 0.128)
"""Parts of a day's volume up to which a price is good."""


def impact_ladder(impact: float) -> tuple[tuple[float, float], ...]:
    """Return sizes, parts of a day's volume, each with the average impact of hedging it.

    By the square-root law a hedge of a part x of a day's volume moves the price by
    ``impact * sqrt(x)`` in the end; who quotes these averages breaks even on every size.

    Parameters
    ----------
    impact : float
        What a whole day's volume moves, log price.
    """
    priced, low = [], 0.0
    for high in RUNGS:
        area = high * math.sqrt(high) - low * math.sqrt(low)
        priced.append((high - low, impact * 2.0 / 3.0 * area / (high - low)))
        low = high
    return tuple(priced)
