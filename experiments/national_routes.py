"""Three routes of an emerging economy: private firms lead, a ban, or the state leads.

Six like states stand side by side, so that a share of them may have to give their policy up. The
score is a sum of four ends. What of each counts as a point, and with what weight, nobody has
measured: both are parameters, and metrics give the score with each weight at double. Assumed as
well are the lender's rule, what a ban costs adoption, and how far households heed their state;
prices, and what losses and falls make of it, are the result.
"""

from __future__ import annotations

import datetime as dt
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import polars as pl

from tidegate.analysis import flows, market
from tidegate.analysis.national import imported_volatility, score
from tidegate.market_study import PATHS, MarketParameters
from tidegate.model import Market
from tidegate.report.summary import Lead, Metric
from tidegate.scenario import Scenario
from tidegate.scenario.diffusion import ImitationSpec
from tidegate.scenario.followers import FollowersSpec, LinksSpec
from tidegate.scenario.reserve_plan import PlanSpec
from tidegate.scenario.sovereign import StateSpec, StatesSpec
from tidegate.scenario.state_peers import StatePeers
from tidegate.scenario.state_perils import LenderSpec
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, Timeline, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

Route = Literal["private", "ban", "state"]
ENDS = ("adoption", "imported", "fiscal", "reversal")
# States neither imitate nor tire of each other here: what they do is the route.
ALONE = ImitationSpec(innovation=0.0, imitation=0.0, drawdown_aversion=0.0, retreat=0.0)
METRICS = (
    Metric.level("score", "Score at equal weights", "points", delta=1.0),
    *(Metric.level(f"score_{end}", f"Score, {end} at double", "points", delta=1.0) for end in ENDS),
    Metric.level("adoption", "Households that hold coins", "%", delta=0.05),
    Metric.level("imported", "Volatility imported, of savings", "%", delta=0.01),
    Metric.level("fiscal", "Fiscal balance, of savings", "%", delta=0.01),
    Metric.level("reversal", "Policies undone", "%", delta=0.05),
    Metric.of("price", "price", "Price at the end", "USD"),
)


class NationalRoutes(MarketParameters):
    """What may be set."""

    accounts: int = parameter(
        500, "Simulated holders per venue", unit="accounts", source="resolution", ge=500, le=10**6
    )
    step_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24] = parameter(
        24, "Length of a tick", unit="h", source="resolution: decisions are daily"
    )
    route: Route = parameter("private", "Who leads", unit="", source="arms set it")
    legal_tender: bool = parameter(
        False, "Full adoption rather than a small reserve", unit="yes/no", source="an arm sets it"
    )
    states: int = parameter(
        6, "Like states side by side", unit="states", source="resolution", ge=1, le=30
    )
    savings_usd: float = parameter(
        50e9,
        "Savings of a country's households",
        unit="USD",
        source="assumption: order of magnitude of deposits in Kazakhstan",
        ge=1e9,
        le=1e12,
    )
    invested: float = parameter(
        0.05,
        "Share of savings that a household that takes coins up puts into them",
        unit="1",
        source="assumption",
        ge=0,
        le=1,
    )
    reserve_usd: float = parameter(
        750e6, "Reserve, paid by the budget", unit="USD", source="KZ-N1, the middle", gt=0, le=1e11
    )
    loan: float = parameter(
        0.04,
        "Loan of a lender with conditions, over GDP",
        unit="1",
        source="El Salvador: 1.4 of about 35 bn USD",
        ge=0,
        le=2,
    )
    ban: float = parameter(
        0.1,
        "What a ban takes off households' rate of adoption",
        unit="1/yr",
        source="assumption: more than those who wait for nobody",
        ge=0,
        le=10,
    )
    example: float = parameter(
        0.1,
        "What their own state's example adds to it",
        unit="1/yr",
        source="assumption: a quarter of what all of one's peers would",
        ge=0,
        le=10,
    )
    aversion: float = parameter(
        0.38,
        "What a fall of 1 from the year's high takes off households' rate of adoption",
        unit="1/yr",
        source="assumption: as much as the pull of peers who have all adopted",
        ge=0,
        le=10,
    )
    tax: float = parameter(
        0.1, "Tax on households' gains where there is no ban", unit="1", source="assumption", ge=0
    )
    undone: float = parameter(
        0.05,
        "Rate at which a route without a reserve is given up",
        unit="1/yr",
        source="assumption: bans have been lifted, and licences withdrawn",
        ge=0,
        le=10,
    )
    point_adoption: float = parameter(
        0.1, "Households that count as a point", unit="1", source="assumption", gt=0
    )
    point_imported: float = parameter(
        0.01, "Volatility that costs a point", unit="1", source="assumption", gt=0
    )
    point_fiscal: float = parameter(
        0.01, "Savings' share that counts as a point", unit="1", source="assumption", gt=0
    )
    point_reversal: float = parameter(
        0.25, "Chance of reversal that costs a point", unit="1", source="assumption", gt=0
    )
    days: int = parameter(
        1826, "Days after the start", unit="days", source="KZ-H9: five years", ge=60, le=5000
    )

    def scenario(self) -> Scenario:
        """Return the market with the states and households of the route."""
        spec = super().scenario()
        parts = {
            "states": StatesSpec(states=tuple(self._state(spec, n) for n in range(self.states))),
            "state_peers": StatePeers(rule=ALONE),
            "followers": (self._households(),),
            "links": LinksSpec(strength=self.example),
        }
        return spec.model_copy(update=parts)

    def _state(self, spec: Scenario, number: int) -> StateSpec:
        start = spec.start + dt.timedelta(days=self.warm_up_days)
        leads = self.route == "state"
        plan = PlanSpec(
            size_usd=self.reserve_usd if leads else 0.0,
            start=start if leads else None,
            funding_credibility=1.0,
            date_credibility=1.0,
        )
        return StateSpec(
            code=f"em{number}",
            name=f"Emerging economy {number}",
            budget_usd=10 * self.reserve_usd,
            legal_tender=self.legal_tender,
            plan=plan,
            lender=LenderSpec(loan_to_gdp=self.loan),
        )

    def _households(self) -> FollowersSpec:
        """Return the households of all states together, alike."""
        return FollowersSpec(
            name="households",
            assets_usd=round(self.savings_usd) * self.states,
            allocation=self.invested,
            rule=ImitationSpec(drawdown_aversion=self.aversion),
            friction=self.ban if self.route == "ban" else 0.0,
        )

    @property
    def points(self) -> dict[str, float]:
        """What of each end counts as a point; below 0 where less is better."""
        return {
            "adoption": self.point_adoption,
            "imported": -self.point_imported,
            "fiscal": self.point_fiscal,
            "reversal": -self.point_reversal,
        }


