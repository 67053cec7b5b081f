"""What credit against coins did: how much is lent, what was sold for it, who could not pay.

``credit`` is a frame with a row per tick and lender: ``seconds``, ``house`` and ``lender`` (a house
bears the losses of all lenders of its name), ``stock`` (USD lent at the moment), and since the
start of the run ``drawn``, ``repaid``, ``liquidated`` (repaid out of sales), ``sold`` (brought by
these sales), ``bad_debt`` and ``passed_on`` (lost through houses that failed), all USD; ``failed``,
and ``defaults``, the number of loans that ended in a loss. Without lenders it is empty, and
all sums are 0.
"""

from __future__ import annotations

import math

import polars as pl

__all__ = ["failed_share", "loan_stock", "mean_haircut", "since", "stock_change", "stock_path"]


def _at(credit: pl.DataFrame, second: float) -> pl.DataFrame:
    """Return the last record of every lender up to a second."""
    rows = credit.filter(pl.col("seconds") <= second)
    return rows.filter(pl.col("seconds") == pl.col("seconds").max())


def loan_stock(credit: pl.DataFrame, second: float) -> float:
    """Return what is lent at the last record up to a second, USD."""
    return float(_at(credit, second)["stock"].sum())


def stock_change(credit: pl.DataFrame, start: float, end: float) -> float:
    """Return the change of what is lent, log; NaN if nothing is."""
    before, after = loan_stock(credit, start), loan_stock(credit, end)
    return math.log(after / before) if before > 0 and after > 0 else math.nan


def since(credit: pl.DataFrame, column: str, start: float, end: float) -> float:
    """Return by how much a column that only grows did so from `start` to `end`, all lenders."""
    return float(_at(credit, end)[column].sum()) - float(_at(credit, start)[column].sum())


def failed_share(credit: pl.DataFrame, start: float, end: float) -> float:
    """Return the share of what was lent at `start` that was by houses that failed by `end`."""
    before = _at(credit, start).select("lender", lent="stock")
    total = float(before["lent"].sum())
    gone = _at(credit, end).filter("failed").join(before, on="lender")
    return float(gone["lent"].sum()) / total if total else 0.0


def stock_path(credit: pl.DataFrame) -> pl.DataFrame:
    """Return what is lent by time, over what was at the first record: ``seconds``, ``stock``."""
    path = (
        credit.group_by("seconds", maintain_order=True).agg(pl.col("stock").sum()).sort("seconds")
    )
    return path.with_columns(pl.col("stock") / pl.col("stock").first())


def mean_haircut(credit: pl.DataFrame) -> pl.DataFrame:
    """Return the mean haircut of secured loans by time, weighted by stock: seconds, haircut.

    The table needs a column ``haircut``, that of a spot market's lenders; unsecured ones have 0.
    """
    secured = credit.filter(pl.col("haircut") > 0.0)
    weighted = (pl.col("haircut") * pl.col("stock")).sum() / pl.col("stock").sum()
    return (
        secured.group_by("seconds", maintain_order=True)
        .agg(weighted.alias("haircut"))
        .sort("seconds")
    )
