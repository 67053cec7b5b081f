"""What users lose when their exchange cannot be reached in a crash, and what compensation mends."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.analysis import crash
from tidegate.leveraged_model import LeveragedMarket
from tidegate.report.summary import Lead, Metric
from tidegate.setups.crash import BILLION, CRASH, PATHS, record_day
from tidegate.setups.outage import ExchangeOutage, outage
from tidegate.setups.overload import OVERLOAD, measure_overload
from tidegate.setups.shock import HARM, measure_harm, timeline
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

METRICS = (
    Metric.level("locked_out", "Lost while locked out", "bn USD", delta=0.01),
    Metric.level("unpaid", "Of that not made good", "bn USD", delta=0.01),
    Metric.level("leavers", "Users who leave", "thousand", delta=1.0),
)


def build(p: ExchangeOutage, seed: int) -> LeveragedMarket:
    """Return a world at tick 0."""
    return LeveragedMarket(p.scenario(), rng=seed)


def arms(p: ExchangeOutage) -> list[Arm]:
    """Return outages that differ in what fails, when, for how long, in what market."""
    news, low = p.news(), {"open_interest": p.open_interest / 4}
    full, refused = {"capacity": p.limit}, {"capacity": p.limit, "overload": "refuse"}
    users = outage(p)
    return [
        Arm("up", "News, no outage", news),
        Arm("users", "News, users locked out", (*news, *users)),
        Arm("engine-too", "News, the engine down too", (*news, *outage(p, engine=True))),
        Arm("dark", "News, makers locked out too", (*news, *outage(p, engine=True, desks=True))),
        Arm("late", "Users locked out after the trough", (*news, *outage(p, after=p.minutes))),
        Arm("long", "Users locked out twice as long", (*news, *outage(p, length=2.0))),
        Arm("paid", "Users paid", (*news, *outage(p, compensation=p.compensation))),
        Arm("saturates", "News, orders above capacity wait", news, full),
        Arm("refuses", "News, orders above capacity are refused", news, refused),
        Arm("low", "News, a quarter of the open interest", news, low),
        Arm("low-users", "News, a quarter of it, users locked out", (*news, *users), low),
        Arm("calm", "No news"),
        Arm("calm-users", "No news, users locked out", users),
        Arm("calm-low", "No news, a quarter of the open interest", overrides=low),
        Arm("calm-low-users", "No news, a quarter of it, users locked out", users, low),
    ]


def measure(frames: Frames, p: ExchangeOutage) -> Mapping[str, float]:
    """Return the metrics of one run: harm at the exchange that fails."""
    lockouts = frames["lockouts"]
    return {
        **measure_harm(frames, p.day, exchange=p.exchange),
        **measure_overload(frames, p.day, exchange=p.exchange),
        "locked_out": crash.lockout_loss(lockouts) / BILLION,
        "unpaid": crash.lockout_loss(lockouts, net=True) / BILLION,
        "leavers": crash.leavers(lockouts, p.tolerance) / 1e3,
    }


EXPERIMENT = Experiment(
    name="exchange_outage",
    question="What do users lose who cannot reach their exchange in a crash?",
    parameters=ExchangeOutage,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=(*CRASH, *HARM, *METRICS, *OVERLOAD),
    measure=measure,
    lead=Lead(
        title="Users of the exchange that fails",
        metrics=("loss_rate", "users_loss", "wiped", "locked_out", "unpaid", "late", "queue"),
    ),
    series=PATHS,
    record=record_day,
    claims=("LEV-H12", "LEV-H13", "LEV-H14", "X3"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=ExchangeOutage.scenario,
    seeds=4,
    quick={"accounts": 6_000, "lead_hours": 0.25, "hours": 1.0, "minutes": 15.0},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
