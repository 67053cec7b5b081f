"""What price, calm and depth do when retirement savings may hold crypto."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from tidegate.analysis import flows, market
from tidegate.model import Market
from tidegate.policies.pension_access import PensionAccess, PensionFreeze
from tidegate.report.summary import Lead, Metric
from tidegate.scenario import Scenario
from tidegate.scenario.levers import PensionRoute, PensionTerms
from tidegate.setups.market import CALM, PATHS, MarketParameters, record_market
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, Timeline, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

MONTH = 30.4375  # days
TAIL = 1.25  # a ramp runs from 5 % to 95 % of sponsors; adoption is over in 1.25 ramps
ALL_CRYPTO = 4.0e12  # USD, what the article divides a flow into crypto by (22 % at 10 %)
SECTOR = Scenario().pension
HEADLINE = flows.Headline(SECTOR.assets_usd, SECTOR.btc_share, ALL_CRYPTO)

METRICS = (
    Metric.of("price", "price", "Price at the end", "USD"),
    Metric.of("price", "price_ramp", "Price at the end of the ramp", "USD"),
    *CALM,
    Metric.level("float", "Coins the crowd still holds", "%", delta=0.01),
    Metric.level("flow", "Flow into BTC", "bn USD", delta=5.0),
    Metric.level("article", "Article: flow over cap", "%", delta=0.01),
    Metric.level("unrealised", "Headline not realised", "%", delta=0.5),
    Metric.level("half_days", "Days to half of the flow", "days", delta=180),
    Metric.level("multiplier", "Multiplier, permanent", "", delta=0.5),
    Metric.level("multiplier_ramp", "Multiplier, at ramp end", "", delta=0.5),
)
LED_BY = ("flow", "article", "price_ramp", "price", "multiplier_ramp", "multiplier")


class PensionEntry(MarketParameters):
    """What may be set."""

    allocations: tuple[Annotated[float, Field(ge=0, le=1)], ...] = parameter(
        (0.01, 0.1), "Shares of savings in reach to invest", unit="1", source="PEN-H1", min_length=1
    )
    routes: tuple[PensionRoute, ...] = parameter(
        ("default",), "Routes to cross with them", unit="", source="PEN-H25", min_length=1
    )
    ramps: tuple[Annotated[float, Field(gt=0, le=120)], ...] = parameter(
        (12.0,), "Months from 5 % to 95 % of sponsors", unit="months", source="PEN-H1", min_length=1
    )
    hold_days: int = parameter(
        250, "Days after the flow has ended", unit="days", source="S3: at least 250", ge=20, le=5000
    )


def build(p: PensionEntry, seed: int) -> Market:
    """Return a world at tick 0."""
    return Market(p.scenario(), rng=seed)


def stretch(p: PensionEntry) -> flows.Stretch:
    """Return the last day before the announcement, of the slowest ramp, and of all."""
    ramp = math.ceil(TAIL * MONTH * max(p.ramps))
    stop = p.warm_up_days + ramp - 1
    return flows.Stretch(p.warm_up_days - 1, stop, stop + p.hold_days)


def timeline(p: PensionEntry) -> Timeline:
    """Return when arms part and when they end."""
    on, per_day = stretch(p), p.scenario().ticks_per_day
    return Timeline(p.warm_up_days * per_day, (on.end + 1) * per_day, float(on.end - on.start))


def arm(p: PensionEntry, share: float, terms: PensionTerms) -> Arm:
    """Return the arm of one policy: access from the announcement, a freeze after the ramp."""
    day, months, rule = p.warm_up_days, terms.ramp_months, terms.rebalancing
    access = PensionAccess(allocation=share, announcement_day=day, effective_day=day, **dict(terms))
    freeze = PensionFreeze(announcement_day=day, effective_day=stretch(p).stop + 1)
    # Claims speak of the first ramp, so only the others are named.
    label = f"a{100 * share:g}-{terms.route}" + f"-{months:g}m" * (months != p.ramps[0])
    ramp = f", {months:g} month{'s' * (months != 1)}" * (len(p.ramps) > 1)
    title = f"{100 * share:g} %, {terms.route}{ramp}"
    if rule:
        label, title = f"{label}-{rule}", f"{title}, rebalancing: {rule}"
    return Arm(label, title, policies=(access, freeze))


def arms(p: PensionEntry) -> list[Arm]:
    """Return baseline, the grid, the comparisons that claims need, and frozen twins."""
    default = PensionTerms(route="default", ramp_months=p.ramps[0])
    grid = itertools.product(p.allocations, p.routes, p.ramps)
    listed = [
        Arm("a0", "No access"),
        *(arm(p, share, PensionTerms(route=r, ramp_months=m)) for share, r, m in grid),
        *(arm(p, share, default) for share in (0.01, 0.1)),
        arm(p, 0.01, default.model_copy(update={"route": "menu"})),
        *(arm(p, 0.1, default.model_copy(update={"rebalancing": r})) for r in ("calendar", "none")),
    ]
    found = {a.label: a for a in listed}.values()
    return [*found, *(a.frozen_twin({"matching": False}) for a in found)]


def measure(frames: Frames, p: PensionEntry) -> Mapping[str, float]:
    """Return the metrics of one run."""
    days, on, supply = market.daily(frames["bars"]), stretch(p), p.scenario().asset.supply
    return {
        "price": market.price_at(days, on.end),
        "price_ramp": market.price_at(days, on.stop),
        **market.calm(market.between(days, on.start, on.end + 1)),
        **flows.flow_metrics(days, frames["policies"], HEADLINE, on, supply),
    }


EXPERIMENT = Experiment(
    name="pension_entry",
    question="If retirement savings may hold crypto: what happens to price, calm and depth?",
    parameters=PensionEntry,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(title="What a headline promises, what the market did", metrics=LED_BY),
    series=PATHS,
    record=record_market,
    claims=tuple(f"PEN-H{number}" for number in (1, 2, 3, 4, 5, 25, 26, 27)),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=PensionEntry.scenario,
    preview={"accounts": 5_000, "step_hours": 12},
    quick={"accounts": 2_000, "step_hours": 24, "ramps": (3.0,), "hold_days": 60},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
