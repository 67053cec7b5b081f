"""What a rate cut does to the price, and whether pension money and easier money add up."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from tidegate.analysis import market
from tidegate.model import Market
from tidegate.policies.base import Policy
from tidegate.policies.pension_access import PensionAccess
from tidegate.policies.rate_decision import RateDecision
from tidegate.report.summary import Lead, Metric
from tidegate.scenario import Scenario
from tidegate.scenario.easing import EasingSpec
from tidegate.setups.market import CALM, PATHS, MarketParameters, moved_by_news, record_market
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, Timeline, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

AFTER = 90  # days after the decision at which its effect is read
METRICS = (
    Metric.of("price", "price", "Price at the end", "USD"),
    Metric.of("price", "price_later", f"Price {AFTER} days after the decision", "USD"),
    Metric.level("assumed", "Of that, what rates do by assumption, log", "%", delta=0.01),
    Metric.level("added", "And what the market adds, log", "%", delta=0.01),
    *CALM,
)


class RateCut(MarketParameters):
    """What may be set."""

    cut_bp: float = parameter(
        25.0, "Cut of the policy rate", unit="bp", source="the FOMC's usual step", gt=0, le=500
    )
    balance: float = parameter(
        80e9, "Purchases of assets", unit="USD/month", source="within 40-120 bn of 2008-22", ge=0
    )
    allocation: float = parameter(
        0.1, "Share of savings in reach to invest", unit="1", source="PEN-H1", gt=0, le=1
    )
    ramp: float = parameter(
        3.0, "Months from 5 % to 95 % of sponsors", unit="months", source="PEN-H1", gt=0, le=120
    )
    days: int = parameter(
        180, "Days after the decision", unit="days", source="assumption", gt=AFTER, le=5000
    )

    def scenario(self) -> Scenario:
        """Return the market with a central bank."""
        return super().scenario().model_copy(update={"easing": EasingSpec()})


def build(p: RateCut, seed: int) -> Market:
    """Return a world at tick 0; where prices are frozen, news alone moves them."""
    return moved_by_news(Market(p.scenario(), rng=seed))


def timeline(p: RateCut) -> Timeline:
    """Return when arms part and when they end."""
    per_day = p.scenario().ticks_per_day
    return Timeline(p.warm_up_days * per_day, (p.warm_up_days + p.days) * per_day, float(p.days))


def arms(p: RateCut) -> list[Arm]:
    """Return a cut that surprises, one that does not, purchases, pension money, and both."""
    day = p.warm_up_days

    def decision(cut_bp: float, surprise: float, balance: float = 0.0) -> Policy:
        return RateDecision(
            announcement_day=day,
            effective_day=day,
            cut_bp=cut_bp,
            surprise_share=surprise,
            balance_usd_month=balance,
        )

    cut, buying = decision(p.cut_bp, 1.0), decision(0.0, 1.0, p.balance)
    access = PensionAccess(
        announcement_day=day, effective_day=day, allocation=p.allocation, ramp_months=p.ramp
    )
    listed = [
        Arm("none", "No cut, no access"),
        Arm("surprise", f"A cut of {p.cut_bp:g} bp that nobody expected", (cut,)),
        Arm("expected", "The same, expected in full", (decision(p.cut_bp, 0.0),)),
        Arm("purchases", "Purchases of assets that nobody expected", (buying,)),
        Arm("pension", f"Pension money, {100 * p.allocation:g} % by the default fund", (access,)),
        Arm("both", "Pension money, and the cut that surprises", (access, cut)),
    ]
    return [*listed, *(arm.frozen_twin({"matching": False}) for arm in listed)]


def measure(frames: Frames, p: RateCut) -> Mapping[str, float]:
    """Return the metrics of one run."""
    days, first = market.daily(frames["bars"]), p.warm_up_days - 1
    later = market.price_at(days, first + AFTER)
    value = frames["rates"].filter(pl.col("day") == first + AFTER)["value"].item()
    moved = math.log(later / market.price_at(days, first))
    return {
        "price": market.price_at(days, first + p.days),
        "price_later": later,
        "assumed": value,
        "added": moved - value,
        **market.calm(market.between(days, first, first + p.days + 1)),
    }


EXPERIMENT = Experiment(
    name="rate_cut",
    question="What does a rate cut do to the price, alone and beside pension money?",
    parameters=RateCut,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="What is assumed, and what the market makes of it",
        metrics=("price_later", "assumed", "added", "price"),
    ),
    series=PATHS,
    record=record_market,
    claims=("PEN-H9", "PEN-H10", "PEN-H10r"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=RateCut.scenario,
    quick={"accounts": 2_000, "step_hours": 24, "days": 120},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
