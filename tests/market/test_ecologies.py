"""The market with each ecology: another crowd, the same rules."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tidegate_crowd.belief import Belief
from tidegate_crowd.chiarella import Chiarella
from tidegate_crowd.switching import Switching

from tidegate.assembly import make_belief
from tidegate.model import Market
from tidegate.scenario import ECOLOGIES, Ecology, Scenario

KINDS = {"fcn": Belief, "switching": Switching, "chiarella": Chiarella}
SMALL: dict[str, Any] = {
    "step_seconds": 14_400,
    "holders.accounts": 500,
    **{f"{part}.warm_up_days": 5 for part in ("belief", "switching", "chiarella")},
}


def market(ecology: Ecology, seed: int = 1, **changes: Any) -> Market:
    return Market(rng=seed, **{"ecology": ecology, **SMALL, **changes})


def test_the_default_is_fcn() -> None:
    assert Scenario().ecology == "fcn"
    assert isinstance(Market(rng=1, **SMALL).crowd.belief, Belief)


@pytest.mark.parametrize("ecology", ECOLOGIES)
def test_the_ecology_forms_the_valuation(ecology: Ecology) -> None:
    world = market(ecology)
    assert isinstance(world.crowd.belief, KINDS[ecology])
    world.run_days(7)
    world.audit()
    world.crowd.belief._check()
    assert world.crowd.belief.time == 7 * 86_400  # its hours differ, its weeks do not
    fork = world.fork()
    world.run_days(2)
    fork.run_days(2)
    assert fork.digest() == world.digest()
    again = market(ecology)
    again.run_days(9)
    assert again.digest() == world.digest()


def test_ecologies_differ() -> None:
    digests = set()
    for ecology in ECOLOGIES:
        world = market(ecology)
        world.run_days(3)
        digests.add(world.digest())
    assert len(digests) == 3


@pytest.mark.parametrize("ecology", ECOLOGIES)
def test_the_traded_price_follows_the_consensus(ecology: Ecology) -> None:
    world = market(ecology)
    world.crowd.belief.shock(-0.1)
    world.run_days(10)
    bars = world.frames()["bars"]
    gaps = np.log(bars["close"].to_numpy() / bars["consensus"].to_numpy())
    assert np.abs(gaps[len(gaps) // 2 :]).max() < 0.02


@pytest.mark.slow
@pytest.mark.parametrize("ecology", ECOLOGIES)
def test_calm_is_the_fitted_crowds_own_mean(ecology: Ecology) -> None:
    """What holders, makers and volume take for calm is committed with the fit."""
    spec = Scenario(ecology=ecology).valuation
    seen = []
    for key in range(2_000, 2_008):
        clock = make_belief(spec, key, 1e5)
        for _ in range(2_000 * 6):
            clock.trace(14_400, 1)
            seen.append(clock.relative_variance)
    assert np.mean(seen) == pytest.approx(spec.mean_variance, rel=0.1)
    assert np.mean(np.sqrt(seen)) == pytest.approx(spec.mean_activity, rel=0.05)
