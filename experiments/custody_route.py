"""Coins in a state's own custody, or shares of a listed fund: what is lost, and who dares to begin.

States that hold the same from the start face the perils of their route, each with luck of its own,
so that one run has a mean and a worst case. As many states without a reserve imitate them, held
back by the law that their route needs. Funds are looked through to their coins; how a listed one
trades is the matter of `etf_route`.

Rates of perils and frictions of law are parameters, and most verdicts follow from them, with prices
frozen too. Arms at half and at double of all of them show how far that goes. What the market adds
is the record of those who hold, by which the others go.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from tidegate.analysis import market, routes
from tidegate.model import Market
from tidegate.report.summary import Lead, Metric
from tidegate.setups.custody import HELD, HOLDER, CustodyParameters, timeline
from tidegate.setups.market import PATHS, record_market
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

METRICS = (
    Metric.level("lost", "Lost to theft, keys, custodians", "%", delta=0.01),
    Metric.level("worst", "The same, worst-off twentieth", "%", delta=0.05),
    Metric.level("barred", "Lost or frozen", "%", delta=0.01),
    Metric.level("barred_worst", "The same, worst-off twentieth", "%", delta=0.05),
    Metric.level("wait", "Wait for a reserve", "years", delta=0.1),
    Metric.level("adopted", "States that took one up", "%", delta=0.05),
    Metric.of("price", "price", "Price at the end", "USD"),
)
LED_BY = ("lost", "worst", "barred", "barred_worst", "wait", "adopted")


class CustodyRoute(CustodyParameters):
    """What may be set."""


def build(p: CustodyRoute, seed: int) -> Market:
    """Return a world at tick 0."""
    return Market(p.scenario(), rng=seed)


def arms(p: CustodyRoute) -> list[Arm]:
    """Return both routes and half of each, at perils and frictions as set, half and double."""
    listed = [
        Arm("coins", "Coins in own custody"),
        Arm("fund", "Shares of a fund", overrides={"fund": 1.0}),
        Arm("mixed", "Half of each", overrides={"fund": 0.5}),
        *(
            Arm(
                f"{route}-{name}",
                f"{title}, perils and frictions {name}",
                overrides={"fund": share, "scale": factor * p.scale},
            )
            for route, title, share in (("coins", "Coins", 0.0), ("fund", "Shares", 1.0))
            for name, factor in (("half", 0.5), ("double", 2.0))
        ),
    ]
    return [*listed, *(arm.frozen_twin({"matching": False}) for arm in listed)]


def measure(frames: Frames, p: CustodyRoute) -> Mapping[str, float]:
    """Return the metrics of one run."""
    states, last = frames["states"], p.warm_up_days + p.days
    holds = pl.col("state").str.starts_with(HOLDER)
    return {
        **routes.custody_losses(states.filter(holds), HELD),
        **routes.adoption_wait(states.filter(~holds), p.warm_up_days, last),
        "price": market.price_at(market.daily(frames["bars"]), last - 1),
    }


EXPERIMENT = Experiment(
    name="custody_route",
    question="Coins or a fund: what do states lose by it, and how soon do others begin?",
    parameters=CustodyRoute,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(title="What the route costs, and whom it keeps away", metrics=LED_BY),
    series=PATHS,
    record=record_market,
    claims=("KZ-H13", "KZ-H13w", "KZ-H13r", "KZ-H15"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=CustodyRoute.scenario,
    seeds=4,
    quick={"states": 10, "days": 730},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
