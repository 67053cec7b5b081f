"""Which portfolio bears a panic: one-sided, barbell, dip buyers, savers with a few coins.

A *fall* is news that takes its size off value for good, so that whatever is regained is what those
who panic gave away: nothing comes back by assumption. *Damage* adds what breaks with it: holdings
that are gone, and more value. Arms of one name live in equal worlds, and differ by whose figures
are taken.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.analysis import market, strategies
from tidegate.model import Market
from tidegate.policies.base import Policy
from tidegate.report.summary import Lead, Metric, Series
from tidegate.setups.market import CALM, PATHS, record_market
from tidegate.setups.strategy import StrategyParameters, strategy_market, timeline
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

LOW = 30  # days from the news within which the low is looked for
METRICS = (
    Metric.level("growth", "Return of the portfolio, log", "%", delta=0.05),
    Metric.level("loss", "Its largest fall", "%", delta=0.05),
    Metric.level("tail", "Worst of twenty 30-day returns, log", "%", delta=0.05),
    Metric.of("volatility", "risk", "Its volatility", "%"),
    Metric.level("sharpe", "Its Sharpe ratio", "", delta=0.1),
    Metric.level("dip_return", "What dip buyers made of what they put in", "%", delta=0.05),
    Metric.level("regained", "Rise of the price from its low, log", "%", delta=0.02),
    Metric.of("price", "price", "Price at the end", "USD"),
    *CALM,
)


def build(p: StrategyParameters, seed: int) -> Market:
    """Return a world at tick 0."""
    return strategy_market(p, seed)


def arms(p: StrategyParameters) -> list[Arm]:
    """Return news by whose figures are taken, and worlds in which less or more is at work."""
    fall: tuple[Policy, ...] = (p.moved(-p.news),)
    rise: tuple[Policy, ...] = (p.moved(p.news),)
    broken = (*fall, p.damage())
    barbell = {"watched": "barbell"}
    listed = [
        Arm("calm", "No news: all in coins"),
        Arm("fall", "A fall: all in coins", fall),
        Arm("damage", "A fall, and something breaks: all in coins", broken),
        Arm("rise", "A rise: all in coins", rise),
        Arm("barbell-calm", "No news: barbell", overrides=barbell),
        Arm("barbell-fall", "A fall: barbell", fall, barbell),
        Arm("barbell-damage", "A fall, and something breaks: barbell", broken, barbell),
        Arm("barbell-rise", "A rise: barbell", rise, barbell),
        Arm("balanced-calm", "No news: stocks and bonds", overrides={"watched": "balanced"}),
        Arm("alternatives-calm", "No news: the same, 10 % alternatives",
            overrides={"watched": "alternatives"}),
        Arm("balanced", "A fall: stocks and bonds", fall, {"watched": "balanced"}),
        Arm("half", "The same, 0.5 % coins", fall, {"watched": "balanced_coins"}),
        Arm("alternatives", "The same, 10 % alternatives", fall, {"watched": "alternatives"}),
        Arm("firm", "A fall, and nobody panics: all in coins", fall, {"panic": 0.0}),
    ]  # fmt: skip
    context = [
        Arm("crowded", "A fall, dip buyers with five times the money", fall,
            {"dip_money": 5 * p.dip_money}),
        Arm("unlike", "0.5 % coins, as alike in stress as in calm", fall,
            {"watched": "balanced_coins", "stress_correlation": p.correlation}),
    ]  # fmt: skip
    return [*listed, *context, *(arm.frozen_twin({"matching": False}) for arm in listed)]


def measure(frames: Frames, p: StrategyParameters) -> Mapping[str, float]:
    """Return the metrics of one run."""
    days, table = market.daily(frames["bars"]), frames["portfolios"]
    eve = p.warm_up_days - 1
    last = eve + p.days
    spell = market.between(days, eve, last + 1)
    whose = (table, p.watched, eve, last)
    rate = p.scenario().strategies
    assert rate is not None
    return {
        "growth": strategies.growth(*whose),
        "loss": strategies.drawdown(*whose),
        "tail": strategies.tail(*whose),
        "risk": strategies.volatility(*whose),
        "sharpe": strategies.sharpe(*whose, rate=rate.outside.rate),
        "dip_return": strategies.bets_return(table, "dip", eve, last, paper=not p.matching),
        "regained": strategies.regained(spell["price"].to_numpy()[1:], LOW),
        "price": market.price_at(days, last),
        **market.calm(spell),
    }


EXPERIMENT = Experiment(
    name="barbell",
    question="Which portfolio bears a panic, and does buying the fall pay?",
    parameters=StrategyParameters,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="What was lost, what was kept, and what buying the fall brought",
        metrics=("growth", "loss", "tail", "risk", "sharpe", "dip_return", "regained"),
    ),
    series=(*PATHS[:-1], Series(name="outside", title="Coins that portfolios hold", unit="%")),
    record=record_market,
    claims=(
        *("MAC-H12", "MAC-H12b", "MAC-H12c", "MAC-H13", "MAC-H13b", "MAC-H13c", "MAC-H13d"),
        *("PEN-H14", "PEN-H15", "PEN-H15c"),
    ),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=StrategyParameters.scenario,
    preview={"accounts": 500},
    quick={"accounts": 500, "days": 90, "portfolios": 2},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
