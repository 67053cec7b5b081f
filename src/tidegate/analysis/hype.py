"""A boom of attention: how high a price goes, what is left of it, who earned and who lost."""

from __future__ import annotations

import math
from collections.abc import Mapping

import polars as pl

from tidegate.analysis import market

__all__ = ["boom", "coin_boom", "transfer"]

DAY = 86_400
FORTNIGHT = 14


def boom(hype: pl.DataFrame, word: int, after: int) -> Mapping[str, float]:
    """Return what became of the memecoin's price.

    Parameters
    ----------
    hype : polars.DataFrame
        The ``hype`` table of a run.
    word : int
        Second of the word.
    after : int
        Days after it at which the price is held against its peak.

    Returns
    -------
    Mapping
        ``rise``: log of the peak over the price before the word; ``fall_back``: log of the peak
        over the price that many days after the word; ``half_life``: days from the peak until half
        of the rise is gone, NaN if it never is; ``heard``: part of the public that has heard.
    """
    before = float(hype.filter(pl.col("seconds") <= word)["price"][-1])
    run = hype.filter((pl.col("seconds") > word) & (pl.col("seconds") <= word + after * DAY))
    price, seconds = run["price"].to_list(), run["seconds"].to_list()
    at = max(range(len(price)), key=price.__getitem__)
    peak, half = price[at], (price[at] + before) / 2.0
    fallen = next((s for p, s in zip(price[at:], seconds[at:], strict=True) if p < half), None)
    return {
        "rise": math.log(peak / before),
        "fall_back": math.log(peak / price[-1]),
        "half_life": math.nan if fallen is None else (fallen - seconds[at]) / DAY,
        "heard": float(run["heard"][-1]),
    }


def transfer(hype: pl.DataFrame) -> Mapping[str, float]:
    """Return who has earned by the end: related parties, and the later half of buyers.

    ``income``: fees that related parties received, million USD; ``income_share``: over all that was
    traded; ``late_return``: what the later half of the buyers has over what it paid, less one; 0
    where nobody bought; ``transfer``: the share less the return.
    """
    last = hype.row(-1, named=True)
    late = last["worth"] / last["spent"] - 1.0 if last["spent"] else 0.0
    share = last["income"] / last["volume"] if last["volume"] else 0.0
    return {
        "income": last["income"] / 1e6,
        "income_share": share,
        "late_return": late,
        "transfer": share - late,
    }


def coin_boom(bars: pl.DataFrame, day: int, after: int) -> float:
    """Return the log of BTC's price two weeks after a day over that some days after it.

    Both are means of five days: by two weeks most who will hear have heard, and few have left.
    """
    days = market.daily(bars)
    early = market.price_at(days, day + FORTNIGHT)
    return math.log(early / market.price_at(days, day + after - 1))
