"""Whether paying users for an outage keeps them, and the exchange its share of trade."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.analysis import crash
from tidegate.leveraged_model import LeveragedMarket
from tidegate.report.summary import Lead, Metric
from tidegate.setups.crash import BILLION, CRASH, PATHS, record_day
from tidegate.setups.outage import Compensation, outage
from tidegate.setups.shock import HARM, measure_harm, timeline
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

METRICS = (
    Metric.level("leavers", "Users who leave", "thousand", delta=1.0),
    Metric.level("volume_share", "Its share of trade afterwards", "%", delta=0.005),
    Metric.level("paid", "Paid to users", "bn USD", delta=0.01),
    Metric.level("unpaid", "Lost and not made good", "bn USD", delta=0.01),
    Metric.level("per_user", "Paid per user who stays for it", "USD", delta=100.0),
)
SHARES = (0.0, 0.1, 0.25, 0.5, 1.0)
NAMES = ("unpaid", "tenth", "quarter", "half", "paid")


def build(p: Compensation, seed: int) -> LeveragedMarket:
    """Return a world at tick 0."""
    return LeveragedMarket(p.scenario(), rng=seed)


def arms(p: Compensation) -> list[Arm]:
    """Return an outage in a crash whose victims are paid nothing, all, or parts of it."""
    news = p.news()
    hours = p.settled_hours
    unpaid = (*news, *outage(p, settled_hours=hours))
    whole = (*news, *outage(p, settled_hours=hours, compensation=1.0))
    paid = [
        Arm(
            name,
            f"{share:.0%} of losses paid",
            (*news, *outage(p, settled_hours=hours, compensation=share)),
        )
        for name, share in zip(NAMES, SHARES, strict=True)
    ]
    stay = {"leave": False}
    return [
        *paid,
        Arm("up", "No outage", news),
        Arm("unpaid-stay", "Nothing paid, nobody leaves", unpaid, stay),
        Arm("paid-stay", "All paid, nobody leaves", whole, stay),
    ]


def measure(frames: Frames, p: Compensation) -> Mapping[str, float]:
    """Return the metrics of one run: of the exchange that fails, its volume once it has settled."""
    lockouts, bars = frames["lockouts"], frames["bars"]
    there = bars.filter(exchange=p.exchange)
    everywhere = crash.traded(bars, p.known, p.day.end)
    lost, unpaid = crash.lockout_loss(lockouts), crash.lockout_loss(lockouts, net=True)
    left = crash.leavers(lockouts, p.tolerance)
    angry = crash.leavers(lockouts.with_columns(paid=0.0), p.tolerance)
    kept = angry - left
    return {
        **measure_harm(frames, p.day, exchange=p.exchange),
        "leavers": left / 1e3,
        "volume_share": crash.traded(there, p.known, p.day.end) / everywhere
        if everywhere
        else math.nan,
        "paid": (lost - unpaid) / BILLION,
        "unpaid": unpaid / BILLION,
        "per_user": (lost - unpaid) / kept if kept else math.nan,
    }


EXPERIMENT = Experiment(
    name="compensation",
    question="Does paying for an outage keep an exchange its users and its trade?",
    parameters=Compensation,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=(*CRASH, *HARM, *METRICS),
    measure=measure,
    lead=Lead(
        title="What is paid, and who stays for it",
        metrics=("leavers", "volume_share", "paid", "unpaid", "per_user"),
    ),
    series=PATHS,
    record=record_day,
    claims=("LEV-H14v",),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=Compensation.scenario,
    seeds=4,
    quick={"accounts": 6_000, "lead_hours": 0.75},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
