"""Coins and dollars are somewhere at every tick, and the check that says so can fail."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.market.conftest import small_spec
from tidegate.books import BTC, USD
from tidegate.model import Market
from tidegate.policies.pension_access import PensionAccess
from tidegate.scenario import HolderSpec


def test_every_tick_is_audited_and_every_invariant_holds(world: Market) -> None:
    world.apply([PensionAccess(allocation=0.1, route="headline", ramp_months=1)])
    for _ in range(60):
        world.step()
        world._check()
    assert world.funds[0].lots > 0


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**32),
    allocation=st.floats(0, 0.2),
    step=st.sampled_from([3600, 14_400, 86_400]),
    elasticity=st.floats(0.05, 1.0),
)
@example(seed=1851, allocation=0.0, step=3600, elasticity=1.0)  # one stands at the very end
def test_any_policy_conserves_everything(
    seed: int, allocation: float, step: int, elasticity: float
) -> None:
    spec = small_spec(step_seconds=step, holders=HolderSpec(accounts=500, elasticity=elasticity))
    world = Market(spec, rng=seed, policies=[PensionAccess(allocation=allocation, ramp_months=2)])
    for _ in range(12):
        world.step()
        world.audit()
    world._check()


@pytest.mark.parametrize("asset", [USD, BTC])
@pytest.mark.parametrize("amount", [1, -1])
def test_one_unit_off_fails_the_audit(world: Market, asset: int, amount: int) -> None:
    world.run_until(3)
    venue = world.venues[0]
    account = world.crowd.desks[0].traders.first
    if amount > 0:
        venue.engine.deposit(account, asset, amount)  # settled twice
    else:
        venue.engine.withdraw(account, asset, -amount)  # paid, never received
    with pytest.raises(AssertionError, match=venue.name):
        world.audit()


def test_a_transfer_that_is_settled_twice_fails_the_audit(world: Market) -> None:
    venue = world.venues[0]
    account = world.funds[0].desk.accounts[venue.name]
    world.books.move(USD, "world", world.funds[0].desk.bank, 5)
    world.books.deposit(venue, account, USD, 5, source=world.funds[0].desk.bank, arrives=0)
    world.books.settle(0, world.venues)
    world.audit()
    venue.credit(account, USD, 5)
    with pytest.raises(AssertionError, match="owed to clients"):
        world.audit()
