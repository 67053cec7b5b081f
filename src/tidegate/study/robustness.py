"""Whether a verdict holds when parameters are moved a little, and in other worlds.

Two kinds of variant of a study, judged by two rules:

- A *step* moves one parameter by a fifth or less. The sign of the effect must hold at every step
  of at least four parameters in five.
- A *world* differs by more: another ecology of traders, holders of another elasticity. No world
  may decide the claim otherwise; one whose own interval is undecided opposes nothing.

A verdict that fails depends on what was varied. Nothing else is looked at: the verdicts of
variants are no verdicts on the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict

from tidegate.analysis.contrast import Direction, Verdict

STEP: Final = 0.2  # largest move, over the value, that counts as a step
STEP_PAIRS: Final = 16  # of a step, of which no more is asked than the sign of a mean
PARAMETERS: Final = 5  # how many ought to be moved, of which one may fail
_ROUNDING: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Finding:
    """What a study says of one claim."""

    verdict: Verdict
    direction: Direction
    effect: float | None

    @property
    def has_sign(self) -> bool:
        """Whether the effect was told from none, so that its sign can be held to."""
        if self.verdict is Verdict.SUPPORTED:
            return self.direction is not Direction.NONE
        return self.verdict is Verdict.CONTRADICTED

    def overturned_by(self, step: Finding) -> bool:
        """Tell whether a small step took the sign away, or decided what has none otherwise."""
        if not self.has_sign:
            return self.opposed_by(step)
        return (self.effect or 0.0) * (step.effect or 0.0) <= 0.0

    def opposed_by(self, other: Finding) -> bool:
        """Tell whether the other decided the claim, and otherwise."""
        return other.verdict not in (self.verdict, Verdict.UNDECIDED)


@dataclass(frozen=True, slots=True)
class Variant:
    """The same study with something varied, and what it says of the claim."""

    name: str  # the parameter, or the path in the scenario, that was varied
    step: bool  # by a step, or so far that it is another world
    finding: Finding


class Robustness(BaseModel):
    """What became of a verdict when the study was varied."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    depends_on: tuple[str, ...]  # empty when the verdict holds
    moved: tuple[str, ...]  # parameters, by a step
    worlds: int  # variants that differ by more


def is_step(base: object, value: object) -> bool:
    """Tell whether a value is a number within a step of the base."""
    numbers = (int, float)
    if isinstance(base, bool) or isinstance(value, bool):
        return False
    if not (isinstance(base, numbers) and isinstance(value, numbers)) or base == 0:
        return False
    return abs(value / base - 1.0) <= STEP + _ROUNDING


def robustness(base: Finding, variants: Sequence[Variant]) -> Robustness | None:
    """Hold a verdict against the variants of its study.

    Returns
    -------
    Robustness or None
        None when the study decides nothing, or nothing was varied.
    """
    if base.verdict is Verdict.UNDECIDED or not variants:
        return None
    steps = [variant for variant in variants if variant.step]
    worlds = [variant for variant in variants if not variant.step]
    moved = _names(steps)
    overturned = _names(v for v in steps if base.overturned_by(v.finding))
    opposed = _names(v for v in worlds if base.opposed_by(v.finding))
    fails = len(overturned) * PARAMETERS > len(moved)
    return Robustness(
        depends_on=tuple(dict.fromkeys((*(overturned if fails else ()), *opposed))),
        moved=moved,
        worlds=len(worlds),
    )


def _names(variants: Iterable[Variant]) -> tuple[str, ...]:
    """Return what was varied, each once, in order."""
    return tuple(dict.fromkeys(variant.name for variant in variants))
