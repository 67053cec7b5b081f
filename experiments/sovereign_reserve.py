"""What a state's reserve does to the price, what a fall does to reserves, and whose loss it is.

A fall is news that takes a share off value for good: its depth is assumed, and what states make of
it is the result. Where prices are frozen, that news alone moves them, so that what follows from
the assumption shows.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tidegate.analysis import market, states
from tidegate.analysis.reserves import best_shares, rate_exposure
from tidegate.model import Market
from tidegate.report.summary import Lead, Metric, Series
from tidegate.setups.market import CALM, PATHS, record_market
from tidegate.setups.reserve import BILLION, SETTLED, ReserveParameters, reserve_market, timeline
from tidegate.setups.reserve_cases import holder_arms, plan_arms, purchase_arms, shock_arms
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

RATES: Final = 90  # days after a decision on rates at which its effect is read

METRICS = (
    Metric.of("price", "price", "Price at the end", "USD"),
    Metric.of("price", "price_bought", "Price once a day's purchase is done", "USD"),
    Metric.of("price", "price_announced", "Price in the first five days", "USD"),
    Metric.level("given_back", "Fall from there to after the purchase, log", "%", delta=0.01),
    Metric.level("placed", "Committed to purchases", "bn USD", delta=0.05),
    Metric.level("on_time", "Plans under way on the day they were due", "%", delta=0.05),
    Metric.level("sold", "States that gave their reserve up", "%", delta=0.05),
    Metric.level("worst", "Largest paper loss, over cost", "%", delta=0.05),
    Metric.level("granted", "Paid by the budget", "bn USD", delta=0.05),
    Metric.level("best_share", "Best share of reserves in coins", "%", delta=0.005),
    Metric.level("best_half", "The same, a freeze half as likely", "%", delta=0.005),
    Metric.level("best_double", "The same, a freeze twice as likely", "%", delta=0.005),
    Metric.level("exposure", "What coins add to the loss by a point of rates", "%", delta=0.005),
    *CALM,
)
LED_BY = ("price_bought", "price", "placed", "on_time", "sold", "worst", "granted", "best_share")


def build(p: ReserveParameters, seed: int) -> Market:
    """Return a world at tick 0, with those who buy ahead of a purchase."""
    return reserve_market(p, seed)


def arms(p: ReserveParameters) -> list[Arm]:
    """Return purchases by size and pace, news, a freeze, and falls for whoever holds or waits."""
    assumed = [*shock_arms(p), *holder_arms(p), *plan_arms(p)]
    twins = [arm.frozen_twin({"matching": False}) for arm in assumed]
    # What a purchase does to frozen prices says nothing: those arms have no twins.
    baseline, *others = assumed
    return [baseline, *purchase_arms(p), *others, *twins]


def measure(frames: Frames, p: ReserveParameters) -> Mapping[str, float]:
    """Return the metrics of one run."""
    days, table, eve = market.daily(frames["bars"]), frames["states"], p.warm_up_days - 1
    calm = market.calm(market.between(days, eve, eve + p.days + 1))
    announced = market.price_at(days, eve + 5)
    after = market.price_at(days, eve + p.lag_days + SETTLED)
    lower = frames["rates"]["lower_bp"]  # a row a day
    rose = float(lower[eve + RATES]) - float(lower[eve])
    coins = math.log(market.price_at(days, eve + RATES) / market.price_at(days, eve))
    return {
        "price": market.price_at(days, eve + p.days),
        "price_bought": market.price_at(days, eve + 2, window=1),
        "price_announced": announced,
        "given_back": math.log(announced / after),
        "placed": states.placed(table) / BILLION,
        "on_time": states.on_time(table, p.due) if p.world in ("plans", "firm") else math.nan,
        "sold": states.sold(table),
        "worst": states.worst_loss(table, eve),
        "granted": states.granted(table, eve) / BILLION,
        **best_shares(p.risk(states.frozen_share(table), calm["volatility"])),
        "exposure": rate_exposure(p.share, coins=coins, rest=p.rest_response * rose, bp=p.rate_bp),
        **calm,
    }


EXPERIMENT = Experiment(
    name="sovereign_reserve",
    question="What does a state's reserve do to the price, and what does a fall do to the reserve?",
    parameters=ReserveParameters,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(title="What was bought, what was kept, and who paid", metrics=LED_BY),
    series=(
        *PATHS[:-1],
        Series(name="outside", title="Coins that states and those ahead of them hold", unit="%"),
    ),
    record=record_market,
    claims=(
        *("KZ-H1", "KZ-H1c", "KZ-H2", "KZ-H2b", "KZ-H3", "KZ-H4"),
        *("KZ-H11", "KZ-H12", "KZ-H20", "KZ-H21"),
    ),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=ReserveParameters.scenario,
    seeds=4,
    preview={"accounts": 1000, "step_hours": 12},
    quick={"accounts": 500, "step_hours": 24, "days": 165},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
