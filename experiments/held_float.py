"""Whether coins that states, pensions and companies hold for good deepen the market, or thin it.

They buy for a year and hold for another, in which calm and depth are read. Then somebody else buys
for a fixed sum: what that moves, with and without them, is the impact of a dollar. Companies stand
here as one more holder who never sells: how they finance themselves, and what becomes of them in a
fall, is not in this market. With prices frozen nobody could buy, so there are no frozen twins.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.analysis import market
from tidegate.model import Market
from tidegate.report.summary import Lead, Metric
from tidegate.setups.float import PROBE_DAYS, YEAR, FloatParameters, timeline
from tidegate.setups.market import CALM, PATHS, record_market
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

METRICS = (
    Metric.of("price", "price", f"Price {PROBE_DAYS} days after the probe", "USD"),
    *CALM,
    Metric.level("held", "Coins held for good", "%", delta=0.01),
    Metric.of("price", "price_held", "Price before the probe", "USD"),
)


class HeldFloat(FloatParameters):
    """What may be set."""


def build(p: HeldFloat, seed: int) -> Market:
    """Return a world at tick 0."""
    return Market(p.scenario(), rng=seed)


def arms(p: HeldFloat) -> list[Arm]:
    """Return nobody, each of three, and all; nobody and all with the probe; all at double."""
    probe = p.probe()
    together = (*p.states(), *p.companies(), *p.pensions())
    double = (*p.states(2), *p.companies(2), *p.pensions(2))
    return [
        Arm("none", "Nobody"),
        Arm("all", "States, companies and pensions", together),
        Arm("none-probe", "Nobody, and the probe", probe),
        Arm("all-probe", "All three, and the probe", (*together, *probe)),
        Arm("states", "States", p.states()),
        Arm("companies", "Companies", p.companies()),
        Arm("pensions", "Pensions", p.pensions()),
        Arm("double", "All three, twice as much", double),
    ]


def measure(frames: Frames, p: HeldFloat) -> Mapping[str, float]:
    """Return the metrics of one run: calm in the year of holding, the price after the probe."""
    days, probe = market.daily(frames["bars"]), p.probe_day
    supply = p.scenario().asset.supply
    return {
        "price": market.price_at(days, probe + 2 * PROBE_DAYS - 1),
        **market.calm(market.between(days, probe - YEAR, probe)),
        "held": market.outside_share(days, probe - 1, supply),
        "price_held": market.price_at(days, probe - 1),
    }


EXPERIMENT = Experiment(
    name="held_float",
    question="Coins that states, pensions and companies hold for good: calm and depth, or less of?",
    parameters=HeldFloat,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="What is held, and what it does to the market",
        metrics=("held", "price_held", "volatility", "depth", "price"),
    ),
    series=PATHS,
    record=record_market,
    claims=("KZ-H19", "KZ-H19d", "X2"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=HeldFloat.scenario,
    seeds=4,
    quick={"accounts": 500},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
