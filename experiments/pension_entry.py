"""What price, calm and depth do when retirement savings may hold crypto."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from tidegate.analysis import market
from tidegate.analysis.scales import Scale
from tidegate.model import Market
from tidegate.policies.pension_access import PensionAccess, PensionFreeze
from tidegate.report.summary import Metric, Series
from tidegate.scenario import BeliefSpec, HolderSpec, Scenario
from tidegate.scenario.levers import PensionRoute, RebalancingRule
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, Parameters, Timeline, parameter
from tidegate.study.world import Frames

ASSETS = 8.7e12  # USD in 401(k) plans, PEN-N2
MONTH = 30.4375  # days
ALL_CRYPTO = 4.0e12  # USD, the cap the article divides a flow into crypto by (22 % at 10 %)
BTC_SHARE = 0.55  # of a flow into crypto that buys BTC
MIN_SHARE = 1e-4  # of all coins: below it a multiplier is noise
TAIL = 1.25  # a ramp runs from 5 % to 95 % of sponsors; adoption is over in 1.25 ramps

METRICS = (
    Metric.of("price", "price", "Price at the end", "USD"),
    Metric.of("price", "price_ramp", "Price at the end of the ramp", "USD"),
    Metric.of("volatility", "volatility", "Realised volatility", "%"),
    Metric.of("kurtosis", "kurtosis", "Excess kurtosis, daily", ""),
    Metric.of("drawdown", "drawdown", "Maximum drawdown", "%"),
    Metric.of("volatility", "depth", "Depth within 1 %", "USD"),
    Metric(
        name="float", title="Coins the crowd still holds", unit="%", scale=Scale.LEVEL, delta=0.01
    ),
    Metric(name="flow", title="Flow into BTC", unit="bn USD", scale=Scale.LEVEL, delta=5.0),
    Metric(name="article", title="Article: flow over cap", unit="%", scale=Scale.LEVEL, delta=0.01),
    Metric(
        name="unrealised", title="Headline not realised", unit="%", scale=Scale.LEVEL, delta=0.5
    ),
    Metric(
        name="half_days",
        title="Days to half of the flow",
        unit="days",
        scale=Scale.LEVEL,
        delta=180,
    ),
    Metric(name="multiplier", title="Multiplier, permanent", unit="", scale=Scale.LEVEL, delta=0.5),
    Metric(
        name="multiplier_ramp",
        title="Multiplier, at ramp end",
        unit="",
        scale=Scale.LEVEL,
        delta=0.5,
    ),
)


class PensionEntry(Parameters):
    """What may be set."""

    allocations: tuple[float, ...] = parameter(
        (0.01, 0.10),
        "Shares of the money in reach that go into crypto; full grid 0.001 to 0.1",
        unit="1",
        source="PEN-H1",
        min_length=1,
    )
    routes: tuple[PensionRoute, ...] = parameter(
        ("default",),
        "Routes to cross with the allocations",
        unit="",
        source="PEN-H25",
        min_length=1,
    )
    ramps: tuple[float, ...] = parameter(
        (12.0,),
        "Months from 5 % to 95 % of sponsors",
        unit="months",
        source="PEN-H1 spans 1-120",
        min_length=1,
    )
    elasticity: float = parameter(
        0.2,
        "Holders' elasticity, the dial of the permanent multiplier (about 1 / elasticity)",
        unit="supply per log price",
        source="multiplier 5: Gabaix & Koijen (NBER 28967)",
        ge=0.01,
        le=2.0,
    )
    accounts: int = parameter(
        10_000, "Simulated holders per venue", unit="accounts", source="resolution", ge=500
    )
    step_hours: int = parameter(
        6, "Length of a tick; must divide a day", unit="h", source="resolution", ge=1, le=24
    )
    warm_up_days: int = parameter(
        60, "Days before the announcement", unit="days", source="assumption", ge=5, le=2000
    )
    hold_days: int = parameter(
        250, "Days after the flow has ended", unit="days", source="S3: at least 250", ge=30, le=5000
    )
    belief_warm_up_days: int = parameter(
        150, "Days of the belief clock before the start", unit="days", source="3 horizons", ge=0
    )
    matching: bool = parameter(
        True, "False freezes prices (the control arms)", unit="", source="S0"
    )


def scenario(p: PensionEntry) -> Scenario:
    """Return the market of some parameters."""
    return Scenario(
        step_seconds=3600 * p.step_hours,
        holders=HolderSpec(accounts=p.accounts, elasticity=p.elasticity),
        belief=BeliefSpec(warm_up_days=p.belief_warm_up_days),
        matching=p.matching,
    )


def build(p: PensionEntry, seed: int) -> Market:
    """Return a world at tick 0."""
    return Market(scenario(p), rng=seed)


def ramp_end(p: PensionEntry) -> int:
    """Return the day on which the slowest ramp is over."""
    return p.warm_up_days + math.ceil(TAIL * MONTH * max(p.ramps))


def timeline(p: PensionEntry) -> Timeline:
    """Return when arms part and when they end."""
    per_day = scenario(p).ticks_per_day
    end = ramp_end(p) + p.hold_days
    return Timeline(p.warm_up_days * per_day, end * per_day, float(end - p.warm_up_days))


def arm(
    p: PensionEntry,
    share: float,
    route: PensionRoute,
    months: float,
    rebalancing: RebalancingRule | None = None,
) -> Arm:
    """Return the arm of one policy: access from the announcement, a freeze after the ramp."""
    label = f"a{100 * share:g}-{route}"
    if months != p.ramps[0]:  # claims speak of the first ramp
        label += f"-{months:g}m"
    if rebalancing:
        label += f"-{rebalancing}"
    access = PensionAccess(
        allocation=share,
        route=route,
        ramp_months=months,
        rebalancing=rebalancing,
        announcement_day=p.warm_up_days,
        effective_day=p.warm_up_days,
    )
    freeze = PensionFreeze(announcement_day=p.warm_up_days, effective_day=ramp_end(p))
    months_too = f", {months:g} months" if len(p.ramps) > 1 else ""
    rule = f", rebalancing: {rebalancing}" if rebalancing else ""
    title = f"{100 * share:g} %, {route}{months_too}{rule}"
    return Arm(label, title, policies=(access, freeze))


def arms(p: PensionEntry) -> list[Arm]:
    """Return baseline, the grid, the two comparisons that claims need, and frozen twins."""
    grid = [arm(p, a, r, m) for a in p.allocations for r in p.routes for m in p.ramps]
    first = p.ramps[0]
    extra = [
        arm(p, 0.01, "default", first),
        arm(p, 0.10, "default", first),
        arm(p, 0.01, "menu", first),
        arm(p, 0.10, "default", first, "calendar"),
        arm(p, 0.10, "default", first, "none"),
    ]
    found = {a.label: a for a in [Arm("a0", "No access"), *grid, *extra]}
    twins = [
        Arm(
            f"{a.label}-frozen",
            f"{a.title}, prices frozen",
            policies=a.policies,
            overrides={"matching": False},
            frozen_twin_of=a.label,
        )
        for a in found.values()
    ]
    return [*found.values(), *twins]


def headline(frames: Frames) -> float:
    """Return what a headline makes of the allocation: BTC's part of all assets, USD."""
    rows = frames["policies"].filter(pl.col("lever") == "pension.allocation")["value"]
    return ASSETS * BTC_SHARE * sum(float(value) for value in rows)


