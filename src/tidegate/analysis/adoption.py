"""Who adopts, and after how long: from a table with a row per candidate and day."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import polars as pl

__all__ = ["adopters", "head_start", "years_until"]

DAYS_PER_YEAR = 365.25


def years_until(
    table: pl.DataFrame,
    joined: pl.Expr,
    names: Sequence[str],
    *,
    by: str,
    first: int,
    last: int,
) -> dict[str, float]:
    """Return the years from a day until each candidate joined.

    Parameters
    ----------
    table : polars.DataFrame
        A row per candidate and day, with a column ``day``.
    joined : polars.Expr
        True in the rows of those who are in.
    names : sequence of str
        The candidates.
    by : str
        Column that names them.
    first, last : int
        The days from which years are counted and at which they end.

    Returns
    -------
    dict
        Years by name; whoever has not joined by the end counts as joining then.
    """
    rows = table.filter(joined & pl.col(by).is_in(list(names)) & (pl.col("day") < last))
    found = dict(rows.group_by(by).agg(pl.col("day").min()).iter_rows())
    return {
        name: (min(max(found.get(name, last), first), last) - first) / DAYS_PER_YEAR
        for name in names
    }


def adopters(years: dict[str, float], *, within: float) -> float:
    """Return how many joined before some years had passed."""
    return float(sum(wait < within for wait in years.values()))


def head_start(years: dict[str, float], early: Sequence[str], late: Sequence[str]) -> float:
    """Return by how many years one group joins before another, on average."""
    if not early or not late:
        return math.nan
    first, second = ([years[name] for name in group] for group in (early, late))
    return float(np.mean(second) - np.mean(first))
