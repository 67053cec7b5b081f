"""What became of treasury companies: falls of shares and coins, flows, households, losses."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = [
    "CLOSED",
    "end_mnav",
    "eve",
    "falls",
    "founded",
    "held",
    "households",
    "issuance_tilt",
    "lenders",
    "money_in",
    "net_buying",
    "newcomers",
    "placement_returns",
    "placements",
    "share_betas",
    "spent_on_buybacks",
    "stretch",
]

CLOSED = 5  # sessions of the returns whose betas are compared with the press's
TINY = 1e-12
HEAVY = -0.3  # return from which on a placement has lost heavily


def eve(companies: pl.DataFrame, day: int) -> int:
    """Return the day of the last session before a day, whose close knows nothing of it.

    News of a Monday is in Monday's close, and the day before has none.

    Raises
    ------
    ValueError
        If there is no session before it.
    """
    before = companies.filter(pl.col("day") < day)["day"].max()
    if not isinstance(before, int):
        raise ValueError(f"there is no session before day {day}")
    return before


def stretch(companies: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    """Return a row a firm: its first and last session in a stretch of days, side by side.

    Parameters
    ----------
    companies : polars.DataFrame
        The ``companies`` table of a run.
    first, last : int
        Days of the run, both included. Firms founded later are left out.

    Returns
    -------
    polars.DataFrame
        ``company``, ``coin``; ``share``, ``asset``, ``mnav_change`` (log changes of the share, of a
        coin and of mNAV; none where a firm has failed); ``mnav``, ``failed`` at the end.
    """
    rows = companies.filter((pl.col("day") >= first) & (pl.col("day") <= last)).sort("day")
    ends = rows.group_by("company", maintain_order=True).agg(
        pl.col("day").first().alias("begins"),
        pl.col("coin").first(),
        (pl.col("price").last() / pl.col("price").first()).log().alias("share"),
        (pl.col("coin_price").last() / pl.col("coin_price").first()).log().alias("asset"),
        (pl.col("mnav").last() / pl.col("mnav").first()).log().alias("mnav_change"),
        pl.col("mnav").last(),
        pl.col("failed").last(),
        pl.col("scandals").last(),
    )
    return ends.filter(pl.col("begins") == pl.col("begins").min()).drop("begins")


def falls(companies: pl.DataFrame, first: int, last: int) -> Mapping[str, float]:
    """Return how far shares and their coins fell in a stretch of days.

    Returns
    -------
    Mapping
        ``share_fall``, ``coin_fall``: medians over firms, parts of the price. ``excess``: median of
        what the share fell further, ``beyond``: the same in BTC firms and ``beyond_other`` in
        others, ``gap``: by how much others' shares fell further. ``fell_more``: share of firms that
        fell more than their coin. ``ratio``: median share fall over median coin fall, NaN where
        coins did not fall. ``mnav``: median at the end.
    """
    table = stretch(companies, first, last)
    share, coin = (1.0 - np.exp(table[name].to_numpy()) for name in ("share", "asset"))
    of_btc = (table["coin"] == "BTC").to_numpy()
    excess = share - coin
    share_fall, coin_fall = _median(share), _median(coin)
    return {
        "share_fall": share_fall,
        "coin_fall": coin_fall,
        "excess": _median(excess),
        "beyond": _median(excess[of_btc]),
        "beyond_other": _median(excess[~of_btc]),
        "gap": _median(share[~of_btc]) - _median(share[of_btc]),
        "fell_more": float(np.mean(excess > 0.0)) if len(excess) else math.nan,
        "ratio": share_fall / coin_fall if coin_fall > 0.0 else math.nan,
        "mnav": _median(table["mnav"].to_numpy()),
    }


def _median(values: NDArray[np.float64]) -> float:
    return float(np.median(values)) if len(values) else math.nan


def share_betas(companies: pl.DataFrame, first: int, last: int) -> NDArray[np.float64]:
    """Return each firm's beta to its coin, of five sessions' log returns that overlap."""
    rows = companies.filter((pl.col("day") >= first) & (pl.col("day") <= last)).sort("day")
    betas = []
    for (_,), firm in rows.group_by("company", maintain_order=True):
        share, coin = (np.log(firm[name].to_numpy()) for name in ("price", "coin_price"))
        if len(share) <= 2 * CLOSED:
            continue
        y, x = share[CLOSED:] - share[:-CLOSED], coin[CLOSED:] - coin[:-CLOSED]
        x, y = x - x.mean(), y - y.mean()
        betas.append(float(np.dot(x, y)) / max(float(np.dot(x, x)), TINY))
    return np.array(betas)


def net_buying(companies: pl.DataFrame, first: int, last: int) -> float:
    """Return what firms put into coins in a stretch of days, less what they took out, USD."""
    return _added(companies, pl.col("bought") - pl.col("sold_for"), first, last)


def money_in(companies: pl.DataFrame, first: int, last: int) -> float:
    """Return what shareholders brought in a stretch of days, at markets and in placements, USD."""
    return _added(companies, pl.col("raised"), first, last)


def founded(companies: pl.DataFrame, first: int, last: int) -> int:
    """Return how many firms have their first session in a stretch of days, both ends included.

    Who is founded on a weekend has it on the Monday after.
    """
    begins = companies.group_by("company").agg(pl.col("day").min())["day"]
    return int(begins.is_between(first, last).sum())


def _end(companies: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the run's last session."""
    return companies.filter(pl.col("day") == companies["day"].max())


