"""What a threat of tariffs and export controls does to coins, gold and those who look for a haven.

What a threat does to values on its first day is that of 10 October 2025, an assumption; so are its
chances, and what hedgers believe. What trading adds, where money goes and whether gold follows from
flows alone (arms in which nobody tells gold anything) is the result. Frozen twins show what is
assumed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.analysis import commodities, market, trade_news
from tidegate.model import Market
from tidegate.report.summary import Lead, Metric
from tidegate.setups.commodity import commodity_market, timeline
from tidegate.setups.market import CALM, PATHS, record_market
from tidegate.setups.trade import SOON, ExportControls
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

FLED = 14  # days after the news at which hedgers' purchases are read
BILLION = 1e9

METRICS = (
    Metric.of("price", "price_day", "BTC at the close of the day", "USD"),
    Metric.of("price", "price_relief", f"BTC, {SOON} days after the softer tone is due", "USD"),
    Metric.of("price", "price", "BTC at the end", "USD"),
    Metric.level("assumed", "What news does to BTC by then by assumption, log", "%", delta=0.01),
    Metric.level("added", "What trading adds to the day's move, log", "%", delta=0.01),
    Metric.level("worst", "Largest fall of BTC until a week after it is due, log", "%", delta=0.02),
    Metric.of("price", "gold_soon", f"Gold, {SOON} days after the news", "USD/kg").model_copy(
        update={"delta": 0.005}
    ),
    Metric.of("price", "gold_relief", "Gold when relief is read", "USD/kg").model_copy(
        update={"delta": 0.005}
    ),
    Metric.level("to_gold", f"Hedgers' purchases of gold in {FLED} days", "bn USD", delta=0.1),
    Metric.level("to_coins", "Hedgers' purchases of BTC", "bn USD", delta=0.1),
    Metric.level("to_dollars", "Hedgers' purchases of dollars", "bn USD", delta=0.1),
    Metric.of("price", "minerals", "Basket of minerals at the end", "").model_copy(
        update={"delta": 0.05}
    ),
    Metric.level("saved", "Coins held for distrust", "thousand BTC", delta=1.0),
    *CALM,
)


def build(p: ExportControls, seed: int) -> Market:
    """Return a world at tick 0."""
    return commodity_market(p, seed)


def arms(p: ExportControls) -> list[Arm]:
    """Return threats and what comes of them, goods without mood, distrust, and dials."""
    threat, enacted, goods = p.threat(), p.threat(done=True), p.goods()
    soft = (threat, p.softer())
    flows_alone = {"gold_effect": 0.0}
    half, double = {"intensity": p.intensity / 2}, {"intensity": 2 * p.intensity}

    listed = [
        Arm("none", "Nothing happens"),
        Arm("threat", "A threat, dropped when it is due", (threat,)),
        Arm("threat-half", "A threat half as large", (p.threat(0.5),)),
        Arm("enacted", "The threat, carried out when it is due", (enacted,)),
        Arm("surprise", "The same without a threat", (p.surprise(),)),
        Arm("doubt", "The threat, where not knowing has a price", (threat,), {"premium": 0.05}),
        Arm("soft", "The threat, and a softer tone on Sunday", soft),
        Arm("threat-flows", "The threat, gold told nothing", (threat,), flows_alone),
        Arm("soft-flows", "The softer tone, gold told nothing", soft, flows_alone),
        Arm("wary-half", "Gold told nothing, hedgers half as wary", (threat,),
            {**flows_alone, **half}),
        Arm("wary-double", "Gold told nothing, hedgers twice as wary", (threat,),
            {**flows_alone, **double}),
        Arm("technology", "BTC a technology share to all", (threat,), {"digital_gold": 0.0}),
        Arm("digital", "BTC gold to all", (threat,), {"digital_gold": 1.0}),
        Arm("goods", "Goods do not arrive, no mood", (goods,)),
        Arm("both", "The threat, and goods do not arrive", (threat, goods)),
        Arm("distrust-half", "Distrust at half", (p.distrust(0.5),)),
        Arm("distrust", "Distrust in full", (p.distrust(1.0),)),
    ]  # fmt: skip
    frozen = ("none", "threat", "enacted", "surprise", "soft", "threat-flows", "soft-flows",
              "goods", "distrust")  # fmt: skip
    twins = [arm.frozen_twin({"matching": False}) for arm in listed if arm.label in frozen]
    return [*listed, *twins]


def measure(frames: Frames, p: ExportControls) -> Mapping[str, float]:
    """Return the metrics of one run."""
    days, eve, last = market.daily(frames["bars"]), p.eve, p.last_day
    got = commodities.bought(frames["hedgers"], eve, eve + FLED)
    basket = commodities.basket(frames["metals"], p.plan_weights)
    return {
        **trade_news.scare(days, frames["trade"], eve, watched=p.scare_days),
        "price_relief": market.price_at(days, p.relief_day, window=3),
        "price": market.price_at(days, last),
        "gold_soon": commodities.metal_price(frames["metals"], "gold", eve + SOON),
        "gold_relief": commodities.metal_price(frames["metals"], "gold", p.relief_day, window=3),
        "to_gold": got["gold"] / BILLION,
        "to_coins": got["coins"] / BILLION,
        "to_dollars": got["dollars"] / BILLION,
        "minerals": float(basket[last]),
        "saved": float(frames["distrust"]["coins"][-1]) / 1_000.0,
        **market.calm(market.between(days, eve, last + 1)),
    }


EXPERIMENT = Experiment(
    name="export_controls",
    question="What does a threat of export controls do to coins, gold and those who flee?",
    parameters=ExportControls,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="The day, what of it is assumed, and where money goes",
        metrics=(
            "price_day",
            "assumed",
            "added",
            "worst",
            "gold_soon",
            "to_gold",
            "to_coins",
            "price",
        ),
    ),
    series=PATHS,
    record=record_market,
    claims=(
        *("MIN-H1", "MIN-H2", "MIN-H3a", "MIN-H3b", "MIN-H3c"),
        *("MIN-H4", "MIN-H6", "MIN-H6g", "MIN-H6d", "MIN-H13", "MAC-H6"),
    ),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=ExportControls.scenario,
    quick={"accounts": 500, "days": 60},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
