"""What of 10 October 2025 was news, and what leverage, liquidation and empty books made of it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.leveraged_model import LeveragedMarket
from tidegate.policies.liquidation_freeze import LiquidationFreeze
from tidegate.report.summary import Lead
from tidegate.setups.crash import (
    CRASH,
    PATHS,
    CrashParameters,
    measure_crash,
    record_day,
    timeline,
)
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames


class FlashCrash(CrashParameters):
    """What may be set."""


def build(p: FlashCrash, seed: int) -> LeveragedMarket:
    """Return a world at tick 0."""
    return LeveragedMarket(p.scenario(), rng=seed)


def arms(p: FlashCrash) -> list[Arm]:
    """Return a calm day, the crash, and the crash without liquidation, leverage or withdrawal."""
    posts = p.posts()
    start = p.day.first / 86_400
    freeze = LiquidationFreeze(announcement_day=start, effective_day=start)
    return [
        Arm("calm", "No news"),
        Arm("crash", "Both posts", policies=posts),
        Arm("no-engine", "Both posts, nobody liquidated", policies=(*posts, freeze)),
        Arm(
            "no-forced",
            "Both posts, nobody liquidated, no stops",
            policies=(*posts, freeze),
            overrides={"stops": 0.0},
        ),
        Arm(
            "low-leverage",
            "Both posts, a quarter of the open interest",
            policies=posts,
            overrides={"open_interest": p.open_interest / 4},
        ),
        Arm(
            "calm-low",
            "No news, a quarter of the open interest",
            overrides={"open_interest": p.open_interest / 4},
        ),
        Arm(
            "no-withdrawal",
            "Both posts, makers stay",
            policies=posts,
            overrides={"withdrawal": 0.0},
        ),
    ]


def measure(frames: Frames, p: FlashCrash) -> Mapping[str, float]:
    """Return the metrics of one run."""
    return measure_crash(frames, p.day)


EXPERIMENT = Experiment(
    name="flash_crash",
    question="How much of the fall of 10 October 2025 was news, and how much the market's own?",
    parameters=FlashCrash,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=CRASH,
    measure=measure,
    lead=Lead(
        title="How far prices fell, and who was liquidated",
        metrics=("fall_btc", "fall_eth", "fall_sol", "fall_small", "liquidated", "accounts"),
    ),
    series=PATHS,
    record=record_day,
    claims=("LEV-H1", "LEV-H1s", "LEV-H3", "LEV-H22l", "LEV-H28n", "MIN-H14"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=FlashCrash.scenario,
    seeds=4,
    quick={"accounts": 10_000, "lead_hours": 0.5, "hours": 7.0},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
