"""What metals cost and who holds them, from the tables of a run.

They are ``metals``, ``hedgers`` and, of each stockpiler, one whose name begins with ``stockpile_``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidegate.analysis import market

__all__ = ["basket", "bought", "haven_share", "metal_price", "peak", "stockpiled"]

Floats = NDArray[np.float64]


def metal_price(metals: pl.DataFrame, name: str, day: float, *, window: int = 1) -> float:
    """Return the mean price of the `window` days that end with `day`, USD per kg."""
    value = market.between(metals, day - window + 1, day + 1)
    mean = value.filter(pl.col("metal") == name)["price"].mean()
    return float(mean) if isinstance(mean, (int, float)) else math.nan


def basket(metals: pl.DataFrame, weights: Mapping[str, float]) -> Floats:
    """Return a basket's price day by day, over that of the first day.

    Parameters
    ----------
    metals : polars.DataFrame
        The table of a run.
    weights : mapping of metal to weight
        Any positive sum; the index is the geometric mean with these weights.
    """
    total, index = sum(weights.values()), 0.0
    for name, weight in weights.items():
        prices = metals.filter(pl.col("metal") == name).sort("day")["price"].to_numpy()
        index = index + weight / total * (np.log(prices) - math.log(prices[0]))
    return np.exp(np.asarray(index, dtype=np.float64))


def peak(values: Floats, *, window: int = 5) -> float:
    """Return the highest mean of `window` values in a row."""
    means = np.convolve(values, np.full(window, 1.0 / window), mode="valid")
    return float(means.max())


def haven_share(hedgers: pl.DataFrame, day: int, *, window: int = 5) -> float:
    """Return the share of gold and minerals in what hedgers hold, over the days that end so."""
    rows = market.between(hedgers, day - window + 1, day + 1)
    kept = float((rows["gold"] + rows["minerals"]).sum())
    names = ("shares", "dollars", "gold", "minerals", "coins")
    total = float(sum(float(rows[name].sum()) for name in names))
    return kept / total if total else math.nan


def bought(hedgers: pl.DataFrame, eve: int, day: int) -> dict[str, float]:
    """Return what hedgers bought less what they sold from the end of one day to that of another.

    Returns
    -------
    dict
        ``shares``, ``dollars``, ``gold``, ``minerals``, ``coins``, USD; they sum to 0.
    """
    first, last = (market.between(hedgers, at, at + 1) for at in (eve, day))
    names = ("shares", "dollars", "gold", "minerals", "coins")
    return {n: float(last[f"{n}_bought"].item() - first[f"{n}_bought"].item()) for n in names}


def stockpiled(tables: Mapping[str, pl.DataFrame], day: int) -> float:
    """Return what all stockpilers have spent by the end of a day, USD.

    Parameters
    ----------
    tables : mapping of name to polars.DataFrame
        All tables of a run.
    day : int
        Day of the run.
    """
    spent = (
        float(table.filter(pl.col("day") == day)["spent"].sum())
        for name, table in tables.items()
        if name.startswith("stockpile_")
    )
    return sum(spent)
