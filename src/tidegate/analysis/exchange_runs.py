"""What a robbery did: who left the exchanges, who paid, who failed, and what funds lost.

``deposits`` is a frame with a row per tick and exchange, ``etf_holders`` one with a row a session,
as `Market.frames()` returns them.
"""

from __future__ import annotations

import datetime as dt
import math

import polars as pl

__all__ = ["asked", "at", "failed", "fund_flows", "group_gap", "new_owners", "outside", "regained"]

DAY = 86_400
BILLION = 1e9


def at(deposits: pl.DataFrame, day: float) -> pl.DataFrame:
    """Return the last row of every exchange up to a day."""
    rows = deposits.filter(pl.col("seconds") <= day * DAY)
    return rows.filter(pl.col("seconds") == rows["seconds"].max())


def asked(deposits: pl.DataFrame, first: float, last: float) -> float:
    """Return what clients of all exchanges asked for between two days, bn USD."""
    total = pl.col("asked_native") + pl.col("asked_traditional")
    after, before = (at(deposits, day).select(total.sum()).item() for day in (last, first))
    return float(after - before) / BILLION


def failed(deposits: pl.DataFrame, day: float) -> float:
    """Return 1 if any exchange has failed by a day, else 0."""
    return float(at(deposits, day)["failed"].any())


def group_gap(deposits: pl.DataFrame, first: float, last: float) -> float:
    """Return the share of claims that traditional clients asked for, less that of natives."""
    before, after = at(deposits, first), at(deposits, last)
    shares = [
        float((after[f"asked_{group}"] - before[f"asked_{group}"]).sum())
        / float(before[f"claims_{group}"].sum())
        for group in ("traditional", "native")
    ]
    return shares[0] - shares[1]


def outside(deposits: pl.DataFrame, day: float) -> float:
    """Return 1 if anybody but the exchanges themselves had paid by a day, else 0."""
    rows = at(deposits, day)
    paid = rows["borrowed"].any() or (rows["given"] + rows["raised"]).sum() > 0
    return float(paid)


def new_owners(deposits: pl.DataFrame, day: float) -> float:
    """Return the share of a firm that new shareholders got, the largest of all exchanges."""
    return float(at(deposits, day)["sold"].max())  # type: ignore[arg-type]


def regained(deposits: pl.DataFrame, day: float) -> float:
    """Return what law brought back of what was stolen; NaN if nothing was."""
    rows = at(deposits, day)
    stolen = float(rows["stolen"].sum())
    return float(rows["recovered"].sum()) / stolen if stolen else math.nan


def fund_flows(holders: pl.DataFrame, start: dt.date, first: int, last: int) -> dict[str, float]:
    """Return what left a listed fund in the sessions of days ``first <= day < last``, bn USD.

    Parameters
    ----------
    holders
        The table ``etf_holders``.
    start
        Day 0 of the run.
    first, last
        Days of the run.

    Returns
    -------
    dict
        ``fund_outflow``: what holders sold more than they bought; ``feared`` and ``carried``: what
        of that they wanted to sell out of fear, and as basis traders.
    """
    day = (pl.col("date") - start).dt.total_days()
    rows = holders.filter((day >= first) & (day < last))
    names = {"fund_outflow": "done", "feared": "feared", "carried": "carried"}
    return {name: -float(rows[column].sum()) / BILLION for name, column in names.items()}
