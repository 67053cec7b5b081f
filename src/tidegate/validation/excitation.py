"""S17: events that cause events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from numpy.typing import ArrayLike

from tidegate.analysis.cascade import branching_ratio
from tidegate.validation.cases import Ablation, Case, Kind, Within
from tidegate.validation.reference import hawkes

EVENTS: Final = 100_000
WINDOW: Final = 100.0  # mean delays


def hawkes_ratio(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Estimate the ratio of a simulated process of 1e5 events."""
    return {"branching ratio": [_estimated(0.5, seed) for seed in seeds]}


def hawkes_without_children(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Estimate that of independent events."""
    return {"branching ratio": [_estimated(0.0, seed) for seed in seeds]}


def _estimated(ratio: float, seed: int) -> float:
    times = hawkes.event_times(ratio, EVENTS, seed)
    return branching_ratio(times, 0.0, float(EVENTS), WINDOW)


CASES: Final = (
    Case(
        id="S17.1",
        kind=Kind.GOLDEN,
        about="estimator of the branching ratio on a Hawkes process of ratio 0.5",
        expected={"branching ratio": Within(0.47, 0.53)},
        measure=hawkes_ratio,
        seeds=50,
        ablations=(Ablation("self-excitation off", hawkes_without_children),),
    ),
    Case(
        id="S17.2",
        kind=Kind.DIRECTIONAL,
        about="branching ratio of liquidations rises with open interest over depth",
        expected={},
        needs="branching ratios of the crash day by arm",
    ),
    Case(
        id="S17.3",
        kind=Kind.DIRECTIONAL,
        about="branching ratio falls with partial liquidation and a cool-down",
        expected={},
        needs="branching ratios of the crash day by arm",
    ),
)
