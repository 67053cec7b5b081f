"""Commodities in a market: exact, forked, blind to others' luck, and off unless asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tidegate.agents.hedgers import Hedgers
from tidegate.agents.metal_markets import DEALERS, INDUSTRY, MINES, MetalMarkets
from tidegate.agents.stockpilers import Stockpiler
from tidegate.books import USD
from tidegate.model import Market
from tidegate.policies.base import Policy
from tidegate.policies.export_controls import Distrust, Escalation, GoodsShock, Softening
from tidegate.policies.stockpiling import GoldSale, StockpileNews, StockpilePurchases
from tidegate.scenario import BeliefSpec, HolderSpec, Scenario
from tidegate.scenario.commodities import CommoditiesSpec, DistrustSpec, HedgersSpec, StockpilerSpec
from tidegate.scenario.commodity_levers import MetalLevers
from tidegate.scenario.metals import GOLD, MetalSpec

ALL = CommoditiesSpec(hedgers=HedgersSpec(), distrust=DistrustSpec())
SILENT = CommoditiesSpec(hedgers=HedgersSpec(wealth_usd=0.0), distrust=DistrustSpec())


def on(day: float, **terms: Any) -> dict[str, Any]:
    return {"announcement_day": day, "effective_day": day, **terms}


EVENTS: tuple[Policy, ...] = (
    Escalation(announcement_day=4, effective_day=14, success_probability=0.0),
    Softening(**on(6)),
    GoodsShock(**on(4, days=5)),
    StockpileNews(**on(5)),
    StockpilePurchases(**on(7, stockpilers=2)),
    GoldSale(**on(8, days=20, share=0.01)),
    Distrust(**on(4, level=1.0)),
)


def market(part: CommoditiesSpec | None, policies: tuple[Policy, ...] = (), **more: Any) -> Market:
    spec = Scenario(
        step_seconds=more.pop("step", 43_200),
        holders=HolderSpec(accounts=500),
        belief=BeliefSpec(warm_up_days=5),
        commodities=part,
        **more,
    )
    return Market(spec, rng=7, policies=policies)


def agent(world: Market, kind: type) -> Any:
    return next(a for a in world.institutions.agents if isinstance(a, kind))


@pytest.fixture(scope="module")
def eventful() -> Market:
    """Return a market in which everything has happened, audited at every tick."""
    world = market(ALL, EVENTS)
    for _ in range(20 * world.spec.ticks_per_day):
        world.step()
        world.audit()
    world._check()
    return world


def test_everything_is_accounted_for_at_every_tick(eventful: Market) -> None:
    frames = eventful.frames()
    metals = frames["metals"].filter(pl.col("day") == 19)
    assert metals["mined"].min() > 0
    assert metals["used"].min() > 0
    stock = frames["stockpile_united_states"].filter(pl.col("day") == 19)
    assert stock["spent"].min() > 0
    assert frames["stockpile_europe"]["spent"].sum() == 0  # two have a plan
    assert frames["distrust"]["coins"][-1] > 0
    gold = metals.filter(pl.col("metal") == "gold")
    assert gold["sold"].item() > 30.0  # a treasury's, and hedgers' when fear fell


def test_every_gram_is_somewhere(eventful: Market) -> None:
    books, markets = eventful.books, agent(eventful, MetalMarkets)
    owners = [a.path for a in eventful.institutions.agents if isinstance(a, Stockpiler)]
    for name in markets.names:
        held = sum(
            markets.held(party, name)
            for party in (DEALERS, INDUSTRY, "hedgers", "treasury/gold", *owners)
        )
        assert held == -books.balance(MINES, books.assets.index(name))


def test_dollars_of_hedgers_are_what_they_did_not_spend(eventful: Market) -> None:
    table = eventful.frames()["hedgers"]
    bought = table.select(pl.selectors.ends_with("_bought")).to_numpy()
    assert np.abs(bought.sum(axis=1)).max() <= 5  # rounded to dollars, column by column
    assert np.abs(bought).max() > 1e8


def test_an_audit_notices_what_is_missing(eventful: Market) -> None:
    world = eventful.fork()
    markets = agent(world, MetalMarkets)
    world.books.move(markets.assets[0], DEALERS, "treasury/gold", 1)
    with pytest.raises(AssertionError, match="gold: dealers"):
        world.audit()
    world = eventful.fork()
    world.books.move(USD, "hedgers", "world", 1)
    with pytest.raises(AssertionError, match="hedgers"):
        world.audit()
    world = eventful.fork()
    world.books.move(USD, "world", "stockpile/china", 1)
    with pytest.raises(AssertionError, match="stockpile/china"):
        world.audit()


def test_a_fork_is_what_a_fresh_run_would_be() -> None:
    fresh, origin = market(ALL, EVENTS), market(ALL)
    origin.run_days(3)
    twin = origin.fork()
    twin.apply(EVENTS)
    for world in (fresh, twin):
        world.run_until(20)
    assert twin.digest() == fresh.digest()
    for name, table in fresh.frames().items():
        assert_frame_equal(twin.frames()[name], table)
    assert origin.tick == 6


def test_whoever_does_nothing_changes_nobodys_trades() -> None:
    """Nor do metals by themselves, nor news of goods that tells nothing of coins."""
    goods = (GoodsShock(**on(2)), StockpilePurchases(**on(1)))
    plain, metals, idle = market(None), market(CommoditiesSpec(), goods), market(SILENT, goods)
    for world in (plain, metals, idle):
        world.run_days(6)
    assert metals.digest() == plain.digest()
    # Accounts opened after theirs have other numbers, which fills name; no number trades otherwise.
    assert np.array_equal(idle.tape.rows, plain.tape.rows)
    assert not {"trade", "metals", "hedgers", "distrust"} & set(plain.frames())
    assert Scenario().digest == Scenario(commodities=None).digest


def test_one_more_metal_and_one_more_stockpiler_move_no_other_price() -> None:
    extra = MetalSpec(
        name="hafnium", price=4_000.0, supply=80.0, stock=20.0, supply_elasticity=0.1,
        demand_elasticity=0.2, stock_elasticity=1.0,
    )  # fmt: skip
    more = ALL.model_copy(
        update={
            "minerals": (*ALL.minerals, extra),
            "stockpilers": (*ALL.stockpilers, StockpilerSpec(name="korea")),
            "hedgers": None,
        }
    )
    less = ALL.model_copy(update={"hedgers": None})
    tables = []
    for part in (less, more):
        world = market(part, EVENTS)
        world.run_days(10)
        tables.append(world.frames()["metals"].filter(pl.col("metal") != "hafnium"))
    assert_frame_equal(*tables)


def test_arms_agree_until_the_news(eventful: Market) -> None:
    calm = market(ALL)
    calm.run_days(4)
    bars = calm.frames()["bars"]
    assert_frame_equal(eventful.frames()["bars"].head(bars.height), bars)


def test_metals_wait_for_monday_and_coins_do_not() -> None:
    """Day 5 is a Saturday: coins hear at once, gold and shares when they open."""
    scare = (Escalation(announcement_day=5, effective_day=20),)
    table = {}
    for weekends in (False, True):
        world = market(ALL.model_copy(update={"weekends": weekends}), scare)
        world.run_days(8)
        trade, metals = world.frames()["trade"], world.frames()["metals"]
        gold = metals.filter(pl.col("metal") == "gold")["price"].to_list()
        table[weekends] = trade["value"].to_list(), trade["shares"].to_list(), gold
    for value, _, _ in table.values():
        assert value[4] == 0.0 > value[5]
    value, shares, gold = table[False]
    assert shares[6] == 0.0 > shares[7]
    assert gold[4] == gold[5] == gold[6] < gold[7]
    _, shares, gold = table[True]
    assert shares[5] < 0.0
    assert gold[5] > gold[4]


def test_frozen_prices_show_what_is_assumed_and_nothing_else() -> None:
    world = market(ALL, EVENTS, matching=False)
    world.run_days(9)
    trade, price = world.frames()["trade"], world.spec.asset.price
    assert world.price == pytest.approx(price * np.exp(trade["value"][-1]), rel=1e-9)
    metals = world.frames()["metals"].filter(pl.col("day") == 8)
    named = {spec.name: spec for spec in ALL.metals}
    for name, value, view in metals.select("metal", "price", "view").iter_rows():
        assert value == pytest.approx(named[name].price * np.exp(view), rel=1e-5)
    assert agent(world, Hedgers).desk.invested == 0
    world.audit()


def test_steps_of_any_length_come_to_the_same_metal() -> None:
    ends = {}
    for step in (86_400, 14_400):
        world = market(CommoditiesSpec(), EVENTS, step=step)
        world.run_days(19)
        last = world.frames()["metals"].filter(pl.col("day") == 18)
        ends[step] = last["price"].to_numpy(), last["bought"].to_numpy()
    assert ends[86_400][0] == pytest.approx(ends[14_400][0], rel=0.01)
    # Who hastens when prices rise does so a little sooner where prices are made more often.
    assert ends[86_400][1] == pytest.approx(ends[14_400][1], rel=0.05, abs=1e-6)


def test_orders_are_refused_where_they_make_no_sense(eventful: Market) -> None:
    markets = agent(eventful.fork(), MetalMarkets)
    with pytest.raises(ValueError, match="metal must be one of"):
        markets.price("unobtainium")
    with pytest.raises(ValueError, match="amount must be >= 0, got -1"):
        markets.buy("hedgers", "gold", -1)
    with pytest.raises(ValueError, match="grams must be >= 0, got -1"):
        markets.sell("hedgers", "gold", -1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"gold": GOLD.model_copy(update={"name": "silver"})}, "gold must be named gold"),
        ({"minerals": (GOLD,)}, "metals must have different names"),
        ({"minerals": ()}, "plans must be of metals among"),
        ({"stockpilers": (StockpilerSpec(name="a"),) * 2}, "stockpilers must have different"),
    ],
)
def test_a_scenario_that_contradicts_itself_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        CommoditiesSpec.model_validate({**dict(CommoditiesSpec()), **changes})


def test_hedgers_cannot_hold_more_than_they_have() -> None:
    with pytest.raises(ValueError, match=r"must sum to at most 1, got 1\.2"):
        HedgersSpec(dollars=0.9, gold=0.28)


def test_a_race_is_run_faster() -> None:
    """A stockpiler with rivals buys sooner, and by price alone where it fears no rival."""
    paid = {}
    for rivals in (1, 4):
        world = market(CommoditiesSpec(), (StockpilePurchases(**on(1, stockpilers=rivals)),))
        world.run_days(12)
        paid[rivals] = world.frames()["stockpile_united_states"].filter(pl.col("day") == 11)
    assert (paid[4]["spent"] > 1.5 * paid[1]["spent"]).all()
    assert MetalLevers().stockpilers == 0
