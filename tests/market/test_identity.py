"""Common random numbers, forks, digests: same seed, same bits."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from tests.market.conftest import small_spec
from tidegate.agents.arbitrageur import Arbitrageur
from tidegate.agents.exchange import Exchange
from tidegate.agents.market_maker import MarketMaker
from tidegate.agents.pension_fund import PensionFund
from tidegate.agents.pension_plan import PensionPlan
from tidegate.agents.retail_trader import RetailTrader
from tidegate.model import Market
from tidegate.policies.pension_access import PensionAccess
from tidegate.scenario import ArbitrageSpec, MakerSpec

ACCESS = PensionAccess(
    allocation=0.1, route="headline", ramp_months=2, announcement_day=4, effective_day=5
)


def rows(world: Market) -> np.ndarray[Any, Any]:
    return np.asarray(world.tape.rows)


def test_same_seed_same_digest() -> None:
    first, second = (Market(small_spec(), rng=3) for _ in range(2))
    first.run_days(5)
    second.run_days(5)
    assert first.digest() == second.digest()
    other = Market(small_spec(), rng=4)
    other.run_days(5)
    assert other.digest() != first.digest()


def test_runs_that_differ_in_policy_agree_up_to_the_announcement() -> None:
    free = Market(small_spec(), rng=1)
    treated = Market(small_spec(), rng=1, policies=[ACCESS])
    day = free.spec.ticks_per_day
    free.run_until(4 * day)
    treated.run_until(4 * day)
    assert free.digest() == treated.digest()
    free.run_until(20 * day)
    treated.run_until(20 * day)
    assert free.digest() != treated.digest()


@pytest.mark.parametrize(
    "copier", [Market.fork, copy.deepcopy, lambda w: pickle.loads(pickle.dumps(w))]
)
def test_a_fork_equals_a_fresh_run(copier: Any) -> None:
    fresh = Market(small_spec(), rng=2, policies=[ACCESS])
    origin = Market(small_spec(), rng=2)
    origin.run_days(3)
    twin = copier(origin)
    twin.apply([ACCESS])
    for world in (fresh, twin):
        world.run_until(90)
        world._check()
    assert twin.digest() == fresh.digest()
    assert np.array_equal(rows(twin), rows(fresh))


def test_a_fork_leaves_its_origin_alone() -> None:
    origin = Market(small_spec(), rng=2)
    origin.run_days(2)
    before = origin.digest()
    twin = origin.fork()
    twin.apply([ACCESS])
    twin.run_days(10)
    assert origin.digest() == before
    undisturbed = Market(small_spec(), rng=2)
    undisturbed.run_days(6)
    origin.run_days(4)
    assert origin.digest() == undisturbed.digest()


def silent_maker(world: Market) -> None:
    base = {"venues": world.venues, "streams": world.streams, "clock": world.clock}
    accounts = {v.name: v.open_accounts() for v in world.venues}
    extra = MarketMaker(
        world,
        path="maker/silent",
        accounts=accounts,
        spec=MakerSpec(),
        depth=1e8,
        volatility=0.03,
        round_seconds=3600.0,
        **base,
    )
    world.makers.append(extra)


def silent_arbitrageur(world: Market) -> None:
    base = {"venues": world.venues, "streams": world.streams, "clock": world.clock}
    accounts = {v.name: v.open_accounts() for v in world.venues}
    world.takers.append(
        Arbitrageur(
            world,
            path="arbitrageur/silent",
            accounts=accounts,
            spec=ArbitrageSpec(),
            books=world.books,
            **base,
        )
    )


def silent_fund(world: Market) -> None:
    base = {"venues": world.venues, "streams": world.streams, "clock": world.clock}
    accounts = {v.name: v.open_accounts() for v in world.venues}
    fund = PensionFund(
        world,
        path="pension/silent",
        plan=PensionPlan(),
        accounts=accounts,
        books=world.books,
        board=world.board,
        execution=world.spec.execution,
        daily_volume=1e9,
        rounds=1,
        **base,
    )
    world.funds.append(fund)
    world.takers.append(fund)


def silent_trader(world: Market) -> None:
    base = {"venues": world.venues[:1], "streams": world.streams, "clock": world.clock}
    world.takers.append(
        RetailTrader(world, path="retail/silent", account=world.venues[0].open_accounts(), **base)
    )


def silent_accounts(world: Market) -> None:
    for venue in world.venues:
        venue.open_accounts(100)


def silent_exchange(world: Market) -> None:
    from tidegate.venue import Venue

    venue = Venue("silent", tick=0.1, lot=1e-4, share=0.0)
    Exchange(
        world,
        venue=venue,
        number=9,
        reference_lots=10,
        price=1.0,
        path="exchange/silent",
        streams=world.streams,
        clock=world.clock,
    )


@pytest.mark.parametrize(
    "add",
    [
        silent_maker,
        silent_arbitrageur,
        silent_fund,
        silent_trader,
        silent_accounts,
        silent_exchange,
    ],
)
def test_an_extra_silent_agent_changes_nobodys_trades(add: Any) -> None:
    alone, crowded = (Market(small_spec(), rng=5) for _ in range(2))
    add(crowded)
    for world in (alone, crowded):
        world.run_days(8)
    assert crowded.digest() == alone.digest()
