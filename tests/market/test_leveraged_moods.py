"""Moods that last for days, in the whole leveraged market."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.market.crash_worlds import CASCADE, crash_spec, shock
from tests.market.test_leveraged_identity import COPIERS, same, silent_clients
from tidegate.leveraged_model import LeveragedMarket
from tidegate.policies.base import Policy
from tidegate.scenario.appetite import AppetiteSpec
from tidegate.scenario.calm_leverage import LONGS, RETURN_HOURS, calm_leverage
from tidegate.scenario.leveraged import LeveragedCrowdSpec

END = 12
SMALL = LeveragedCrowdSpec(accounts=2_000)


def moody(*policies: Policy) -> LeveragedMarket:
    """Return a small world in which moods of hours last, and matter."""
    spec = AppetiteSpec(spread=2.0, days=0.1, carry=0.02)
    return LeveragedMarket(crash_spec(appetite=spec), rng=1, policies=policies)


def calm(**changes: Any) -> LeveragedMarket:
    fields = {"step_seconds": 600, "crowd": SMALL, **changes}
    return LeveragedMarket(calm_leverage(**fields), rng=1)


def test_there_are_none_unless_they_are_asked_for() -> None:
    world = LeveragedMarket(crash_spec(), rng=1)
    assert world.appetite is None
    assert world.carry is None


@pytest.fixture(scope="module")
def fresh() -> LeveragedMarket:
    world = moody(shock())
    world.run_until(END)
    return world


@pytest.mark.parametrize("copier", COPIERS, ids=["fork", "deepcopy", "pickle"])
def test_a_copy_goes_on_as_a_fresh_run(
    copier: Callable[[LeveragedMarket], LeveragedMarket], fresh: LeveragedMarket
) -> None:
    origin = moody(shock())
    origin.run_until(CASCADE)
    twin = copier(origin)
    for world in (twin, origin):
        world.run_until(END)
        world._check()
        assert same(world, fresh)


def test_a_fork_leaves_the_moods_of_its_origin_alone() -> None:
    origin = calm()
    origin.run_until(3)
    twin = origin.fork()
    assert twin.appetite is not None
    assert origin.appetite is not None
    assert twin.carry is not None
    assert origin.carry is not None
    assert not np.shares_memory(twin.carry.funded, origin.carry.funded)
    before = origin.appetite.common, origin.carry.funded.tolist()
    twin.run_until(5)
    assert (origin.appetite.common, origin.carry.funded.tolist()) == before
    origin.run_until(5)
    assert same(origin, twin)


def test_who_is_silent_changes_nobodys_trades(fresh: LeveragedMarket) -> None:
    crowded = moody(shock())
    silent_clients(crowded)
    crowded.run_until(END)
    crowded._check()
    assert crowded.tape.bars.digest == fresh.tape.bars.digest
    assert crowded.tape.events.digest == fresh.tape.events.digest


def test_calm_is_audited_and_every_invariant_holds() -> None:
    world = calm()
    for _ in range(4):
        world.step()
        world._check()


def test_professionals_carry_what_the_public_wants() -> None:
    short = []
    for mood in (1.0, -1.0):
        world = calm(appetite=AppetiteSpec(spread=2.0, days=300.0, own=0.0, chase=0.0))
        assert world.appetite is not None
        assert world.carry is not None
        world.appetite.common = mood
        world.run_until(3)
        held = sum(world.places.inventories(column) for column in world.carry.accounts)
        short.append(-(held * world.places.perpetual)[world.places.coin == 0].sum())
    assert short[0] > 0 > short[1]


def test_perpetuals_trade_at_the_premium_that_is_asked() -> None:
    world = calm(
        appetite=AppetiteSpec(spread=0.0, own=0.0, chase=0.0, carry=0.01, capital_days=1e3)
    )
    assert world.carry is not None
    world.carry.funded = -0.1 * world.carry.interest  # as if capital had left
    world.run_until(1)  # four times the quotes' way back to value
    mids, perpetual = world.places.mids(), world.places.perpetual
    for coin in range(2):
        here = world.places.coin == coin
        gap = mids[here & perpetual].mean() - mids[here & ~perpetual].mean()
        assert gap == pytest.approx(1e-3, abs=3e-4)


def test_ordinary_weeks_have_fewer_longs_and_a_supply_to_measure_by() -> None:
    spec = calm_leverage()
    for exchange in spec.exchanges:
        longs, shorts = 1 - exchange.out_of_reach, 1 - exchange.hedged
        assert longs / (longs + shorts) == pytest.approx(LONGS, rel=1e-12)
    assert [coin.supply for coin in spec.coins] == [19.94e6, None, None, None]
    assert spec.appetite == AppetiteSpec()
    assert calm_leverage(appetite=None).appetite is None


def test_the_wiped_come_back_after_a_day_unless_a_crowd_says_otherwise() -> None:
    assert calm_leverage().crowd.return_hours == RETURN_HOURS
    assert calm_leverage(crowd=SMALL).crowd == SMALL.model_copy(
        update={"return_hours": RETURN_HOURS}
    )
    own = LeveragedCrowdSpec(return_hours=1.4)
    assert calm_leverage(crowd=own).crowd == own
