"""A stock, its token and coins around one piece of news: falls, gaps, who moves first."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping

import numpy as np
import polars as pl

__all__ = ["falls", "gaps", "half_hours", "joined", "moves", "sales"]

HOUR = 3_600
DAY = 86_400
SATURDAY = 5


def joined(tokens: pl.DataFrame, bars: pl.DataFrame) -> pl.DataFrame:
    """Return the ``tokens`` table of a run with the price of coins, tick by tick.

    ``coin`` is the mean of venues' closes, weighted by their volume of the whole run (USD).
    """
    weights = bars.group_by("venue", maintain_order=True).agg(pl.col("volume").sum())
    total = float(weights["volume"].sum())
    even = 1.0 / weights.height
    share = {name: volume / total if total else even for name, volume in weights.iter_rows()}
    weighted = bars.with_columns(
        pl.col("venue").replace_strict(share, return_dtype=pl.Float64).alias("weight")
    )
    coin = weighted.group_by("seconds", maintain_order=True).agg(
        (pl.col("close") * pl.col("weight")).sum().alias("coin")
    )
    return tokens.join(coin, on="seconds", how="left", maintain_order="left")


def _at(path: pl.DataFrame, second: int, name: str) -> float:
    """Return a price at the end of the tick that ends at a second, or at the last one before."""
    return float(path.filter(pl.col("seconds") <= second)[name][-1])


def falls(path: pl.DataFrame, news: int, hours: float) -> Mapping[str, float]:
    """Return the deepest falls within some hours of news, as shares of the price before it.

    ``stock_fall``, ``token_fall``, ``coin_fall``: positive for a fall; 0 if there was none.
    """
    after = path.filter(
        (pl.col("seconds") > news) & (pl.col("seconds") <= news + round(hours * HOUR))
    )
    found = {}
    for name in ("stock", "token", "coin"):
        lowest = after[name].min()
        assert isinstance(lowest, float)
        found[f"{name}_fall"] = max(0.0, 1.0 - lowest / _at(path, news, name))
    return found


def moves(path: pl.DataFrame, start: int, end: int) -> Mapping[str, float]:
    """Return log moves of stock, token and coin between two seconds: ``stock_move`` and so on."""
    return {
        f"{name}_move": math.log(_at(path, end, name) / _at(path, start, name))
        for name in ("stock", "token", "coin")
    }


def gaps(path: pl.DataFrame, until: int, first: dt.date) -> Mapping[str, float]:
    """Return how far the token is off its stock, and how it trades at week-ends.

    Parameters
    ----------
    path : polars.DataFrame
        As of `joined`.
    until : int
        Second up to which to look.
    first : datetime.date
        Day on which the run began.

    Returns
    -------
    Mapping
        ``gap_open``: mean absolute log gap in ticks in which the exchange trades; ``gap_shut``: of
        the others, against what a share is worth by news; ``weekend_volume``: volume of an hour of
        Saturday or Sunday over that of an hour of a weekday (UTC). NaN where there is nothing.
    """
    before = path.filter(pl.col("seconds") <= until)
    shut = before.filter(~pl.col("open"))
    off = (pl.col("token") / pl.col("value")).log().abs()
    weekday = (pl.col("seconds") - 1) // DAY + first.weekday()
    weekend = (weekday % 7) >= SATURDAY
    week, ends = (_mean(before.filter(part)["volume"]) for part in (~weekend, weekend))
    return {
        "gap_open": _mean(before.filter(pl.col("open"))["gap"].abs()),
        "gap_shut": _mean(shut.select(off)["token"]),
        "weekend_volume": ends / week if week else math.nan,
    }


def _mean(column: pl.Series) -> float:
    value = column.mean()
    return float(value) if isinstance(value, (int, float)) else math.nan


def half_hours(path: pl.DataFrame, name: str, news: int, size: float) -> float:
    """Return the hours after news until a price has moved by half of what it is said to do.

    Parameters
    ----------
    path : polars.DataFrame
        As of `joined`.
    name : str
        ``stock``, ``token`` or ``coin``.
    news : int
        Second at which it broke.
    size : float
        What it does to the price in the end, log.

    Returns
    -------
    float
        The hours to the end of the run if it has not by then: it takes longer.
    """
    after = path.filter(pl.col("seconds") > news)
    moved = np.log(after[name].to_numpy() / _at(path, news, name)) / size
    there = np.flatnonzero(moved >= 0.5)
    place = int(there[0]) if len(there) else len(after) - 1
    return (int(after["seconds"][place]) - news) / HOUR


def sales(path: pl.DataFrame, lot: float) -> Mapping[str, float]:
    """Return what lenders, and those who raise cash, have sold in a run.

    ``called_tokens`` (million), ``called_coins`` and ``raised_coins`` (thousand).
    """
    last = path.row(-1, named=True)
    return {
        "called_tokens": last["called_tokens"] / 1e6,
        "called_coins": last["called_lots"] * lot / 1e3,
        "raised_coins": last["raised_lots"] * lot / 1e3,
    }
