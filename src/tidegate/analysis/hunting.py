"""What a hunter of liquidations did: how often it hunted, what it earned, how far prices fell.

``hunts`` is a frame with a row per tick: ``seconds``, ``hunts`` (since the start of the run),
``short`` (USD that the hunter is short by) and ``profit`` (USD since the start, at the marks, fees
paid). Without a hunter it is empty, and all sums are 0. ``bars`` is that of a leveraged market.
"""

from __future__ import annotations

import math

import polars as pl

__all__ = ["gained", "mean_fall"]


def gained(hunts: pl.DataFrame, column: str, start: float, end: float) -> float:
    """Return by how much a column changed between the last records up to two seconds."""
    return _last(hunts, column, end) - _last(hunts, column, start)


def _last(hunts: pl.DataFrame, column: str, second: float) -> float:
    rows = hunts.filter(pl.col("seconds") <= second)
    return float(rows[column][-1]) if rows.height else 0.0


def mean_fall(bars: pl.DataFrame, exchange: str, start: float, end: float) -> float:
    """Return how far the perpetuals of an exchange fell at most, log price, mean of its coins."""
    rows = bars.filter(
        (pl.col("exchange") == exchange)
        & (pl.col("market") == "perp")
        & (pl.col("seconds") >= start)
        & (pl.col("seconds") <= end)
    ).sort("seconds")
    falls = rows.group_by("coin", maintain_order=True).agg(
        (pl.col("mid").first() / pl.col("mid").min()).log()
    )
    return float(falls["mid"].sum()) / falls.height if falls.height else math.nan
