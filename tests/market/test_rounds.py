"""Rounds within a tick: depth refills, business ends, and frozen prices stay where they are."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from tidegate_core import Kind, Side

from tests.market.conftest import small_spec
from tidegate.agents.base import MarketAgent
from tidegate.books import BTC, USD
from tidegate.model import MAX_ROUNDS, Market
from tidegate.policies.pension_access import PensionAccess
from tidegate.scenario import HolderSpec

DAY = 86_400


class Buyer(MarketAgent):
    """Works a number of lots a day, evenly, and asks for rounds until a tick's part is done."""

    def __init__(self, world: Market, *, daily: int, limit: float = 1.5) -> None:
        super().__init__(
            world, path="buyer/0", venues=world.venues, streams=world.streams, clock=world.clock
        )
        self.daily, self.limit, self.due = daily, limit, 0
        self.rounds = world.rounds
        self.accounts = {v.name: v.open_accounts() for v in world.venues}
        for venue in world.venues:
            world.books.move(USD, "world", venue.name, 10**18)
            venue.credit(self.accounts[venue.name], USD, 10**18)

    @property
    def lots(self) -> int:
        return sum(v.coins(self.accounts[v.name]) for v in self.venues)

    @property
    def spent(self) -> int:
        return sum(10**18 - v.cash(self.accounts[v.name]) for v in self.venues)

    @property
    def pending(self) -> bool:
        return self.due > self.lots + len(self.venues)

    def begin(self) -> None:
        self.due += self.daily * self.clock.step_seconds // DAY

    def trade(self) -> None:
        left = (self.due - self.lots) // max(1, self.rounds - self.clock.round)
        for number, venue in enumerate(self.venues):
            lots = int(left * venue.share)
            price = round(venue.indicative * self.limit)
            if lots > 0:
                account = self.accounts[venue.name]
                venue.send(account, Side.BUY, price, lots, Kind.IOC, arrival=number)


def mean_price(step: int, seed: int, daily: int) -> float:
    """Return what a day's order pays over the price of the same day without it, log."""
    worlds = []
    for size in (0, daily):
        world = Market(small_spec(step_seconds=step), rng=seed)
        buyer = Buyer(world, daily=size)
        world.takers.append(buyer)
        world.run_days(1)
        worlds.append((world, buyer))
    (free, _), (_, buyer) = worlds
    assert buyer.lots >= 0.99 * daily
    bars = free.frames()["bars"]
    usual = float((bars["notional"].sum()) / bars["volume"].sum())
    return math.log(buyer.spent / 1e6 / (buyer.lots * 1e-4) / usual)


def test_a_large_order_at_a_daily_step_meets_refilled_depth() -> None:
    daily = 60_000_000  # lots: 6,000 coins, more than twice what rests within 1 %
    hourly, whole = (
        np.mean([mean_price(step, seed, daily) for seed in range(3)]) for step in (3_600, DAY)
    )
    assert -0.001 < hourly < 0.01
    assert whole == pytest.approx(hourly, abs=0.01)
    # The same order at once finds not even half of what it wants.
    world = Market(small_spec(step_seconds=DAY), rng=0)
    world.step()
    at_hand = sum(v.depth_to(Side.SELL, 10**9) for v in world.venues)
    assert at_hand < 0.5 * daily


def test_a_tick_ends_when_nobody_has_business_left() -> None:
    world = Market(small_spec(step_seconds=DAY), rng=1)
    world.step()
    assert world.rounds == 4
    assert world.clock.round == 4


def test_a_tick_ends_within_its_rounds_whatever_somebody_still_wants() -> None:
    world = Market(small_spec(), rng=1)
    buyer = Buyer(world, daily=10**9, limit=0.5)  # bids where nobody sells
    world.takers.append(buyer)
    world.step()
    assert world.clock.round == MAX_ROUNDS
    assert buyer.lots == 0
    world._check()


def test_rounds_are_asked_for_and_used() -> None:
    world = Market(small_spec(), rng=1)
    buyer = Buyer(world, daily=6 * 40_000_000)
    world.takers.append(buyer)
    world.step()
    assert 1 < world.clock.round < MAX_ROUNDS
    assert not buyer.pending
    world._check()


@pytest.mark.parametrize("step", [3_600, DAY])
def test_with_matching_off_no_price_moves_and_nothing_trades(step: int) -> None:
    access = PensionAccess(allocation=0.1, route="headline", ramp_months=1)
    world = Market(
        small_spec(step_seconds=step, matching=False, holders=HolderSpec(accounts=500)),
        rng=1,
        policies=[access],
    )
    held = [desk.holders.coins for desk in world.crowd.desks]
    world.run_days(4)
    bars = world.frames()["bars"]
    for column in ("open", "high", "low", "close", "mid"):
        assert bars[column].to_list() == pytest.approx([109_560.0] * bars.height)
    assert bars["volume"].sum() == bars["trades"].sum() == bars["notional"].sum() == 0
    assert bars["outside_coins"].sum() == 0
    assert bars["outside_flow"][-1] > 1e9  # what is planned does not depend on the market
    for desk, coins in zip(world.crowd.desks, held, strict=True):
        assert np.array_equal(desk.holders.coins, coins)
    world._check()


def test_a_makers_depth_is_back_every_round() -> None:
    world = Market(small_spec(), rng=1)
    world.run_until(3)
    depths: list[int] = []
    publish = world.exchanges[0].publish

    def watched(*arguments: Any) -> None:
        publish(*arguments)
        depths.append(world.venues[0].depth_within(Side.SELL, 0.01))

    world.exchanges[0].publish = watched  # type: ignore[method-assign]
    world.takers.append(Buyer(world, daily=6 * 40_000_000))
    world.step()
    assert len(depths) > 2
    assert min(depths) > 0
    assert world.crowd.coins(world.venues[0]) > 0
    assert world.books.balance(world.venues[0].name, BTC) > 0


@pytest.mark.parametrize("elasticity", [1 / 60, 0.2, 1.0])
def test_the_market_opens_at_its_price_whatever_the_elasticity(elasticity: float) -> None:
    spec = small_spec(holders=HolderSpec(accounts=2_000, elasticity=elasticity))
    for seed in range(3):
        world = Market(spec, rng=seed)
        world.step()
        gap = math.log(world.price) - world.crowd.consensus
        assert abs(gap) < 0.01
