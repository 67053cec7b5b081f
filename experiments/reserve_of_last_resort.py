"""Whether a state's reserve that buys in a crash lifts the trough, and whether it buys too early.

The money is of seizures that were sold before the crash and lies there in dollars: an assumption,
for seized coins that are still coins are worth less just then, and to sell them would be no help.
The state watches the price from the news on and, once that has fallen by the trigger, buys evenly
over its time, at no more than the price that made it begin. It looks once a minute; what deciding
takes is in no arm but `slow`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.analysis.spot_buyers import outlay_and_gain
from tidegate.leveraged_model import LeveragedMarket
from tidegate.report.summary import Lead, Metric
from tidegate.setups.crash import BILLION, CRASH, PATHS, record_day
from tidegate.setups.last_resort import LastResortParameters
from tidegate.setups.shock import HARM, measure_harm, timeline
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

RESERVE = (
    Metric.level("trough", "Lowest BTC over the price before the news, log", "%", delta=0.01),
    Metric.level("spent", "Spent by the reserve", "bn USD", delta=0.1),
    Metric.level("gain", "Its coins at the end over what they cost, less 1", "%", delta=0.01),
)
SMALL, LARGE, VAST = 0.5, 5.0, 20.0  # over the size of the usual arm
EARLY, LATE = 0.6, 1.6  # over its trigger: 3 % and 8 % at the default
SLOW_HOURS = 24.0


class ReserveOfLastResort(LastResortParameters):
    """What may be set."""


def build(p: ReserveOfLastResort, seed: int) -> LeveragedMarket:
    """Return a world at tick 0."""
    return LeveragedMarket(p.scenario(), rng=seed)


def arms(p: ReserveOfLastResort) -> list[Arm]:
    """Return no reserve, reserves of several sizes, and others at other triggers and paces."""

    def arm(label: str, title: str, times: float, **others: float) -> Arm:
        return Arm(label, title, p.news(), {"reserve": times * p.size, **others})

    return [
        Arm("none", "No reserve", p.news()),
        arm("small", "Half the size", SMALL),
        arm("usual", "The usual size", 1.0),
        arm("large", "Five times it", LARGE),
        arm("vast", "Twenty times it", VAST),
        arm("usual-early", "The usual size, at a smaller fall", 1.0, trigger=EARLY * p.trigger),
        arm("usual-late", "The usual size, at a larger fall", 1.0, trigger=LATE * p.trigger),
        arm("early", "Five times it, at a smaller fall", LARGE, trigger=EARLY * p.trigger),
        arm("late", "Five times it, at a larger fall", LARGE, trigger=LATE * p.trigger),
        arm("slow", "Five times it, over a day", LARGE, work_hours=SLOW_HOURS),
    ]


def measure(frames: Frames, p: ReserveOfLastResort) -> Mapping[str, float]:
    """Return the metrics of one run."""
    harm = measure_harm(frames, p.day)
    spent, gain = outlay_and_gain(frames["buyers"], frames["bars"])
    return {**harm, "trough": -harm["fall_btc"], "spent": spent / BILLION, "gain": gain}


EXPERIMENT = Experiment(
    name="reserve_of_last_resort",
    question="Does a state that buys in a crash lift its trough, or does it buy too early?",
    parameters=ReserveOfLastResort,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=(*CRASH, *HARM, *RESERVE),
    measure=measure,
    lead=Lead(
        title="The same news with a buyer of last resort and without",
        metrics=("trough", "close_btc", "liquidated", "users_loss", "spent", "gain"),
    ),
    series=PATHS,
    record=record_day,
    claims=("X10", "X10-H1", "X10-H2", "X10-H3"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=ReserveOfLastResort.scenario,
    seeds=4,
    quick={"accounts": 2_000},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
