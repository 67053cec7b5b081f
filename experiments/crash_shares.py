"""Where liquidation fell on 10 October 2025 and whom it hit, beside what there was to be hit.

Exchanges' shares of what was liquidated stand beside their shares of the open interest before, and
what small accounts lost by liquidation beside what they had staked. Both are figures of the same
crash: arms live in equal worlds, and differ by what is shared out.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from tidegate.analysis import crash, crash_shares
from tidegate.leveraged_model import LeveragedMarket
from tidegate.report.summary import Lead, Metric
from tidegate.setups.crash import PATHS, CrashParameters, record_day, timeline
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

METRICS = (
    Metric.level("concentration", "Herfindahl index by exchange", "", delta=0.05),
    Metric.level("largest", "Share of the largest exchange", "%", delta=0.05),
    Metric.level("small", "Share of the nine tenths with the smallest stakes", "%", delta=0.05),
    Metric.level("gini", "Gini coefficient among all accounts", "", delta=0.05),
    Metric.level("liquidated", "Liquidated", "bn USD", delta=1.9),
    Metric.level("accounts", "Accounts liquidated", "million", delta=0.16),
)
BILLION, MILLION = 1e9, 1e6


class CrashShares(CrashParameters):
    """What may be set."""

    shared: Literal["losses", "positions"] = parameter(
        "losses", "What is shared out: what was liquidated and lost, or what was open and staked",
        unit="", source="arms set it",
    )  # fmt: skip


def build(p: CrashShares, seed: int) -> LeveragedMarket:
    """Return a world at tick 0."""
    return LeveragedMarket(p.scenario(), rng=seed)


def arms(p: CrashShares) -> list[Arm]:
    """Return the crash, once by what there was and once by what was lost of it."""
    posts = p.posts()
    return [
        Arm("positions", "Both posts: what was open and staked", posts, {"shared": "positions"}),
        Arm("losses", "Both posts: what was liquidated and lost", posts),
    ]


def measure(frames: Frames, p: CrashShares) -> Mapping[str, float]:
    """Return the metrics of one run."""
    events, accounts, day = frames["liquidations"], frames["accounts"], p.day
    start, end = day.first, day.end + 1
    if p.shared == "losses":
        parts = crash.losses_by_exchange(events, start, end)
        borne = crash_shares.losses_of_liquidated(accounts, events, start, end)
    else:
        parts = crash_shares.interest_by_exchange(frames["exchanges"], start)
        borne = crash_shares.stakes(accounts)
    whole = sum(parts.values())
    return {
        "concentration": crash_shares.herfindahl(parts.values()),
        "largest": max(parts.values()) / whole if whole else float("nan"),
        "small": crash_shares.share_of_small(accounts, borne),
        "gini": crash_shares.gini_of(accounts, borne),
        "liquidated": crash.liquidated(events, start, end) / BILLION,
        "accounts": crash.accounts_hit(events, start, end)[0] / MILLION,
    }


EXPERIMENT = Experiment(
    name="crash_shares",
    question="Where did liquidation fall on 10 October 2025, and whom did it hit?",
    parameters=CrashShares,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="How it is shared out",
        metrics=("concentration", "largest", "small", "gini", "liquidated", "accounts"),
    ),
    series=PATHS,
    record=record_day,
    claims=("LEV-H22", "LEV-H28"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=CrashShares.scenario,
    seeds=4,
    quick={"accounts": 10_000, "lead_hours": 0.5, "hours": 7.0},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
