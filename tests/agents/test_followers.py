"""A class that waits and watches: who joins buys, who leaves sells, and what links classes."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from tests.agents.conftest import MICRO, Stall
from tidegate.agents.diffusion import AdoptionNetwork
from tidegate.agents.followers import Followers
from tidegate.agents.linked_network import LinkedNetwork, link
from tidegate.model import Market
from tidegate.scenario import ExecutionSpec, HolderSpec, Scenario
from tidegate.scenario.diffusion import ImitationSpec
from tidegate.scenario.followers import FollowersSpec, LinksSpec
from tidegate.scenario.plan_population import PlanPopulationSpec
from tidegate.scenario.plan_sponsors import SponsorSpec
from tidegate.streams import Streams

DAY = 86_400
AT_ONCE = ImitationSpec(innovation=1e6, imitation=0.0, drawdown_aversion=0.0)


class WatchStall(Stall):
    """One class in a foreign model."""

    def __init__(self, rule: ImitationSpec = AT_ONCE, **spec: Any) -> None:
        super().__init__(step=DAY)
        self.clock.tick = -1
        fields = {"members": 4, "assets_usd": 4 * 10**9, "ramp_months": 2, **spec}
        self.spec = FollowersSpec(rule=rule, **fields)
        self.network = AdoptionNetwork(
            [str(n) for n in range(self.spec.members)], rule, streams=Streams(1), path="watch"
        )
        self.people = Followers(
            self,
            spec=self.spec,
            network=self.network,
            path="followers/0",
            accounts={v.name: self.fund(v) for v in self.venues},
            books=self.books,
            execution=ExecutionSpec(sweep=1.0),
            daily_volume=1e10,
            rounds=1,
            **self.base,
        )

    def days(self, days: int, price: float = 100_000.0) -> None:
        for _ in range(days):
            self.clock.tick += 1
            self.books.settle(self.clock.seconds, self.venues)
            self.quote(self.venues[0], price, 10**9)
            self.people.step()
            self.venues[0].clear()


def test_who_joins_builds_up_a_weight_and_no_more() -> None:
    """Four members with a billion each put 0.5 % of it, 5 M USD, into coins over two months."""
    world = WatchStall()
    world.days(40)  # one month end
    assert world.people.paid_in == 4 * 2_500_000 * MICRO
    world.days(80)
    assert world.people.paid_in == 4 * 5_000_000 * MICRO
    assert world.people.planned == world.people.paid_in
    world.people._check()
    last = world.people.frame().tail(1)
    assert last["holding"].item() == last["joined"].item() == 4
    assert last["value"].item() == pytest.approx(20e6, rel=0.01)


def test_who_gives_up_sells() -> None:
    """At a fall by nine tenths the hazard is below 0: with a retreat of 1e9 everybody leaves."""
    rule = ImitationSpec(innovation=0.0, imitation=0.0, drawdown_aversion=1.0, retreat=1e9)
    world = WatchStall(rule)
    world.network.move(0, np.arange(4), np.arange(0))
    world.days(40)
    assert world.people.paid_in == 4 * 2_500_000 * MICRO
    world.days(60, price=10_000.0)
    assert world.network.count == 0
    assert world.people.sleeve.trust.outstanding == 0
    assert world.people.planned == world.people.paid_in - world.people.paid_out
    assert world.people.paid_out == pytest.approx(1e6 * MICRO, rel=0.02)
    world.people._check()


def test_a_ban_keeps_everybody_out() -> None:
    world = WatchStall(ImitationSpec(), friction=0.03)
    world.days(400)
    assert world.people.paid_in == 0


def test_the_example_of_others_is_taken_off_what_stands_in_the_way() -> None:
    """Two others, of which one has adopted by half: a mean of a quarter, times 2 a year."""
    a, b, c = (_network(name) for name in "abc")
    link((a, b, c), 2.0)
    b.move(0, np.array([0, 1]), np.arange(0))
    assert a.example == 0.25
    assert c.example == 0.25
    assert b.example == 0.0
    alone = _network("a")
    for month in range(24):
        joined = alone.step(month, 1 / 12, friction=-0.5)[0]
        assert a.step(month, 1 / 12)[0].tolist() == joined.tolist()


def test_a_copy_looks_at_copies() -> None:
    a, b = _network("a"), _network("b")
    link((a, b), 1.0)
    twins = copy.deepcopy([a, b])
    assert twins[0].others == (twins[1],)
    assert twins[1].others == (twins[0],)
    assert twins[0] is not a


def _network(name: str) -> LinkedNetwork:
    names = [f"{name}/{n}" for n in range(4)]
    return LinkedNetwork(names, ImitationSpec(), streams=Streams(7), path=name)


def test_a_market_with_classes_is_audited_and_forks_to_the_same() -> None:
    spec = Scenario(
        step_seconds=DAY,
        holders=HolderSpec(accounts=500),
        plans=PlanPopulationSpec(sponsors=SponsorSpec(plans=20)),
        followers=(FollowersSpec(rule=AT_ONCE, members=10),),
        links=LinksSpec(strength=1.0),
    )
    market = Market(spec, rng=1)
    market.run_days(20)
    fork = market.fork()
    for world in (market, fork):
        world.run_days(40)
        world._check()
    assert market.digest() == fork.digest()
    assert market.frames()["followers_institutions"]["holding"][-1] == 10
    sponsors, waiting = market.institutions.networks
    assert sponsors.example == waiting.share == 1.0


def test_classes_have_names_of_their_own() -> None:
    twice = (FollowersSpec(), FollowersSpec())
    with pytest.raises(ValueError, match="followers must have different names"):
        Scenario(followers=twice)


def test_every_member_is_a_candidate() -> None:
    stall = WatchStall()
    with pytest.raises(ValueError, match="a member each"):
        Followers(
            stall,
            spec=FollowersSpec(members=5),
            network=stall.network,
            path="followers/1",
            accounts={},
            books=stall.books,
            execution=ExecutionSpec(),
            daily_volume=1e10,
            rounds=1,
            **stall.base,
        )
