"""Whether states, pension plans and institutions infect each other, and tip together.

How far one class looks at another has never been measured: the link is a parameter, with arms at
none and at double. What the market adds is how falls on the way deter, and what money comes.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from tidegate.analysis import market
from tidegate.analysis.adoption import adopters, years_until
from tidegate.model import Market
from tidegate.report.summary import Lead, Metric
from tidegate.scenario import Scenario
from tidegate.scenario.followers import FollowersSpec, LinksSpec
from tidegate.setups.adoption import FOLLOWERS, AdoptionParameters
from tidegate.setups.market import CALM, PATHS, record_market
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, Timeline, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

INSTITUTIONS = FollowersSpec()
METRICS = (
    Metric.of("adopters", "institutions", f"Institutions of {INSTITUTIONS.members} that hold", ""),
    Metric.level("money", "What they have put in", "bn USD", delta=0.75),
    Metric.level("joint", "Adopters, mean share of the three classes", "%", delta=0.05),
    Metric.level("listing", "US plans that list coins", "%", delta=0.05),
    Metric.of("adopters", "states", "States that followed", ""),
    Metric.of("price", "price", "Price at the end", "USD"),
    *CALM,
)


class JointAdoption(AdoptionParameters):
    """What may be set."""

    link: float = parameter(
        0.38,
        "Rate of adoption added where all members of all other classes have adopted",
        unit="1/yr",
        source="assumption: other classes are looked at as one's own peers are",
        ge=0,
        le=10,
    )
    days: int = parameter(
        1096, "Days after the start", unit="days", source="three years", ge=60, le=5000
    )

    def scenario(self) -> Scenario:
        """Return the market with states, plans and institutions that wait."""
        parts = {
            "states": self.states(),
            "state_peers": self.peers(),
            "plans": self.sector(),
            "followers": (INSTITUTIONS.model_copy(update={"rule": self.average}),),
            "links": LinksSpec(strength=self.link),
        }
        return super().scenario().model_copy(update=parts)


def build(p: JointAdoption, seed: int) -> Market:
    """Return a world at tick 0."""
    return Market(p.scenario(), rng=seed)


def timeline(p: JointAdoption) -> Timeline:
    """Return when arms part and when they end."""
    per_day = p.scenario().ticks_per_day
    return Timeline(p.warm_up_days * per_day, (p.warm_up_days + p.days) * per_day, float(p.days))


def arms(p: JointAdoption) -> list[Arm]:
    """Return who leads: nobody, a state, plans, both; and both at other strengths of the link."""
    both = (*p.purchase(), *p.opening())
    listed = [
        Arm("none", "Nobody leads"),
        Arm("states", "A state leads", p.purchase()),
        Arm("plans", "US plans lead", p.opening()),
        Arm("both", "Both lead", both),
    ]
    varied = [
        Arm("both-apart", "Both lead, classes do not look at each other", both, {"link": 0.0}),
        Arm("both-undeterred", "Both lead, falls deter nobody", both, {"aversion": 0.0}),
        Arm("both-double", "Both lead, the link at double", both, {"link": 2.0 * p.link}),
    ]
    return [*listed, *varied, *(arm.frozen_twin({"matching": False}) for arm in listed)]


def measure(frames: Frames, p: JointAdoption) -> Mapping[str, float]:
    """Return the metrics of one run."""
    days, first = market.daily(frames["bars"]), p.warm_up_days
    last = first + p.days
    years = years_until(
        frames["states"], pl.col("phase") != "idle", FOLLOWERS, by="state", first=first, last=last
    )
    waiting = frames["followers_institutions"]
    states, holding = adopters(years, within=p.days / 365.25), float(waiting["holding"][-1])
    listing = float(frames["plans"]["offering"][-1]) / p.plans
    shares = (states / len(FOLLOWERS), listing, holding / INSTITUTIONS.members)
    return {
        "institutions": holding,
        "money": float(waiting["paid_in"][-1] - waiting["paid_out"][-1]) / 1e9,
        "joint": sum(shares) / len(shares),
        "listing": listing,
        "states": states,
        "price": market.price_at(days, last - 1),
        **market.calm(market.between(days, first - 1, last)),
    }


EXPERIMENT = Experiment(
    name="joint_adoption",
    question="Do states, pension plans and institutions infect each other, and tip together?",
    parameters=JointAdoption,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="Who has adopted within three years",
        metrics=("institutions", "money", "listing", "states", "joint", "price"),
    ),
    series=PATHS,
    record=record_market,
    claims=("KZ-H18", "KZ-H18m", "PEN-H7", "X6"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=JointAdoption.scenario,
    seeds=2,
    quick={"days": 365},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