def build(p: NationalRoutes, seed: int) -> Market:
    """Return a world at tick 0."""
    return Market(p.scenario(), rng=seed)


def timeline(p: NationalRoutes) -> Timeline:
    """Return when arms part and when they end."""
    per_day = p.scenario().ticks_per_day
    return Timeline(p.warm_up_days * per_day, (p.warm_up_days + p.days) * per_day, float(p.days))


def arms(p: NationalRoutes) -> list[Arm]:
    """Return three routes; full adoption; no lender; and what is assumed at other values."""
    state = {"route": "state"}
    full = {**state, "legal_tender": True}
    listed = [
        Arm("private", "Private firms lead", overrides={"route": "private"}),
        Arm("reserve", "The state leads with a small reserve", overrides=state),
        Arm("full", "The state leads with legal tender", overrides=full),
        Arm("free", "A small reserve, no lender", overrides={**state, "loan": 0.0}),
    ]
    varied = [
        Arm("ban", "A ban", overrides={"route": "ban"}),
        Arm("loan-half", "A small reserve, half the loan", overrides={**state, "loan": p.loan / 2}),
        Arm("loan-double", "The same, double the loan", overrides={**state, "loan": 2 * p.loan}),
        Arm("unheeded", "A small reserve that nobody heeds", overrides={**state, "example": 0.0}),
        Arm("heeded", "One heeded twice", overrides={**state, "example": 2 * p.example}),
    ]
    return [*listed, *varied, *(arm.frozen_twin({"matching": False}) for arm in listed)]


def measure(frames: Frames, p: NationalRoutes) -> Mapping[str, float]:
    """Return the metrics of one run."""
    days, first = market.daily(frames["bars"]), p.warm_up_days
    states, households = frames["states"], frames["followers_households"]
    wealth = p.savings_usd * p.states
    reserves = states.group_by("day", maintain_order=True).agg(pl.col("value", "cost").sum())
    exposure = (reserves["value"] + households["value"]) / wealth
    gain = (households["value"] + households["paid_out"] - households["paid_in"])[-1]
    tax = 0.0 if p.route == "ban" else p.tax * max(gain, 0.0)
    ends = {
        "adoption": float(households["holding"][-1]) / p.scenario().followers[0].members,
        "imported": imported_volatility(exposure[first:], days["price"][first:]),
        "fiscal": float(reserves["value"][-1] - reserves["cost"][-1] + tax) / wealth,
        "reversal": undone(states, p),
    }
    return {
        "score": score(ends, p.points, {}),
        **{f"score_{end}": score(ends, p.points, {end: 2.0}) for end in ENDS},
        **ends,
        "price": market.price_at(days, first + p.days - 1),
    }


def undone(states: pl.DataFrame, p: NationalRoutes) -> float:
    """Return the share of states whose policy a lender, or a loss, has undone."""
    if p.route != "state":
        years = p.days / 365.25
        return 1.0 - math.exp(-p.undone * years)
    sold = pl.col("phase").is_in(["liquidating", "closed"])
    gone = states.filter(sold | pl.col("reversed"))["state"].n_unique()
    return gone / p.states


def record(frames: Frames, p: NationalRoutes) -> pl.DataFrame:
    """Return the paths that the report draws, by day from the start."""
    supply = p.scenario().asset.supply
    return flows.daily_paths(market.daily(frames["bars"]), p.warm_up_days, supply)


EXPERIMENT = Experiment(
    name="national_routes",
    question="Private firms, a ban or the state: which route serves an emerging economy best?",
    parameters=NationalRoutes,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="What each route brings within five years",
        metrics=("score", "adoption", "imported", "fiscal", "reversal"),
    ),
    series=PATHS,
    record=record,
    claims=("KZ-H9", "KZ-H10", "KZ-H23", "KZ-H23a", "KZ-H23b", "KZ-H23f", "KZ-H23v"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=NationalRoutes.scenario,
    seeds=2,
    quick={"days": 730},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
