"""The whole market by day, from a tape's bars: price, volume, depth and who holds the coins."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from tidegate.analysis.facts import excess_kurtosis, log_returns, max_drawdown

__all__ = [
    "between",
    "calm",
    "daily",
    "fall",
    "outside_share",
    "price_at",
    "quoted_spread",
    "swing",
]

DAY_SECONDS = 86_400


def daily(bars: pl.DataFrame) -> pl.DataFrame:
    """Return one row a day over all venues together.

    Parameters
    ----------
    bars : polars.DataFrame
        The ``bars`` table of a run.

    Returns
    -------
    polars.DataFrame
        ``day``; ``price`` (USD, venues' closes weighted by their volume share of the whole run);
        ``volume`` and ``float_coins``, ``outside_coins`` (coins); ``depth`` (USD within 1 % of
        the mid, bids and asks, mean over the day's ticks); ``outside_flow`` (USD decided so far);
        ``consensus`` (USD); ``offset`` (log price less log consensus).
    """
    total = bars["volume"].sum()
    venues = bars.group_by("venue", maintain_order=True).agg(pl.col("volume").sum())
    even = 1.0 / max(1, venues.height)
    weights = {venue: volume / total if total else even for venue, volume in venues.iter_rows()}
    weighted = bars.with_columns(
        pl.col("venue").replace_strict(weights, return_dtype=pl.Float64).alias("weight"),
        ((pl.col("seconds") - 1) // DAY_SECONDS).alias("day"),
        ((pl.col("bid_depth") + pl.col("ask_depth")) * pl.col("close")).alias("depth"),
    )
    ticks = weighted.group_by("day", "seconds", maintain_order=True).agg(
        (pl.col("close") * pl.col("weight")).sum().alias("price"),
        pl.col("volume").sum(),
        pl.col("depth").sum(),
        pl.col("float_coins").sum(),
        pl.col("outside_coins", "outside_flow", "consensus").last(),
    )
    return (
        ticks.group_by("day", maintain_order=True)
        .agg(
            pl.col("price").last(),
            pl.col("volume").sum(),
            pl.col("depth").mean(),
            pl.col("float_coins").last(),
            pl.col("outside_coins", "outside_flow", "consensus").last(),
        )
        .with_columns((pl.col("price").log() - pl.col("consensus").log()).alias("offset"))
    )


def between(days: pl.DataFrame, first: float, last: float) -> pl.DataFrame:
    """Return the rows of days ``first <= day < last``."""
    return days.filter((pl.col("day") >= first) & (pl.col("day") < last))


def price_at(days: pl.DataFrame, day: float, *, window: int = 5) -> float:
    """Return the mean price of the `window` days that end with `day`, USD."""
    value = between(days, day - window + 1, day + 1)["price"].mean()
    return float(value) if isinstance(value, (int, float)) else math.nan


def swing(days: pl.DataFrame) -> dict[str, float]:
    """Return how far the price rose in a stretch of days, and how far it fell from there.

    Returns
    -------
    dict
        ``swing``: the high over the low after it; ``high``: the high over the start (log price).
    """
    price = np.log(days["price"].to_numpy())
    at = int(np.argmax(price))
    return {"swing": float(price[at] - price[at:].min()), "high": float(price[at] - price[0])}


def fall(days: pl.DataFrame) -> float:
    """Return the fall from the start of a stretch of days to its low, part of the price."""
    price = days["price"].to_numpy()
    return float(1.0 - price.min() / price[0])


def outside_share(days: pl.DataFrame, day: float, supply: float) -> float:
    """Return the share of all coins that outsiders hold at the end of `day`."""
    held = between(days, day, day + 1)["outside_coins"]
    return float(held[-1]) / supply if held.len() else math.nan


def quoted_spread(standards: pl.DataFrame, first: float, last: float) -> float:
    """Return the median over days ``first <= day < last`` of what makers quote, over price.

    The median, since in a panic they quote many times as wide; NaN where nobody quotes, as under
    frozen prices. The table is ``standards`` of a run.
    """
    quoted = between(standards, first, last).filter(pl.col("spread") > 0)["spread"].median()
    return float(quoted) if isinstance(quoted, (int, float)) else math.nan


def calm(days: pl.DataFrame) -> dict[str, float]:
    """Return how calm a stretch of days was.

    Returns
    -------
    dict
        ``volatility`` (per year), ``kurtosis`` (excess, daily), ``drawdown`` (positive share of
        the peak), ``depth`` (mean, USD). Volatility and depth are NaN where prices are frozen
        and nothing rests: they have no logarithm.
    """
    price = days["price"].to_numpy()
    returns = log_returns(price)
    volatility = float(np.std(returns)) * math.sqrt(365.0)
    depth = float(np.mean(days["depth"].to_numpy()))
    return {
        "volatility": volatility or math.nan,
        "kurtosis": excess_kurtosis(returns) if volatility else math.nan,
        "drawdown": abs(max_drawdown(price)),
        "depth": depth or math.nan,
    }
