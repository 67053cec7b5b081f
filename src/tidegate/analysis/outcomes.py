"""The outcome of a sweep at each of its points, and how it goes with one parameter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidegate.analysis.contrast import (
    Direction,
    decide,
    effect_bound,
    paired_differences,
    studentised_interval,
)
from tidegate.analysis.scales import Scale

__all__ = ["Outcome", "by_parameter", "noise_share", "overall", "point_outcomes"]

BINS: Final = 6
_ROUNDING: Final = 1e-12  # of two numbers: a difference no larger is none

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is asked of every point.

    Parameters
    ----------
    metric, arm
        The metric of an arm.
    control
        Arm from which the effect is measured; without one the outcome is the metric itself.
    scale
        Of the effect.
    delta
        The smallest effect that matters, to count effects in; None leaves them as they are.
    """

    metric: str
    arm: str
    control: str | None = None
    scale: Scale = Scale.LEVEL
    delta: float | None = None

    def __post_init__(self) -> None:
        if self.control == self.arm:
            raise ValueError(
                f"the control of {self.metric} is {self.control!r}, the arm itself; it must be "
                "another arm"
            )
        if self.delta is not None and self.control is None:
            raise ValueError(f"delta of {self.metric} is {self.delta:g}, but there is no control")

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms whose runs it needs."""
        return (self.arm,) if self.control is None else (self.arm, self.control)

    @property
    def title(self) -> str:
        """The outcome in a few words."""
        if self.control is None:
            return f"{self.metric} of {self.arm}"
        effect = f"effect on {self.metric}, {self.arm} against {self.control}"
        if self.delta is not None:
            return f"{effect}, over the smallest that matters"
        return effect + (", log ratio" if self.scale is Scale.LOG else "")


def point_outcomes(results: pl.DataFrame, outcome: Outcome, seeds: Sequence[int]) -> pl.DataFrame:
    """Return the outcome of each point: its mean over the same seeds at all of them.

    Parameters
    ----------
    results
        A row a point, seed, arm and metric, with columns of these names and `value`.
    outcome
        What is asked.
    seeds
        Those every point must have; one that lacks a value of any of them has no outcome.

    Returns
    -------
    polars.DataFrame
        `point`, `value`, and `spread`, the variance among seeds of what is left when the mean of
        each seed over all points is taken off (null of one seed); a row a point with an outcome,
        in the order of points.
    """
    runs = results.filter(metric=outcome.metric).filter(
        pl.col("seed").is_in(list(seeds)) & pl.col("value").is_finite()
    )
    treated = runs.filter(arm=outcome.arm).select("point", "seed", "value")
    if outcome.control is not None:
        control = runs.filter(arm=outcome.control).select("point", "seed", control="value")
        pairs = treated.join(control, on=["point", "seed"])
        differences, _ = paired_differences(pairs["value"], pairs["control"], outcome.scale)
        differences = _without_noise(differences, pairs, outcome.scale)
        unit = 1.0 if outcome.delta is None else effect_bound(outcome.delta, outcome.scale)
        treated = pairs.with_columns(value=pl.Series(differences / unit, dtype=pl.Float64))
    left = pl.col("value") - pl.col("value").mean().over("seed")
    return (
        treated.sort("point", "seed")  # sums in a fixed order give the same last bit
        .with_columns(left=left)
        .group_by("point", maintain_order=True)
        .agg(pl.len().alias("runs"), pl.mean("value"), pl.var("left").alias("spread"))
        .filter(pl.col("runs") == len(seeds))
        .select("point", "value", "spread")
    )


def _without_noise(differences: Floats, pairs: pl.DataFrame, scale: Scale) -> Floats:
    """Return differences with those that rounding alone leaves as 0."""
    sizes = pairs.select(pl.max_horizontal(pl.col("value").abs(), pl.col("control").abs()))
    of = 1.0 if scale is Scale.LOG else sizes.to_series().to_numpy()
    return np.where(np.abs(differences) <= _ROUNDING * of, 0.0, differences)


def noise_share(outcomes: pl.DataFrame, seeds: int) -> float:
    """Return how much of the variance among points is chance: other seeds would deal it anew.

    What a seed adds to all points alike is none of it. It is NaN of one seed, which shows no
    chance. Indices cannot tell it from interactions.
    """
    among = outcomes["value"].var()
    if seeds < 2 or not isinstance(among, float) or among == 0:
        return math.nan
    spread = outcomes["spread"].mean()
    return min(spread / seeds / among, 1.0) if isinstance(spread, float) else math.nan


def by_parameter(
    points: pl.DataFrame,
    outcomes: pl.DataFrame,
    name: str,
    direction: Direction,
    *,
    block: int = 1,
    bins: int = BINS,
) -> pl.DataFrame:
    """Return the effect, over the smallest that matters, by ranges of one parameter.

    Parameters
    ----------
    points
        Columns `point` and one a parameter.
    outcomes
        As of `point_outcomes`, of an outcome with a delta.
    name
        The parameter.
    direction
        What the claim says.
    block
        Points of the design that are not drawn independently: an interval is of the means of
        blocks.
    bins
        Ranges, each with as many points; a parameter with no more values than that has a row a
        value.

    Returns
    -------
    polars.DataFrame
        `from` and `to`, the ends of the range (text where the parameter is), `points`, `effect`,
        `low` and `high`, the 95 % interval of its mean over the ranges of all other parameters,
        and the `verdict` that this interval gives.
    """
    known = points.select("point", at=_plain(points[name]), block=pl.col("point") // block)
    known = known.join(outcomes.select("point", "value"), on="point", maintain_order="left")
    known = known.with_columns(bin=_bins(known["at"], bins))
    rows = [
        {
            "from": mine["at"].min(),
            "to": mine["at"].max(),
            **_mean_effect(mine, direction),
        }
        for (_,), mine in known.sort("bin", "point").group_by("bin", maintain_order=True)
    ]
    return pl.DataFrame(rows)


def overall(outcomes: pl.DataFrame, direction: Direction, *, block: int = 1) -> pl.DataFrame:
    """Return the effect over all points as one row, with the columns of `by_parameter`.

    The ends of the range are left out; `beyond` is the share of points whose own effect is larger
    than the smallest that matters, on either side.
    """
    known = outcomes.with_columns(block=pl.col("point") // block)
    beyond = float((outcomes["value"].abs() > 1).to_numpy().mean())
    return pl.DataFrame([{**_mean_effect(known, direction), "beyond": beyond}])


def _mean_effect(known: pl.DataFrame, direction: Direction) -> dict[str, object]:
    """Return the mean effect of some points, its interval and verdict."""
    means = known.group_by("block", maintain_order=True).agg(pl.mean("value"))["value"]
    interval = studentised_interval(means)
    return {
        "points": known.height,
        "effect": float(means.to_numpy().mean()),
        "low": interval.low,
        "high": interval.high,
        "verdict": decide(interval, 1.0, direction).value,
    }


def _plain(values: pl.Series) -> pl.Series:
    """Return values that can be ordered: numbers as they are, all else as text."""
    if values.dtype.is_numeric():
        return values
    return pl.Series(values.name, [str(value) for value in values])


def _bins(values: pl.Series, bins: int) -> pl.Series:
    """Return the bin of each value: ranges of equal counts, or the values where they are few."""
    if not values.dtype.is_numeric() or values.n_unique() <= bins:
        return values.rank("dense").cast(pl.Int64)
    edges = np.quantile(values.to_numpy(), np.linspace(0, 1, bins + 1)[1:-1])
    return pl.Series(np.searchsorted(edges, values.to_numpy(), side="right"), dtype=pl.Int64)
