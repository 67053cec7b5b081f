"""Whether coins that states, pensions and companies hold for good deepen the market, or thin it.

They buy for a year and hold for another, in which calm and depth are read. Then somebody else buys
for a fixed sum: what that moves, with and without them, is the impact of a dollar. Companies stand
here as one more holder who never sells: how they finance themselves, and what becomes of them in a
fall, is not in this market. With prices frozen nobody could buy, so there are no frozen twins.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import polars as pl

from tidegate.analysis import flows, market
from tidegate.market_study import CALM, PATHS, MarketParameters
from tidegate.model import Market
from tidegate.policies.base import Policy
from tidegate.policies.pension_access import PensionAccess, PensionFreeze
from tidegate.policies.sovereign_reserve import SovereignReserve
from tidegate.report.summary import Lead, Metric
from tidegate.scenario import Scenario
from tidegate.scenario.reserve_plan import PlanSpec
from tidegate.scenario.sovereign import StateSpec, StatesSpec
from tidegate.scenario.state_perils import PoliticsSpec
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, Timeline, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

YEAR = 365
PROBE_DAYS = 10  # in which the sum is spent, and after which the price is read
RAMP = 0.75 * YEAR / 30.4375  # months from 5 % to 95 % of sponsors: all is over in a year
METRICS = (
    Metric.of("price", "price", f"Price {PROBE_DAYS} days after the probe", "USD"),
    *CALM,
    Metric.level("held", "Coins held for good", "%", delta=0.01),
    Metric.of("price", "price_held", "Price before the probe", "USD"),
)


class HeldFloat(MarketParameters):
    """What may be set."""

    accounts: int = parameter(
        1_000, "Simulated holders per venue", unit="accounts", source="resolution", ge=500, le=10**6
    )
    step_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24] = parameter(
        24, "Length of a tick", unit="h", source="resolution"
    )
    each_usd: float = parameter(
        75e9,
        "What states, and companies, buy within a year",
        unit="USD",
        source="assumption: 3.4 % of all coins; states held 2.6 %, companies about 5 % in 2025",
        gt=0,
        le=1e12,
    )
    allocation: float = parameter(
        0.1,
        "Share of pension savings in reach that is invested within a year",
        unit="1",
        source="PEN-H1; as much as the others",
        gt=0,
        le=1,
    )
    probe_usd: float = parameter(
        20e9, "What the probe buys", unit="USD", source="assumption: half a day's volume", gt=0
    )

    def scenario(self) -> Scenario:
        """Return the market with holders who never sell."""
        holders = StatesSpec(states=tuple(_holder(code) for code in ("st", "co", "probe")))
        return super().scenario().model_copy(update={"states": holders})


def _holder(code: str) -> StateSpec:
    """Return somebody who buys from a purse without bottom what it is told to, and never sells."""
    return StateSpec(
        code=code,
        name=code,
        budget_usd=1e12,
        plan=PlanSpec(funding_credibility=1.0, date_credibility=1.0),
        politics=PoliticsSpec(never_sells=True),
    )


def build(p: HeldFloat, seed: int) -> Market:
    """Return a world at tick 0."""
    return Market(p.scenario(), rng=seed)


def probe_day(p: HeldFloat) -> int:
    """Return the day on which the probe starts."""
    return p.warm_up_days + 2 * YEAR


def timeline(p: HeldFloat) -> Timeline:
    """Return when arms part and when they end."""
    per_day, days = p.scenario().ticks_per_day, 2 * YEAR + 2 * PROBE_DAYS
    return Timeline(p.warm_up_days * per_day, (p.warm_up_days + days) * per_day, float(days))


def purchase(p: HeldFloat, code: str, usd: float, day: int, days: int) -> Policy:
    """Return a purchase by one of the holders."""
    return SovereignReserve(
        name=f"purchase_{code}",
        state=code,
        announcement_day=p.warm_up_days,
        effective_day=day,
        size_usd=usd,
        days=days,
    )


def arms(p: HeldFloat) -> list[Arm]:
    """Return nobody, each of three, and all; nobody and all with the probe; all at double."""
    day = p.warm_up_days

    def states(usd: float) -> tuple[Policy, ...]:
        return (purchase(p, "st", usd, day, YEAR),)

    def companies(usd: float) -> tuple[Policy, ...]:
        # A day later: the lever speaks to one holder at a time.
        return (purchase(p, "co", usd, day + 1, YEAR - 1),)

    def pensions(allocation: float) -> tuple[Policy, ...]:
        access = PensionAccess(
            announcement_day=day,
            effective_day=day,
            allocation=allocation,
            ramp_months=RAMP,
            rebalancing="none",
        )
        return (access, PensionFreeze(announcement_day=day, effective_day=day + YEAR))

    probe = (purchase(p, "probe", p.probe_usd, probe_day(p), PROBE_DAYS),)
    together = (*states(p.each_usd), *companies(p.each_usd), *pensions(p.allocation))
    double = (
        *states(2 * p.each_usd),
        *companies(2 * p.each_usd),
        *pensions(min(1.0, 2 * p.allocation)),
    )
    return [
        Arm("none", "Nobody"),
        Arm("all", "States, companies and pensions", together),
        Arm("none-probe", "Nobody, and the probe", probe),
        Arm("all-probe", "All three, and the probe", (*together, *probe)),
        Arm("states", "States", states(p.each_usd)),
        Arm("companies", "Companies", companies(p.each_usd)),
        Arm("pensions", "Pensions", pensions(p.allocation)),
        Arm("double", "All three, twice as much", double),
    ]


def measure(frames: Frames, p: HeldFloat) -> Mapping[str, float]:
    """Return the metrics of one run: calm in the year of holding, the price after the probe."""
    days, probe = market.daily(frames["bars"]), probe_day(p)
    supply = p.scenario().asset.supply
    return {
        "price": market.price_at(days, probe + 2 * PROBE_DAYS - 1),
        **market.calm(market.between(days, probe - YEAR, probe)),
        "held": market.outside_share(days, probe - 1, supply),
        "price_held": market.price_at(days, probe - 1),
    }


def record(frames: Frames, p: HeldFloat) -> pl.DataFrame:
    """Return the paths that the report draws, by day from the start."""
    supply = p.scenario().asset.supply
    return flows.daily_paths(market.daily(frames["bars"]), p.warm_up_days, supply)


EXPERIMENT = Experiment(
    name="held_float",
    question="Coins that states, pensions and companies hold for good: calm and depth, or less of?",
    parameters=HeldFloat,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="What is held, and what it does to the market",
        metrics=("held", "price_held", "volatility", "depth", "price"),
    ),
    series=PATHS,
    record=record,
    claims=("KZ-H19", "KZ-H19d", "X2"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=HeldFloat.scenario,
    seeds=4,
    quick={"accounts": 500},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
