"""Whether lending against coins expands with their price, and whether that lifts the price."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from tidegate.analysis import crash, credit
from tidegate.leveraged_model import LeveragedMarket
from tidegate.report.summary import Lead, Metric, Series
from tidegate.scenario.lending import LendingSpec
from tidegate.scenario.leveraged import LeveragedScenario
from tidegate.setups.crash import BILLION, DAY
from tidegate.setups.trend import TrendParameters, timeline
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

METRICS = (
    Metric.level("stock", "Change of what is lent, log", "%", delta=0.01),
    Metric.level("price", "Change of BTC, log", "%", delta=0.01),
    Metric.level("elasticity", "Of the stock in the price of collateral", "1", delta=0.1),
    Metric.level("drawn", "Drawn", "bn USD", delta=0.5),
    Metric.level("repaid", "Repaid, sales of collateral included", "bn USD", delta=0.5),
)
PATHS = (
    Series(name="BTC", title="BTC", unit="% of the start"),
    Series(name="lent", title="Lent", unit="% of the start"),
)


class CreditExpansion(TrendParameters):
    """What may be set."""

    lenders: bool = parameter(True, "Lenders against coins", unit="", source="arms set it")
    reinvested: float = parameter(
        0.7, "Part of what is drawn that buys coins", unit="1", source="assumption", ge=0, le=1
    )
    funds: float = parameter(
        0.5, "Lenders' spare cash over their loans", unit="1", ge=0,
        source="the stock rose by 38.5 % in a quarter, so the cash was there",
    )  # fmt: skip

    def scenario(self) -> LeveragedScenario:
        """Return the market with its lenders, if there are any."""
        lending = LendingSpec(reinvested=self.reinvested, funds=self.funds)
        changes = {"lending": lending if self.lenders else None}
        return super().scenario().model_copy(update=changes)


def build(p: CreditExpansion, seed: int) -> LeveragedMarket:
    """Return a world at tick 0."""
    return LeveragedMarket(p.scenario(), rng=seed)


def arms(p: CreditExpansion) -> list[Arm]:
    """Return a rise, a fall and neither, with lenders and without."""
    rise, fall, none = p.news(p.move), p.news(-p.move), {"lenders": False}
    return [
        Arm("flat", "No trend"),
        Arm("rising", "News lifts the price", rise),
        Arm("falling", "News lowers the price", fall),
        Arm("rising-none", "News lifts the price, no lenders", rise, none),
        Arm("falling-none", "News lowers the price, no lenders", fall, none),
        Arm("rising-spent", "It lifts it, what is drawn buys no coins", rise, {"reinvested": 0.0}),
        Arm("rising-dry", "It lifts it, lenders have no cash left", rise, {"funds": 0.0}),
    ]


def measure(frames: Frames, p: CreditExpansion) -> Mapping[str, float]:
    """Return the metrics of one run."""
    bars, loans, start, end = frames["bars"], frames["credit"], p.first, p.end
    price = {coin: -crash.fall(bars, coin, start, end) for coin in ("BTC", "ETH")}
    stock = credit.stock_change(loans, start, end)
    pledged = (price["BTC"] + price["ETH"]) / 2  # what nearly all collateral is
    grown = {
        name: credit.since(loans, name, start, end) / BILLION
        for name in ("drawn", "repaid", "liquidated")
    }
    return {
        "stock": stock,
        "price": price["BTC"],
        "elasticity": stock / pledged if abs(pledged) >= p.move / 2 else math.nan,
        "drawn": grown["drawn"],
        "repaid": grown["repaid"] + grown["liquidated"],
    }


def record(frames: Frames, p: CreditExpansion) -> pl.DataFrame:
    """Return the paths that the report draws."""
    path = crash.index(frames["bars"], "BTC")
    lent = credit.stock_path(frames["credit"])
    return path.join(lent, on="seconds", how="left").select(
        ((pl.col("seconds") - p.first) / DAY).alias("day"),
        (100 * pl.col("price") / pl.col("price").first()).alias("BTC"),
        (100 * pl.col("stock")).alias("lent"),
    )


EXPERIMENT = Experiment(
    name="credit_expansion",
    question="Does lending against coins grow with their price, and lift it further?",
    parameters=CreditExpansion,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="Loans and the price",
        metrics=("stock", "price", "elasticity", "drawn", "repaid"),
    ),
    series=PATHS,
    record=record,
    claims=("LEV-H25", "LEV-H25d", "LEV-H25r"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=CreditExpansion.scenario,
    seeds=4,
    preview={"days": 0.3, "move": 0.05, "post_hours": 1.0},
    quick={"days": 0.5, "move": 0.05, "post_hours": 1.0},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
