"""What a threat of tariffs and export controls does to coins, gold and those who look for a haven.

What a threat does to values on its first day is that of 10 October 2025, an assumption; so are its
chances, and what hedgers believe. What trading adds, where money goes and whether gold follows from
flows alone (arms in which nobody tells gold anything) is the result. Frozen twins show what is
assumed.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from tidegate.analysis import commodities, flows, market
from tidegate.commodity_study import CommodityParameters, commodity_market, timeline
from tidegate.market_study import CALM, PATHS
from tidegate.model import Market
from tidegate.policies.base import Policy
from tidegate.policies.export_controls import Distrust, Escalation, GoodsShock, Softening
from tidegate.report.summary import Lead, Metric
from tidegate.scenario import Scenario
from tidegate.scenario.commodities import CommoditiesSpec, DistrustSpec
from tidegate.scenario.mining_hosts import YEAR_2026
from tidegate.scenario.trade_news import TradeNewsSpec
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

NEWS = TradeNewsSpec()
WEEK = 7
SOON, FLED = 5, 14  # days after the news at which prices, and hedgers' purchases, are read
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


class ExportControls(CommodityParameters):
    """What may be set."""

    size: float = parameter(
        1.0, "Size of the escalation", unit="threat of 10 October 2025",
        source="as it was (M6)", gt=0, le=10,
    )  # fmt: skip
    notice: int = parameter(
        22, "Days from the threat until it is due", unit="days",
        source="10 October to 1 November 2025", ge=SOON + 3, le=50,
    )  # fmt: skip
    softening: float = parameter(
        0.55, "What a softer tone takes away", unit="1",
        source="computed: part of the fall regained on 12-13 October 2025", gt=0, le=1,
    )  # fmt: skip
    soft_days: int = parameter(
        2, "Days from the threat to the softer tone: from Friday to Sunday", unit="days",
        source="12 October 2025", ge=1, le=20,
    )  # fmt: skip
    gold_effect: float = parameter(
        NEWS.gold, "What the threat tells gold; 0: money alone moves it", unit="log price",
        source="10 October 2025: +1.4 %", ge=-1, le=1,
    )  # fmt: skip
    premium: float = parameter(
        0.0, "What not knowing costs by itself", unit="log price of BTC",
        source="off: no measurement", ge=0, le=1,
    )  # fmt: skip
    lost: float = parameter(
        0.5, "Controlled supply that does not arrive, where goods are short", unit="1",
        source="assumption", gt=0, le=1,
    )  # fmt: skip
    distrust_usd: float = parameter(
        20.0, "Savings in coins a year at full distrust", unit="bn USD",
        source="assumption: nobody has measured it", gt=0, le=1000,
    )  # fmt: skip

    def news(self) -> TradeNewsSpec:
        """Return direct effects with these dials."""
        return NEWS.model_copy(update={"gold": self.gold_effect, "premium": self.premium})

    def commodities(self) -> CommoditiesSpec:
        """Return metals, news and traders, the distrustful among them."""
        savers = DistrustSpec(usd_year=self.distrust_usd * BILLION)
        return super().commodities().model_copy(update={"distrust": savers})

    def scenario(self) -> Scenario:
        """Return the market with miners too, whom goods may not reach."""
        return super().scenario().model_copy(update={"mining": YEAR_2026})


def build(p: ExportControls, seed: int) -> Market:
    """Return a world at tick 0."""
    return commodity_market(p, seed)


def arms(p: ExportControls) -> list[Arm]:
    """Return threats and what comes of them, goods without mood, distrust, and dials."""
    day = p.warm_up_days
    when: dict[str, Any] = dict.fromkeys(("announcement_day", "effective_day"), day)

    def threat(*, done: bool = False, size: float = p.size) -> Policy:
        due: dict[str, Any] = {"announcement_day": day, "effective_day": day + p.notice}
        return Escalation(size=size, success_probability=float(done), **due)

    after: dict[str, Any] = dict.fromkeys(when, day + p.soft_days)
    soft = (threat(), Softening(strength=p.softening, **after))
    goods = GoodsShock(lost=p.lost, days=float(p.days), **when)
    flows_alone = {"gold_effect": 0.0}
    half, double = {"intensity": p.intensity / 2}, {"intensity": 2 * p.intensity}

    listed = [
        Arm("none", "Nothing happens"),
        Arm("threat", "A threat, dropped when it is due", (threat(),)),
        Arm("threat-half", "A threat half as large", (threat(size=p.size / 2),)),
        Arm("enacted", "The threat, carried out when it is due", (threat(done=True),)),
        Arm("surprise", "The same without a threat", (Escalation(size=p.size, **when),)),
        Arm("doubt", "The threat, where not knowing has a price", (threat(),), {"premium": 0.05}),
        Arm("soft", "The threat, and a softer tone on Sunday", soft),
        Arm("threat-flows", "The threat, gold told nothing", (threat(),), flows_alone),
        Arm("soft-flows", "The softer tone, gold told nothing", soft, flows_alone),
        Arm("wary-half", "Gold told nothing, hedgers half as wary", (threat(),),
            {**flows_alone, **half}),
        Arm("wary-double", "Gold told nothing, hedgers twice as wary", (threat(),),
            {**flows_alone, **double}),
        Arm("technology", "BTC a technology share to all", (threat(),), {"digital_gold": 0.0}),
        Arm("digital", "BTC gold to all", (threat(),), {"digital_gold": 1.0}),
        Arm("goods", "Goods do not arrive, no mood", (goods,)),
        Arm("both", "The threat, and goods do not arrive", (threat(), goods)),
        Arm("distrust-half", "Distrust at half", (Distrust(level=0.5, **when),)),
        Arm("distrust", "Distrust in full", (Distrust(level=1.0, **when),)),
    ]  # fmt: skip
    frozen = ("none", "threat", "enacted", "surprise", "soft", "threat-flows", "soft-flows",
              "goods", "distrust")  # fmt: skip
    twins = [arm.frozen_twin({"matching": False}) for arm in listed if arm.label in frozen]
    return [*listed, *twins]


def scare_days(p: ExportControls) -> range:
    """Return the days from the eve of the news until a week after what it threatens is due."""
    return range(p.warm_up_days - 1, p.warm_up_days + p.notice + WEEK)


def measure(frames: Frames, p: ExportControls) -> Mapping[str, float]:
    """Return the metrics of one run."""
    days, eve, last = market.daily(frames["bars"]), p.warm_up_days - 1, p.warm_up_days + p.days - 1
    before, day = (market.price_at(days, at, window=1) for at in (eve, eve + 1))
    soon, relief = eve + SOON, eve + p.soft_days + SOON
    window = scare_days(p)
    scare = market.between(days, window.start, window.stop)["price"].to_numpy()
    value = frames["trade"].filter(pl.col("day") == eve + 1)["value"].item()
    run = market.between(days, eve, last + 1)
    got = commodities.bought(frames["hedgers"], eve, eve + FLED)
    basket = commodities.basket(frames["metals"], p.plan_weights)
    return {
        "price_day": day,
        "price_relief": market.price_at(days, relief, window=3),
        "price": market.price_at(days, last),
        "assumed": value,
        "added": math.log(day / before) - value,
        "worst": math.log(before / float(scare.min())),
        "gold_soon": commodities.metal_price(frames["metals"], "gold", soon),
        "gold_relief": commodities.metal_price(frames["metals"], "gold", relief, window=3),
        "to_gold": got["gold"] / BILLION,
        "to_coins": got["coins"] / BILLION,
        "to_dollars": got["dollars"] / BILLION,
        "minerals": float(basket[last]),
        "saved": float(frames["distrust"]["coins"][-1]) / 1_000.0,
        **market.calm(run),
    }


def record(frames: Frames, p: ExportControls) -> pl.DataFrame:
    """Return the paths that the report draws, by day from the news."""
    supply = p.scenario().asset.supply
    return flows.daily_paths(market.daily(frames["bars"]), p.warm_up_days, supply)


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
    record=record,
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
