"""Whether a rate cut, pension money and leverage together make a boom, and then a larger bust.

Equal bad news ends five booms: with none of the three, with each alone, and with all. The cut lifts
value by what a surprise of its size does in a day, and lets borrowers against coins want more debt;
pension money is coins held and an inflow that goes on (`tidegate.setups.patient`); leverage is
what calm would have permitted, and, where all three meet, what lower rates add to it. The boom of
months is the state that it ends in, and its last hours.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.analysis import crash, credit
from tidegate.leveraged_model import LeveragedMarket
from tidegate.report.summary import Lead, Metric
from tidegate.setups.boom import BoomParameters, timeline
from tidegate.setups.crash import BILLION, CRASH, PATHS, Day, record_day
from tidegate.setups.patient import INFLOW, bought
from tidegate.setups.shock import HARM, measure_harm
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

BOOM = (
    Metric.level("boom", "Rise of BTC until the bad news, log", "%", delta=0.01),
    Metric.level("below", "Lowest BTC under where the boom began, log", "%", delta=0.02),
    Metric.level("lent", "Change of what is lent against coins, log", "%", delta=0.01),
    INFLOW,
)


class BoomAndBust(BoomParameters):
    """What may be set."""


def build(p: BoomAndBust, seed: int) -> LeveragedMarket:
    """Return a world at tick 0."""
    return LeveragedMarket(p.scenario(), rng=seed)


def arms(p: BoomAndBust) -> list[Arm]:
    """Return none of the three, each alone, all of them, and all with a stronger answer."""
    held = {"held": p.pension, "paid_in": True}
    looser, eased = {"answered": p.pension}, {"eased": True}
    everything = {**held, **looser, **eased}
    together = p.events(held=p.pension, eased=True)
    return [
        Arm("none", "None of the three", p.events()),
        Arm("cut", "Rates are cut", p.events(eased=True), eased),
        Arm("pension", "Pension money", p.events(held=p.pension), held),
        Arm("leverage", "Leverage as calm would have it", p.events(), looser),
        Arm("all", "All three", together, everything),
        Arm(
            "all-double",
            "All three, leverage answers twice",
            together,
            {**everything, "answer": 2 * p.answer},
        ),
    ]


def measure(frames: Frames, p: BoomAndBust) -> Mapping[str, float]:
    """Return the metrics of one run: of the bust, and of the boom before it."""
    day, bars = p.day, frames["bars"]
    bust = Day(day.second, day.second, day.end)
    lent = credit.stock_change(frames["credit"], day.first, day.second)
    return {
        **measure_harm(frames, bust),
        "boom": -crash.fall(bars, "BTC", day.first, day.second),
        "below": crash.fall(bars, "BTC", day.first, day.end, lowest=True),
        "lent": lent if math.isfinite(lent) else math.nan,
        "bought": bought(frames) / BILLION,
    }


EXPERIMENT = Experiment(
    name="boom_and_bust",
    question="Do a rate cut, pension money and leverage together make a boom and a larger bust?",
    parameters=BoomAndBust,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=(*CRASH, *HARM, *BOOM),
    measure=measure,
    lead=Lead(
        title="The boom, and what the same bad news makes of it",
        metrics=("boom", "fall_btc", "below", "liquidated", "interest", "lent"),
    ),
    series=PATHS,
    record=record_day,
    claims=("X7", "X7-H1", "X7-H2"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=BoomAndBust.scenario,
    seeds=4,
    quick={"accounts": 2_000, "boom_hours": 1.0},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
