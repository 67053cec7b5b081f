"""What the rules around pension plans do: announced, failed, with and without a safe harbour.

A *fall* is news that takes half of the coins' value: its depth is assumed, and what sponsors and
courts make of it is the result. A *case* is the failure of a firm in which one fund has a stake
of 0.05 % of its assets. In all arms custody and makers' spreads improve with the pension share, as
`tidegate.scenario.infrastructure` assumes.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from tidegate.analysis import market, saving
from tidegate.analysis.scales import Scale
from tidegate.model import Market
from tidegate.policies.base import Policy
from tidegate.report.summary import Lead, Metric
from tidegate.setups.market import PATHS, moved_by_news, record_market
from tidegate.setups.plan_rules import LATER, PensionRules
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

SOON = 30  # days after the announcement at which its effect is read
WINDOW = 180  # last days, of whose spreads the median is taken
METRICS = (
    Metric.of("price", "price", "Price at the end", "USD"),
    Metric.of("price", "price_soon", f"Price {SOON} days after the announcement", "USD"),
    Metric.of("price", "price_later", f"Price {LATER} days after the decision", "USD"),
    Metric.level("offered", "Assets whose plans offer coins before the fall", "%", delta=0.05),
    Metric.level("offers", "Assets whose plans offer coins at the end", "%", delta=0.05),
    Metric.level("closed", "Plans that offered coins then, closed at the end", "%", delta=0.05),
    Metric.level("suits", "Sponsors sued", "", delta=1.0),
    Metric.level("held", "Coins of pensions, of all coins", "%", delta=0.01),
    Metric(name="spread", title="Spread that makers quote, median", unit="%", scale=Scale.LOG,
           delta=0.05),
    Metric(name="stolen", title="Coins stolen from custody", unit="coins", scale=Scale.LOG,
           delta=0.05),
)  # fmt: skip


def build(p: PensionRules, seed: int) -> Market:
    """Return a world at tick 0; where prices are frozen, news alone moves them."""
    return moved_by_news(Market(p.scenario(), rng=seed))


def arms(p: PensionRules) -> list[Arm]:
    """Return announcements, safe harbours, falls, cases, and how much standards improve."""
    exposed, harbour = (p.opening(),), (p.opening(), p.harbour())
    announced, fall = p.announced(), p.crash()
    case = (*exposed, p.case())
    listed = [
        Arm("closed", "No rule"),
        Arm("announced", f"Announced, in force after {p.wait} days", announced),
        Arm("fails", "Announced, and rejected then", (*announced, p.rejection())),
        Arm("exposed", "In force, sponsors can be sued", exposed),
        Arm("case", "The same, and one fund loses its stake", case),
        Arm("exposed-fall", "In force, sponsors can be sued, coins fall", (*exposed, fall)),
        Arm("harbour", "In force, with a safe harbour", harbour),
        Arm("harbour-fall", "The same, coins fall", (*harbour, fall)),
    ]
    return [
        *listed,
        Arm("case-in-proportion", "A case counts by its loss", case, {"exponent": 1.0}),
        *_varied("announced", announced, "capital", p.capital),
        *_varied("case", case, "publicity", p.publicity),
        *_varied("exposed-fall", (*exposed, fall), "dread", p.dread),
        *_varied("exposed-fall", (*exposed, fall), "suits", p.suits),
        *_varied("harbour", harbour, "strength", p.strength),
        Arm("harbour-strength-none", "As harbour, strength 0", harbour, {"strength": 0.0}),
        *(arm.frozen_twin({"matching": False}) for arm in listed),
    ]


def _varied(label: str, policies: tuple[Policy, ...], name: str, value: float) -> list[Arm]:
    """Return an arm at half and at double a weight that nobody has measured."""
    return [
        Arm(f"{label}-{name}-{word}", f"As {label}, {name} {times:g} times", policies,
            {name: times * value})
        for word, times in (("half", 0.5), ("double", 2.0))
    ]  # fmt: skip


def measure(frames: Frames, p: PensionRules) -> Mapping[str, float]:
    """Return the metrics of one run."""
    days, plans, standards = market.daily(frames["bars"]), frames["plans"], frames["standards"]
    start, last = p.eve, p.last_day
    before = start + p.break_day
    then, now = (standards.filter(pl.col("day") == day)["stolen"].item() for day in (start, last))
    return {
        "price": market.price_at(days, last),
        "price_soon": market.price_at(days, start + SOON),
        "price_later": market.price_at(days, start + p.wait + LATER),
        "offered": saving.listing_on(plans, before),
        "offers": saving.listing_on(plans, last),
        "closed": saving.closed_share(frames["sponsors"], p.month(before), p.month(last)),
        "suits": float(plans["suits"][-1]),
        "held": float(standards["share"][-1]),
        "spread": market.quoted_spread(standards, last - WINDOW, last + 1),
        "stolen": now - then,
    }


EXPERIMENT = Experiment(
    name="pension_rules",
    question="What do rules around pension plans do before, while and after they hold?",
    parameters=PensionRules,
    build=build,
    arms=arms,
    timeline=PensionRules.timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="Who offers coins, who closes, and what it does to price and standards",
        metrics=("price_soon", "price_later", "offered", "offers", "closed", "suits", "held",
                 "spread", "stolen"),
    ),
    series=PATHS,
    record=record_market,
    claims=("PEN-H8", "PEN-H8r", "PEN-H12", "PEN-H12s", "PEN-H13", "PEN-H21", "PEN-H21s"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=PensionRules.scenario,
    seeds=4,
    preview={"plans": 60, "days": 640},
    quick={"plans": 50, "days": 640},
)  # fmt: skip

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
