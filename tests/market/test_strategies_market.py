"""Strategies in the market: off unless asked for, exact, forked, and blind to each other's luck."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tidegate.model import Market
from tidegate.policies.base import Policy
from tidegate.policies.structural_damage import StructuralDamage
from tidegate.policies.trade_shock import TradeShock
from tidegate.scenario import HolderSpec, Scenario
from tidegate.scenario.etf import EtfSpec
from tidegate.scenario.strategies import (
    BARBELL,
    DIP_BUYERS,
    HOLD,
    ONE_SIDED,
    StrategiesSpec,
    StrategySpec,
)

DAY = 86_400
FALL = TradeShock(size=-0.25, ramp_minutes=1_440, announcement_day=5, effective_day=5)
DAMAGE = StructuralDamage(announcement_day=7, effective_day=7)
FEW = tuple(s.model_copy(update={"portfolios": 2}) for s in (ONE_SIDED, BARBELL, DIP_BUYERS))
IDLE = HOLD.model_copy(update={"portfolios": 1})


def market(*strategies: StrategySpec, policies: tuple[Policy, ...] = (), **changes: Any) -> Market:
    part = {"strategies": StrategiesSpec(strategies=strategies)} if strategies else {}
    spec = Scenario(step_seconds=DAY, holders=HolderSpec(accounts=500), **part, **changes)
    return Market(spec, rng=5, policies=policies)


@pytest.fixture(scope="module")
def lived() -> Market:
    """Live through a fall and a failure, and audit all the way."""
    world = market(*FEW, policies=(FALL, DAMAGE), etf=EtfSpec())
    for _ in range(18):
        world.step()
        world.audit()
    return world


def test_everything_is_accounted_for_at_every_tick(lived: Market) -> None:
    lived._check()
    table = lived.frames()["portfolios"]
    assert table.height == 18 * 6
    parts = table["coins"] + table["claims"] + table["outside"] + table["private"]
    assert (parts + table["dollars"] - table["wealth"]).abs().max() < 1e-3
    estate = lived.books.balance("strategies/estate", 0)
    assert estate > 0.2 * 14e9 * 1e6  # a fifth of what barbells lend, and dip buyers' dollars


def test_mixes_are_endowed_over_all_venues() -> None:
    """On the first day nobody has traded: shares of coins are those of the mixes."""
    world = market(*FEW)
    agent = world.institutions.agents[-1]
    found = {of.spec.name: of.coins / of.wealth for of in agent.portfolios}
    assert found == pytest.approx({"one_sided": 1.0, "barbell": 0.25, "dip": 0.0}, abs=1e-6)
    wealth = [of.wealth for of in agent.portfolios]
    assert wealth == pytest.approx([20e15 / 2] * 6, rel=1e-9)


def test_all_of_them_trade_through_a_fall(lived: Market) -> None:
    for agent in lived.institutions.agents:
        for portfolio in getattr(agent, "portfolios", ()):
            assert portfolio.planned != 0
    last = lived.frames()["portfolios"].filter(pl.col("day") == 17)
    assert last.filter(pl.col("strategy") == "dip")["bets_bought"].min() > 1e9


def test_a_fork_goes_on_as_the_original_would(lived: Market) -> None:
    world, twin = lived.fork(), lived.fork()
    for either in (world, twin):
        either.run_days(4)
        either.audit()
    assert world.digest() == twin.digest()
    fresh = market(*FEW, policies=(FALL, DAMAGE), etf=EtfSpec())
    fresh.run_days(22)
    assert fresh.digest() == world.digest()
    for name, table in world.frames().items():
        assert_frame_equal(twin.frames()[name], table)
        assert_frame_equal(fresh.frames()[name], table)


def test_who_never_trades_changes_nobodys_trades() -> None:
    plain, beside = market(policies=(FALL,)), market(IDLE, policies=(FALL,))
    alone, together = market(*FEW, policies=(FALL,)), market(IDLE, *FEW, policies=(FALL,))
    for world in (plain, beside, alone, together):
        world.run_days(12)
    outside = ["outside_coins", "outside_flow"]
    for one, other in ((plain, beside), (alone, together)):
        bars = [world.frames()["bars"].drop(outside) for world in (one, other)]
        assert_frame_equal(*bars)
    table = together.frames()["portfolios"].filter(pl.col("strategy") != "hold")
    assert_frame_equal(table, alone.frames()["portfolios"])


def test_runs_agree_until_a_failure_is_announced(lived: Market) -> None:
    without = market(*FEW, policies=(FALL,), etf=EtfSpec())
    without.run_days(18)
    before = [world.frames()["portfolios"].filter(pl.col("day") < 7) for world in (lived, without)]
    assert_frame_equal(*before)
    assert without.price > lived.price


def test_what_they_sell_moves_the_price() -> None:
    """A tenth of the coins in hands that panic: the price falls further, with the same luck."""
    nervous = ONE_SIDED.model_copy(update={"assets_usd": 220_000_000_000, "portfolios": 2})
    brave = nervous.model_copy(update={"panic": None})
    prices = []
    for who in (nervous, brave):
        world = market(who, policies=(FALL,))
        world.run_days(12)
        prices.append(world.price)
    assert prices[0] < 0.99 * prices[1]


def test_a_market_without_them_has_no_table_and_no_claims() -> None:
    world = market()
    assert "portfolios" not in world.frames()
    assert world.books.assets == ("USD", "BTC")
    assert "strategies" not in world.spec.model_dump()


def test_damage_says_what_is_wrong_with_it() -> None:
    with pytest.raises(ValueError, match="less than or equal to 1"):
        StructuralDamage(seized=1.5)
    with pytest.raises(ValueError, match="less than or equal to 0"):
        StructuralDamage(value_lost=0.1)
