"""Institutions in a market: off unless asked for, exact, forked, and blind to each other's luck."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tidegate.model import Market
from tidegate.scenario import HolderSpec, Scenario
from tidegate.scenario.anticipation import AnticipationSpec
from tidegate.scenario.defined_benefit import examples
from tidegate.scenario.easing import EasingSpec
from tidegate.scenario.etf import EtfSpec
from tidegate.scenario.foreign_systems import ForeignSpec
from tidegate.scenario.mining_hosts import YEAR_2026
from tidegate.scenario.plan_population import PlanPopulationSpec
from tidegate.scenario.sovereign import StatesSpec
from tidegate.scenario.state_peers import StatePeers
from tidegate.scenario.state_presets import PEERS, load_state

NAMES = ("kazakhstan-announced", *PEERS, "bhutan", "el-salvador", "us-seized")
ALL: dict[str, Any] = {
    "easing": EasingSpec(),
    "mining": YEAR_2026,
    "states": StatesSpec(states=tuple(load_state(name) for name in NAMES)),
    "state_peers": StatePeers(),
    "etf": EtfSpec(),
    "plans": PlanPopulationSpec(),
    "defined_benefit": examples(),
    "foreign": ForeignSpec(),
    "anticipation": AnticipationSpec(),
}
LEVERS = {"plans.allocation": 0.05, "plans.safe_harbour": True}


def market(seed: int = 3, **parts: Any) -> Market:
    levers = LEVERS if "plans" in parts else {}
    return Market(Scenario(holders=HolderSpec(accounts=500), **parts), rng=seed, **levers)


def test_everything_is_accounted_for_at_every_tick() -> None:
    world = market(**ALL)
    for _ in range(40 * world.spec.ticks_per_day):
        world.step()
        world.audit()
    world._check()
    frames = world.frames()
    assert frames["states"].height == 40 * len(NAMES)
    assert frames["rates"].height == 40
    mined = frames["mining"].filter(pl.col("day") == 39)
    assert mined["held"].sum() > 0


def test_a_market_without_them_has_no_tables_of_theirs() -> None:
    assert set(market().frames()) == {"bars", "policies", "trades"}
    assert not market().institutions.agents


def test_a_fork_goes_on_as_the_original_would() -> None:
    world = market(**ALL)
    world.run_days(60)
    twin = world.fork()
    for either in (world, twin):
        either.run_days(20)
    assert twin.tape.digest == world.tape.digest
    for name, table in world.frames().items():
        assert_frame_equal(twin.frames()[name], table)


@pytest.mark.parametrize("part", ["easing", "mining"])
def test_who_does_nothing_to_the_price_changes_nothing(part: str) -> None:
    """A central bank without surprises leaves the tape alone; miners' sales do not."""
    parts = {part: ALL[part]}
    plain, other = market(), market(**parts)
    for world in (plain, other):
        world.run_days(20)
    same = plain.tape.digest == other.tape.digest
    assert same == (part == "easing")


def test_coins_of_a_states_own_farms_come_once() -> None:
    """From the miners where there are any; else by the rate of the state's file."""
    bhutan = StatesSpec(states=(load_state("bhutan"),))
    rate = bhutan.states[0].mining.coins_per_day
    assert rate > 0.0
    gathered = {}
    for name, parts in (("by rate", {}), ("from miners", {"mining": YEAR_2026})):
        world = market(states=bhutan, **parts)
        world.run_days(20)
        world.audit()
        gathered[name] = world.frames()["states"]["gathered"].to_numpy()
        if parts:
            mined = world.frames()["mining"].filter(pl.col("host") == "bhutan")
            kept = mined["kept"].to_numpy()
    moved = {name: lots[-1] - lots[0] for name, lots in gathered.items()}
    assert moved["by rate"] == pytest.approx(19 * rate, abs=1e-6)
    # What a day mined is collected on the next.
    assert moved["from miners"] == pytest.approx(kept[:-1].sum(), abs=1e-6)
    assert 1.0 < moved["from miners"] / 19 < rate
