"""What the route by which states hold coins costs them: theft, freezes, exits, time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

__all__ = ["adoption_wait", "custody_losses", "exit_costs"]

WORST = 0.05  # share of states that are the worst off
YEAR_DAYS = 365.0


def exit_costs(exits: pl.DataFrame, situations: Sequence[str]) -> Mapping[str, float]:
    """Return what exits cost and how long they took, by situation.

    Parameters
    ----------
    exits : polars.DataFrame
        The ``exits`` table of a run.
    situations : sequence of str
        Those to measure.

    Returns
    -------
    Mapping
        ``cost_<situation>``: mean share of the worth at the decision that was not realised, what
        was not sold counting at its price at the limit; ``risk_<situation>``: its standard
        deviation from exit to exit; ``delay_<situation>``: mean hours from the decision to the
        sale. NaN where there were too few exits.
    """
    cost = 1.0 - (pl.col("proceeds") + pl.col("unsold")) / pl.col("worth")
    found: dict[str, float] = {}
    for name in situations:
        rows = exits.filter(pl.col("situation") == name).select(cost.alias("cost"), "hours")
        costs, hours = rows["cost"].to_numpy(), rows["hours"].to_numpy()
        some = rows.height > 0
        found[f"cost_{name}"] = float(costs.mean()) if some else math.nan
        found[f"risk_{name}"] = float(costs.std(ddof=1)) if rows.height > 1 else math.nan
        found[f"delay_{name}"] = float(hours.mean()) if some else math.nan
    return found


def custody_losses(states: pl.DataFrame, held: float) -> Mapping[str, float]:
    """Return what states lost of coins that they held from the start.

    Parameters
    ----------
    states : polars.DataFrame
        Rows of those states in the ``states`` table of a run.
    held : float
        Coins that each had, directly or behind shares.

    Returns
    -------
    Mapping
        ``lost``: mean share that was lost by the end; ``worst``: the mean over the worst-off
        twentieth of states; ``barred`` and ``barred_worst``: likewise of what was lost or frozen.
    """
    end = states.filter(pl.col("day") == pl.col("day").max())
    lost = 1.0 - end["gathered"].to_numpy() / held
    barred = lost + end["frozen_etf"].to_numpy() / held
    found: dict[str, float] = {}
    for name, shares in (("lost", lost), ("barred", barred)):
        worst = max(1, math.ceil(WORST * len(shares)))
        found[name] = float(shares.mean())
        found["worst" if name == "lost" else "barred_worst"] = float(
            np.sort(shares)[-worst:].mean()
        )
    return found


def adoption_wait(states: pl.DataFrame, start: int, end: int) -> Mapping[str, float]:
    """Return how long states that had no reserve waited to adopt one.

    Parameters
    ----------
    states : polars.DataFrame
        Their rows in the ``states`` table of a run.
    start, end : int
        Days from which waiting counts, and at which it ends for those who have not adopted.

    Returns
    -------
    Mapping
        ``wait``: mean years; ``adopted``: share that has adopted by the end.
    """
    moved = pl.col("day").filter(pl.col("phase") != "idle").min()
    first = states.filter(pl.col("day") < end).group_by("state").agg(moved.alias("first"))["first"]
    waits = first.fill_null(end).clip(start, end) - start
    return {
        "wait": float(waits.to_numpy().mean()) / YEAR_DAYS,
        "adopted": 1.0 - first.null_count() / len(first),
    }
