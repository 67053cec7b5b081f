"""Who follows a state that buys coins and plans that list them, by how these fare.

The record is set: news lifts or lowers what coins are worth once the leader has bought. Who joins
on it within five years is the result. No class looks at another here (`joint_adoption` lets them).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from tidegate.analysis import market
from tidegate.analysis.adoption import adopters, head_start, years_until
from tidegate.model import Market
from tidegate.policies.base import Policy
from tidegate.report.summary import Lead, Metric
from tidegate.setups.adoption import FOLLOWERS, GULF, NEIGHBOURS
from tidegate.setups.contagion import COLLECTIVE, DIRECTED, ContagionParameters, timeline
from tidegate.setups.market import PATHS, moved_by_news, record_market
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

OPEN = "Systems abroad that let coins in"
METRICS = (
    Metric.of("adopters", "states", "States that followed", ""),
    Metric.level("head_start", "Neighbours before the Gulf", "years", delta=0.25),
    Metric.of("adopters", "opened", OPEN, ""),
    Metric.level("lag", "Collective systems after plans of contributions", "years", delta=0.25),
    Metric.level("listing", "US plans that list coins", "%", delta=0.05),
    Metric.of("price", "price", "Price at the end", "USD"),
)


class AdoptionContagion(ContagionParameters):
    """What may be set."""


def build(p: AdoptionContagion, seed: int) -> Market:
    """Return a world at tick 0; where prices are frozen, news alone moves them."""
    return moved_by_news(Market(p.scenario(), rng=seed))


def arms(p: AdoptionContagion) -> list[Arm]:
    """Return records good, middling and bad, the good one without likeness, and other weights."""
    led: tuple[Policy, ...] = (*p.purchase(), *p.opening())
    good, bad = (*led, p.news(p.record, p.after)), (*led, p.news(-p.record, p.after))
    listed = [
        Arm("none", "Nobody leads"),
        Arm("still", "A state and US plans lead; no news", led),
        Arm("gain", f"News of {p.record:+g} makes it a success", good),
        Arm("loss", f"News of {-p.record:+g} makes it a failure", bad),
        Arm("alike", "The success, were all candidates alike", good, {"alike": True}),
        Arm("bold", "The success, systems ask for a tenth", good, {"caution": p.caution / 10}),
        Arm("bold-loss", "The failure, systems ask for a tenth", bad, {"caution": p.caution / 10}),
        Arm("undeterred", "The success, falls deter nobody", good, {"aversion": 0.0}),
        Arm("undeterred-loss", "The failure, falls deter nobody", bad, {"aversion": 0.0}),
        Arm("half", "The success, imitation at half", good, {"imitation": p.imitation / 2}),
        Arm("double", "The success, imitation at double", good, {"imitation": 2 * p.imitation}),
    ]
    # Of the claims on record, those between these two are also asked with prices frozen.
    twins = [a.frozen_twin({"matching": False}) for a in listed if a.label in ("gain", "alike")]
    return [*listed, *twins]


def measure(frames: Frames, p: AdoptionContagion) -> Mapping[str, float]:
    """Return the metrics of one run."""
    days, first = market.daily(frames["bars"]), p.warm_up_days
    span = {"first": first, "last": first + p.days}
    states = years_until(frames["states"], pl.col("phase") != "idle", FOLLOWERS, by="state", **span)
    abroad = (*DIRECTED, *COLLECTIVE)
    systems = years_until(frames["foreign"], pl.col("adopted") >= 0, abroad, by="system", **span)
    whole = p.days / 365.25
    sponsors = frames["plans"]
    return {
        "states": adopters(states, within=whole),
        "head_start": head_start(states, NEIGHBOURS, GULF),
        "opened": adopters(systems, within=whole),
        "lag": head_start(systems, DIRECTED, COLLECTIVE),
        "listing": float(sponsors["offering"][-1]) / p.plans,
        "price": market.price_at(days, first + p.days - 1),
    }


EXPERIMENT = Experiment(
    name="adoption_contagion",
    question="Who follows a state that buys coins and plans that list them, by how these fare?",
    parameters=AdoptionContagion,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="Who follows within five years",
        metrics=("states", "head_start", "listing", "opened", "lag"),
    ),
    series=PATHS,
    record=record_market,
    claims=("KZ-H16", "KZ-H16a", "KZ-H17", "PEN-H18", "PEN-H19"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=AdoptionContagion.scenario,
    seeds=2,
    quick={"days": 730},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
