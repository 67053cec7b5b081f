"""What a revaluation of official gold does: a fund of paper gains, spent or not, gold sold or not.

Book entries move nothing. What is spent is newly made money; a part of it stands in for bonds that
need not be sold, and does to the yield, and so to coins, what purchases of bonds do (Gagnon and
others 2011): an assumption. What is sold meets investors' gold. Hedgers see both, and hold coins
too. Where prices are frozen, coins follow the assumption alone.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from tidegate.analysis import commodities, market
from tidegate.model import Market
from tidegate.report.summary import Lead, Metric
from tidegate.setups.commodity import commodity_market, timeline
from tidegate.setups.market import CALM, PATHS, moved_by_news, record_market
from tidegate.setups.stockpiling import GoldRevaluation
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

BILLION = 1e9

METRICS = (
    Metric.of("price", "price", "BTC at the end", "USD"),
    Metric.level("assumed", "What spending does to BTC by assumption, log", "%", delta=0.01),
    Metric.of("price", "gold", "Gold at the end", "USD/kg").model_copy(update={"delta": 0.02}),
    Metric.level("sold", "Gold sold", "t", delta=10.0),
    Metric.level("proceeds", "At the prices of the days it was sold", "bn USD", delta=1.0),
    Metric.level("haven", "Gold and minerals in what hedgers hold", "%", delta=0.001),
    Metric.level("to_coins", "Hedgers' purchases of BTC", "bn USD", delta=0.1),
    *CALM,
)


def build(p: GoldRevaluation, seed: int) -> Market:
    """Return a world at tick 0; where prices are frozen they follow news of rates."""
    return moved_by_news(commodity_market(p, seed))


def arms(p: GoldRevaluation) -> list[Arm]:
    """Return the fund left alone, spent, gold sold by share, and dials."""
    stiff = {"gold_elasticity": p.gold_elasticity / 2}
    loose = {"gold_elasticity": 2 * p.gold_elasticity}
    listed = [
        Arm("none", "No revaluation, or one that is not spent"),
        Arm("spent", f"{p.fund:.0f} bn spent in a year", (p.spent(p.bonds),)),
        Arm("spent-bills", "The same, in place of bills alone", (p.spent(0.0),)),
        Arm("spent-bonds", "The same, in place of bonds alone", (p.spent(1.0),)),
        Arm("sold-fifth", "A fifth of that share of the gold sold", (p.sold(p.share / 5),)),
        Arm("sold", f"{100 * p.share:g} % of the gold sold in a year", (p.sold(p.share),)),
        Arm("sold-stiff", "The same, investors half as willing", (p.sold(p.share),), stiff),
        Arm("sold-loose", "The same, twice as willing", (p.sold(p.share),), loose),
        Arm("sold-all", "All of it sold", (p.sold(1.0),)),
        Arm("both", "Spent, and that share sold", (p.spent(p.bonds), p.sold(p.share))),
    ]
    twins = ("none", "spent", "sold", "both")
    frozen = {"matching": False}
    return [*listed, *(arm.frozen_twin(frozen) for arm in listed if arm.label in twins)]


def measure(frames: Frames, p: GoldRevaluation) -> Mapping[str, float]:
    """Return the metrics of one run."""
    days, eve, last = market.daily(frames["bars"]), p.warm_up_days - 1, p.warm_up_days + p.days - 1
    treasury = frames["treasury_gold"].filter(pl.col("day") == last)
    got = commodities.bought(frames["hedgers"], eve, last)
    return {
        "price": market.price_at(days, last),
        "assumed": frames["rates"].filter(pl.col("day") == last)["value"].item(),
        "gold": commodities.metal_price(frames["metals"], "gold", last, window=5),
        "sold": treasury["sold"].item(),
        "proceeds": treasury["proceeds"].item() / BILLION,
        "haven": commodities.haven_share(frames["hedgers"], last),
        "to_coins": got["coins"] / BILLION,
        **market.calm(market.between(days, eve, last + 1)),
    }


EXPERIMENT = Experiment(
    name="gold_revaluation",
    question="What does a revaluation of official gold do to gold and to coins?",
    parameters=GoldRevaluation,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="Spent and sold",
        metrics=("price", "assumed", "gold", "sold", "proceeds", "haven", "to_coins"),
    ),
    series=PATHS,
    record=record_market,
    claims=("MAC-H7", "MAC-H7g", "MAC-H7b"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=GoldRevaluation.scenario,
    quick={"accounts": 500, "days": 120},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
