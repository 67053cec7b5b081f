"""What states did with their reserves, from the ``states`` table of a run: a row per state and day.

The states of a run may have plans of different dates; shares are of their number, and money is
summed over them.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

__all__ = ["frozen_share", "granted", "on_time", "placed", "sold", "worst_loss"]

GIVEN_UP = ("liquidating", "closed")


def placed(states: pl.DataFrame) -> float:
    """Return what has been committed to purchases by the end, USD."""
    return float(_last(states)["deployed"].sum())


def on_time(states: pl.DataFrame, due: Mapping[str, int]) -> float:
    """Return the share of plans that were being carried out at the end of the day they were due.

    Parameters
    ----------
    states
        The table.
    due
        Day of the run on which each state's plan is due, by its code; at least one.
    """
    dates = pl.DataFrame({"state": list(due), "day": list(due.values())})
    rows = states.join(dates, on=("state", "day"), how="semi")
    return float((rows["phase"] == "buying").sum()) / len(due)


def sold(states: pl.DataFrame) -> float:
    """Return the share of states that had given their reserve up, or were about to, by the end."""
    return float(_last(states)["phase"].is_in(GIVEN_UP).mean())  # type: ignore[arg-type]


def granted(states: pl.DataFrame, first: int) -> float:
    """Return what treasuries have paid in since a day, beyond proceeds of crime, USD.

    Parameters
    ----------
    states
        The table, of states whose proceeds of crime come in cash and who buy coins alone.
    first
        The last day before.
    """
    before, last = states.filter(pl.col("day") == first), _last(states)
    received, seized = (
        float(last[name].sum()) - float(before[name].sum()) for name in ("received", "seized")
    )
    return received - seized


def worst_loss(states: pl.DataFrame, first: int) -> float:
    """Return the largest paper loss of a day after `first` over what was paid by then."""
    days = (
        states.filter(pl.col("day") > first)
        .group_by("day")
        .agg(pl.col("loss", "cost").sum())
        .filter(pl.col("cost") > 0)
    )
    worst = (days["loss"] / days["cost"]).max()
    return float(worst) if isinstance(worst, float) else 0.0


def frozen_share(states: pl.DataFrame) -> float:
    """Return the share of foreign exchange that is frozen at the end; 0 where there is none."""
    last = _last(states)
    frozen = float(last["frozen_fx"].sum())
    total = frozen + float(last["fx"].sum())
    return frozen / total if total else 0.0


def _last(states: pl.DataFrame) -> pl.DataFrame:
    return states.filter(pl.col("day") == pl.col("day").max())
