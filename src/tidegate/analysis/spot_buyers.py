"""What a buyer on spot made of its money in a crash, from the ``buyers`` table of a run."""

from __future__ import annotations

import math

import polars as pl

from tidegate.analysis import crash

__all__ = ["outlay_and_gain"]


def outlay_and_gain(buyers: pl.DataFrame, bars: pl.DataFrame) -> tuple[float, float]:
    """Return what the only buyer of a run has spent, and what it gained by the end.

    Parameters
    ----------
    buyers : polars.DataFrame
        The ``buyers`` table of a run with one buyer, or with none.
    bars : polars.DataFrame
        The ``bars`` table.

    Returns
    -------
    tuple of float
        USD, and its coins' worth at the end over that, less 1; NaN if it bought nothing.
    """
    if not buyers.height:
        return 0.0, math.nan
    last = buyers.row(-1, named=True)
    path = crash.index(bars, last["coin"])
    worth = last["bought"] * float(path["price"][-1])
    return last["spent"], worth / last["spent"] - 1.0 if last["spent"] else math.nan
