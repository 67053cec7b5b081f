"""What a country makes of coins: volatility, a budget, policies undone, and a score of them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from tidegate.analysis.states import GIVEN_UP

__all__ = ["coins_held", "fiscal_balance", "imported_volatility", "score", "undone"]

DAYS_PER_YEAR = 365.0


def coins_held(states: pl.DataFrame, households: pl.DataFrame) -> pl.Series:
    """Return the value of what states and households hold together at the end of each day, USD.

    Parameters
    ----------
    states : polars.DataFrame
        The ``states`` table of a run: a row per state and day.
    households : polars.DataFrame
        That of its households, a row per day.
    """
    return _reserves(states)["value"] + households["value"]


def fiscal_balance(states: pl.DataFrame, households: pl.DataFrame, tax: float) -> float:
    """Return what treasuries have of coins at the end, USD: gains on reserves, and a tax.

    Parameters
    ----------
    states, households : polars.DataFrame
        As of `coins_held`.
    tax : float
        Part of what households have gained that is paid; nothing is paid back for a loss.
    """
    reserves = _reserves(states)
    gain = (households["value"] + households["paid_out"] - households["paid_in"])[-1]
    return float(reserves["value"][-1] - reserves["cost"][-1] + tax * max(gain, 0.0))


def undone(states: pl.DataFrame) -> float:
    """Return the share of states whose policy a lender, or a loss, has undone at any time."""
    given_up = pl.col("phase").is_in(GIVEN_UP) | pl.col("reversed")
    return states.filter(given_up)["state"].n_unique() / states["state"].n_unique()


def imported_volatility(exposure: ArrayLike, price: ArrayLike) -> float:
    """Return the volatility that holding coins brings to a country's wealth, per year.

    Parameters
    ----------
    exposure : array_like
        Value of the coins it holds over its wealth, at the end of each day.
    price : array_like
        Price of the coin on the same days; each day's return meets the exposure of the eve, so
        that purchases count for nothing by themselves.
    """
    held, prices = (np.asarray(column, dtype=np.float64) for column in (exposure, price))
    if held.shape != prices.shape or held.ndim != 1:
        raise ValueError(
            f"exposure and price must be columns of one length, got {held.shape}, {prices.shape}"
        )
    if held.size < 2:
        return 0.0
    gains = held[:-1] * (prices[1:] / prices[:-1] - 1.0)
    return float(np.std(gains)) * math.sqrt(DAYS_PER_YEAR)


def score(
    ends: Mapping[str, float], points: Mapping[str, float], weights: Mapping[str, float]
) -> float:
    """Return the sum of several ends in points, weighted.

    Parameters
    ----------
    ends
        What was reached, by name.
    points
        What of each counts as a point; below 0 where less is better.
    weights
        Weight of each; 1 where it is not named.
    """
    return sum(weights.get(name, 1.0) * value / points[name] for name, value in ends.items())


def _reserves(states: pl.DataFrame) -> pl.DataFrame:
    """Return what reserves of all states are worth, and have cost, by day."""
    return states.group_by("day", maintain_order=True).agg(pl.col("value", "cost").sum())
