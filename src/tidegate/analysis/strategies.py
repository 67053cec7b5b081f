"""How strategies fared, from the ``portfolios`` table of a run: a row a portfolio and day.

Money is in USD. A strategy's wealth is that of all its portfolios together; `first` is the last day
before what is looked at, and `last` its end.
"""

from __future__ import annotations

import math

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidegate.analysis.portfolio import max_drawdown

__all__ = ["bets_return", "drawdown", "growth", "regained", "sharpe", "tail", "volatility"]

DAYS = 365.0
LEAST = 1.0  # USD: who has less of bets has none


def _of(table: pl.DataFrame, strategy: str, first: int, last: int) -> pl.DataFrame:
    rows = table.filter(
        (pl.col("strategy") == strategy) & (pl.col("day") >= first) & (pl.col("day") <= last)
    )
    if rows.is_empty():
        raise ValueError(f"strategy {strategy!r} has no rows on days {first} to {last}")
    return rows


def _wealth(table: pl.DataFrame, strategy: str, first: int, last: int) -> NDArray[np.float64]:
    rows = _of(table, strategy, first, last)
    days = rows.group_by("day", maintain_order=True).agg(pl.col("wealth").sum())
    return days["wealth"].to_numpy()


def growth(table: pl.DataFrame, strategy: str, first: int, last: int) -> float:
    """Return the log return of a strategy."""
    wealth = _wealth(table, strategy, first, last)
    return math.log(wealth[-1] / wealth[0])


def drawdown(table: pl.DataFrame, strategy: str, first: int, last: int) -> float:
    """Return the largest fall of a strategy's wealth from a high to a later low, 0-1."""
    return max_drawdown(_wealth(table, strategy, first, last).tolist())


def tail(
    table: pl.DataFrame, strategy: str, first: int, last: int, *, days: int = 30, at: float = 0.05
) -> float:
    """Return the quantile at `at` of log returns over so many days, all portfolios and starts."""
    rows = _of(table, strategy, first, last).sort("portfolio", "day")
    returns = rows.select(
        (pl.col("wealth").log() - pl.col("wealth").log().shift(days)).over("portfolio")
    ).drop_nulls()
    found = returns["wealth"].quantile(at, "linear")
    return math.nan if found is None else float(found)


def _returns(table: pl.DataFrame, strategy: str, first: int, last: int) -> NDArray[np.float64]:
    changes: NDArray[np.float64] = np.diff(np.log(_wealth(table, strategy, first, last)))
    return changes


def volatility(table: pl.DataFrame, strategy: str, first: int, last: int) -> float:
    """Return the volatility of a strategy's wealth, per square root of a year."""
    return float(np.std(_returns(table, strategy, first, last))) * math.sqrt(DAYS)


def sharpe(table: pl.DataFrame, strategy: str, first: int, last: int, *, rate: float) -> float:
    """Return the yearly log return above a riskless rate, over volatility; NaN without any."""
    mean = float(np.mean(_returns(table, strategy, first, last))) * DAYS
    risk = volatility(table, strategy, first, last)
    return (mean - rate) / risk if risk > 0.0 else math.nan


def bets_return(
    table: pl.DataFrame, strategy: str, first: int, last: int, *, paper: bool = False
) -> float:
    """Return what bets on falls brought over what they cost, less 1, fees and impact included.

    Only bets of portfolios that had none on day `first` count; where nobody made any, nothing was
    put in and nothing came of it: 0.

    Parameters
    ----------
    table, strategy, first, last
        As above.
    paper
        Take the closes at which bets were decided in place of what they were traded at.
    """
    value = "paper" if paper else "bets"
    columns = (value, f"{value}_bought", f"{value}_sold")
    rows = _of(table, strategy, first, last)
    before = rows.filter((pl.col("day") == first) & (pl.col(value) < LEAST)).sort("portfolio")
    after = rows.filter(
        (pl.col("day") == last) & pl.col("portfolio").is_in(before["portfolio"].implode())
    ).sort("portfolio")
    held, bought, sold = (
        float(after[name].sum()) - (float(before[name].sum()) if name != value else 0.0)
        for name in columns
    )
    return (held + sold) / bought - 1.0 if bought >= LEAST else 0.0


def regained(price: NDArray[np.float64], low_days: int) -> float:
    """Return the log rise from the lowest of the first prices to the last.

    Parameters
    ----------
    price
        By day, after the news.
    low_days
        How many of them may hold the low.
    """
    return math.log(float(price[-1]) / float(price[:low_days].min()))
