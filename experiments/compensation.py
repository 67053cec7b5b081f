"""Whether paying users for an outage keeps them, and the exchange its share of trade."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Self

import polars as pl
from pydantic import model_validator

from experiments.exchange_outage import ExchangeOutage, outage
from tidegate.analysis import crash
from tidegate.crash_study import BILLION, CRASH, PATHS, record_crash
from tidegate.leveraged_model import LeveragedMarket
from tidegate.report.summary import Lead, Metric
from tidegate.scenario.leveraged import LeveragedScenario
from tidegate.shock_study import HARM, measure_harm, timeline
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, parameter
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


class Compensation(ExchangeOutage):
    """What may be set."""

    hours: float = parameter(
        4.0, "Hours from the news to the end", unit="h", source="assumption", ge=0.1, le=240
    )
    after: float = parameter(
        15.0,
        "Minutes from the news to the outage",
        unit="min",
        source="10 October 2025: most was liquidated 25, the low came 30 minutes after the post",
        ge=0,
    )
    settled: float = parameter(
        3.0 + 10.0 / 60.0,
        "Hours from the news to the prices at which losses are marked, and paid",
        unit="h",
        source="Binance: 00:00 UTC on 11 October 2025; the post was at 20:50",
        ge=0,
        le=240,
    )
    leave: bool = parameter(
        True, "Who lost more than that trades there no more", unit="", source="assumption"
    )

    last_end: ClassVar[float] = 1.0  # all arms have the same outage

    def scenario(self) -> LeveragedScenario:
        """Return the market, with users who leave."""
        spec = super().scenario()
        crowd = spec.crowd.model_copy(update={"tolerance": self.tolerance if self.leave else None})
        return spec.model_copy(update={"crowd": crowd})

    @property
    def settled_hours(self) -> float:
        """Hours from the end of the outage to its settlement."""
        return max(0.0, self.settled - (self.after + self.minutes) / 60)

    @model_validator(mode="after")
    def _settled_in_the_run(self) -> Self:
        """Refuse a settlement that the run does not see."""
        run = self.day.end - self.first
        if self.known - self.first + self.step_seconds > run:
            raise ValueError(
                f"--settled is {self.settled:g} hours after the news; it must be a tick before "
                f"the run ends: --hours is {self.hours:g}"
            )
        return self

    @property
    def known(self) -> int:
        """Second at which users know what they lost and what they are paid."""
        return self.first + round(60 * (self.after + self.minutes) + 3_600 * self.settled_hours)


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


def record(frames: Frames, p: Compensation) -> pl.DataFrame:
    """Return the paths that the report draws."""
    return record_crash(frames, p.day)


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
    record=record,
    claims=("LEV-H14v",),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=Compensation.scenario,
    seeds=4,
    quick={"accounts": 6_000, "lead_hours": 0.75},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
