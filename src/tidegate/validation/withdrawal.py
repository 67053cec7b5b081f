"""S16.3, S19.1 and S19.3: makers who leave in a crash, whether they return, and who may not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tidegate.analysis.scales import Scale
from tidegate.validation.cases import Ablation, Case, Cost, Falls, Kind, Rises, Within

SEEDS: Final = 64
OBLIGATION: Final = 0.5  # of the depth in calm
MONTHS: Final = 5  # seeds: a month takes minutes
MINUTE, HOUR, DAY = 60, 3_600, 86_400
BILLION: Final = 1e9

Figures = Mapping[str, float]


def crashes(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Live through one crash with makers who may leave, and with makers who must quote."""
    return _compared([(_crash(seed), _crash(seed, obligation=OBLIGATION)) for seed in seeds])


def crashes_with_makers_who_stay(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Live through it with makers who do not leave, whether they may or not."""
    runs = [_crash(seed, withdrawal=0.0) for seed in seeds]
    return _compared([(run, run) for run in runs])


def months(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Go on for 30 days after a crash."""
    return _months(seeds)


def months_with_makers_who_stay(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Go on after one from which makers did not withdraw."""
    return _months(seeds, withdrawal=0.0)


def _months(seeds: Sequence[int], **changes: Any) -> dict[str, ArrayLike]:
    rows = [_month(seed, **changes) for seed in seeds]
    names = "least depth within the hour", "depth 30 days later"
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}


def _month(seed: int, **changes: Any) -> tuple[float, float]:
    """Return BTC's depth at its lowest and a month on, over that of the half hour before."""
    from tidegate.analysis import crash
    from tidegate.validation import crash_runs

    run = crash_runs.live(seed, hours=1.0, **changes)
    first, step = run.parameters.first, run.parameters.step_seconds
    start = first - crash_runs.HALF_HOUR
    least = crash.depth_trough(run.frames["bars"], "BTC", start, first + HOUR)
    run.world.run_until((first + 30 * DAY) // step)
    bars = run.world.frames()["bars"].filter(coin="BTC")
    depth, seconds = (bars["bid_depth"] + bars["ask_depth"]).to_numpy(), bars["seconds"].to_numpy()
    before, after = (
        float(depth[(seconds > end - length) & (seconds <= end)].mean())
        for end, length in ((first, crash_runs.HALF_HOUR), (first + 30 * DAY, DAY))
    )
    return least, after / before


def _compared(pairs: Sequence[tuple[Figures, Figures]]) -> dict[str, ArrayLike]:
    free, bound = ([pair[arm] for pair in pairs] for arm in (0, 1))
    found: dict[str, ArrayLike] = {
        name: ([run[name] for run in bound], [run[name] for run in free])
        for name in ("makers' loss, bn USD", "largest fall")
    }
    found["slope of price on flow"] = (
        [run["slope in the crash"] for run in free],
        [run["slope before"] for run in free],
    )
    found["R2 in the crash"] = [run["R2 in the crash"] for run in free]
    return found


def _crash(seed: int, obligation: float = 0.0, **changes: Any) -> Figures:
    from tidegate.analysis import crash
    from tidegate.policies.quoting_obligation import QuotingObligation
    from tidegate.setups.shock import ShockParameters
    from tidegate.validation import crash_runs
    from tidegate.validation.watched_markets import Flow, makers_wealth

    at = ShockParameters().first / 86_400
    duty = QuotingObligation(share=obligation, announcement_day=at, effective_day=at)
    run = crash_runs.live(
        seed,
        market=Flow,
        look=makers_wealth,
        policies=[duty] if obligation else (),
        **changes,
    )
    day, rounds = run.parameters.day, np.array(run.world.rounds)
    before = _slope(rounds, crash_runs.HALF_HOUR, day.first)
    within = _slope(rounds, day.first, day.end)
    return {
        "makers' loss, bn USD": (run.before - makers_wealth(run.world)) / BILLION,
        "largest fall": crash.fall(run.frames["bars"], "BTC", day.first, day.end, lowest=True),
        "slope before": before[0],
        "slope in the crash": within[0],
        "R2 in the crash": within[1],
    }


def _slope(rounds: NDArray[np.float64], start: int, end: int) -> tuple[float, float]:
    """Return slope and R2 of BTC's moves by the minute, less news, on what makers sold net."""
    second, price, value, _ = rounds.T
    moves, flows, ends = np.diff(price - value), rounds[1:, 3], second[1:]
    inside = (ends > start) & (ends <= end)
    _, minute = np.unique(-(-ends[inside] // MINUTE), return_inverse=True)
    move, flow = np.bincount(minute, moves[inside]), np.bincount(minute, flows[inside])
    covariance, correlation = np.cov(move, flow), np.corrcoef(move, flow)[0, 1]
    return float(covariance[0, 1] / covariance[1, 1]), float(correlation**2)


CASES: Final = (
    Case(
        id="S16.3",
        kind=Kind.DIRECTIONAL,
        about="impact rises when market makers withdraw",
        expected={
            "slope of price on flow": Rises(Scale.LOG),
            "R2 in the crash": Within(0.5, math.inf),
        },
        measure=crashes,
        seeds=SEEDS,
        chunk=1,
        cost=Cost.FULL,
        ablations=(Ablation("makers stay", crashes_with_makers_who_stay),),
    ),
    Case(
        id="S19.1",
        kind=Kind.EVENT,
        about="depth in a crash falls to 10-35 % and recovers in 30 days",
        expected={
            "least depth within the hour": Within(0.10, 0.35),
            "depth 30 days later": Within(0.60, 0.80),
        },
        measure=months,
        seeds=MONTHS,
        chunk=1,
        cost=Cost.FULL,
        ablations=(Ablation("makers stay", months_with_makers_who_stay),),
    ),
    Case(
        id="S19.3",
        kind=Kind.DIRECTIONAL,
        about="an obligation to quote costs makers and spares the price",
        expected={"makers' loss, bn USD": Rises(), "largest fall": Falls(Scale.LOG)},
        measure=crashes,
        seeds=SEEDS,
        chunk=1,
        cost=Cost.FULL,
        ablations=(Ablation("makers stay in both arms", crashes_with_makers_who_stay),),
    ),
)