def spent_on_buybacks(companies: pl.DataFrame) -> float:
    """Return what firms with a session at the end have spent on their own shares, USD."""
    return float(_end(companies)["returned"].sum())


def end_mnav(companies: pl.DataFrame, company: str) -> float:
    """Return the mNAV of a firm at the last session."""
    return float(_end(companies).filter(pl.col("company") == company)["mnav"][0])


def newcomers(companies: pl.DataFrame) -> int:
    """Return how many firms have a session that did not exist when the run began."""
    return companies.filter(pl.col("company").str.starts_with("NEW"))["company"].n_unique()


def held(companies: pl.DataFrame, coin: str, day: int) -> float:
    """Return how many of a coin all firms held at the last session up to a day."""
    rows = companies.filter((pl.col("coin") == coin) & (pl.col("day") <= day)).sort("day")
    return float(
        rows.group_by("company", maintain_order=True).agg(pl.col("coins").last())["coins"].sum()
    )


def _added(companies: pl.DataFrame, counted: pl.Expr, first: int, last: int) -> float:
    """Return by how much what is counted since the start grew in a stretch, all firms together."""
    total = 0.0
    counts = companies.sort("day").select("company", "day", counted.alias("counted"))
    for (_,), firm in counts.group_by("company", maintain_order=True):
        days, count = firm["day"].to_numpy(), firm["counted"].to_numpy()
        before, during = count[days < first], count[days <= last]
        if len(during):
            total += float(during[-1]) - (float(before[-1]) if len(before) else 0.0)
    return total


def issuance_tilt(companies: pl.DataFrame, turn: int, length: int) -> float:
    """Return net buying in the days up to a turn less that in as many days after it, bn USD."""
    before = net_buying(companies, turn - length, turn - 1)
    return (before - net_buying(companies, turn, turn + length - 1)) / 1e9


def placement_returns(companies: pl.DataFrame, first: int, days: int) -> NDArray[np.float64]:
    """Return what investors of each placement had so many days after it, over what they paid.

    That is what they got for shares that they had sold by then, and what the others were worth at
    that session's price, less 1. So an investor who may sell is held against one who may not.

    Parameters
    ----------
    companies : polars.DataFrame
        The ``companies`` table of a run.
    first : int
        Day of the run from which on placements count.
    days : int
        From a placement on; a weekend's is read at the next session. Placements that are younger at
        the end of the run do not count.
    """
    placed = companies.filter((pl.col("placed_on") >= first) & (pl.col("placed") > 0)).sort("day")
    found = []
    for (_,), firm in placed.group_by("company", maintain_order=True):
        then = firm.filter(pl.col("day") >= pl.col("placed_on") + days).head(1)
        for row in then.iter_rows(named=True):
            had = row["placed_got"] + row["unsold"] * row["price"]
            found.append(had / (row["placed"] * row["placed_at"]) - 1.0)
    return np.array(found)


def placements(companies: pl.DataFrame, first: int, days: int) -> Mapping[str, float]:
    """Return what investors of placements made of them so many days later.

    Returns
    -------
    Mapping
        ``placement``: mean of `placement_returns`; ``heavy``: part of them that lost more than
        30 %. Where nobody placed anything nobody lost anything: both are 0.
    """
    placed = placement_returns(companies, first, days)
    if not len(placed):
        return {"placement": 0.0, "heavy": 0.0}
    return {"placement": float(placed.mean()), "heavy": float((placed < HEAVY).mean())}


def households(companies: pl.DataFrame, first: int, last: int, ticket: float) -> float:
    """Return how many households bought shares in a stretch and have a loss at its end, millions.

    Each session's net purchase of a firm's shares is that of so many households with one ticket
    each, at the session's price; those who bought last sell first.
    """
    losers = 0.0
    rows = companies.filter((pl.col("day") >= first) & (pl.col("day") <= last)).sort("day")
    for (_,), firm in rows.group_by("company", maintain_order=True):
        net = (firm["retail_bought"] - firm["retail_sold"]).diff().fill_null(0.0).to_numpy()
        prices = firm["price"].to_numpy()
        stack: list[tuple[float, float]] = []  # price, shares
        for price, money in zip(prices, net, strict=True):
            shares = money / price
            if shares > 0.0:
                stack.append((price, shares))
            while shares < 0.0 and stack:
                paid, held = stack.pop()
                left = held + shares
                shares = min(0.0, left)
                if left > 0.0:
                    stack.append((paid, left))
        end = float(prices[-1])
        losers += sum(paid * held for paid, held in stack if paid > end) / ticket
    return losers / 1e6


def lenders(companies: pl.DataFrame, first: int, last: int) -> Mapping[str, float]:
    """Return what firms' lenders lost and had sold in a stretch of days, both included.

    Returns
    -------
    Mapping
        ``lender_loss``: what they wrote off; ``forced``: sales of coins for them (bn USD).
    """
    rows = companies.filter((pl.col("day") >= first) & (pl.col("day") <= last)).sort("day")
    ends = rows.group_by("company", maintain_order=True).agg(
        (pl.col("written_off").last() - pl.col("written_off").first()).alias("lost"),
        (pl.col("forced").last() - pl.col("forced").first()).alias("forced"),
    )
    return {
        "lender_loss": float(ends["lost"].sum()) / 1e9,
        "forced": float(ends["forced"].sum()) / 1e9,
    }
