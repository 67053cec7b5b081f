"""What an acceptance test is: an id, a class, what it measures and what is expected of it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from numpy.typing import ArrayLike

from tidegate.analysis.scales import Scale

__all__ = [
    "FEWEST_PAIRS",
    "FEWEST_SEEDS",
    "Ablation",
    "Case",
    "Cost",
    "Equals",
    "Expectation",
    "Falls",
    "Kind",
    "Measure",
    "Rises",
    "Within",
]

FEWEST_SEEDS: Final = 50  # of a statistical test
FEWEST_PAIRS: Final = 64  # of a directional one

_ID = re.compile(r"S\d+\.\d+[a-z]?")

# What a test measures, by name: a number of a golden test; one value a seed of a statistical one;
# (treated, control), both with one value a seed, of a directional one.
Measure = Callable[[Sequence[int]], Mapping[str, ArrayLike]]


class Kind(StrEnum):
    """How a test is accepted."""

    GOLDEN = "G"  # an exact number
    INVARIANT = "I"  # holds on every step of every run
    STATISTICAL = "S"  # a moment or exponent inside a band
    DIRECTIONAL = "D"  # the sign of a treatment effect over paired seeds
    EVENT = "E"  # a recorded episode, every quantity in one configuration
    RIVAL = "R"  # a hypothesis and its opposite: either outcome is a result


class Cost(StrEnum):
    """Whether a test belongs to the fast subset."""

    FAST = "fast"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Equals:
    """An exact number: equal to 1e-9 relative, or in all digits that its source prints."""

    target: float
    digits: int | None = None  # after the decimal point; None: all

    def __str__(self) -> str:
        return f"= {self.target:.10g}"


@dataclass(frozen=True, slots=True)
class Within:
    """A band, ends included.

    Attributes
    ----------
    low, high
        Its ends.
    of_mean
        Hold only the mean over seeds to it: for bands that are narrower than a seed's spread.
    """

    low: float
    high: float
    of_mean: bool = False

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ValueError(f"a band of {self.low} to {self.high} holds nothing")

    def __str__(self) -> str:
        about = "mean " if self.of_mean else ""
        if math.isinf(self.low):
            return f"{about}<= {self.high:.5g}"
        if math.isinf(self.high):
            return f"{about}>= {self.low:.5g}"
        return f"{about}{self.low:.5g} to {self.high:.5g}"


@dataclass(frozen=True, slots=True)
class Rises:
    """A paired effect above a bound, by default 0."""

    scale: Scale = Scale.LEVEL
    bound: float = 0.0

    def __str__(self) -> str:
        return f"> {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Falls:
    """A paired effect below a bound, by default 0."""

    scale: Scale = Scale.LEVEL
    bound: float = 0.0

    def __str__(self) -> str:
        return f"< {self.bound:g}"


Expectation = Equals | Within | Rises | Falls


@dataclass(frozen=True, slots=True)
class Ablation:
    """The same measurement with a mechanism off: the test must fail with it.

    Attributes
    ----------
    about
        What is off.
    measure
        As that of the test.
    """

    about: str
    measure: Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One acceptance test.

    Attributes
    ----------
    id
        Its id, e.g. S17.1; the number before the point is its family.
    kind
        How it is accepted.
    about
        What is measured, in words.
    expected
        Expectation of each quantity measured.
    measure
        Takes seeds and returns the quantities, and may return more: tests that give the same
        function share its runs. None for a test that waits.
    seeds
        How many it takes: 0 for a golden test.
    chunk
        Most seeds handed to `measure` at a time; 0: all at once.
    cost
        Whether it is in the fast subset.
    needs
        What a test without a measurement waits for.
    ablations
        Ways to measure that must fail it.
    """

    id: str
    kind: Kind
    about: str
    expected: Mapping[str, Expectation]
    measure: Measure | None = None
    seeds: int = 0
    chunk: int = 0
    cost: Cost = Cost.FAST
    needs: str = ""
    ablations: tuple[Ablation, ...] = ()

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"id is {self.id!r}; allowed are ids such as S17.1")
        if (self.measure is None) != bool(self.needs):
            raise ValueError(f"{self.id} either measures or says what it needs, not both")
        if self.measure is None:
            return
        if not self.expected:
            raise ValueError(f"{self.id} expects nothing of what it measures")
        fewest = {Kind.STATISTICAL: FEWEST_SEEDS, Kind.DIRECTIONAL: FEWEST_PAIRS}.get(self.kind, 0)
        if self.seeds < fewest:
            raise ValueError(f"{self.id} has {self.seeds} seeds; allowed are {fewest} and more")

    @property
    def family(self) -> str:
        """The tests that are corrected for one another: S17 of S17.1."""
        return self.id.partition(".")[0]

    @property
    def order(self) -> tuple[int, float, str]:
        """Sort key: S1.10 comes after S1.9."""
        section, _, number = self.id[1:].partition(".")
        digits = number.rstrip("abcdefghijklmnopqrstuvwxyz")
        return int(section), int(digits), number[len(digits) :]
