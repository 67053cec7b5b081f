"""The leveraged market: same seed, same bits; forks, silent accounts, one path of news."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import numpy as np
import pytest
from tidegate_core.codes import Side

from tests.market.crash_worlds import CASCADE, MINUTE, NEWS, at, crash_spec, crash_world, shock
from tidegate.agents.leveraged_exchange import LeveragedExchange
from tidegate.leveraged_houses import USD, WORLD
from tidegate.leveraged_model import LeveragedMarket
from tidegate.policies.base import Policy
from tidegate.policies.leverage_cap import LeverageCap
from tidegate.policies.liquidation_freeze import LiquidationFreeze
from tidegate.policies.outage import Outage, Recovery
from tidegate.scenario.leveraged import LeveragedCrowdSpec

Copier = Callable[[LeveragedMarket], LeveragedMarket]
COPIERS = [LeveragedMarket.fork, copy.deepcopy, lambda world: pickle.loads(pickle.dumps(world))]
END = 10


def waiting(world: LeveragedMarket) -> int:
    return sum(exchange.waiting for exchange in world.exchanges)


def same(one: LeveragedMarket, other: LeveragedMarket) -> bool:
    """Whether two worlds wrote the same tapes, and their exchanges are in the same state."""
    states = [
        [
            (e.spot.snapshot(), e.margin.snapshot(), e.crowd.snapshot(), e.pace)
            for e in world.exchanges
        ]
        for world in (one, other)
    ]
    desks = [
        [desk.snapshot() for desk in (world.quotes, world.value, world.basis)]
        for world in (one, other)
    ]
    frames, others = one.frames(), other.frames()
    return (
        one.digest() == other.digest()
        and states[0] == states[1]
        and desks[0] == desks[1]
        and np.array_equal(one.news.value, other.news.value)
        and frames.keys() == others.keys()
        and all(frame.equals(others[name]) for name, frame in frames.items())
    )


@pytest.fixture(scope="module")
def ticks() -> list[LeveragedMarket]:
    """Return forks of a run after every tick; the last is the run itself."""
    world, forks = crash_world(), []
    for _ in range(END):
        forks.append(world.fork())
        world.step()
    return [*forks, world]


@pytest.fixture(scope="module")
def fresh(ticks: list[LeveragedMarket]) -> LeveragedMarket:
    """Return a run that nobody interrupted."""
    return ticks[-1]


def test_same_seed_same_bits(fresh: LeveragedMarket) -> None:
    again, other = crash_world(), crash_world(rng=2)
    for world in (again, other):
        world.run_until(END)
    assert same(again, fresh)
    assert other.digest() != fresh.digest()


@pytest.mark.parametrize("copier", COPIERS, ids=["fork", "deepcopy", "pickle"])
@pytest.mark.parametrize("tick", [0, 3, CASCADE], ids=["start", "calm", "cascade"])
def test_a_copy_goes_on_as_a_fresh_run(
    copier: Copier, tick: int, ticks: list[LeveragedMarket], fresh: LeveragedMarket
) -> None:
    origin = ticks[tick]
    assert (waiting(origin) > 100) == (tick == CASCADE)
    twin = copier(origin)
    assert same(twin, origin)
    twin.run_until(END)
    assert same(twin, fresh)
    twin._check()


def test_a_fork_leaves_its_origin_alone(fresh: LeveragedMarket) -> None:
    origin = crash_world()
    origin.run_until(CASCADE)
    before = origin.digest()
    twin = origin.fork()
    twin.apply([shock(CASCADE * MINUTE, -0.3, name="more")])
    twin.run_until(END)
    assert origin.digest() == before
    origin.run_until(END)
    assert same(origin, fresh)
    assert twin.digest() != origin.digest()


def test_what_cannot_change_is_shared_by_forks() -> None:
    origin = crash_world()
    twin = origin.fork()
    assert twin.spec is origin.spec
    for one, other in zip(origin.exchanges, twin.exchanges, strict=True):
        assert one.rules is other.rules
        assert one.margin is not other.margin
        assert other.margin in twin.places.engines  # the desks trade on the fork's own books
        assert other.spot in twin.places.engines


@pytest.mark.parametrize(
    "policies",
    [
        (shock(NEWS + MINUTE, 0.1, name="relief"),),
        (LiquidationFreeze(**at(NEWS + MINUTE)),),
        (Outage(**at(NEWS + MINUTE)), Recovery(**at(NEWS + 3 * MINUTE))),
        (Outage(engine=True, **at(NEWS + MINUTE)),),
        (LiquidationFreeze(**at(NEWS + MINUTE + 30)),),  # in the middle of a tick
    ],
    ids=["shock", "freeze", "outage", "engine", "within a tick"],
)
def test_runs_that_differ_in_policy_agree_up_to_the_announcement(
    policies: tuple[Policy, ...], ticks: list[LeveragedMarket]
) -> None:
    treated = crash_world(*policies)
    announced = min(policy.announcement for policy in policies) // MINUTE
    treated.run_until(announced)
    assert same(treated, ticks[announced])
    treated.run_until(END)
    assert treated.digest() != ticks[END].digest()


def test_a_cap_changes_nothing_until_it_holds() -> None:
    """Whoever works an order for minutes opens nothing in a short run: here they trade at once."""
    quick = LeveragedCrowdSpec(accounts=2_000, work_minutes=0.0)
    free = crash_world(crowd=quick)
    capped = crash_world(LeverageCap(cap=1, **at(NEWS + MINUTE)), crowd=quick)
    announced = NEWS // MINUTE + 1
    for world in (free, capped):
        world.run_until(announced)
    assert same(free, capped)
    for world in (free, capped):
        world.run_until(END)
    assert free.digest() != capped.digest()


def test_a_policy_that_lapses_changes_nothing(fresh: LeveragedMarket) -> None:
    lapsed = LiquidationFreeze(success_probability=0.0, **at(NEWS + MINUTE))
    world = crash_world(lapsed)
    world.run_until(END)
    assert same(world, fresh)


def silent_clients(world: LeveragedMarket) -> None:
    """Open accounts with cash and coins that nobody ever uses."""
    for exchange in world.exchanges:
        exchange.margin.deposit(exchange.margin.add_accounts(3), USD, 10**12)
        account = exchange.spot.add_accounts(3)
        exchange.credit(account, USD, 10**12)
        exchange.credit(account, 1, 10**6)
        world.books.move(USD, WORLD, exchange.name, 2 * 10**12)
        world.books.move(1, "network", exchange.name, 10**6)


def silent_bid(world: LeveragedMarket) -> None:
    """Rest an order at half the price, where nobody comes."""
    for exchange in world.exchanges:
        account = exchange.margin.add_accounts(1)
        exchange.margin.deposit(account, USD, 10**13)
        world.books.move(USD, WORLD, exchange.name, 10**13)
        price = round(world.spec.coins[0].price / 2 / world.spec.coins[0].tick)
        assert exchange.margin.submit(0, account, int(Side.BUY), price, 1) > 0


def silent_exchange(world: LeveragedMarket) -> None:
    """Add an exchange to the model that no desk trades on."""
    first = world.exchanges[0]
    LeveragedExchange(
        world,
        spec=first.spec.model_copy(update={"name": "silent"}),
        rules=first.rules,
        coins=first.coins,
        spot=copy.deepcopy(first.spot),
        margin=copy.deepcopy(first.margin),
        crowd=copy.deepcopy(first.crowd),
    )


@pytest.mark.parametrize("add", [silent_clients, silent_bid, silent_exchange])
def test_who_is_silent_changes_nobodys_trades(
    add: Callable[[LeveragedMarket], None], fresh: LeveragedMarket
) -> None:
    crowded = crash_world()
    add(crowded)
    crowded.run_until(END)
    crowded._check()
    assert crowded.tape.bars.digest == fresh.tape.bars.digest
    assert crowded.tape.events.digest == fresh.tape.events.digest


# -- one path of news -----------------------------------------------------------------------------


def test_ticks_of_any_length_live_through_the_same_news() -> None:
    """News breaks between whole minutes, where long ticks would pass it by."""
    policy, values = shock(307, -0.01), []
    for seconds in (60, 1, 600):
        world = LeveragedMarket(crash_spec(step_seconds=seconds), rng=4, policies=[policy])
        world.run_until(600 // seconds)
        assert world.now == 600
        assert len(world.news.shocks) == 1
        values.append(world.news.value)
    assert values[1] == pytest.approx(values[0], abs=1e-10)
    assert values[2] == pytest.approx(values[0], abs=1e-10)


def test_rounds_end_where_levers_change() -> None:
    world = LeveragedMarket(
        crash_spec(step_seconds=3_600),
        policies=[shock(307), Outage(**at(417)), LiquidationFreeze(**at(500))],
    )
    ends, advance = [], world.news.advance

    def note(seconds: int) -> None:
        advance(seconds)
        ends.append(world.news.second)

    world.news.advance = note  # type: ignore[method-assign]
    while world.now < 600:
        world._heed()
        world._round(world._pace(600 - world.now))
    assert {307, 417, 500, 600} <= set(ends)
    assert max(np.diff([0, *ends])) <= 60
