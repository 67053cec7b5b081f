"""How well a calibration knows its parameters, and how well its model covers the data.

Intervals come from the delta method: small errors of the data's moments move the minimum of the
loss by the Jacobian's pseudo-inverse. Bands that bind hold the minimum as well, and so narrow the
intervals; a parameter that the moments do not tell apart from others has a wide one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from tidegate.analysis.calibration import PRICE, Assessment
from tidegate.analysis.ecologies import Ecology, Free
from tidegate.analysis.moments import NAMES, Targets, comparable

__all__ = [
    "Coverage",
    "Interval",
    "Jacobian",
    "coverage",
    "intervals",
    "jacobian",
    "neighbours",
    "newton_steps",
    "over_identification",
]

Floats = NDArray[np.float64]

STEP: Final = 0.08  # of the central differences, in logs or as a share of a parameter's span
FARTHEST_STEP: Final = 0.4  # of Gauss and Newton, in the same units
SHARES: Final = (1.0, 0.5, 0.25, 0.1)  # of a step that are tried
LEVEL: Final = 0.95
BLIND: Final = 1e-8  # relative size of a curvature that counts as none


@dataclass(frozen=True, slots=True)
class Jacobian:
    """Derivatives of the residuals with respect to what is free, and last the scale.

    Attributes
    ----------
    names : tuple of str
        Of the columns.
    gaps, hinges : numpy.ndarray
        Derivatives of `Assessment.gaps` and `Assessment.hinges`, a residual a row.
    """

    names: tuple[str, ...]
    gaps: Floats
    hinges: Floats


@dataclass(frozen=True, slots=True)
class Interval:
    """A fitted value and its 95 % interval; infinite where the moments are blind to it."""

    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """Moment coverage ratios: shares of simulated seeds that could have been the data.

    Attributes
    ----------
    single : dict of str to float
        By bar and fact: seeds whose moment lies in the bootstrap's 95 % interval.
    all_at_once : float
        Seeds all of whose moments do.
    joint : float
        Seeds whose weighed distance to the targets is below the 95 % point of chi-squared.
    """

    single: dict[tuple[str, str], float]
    all_at_once: float
    joint: float


# ---- Coordinates ------------------------------------------------------------------------------


def _unit(free: Free) -> float:
    """Size of one unit of the search along a parameter."""
    return 1.0 if free.log else free.high - free.low


def moved(free: Free, value: float, step: float) -> float:
    """Return a value moved by a step in search units, kept within its bounds."""
    new = value * math.exp(step) if free.log else value + step * _unit(free)
    return min(max(new, free.low), free.high)


def distance_moved(free: Free, old: float, new: float) -> float:
    """Return by how many search units two values of a parameter differ."""
    return math.log(new / old) if free.log else (new - old) / _unit(free)


def neighbours(ecology: Ecology, values: Mapping[str, float]) -> list[dict[str, float]]:
    """Return the two sets that central differences need along each free parameter.

    A set that breaks what must hold between values is replaced by the centre: the difference is
    then one-sided.
    """
    points = []
    for free in ecology.free:
        for sign in (-1.0, 1.0):
            point = {**values, free.name: moved(free, values[free.name], sign * STEP)}
            points.append(dict(values) if ecology.excess(point) > 0.0 else point)
    return points


def jacobian(ecology: Ecology, around: Sequence[Assessment]) -> Jacobian:
    """Return the Jacobian from the assessments of `neighbours`, made without rescaling."""
    columns_gaps, columns_hinges, names = [], [], []
    for free, below, above in zip(ecology.free, around[::2], around[1::2], strict=True):
        width = distance_moved(free, below.values[free.name], above.values[free.name])
        columns_gaps.append((above.gaps - below.gaps) / width)
        columns_hinges.append((above.hinges - below.hinges) / width)
        names.append(free.name)
    if ecology.scale is not None:  # volatilities are proportional to it; nothing else depends on it
        columns_gaps.append(np.array([float(fact == "annual_volatility") for _, fact in NAMES]))
        columns_hinges.append(np.zeros(len(around[0].hinges)))
        names.append(ecology.scale)
    return Jacobian(tuple(names), np.stack(columns_gaps, 1), np.stack(columns_hinges, 1))


def _curvature(slopes: Jacobian, targets: Targets) -> Floats:
    """Return half the second derivative of the loss, to first order in the residuals."""
    whole: Floats = (
        slopes.gaps.T @ targets.weights @ slopes.gaps + PRICE * slopes.hinges.T @ slopes.hinges
    )
    return whole


def newton_steps(ecology: Ecology, best: Assessment, slopes: Jacobian) -> list[dict[str, float]]:
    """Return sets along the step of Gauss and Newton from the best one, longest first."""
    pull = slopes.gaps.T @ best.targets.weights @ best.gaps
    pull = pull + PRICE * slopes.hinges.T @ best.hinges
    step = -np.linalg.pinv(_curvature(slopes, best.targets), rcond=1e-6) @ pull
    step *= min(1.0, FARTHEST_STEP / max(float(np.abs(step).max()), 1e-12))
    points = [
        {
            free.name: moved(free, best.values[free.name], share * float(length))
            for free, length in zip(ecology.free, step[: len(ecology.free)], strict=True)
        }
        for share in SHARES
    ]
    return [point for point in points if ecology.excess(point) == 0.0]


# ---- What is known ----------------------------------------------------------------------------


def intervals(ecology: Ecology, best: Assessment, slopes: Jacobian) -> list[Interval]:
    """Return the interval of every fitted parameter, by the delta method.

    The errors of the data's moments and those of the simulated means both count.
    """
    targets, seeds = best.targets, len(best.matched)
    noise = targets.covariance.copy()
    if seeds > 1:
        noise += np.cov(comparable(best.matched), rowvar=False) / seeds
    curvature = _curvature(slopes, targets)
    sight, frame = np.linalg.eigh(curvature)
    blind = sight <= BLIND * max(float(sight.max()), 0.0)
    inverse = frame @ np.diag(np.where(blind, 0.0, 1.0 / np.where(blind, 1.0, sight))) @ frame.T
    reach = inverse @ slopes.gaps.T @ targets.weights
    errors = np.sqrt(np.diag(reach @ noise @ reach.T))
    unseen = (np.abs(frame[:, blind]) > 1e-6).any(axis=1)
    free = {parameter.name: parameter for parameter in ecology.free}
    width = float(stats.norm.ppf(0.5 + LEVEL / 2.0))
    found = []
    for name, error, lost in zip(slopes.names, errors, unseen, strict=True):
        value = best.values[name]
        half = math.inf if lost else width * float(error)
        if name in free and not free[name].log:
            half *= _unit(free[name])
            found.append(Interval(name, value, value - half, value + half))
        else:
            factor = math.exp(min(half, 700.0)) if half < math.inf else math.inf
            found.append(Interval(name, value, value / factor, value * factor))
    return found


def over_identification(best: Assessment, slopes: Jacobian) -> tuple[float, int, float]:
    """Return the J statistic, its degrees of freedom, and its p-value.

    The p-value is that of chi-squared for the weighed distance. Errors have a floor and bands
    bind, so it is an indication: too kind by the one, too strict by the other.
    """
    degrees = len(best.gaps) - len(slopes.names)
    p_value = float(stats.chi2.sf(best.distance, degrees)) if degrees > 0 else math.nan
    return best.distance, degrees, p_value


def coverage(best: Assessment) -> Coverage:
    """Return which share of the simulated seeds could have been the data."""
    moments, simulated = best.targets.moments, best.first
    inside = np.array(
        [[m.covers(float(x)) for m, x in zip(moments, row, strict=True)] for row in simulated]
    )
    limit = float(stats.chi2.ppf(LEVEL, len(moments)))
    gaps = best.targets.gaps(simulated)
    distances = np.einsum("si,ij,sj->s", gaps, best.targets.weights, gaps)
    return Coverage(
        {(m.bar, m.fact): float(share) for m, share in zip(moments, inside.mean(0), strict=True)},
        float(inside.all(axis=1).mean()),
        float(np.mean(distances <= limit)),
    )
