"""What news of trade did to the price of coins, beside what it does to their value by assumption.

The table ``trade`` of a run has a row per day: ``value``, log, is what news has done by then.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import polars as pl

from tidegate.analysis import market

__all__ = ["scare"]


def scare(
    days: pl.DataFrame, trade: pl.DataFrame, eve: int, *, watched: range
) -> Mapping[str, float]:
    """Return what the day after an eve brought, and the worst of the days that are watched.

    Parameters
    ----------
    days : polars.DataFrame
        The run by day, as of `market.daily`.
    trade : polars.DataFrame
        The ``trade`` table of the run.
    eve : int
        Last day before the news.
    watched : range
        Days among whose closes the lowest is looked for.

    Returns
    -------
    Mapping
        ``price_day``: the close of the first day, USD; ``assumed``: what news does to value by
        then, and ``added``: what trading adds to that, log; ``worst``: the fall from the eve to
        the lowest close, log.
    """
    before, day = (market.price_at(days, at, window=1) for at in (eve, eve + 1))
    value = trade.filter(pl.col("day") == eve + 1)["value"].item()
    closes = market.between(days, watched.start, watched.stop)["price"].to_numpy()
    return {
        "price_day": day,
        "assumed": value,
        "added": math.log(day / before) - value,
        "worst": math.log(before / float(closes.min())),
    }
