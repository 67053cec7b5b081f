"""A state leaves: coins through venues, or shares of a listed fund through the stock exchange.

It leaves a tranche every fortnight, in turn on a calm Tuesday, on a Tuesday on which the largest
venue of coins goes down, and on a Saturday. A run therefore has several exits of each kind, and
their mean and spread. What an exit costs is measured against the coins' worth at the decision; so
it holds fees, impact, the fund's premium and whatever prices did while the state waited.

That coins take a day out of custody and that funds are shut at week-ends are assumptions, and
delays follow from them: arms with no delay of custody, and with twice as much, stand beside.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.agents.route_exits import SITUATIONS
from tidegate.analysis import market, routes
from tidegate.model import Market
from tidegate.report.summary import Lead, Metric
from tidegate.setups.exit import ExitParameters, exit_market, timeline
from tidegate.setups.market import PATHS, record_market
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

TITLES = {"calm": "in calm", "outage": "in an outage", "weekend": "at a week-end"}
METRICS = (
    *(Metric.level(f"cost_{s}", f"Cost of an exit {TITLES[s]}", "%", delta=0.005)
      for s in SITUATIONS),
    *(Metric.level(f"risk_{s}", f"Its swings {TITLES[s]}", "%", delta=0.005) for s in SITUATIONS),
    *(Metric.level(f"delay_{s}", f"Delay {TITLES[s]}", "h", delta=6.0) for s in SITUATIONS),
    Metric.of("price", "price", "Price at the end", "USD"),
)  # fmt: skip


class EtfRoute(ExitParameters):
    """What may be set."""


def build(p: EtfRoute, seed: int) -> Market:
    """Return a world at tick 0, with a state that leaves again and again."""
    return exit_market(p, seed)


def arms(p: EtfRoute) -> list[Arm]:
    """Return both routes, half of each, and coins that leave custody at once or late."""
    listed = [
        Arm("coins", f"Coins, {p.custody_hours:g} h out of custody"),
        Arm("fund", "Shares of the fund", overrides={"fund": 1.0}),
        Arm("mixed", "Half of each", overrides={"fund": 0.5}),
        Arm("coins-ready", "Coins that lie at the venues", overrides={"custody_hours": 0.0}),
        Arm("coins-slow", "Coins, twice as long out of custody",
            overrides={"custody_hours": 2.0 * p.custody_hours}),
    ]  # fmt: skip
    return [*listed, *(arm.frozen_twin({"matching": False}) for arm in listed)]


def measure(frames: Frames, p: EtfRoute) -> Mapping[str, float]:
    """Return the metrics of one run."""
    last = p.warm_up_days + p.days - 1
    return {
        **routes.exit_costs(frames["exits"], SITUATIONS),
        "price": market.price_at(market.daily(frames["bars"]), last),
    }


EXPERIMENT = Experiment(
    name="etf_route",
    question="Coins or a listed fund: what does it cost to leave, and how long does it take?",
    parameters=EtfRoute,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(title="What exits cost", metrics=tuple(metric.name for metric in METRICS[:-1])),
    series=PATHS,
    record=record_market,
    claims=("KZ-H14", "KZ-H14o", "KZ-H14w", "KZ-H14r", "KZ-H14k"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=EtfRoute.scenario,
    quick={"days": 182},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
