"""What is said of a claim, and the rules by which an interval says it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from tidegate.analysis.scales import Scale

__all__ = [
    "Direction",
    "Interval",
    "Verdict",
    "decide",
    "effect_bound",
    "follows_from_assumption",
    "overlooked",
]


class Direction(StrEnum):
    """What a claim says the treatment does to its metric."""

    INCREASE = "increase"
    DECREASE = "decrease"
    NONE = "none"  # a null claim: no change that matters


class Verdict(StrEnum):
    """What the pairs say about a claim."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NO_EFFECT = "no effect that matters"  # of a directional claim, which it contradicts
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval; both ends are NaN when the pairs are too few to have one."""

    low: float
    high: float
    level: float

    def within(self, bound: float) -> bool:
        """Tell whether the whole interval lies inside +-`bound`."""
        return -bound < self.low and self.high < bound

    @property
    def still(self) -> bool:
        """Whether no pair differed at all."""
        return self.low == self.high == 0.0


def effect_bound(delta: float, scale: Scale) -> float:
    """Return `delta` on the scale of the differences: a relative change becomes a log ratio."""
    return math.log1p(delta) if scale is Scale.LOG else delta


def overlooked(pairs: int, level: float) -> float:
    """Return how probable something may be that no pair has shown, at a level of confidence.

    An interval of no width says nothing of what is rare: so often it can happen and all pairs
    still agree, with the probability that the level leaves. Of a share, which no run can change by
    more than 1, it is the largest mean effect that such pairs may hide.
    """
    return 1.0 - math.pow(1.0 - level, 1.0 / pairs)


def decide(
    interval: Interval,
    bound: float,
    direction: Direction,
    *,
    hidden: float = 0.0,
    happened: bool = True,
) -> Verdict:
    """Hold an interval against the smallest effect that matters.

    Parameters
    ----------
    interval
        Of the mean effect.
    bound
        The smallest effect that matters, on the scale of the differences.
    direction
        What is claimed.
    hidden
        The largest mean effect that pairs which all agree may hide: see `overlooked`.
    happened
        Whether any run differed from any other. Where none did, what a claim of a direction speaks
        of never took place, and nothing was learnt of it.
    """
    if not happened and direction is not Direction.NONE:
        return Verdict.UNDECIDED
    if interval.within(bound):
        if interval.still and hidden > bound:
            return Verdict.UNDECIDED
        return Verdict.SUPPORTED if direction is Direction.NONE else Verdict.NO_EFFECT
    rises, falls = interval.low > bound, interval.high < -bound
    if not (rises or falls):
        return Verdict.UNDECIDED
    claimed = Direction.INCREASE if rises else Direction.DECREASE
    return Verdict.SUPPORTED if direction is claimed else Verdict.CONTRADICTED


def follows_from_assumption(
    verdict: Verdict, interval: Interval, frozen: Verdict, frozen_interval: Interval
) -> bool:
    """Tell whether a verdict was not the market's: the same holds with prices frozen.

    Frozen prices cannot do what only prices do. Where all pairs of the twins are equal, and those
    of the market are not, the metric stood still because prices did: that says nothing. Where both
    are equal, the market did nothing that its absence does not do.
    """
    if verdict is Verdict.UNDECIDED:
        return False
    if frozen_interval.still:
        return interval.still
    return verdict is frozen
