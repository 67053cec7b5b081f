"""The machinery on the real market: frozen prices, planted effects, placebo arms."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tidegate.analysis import market
from tidegate.analysis.contrast import Comparison, Direction, Verdict, judge_family
from tidegate.analysis.scales import Scale
from tidegate.model import Market
from tidegate.scenario import HolderSpec, Scenario

DAYS, PAIRS, CLAIMS, WORLDS = 60, 64, 200, 640
PLANTED = 0.02  # twice the smallest price effect that matters
SPEC = Scenario(step_seconds=86_400, holders=HolderSpec(accounts=1_000))


def placebo_world(seed: int) -> tuple[float, float, float]:
    """Return log price, volatility and drawdown of an untreated world of its own luck."""
    world = Market(SPEC, rng=seed)
    world.run_days(DAYS)
    days = market.daily(world.frames()["bars"])
    calm = market.calm(days)
    return market.price_at(days, DAYS - 1), calm["volatility"], calm["drawdown"]


def planted_pair(job: tuple[int, float]) -> tuple[float, float]:
    """Return the prices of a treated and an untreated world; the treatment shifts value."""
    seed, jump = job
    free = Market(SPEC, rng=seed)
    free.run_days(10)
    treated = free.fork()
    treated.crowd.belief.shock(jump)
    prices = []
    for world in (treated, free):
        world.run_days(DAYS)
        prices.append(market.price_at(market.daily(world.frames()["bars"]), DAYS + 9))
    return prices[0], prices[1]


@pytest.mark.evidence
def test_placebo_arms_give_few_false_verdicts(
    everywhere: Callable[..., list[tuple[float, float, float]]],
    commit_figures: Callable[..., Any],
) -> None:
    """Arms that differ in their label only, each world with luck of its own."""
    worlds = np.array(everywhere(placebo_world, range(20_000, 20_000 + WORLDS)))
    shuffle = np.random.default_rng(0)
    false = {"price": 0, "volatility": 0, "drawdown": 0}
    scales = {"price": Scale.LOG, "volatility": Scale.LOG, "drawdown": Scale.LEVEL}
    deltas = {"price": 0.01, "volatility": 0.05, "drawdown": 0.02}
    for _ in range(CLAIMS):
        drawn = shuffle.permutation(WORLDS)[: 2 * PAIRS]
        for column, name in enumerate(false):
            values = worlds[drawn, column]
            claim = Comparison(
                name, values[:PAIRS], values[PAIRS:], Direction.INCREASE, scales[name], deltas[name]
            )
            verdict = judge_family([claim])[0].verdict
            false[name] += verdict in (Verdict.SUPPORTED, Verdict.CONTRADICTED)
    # 200 claims at 5 %: 10 expected, at most 17 in 98 of 100 such tests.
    commit_figures(
        "placebo",
        f"{CLAIMS} placebo claims of {PAIRS} pairs, each world with luck of its own\n"
        + "\n".join(f"false verdicts on {name}: {count}" for name, count in false.items()),
    )
    assert max(false.values()) <= 17, false


@pytest.mark.evidence
@pytest.mark.parametrize("sign", [1, -1])
def test_planted_effects_are_found(
    sign: int,
    everywhere: Callable[..., list[tuple[float, float]]],
    commit_figures: Callable[..., Any],
) -> None:
    claims = 10
    jobs = [(30_000 + k, sign * PLANTED) for k in range(claims * PAIRS)]
    prices = np.array(everywhere(planted_pair, jobs)).reshape(claims, PAIRS, 2)
    direction = Direction.INCREASE if sign > 0 else Direction.DECREASE
    verdicts = [
        judge_family([Comparison("planted", p[:, 0], p[:, 1], direction, Scale.LOG, 0.01)])[
            0
        ].verdict
        for p in prices
    ]
    found = verdicts.count(Verdict.SUPPORTED) / claims
    wrong = verdicts.count(Verdict.CONTRADICTED)
    mean = float(np.log(prices[:, :, 0] / prices[:, :, 1]).mean())
    commit_figures(
        f"planted_{'up' if sign > 0 else 'down'}",
        f"value shifted by {sign * PLANTED:+.2f} in log price, {claims} claims of {PAIRS} pairs\n"
        f"mean effect measured: {mean:+.4f}\nfound: {found:.0%}\nwrong sign: {wrong}",
    )
    assert found >= 0.8
    assert wrong == 0


def test_with_matching_off_no_price_moves() -> None:
    world = Market(SPEC.model_copy(update={"matching": False}), rng=1)
    world.run_days(30)
    bars = world.frames()["bars"]
    assert bars["trades"].sum() == 0
    assert bars["close"].n_unique() == 1
    assert math.isclose(bars["close"][0], SPEC.asset.price)
