"""What a state makes of mining on its soil: leave it alone, manage it, ban it, or mine itself.

The world is that of May 2021 (`--year 2026` is today's): China bans mining on the day of the
announcement, its machines look for hosts, and Kazakhstan's grid has a little to spare. The price
starts where it was then and goes its own way, on the market of today. From that day on Kazakhstan
leaves miners alone, taxes them, puts them last in line for power, or bans them too; or it runs
farms and keeps or sells their coins.

Machines go where they earn; where a grid falls short follows from its rules. So most of this hangs
on the price of coins only through what machines earn, and frozen twins tell how much.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tidegate.analysis import market, mining
from tidegate.model import Market
from tidegate.policies.base import Policy
from tidegate.policies.mining_rules import LaissezFaire, ManagedMining, MiningBan, StateFarms
from tidegate.report.summary import Lead, Metric
from tidegate.scenario.mining_levers import Priority
from tidegate.setups.market import PATHS, record_market
from tidegate.setups.mining import StateMining, timeline
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

HOST, OTHER = "kazakhstan", "china"
DEAR = 4.0  # in some arms a move costs this many times as much: as much as the machine itself

METRICS = (
    Metric.level("shortage", "Hours in which others go short", "%", delta=0.01),
    Metric.level("load", "Load of mining at the end", "MW", delta=100.0),
    Metric.level("share", "Share of the world's hashrate at the end", "%", delta=0.01),
    Metric.level("unserved", "Power that others did not get", "GWh", delta=10.0),
    Metric.level("tax", "Tax on mining", "million USD", delta=1.0),
    Metric.level("cost", "Cost of shortage", "million USD", delta=1.0),
    Metric.level("score", "Tax less cost of shortage", "million USD", delta=1.0),
    Metric.of("price", "world", "World hashrate at the end", "EH/s").model_copy(
        update={"delta": 0.05}
    ),
    Metric.level("gain", "Gain on the state's coins", "%", delta=0.05),
    Metric.level("trough", "The worst it was", "%", delta=0.02),
    Metric.level("swing", "Swings of what the state has, a year", "%", delta=0.05),
    Metric.of("price", "price", "Price at the end", "USD"),
)
LED_BY = ("shortage", "load", "share", "tax", "cost", "score", "world", "gain")


def build(p: StateMining, seed: int) -> Market:
    """Return a world at tick 0."""
    return Market(p.scenario(), rng=seed)


def arms(p: StateMining) -> list[Arm]:
    """Return the world without a ban, the regimes at home after China's, and state farms."""
    when: dict[str, Any] = dict.fromkeys(("announcement_day", "effective_day"), p.warm_up_days)
    alone = LaissezFaire(host=HOST, **when)

    def regime(*rules: Policy, banned: str = OTHER) -> tuple[Policy, ...]:
        return (MiningBan(hosts=banned, **when), *rules)

    def managed(tax: float, *, last: bool, cap_mw: float | None = None) -> tuple[Policy, ...]:
        priority: Priority = "last" if last else "equal"
        return regime(ManagedMining(host=HOST, tax=tax, priority=priority, cap_mw=cap_mw, **when))

    def farms(sold: float) -> tuple[Policy, ...]:
        return regime(alone, StateFarms(host=HOST, state_mw=p.farm_mw, sell_fraction=sold, **when))

    dear = {"moving_cost": DEAR * p.moving_cost}
    listed = [
        Arm("none", "Nobody bans, no rules", (alone,)),
        Arm("free", "China bans; no rules at home", regime(alone)),
        Arm("tax", f"A tax of {p.tax:g} USD/kWh", managed(p.tax, last=False)),
        Arm("last", "Miners last in line for power", managed(0.0, last=True)),
        Arm("managed", "Tax, and last in line", managed(p.tax, last=True)),
        Arm("tenfold", "Ten times the tax, and last in line", managed(10.0 * p.tax, last=True)),
        Arm("capped", f"Managed, and at most {p.cap_mw:g} MW",
            managed(p.tax, last=True, cap_mw=p.cap_mw)),
        Arm("ban", "A ban at home too", regime(alone, banned=f"{OTHER},{HOST}")),
        Arm("keep", "State farms, all coins kept", farms(0.0)),
        Arm("half", "State farms, half of the coins sold", farms(0.5)),
        Arm("sell", "State farms, all coins sold", farms(1.0)),
        Arm("none-dear", f"Nobody bans, moves cost {DEAR:g} times as much", (alone,), dear),
        Arm("free-dear", f"China bans, moves cost {DEAR:g} times as much", regime(alone), dear),
    ]  # fmt: skip
    return [*listed, *(arm.frozen_twin({"matching": False}) for arm in listed)]


def measure(frames: Frames, p: StateMining) -> Mapping[str, float]:
    """Return the metrics of one run."""
    days, table = market.daily(frames["bars"]), frames["mining"]
    first, last = p.warm_up_days, p.warm_up_days + p.days
    rows = mining.of_host(table, HOST, first, last)
    price = market.between(days, first, last)["price"].to_numpy()
    return {
        **mining.grid_of(rows, p.lost_load),
        "world": mining.world_hashrate(table, last - 1),
        **mining.farm_wealth(rows, price),
        "price": market.price_at(days, last - 1),
    }


EXPERIMENT = Experiment(
    name="state_mining",
    question="What does a state gain from mining on its soil: alone, managed, banned, its own?",
    parameters=StateMining,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(title="The grid, the budget and the coins", metrics=LED_BY),
    series=PATHS,
    record=record_market,
    claims=(
        *("KZ-H5", "KZ-H5r", "KZ-H5v", "KZ-H6", "KZ-H6t", "KZ-H6s"),
        *("KZ-H7", "KZ-H7h", "KZ-H7c", "KZ-H8", "KZ-H8f"),
    ),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=StateMining.scenario,
    seeds=4,
    quick={"accounts": 500},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
