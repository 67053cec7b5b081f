"""A market beside its economy: how coins and factors move together, and who bought."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = [
    "by_day",
    "correlation",
    "horizon_difference",
    "reserve_loss",
    "risky_share",
    "rolling_correlation",
]

DAY_SECONDS = 86_400
Floats = NDArray[np.float64]


def by_day(macro: pl.DataFrame) -> pl.DataFrame:
    """Return the table ``macro`` of a run by the day: its last row of each, with ``day``."""
    days = macro.with_columns(((pl.col("seconds") - 1) // DAY_SECONDS).alias("day"))
    return days.group_by("day", maintain_order=True).last()


def _changes(levels: Floats, days: int) -> Floats:
    return levels[days:] - levels[:-days]


def correlation(log_price: Floats, factor: Floats, days: int = 1) -> float:
    """Return the correlation of changes over some days, overlapping; NaN where one stands still.

    Parameters
    ----------
    log_price, factor
        Levels by the day, of the same days.
    days
        Length of a change.
    """
    if len(log_price) < days + 3:
        return math.nan
    one, other = _changes(log_price, days), _changes(factor, days)
    if not one.any() or not other.any():
        return math.nan
    return float(np.corrcoef(one, other)[0, 1])


def rolling_correlation(log_price: Floats, factor: Floats, window: int) -> Floats:
    """Return the correlation of daily changes over every window of so many days."""
    one = np.lib.stride_tricks.sliding_window_view(_changes(log_price, 1), window)
    other = np.lib.stride_tricks.sliding_window_view(_changes(factor, 1), window)
    one = one - one.mean(axis=1, keepdims=True)
    other = other - other.mean(axis=1, keepdims=True)
    size = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    rolled: Floats = (one * other).sum(axis=1) / size
    return rolled


def horizon_difference(
    log_price: Floats, shares: Floats, gold: Floats, *, long: int, short: int = 1
) -> float:
    """Return how much less coins are like shares, and more like gold, over long changes.

    Correlation with shares less that with gold, over changes of `long` days less the same over
    changes of `short` days: below 0 where coins are gold in the long run.
    """
    gaps = [
        correlation(log_price, shares, days) - correlation(log_price, gold, days)
        for days in (long, short)
    ]
    return gaps[0] - gaps[1]


def risky_share(allocators: pl.DataFrame, day: int) -> float:
    """Return crypto's share of allocators' risky money at the end of a day."""
    row = allocators.row(day, named=True)
    risky = row["crypto"] + row["us_tech"] + row["china_tech"]
    return float(row["crypto"] / risky)


def reserve_loss(defence: pl.DataFrame) -> float:
    """Return what central banks lost on paper they sold, over their reserves at the start."""
    days = defence["day"]
    first, last = defence.filter(days == days[0]), defence.filter(days == days[-1])
    start = float(first["reserves"].sum()) + float(first["sold"].sum())
    return float(last["lost"].sum()) / start
