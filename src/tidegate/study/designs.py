"""Designs of experiments: which points of a space are run."""

from __future__ import annotations

import importlib
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tidegate.study.study_file import Design, Level

__all__ = ["MORRIS_LEVELS", "Factor", "Levels", "Span", "unit_design"]

Floats = NDArray[np.float64]

MORRIS_LEVELS: Final = 4  # as is usual; steps are then 2/3 of a range
_MOST_POINTS: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Levels:
    """A factor with some values; the unit interval is cut into as many equal parts."""

    values: tuple[Level, ...]

    def at(self, unit: float) -> Level:
        """Return the value at a place in the unit interval."""
        return self.values[min(int(unit * len(self.values)), len(self.values) - 1)]


@dataclass(frozen=True, slots=True)
class Span:
    """A factor between two ends, both included; a whole one has integers alone."""

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def at(self, unit: float) -> float:
        """Return the value at a place in the unit interval."""
        # Each integer has the same share of the interval, those at the ends too.
        margin = 0.5 if self.whole else 0.0
        low, high = self.low - margin, self.high + margin
        if self.log:
            value = math.exp(math.log(low) + unit * (math.log(high) - math.log(low)))
        else:
            value = low + unit * (high - low)
        # Twelve digits: libraries of different machines agree on these.
        value = round(value) if self.whole else float(f"{value:.12g}")
        return min(max(value, self.low), self.high)


Factor = Levels | Span


def unit_design(design: Design, factors: Sequence[Factor]) -> Floats:
    """Return the points of a design in the unit cube, a point a row and a factor a column.

    Raises
    ------
    ValueError
        When the design is too large, or needs a package that is not installed.
    """
    if design.kind == "factorial":
        return _factorial([len(f.values) for f in factors if isinstance(f, Levels)])
    assert design.points is not None  # as of `Design`
    count, width = design.points, len(factors)
    runs = {
        "latin-hypercube": count,
        "sobol": count * (2 * width + 2 if design.second_order else width + 2),
        "morris": count * (width + 1),
    }[design.kind]
    _check_size(runs)
    if design.kind == "latin-hypercube":
        from scipy.stats import qmc  # slow to import, and most commands draw no design

        sampler = qmc.LatinHypercube(width, seed=np.random.default_rng(design.seed))
        return np.asarray(sampler.random(count), dtype=np.float64)
    return _salib(design, count, width)


def _factorial(sizes: Sequence[int]) -> Floats:
    """Return every combination, the last factor changing fastest, in the middle of its part."""
    _check_size(math.prod(sizes))
    middles = [(np.arange(size) + 0.5) / size for size in sizes]
    return np.array(list(itertools.product(*middles)), dtype=np.float64)


def _salib(design: Design, count: int, width: int) -> Floats:
    problem = {
        "num_vars": width,
        "names": [f"x{place}" for place in range(width)],
        "bounds": [[0.0, 1.0]] * width,
    }
    sample = _sampler(design.kind)
    if design.kind == "sobol":
        points = sample(problem, count, calc_second_order=design.second_order, seed=design.seed)
    else:
        points = sample(problem, count, num_levels=MORRIS_LEVELS, seed=design.seed)
    return np.asarray(points, dtype=np.float64)


def _sampler(kind: str) -> Any:
    try:
        return importlib.import_module(f"SALib.sample.{kind}").sample
    except ImportError as error:
        raise ValueError(
            f"design.kind is {kind!r}, which needs SALib ({error}): "
            'pip install "tidegate[calibrate]"'
        ) from error


def _check_size(points: int) -> None:
    if points > _MOST_POINTS:
        raise ValueError(f"the design has {points:,} points; it must have {_MOST_POINTS:,} or less")
