"""What stockpiles of defence minerals do to their prices: by word, by purchase, and in a race.

A plan of about a billion dollars may be known and not carried out, carried out and not known, or
both. How much dealers make of the word is assumed (arms at half and double); what the purchases do
is the result. Others may buy as much, or share one plan and race each other for it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from tidegate.analysis import commodities, flows, market
from tidegate.commodity_study import CommodityParameters, commodity_market, timeline
from tidegate.market_study import PATHS
from tidegate.model import Market
from tidegate.policies.stockpiling import StockpileNews, StockpilePurchases
from tidegate.report.summary import Lead, Metric
from tidegate.scenario.commodities import CommoditiesSpec
from tidegate.scenario.trade_news import TradeNewsSpec
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, parameter
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


class Stockpile(CommodityParameters):
    """What may be set."""

    days: int = parameter(
        365, "Days after the news", unit="days", source="assumption: a year", ge=30, le=3650
    )
    purchase_days: float = parameter(
        365.0, "Time in which a plan is to be spent", unit="days",
        source="assumption: contracts run for up to five years", gt=0, le=3650,
    )  # fmt: skip
    signal: float = parameter(
        1.0, "What dealers make of a plan that is public", unit="log price per log years' supply",
        source="assumption: 0.5-2; nobody has measured it", ge=0, le=100,
    )  # fmt: skip
    haste: float = parameter(
        1.0, "How much faster a stockpiler buys when prices rise", unit="1 per log price",
        source="assumption", ge=0, le=100,
    )  # fmt: skip
    rivalry: float = parameter(
        0.25, "How much faster it buys for every rival", unit="1", source="assumption", ge=0, le=10
    )
    scare: float = parameter(
        0.5, "Fear that news of a stockpile adds", unit="threat of 10 October 2025",
        source="assumption: MIN-H10 states the sign", ge=0, le=10,
    )  # fmt: skip

    def news(self) -> TradeNewsSpec:
        """Return news in which stockpiling is a bad sign."""
        return TradeNewsSpec(stockpile_scare=self.scare)

    def commodities(self) -> CommoditiesSpec:
        """Return metals with stockpilers of these nerves."""
        spec = super().commodities()
        nerves = {"days": self.purchase_days, "haste": self.haste, "rivalry": self.rivalry}
        stockpilers = tuple(one.model_copy(update=nerves) for one in spec.stockpilers)
        return spec.model_copy(update={"stockpilers": stockpilers, "signal": self.signal})


def build(p: Stockpile, seed: int) -> Market:
    """Return a world at tick 0."""
    return commodity_market(p, seed)


def arms(p: Stockpile) -> list[Arm]:
    """Return word and deed apart and together, one stockpiler and many, and dials."""
    when: dict[str, Any] = dict.fromkeys(("announcement_day", "effective_day"), p.warm_up_days)

    def word(**terms: Any) -> StockpileNews:
        return StockpileNews(**when, **terms)

    def deed(**terms: Any) -> StockpilePurchases:
        return StockpilePurchases(**when, **terms)

    shared = {"stockpilers": MANY, "plan": 1.0 / MANY}
    listed = [
        Arm("none", "No plan"),
        Arm("word", "A plan is known, nothing is bought", (word(),)),
        Arm("word-half", "Dealers make half as much of it", (word(),), {"signal": p.signal / 2}),
        Arm("word-double", "Twice as much", (word(),), {"signal": 2 * p.signal}),
        Arm("deed", "It is bought, nobody knows", (deed(),)),
        Arm("deed-stiff", "The same, dealers part with half as much", (deed(),),
            {"thin_elasticity": p.thin_elasticity / 2}),
        Arm("deed-month", "The same within a month", (deed(),), {"purchase_days": 30.0}),
        Arm("plan", "It is known and bought", (word(), deed())),
        Arm("plan-calm", "The same, and nobody takes it for a bad sign", (word(), deed()),
            {"scare": 0.0}),
        Arm("plan-scare", "The same, taken for as bad as a threat", (word(), deed()),
            {"scare": 2 * p.scare}),
        Arm("two", "Two buy as much each, nobody knows", (deed(stockpilers=2),)),
        Arm("four", "Four do", (deed(stockpilers=MANY),)),
        Arm("shared", "Four share one plan and race", (deed(**shared),)),
        Arm("shared-calm", "Four share it and do not race", (deed(**shared),),
            {"haste": 0.0, "rivalry": 0.0}),
        Arm("deed-calm", "One buys it and never hastens", (deed(),), {"haste": 0.0}),
    ]  # fmt: skip
    twins = ("none", "word", "deed", "plan", "four", "shared", "shared-calm")
    frozen = {"matching": False}
    return [*listed, *(arm.frozen_twin(frozen) for arm in listed if arm.label in twins)]


def measure(frames: Frames, p: Stockpile) -> Mapping[str, float]:
    """Return the metrics of one run."""
    days, metals = market.daily(frames["bars"]), frames["metals"]
    last = p.warm_up_days + p.days - 1
    basket = commodities.basket(metals, p.plan_weights)[p.warm_up_days - 1 :]
    spent = (
        float(table.filter(pl.col("day") == last)["spent"].sum())
        for name, table in frames.items()
        if name.startswith("stockpile_")
    )
    names = ("cobalt", "antimony", "tantalum", "scandium", "indium", "gold")
    return {
        "peak": commodities.peak(basket),
        "basket": float(basket[-1]),
        **{name: commodities.metal_price(metals, name, last, window=5) for name in names},
        "haven": commodities.haven_share(frames["hedgers"], last),
        "spent": sum(spent) / MILLION,
        "price": market.price_at(days, last),
    }


def record(frames: Frames, p: Stockpile) -> pl.DataFrame:
    """Return the paths that the report draws, by day from the news."""
    supply = p.scenario().asset.supply
    return flows.daily_paths(market.daily(frames["bars"]), p.warm_up_days, supply)


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
    record=record,
    claims=("MIN-H9", "MIN-H9f", "MIN-H10", "MIN-H11", "MIN-H11n", "MIN-H11r"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=Stockpile.scenario,
    preview={"days": 220},
    quick={"accounts": 500, "days": 120},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
