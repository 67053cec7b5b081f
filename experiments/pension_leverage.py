"""Whether coins held for good, and the leverage that calm invites, make crashes larger.

Equal news meets four markets: as it is; with a share of all coins held by pension money that never
sells; with the leverage that such calm would invite, but without the holders; and with both. What
is assumed is how much calmer and thinner prices are with coins held, and how leverage answers calm
(`tidegate.setups.patient`); what the same news then does is the result.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tidegate.analysis import crash
from tidegate.analysis.facts import excess_kurtosis
from tidegate.leveraged_model import LeveragedMarket
from tidegate.report.summary import Lead, Metric
from tidegate.setups.crash import BILLION, CRASH, PATHS, record_day
from tidegate.setups.patient import INFLOW, PatientParameters, bought
from tidegate.setups.shock import HARM, measure_harm, timeline
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

TAIL = (
    Metric.level("kurtosis", "Excess kurtosis of minutes from the news on, BTC", "", delta=0.5),
    Metric.level("before", "Volatility before the news, a day", "%", delta=0.001),
    INFLOW,
)
SETTLED = 0.5  # of the time before the news: what comes before is burn-in
MINUTES_A_DAY = 1_440


class PensionLeverage(PatientParameters):
    """What may be set."""

    locked: float = parameter(
        0.10,
        "Share of all coins that states, funds and pension money come to hold beyond today's",
        unit="1",
        source="assumption: about what listed funds and treasuries held late in 2025",
        gt=0,
        le=0.5,
    )


def build(p: PensionLeverage, seed: int) -> LeveragedMarket:
    """Return a world at tick 0."""
    return LeveragedMarket(p.scenario(), rng=seed)


def arms(p: PensionLeverage) -> list[Arm]:
    """Return each half of the mechanism and both, more coins held, and its dials moved."""

    def arm(label: str, title: str, held: float, answered: float, **dials: float) -> Arm:
        calming = dials.get("calming", p.calming)
        news = p.model_copy(update={"calming": calming}).post(held)
        paid_in = {"paid_in": True} if held else {}
        return Arm(label, title, news, {"held": held, "answered": answered, **paid_in, **dials})

    some, many = p.pension, p.locked
    return [
        Arm("none", "As it is", p.post()),
        arm("pension", "Pension money holds coins, leverage stays", some, 0.0),
        arm("leverage", "Leverage as calm would have it, no pension money", 0.0, some),
        arm("both", "Pension money, and leverage that answers", some, some),
        arm("locked", "States and funds hold more, leverage answers", many, many),
        arm("locked-fixed", "They hold more, leverage stays", many, 0.0),
        arm("locked-half", "Leverage answers by half", many, many, answer=p.answer / 2),
        arm("locked-double", "It answers twice", many, many, answer=2 * p.answer),
        arm("locked-uncalm", "They thin the book, nothing gets calmer", many, many, calming=0.0),
        arm("locked-thin", "They thin the book twice as much", many, many, thinning=2 * p.thinning),
    ]


def measure(frames: Frames, p: PensionLeverage) -> Mapping[str, float]:
    """Return the metrics of one run."""
    day, bars = p.day, frames["bars"]
    calm = crash.minute_returns(bars, "BTC", SETTLED * day.first // 60 * 60, day.first)
    return {
        **measure_harm(frames, day),
        "kurtosis": excess_kurtosis(crash.minute_returns(bars, "BTC", day.first, day.end)),
        "before": float(np.std(calm)) * MINUTES_A_DAY**0.5,
        "bought": bought(frames) / BILLION,
    }


EXPERIMENT = Experiment(
    name="pension_leverage",
    question="Do coins that are held for good, and leverage that calm invites, deepen crashes?",
    parameters=PensionLeverage,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=(*CRASH, *HARM, *TAIL),
    measure=measure,
    lead=Lead(
        title="The same news where coins are held, and where leverage answers calm",
        metrics=("fall_btc", "liquidated", "interest", "kurtosis", "before", "depth_trough"),
    ),
    series=PATHS,
    record=record_day,
    claims=("KZ-H19r", "X1", "X1-H1", "X1-H2"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=PensionLeverage.scenario,
    seeds=4,
    quick={"accounts": 2_000},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
