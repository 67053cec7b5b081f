"""Three routes of an emerging economy: private firms lead, a ban, or the state leads.

Six like states stand side by side, so that a share of them may have to give their policy up. The
score is a sum of four ends. What of each counts as a point, and with what weight, nobody has
measured: both are parameters, and metrics give the score with each weight at double. Assumed as
well are the lender's rule, what a ban costs adoption, and how far households heed their state;
prices, and what losses and falls make of it, are the result.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from tidegate.analysis import market, national
from tidegate.model import Market
from tidegate.report.summary import Lead, Metric
from tidegate.setups.market import PATHS, record_market
from tidegate.setups.national import NationalParameters, timeline
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

ENDS = ("adoption", "imported", "fiscal", "reversal")
METRICS = (
    Metric.level("score", "Score at equal weights", "points", delta=1.0),
    *(Metric.level(f"score_{end}", f"Score, {end} at double", "points", delta=1.0) for end in ENDS),
    Metric.level("adoption", "Households that hold coins", "%", delta=0.05),
    Metric.level("imported", "Volatility imported, of savings", "%", delta=0.01),
    Metric.level("fiscal", "Fiscal balance, of savings", "%", delta=0.01),
    Metric.level("reversal", "Policies undone", "%", delta=0.05),
    Metric.of("price", "price", "Price at the end", "USD"),
)


class NationalRoutes(NationalParameters):
    """What may be set."""


def build(p: NationalRoutes, seed: int) -> Market:
    """Return a world at tick 0."""
    return Market(p.scenario(), rng=seed)


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
    exposure = national.coins_held(states, households) / wealth
    tax = 0.0 if p.route == "ban" else p.tax
    ends = {
        "adoption": float(households["holding"][-1]) / p.scenario().followers[0].members,
        "imported": national.imported_volatility(exposure[first:], days["price"][first:]),
        "fiscal": national.fiscal_balance(states, households, tax) / wealth,
        "reversal": undone(states, p),
    }
    return {
        "score": national.score(ends, p.points, {}),
        **{f"score_{end}": national.score(ends, p.points, {end: 2.0}) for end in ENDS},
        **ends,
        "price": market.price_at(days, first + p.days - 1),
    }


def undone(states: pl.DataFrame, p: NationalRoutes) -> float:
    """Return the share of states whose policy is undone: what happened, or the rate assumed."""
    if p.route != "state":
        years = p.days / 365.25
        return 1.0 - math.exp(-p.undone * years)
    return national.undone(states)


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
    record=record_market,
    claims=("KZ-H9", "KZ-H10", "KZ-H23", "KZ-H23a", "KZ-H23b", "KZ-H23f", "KZ-H23v"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=NationalRoutes.scenario,
    seeds=2,
    quick={"days": 730},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