def half_days(days: pl.DataFrame, start: int) -> float:
    """Return the days from the announcement until half of the flow has come; 0 without a flow."""
    flow = market.between(days, start + 1, math.inf)["outside_flow"]
    total = flow.max()
    if not isinstance(total, float) or total <= 0:
        return 0.0
    return float((flow < total / 2).sum())


def multiplier(days: pl.DataFrame, start: int, day: int, supply: float) -> float:
    """Return the move of price over consensus per share of all coins taken out of the market."""
    taken = market.outside_share(days, day, supply)
    if taken < MIN_SHARE:
        return math.nan
    before, after = (
        float(np.mean(market.between(days, d - 4, d + 1)["offset"].to_numpy()))
        for d in (start, day)
    )
    return (after - before) / taken


def measure(frames: Frames, p: PensionEntry) -> Mapping[str, float]:
    """Return the metrics of one run."""
    supply = scenario(p).asset.supply
    days = market.daily(frames["bars"])
    start, stop, end = p.warm_up_days - 1, ramp_end(p) - 1, ramp_end(p) + p.hold_days - 1
    flow = float(days["outside_flow"][stop])
    promised = headline(frames)
    return {
        "price": market.price_at(days, end),
        "price_ramp": market.price_at(days, stop),
        **market.calm(market.between(days, start, end + 1)),
        "float": float(days["float_coins"][end]) / supply,
        "flow": flow / 1e9,
        "article": promised / BTC_SHARE / ALL_CRYPTO,
        "unrealised": 1.0 - flow / promised if promised else 0.0,
        "half_days": half_days(days, start),
        "multiplier": multiplier(days, start, end, supply),
        "multiplier_ramp": multiplier(days, start, stop, supply),
    }


def record(frames: Frames, p: PensionEntry) -> pl.DataFrame:
    """Return the paths that the report draws, by day from the announcement."""
    days = market.daily(frames["bars"])
    supply = scenario(p).asset.supply
    return days.select(
        (pl.col("day") - p.warm_up_days).alias("day"),
        pl.col("price"),
        (pl.col("depth") / 1e6).alias("depth"),
        (pl.col("float_coins") / supply).alias("float"),
        (pl.col("outside_coins") / supply).alias("outside"),
    )


EXPERIMENT = Experiment(
    name="pension_entry",
    question="If retirement savings may hold crypto: what happens to price, calm and depth?",
    parameters=PensionEntry,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    series=(
        Series(name="price", title="Price", unit="USD"),
        Series(name="depth", title="Depth within 1 %", unit="million USD"),
        Series(name="float", title="Coins the crowd holds", unit="%"),
        Series(name="outside", title="Coins pension funds hold", unit="%"),
    ),
    record=record,
    claims=(
        "PEN-H1",
        "PEN-H2",
        "PEN-H3",
        "PEN-H4",
        "PEN-H5",
        "PEN-H25",
        "PEN-H26",
        "PEN-H27",
    ),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=scenario,
    seeds=8,
    quick_seeds=2,
    quick={"accounts": 2_000, "step_hours": 24, "ramps": (3.0,), "hold_days": 60},
)

if __name__ == "__main__":
    import sys

    from tidegate.study.launch import run_experiment

    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
