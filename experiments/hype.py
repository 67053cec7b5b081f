"""A president's word for a memecoin, or for BTC: how high the price goes, and what is left of it.

Interest spreads and fades by itself, and most of those who lose it sell. Both are put in, and with
them that what rose falls again: the twins, in which the memecoin's price is an index of interest
that nobody's trades move, say the same, and the verdict on the memecoin says so. What a market adds
is asked of BTC, which the same people buy and sell with the same money.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.analysis import hype
from tidegate.model import Market
from tidegate.report.summary import Lead, Metric
from tidegate.setups.hype import HYPE_PATHS, HypeParameters, record_hype
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

METRICS = (
    Metric.level("rise", "Memecoin's peak over its price before the word, log", "", delta=0.1),
    Metric.level("fall_back", "Its peak over its price at the end, log", "", delta=0.1),
    Metric.level("half_life", "Days from the peak until half of the rise is gone", "days",
                 delta=7.0),
    Metric.level("heard", "Part of the public that has heard", "%", delta=0.05),
    Metric.level("coin_boom", "BTC two weeks after the word over its price at the end, log", "%",
                 delta=0.01),
)  # fmt: skip


class Hype(HypeParameters):
    """What may be set."""


def build(p: Hype, seed: int) -> Market:
    """Return a world at tick 0."""
    return Market(p.scenario(), rng=seed)


def arms(p: Hype) -> list[Arm]:
    """Return silence, the word, the word to people who do not leave, and the word for BTC."""
    word, into_coins = (p.word(),), {"coins": 1.0}
    listed = [
        Arm("silence", "No word"),
        Arm("word", "A word for the memecoin", word),
        Arm("half-leave", "The same, half as many sell", word, {"leaving": p.leaving / 2.0}),
        Arm("stay", "The same, nobody sells", word, {"leaving": 0.0}),
        Arm("slow", "The same, interest lasts five times as long", word,
            {"fading": p.fading / 5.0}),
        Arm("btc", "A word for BTC, the same money", word, into_coins),
        Arm("btc-ten", "A word for BTC, ten times as many people", word,
            {**into_coins, "people": 10.0 * p.people}),
    ]  # fmt: skip
    return [*listed, *(arm.frozen_twin({"matching": False}) for arm in listed)]


def measure(frames: Frames, p: Hype) -> Mapping[str, float]:
    """Return the metrics of one run."""
    return {
        **hype.boom(frames["hype"], p.warm_up_days * 86_400, p.days),
        "coin_boom": hype.coin_boom(frames["bars"], p.warm_up_days, p.days),
    }


EXPERIMENT = Experiment(
    name="hype",
    question="Does hype lift a price and then drop it?",
    parameters=Hype,
    build=build,
    arms=arms,
    timeline=Hype.timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(title="Up and down", metrics=("rise", "fall_back", "half_life", "coin_boom")),
    series=HYPE_PATHS,
    record=record_hype,
    claims=("LEV-H27", "LEV-H27b"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=Hype.scenario,
    quick={"days": 60},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
