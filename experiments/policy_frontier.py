"""How little harm a crash can do for the trade that exchanges' rules leave, all turned at once."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from experiments.policy_dial import EXPERIMENT as DIAL
from tidegate.leveraged_model import LeveragedMarket
from tidegate.setups.dial import PolicyDial
from tidegate.setups.overload import OverloadParameters
from tidegate.setups.shock import timeline
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames


class PolicyFrontier(OverloadParameters, PolicyDial):
    """What may be set: every rule of the dial, and what exchanges do when orders are too many."""


def build(p: PolicyFrontier, seed: int) -> LeveragedMarket:
    """Return a world at tick 0."""
    return LeveragedMarket(p.scenario(), rng=seed)


def arms(p: PolicyFrontier) -> list[Arm]:
    """Return the one arm: the rules that are set, under the news."""
    return [Arm("rules", "The rules that are set", p.news())]


def measure(frames: Frames, p: PolicyFrontier) -> Mapping[str, float]:
    """Return the metrics of one run."""
    return DIAL.measure(frames, p)


EXPERIMENT = Experiment(
    name="policy_frontier",
    question="How little harm can a crash do for the trade that rules of exchanges leave?",
    parameters=PolicyFrontier,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=DIAL.metrics,
    measure=measure,
    lead=DIAL.lead,
    series=DIAL.series,
    record=DIAL.record,
    scenario=PolicyFrontier.scenario,
    seeds=DIAL.seeds,
    quick=DIAL.quick,
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
