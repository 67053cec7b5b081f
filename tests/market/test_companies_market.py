"""Treasury companies in the real market: conservation, silence, forks, frozen prices."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.agents.company_worlds import CALM, NEVER
from tidegate.model import Market
from tidegate.policies.base import LeverPolicy
from tidegate.scenario import BeliefSpec, HolderSpec, Scenario
from tidegate.scenario.companies import CompaniesSpec, FoundingSpec
from tidegate.scenario.company_holders import RetailShareSpec, ShareholdersSpec
from tidegate.scenario.company_presets import load_company, typical

PRESETS = tuple(load_company(name) for name in ("strategy", "forward", "alt5", "miner-pivot"))
ALL = CompaniesSpec(
    companies=PRESETS, founding=FoundingSpec(candidates=3, hazard=12.0, locked_days=10.0)
)
EVENTS = {
    "companies.scandal": 8 * 86_400,
    "companies.index_excluded": True,
    "companies.buyback": 0.02,
}


def market(spec: CompaniesSpec | None, *, seed: int = 3, **fields: Any) -> Market:
    given = {
        "step_seconds": 21_600,
        "holders": HolderSpec(accounts=500),
        "belief": BeliefSpec(warm_up_days=5),
        **fields,
    }
    return Market(Scenario(companies=spec, **given), rng=seed)


def with_events(world: Market) -> Market:
    world.apply(
        [LeverPolicy(name="events", announcement_day=8, effective_day=8, levers=dict(EVENTS))]
    )
    return world


@pytest.fixture(scope="module")
def lived() -> Market:
    """Return a market of forty days in which all that can happen to firms does."""
    world = with_events(market(ALL))
    for _ in range(40 * world.spec.ticks_per_day):
        world.step()
        world.audit()
    return world


def test_everything_is_accounted_for_at_every_tick(lived: Market) -> None:
    lived._check()
    frame = lived.frames()["companies"]
    assert set(frame["company"]) >= {spec.name for spec in PRESETS}
    assert frame["scandals"].max() >= 1
    assert frame["returned"].max() > 0
    new = frame.filter(pl.col("company").str.starts_with("NEW"))
    assert new["raised"].max() >= 6.5e9
    assert new["locked"].min() == 0 < new["locked"].max()
    for (_,), firm in new.sort("day").group_by("company", maintain_order=True):
        locked = firm.filter(pl.col("locked") > 0)
        assert (locked["unsold"] == locked["placed"]).all()
        assert locked["placed_got"].max() in (0.0, None)
        assert firm["placed_on"][0] <= firm["day"][0] <= firm["placed_on"][0] + 3  # a weekend
        sold, got = firm["placed"] - firm["unsold"], firm["placed_got"]
        assert ((got > 0.0) == (sold > 0)).all()
    assert new["placed_got"].max() > 0.0
    assert frame.filter(pl.col("company") == "Strategy")["placed"].max() == 0
    sector = lived.institutions.companies
    assert sector is not None
    held = sum(company.lots for company in sector.sector.companies)
    bars = lived.frames()["bars"]
    assert bars["outside_coins"][-1] == pytest.approx(held * 1e-4)


def test_a_row_a_session_and_firm(lived: Market) -> None:
    frame = lived.frames()["companies"]
    strategy = frame.filter(pl.col("company") == "Strategy")
    sessions = strategy["day"].to_list()
    assert sessions == sorted(set(sessions))
    assert {day % 7 for day in sessions} <= set(range(5))  # begins on a Monday
    assert strategy["coins"][0] == pytest.approx(640_031)
    assert strategy["mnav"][0] == pytest.approx(1.35, rel=0.1)
    enterprise = strategy["price"] * strategy["shares"] + strategy["debt"] - strategy["cash"]
    ratio = enterprise / (strategy["coins"] * strategy["coin_price"])
    assert (ratio - strategy["mnav"]).abs().max() < 1e-4


def test_a_fork_goes_on_as_the_original_would() -> None:
    world = market(ALL)
    world.run_days(9)
    twin, fresh = world.fork(), market(ALL)
    fresh.run_days(9)
    for each in (world, twin, fresh):
        each.apply(
            [LeverPolicy(name="e", announcement_day=10, effective_day=10, levers=dict(EVENTS))]
        )
        each.run_days(7)
    for other in (twin, fresh):
        assert other.tape.digest == world.tape.digest
        assert_frame_equal(other.frames()["companies"], world.frames()["companies"])


def test_a_silent_firm_changes_nobodys_trades_in_coins() -> None:
    quiet = CompaniesSpec(
        companies=(typical(0, "BTC", 1e9, 109_560.0, issuance=NEVER),), holders=CALM
    )
    alone, crowded = market(None), market(quiet)
    mine = ["outside_coins", "outside_flow"]  # the firm's
    for world in (alone, crowded):
        world.run_days(8)
    assert_frame_equal(*(w.frames()["bars"].drop(mine) for w in (alone, crowded)))


def test_another_firm_changes_no_others_luck() -> None:
    """Where attention has no limit, and the firm trades none of their coins."""
    holders = ShareholdersSpec(retail=RetailShareSpec(attention=1e15))
    few = CompaniesSpec(companies=PRESETS[:2], holders=holders)
    more = few.model_copy(update={"companies": (*PRESETS[:2], typical(0, "DOGE", 1e9, 1.0))})
    tables = []
    for spec in (few, more):
        world = market(spec)
        world.run_days(8)
        tables.append(world.frames()["companies"].filter(pl.col("company") != "DOGE 0"))
    assert_frame_equal(*tables)


def test_attention_has_to_be_shared() -> None:
    eager = ShareholdersSpec(retail=RetailShareSpec(chase=2.0, noise=0.0, attention=1e6))
    world = market(CompaniesSpec(companies=PRESETS[:2], holders=eager))
    world.run_days(12)
    frame = world.frames()["companies"]
    bought = frame.group_by("day").agg(pl.col("retail_bought").sum()).sort("day")
    assert bought["retail_bought"].diff().drop_nulls().max() <= 1e6 * 1.05


def test_with_prices_frozen_a_share_keeps_its_premium() -> None:
    world = market(CompaniesSpec(companies=PRESETS), matching=False)
    world.run_days(10)
    world.audit()
    frame = world.frames()["companies"].filter(pl.col("company") == "Strategy")
    assert frame["raised"].max() == 0
    premium = frame["price"] / frame["value"]
    assert np.ptp(premium.to_numpy()) < 1e-6


@pytest.mark.parametrize("step", [14_400, 43_200, 86_400])
def test_other_step_lengths_keep_the_books(step: int) -> None:
    world = with_events(market(ALL, step_seconds=step))
    world.run_days(12)
    world._check()
    assert world.frames()["companies"].height >= 8 * 4


def test_other_coins_have_the_same_luck_at_any_step() -> None:
    prices = []
    for step in (10_800, 43_200):
        world = market(CompaniesSpec(companies=PRESETS), step_seconds=step, matching=False)
        world.run_days(6)
        table = world.frames()["companies"].filter(pl.col("company") == "Forward Industries")
        coins = world.institutions.companies
        assert coins is not None
        prices.append(table["coin_price"].to_numpy()[1:])
    # Recorded at the close in both; up to the tick in which it falls.
    assert np.corrcoef(np.diff(np.log(prices[0])), np.diff(np.log(prices[1])))[0, 1] > 0.8
