"""What users lose when their exchange cannot be reached in a crash, and what compensation mends."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal, Self

import polars as pl
from pydantic import model_validator

from tidegate.analysis import crash
from tidegate.crash_study import BILLION, CRASH, DAY, PATHS, record_crash
from tidegate.leveraged_model import LeveragedMarket
from tidegate.overload_study import OVERLOAD, OverloadParameters, measure_overload
from tidegate.policies.base import Policy
from tidegate.policies.outage import Outage, Recovery
from tidegate.report.summary import Lead, Metric
from tidegate.shock_study import HARM, measure_harm, timeline
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

METRICS = (
    Metric.level("locked_out", "Lost while locked out", "bn USD", delta=0.01),
    Metric.level("unpaid", "Of that not made good", "bn USD", delta=0.01),
    Metric.level("leavers", "Users who leave", "thousand", delta=1.0),
)


class ExchangeOutage(OverloadParameters):
    """What may be set."""

    exchange: Literal["binance", "bybit", "okx", "hyperliquid"] = parameter(
        "binance", "The exchange that fails", unit="", source="10 October 2025: the largest"
    )
    after: float = parameter(
        0.0, "Minutes from the news to the outage", unit="min", source="with the load", ge=0
    )
    minutes: float = parameter(
        30.0, "Length", unit="min", source="assumption; 10 October 2025: 30 to 100", gt=0, le=1_440
    )
    compensation: float = parameter(
        1.0, "Share paid in the arm that pays", unit="1", source="assumption", ge=0, le=1
    )
    tolerance: float = parameter(
        1_000.0, "Loss in an outage that a user bears and stays", unit="USD",
        source="assumption: no count of closed accounts is public", ge=0,
    )  # fmt: skip

    # The end of the last outage of any arm, in lengths: one arm doubles it, one comes that late.
    last_end: ClassVar[float] = 2.0

    @model_validator(mode="after")
    def _outages_begin_and_end(self) -> Self:
        """Refuse outages that the run does not see begin and end in every arm."""
        if round(60 * self.minutes) < self.step_seconds:
            raise ValueError(
                f"--minutes is {self.minutes:g}; an outage must take a tick or more: "
                f"--step-seconds is {self.step_seconds}"
            )
        end, run = self.after + self.last_end * self.minutes, (self.day.end - self.first) / 60
        if end + self.step_seconds / 60 > run:
            raise ValueError(
                f"--after is {self.after:g} and --minutes is {self.minutes:g}, so the last outage "
                f"ends {end:g} minutes after the news; it must end a tick before the run: "
                f"--hours is {self.hours:g}, which is {run:g} minutes"
            )
        return self


def outage(
    p: ExchangeOutage, *, after: float = 0.0, length: float = 1.0, **parts: object
) -> tuple[Policy, ...]:
    """Return an outage some minutes later, and some times as long, than the parameters say."""
    down = p.first + round(60 * (p.after + after))
    up = down + round(60 * p.minutes * length)
    return (
        Outage.model_validate(
            {
                "exchange": p.exchange,
                "announcement_day": down / DAY,
                "effective_day": down / DAY,
                **parts,
            }
        ),
        Recovery(announcement_day=up / DAY, effective_day=up / DAY),
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


def record(frames: Frames, p: ExchangeOutage) -> pl.DataFrame:
    """Return the paths that the report draws."""
    return record_crash(frames, p.day)


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
    record=record,
    claims=("LEV-H12", "LEV-H13", "LEV-H14", "X3"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=ExchangeOutage.scenario,
    seeds=4,
    quick={"accounts": 6_000, "lead_hours": 0.25, "hours": 1.0, "minutes": 15.0},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
