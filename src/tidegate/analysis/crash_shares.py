"""How what was liquidated and lost in a crash is shared out: among exchanges, and among accounts.

Frames are those of `tidegate.analysis.crash`. What accounts bear or have comes as a column beside
their table, a row an account, of all the real ones together that it stands for.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidegate.analysis import crash
from tidegate.analysis.inequality import decile_gains, gini

__all__ = [
    "gini_of",
    "herfindahl",
    "interest_by_exchange",
    "losses_of_liquidated",
    "share_of_small",
    "stakes",
]

Floats = NDArray[np.float64]


def herfindahl(parts: Iterable[float]) -> float:
    """Return the Herfindahl index of parts of a whole: 1 is all in one; NaN without a whole."""
    sizes = list(parts)
    whole = math.fsum(sizes)
    return math.fsum((size / whole) ** 2 for size in sizes) if whole else math.nan


def interest_by_exchange(exchanges: pl.DataFrame, second: float) -> dict[str, float]:
    """Return the open interest of one side by exchange, at the last record up to a second, USD."""
    names = sorted(exchanges["exchange"].unique().to_list())
    return {name: crash.open_interest(exchanges, second, exchange=name) for name in names}


def stakes(accounts: pl.DataFrame) -> Floats:
    """Return what accounts have staked, USD; none have less than nothing."""
    staked: Floats = np.maximum(accounts["stake"].to_numpy(), 0.0)
    return staked


def losses_of_liquidated(
    accounts: pl.DataFrame, events: pl.DataFrame, start: float, end: float
) -> Floats:
    """Return what each account lost if anything of it was liquidated, USD; 0 for the others."""
    hit = crash.wiped(accounts, events, start, end).select("exchange", "account", hit=True)
    rows = accounts.join(hit, on=["exchange", "account"], how="left", maintain_order="left")
    lost: Floats = np.maximum(-rows["profit"].to_numpy(), 0.0)
    return np.where(rows["hit"].fill_null(value=False).to_numpy(), lost, 0.0)


def share_of_small(accounts: pl.DataFrame, borne: Floats) -> float:
    """Return the share that the nine tenths of real accounts with the smallest stakes bear.

    Parameters
    ----------
    accounts : polars.DataFrame
        The accounts.
    borne : array
        What they bear or have, >= 0; NaN if nobody has any.
    """
    heads = accounts["accounts"].to_numpy().astype(float)
    whole = float(borne.sum())
    if not whole:
        return math.nan
    return 1.0 - float(decile_gains(stakes(accounts) / heads, heads, borne / heads)[-1]) / whole


def gini_of(accounts: pl.DataFrame, borne: Floats) -> float:
    """Return the Gini coefficient of what real accounts bear or have; NaN if nobody has any."""
    heads = accounts["accounts"].to_numpy().astype(float)
    return gini(borne / heads, heads) if borne.sum() else math.nan
