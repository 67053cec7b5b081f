"""What each rule of exchanges saves in a crash, and what it costs in activity."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tidegate.analysis import crash
from tidegate.leveraged_model import LeveragedMarket
from tidegate.report.summary import Lead, Metric
from tidegate.setups.crash import BILLION, CRASH, PATHS, record_day
from tidegate.setups.dial import PolicyDial
from tidegate.setups.shock import HARM, measure_harm, timeline
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

METRICS = (
    Metric.level("harm_rate", "Users' loss over open interest", "%", delta=0.005),
    Metric.level("socialised", "Taken from other traders", "bn USD", delta=0.5),
    Metric.level("calm_volume", "Traded in the last third of the lead", "bn USD", delta=0.5),
)


def build(p: PolicyDial, seed: int) -> LeveragedMarket:
    """Return a world at tick 0."""
    return LeveragedMarket(p.scenario(), rng=seed)


def arms(p: PolicyDial) -> list[Arm]:
    """Return one turn of the dial an arm, under the same news."""
    turns: dict[str, tuple[str, dict[str, Any]]] = {
        "own": ("The exchanges' own rules", {}),
        "cap-20": ("At most 20x", {"leverage_cap": 20}),
        "cap-10": ("At most 10x", {"leverage_cap": 10}),
        "cap-5": ("At most 5x", {"leverage_cap": 5}),
        "flat": ("The same margin for all sizes", {"margin": "flat"}),
        "maintenance": ("Maintenance margin half as high again", {"maintenance": 1.5}),
        "no-fund": ("No insurance funds", {"fund": 0.0}),
        "big-fund": ("Insurance funds five times as large", {"fund": 5.0}),
        "pro-rata": ("Deleveraging pro rata", {"adl": "pro_rata"}),
        "water": ("Deleveraging the highest leverage first", {"adl": "water_filling"}),
        "slice": ("A fifth first, the rest after 30 s", {"partial": "slice"}),
        "slow": ("A tenth of the throughput", {"throughput": 0.1}),
        "breaker": ("A pause of trading after 5 %", {"trigger": 0.05}),
        "halt": ("A pause of liquidation too", {"trigger": 0.05, "engine_pauses": True}),
        "band": ("A price band of 5 %", {"band": 0.05}),
    }
    return [Arm(label, title, p.news(), turn) for label, (title, turn) in turns.items()]


def measure(frames: Frames, p: PolicyDial) -> Mapping[str, float]:
    """Return the metrics of one run."""
    harm, events = measure_harm(frames, p.day), frames["liquidations"]
    return {
        **harm,
        "harm_rate": harm["users_loss"] / harm["interest"],
        "socialised": float(events.filter(kind="adl")["notional"].sum()) / BILLION,
        "calm_volume": crash.traded(frames["bars"], p.first - p.first // 3, p.first) / BILLION,
    }


EXPERIMENT = Experiment(
    name="policy_dial",
    question="Which rule of exchanges saves most in a crash for the activity that it costs?",
    parameters=PolicyDial,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=(*CRASH, *HARM, *METRICS),
    measure=measure,
    lead=Lead(
        title="Harm and activity, rule by rule",
        metrics=("users_loss", "wiped", "fall_btc", "socialised", "interest", "calm_volume"),
    ),
    series=PATHS,
    record=record_day,
    claims=("X9",),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=PolicyDial.scenario,
    seeds=4,
    preview={"accounts": 8_000, "lead_hours": 0.5, "hours": 1.0},
    quick={"accounts": 6_000, "lead_hours": 0.75, "hours": 0.6},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
