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
from typing import Literal

import polars as pl

from tidegate.agents.route_exits import SITUATIONS, RouteExits
from tidegate.analysis import flows, market, routes
from tidegate.market_study import PATHS, MarketParameters
from tidegate.model import Market
from tidegate.report.summary import Lead, Metric
from tidegate.scenario import Scenario
from tidegate.scenario.etf import EtfSpec
from tidegate.scenario.exits import ExitSpec
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, Timeline, parameter
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


class EtfRoute(MarketParameters):
    """What may be set."""

    accounts: int = parameter(
        500, "Simulated holders per venue", unit="accounts", source="resolution", ge=500,
        le=1_000_000,
    )  # fmt: skip
    step_hours: Literal[1, 2, 3, 4, 6] = parameter(
        6, "Length of a tick", unit="h", source="resolution: exits wait for hours"
    )
    warm_up_days: int = parameter(
        28, "Days before exits begin", unit="days", source="assumption", ge=7, le=2000
    )
    days: int = parameter(
        364, "Days of exits", unit="days", source="assumption: a year", ge=56, le=5000
    )
    fund: float = parameter(
        0.0, "Share held in the fund", unit="1", source="arms set 0, 1/2 and 1", ge=0, le=1
    )
    exit_coins: float = parameter(
        3_200.0, "Size of an exit", unit="coins",
        source="Kazakhstan's cap of 350 M USD, early 2026", gt=0, le=20_000,
    )  # fmt: skip
    custody_hours: float = parameter(
        24.0, "From a decision until own coins can be sold", unit="h",
        source="assumption: signatures, and coins to venues", ge=0, le=96,
    )  # fmt: skip
    outage_hours: float = parameter(
        48.0, "For which the largest venue is down", unit="h",
        source="assumption: hours on 10 October 2025, for good at FTX", ge=0, le=192,
    )  # fmt: skip

    def exits(self) -> ExitSpec:
        """Return the exits, the last of which ends before the run does."""
        return ExitSpec(
            coins=self.exit_coins,
            fund=self.fund,
            first_day=self.warm_up_days,
            count=self.days // (7 * ExitSpec().weeks) - 1,
            custody_hours=self.custody_hours,
            outage_hours=self.outage_hours,
        )

    def scenario(self) -> Scenario:
        """Return the market with a fund."""
        return super().scenario().model_copy(update={"etf": EtfSpec()})


def build(p: EtfRoute, seed: int) -> Market:
    """Return a world at tick 0, with a state that leaves again and again."""
    made = Market(p.scenario(), rng=seed)
    assert made.institutions.etf is not None
    leaver = RouteExits(
        made,
        path="exits",
        spec=p.exits(),
        etf=made.institutions.etf,
        accounts={venue.name: venue.open_accounts() for venue in made.venues},
        books=made.books,
        daily_volume=made.spec.asset.daily_volume,
        rounds=made.rounds,
        venues=made.venues,
        streams=made.streams,
        clock=made.clock,
    )
    made.takers.append(leaver)
    made.institutions.add(leaver, exits=leaver.frame)
    return made


def timeline(p: EtfRoute) -> Timeline:
    """Return when exits begin and when all ends."""
    per_day = p.scenario().ticks_per_day
    return Timeline(p.warm_up_days * per_day, (p.warm_up_days + p.days) * per_day, float(p.days))


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


def record(frames: Frames, p: EtfRoute) -> pl.DataFrame:
    """Return the paths that the report draws, by day from the first exits."""
    supply = p.scenario().asset.supply
    return flows.daily_paths(market.daily(frames["bars"]), p.warm_up_days, supply)


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
    record=record,
    claims=("KZ-H14", "KZ-H14o", "KZ-H14w", "KZ-H14r", "KZ-H14k"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=EtfRoute.scenario,
    quick={"days": 182},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
