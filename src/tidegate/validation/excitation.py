"""S17: events that cause events.

In the market an event is the first liquidation of a simulated account, which stands for many; they
are counted by two minutes, twice the longest round. The estimator takes whatever changes the rate
of events for events that cause others, news as well. So that more interest makes the ratio rise is
asked of nervous hours whose news is even, three times as volatile as in calm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from numpy.typing import ArrayLike

from tidegate.analysis.cascade import branching_ratio
from tidegate.validation.cases import Ablation, Case, Cost, Falls, Kind, Rises, Within
from tidegate.validation.reference import hawkes

EVENTS: Final = 100_000
WINDOW: Final = 100.0  # mean delays
COUNTED: Final = 120.0  # seconds
QUARTER: Final = 47.5  # of 190 bn USD of open interest
NERVOUS: Final = 3.0  # times the volatility of calm
PAIRS: Final = 64
# Arms by name: volatility of news, values of the parameters and of the scenario's dial.
Arm = tuple[float, Mapping[str, Any], Mapping[str, Any]]
QUIET: Final = {"news": False, "hours": 6.0}
ARMS: Final[Mapping[str, Arm]] = {
    "calm": (1.0, QUIET, {}),
    "nervous": (NERVOUS, QUIET, {}),
    "nervous, quarter": (NERVOUS, {**QUIET, "open_interest": QUARTER}, {}),
    "crash": (1.0, {}, {}),
    "whole": (1.0, {}, {"dial.partial": "none"}),
    "slice": (1.0, {}, {"dial.partial": "slice"}),  # a fifth, the rest after 30 s
}


def hawkes_ratio(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Estimate the ratio of a simulated process of 1e5 events."""
    return {"branching ratio": [_estimated(0.5, seed) for seed in seeds]}


def hawkes_without_children(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Estimate that of independent events."""
    return {"branching ratio": [_estimated(0.0, seed) for seed in seeds]}


def _estimated(ratio: float, seed: int) -> float:
    times = hawkes.event_times(ratio, EVENTS, seed)
    return branching_ratio(times, 0.0, float(EVENTS), WINDOW)


def market_ratios(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Estimate ratios of liquidations in calm, and in crashes that differ in rules and interest."""
    return _ratios(seeds, ARMS)


def ratios_of_one_market(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Estimate them in the same crash, whatever the arm is called."""
    return _ratios(seeds, dict.fromkeys(ARMS, ARMS["crash"]))


def _ratios(seeds: Sequence[int], arms: Mapping[str, Arm]) -> dict[str, ArrayLike]:
    kinds = list({id(arm): arm for arm in arms.values()}.values())
    by_kind = {id(arm): [_ratio(seed, *arm) for seed in seeds] for arm in kinds}
    n = {name: by_kind[id(arm)] for name, arm in arms.items()}
    return {
        "ratio in calm": n["calm"],
        "ratio in the crash": n["crash"],
        "ratio, all the interest over a quarter": (n["nervous"], n["nervous, quarter"]),
        "ratio, partial over whole": (n["slice"], n["whole"]),
    }


def _ratio(seed: int, times: float, changes: Mapping[str, Any], dial: Mapping[str, Any]) -> float:
    from tidegate.validation import crash_runs

    values = {**crash_runs.volatility(times), **dial}
    run = crash_runs.live(seed, scenario=values, **changes)
    day = run.parameters.day
    start = day.first if changes.get("news", True) else crash_runs.HALF_HOUR
    hits = crash_runs.first_hits(run.frames["liquidations"], start, day.end)
    return branching_ratio(hits, start, day.end, COUNTED)


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
        expected={
            "ratio in calm": Within(0.0, 0.6),
            "ratio in the crash": Within(0.8, 1.0),
            "ratio, all the interest over a quarter": Rises(),
        },
        measure=market_ratios,
        seeds=PAIRS,
        chunk=1,
        cost=Cost.FULL,
        ablations=(Ablation("one market in all arms", ratios_of_one_market),),
    ),
    Case(
        id="S17.3",
        kind=Kind.DIRECTIONAL,
        about="branching ratio falls with partial liquidation and a cool-down",
        expected={"ratio, partial over whole": Falls()},
        measure=market_ratios,
        seeds=PAIRS,
        chunk=1,
        cost=Cost.FULL,
        ablations=(Ablation("one market in all arms", ratios_of_one_market),),
    ),
)
