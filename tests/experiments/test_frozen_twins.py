"""Worlds with prices frozen: news moves their prices, and nothing else does."""

from __future__ import annotations

import importlib
import math
from pathlib import Path
from typing import Any

import pytest

import experiments
from tidegate.agents.news_prices import NewsPrices
from tidegate.agents.token_news_prices import TokenNewsPrices
from tidegate.model import Market
from tidegate.setups.market import MarketParameters, moved_by_news
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment

NAMES = sorted(
    path.stem
    for path in Path(experiments.__path__[0]).glob("*.py")
    if not path.stem.startswith("_")
)
NEWS = ("shock.", "rates.", "macro.")  # groups of levers that move what coins are worth
SMALL: dict[str, Any] = {"accounts": 500, "belief_warm_up_days": 0, "warm_up_days": 5}


def loaded(name: str) -> Experiment[Any]:
    found: Experiment[Any] = importlib.import_module(f"experiments.{name}").EXPERIMENT
    return found


def has_news(arm: Arm) -> bool:
    settings = [lever for policy in arm.policies for lever in policy.settings()]  # type: ignore[attr-defined]
    return any(lever.startswith(NEWS) for lever in settings)


def frozen_with_news(name: str) -> list[Arm]:
    it = loaded(name)
    arms = it.checked_arms(it.parameters())
    return [arm for arm in arms if arm.frozen_twin_of is not None and has_news(arm)]


WITH_NEWS = [name for name in NAMES if frozen_with_news(name)]


def test_what_claims_compare_has_twins_where_prices_can_be_frozen() -> None:
    """Studies on record keep their arms until they are run again."""
    home = Path(experiments.__path__[0])
    bare = set()
    for name in NAMES:
        it = loaded(name)
        p = it.parameters()
        if (home / f"ledger/{name}.json").exists() or not hasattr(p, "matching"):
            continue
        arms = it.checked_arms(p)
        twins = {arm.frozen_twin_of for arm in arms}
        bare |= {c.row for c in it.family(arms) if not set(c.compared) <= twins}
    assert bare == set()


@pytest.mark.parametrize("name", WITH_NEWS)
def test_what_moves_prices_is_in_every_frozen_world_that_has_news(name: str) -> None:
    it = loaded(name)
    p = it.parameters().overridden({"accounts": 500, "belief_warm_up_days": 0})
    for arm in frozen_with_news(name)[:1]:
        world: Any = it.build(it.arm_parameters(p, arm), 1)
        assert any(isinstance(taker, NewsPrices | TokenNewsPrices) for taker in world.takers)


@pytest.mark.parametrize(
    ("name", "label", "size"),
    [
        ("exchange_hack", "bill", -0.02),
        ("exchange_hack", "hack", 0.0),
        ("macro_hack", "macro", -0.10),
        ("macro_hack", "tidings", -0.40),
        ("rate_cut", "surprise", 1.5 * 25 * 0.0025),  # half as much again in three days
        ("pension_rules", "exposed-fall", -0.7),
        ("adoption_contagion", "gain", 0.4),
    ],
)
def test_the_price_of_a_frozen_twin_is_moved_by_its_news(
    name: str, label: str, size: float
) -> None:
    it = loaded(name)
    p = it.parameters().overridden(SMALL)
    arm = next(arm for arm in it.checked_arms(p) if arm.label == f"{label}-frozen")
    world: Any = it.build(it.arm_parameters(p, arm), 1)
    first = world.price
    world.apply(arm.policies)
    world.run_until(it.timeline(p).end)
    assert math.log(world.price / first) == pytest.approx(size, abs=2e-3)


def test_a_swing_of_a_frozen_twin_comes_back() -> None:
    it = loaded("pension_savers")
    p = it.parameters().overridden({**SMALL, "plans": 20, "days": 80})
    arm = next(a for a in it.checked_arms(p) if a.label == "swing-taught-frozen")
    world: Any = it.build(it.arm_parameters(p, arm), 1)
    first = world.price
    world.apply(arm.policies)
    world.run_days(p.warm_up_days + 40)
    assert math.log(world.price / first) == pytest.approx(-0.8, abs=1e-3)
    world.run_days(40)
    assert math.log(world.price / first) == pytest.approx(0.0, abs=1e-3)


def test_a_market_that_trades_is_left_alone() -> None:
    p = MarketParameters(**SMALL)
    world = Market(p.scenario(), rng=1)
    before = list(world.takers)
    assert moved_by_news(world) is world
    assert world.takers == before
