"""Lenders in the spot market: off unless asked for, exact, forked, and blind to others' luck."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tidegate.model import Market
from tidegate.policies.trade_shock import TradeShock
from tidegate.scenario import HolderSpec, Scenario
from tidegate.scenario.credit_makes import make_2022
from tidegate.scenario.haircuts import HaircutSpec
from tidegate.scenario.lending import LendingSpec, LoanKind

FALL = TradeShock(size=-0.9, ramp_minutes=14_400, announcement_day=8, effective_day=8)
OLD = make_2022(
    34e9,
    unsecured=0.5,
    thin=0.85,
    equity=0.01,
    coin_shares=(1.0,),
    loans=500,
    recalls=True,
    haircuts=HaircutSpec(),
)
SAFE = LoanKind(name="safe", on_chain=True, stock=1e9, mean_ltv=0.1, ltv_sd=0.0)
IDLE = LendingSpec(kinds=(SAFE,), coin_shares=(1.0,), funds=0.0)


def market(credit: LendingSpec | None) -> Market:
    spec = Scenario(step_seconds=86_400, holders=HolderSpec(accounts=500), credit=credit)
    return Market(spec, rng=2, policies=[FALL])


@pytest.fixture(scope="module")
def lived() -> Market:
    """Live through a fall that ruins lenders, and audit all the way."""
    world = market(OLD)
    for _ in range(30):
        world.step()
        world.audit()
    return world


def test_everything_is_accounted_for_and_lenders_fail(lived: Market) -> None:
    for agent in lived.institutions.agents:
        agent._check()
    last = lived.frames()["credit"].filter(pl.col("seconds") == 30 * 86_400)
    assert last["bad_debt"].sum() > 1e8
    assert last["failed"].any()
    secured = last.filter(pl.col("haircut") > 0)
    assert (secured["haircut"] > 0.15).all()


def test_a_fork_goes_on_as_the_original_would(lived: Market) -> None:
    world, twin = lived.fork(), lived.fork()
    for either in (world, twin):
        either.run_days(6)
        either.audit()
    assert world.digest() == twin.digest()
    fresh = market(OLD)
    fresh.run_days(36)
    assert fresh.digest() == world.digest()
    assert_frame_equal(fresh.frames()["credit"], twin.frames()["credit"])


def test_who_neither_lends_nor_calls_changes_nobodys_trades() -> None:
    worlds = [market(None), market(IDLE)]
    for world in worlds:
        world.run_days(8)
    plain, beside = (world.frames()["bars"] for world in worlds)
    assert_frame_equal(plain, beside)


def test_a_missing_dollar_is_found() -> None:
    world = market(IDLE)
    world.run_days(1)
    world.books.move(0, "lending/borrowers", "world", 1)
    with pytest.raises(AssertionError, match="lending/borrowers: reserves"):
        world.audit()


def test_one_coin_means_one_share() -> None:
    with pytest.raises(ValueError, match="there is one coin"):
        Scenario(credit=LendingSpec())
