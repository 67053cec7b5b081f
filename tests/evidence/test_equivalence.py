"""Resolution is not a scale: twice the accounts or half the step leave the effects as they are."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tidegate.analysis import market
from tidegate.analysis.contrast import studentised_interval
from tidegate.model import Market
from tidegate.policies.pension_access import PensionAccess, PensionFreeze
from tidegate.scenario import HolderSpec, Scenario

WARM_UP, RAMP_DAYS, HOLD = 30, 76, 60  # days: a ramp of two months and what remains of it
SEEDS = range(12_000, 12_192)
EFFECTS = {"price at the end, log": 0.01, "volatility, log": 0.05, "multiplier": 0.5}
CONFIGURATIONS = {
    "1 h": (3_600, 10_000),
    "1 h, twice the accounts": (3_600, 20_000),
    "30 min": (1_800, 10_000),
    "1 d": (86_400, 10_000),
    "1 d, twice the accounts": (86_400, 20_000),
    "12 h": (43_200, 10_000),
}
PAIRS = (
    ("1 h", "1 h, twice the accounts"),
    ("1 h", "30 min"),
    ("1 d", "1 d, twice the accounts"),
    ("1 d", "12 h"),
    ("1 d", "1 h"),
)


def effects(job: tuple[int, int, int]) -> tuple[float, ...]:
    """Return the effects of one seed: treated less untreated, and the multiplier."""
    seed, step, accounts = job
    free = Market(Scenario(step_seconds=step, holders=HolderSpec(accounts=accounts)), rng=seed)
    free.run_days(WARM_UP)
    treated = free.fork()
    treated.apply(
        [
            PensionAccess(
                allocation=0.01,
                route="default",
                ramp_months=2,
                announcement_day=WARM_UP,
                effective_day=WARM_UP,
            ),
            PensionFreeze(announcement_day=WARM_UP, effective_day=WARM_UP + RAMP_DAYS),
        ]
    )
    prices, volatilities = [], []
    for world in (free, treated):
        world.run_days(RAMP_DAYS + HOLD)
        days = market.daily(world.frames()["bars"])
        prices.append(market.price_at(days, WARM_UP + RAMP_DAYS + HOLD - 1))
        volatilities.append(market.calm(market.between(days, WARM_UP, math.inf))["volatility"])
    last = WARM_UP + RAMP_DAYS + HOLD - 1
    taken = market.outside_share(days, last, free.spec.asset.supply)
    offset = days["offset"]
    moved = float(offset[last - 4 : last + 1].mean() - offset[WARM_UP - 5 : WARM_UP].mean())  # type: ignore[operator, arg-type]
    return (
        math.log(prices[1] / prices[0]),
        math.log(volatilities[1] / volatilities[0]),
        moved / taken,
    )


@pytest.mark.evidence
def test_doubling_accounts_and_halving_the_step_change_nothing(
    everywhere: Callable[..., list[tuple[float, ...]]], commit_figures: Callable[..., Any]
) -> None:
    measured = {
        name: np.array(everywhere(effects, [(seed, step, accounts) for seed in SEEDS]))
        for name, (step, accounts) in CONFIGURATIONS.items()
    }
    what = "1 % by the default route over two months, then 60 days without trading"
    lines = [f"{what}; {len(SEEDS)} seeds from {SEEDS.start}", ""]
    lines.append(f"{'configuration':<28}" + "".join(f"{name:>24}" for name in EFFECTS))
    for name, table in measured.items():
        lines.append(f"{name:<28}" + "".join(f"{value:>24.4f}" for value in table.mean(axis=0)))
    lines += ["", "differences, 95 % interval, and whether it lies within +-delta"]
    failed = []
    for one, other in PAIRS:
        for column, (effect, delta) in enumerate(EFFECTS.items()):
            difference = measured[other][:, column] - measured[one][:, column]
            interval = studentised_interval(difference)
            same = interval.within(delta)
            failed += [] if same else [(one, other, effect)]
            lines.append(
                f"{f'{other} less {one}':<36}{effect:<24}{interval.low:>9.4f}{interval.high:>9.4f}"
                f"   delta {delta:g}: {'same' if same else 'NOT SHOWN'}"
            )
    commit_figures("equivalence", "\n".join(lines))
    assert not failed
