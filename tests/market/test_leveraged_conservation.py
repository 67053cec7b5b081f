"""Through any crash and outage every dollar and coin is somewhere, and an error of one is found."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.market.crash_worlds import MINUTE, NEWS, at, crash_spec, crash_world, shock
from tidegate.leveraged_houses import NETWORK, USD, WORLD
from tidegate.leveraged_model import LeveragedMarket
from tidegate.policies.base import Policy
from tidegate.policies.liquidation_freeze import LiquidationFreeze
from tidegate.policies.outage import Outage, Recovery

DOWN, UP = NEWS + 3 * MINUTE, NEWS + 6 * MINUTE


def faults(users: bool, engine: bool) -> tuple[Policy, ...]:
    everything = users and engine
    down = Outage(users=users, desks=everything, engine=engine, compensation=0.5, **at(DOWN))
    return (down, Recovery(**at(UP)))


@pytest.mark.parametrize(
    "policies",
    [
        (),
        faults(users=True, engine=False),
        faults(users=False, engine=True),
        faults(users=True, engine=True),
        (LiquidationFreeze(**at(DOWN)), shock(UP, 0.1, name="relief")),
    ],
    ids=["crash", "users out", "engine out", "all out", "freeze and relief"],
)
def test_every_tick_of_a_crash_is_audited_and_every_invariant_holds(
    policies: tuple[Policy, ...],
) -> None:
    world = crash_world(*policies)
    for tick in range(NEWS // MINUTE + 12):
        world.step()
        if tick % 2 or tick * MINUTE in (NEWS, DOWN, UP):
            world._check()
        else:
            world.audit()
    kinds = set(world.frames()["liquidations"]["kind"])
    assert {"book", "takeover", "adl", "vault", "shortfall", "surplus", "clearance"} <= kinds


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**40),
    size=st.floats(-0.4, 0.4),
    step=st.sampled_from([15, 60, 300]),
    users=st.booleans(),
    engine=st.booleans(),
    down=st.integers(NEWS - 200, NEWS + 200),
)
def test_any_shock_and_outage_conserve_everything(
    seed: int, size: float, step: int, users: bool, engine: bool, down: int
) -> None:
    world = LeveragedMarket(
        crash_spec(step_seconds=step),
        rng=seed,
        policies=[
            shock(NEWS, size),
            Outage(exchange="okx", users=users, engine=engine, **at(down)),
            Recovery(**at(down + 120)),
        ],
    )
    while world.now < NEWS + 300:
        world.step()
        world.audit()
    world._check()


@pytest.fixture(scope="module")
def trunk() -> LeveragedMarket:
    """Return a market in the middle of its crash."""
    world = crash_world()
    world.run_until(NEWS // MINUTE + 3)
    return world


@pytest.fixture
def world(trunk: LeveragedMarket) -> LeveragedMarket:
    return trunk.fork()


@pytest.mark.parametrize("amount", [1, -1])
@pytest.mark.parametrize("number", range(4))
def test_a_micro_dollar_off_on_margin_fails_the_audit(
    world: LeveragedMarket, number: int, amount: int
) -> None:
    exchange = world.exchanges[number]
    world.audit()
    account = int(exchange.margin.balances()[5:, 0].argmax()) + 5
    code = (exchange.margin.deposit if amount > 0 else exchange.margin.withdraw)(account, USD, 1)
    assert code == 0
    with pytest.raises(AssertionError, match=f"tick 7: {exchange.name}: USD held"):
        world.audit()
    source, target = (WORLD, exchange.name) if amount > 0 else (exchange.name, WORLD)
    world.books.move(USD, source, target, 1)  # now it is somewhere
    world.audit()


@pytest.mark.parametrize("asset", range(5))
@pytest.mark.parametrize("amount", [1, -1])
def test_a_unit_off_on_spot_fails_the_audit(
    world: LeveragedMarket, asset: int, amount: int
) -> None:
    exchange = world.exchanges[1]
    desk = int(world.value.accounts[len(world.places) // 4])
    (exchange.credit if amount > 0 else exchange.debit)(desk, asset, 1)
    name = ("USD", *(coin.name for coin in world.spec.coins))[asset]
    with pytest.raises(AssertionError, match=f"{exchange.name}: {name} held"):
        world.audit()


def test_money_that_nobody_received_fails_the_audit(world: LeveragedMarket) -> None:
    world.books.move(USD, WORLD, "okx", 1)
    world.books.move(1, NETWORK, "bybit", 1)
    with pytest.raises(AssertionError, match=r"bybit: BTC held .*; okx: USD held"):
        world.audit()


def test_every_difference_is_told(world: LeveragedMarket) -> None:
    for exchange in world.exchanges:
        exchange.credit(1, USD, 7)
    with pytest.raises(AssertionError) as told:
        world.audit()
    assert str(told.value).count("held") == len(world.exchanges)


def test_what_is_refused_changes_nothing(world: LeveragedMarket) -> None:
    exchange = world.exchanges[0]
    with pytest.raises(ValueError, match=f"debit of {10**18} on account 1 of binance refused"):
        exchange.debit(1, USD, 10**18)
    with pytest.raises(ValueError, match=f"credit of {2**63 - 1} on account 1 of binance refused"):
        exchange.credit(1, USD, 2**63 - 1)
    world.audit()
