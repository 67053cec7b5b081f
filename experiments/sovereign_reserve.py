"""What a state's reserve does to the price, what a fall does to reserves, and whose loss it is.

A fall is news that takes a share off value for good: its depth is assumed, and what states make of
it is the result. Where prices are frozen, that news alone moves them, so that what follows from
the assumption shows.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import polars as pl

from tidegate.analysis import flows, market, states
from tidegate.analysis.reserves import ReserveRisk, optimal_share
from tidegate.market_study import CALM, PATHS
from tidegate.model import Market
from tidegate.policies.base import Policy
from tidegate.policies.rate_decision import RateDecision
from tidegate.policies.sovereign_reserve import ReserveFreeze, SovereignReserve
from tidegate.report.summary import Lead, Metric, Series
from tidegate.reserve_study import (
    BILLION,
    PURCHASE,
    SETTLED,
    ReserveParameters,
    reserve_market,
    timeline,
)
from tidegate.scenario.easing import EasingSpec
from tidegate.scenario.reserve_levers import Source
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

SIZES: Final = (0.1, 0.5, 1.0, 5.0, 20.0)  # bn USD, KZ-H1
RATES: Final = 90  # days after a decision on rates at which its effect is read
SOURCES: Final[tuple[Source, ...]] = ("budget", "fx", "mining", "seizures")

METRICS = (
    Metric.of("price", "price", "Price at the end", "USD"),
    Metric.of("price", "price_bought", "Price once a day's purchase is done", "USD"),
    Metric.of("price", "price_announced", "Price in the first five days", "USD"),
    Metric.level("given_back", "Fall from there to after the purchase, log", "%", delta=0.01),
    Metric.level("placed", "Committed to purchases", "bn USD", delta=0.05),
    Metric.level("on_time", "Plans under way on the day they were due", "%", delta=0.05),
    Metric.level("sold", "States that gave their reserve up", "%", delta=0.05),
    Metric.level("worst", "Largest paper loss, over cost", "%", delta=0.05),
    Metric.level("granted", "Paid by the budget", "bn USD", delta=0.05),
    Metric.level("best_share", "Best share of reserves in coins", "%", delta=0.005),
    Metric.level("best_half", "The same, a freeze half as likely", "%", delta=0.005),
    Metric.level("best_double", "The same, a freeze twice as likely", "%", delta=0.005),
    Metric.level("exposure", "What coins add to the loss by a point of rates", "%", delta=0.005),
    *CALM,
)
LED_BY = ("price_bought", "price", "placed", "on_time", "sold", "worst", "granted", "best_share")


def build(p: ReserveParameters, seed: int) -> Market:
    """Return a world at tick 0, with those who buy ahead of a purchase."""
    return reserve_market(p, seed)


def arms(p: ReserveParameters) -> list[Arm]:
    """Return purchases by size and pace, news, a freeze, and falls for whoever holds or waits."""
    assumed = [*_assumed_arms(p), *_holder_arms(p), *_plan_arms(p)]
    twins = [arm.frozen_twin({"matching": False}) for arm in assumed]
    # What a purchase does to frozen prices says nothing: those arms have no twins.
    baseline, *others = assumed
    return [baseline, *_purchase_arms(p), *others, *twins]


def purchase(
    p: ReserveParameters, size: float, days: int, source: Source = "fx", lag: int = 0
) -> Policy:
    """Return a purchase of a size in bn USD."""
    return SovereignReserve(
        announcement_day=p.warm_up_days,
        effective_day=p.warm_up_days + lag,
        size_usd=size * BILLION,
        days=days,
        source=source,
    )


def news(p: ReserveParameters, day: int) -> RateDecision:
    """Return news that takes the assumed share off value: a rise of rates that large."""
    easing = EasingSpec()
    bp = math.log1p(-p.fall) / (easing.response * (1.0 + easing.drift))
    return RateDecision(announcement_day=day, effective_day=day, cut_bp=-bp, surprise_share=1.0)


def _purchase_arms(p: ReserveParameters) -> list[Arm]:
    slow = purchase(p, p.size, p.days - 5)
    later = purchase(p, p.size, PURCHASE, lag=p.lag_days)
    return [
        *(Arm(f"buy-{n:g}", f"{n:g} bn bought in a day", (purchase(p, n, 1),)) for n in SIZES),
        Arm("slow", f"{p.size:g} bn bought over the whole time", (slow,)),
        Arm("announced", f"{p.size:g} bn announced {p.lag_days} days ahead", (later,)),
        Arm(
            "announced-half",
            "The same, half as much bought ahead of it",
            (later,),
            {"ahead": p.ahead / 2},
        ),
    ]


def _assumed_arms(p: ReserveParameters) -> list[Arm]:
    day, start = p.warm_up_days, p.warm_up_days + p.lag_days
    freeze = ReserveFreeze(announcement_day=day, effective_day=day, share=p.frozen)
    rise = RateDecision(
        announcement_day=day, effective_day=day, cut_bp=-p.rate_bp, surprise_share=1.0
    )

    def paid(source: Source) -> Arm:
        policies = (purchase(p, p.size, PURCHASE, source), news(p, start))
        return Arm(f"fall-{source}", f"A fund paid for by {source}, then the fall", policies)

    return [
        Arm("none", "No purchase, no news"),
        Arm("freeze", f"{100 * p.frozen:g} % of foreign exchange is frozen", (freeze,)),
        Arm("rise", f"A rise of {p.rate_bp:g} bp that nobody expected", (rise,)),
        Arm("fall", f"A fall of {100 * p.fall:g} %, no fund", (news(p, start),)),
        paid("seizures"),
        paid("budget"),
    ]


def _holder_arms(p: ReserveParameters) -> list[Arm]:
    fallen = (news(p, p.warm_up_days),)

    def held(source: Source) -> dict[str, object]:
        return {"world": "holders", "source": source}

    half, double = p.seized_weight / 2, min(2 * p.seized_weight, 1.0)
    return [
        *(Arm(f"held-{s}", f"Held by {s}, a fall", fallen, held(s)) for s in SOURCES),
        *(
            Arm(
                f"held-seizures-{name}",
                f"Held by seizures, {name} their weight, a fall",
                fallen,
                {**held("seizures"), "seized_weight": weight},
            )
            for name, weight in (("half", half), ("double", double))
        ),
    ]


def _plan_arms(p: ReserveParameters) -> list[Arm]:
    plans = {"world": "plans"}
    half, double = p.credibility / 2, min(2 * p.credibility, 1.0)
    firm = {"world": "firm"}
    fallen = (news(p, p.warm_up_days),)
    return [
        Arm("vague", "Vague plans", overrides=plans),
        Arm("vague-fall", "Vague plans, a fall before they start", fallen, plans),
        Arm("firm", "Plans with money in hand and a date", overrides=firm),
        Arm("firm-fall", "The same, a fall before they start", fallen, firm),
        Arm("vague-half", "Plans half as credible", overrides={**plans, "credibility": half}),
        Arm("vague-double", "Plans twice as credible", overrides={**plans, "credibility": double}),
    ]


def measure(frames: Frames, p: ReserveParameters) -> Mapping[str, float]:
    """Return the metrics of one run."""
    days, table, eve = market.daily(frames["bars"]), frames["states"], p.warm_up_days - 1
    calm = market.calm(market.between(days, eve, eve + p.days + 1))
    announced = market.price_at(days, eve + 5)
    after = market.price_at(days, eve + p.lag_days + SETTLED)
    return {
        "price": market.price_at(days, eve + p.days),
        "price_bought": market.price_at(days, eve + 2, window=1),
        "price_announced": announced,
        "given_back": math.log(announced / after),
        "placed": states.placed(table) / BILLION,
        "on_time": states.on_time(table, p.due) if p.world in ("plans", "firm") else math.nan,
        "sold": states.sold(table),
        "worst": states.worst_loss(table, eve),
        "granted": states.granted(table, eve) / BILLION,
        **_best_shares(p, states.frozen_share(table), calm["volatility"]),
        "exposure": _exposure(p, frames["rates"], days),
        **calm,
    }


def _best_shares(p: ReserveParameters, frozen: float, volatility: float) -> dict[str, float]:
    """Return the share of coins at which utility is highest, by how likely a freeze is."""

    def best(times: float) -> float:
        return optimal_share(
            ReserveRisk(
                crypto=volatility if p.matching else p.volatility,
                rest=p.rest_volatility,
                correlation=p.correlation,
                freeze_rate=min(times * p.freeze_rate, 1.0),
                frozen=frozen,
                aversion=p.aversion,
            )
        )

    return {"best_share": best(1.0), "best_half": best(0.5), "best_double": best(2.0)}


def _exposure(p: ReserveParameters, rates: pl.DataFrame, days: pl.DataFrame) -> float:
    """Return what a share in coins, not other reserves, adds to their loss by a point of rates."""
    eve = p.warm_up_days - 1
    lower = rates["lower_bp"]  # a row a day
    rest = p.rest_response * (float(lower[eve + RATES]) - float(lower[eve]))
    coins = math.log(market.price_at(days, eve + RATES) / market.price_at(days, eve))
    return p.share * (rest - coins) * 100.0 / p.rate_bp


def record(frames: Frames, p: ReserveParameters) -> pl.DataFrame:
    """Return the paths that the report draws, by day from the announcement."""
    supply = p.scenario().asset.supply
    return flows.daily_paths(market.daily(frames["bars"]), p.warm_up_days, supply)


EXPERIMENT = Experiment(
    name="sovereign_reserve",
    question="What does a state's reserve do to the price, and what does a fall do to the reserve?",
    parameters=ReserveParameters,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(title="What was bought, what was kept, and who paid", metrics=LED_BY),
    series=(
        *PATHS[:-1],
        Series(name="outside", title="Coins that states and those ahead of them hold", unit="%"),
    ),
    record=record,
    claims=(
        *("KZ-H1", "KZ-H1c", "KZ-H2", "KZ-H2b", "KZ-H3", "KZ-H4"),
        *("KZ-H11", "KZ-H12", "KZ-H20", "KZ-H21"),
    ),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=ReserveParameters.scenario,
    seeds=4,
    preview={"step_hours": 12},
    quick={"accounts": 500, "step_hours": 24, "days": 165},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
