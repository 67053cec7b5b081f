"""What uncertain times and scarce machines do to miners, and by way of them to the price.

Uncertainty reaches miners alone here: they keep more of what bills leave over, by a share that is
assumed, and nobody else is told. Scarce machines are dear ones that come late. What either does to
coins kept, hashrate, cost and price over a year is the result. With prices frozen miners sell at
the price that stands: they live from it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tidegate.analysis import market, mining
from tidegate.model import Market
from tidegate.policies.base import Policy
from tidegate.policies.mining_rules import HardwareShock, MinersUncertainty
from tidegate.report.summary import Lead, Metric
from tidegate.setups.market import PATHS, record_market
from tidegate.setups.mining import MiningUncertainty, sold_by_miners, timeline
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

METRICS = (
    Metric.level("stock", "Coins that miners hold at the end", "thousand BTC", delta=4.5),
    Metric.level("sold", "Sold a day", "BTC", delta=45.0),
    Metric.of("price", "price", "Price at the end", "USD"),
    Metric.of("price", "world", "World hashrate at the end", "EH/s").model_copy(
        update={"delta": 0.05}
    ),
    Metric.of("price", "cost", "Cost of a coin at the end, machines included", "USD").model_copy(
        update={"delta": 0.05}
    ),
    Metric.of("price", "running", "Power, tax and upkeep of a coin at the end", "USD").model_copy(
        update={"delta": 0.05}
    ),
    Metric.of("price", "hashprice", "Revenue of a PH/s and day at the end", "USD").model_copy(
        update={"delta": 0.05}
    ),
)


def build(p: MiningUncertainty, seed: int) -> Market:
    """Return a world at tick 0; where prices are frozen, miners sell at them."""
    return sold_by_miners(Market(p.scenario(), rng=seed))


def arms(p: MiningUncertainty) -> list[Arm]:
    """Return uncertainty by how wary miners are, and machines dear, scarce or both."""
    when: dict[str, Any] = dict.fromkeys(("announcement_day", "effective_day"), p.warm_up_days)
    unsure: tuple[Policy, ...] = (MinersUncertainty(uncertainty=p.uncertainty, **when),)

    def hardware(name: str, price: float, supply: float) -> HardwareShock:
        return HardwareShock(name=name, price=price, supply=supply, **when)

    scarce = hardware("hardware", p.rig_price, p.rig_supply)
    half = {"hoard_response": p.hoard_response / 2}
    double = {"hoard_response": 2 * p.hoard_response}
    listed = [
        Arm("calm", "Calm, machines as before"),
        Arm("uncertain", "Uncertain times", unsure),
        Arm("uncertain-half", "The same, miners half as wary", unsure, half),
        Arm("uncertain-double", "The same, twice as wary", unsure, double),
        Arm("hardware", "Machines dear and scarce", (scarce,)),
        Arm("dear", "Machines dear alone", (hardware("hardware", p.rig_price, 1.0),)),
        Arm("scarce", "Machines scarce alone", (hardware("hardware", 1.0, p.rig_supply),)),
        Arm("both", "Uncertain times, machines dear and scarce", (*unsure, scarce)),
    ]
    return [*listed, *(arm.frozen_twin({"matching": False}) for arm in listed)]


def measure(frames: Frames, p: MiningUncertainty) -> Mapping[str, float]:
    """Return the metrics of one run."""
    days, table = market.daily(frames["bars"]), frames["mining"]
    first, last = p.warm_up_days, p.warm_up_days + p.days
    world, price = mining.world_hashrate(table, last - 1), market.price_at(days, last - 1)
    rigs = mining.hardware_price(frames["policies"], p.mining().hardware.price, last - 1)
    bill = mining.coin_bill(table, last - 1, rig_price=rigs, life_days=p.life_days)
    return {
        "stock": mining.held(table, last - 1) / 1_000.0,
        "sold": float(market.between(table, first, last)["sold"].sum()) / p.days,
        "price": price,
        "world": world,
        "cost": bill.cost,
        "running": bill.running,
        "hashprice": bill.coins * price / (1_000.0 * world),
    }


EXPERIMENT = Experiment(
    name="mining_uncertainty",
    question="What do uncertain times and scarce machines do to miners, and to the price?",
    parameters=MiningUncertainty,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="Coins kept, machines at work, and the price",
        metrics=("stock", "sold", "world", "cost", "running", "hashprice", "price"),
    ),
    series=PATHS,
    record=record_market,
    claims=("MIN-H7", "MIN-H7s", "MIN-H8", "MIN-H8g", "MIN-H8c"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=MiningUncertainty.scenario,
    quick={"accounts": 500, "days": 180},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
