"""What common random numbers earn: how much better pairs tell arms apart than separate runs.

Arms of a study share their noise, so what differs between the runs of a seed is the treatment.
Had each arm noise of its own, the standard error of an effect would be that of a difference of
two independent means. The ratio of the two is what sharing earns: at 3 it takes nine times fewer
seeds to see the same effect.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import polars as pl

from tidegate.analysis.contrast import ALPHA, Floats, effect_bound, paired_differences
from tidegate.analysis.scales import Scale

__all__ = ["POWER", "Gain", "gain", "gains_over_time", "pairs_needed"]

POWER = 0.8


@dataclass(frozen=True, slots=True)
class Gain:
    """What pairing earned for one contrast.

    Parameters
    ----------
    pairs
        Seeds with a value in both arms.
    spread
        Standard deviation of the paired differences, on the scale of the metric.
    ratio
        Standard error with independent runs over that with common noise; infinite where all
        pairs agree, NaN where neither arm varies.
    """

    pairs: int
    spread: float
    ratio: float


def gain(treated: Floats, control: Floats, scale: Scale = Scale.LEVEL) -> Gain:
    """Return what pairing earned for `treated` against `control`, one value a seed each."""
    differences, _ = paired_differences(treated, control, scale)
    present = np.isfinite(treated) & np.isfinite(control)
    arms = [np.asarray(values, dtype=np.float64)[present] for values in (treated, control)]
    if scale is Scale.LOG:
        arms = [np.log(values) for values in arms]
    if differences.size < 2:
        return Gain(int(differences.size), math.nan, math.nan)
    apart = math.sqrt(sum(float(values.var(ddof=1)) for values in arms))
    together = float(differences.std(ddof=1))
    # Rounding leaves a trace of spread where every pair agrees.
    size = max(float(np.abs(values).max()) for values in arms)
    if together <= 1e-12 * size:
        return Gain(int(differences.size), 0.0, math.inf if apart > 1e-12 * size else math.nan)
    return Gain(int(differences.size), together, apart / together)


def pairs_needed(
    spread: float, delta: float, scale: Scale, *, rows: int = 1, power: float = POWER
) -> int:
    """Return the pairs with which an effect of twice `delta` is found to matter.

    The interval of an effect of twice delta must lie beyond delta, which asks for as many pairs
    as telling delta from nothing does.

    Parameters
    ----------
    spread
        Standard deviation of the paired differences.
    delta, scale
        Smallest effect that matters, and the scale that it is on.
    rows
        Claims of the family: Holm's strictest level is 5 % over their number.
    power
        How often the effect must be found.

    Notes
    -----
    The normal approximation, and two pairs more for the spread being estimated.
    """
    if not spread >= 0.0:
        raise ValueError(f"spread is {spread}; it must be 0 or more")
    if not delta > 0.0:
        raise ValueError(f"delta is {delta}; it must be above 0")
    normal = NormalDist()
    reach = normal.inv_cdf(1 - ALPHA / (2 * rows)) + normal.inv_cdf(power)
    return math.ceil((reach * spread / effect_bound(delta, scale)) ** 2) + 2


def gains_over_time(
    paths: pl.DataFrame, series: str, arm: str, control: str, days: Sequence[float]
) -> Iterator[tuple[float, Gain]]:
    """Yield, for the last record up to each of some days, what pairing earned for a series.

    Parameters
    ----------
    paths
        Columns seed, arm, day and the series. Positive series are compared in logs.
    series, arm, control
        Column, and the two arms.
    days
        From the announcement.
    """
    for day in days:
        values = _values_at(paths, series, (arm, control), day)
        one, other = values[arm], values[control]
        both = np.concatenate([one, other])
        positive = bool(both.size) and bool((both[np.isfinite(both)] > 0).all())
        yield day, gain(one, other, Scale.LOG if positive else Scale.LEVEL)


def _values_at(
    paths: pl.DataFrame, series: str, arms: Sequence[str], day: float
) -> Mapping[str, Floats]:
    """Return a series of each arm at a day, one value a seed; NaN where a run has none."""
    last = (
        paths.filter(pl.col("arm").is_in(list(arms)), pl.col("day") <= day)
        .sort("seed", "arm", "day")
        .group_by("seed", "arm", maintain_order=True)
        .agg(pl.col(series).last())
        .pivot(on="arm", index="seed", values=series)
    )
    nothing = np.full(last.height, math.nan)
    return {
        arm: last[arm].cast(pl.Float64).fill_null(math.nan).to_numpy()
        if arm in last.columns
        else nothing
        for arm in arms
    }
