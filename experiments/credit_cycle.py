"""Credit against coins through a boom and a bust: haircuts that move, and lenders who fail.

News lifts value over months and then takes more than that off it within weeks. All credit is
against BTC, at the spot venues, with the lenders of the market with leverage: what is added here is
time. No arm has frozen prices: volatility, sales and whatever lenders lose would be none.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from tidegate.analysis import credit, market
from tidegate.model import Market
from tidegate.report.summary import Lead, Metric
from tidegate.setups.cycle import CycleParameters, timeline
from tidegate.setups.market import CALM, PATHS, record_market
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

BILLION = 1e9
DAY = 86_400
METRICS = (
    Metric.level("boom", "Rise of what is lent in the boom, log", "%", delta=0.05),
    Metric.level("fall", "Fall of the price from there to its low, log", "%", delta=0.02),
    Metric.level("sold", "Collateral sold in the bust", "bn USD", delta=1.0),
    Metric.level("losses", "Lenders' losses", "bn USD", delta=0.1),
    Metric.level("failed", "Lent by lenders who fail", "%", delta=0.05),
    Metric.level("contagion", "Lost through other lenders", "bn USD", delta=0.1),
    Metric.level("lax", "Least mean haircut of the boom", "%", delta=0.02),
    Metric.level("strict", "Largest mean haircut of the bust", "%", delta=0.02),
    Metric.of("price", "price", "Price at the end", "USD"),
    *CALM,
)


def build(p: CycleParameters, seed: int) -> Market:
    """Return a world at tick 0."""
    return Market(p.scenario(), rng=seed)


def arms(p: CycleParameters) -> list[Arm]:
    """Return rules for haircuts, and makes of credit, under the same news."""
    news, old = p.news(), {"style": "2022"}
    still = {"moving": False}
    return [
        Arm("still", "Haircuts stay", news, still),
        Arm("moving", "Haircuts follow volatility", news),
        Arm("slow", "They follow six times as slowly", news, {"speed_days": 6 * p.speed_days}),
        Arm("counter", "They fall as volatility rises", news, {"response": -p.response}),
        Arm("unsecured", "Credit as in 2022", news, old),
        Arm("unsecured-alone", "The same, no debts among lenders", news, {**old, "interlent": 0}),
        Arm("none", "No lenders", news, {"style": "none"}),
        Arm("rivals", "Rivals count twice as much", news, {"competition": 2 * p.competition}),
        Arm("unsecured-patient", "As in 2022, nobody recalls loans", news,
            {**old, "recalls": False}),
        Arm("calm", "No news"),
    ]  # fmt: skip


def measure(frames: Frames, p: CycleParameters) -> Mapping[str, float]:
    """Return the metrics of one run."""
    days = market.daily(frames["bars"])
    bust = market.between(days, p.peak - 1, p.last + 1)
    price = bust["price"].to_numpy()
    lenders = _lenders(frames["credit"], p) if "credit" in frames else {}
    none = dict.fromkeys(("boom", "lax", "strict"), math.nan)
    nothing = dict.fromkeys(("sold", "losses", "failed", "contagion"), 0.0)
    return {
        **none,
        **nothing,
        **lenders,
        "fall": -math.log(float(price.min()) / float(price[0])),
        "price": market.price_at(days, p.last),
        **market.calm(bust),
    }


def _lenders(table: pl.DataFrame, p: CycleParameters) -> dict[str, float]:
    start, top, end = (DAY * day for day in (p.warm_up_days, p.peak, p.last + 1))
    grown = {name: credit.since(table, name, top, end) for name in ("sold", "passed_on")}
    losses = credit.since(table, "bad_debt", start, end)
    haircuts = credit.mean_haircut(table)
    boom = haircuts.filter(pl.col("seconds").is_between(start, top))["haircut"]
    bust = haircuts.filter(pl.col("seconds") > top)["haircut"]
    return {
        "boom": credit.stock_change(table, start, top),
        "sold": grown["sold"] / BILLION,
        "losses": losses / BILLION,
        "failed": credit.failed_share(table, top, end),
        "contagion": grown["passed_on"] / BILLION,
        "lax": float(boom.to_numpy().min()),
        "strict": float(bust.to_numpy().max()),
    }


EXPERIMENT = Experiment(
    name="credit_cycle",
    question="Do haircuts that follow volatility make booms and busts, and whose lenders fail?",
    parameters=CycleParameters,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="What was lent, sold and lost",
        metrics=("boom", "fall", "sold", "losses", "failed", "contagion", "lax", "strict"),
    ),
    series=PATHS[:-1],
    record=record_market,
    claims=("LEV-H25p", "LEV-H25q", "LEV-H25s", "LEV-H25v", "LEV-H15d", "LEV-H15e"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=CycleParameters.scenario,
    quick={"accounts": 500, "boom_days": 60},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
