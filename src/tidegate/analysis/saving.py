"""What became of savers and plans: take-up, panic, what coins did to whom, from a run's tables.

Tables are those of a population of plans (docs/plans.md): ``plans`` by day, ``sponsors`` and
``savers`` by month. A month is the number of month ends since the start of the run.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection

import numpy as np
import polars as pl

from tidegate.analysis.inequality import gini
from tidegate.analysis.portfolio import money_weighted_return

__all__ = [
    "closed_share",
    "coin_share",
    "coins_of_plans",
    "holders_result",
    "holders_weight",
    "listing_on",
    "money_weighted",
    "month_of",
    "savings_share",
    "scared_share",
    "wealth_gini",
]

MONTHS = 12


def month_of(start: dt.date, day: int) -> int:
    """Return the number of month ends between the start and the end of a day of the run."""
    date = start + dt.timedelta(days=day + 1)
    return MONTHS * (date.year - start.year) + date.month - start.month


def _at(savers: pl.DataFrame, month: int, cohorts: Collection[str] | None = None) -> pl.DataFrame:
    rows = savers.filter(pl.col("month") == month)
    return rows if cohorts is None else rows.filter(pl.col("cohort").is_in(list(cohorts)))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else 0.0


def _total(rows: pl.DataFrame, *names: str) -> float:
    return float(sum(int(rows[name].sum()) for name in names))


def coin_share(savers: pl.DataFrame, month: int) -> float:
    """Return the share of all savings that is in coins."""
    rows = _at(savers, month)
    coins = _total(rows, "coins_usd")
    return _ratio(coins, coins + _total(rows, "money_usd"))


def savings_share(savers: pl.DataFrame, month: int, cohorts: Collection[str]) -> float:
    """Return the share of all savings, coins included, that some cohorts have."""
    whole = _total(_at(savers, month), "coins_usd", "money_usd")
    return _ratio(_total(_at(savers, month, cohorts), "coins_usd", "money_usd"), whole)


def scared_share(savers: pl.DataFrame, month: int) -> float:
    """Return the share of those who took the route whom a fall has scared off, by money."""
    rows = _at(savers, month)
    return _ratio(_total(rows, "scared_usd"), _total(rows, "takers_usd", "scared_usd"))


def holders_weight(savers: pl.DataFrame, month: int) -> float:
    """Return the weight of coins in the savings of those who hold them."""
    rows = _at(savers, month)
    return _ratio(_total(rows, "coins_usd"), _total(rows, "takers_usd"))


def holders_result(
    savers: pl.DataFrame, month: int, cohorts: Collection[str] | None = None
) -> float:
    """Return what coins have brought those who took the route, scared off or not.

    It is the coins' value less all that was paid for them, net, over all that those savers have.
    """
    rows = _at(savers, month, cohorts)
    gained = _total(rows, "coins_usd") - _total(rows, "paid_usd")
    return _ratio(gained, _total(rows, "takers_usd", "scared_usd"))


def money_weighted(savers: pl.DataFrame, month: int) -> float:
    """Return the yearly log return of all money put into coins until a month; NaN without any."""
    totals = (
        savers.filter(pl.col("month") <= month)
        .group_by("month", maintain_order=True)
        .agg(pl.col("paid_usd", "coins_usd").sum())
        .sort("month")
    )
    if not totals.height or totals["coins_usd"][-1] <= 0:
        return math.nan
    flows = np.diff(totals["paid_usd"].to_numpy(), prepend=0)
    # What a month puts in is there from its end on, so the last month's counts for nothing.
    years = (month - totals["month"].to_numpy()) / MONTHS
    try:
        return money_weighted_return(
            [float(y) for y in years],
            [float(flow) for flow in flows],
            float(totals["coins_usd"][-1]),
        )
    except ValueError:  # so much was taken out on the way that no rate explains the rest
        return math.nan


def wealth_gini(
    savers: pl.DataFrame,
    month: int,
    *,
    holders: float,
    sizes: Collection[float],
    early_usd: float,
) -> float:
    """Return the Gini coefficient over savers and those who held coins before them.

    Parameters
    ----------
    savers, month
        Cohorts by wealth group, coins included.
    holders
        Heads of early holders, in groups of equal heads.
    sizes
        Mean wealth of each of their groups, against that of all.
    early_usd
        The wealth of early holders: their coins, and what plans have paid them for others.
    """
    rows = _at(savers, month).filter(pl.col("heads") > 0)
    heads = rows["heads"].to_numpy().astype(np.float64)
    worth = (rows["money_usd"] + rows["coins_usd"]).to_numpy() / heads
    early = np.array(list(sizes)) * (early_usd / holders)
    each = np.full(len(early), holders / len(early))
    return gini(np.concatenate([worth, early]), np.concatenate([heads, each]))


def listing_on(plans: pl.DataFrame, day: int) -> float:
    """Return the share of all plans' assets whose plans offer coins at the end of a day."""
    return float(plans.filter(pl.col("day") == day)["listing"].item())


def spent_on(plans: pl.DataFrame, day: int) -> float:
    """Return the USD that plans have paid for coins, less what they sold, by the end of a day."""
    return float(plans.filter(pl.col("day") == day)["invested"].item())


def closed_share(sponsors: pl.DataFrame, before: int, after: int) -> float:
    """Return the share of the plans that offered coins in one month and do not in a later one."""
    then, now = (
        sponsors.filter(pl.col("month") == month).sort("plan")["offers"].to_numpy()
        for month in (before, after)
    )
    return _ratio(float((then & ~now).sum()), float(then.sum()))


def coins_of_plans(plans: pl.DataFrame, day: int, *, lot: float, supply: float) -> float:
    """Return the share of all coins that plans hold at the end of a day.

    Parameters
    ----------
    plans : polars.DataFrame
        The ``plans`` table of a run.
    day : int
        Day of the run.
    lot, supply : float
        Coins per lot, and all there are.
    """
    return float(plans.filter(pl.col("day") == day)["lots"].item()) * lot / supply
