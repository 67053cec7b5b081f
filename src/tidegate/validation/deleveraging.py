"""S23: who pays for what bankrupt accounts cannot, by the core's own rules and in a crash."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tidegate_core.deleveraging import haircuts, queue_score

from tidegate.analysis.scales import Scale
from tidegate.validation.cases import (
    Ablation,
    Case,
    Cost,
    Equals,
    Falls,
    Kind,
    Rises,
    Within,
)

Rule = Literal["queue", "pro_rata", "water_filling"]
RULES: Final[tuple[Rule, ...]] = ("queue", "pro_rata", "water_filling")
EPISODES: Final = 20_000  # of some 50 accounts each: a million rows
PAIRED_EPISODES: Final = 50
FUNDS: Final = (0.0, 0.2, 0.4, 0.6)  # of all exchanges, % of open interest
SEEDS: Final = 64


def _episode(rng: np.random.Generator) -> tuple[int, NDArray[np.int64], NDArray[np.float64]]:
    """Draw a shortfall, and profits and leverages of those on the other side."""
    count = int(rng.integers(2, 100))
    profits = np.ceil(rng.pareto(1.5, count) * 1e8).astype(np.int64)
    shortfall = int(rng.uniform(0.01, 0.9) * float(profits.sum()))
    return shortfall, profits, rng.uniform(1.0, 50.0, count)


def sums_taken(seeds: Sequence[int]) -> dict[str, float]:
    """Count episodes in which what was taken is not what was missing."""
    rng = np.random.default_rng(0)
    wrong = dict.fromkeys(RULES, 0)
    rows = 0
    for _ in range(EPISODES):
        shortfall, profits, leverages = _episode(rng)
        rows += len(profits)
        for rule in RULES:
            taken = int(haircuts(rule, shortfall, profits, leverages).sum())
            wrong[rule] += taken < shortfall if rule == "queue" else taken != shortfall
    found = {f"violations, {rule}": float(count) for rule, count in wrong.items()}
    return {**found, "accounts": float(rows)}


def scores(_: Sequence[int]) -> dict[str, float]:
    """Score a gain and a loss of a half at 4x."""
    return {
        "gained 50 % at 4x": queue_score(50_000, 100_000, 4.0),
        "lost 50 % at 4x": queue_score(-50_000, 100_000, 4.0),
    }


def excesses(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Take by the queue and pro rata from the same accounts; what goes beyond the shortfall."""
    return _excesses(seeds, "queue")


def excesses_without_queue(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Take pro rata in both arms."""
    return _excesses(seeds, "pro_rata")


def _excesses(seeds: Sequence[int], rule: Rule) -> dict[str, ArrayLike]:
    treated: list[float] = []
    control: list[float] = []
    for seed in seeds:
        rng = np.random.default_rng([seed, 23])
        episodes = [_episode(rng) for _ in range(PAIRED_EPISODES)]
        total = sum(shortfall for shortfall, _, _ in episodes)
        for column, name in ((treated, rule), (control, "pro_rata")):
            taken = sum(int(haircuts(name, *episode).sum()) for episode in episodes)
            column.append((taken - total) / total)
    return {
        "excess of the queue over pro rata": (treated, control),
        "excess of pro rata": control,
    }


def queue_in_a_crash(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Live through a crash and look at whoever was deleveraged by the queue."""
    return _targets(seeds, "queue")


def all_alike_in_a_crash(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Live through it with deleveraging pro rata."""
    return _targets(seeds, "pro_rata")


def _targets(seeds: Sequence[int], rule: Rule) -> dict[str, ArrayLike]:
    rows = [_closed(seed, rule) for seed in seeds]
    return {name: [row[at] for row in rows] for at, name in enumerate(("profitable", "whole"))}


def _closed(seed: int, rule: Rule) -> tuple[float, float]:
    """Return the shares of deleveraged positions that had gained, and that were closed whole."""
    from tidegate.validation import crash_runs
    from tidegate.validation.watched_markets import Deleveraging

    run = crash_runs.live(seed, market=Deleveraging, scenario={"dial.adl_rule": rule})
    assert isinstance(run.world, Deleveraging)
    rows = run.world.closed_positions()
    return float((rows["profit"] > 0).mean()), float((rows["left"] == 0).mean())


def crashes_by_fund(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Live through one crash with funds of several sizes."""
    return _by_fund([[_deleveraged(seed, size) for size in FUNDS] for seed in seeds])


def crashes_without_funds(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Live through it without funds, whatever their size is said to be."""
    return _by_fund([[_deleveraged(seed, 0.0)] * len(FUNDS) for seed in seeds])


def _by_fund(rows: Sequence[Sequence[float]]) -> dict[str, ArrayLike]:
    columns = list(zip(*rows, strict=True))
    return {
        f"deleveraged, bn USD: fund of {above} over {below} %": (columns[at + 1], columns[at])
        for at, (below, above) in enumerate(pairwise(FUNDS))
    }


def _deleveraged(seed: int, percent: float) -> float:
    """Return what was deleveraged with funds of that part of open interest, bn USD."""
    from tidegate.scenario.leveraged import LeveragedScenario
    from tidegate.validation import crash_runs

    spec = LeveragedScenario()
    held = sum(spec.rules(exchange).waterfall.fund_usd for exchange in spec.exchanges)
    times = percent / 100 * spec.interest.one_sided / held
    run = crash_runs.live(seed, scenario={"dial.fund": times})
    return float(run.frames["liquidations"].filter(kind="adl")["notional"].sum()) / 1e9


CASES: Final = (
    Case(
        id="S23.1",
        kind=Kind.INVARIANT,
        about="what is taken is the shortfall; by the queue, no less",
        expected={
            **{f"violations, {rule}": Equals(0) for rule in RULES},
            "accounts": Within(900_000, 1_100_000),
        },
        measure=sums_taken,
    ),
    Case(
        id="S23.2",
        kind=Kind.GOLDEN,
        about="ranking score of a gain and a loss",
        expected={"gained 50 % at 4x": Equals(2.0), "lost 50 % at 4x": Equals(-0.125)},
        measure=scores,
    ),
    Case(
        id="S23.3",
        kind=Kind.DIRECTIONAL,
        about="the queue takes more than is missing, pro rata does not",
        expected={
            "excess of the queue over pro rata": Rises(),
            "excess of pro rata": Within(0.0, 1e-9),
        },
        measure=excesses,
        seeds=64,
        ablations=(Ablation("queue off", excesses_without_queue),),
    ),
    Case(
        id="S23.4",
        kind=Kind.STATISTICAL,
        about="targets of the queue are profitable and mostly closed whole",
        expected={"profitable": Within(0.95, 1.0), "whole": Within(0.85, 1.0)},
        measure=queue_in_a_crash,
        seeds=SEEDS,
        chunk=1,
        cost=Cost.FULL,
        ablations=(Ablation("queue off", all_alike_in_a_crash),),
    ),
    Case(
        id="S23.5",
        kind=Kind.DIRECTIONAL,
        about="a larger fund lowers what is deleveraged",
        expected={
            f"deleveraged, bn USD: fund of {above} over {below} %": Falls(Scale.LOG)
            for below, above in pairwise(FUNDS)
        },
        measure=crashes_by_fund,
        seeds=SEEDS,
        chunk=1,
        cost=Cost.FULL,
        ablations=(Ablation("funds off", crashes_without_funds),),
    ),
)
