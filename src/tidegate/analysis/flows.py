"""Flows into the market from outside: what a headline promises, what comes, what it moves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from tidegate.analysis import market

__all__ = ["Headline", "Stretch", "daily_paths", "flow_metrics", "half_days", "multiplier"]

MIN_SHARE: Final = 1e-4  # of all coins: below it a multiplier is noise


@dataclass(frozen=True, slots=True)
class Headline:
    """The arithmetic of a headline: a share of all savings flows into crypto.

    Attributes
    ----------
    assets : float
        All savings, USD.
    btc_share : float
        Part of a flow into crypto that buys BTC.
    cap : float
        Capitalisation of all crypto that the headline divides the flow by, USD.
    """

    assets: float
    btc_share: float
    cap: float

    def flow(self, policies: pl.DataFrame) -> float:
        """Return what a headline makes of the allocations that policies set: USD into BTC."""
        rows = policies.filter(pl.col("lever") == "pension.allocation")["value"]
        return self.assets * self.btc_share * sum(float(value) for value in rows)

    def over_cap(self, policies: pl.DataFrame) -> float:
        """Return the flow into all crypto over its capitalisation."""
        return self.flow(policies) / self.btc_share / self.cap


@dataclass(frozen=True, slots=True)
class Stretch:
    """The days between which a flow is measured: the last before it, its last, and the last."""

    start: int
    stop: int
    end: int


def half_days(days: pl.DataFrame, start: int) -> float:
    """Return the days after `start` until half of the flow has come; 0 without a flow."""
    flow = market.between(days, start + 1, math.inf)["outside_flow"]
    total = flow.max()
    if not isinstance(total, float) or total <= 0:
        return 0.0
    return float((flow < total / 2).sum())


def multiplier(days: pl.DataFrame, start: int, day: int, supply: float) -> float:
    """Return the move of price over consensus per share of all coins taken out of the market."""
    taken = market.outside_share(days, day, supply)
    if taken < MIN_SHARE:
        return math.nan
    before, after = (
        float(np.mean(market.between(days, d - 4, d + 1)["offset"].to_numpy()))
        for d in (start, day)
    )
    return (after - before) / taken


def flow_metrics(
    days: pl.DataFrame,
    policies: pl.DataFrame,
    headline: Headline,
    stretch: Stretch,
    supply: float,
) -> Mapping[str, float]:
    """Return what came of a headline.

    Parameters
    ----------
    days : polars.DataFrame
        The run by day, as of `market.daily`.
    policies : polars.DataFrame
        The ``policies`` table of the run.
    headline : Headline
        What was promised.
    stretch : Stretch
        When the flow begins and ends.
    supply : float
        All coins there are.

    Returns
    -------
    Mapping
        ``float`` (share of all coins that the crowd holds at the end); ``flow`` (into BTC, bn
        USD); ``article`` (the promised flow over the capitalisation); ``unrealised`` (share of
        the promise that did not come); ``half_days``; ``multiplier`` at the end of the run and
        ``multiplier_ramp`` at the end of the flow, NaN where next to nothing was bought.
    """
    flow = float(days["outside_flow"][stretch.stop])
    promised = headline.flow(policies)
    return {
        "float": float(days["float_coins"][stretch.end]) / supply,
        "flow": flow / 1e9,
        "article": headline.over_cap(policies),
        "unrealised": 1.0 - flow / promised if promised else 0.0,
        "half_days": half_days(days, stretch.start),
        "multiplier": multiplier(days, stretch.start, stretch.end, supply),
        "multiplier_ramp": multiplier(days, stretch.start, stretch.stop, supply),
    }


def daily_paths(days: pl.DataFrame, origin: int, supply: float) -> pl.DataFrame:
    """Return paths by day from `origin`: price (USD), depth (million USD), who holds the coins."""
    return days.select(
        (pl.col("day") - origin).alias("day"),
        pl.col("price"),
        (pl.col("depth") / 1e6).alias("depth"),
        (pl.col("float_coins") / supply).alias("float"),
        (pl.col("outside_coins") / supply).alias("outside"),
    )
