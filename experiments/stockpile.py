"""What stockpiles of defence minerals do to their prices: by word, by purchase, and in a race.

A plan of about a billion dollars may be known and not carried out, carried out and not known, or
both. How much dealers make of the word is assumed (arms at half and double); what the purchases do
is the result. Others may buy as much, or share one plan and race each other for it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.analysis import commodities, market
from tidegate.model import Market
from tidegate.report.summary import Lead, Metric
from tidegate.setups.commodity import commodity_market, timeline
from tidegate.setups.market import PATHS, record_market
from tidegate.setups.stockpiling import Stockpile
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

MANY = 4
MILLION = 1e6

METRICS = (
    Metric.of("price", "peak", "Basket of minerals at its highest", "").model_copy(
        update={"delta": 0.05}
    ),
    Metric.of("price", "basket", "Basket at the end", "").model_copy(update={"delta": 0.05}),
    *(
        Metric.of("price", metal, f"{metal.capitalize()} at the end", "USD/kg").model_copy(
            update={"delta": 0.05}
        )
        for metal in ("cobalt", "antimony", "tantalum", "scandium", "indium")
    ),
    Metric.level("haven", "Gold and minerals in what hedgers hold", "%", delta=0.001),
    Metric.of("price", "gold", "Gold at the end", "USD/kg").model_copy(update={"delta": 0.005}),
    Metric.level("spent", "Spent by all stockpilers", "million USD", delta=10.0),
    Metric.of("price", "price", "BTC at the end", "USD"),
)


def build(p: Stockpile, seed: int) -> Market:
    """Return a world at tick 0."""
    return commodity_market(p, seed)


def arms(p: Stockpile) -> list[Arm]:
    """Return word and deed apart and together, one stockpiler and many, and dials."""
    word, deed, shared = p.word(), p.deed(), p.deed(MANY, plan=1.0 / MANY)
    listed = [
        Arm("none", "No plan"),
        Arm("word", "A plan is known, nothing is bought", (word,)),
        Arm("word-half", "Dealers make half as much of it", (word,), {"signal": p.signal / 2}),
        Arm("word-double", "Twice as much", (word,), {"signal": 2 * p.signal}),
        Arm("deed", "It is bought, nobody knows", (deed,)),
        Arm("deed-stiff", "The same, dealers part with half as much", (deed,),
            {"thin_elasticity": p.thin_elasticity / 2}),
        Arm("deed-month", "The same within a month", (deed,), {"purchase_days": 30.0}),
        Arm("plan", "It is known and bought", (word, deed)),
        Arm("plan-calm", "The same, and nobody takes it for a bad sign", (word, deed),
            {"scare": 0.0}),
        Arm("plan-scare", "The same, taken for as bad as a threat", (word, deed),
            {"scare": 2 * p.scare}),
        Arm("two", "Two buy as much each, nobody knows", (p.deed(2),)),
        Arm("four", "Four do", (p.deed(MANY),)),
        Arm("shared", "Four share one plan and race", (shared,)),
        Arm("shared-calm", "Four share it and do not race", (shared,),
            {"haste": 0.0, "rivalry": 0.0}),
        Arm("deed-calm", "One buys it and never hastens", (deed,), {"haste": 0.0}),
    ]  # fmt: skip
    twins = ("none", "word", "deed", "plan", "four", "shared", "shared-calm")
    frozen = {"matching": False}
    return [*listed, *(arm.frozen_twin(frozen) for arm in listed if arm.label in twins)]


def measure(frames: Frames, p: Stockpile) -> Mapping[str, float]:
    """Return the metrics of one run."""
    days, metals = market.daily(frames["bars"]), frames["metals"]
    last = p.warm_up_days + p.days - 1
    basket = commodities.basket(metals, p.plan_weights)[p.warm_up_days - 1 :]
    names = ("cobalt", "antimony", "tantalum", "scandium", "indium", "gold")
    return {
        "peak": commodities.peak(basket),
        "basket": float(basket[-1]),
        **{name: commodities.metal_price(metals, name, last, window=5) for name in names},
        "haven": commodities.haven_share(frames["hedgers"], last),
        "spent": commodities.stockpiled(frames, last) / MILLION,
        "price": market.price_at(days, last),
    }


EXPERIMENT = Experiment(
    name="stockpile",
    question="What do stockpiles do to the prices of minerals: by word, by deed, in a race?",
    parameters=Stockpile,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="Word and deed",
        metrics=("peak", "basket", "cobalt", "tantalum", "scandium", "spent", "haven", "gold"),
    ),
    series=PATHS,
    record=record_market,
    claims=("MIN-H9", "MIN-H9f", "MIN-H10", "MIN-H11", "MIN-H11n", "MIN-H11r"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=Stockpile.scenario,
    preview={"days": 150},
    quick={"accounts": 500, "days": 120},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
