"""The pass rules, in one place: no test decides about itself.

- An exact number is equal to 1e-9 relative, or in the digits its source prints.
- A band holds at least 80 % of the seeds, and their mean.
- A direction has a 95 % bootstrap interval of the paired effect that excludes its bound, at the
  level that Holm's procedure leaves for it among the directions of its family, and 64 pairs or
  more that have a value.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tidegate.analysis.contrast import holm_levels, interval_of, paired_differences, sign_flip_p
from tidegate.analysis.scales import Scale
from tidegate.validation.cases import (
    FEWEST_PAIRS,
    Case,
    Equals,
    Expectation,
    Falls,
    Kind,
    Rises,
    Within,
)

__all__ = ["Finding", "Status", "Verdict", "judge"]

Floats = NDArray[np.float64]

RELATIVE: Final = 1e-9
SEEDS_INSIDE: Final = 0.80
ALPHA: Final = 0.05


class Status(StrEnum):
    """What became of a test."""

    PASSED = "pass"
    FAILED = "fail"
    REPORTED = "reported"  # a rival: its outcome is a result either way
    PENDING = "pending"  # waits for a part of the model
    LEFT_OUT = "not run"
    BROKEN = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one quantity.

    Attributes
    ----------
    quantity
        Its name within the test.
    value
        The number, the mean over seeds, or the mean paired effect.
    band
        What was expected, in words.
    seeds
        Seeds or pairs that have a value.
    inside
        Share of seeds inside the band; NaN where the rule does not count seeds.
    low, high
        Range of a paired effect at the level it is held to; NaN elsewhere.
    passed
        Whether it is as expected.
    """

    quantity: str
    value: float
    band: str
    seeds: int
    inside: float
    low: float
    high: float
    passed: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a test.

    Attributes
    ----------
    case
        The test.
    status
        What became of it.
    findings
        What was found, a quantity each.
    seconds
        Processor seconds it took.
    why
        The error, or what it waits for.
    ablation
        What was off while it was measured, "" for nothing.
    """

    case: Case
    status: Status
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0
    why: str = ""
    ablation: str = ""


def judge(measured: Mapping[str, Mapping[str, ArrayLike]], cases: Iterable[Case]) -> list[Verdict]:
    """Hold measurements against what is expected.

    Parameters
    ----------
    measured
        Quantities by test id.
    cases
        The tests, each with a measurement; those of a family share Holm's correction.
    """
    cases = list(cases)
    levels = _levels(measured, cases)
    return [_verdict(case, measured[case.id], levels) for case in cases]


def _verdict(
    case: Case, values: Mapping[str, ArrayLike], levels: Mapping[tuple[str, str], float]
) -> Verdict:
    missing = case.expected.keys() - values.keys()
    if missing:
        raise AssertionError(f"{case.id} measures {sorted(values)}, not {sorted(missing)}")
    findings = tuple(
        _finding(name, expected, values[name], levels.get((case.id, name), ALPHA))
        for name, expected in case.expected.items()
    )
    passed = all(finding.passed for finding in findings)
    if case.kind is Kind.RIVAL:
        return Verdict(case, Status.REPORTED, findings)
    return Verdict(case, Status.PASSED if passed else Status.FAILED, findings)


def _finding(quantity: str, expected: Expectation, values: ArrayLike, alpha: float) -> Finding:
    if isinstance(expected, Equals):
        return _golden(quantity, expected, values)
    if isinstance(expected, Within):
        return _statistical(quantity, expected, values)
    return _directional(quantity, expected, values, alpha)


def _golden(quantity: str, expected: Equals, values: ArrayLike) -> Finding:
    value = float(np.asarray(values, dtype=np.float64))
    if expected.digits is None:
        passed = abs(value - expected.target) <= RELATIVE * abs(expected.target)
    else:
        passed = round(value, expected.digits) == round(expected.target, expected.digits)
    return Finding(quantity, value, str(expected), 1, math.nan, math.nan, math.nan, passed)


def _statistical(quantity: str, expected: Within, values: ArrayLike) -> Finding:
    """Count a seed without a value as outside; the mean is that of those with one."""
    column = np.atleast_1d(np.asarray(values, dtype=np.float64))
    present = column[np.isfinite(column)]
    mean = float(present.mean()) if present.size else math.nan
    inside = float(np.mean((column >= expected.low) & (column <= expected.high)))
    passed = expected.low <= mean <= expected.high
    if expected.of_mean:
        inside = math.nan
    else:
        passed = passed and inside >= SEEDS_INSIDE
    band = str(expected)
    return Finding(quantity, mean, band, present.size, inside, math.nan, math.nan, passed)


def _directional(
    quantity: str, expected: Rises | Falls, values: ArrayLike, alpha: float
) -> Finding:
    differences = _differences(expected, values)
    interval = interval_of(differences, expected.scale, level=1.0 - alpha)
    rises = isinstance(expected, Rises)
    beyond = interval.low > expected.bound if rises else interval.high < expected.bound
    passed = beyond and differences.size >= FEWEST_PAIRS
    mean = float(differences.mean()) if differences.size else math.nan
    low, high, band = interval.low, interval.high, str(expected)
    return Finding(quantity, mean, band, differences.size, math.nan, low, high, passed)


def _differences(expected: Rises | Falls, values: ArrayLike) -> Floats:
    """Return the differences of pairs with a value; on the log scale 0 and less is none."""
    treated, control = np.asarray(values, dtype=np.float64)
    if expected.scale is Scale.LOG:
        treated, control = (np.where(arm > 0, arm, math.nan) for arm in (treated, control))
    differences, _ = paired_differences(treated, control, expected.scale)
    return differences


def _levels(
    measured: Mapping[str, Mapping[str, ArrayLike]], cases: Iterable[Case]
) -> dict[tuple[str, str], float]:
    """Return the share of `ALPHA` left for each direction, by Holm within its family."""
    families: dict[str, dict[tuple[str, str], float]] = {}
    for case in cases:
        for name, expected in case.expected.items():
            if isinstance(expected, Rises | Falls) and name in measured[case.id]:
                differences = _differences(expected, measured[case.id][name]) - expected.bound
                family = families.setdefault(case.family, {})
                family[case.id, name] = sign_flip_p(differences)
    levels: dict[tuple[str, str], float] = {}
    for family in families.values():
        shares = holm_levels(list(family.values()), ALPHA)
        levels |= dict(zip(family, map(float, shares), strict=True))
    return levels
