"""What coins in pension plans do to savers: what they cost, who panics, who gains.

Every arm has a safe harbour, so that it is savers who are looked at. A *swing* is news that takes
more than half of the coins' value after three eighths of the time, and gives all of it back after
six: the depth is assumed, and what savers make of it is the result.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.agents.plan_population import PlanPopulation
from tidegate.analysis import market, saving
from tidegate.model import Market
from tidegate.report.summary import Lead, Metric
from tidegate.setups.market import PATHS, moved_by_news, record_market, served
from tidegate.setups.saver import OLD, YOUNG, PensionSavers
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

METRICS = (
    Metric.of("price", "price", "Price at the end", "USD"),
    Metric.level("share", "Savings in coins", "%", delta=0.001),
    Metric.level("listing", "Assets whose plans offer coins", "%", delta=0.05),
    Metric.level("weight", "Coins in what their holders have", "%", delta=0.01),
    Metric.level("scared", "Takers whom a fall has scared off", "%", delta=0.05),
    Metric.level("result", "What coins brought their takers, of all they have", "%", delta=0.01),
    Metric.level("result_old", "What coins brought takers near retirement", "%", delta=0.01),
    Metric.level("gap", "What they brought near retirement, less the young", "%", delta=0.01),
    Metric.level("mwr", "Money-weighted return of coins, log", "%", delta=0.01),
    Metric.level("gini", "Gini over savers and early holders", "", delta=0.01),
    Metric.of("price", "early", "Wealth of an early holder", "USD"),
)


def build(p: PensionSavers, seed: int) -> Market:
    """Return a world at tick 0; where prices are frozen, news alone moves them and plans trade."""
    made = Market(p.scenario(), rng=seed)
    plans = [agent.desk for agent in made.institutions.agents if isinstance(agent, PlanPopulation)]
    return moved_by_news(served(made, plans, sells=True))


def arms(p: PensionSavers) -> list[Arm]:
    """Return routes, fees, and savers who know little or much through a swing."""
    menu = p.opened("menu")
    dear, swing = (*menu, p.dear_fund()), (*menu, *p.there_and_back())
    listed = [
        Arm("closed", "No coins in plans"),
        Arm("menu", "An option of the menu, at the fee of a fund of coins", menu),
        Arm("dear", f"The same at {100 * p.dear:g} % a year", dear),
        Arm("pooled", "A sleeve of the default fund", p.opened("default")),
        Arm("window", "Self-directed accounts: a brokerage window", p.opened("window")),
        Arm("swing-untaught", "A swing, savers who know little", swing, {"education": p.untaught}),
        Arm("swing-taught", "A swing, savers who were taught", (*swing, p.teaching())),
    ]
    context = [
        Arm("swing", "A swing, savers as they are", swing),
        *(
            Arm(f"dear-{name}", f"Dear, and sponsors who mind it {times:g} times as much",
                dear, {"fee_weight": times * p.fee_weight})
            for name, times in (("half", 0.5), ("double", 2.0))
        ),
        *(
            Arm(f"swing-untaught-{name}", f"Who know little and panic {times:g} times as much",
                swing, {"education": p.untaught, "panic": times * p.panic})
            for name, times in (("half", 0.5), ("double", 2.0))
        ),
    ]  # fmt: skip
    return [*listed, *context, *(arm.frozen_twin({"matching": False}) for arm in listed)]


def measure(frames: Frames, p: PensionSavers) -> Mapping[str, float]:
    """Return the metrics of one run."""
    days, savers, last = market.daily(frames["bars"]), frames["savers"], p.last_day
    month, spec = p.month(last), p.scenario()
    price = market.price_at(days, last)
    outside = market.outside_share(days, last, spec.asset.supply)
    kept = (1.0 - outside) * spec.asset.supply * price
    early = kept + saving.spent_on(frames["plans"], last)
    old = saving.holders_result(savers, month, OLD)
    return {
        "price": price,
        "share": saving.coin_share(savers, month),
        "listing": saving.listing_on(frames["plans"], last),
        "weight": saving.holders_weight(savers, month),
        "scared": saving.scared_share(savers, month),
        "result": saving.holders_result(savers, month),
        "result_old": old,
        "gap": old - saving.holders_result(savers, month, YOUNG),
        "mwr": saving.money_weighted(savers, month),
        "gini": saving.wealth_gini(
            savers,
            month,
            holders=p.early_holders,
            sizes=p.early_sizes(),
            early_usd=early,
        ),
        "early": early / p.early_holders,
    }


EXPERIMENT = Experiment(
    name="pension_savers",
    question="What do coins in pension plans do to savers: by fee, knowledge, age and route?",
    parameters=PensionSavers,
    build=build,
    arms=arms,
    timeline=PensionSavers.timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="Who takes coins up, who is scared off, and what they bring",
        metrics=("share", "listing", "weight", "scared", "result", "result_old", "mwr", "gini"),
    ),
    series=PATHS,
    record=record_market,
    claims=("PEN-H11", "PEN-H16", "PEN-H16a", "PEN-H17", "PEN-H17w", "PEN-H20", "PEN-H24",
            "PEN-H24r"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=PensionSavers.scenario,
    seeds=4,
    quick={"plans": 50, "days": 600},
)  # fmt: skip

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
