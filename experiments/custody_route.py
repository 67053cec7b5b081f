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
from typing import Literal

import polars as pl

from tidegate.analysis import flows, market, routes
from tidegate.market_study import PATHS, MarketParameters
from tidegate.model import Market
from tidegate.report.summary import Lead, Metric
from tidegate.scenario import Scenario
from tidegate.scenario.reserve_plan import AssetMix, FundingMix, PlanSpec
from tidegate.scenario.sovereign import StateSpec, StatesSpec
from tidegate.scenario.state_peers import StatePeers
from tidegate.scenario.state_perils import CustodySpec, PoliticsSpec, SanctionSpec
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, Timeline, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

HELD = 100.0  # coins of each state that has a reserve; too few to move a price
NEW = 10e6  # USD that each state plans that has none

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


class CustodyRoute(MarketParameters):
    """What may be set."""

    accounts: int = parameter(
        500, "Simulated holders per venue", unit="accounts", source="resolution", ge=500,
        le=1_000_000,
    )  # fmt: skip
    step_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24] = parameter(
        24, "Length of a tick", unit="h", source="resolution; states decide once a day"
    )
    warm_up_days: int = parameter(
        30, "Days before waiting counts", unit="days", source="assumption", ge=5, le=2000
    )
    days: int = parameter(
        1_095, "Days of perils and imitation", unit="days", source="assumption: three years",
        ge=60, le=5000,
    )  # fmt: skip
    fund: float = parameter(
        0.0, "Share held in the fund", unit="1", source="arms set 0, 1/2 and 1", ge=0, le=1
    )
    states: int = parameter(
        20, "States with a reserve, and as many without", unit="1", source="resolution", ge=2,
        le=200,
    )  # fmt: skip
    keys: float = parameter(
        0.02,
        "Rate at which a state's own custody fails",
        unit="1/yr",
        source="assumption: a fifth of all coins was lost by 2020, a thousandth is stolen a year "
        "(Chainalysis; general knowledge, not verified)",
        ge=0,
        le=2,
    )
    keys_loss: float = parameter(
        0.5, "Share of its coins lost then", unit="1", source="assumption", ge=0, le=1
    )
    custodian: float = parameter(
        0.005,
        "Rate at which a fund's custodian or issuer fails",
        unit="1/yr",
        source="assumption: none of some ten US funds in two years",
        ge=0,
        le=2,
    )
    custodian_loss: float = parameter(
        0.2, "Share of the holding lost then", unit="1", source="assumption", ge=0, le=1
    )
    freeze: float = parameter(
        0.02,
        "Rate at which a state's shares are frozen",
        unit="1/yr",
        source="assumption: five of 190 states in 2011-25 is 0.002; ten times that for who "
        "fears it",
        ge=0,
        le=2,
    )
    freeze_share: float = parameter(
        0.5,
        "Share of them that a freeze reaches",
        unit="1",
        source="Russia, 2022: about half (general knowledge, not verified)",
        ge=0,
        le=1,
    )
    friction: float = parameter(
        0.05, "What law on custody of coins holds back", unit="1/yr", source="assumption (KZ-H15)",
        ge=0, le=1,
    )  # fmt: skip
    fund_friction: float = parameter(
        0.0, "What law on listed securities holds back", unit="1/yr",
        source="assumption: such law exists (KZ-H15)", ge=0, le=1,
    )  # fmt: skip
    scale: float = parameter(
        1.0, "Factor on all rates of perils and on frictions", unit="1",
        source="arms set 1/2 and 2", gt=0, le=10,
    )  # fmt: skip

    def _holder(self) -> StateSpec:
        """Return a state that holds from the start, come what may."""
        return StateSpec(
            code="holder",
            name="Holder",
            held_coins=HELD * (1.0 - self.fund),
            held_etf=HELD * self.fund,
            mix=AssetMix(coins=0.0, etf=1.0),  # who has a reserve has its law: no friction
            politics=PoliticsSpec(never_sells=True),
            custody=CustodySpec(
                direct_rate=self.scale * self.keys,
                direct_loss=self.keys_loss,
                etf_rate=self.scale * self.custodian,
                etf_loss=self.custodian_loss,
                etf_fee=0.0,  # a price, not a peril
            ),
            sanctions=SanctionSpec(rate=self.scale * self.freeze, share=self.freeze_share),
        )

    def _follower(self) -> StateSpec:
        """Return a state that would take up a reserve at once if peers made it."""
        return StateSpec(
            code="follower",
            name="Follower",
            fx_usd=2.0 * NEW,
            plan=PlanSpec(size_usd=NEW, lead_days=0, funding_credibility=1.0, date_credibility=1.0),
            funding=FundingMix(budget=0.0, fx=1.0),
            mix=AssetMix(coins=1.0 - self.fund, etf=self.fund),
        )

    def scenario(self) -> Scenario:
        """Return the market with states that watch each other."""
        states = StatesSpec(
            states=tuple(
                kind.model_copy(update={"code": f"{kind.code}-{number}"})
                for kind in (self._holder(), self._follower())
                for number in range(self.states)
            ),
            coin_friction=self.scale * self.friction,
            etf_friction=self.scale * self.fund_friction,
        )
        parts = {"states": states, "state_peers": StatePeers()}
        return super().scenario().model_copy(update=parts)


def build(p: CustodyRoute, seed: int) -> Market:
    """Return a world at tick 0."""
    return Market(p.scenario(), rng=seed)


def timeline(p: CustodyRoute) -> Timeline:
    """Return when waiting begins to count and when all ends."""
    per_day = p.scenario().ticks_per_day
    return Timeline(p.warm_up_days * per_day, (p.warm_up_days + p.days) * per_day, float(p.days))


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
    holds = pl.col("state").str.starts_with("holder")
    return {
        **routes.custody_losses(states.filter(holds), HELD),
        **routes.adoption_wait(states.filter(~holds), p.warm_up_days, last),
        "price": market.price_at(market.daily(frames["bars"]), last - 1),
    }


def record(frames: Frames, p: CustodyRoute) -> pl.DataFrame:
    """Return the paths that the report draws, by day from the start of waiting."""
    supply = p.scenario().asset.supply
    return flows.daily_paths(market.daily(frames["bars"]), p.warm_up_days, supply)


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
    record=record,
    claims=("KZ-H13", "KZ-H13w", "KZ-H13r", "KZ-H15"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=CustodyRoute.scenario,
    seeds=4,
    quick={"states": 10, "days": 730},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
