"""What a Mesa modeller expects of a model works on both markets."""

from __future__ import annotations

import warnings
from typing import Any

import mesa
import polars as pl
import pytest
from mesa.batchrunner import batch_run
from tidegate_core import Side

from tidegate.leveraged_model import LeveragedMarket
from tidegate.model import Market
from tidegate.policies.pension_access import PensionAccess
from tidegate.scenario import Scenario

SMALL = {
    Market: {"holders.accounts": 500, "belief.warm_up_days": 5},
    LeveragedMarket: {"crowd.accounts": 2_000},
}
BOTH = pytest.mark.parametrize("kind", SMALL, ids=lambda kind: kind.__name__)
Kind = type[Market] | type[LeveragedMarket]
CHOOSES_SEEDS = "rng" in batch_run.__code__.co_varnames  # newer versions do


def small(kind: Kind, rng: int | None = 1, **changes: Any) -> Any:
    return kind(rng=rng, **SMALL[kind], **changes)


def runs(kind: Kind, **options: Any) -> list[dict[str, Any]]:
    parameters = {**SMALL[kind], **options.pop("parameters", {})}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of iterations, in Mesa 3.5
        rows: list[dict[str, Any]] = batch_run(
            kind, parameters=parameters, max_steps=2, display_progress=False, **options
        )
    return rows


# -- flat keywords ---------------------------------------------------------------------------


def test_keywords_change_the_scenario_they_are_given_with() -> None:
    spec = Scenario(step_seconds=3_600)
    world = Market(spec, **SMALL[Market], **{"venues.0.share": 0.5, "venues.1.share": 0.5})
    assert world.spec.step_seconds == 3_600
    assert world.spec.holders.accounts == 500
    assert [venue.share for venue in world.venues] == [0.5, 0.5]
    assert spec == Scenario(step_seconds=3_600)


@BOTH
def test_a_keyword_gives_the_run_that_the_scenario_gives(kind: Kind) -> None:
    flat = small(kind, step_seconds=120)
    whole = kind(small(kind, step_seconds=120).spec, rng=1)
    flat.step()
    whole.step()
    assert flat.digest() == whole.digest()


def test_levers_are_in_force_from_the_start() -> None:
    given = small(Market, **{"pension.allocation": 0.1, "pension.route": "headline"})
    access = PensionAccess(allocation=0.1, route="headline")
    told = Market(given.spec, rng=1, policies=[access])
    for world in (given, told):
        world.run_until(4)
    assert given.board.now.pension.opened == 0
    assert given.frames()["policies"]["policy"].unique().to_list() == ["standing"]
    assert given.digest() == told.digest() != small(Market).digest()


def test_levers_and_policies_go_together() -> None:
    late = PensionAccess(allocation=0.2, announcement_day=1, effective_day=1)
    world = small(Market, policies=[late], **{"pension.allocation": 0.1})
    world.run_days(1)
    assert world.board.now.pension.allocation == 0.1
    world.step()
    assert world.board.now.pension.allocation == 0.2


def test_a_lever_may_name_its_own_moment() -> None:
    world = small(Market, **{"pension.allocation": 0.1, "pension.opened": None})
    world.step()
    assert world.board.now.pension.opened is None


def test_levers_of_a_leveraged_market() -> None:
    news = small(LeveragedMarket, **{"shock.size": -0.05, "leverage.cap": 10})
    calm = small(LeveragedMarket)
    for world in (news, calm):
        world.run_until(3)
    assert news.board.now.leverage.cap == 10
    assert news.board.now.shock.started == 0
    assert news.ticks()["price_btc"][-1] < 0.97 * calm.ticks()["price_btc"][-1]


@BOTH
@pytest.mark.parametrize(
    ("keywords", "error", "told"),
    [
        ({"holders.acounts": 1}, ValueError, "holders.acounts.*does not exist"),
        ({"pension.alocation": 1}, ValueError, "pension.alocation.*does not exist"),
        ({"step_seconds": 7}, ValueError, "step_seconds=7: .*divide a day"),
        ({"step_seconds": "long"}, ValueError, "step_seconds='long': .*integer"),
        ({"seed": 1}, TypeError, "called rng"),
        ({"rng": -1}, ValueError, "rng must be"),
        ({"rng": "1"}, ValueError, "rng must be"),
    ],
)
def test_bad_keywords_are_refused(
    kind: Kind, keywords: dict[str, Any], error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        kind(**keywords)


def test_bad_levers_are_refused() -> None:
    with pytest.raises(ValueError, match=r"nearest are pension\.allocation"):
        Market(**{"pension.alocation": 0.1})
    with pytest.raises(ValueError, match=r"lever pension\.allocation: .*got 2"):
        Market(**{"pension.allocation": 2})
    with pytest.raises(ValueError, match=r"leverage\.cap' does not exist"):
        Market(**{"leverage.cap": 5})
    with pytest.raises(ValueError, match="exchange 'nyse' is none of"):
        LeveragedMarket(**{"outage.exchange": "nyse"})


# -- seeds -----------------------------------------------------------------------------------


@BOTH
def test_without_a_seed_every_world_is_another_and_can_be_had_again(kind: Kind) -> None:
    worlds = [small(kind, rng=None) for _ in range(2)]
    again = small(kind, rng=worlds[0].seed)
    for world in (*worlds, again):
        world.step()
    assert worlds[0].digest() == again.digest() != worlds[1].digest()
    assert small(kind, rng=5).seed == 5


# -- data collection -------------------------------------------------------------------------


def test_variables_of_a_spot_market_are_those_of_its_tape() -> None:
    world = small(Market)
    prices, depths, volumes = [], [], []
    for _ in range(5):
        world.step()
        prices.append(world.price)
        depths.append(world.depth(Side.BUY) + world.depth(Side.SELL))
        volumes.append(world.frames()["bars"].tail(len(world.venues))["volume"].sum())
    held = world.datacollector.get_model_vars_dataframe()
    assert held["price"].tolist() == pytest.approx(prices, abs=0.1)  # to a tick
    assert held["depth"].tolist() == pytest.approx(depths, rel=1e-4)
    assert held["volume"].tolist() == pytest.approx(volumes)
    assert held["seconds"].tolist() == [14_400 * tick for tick in range(1, 6)]
    assert set(held["seed"]) == {1}
    assert (held["notional"] / held["volume"]).tolist() == pytest.approx(prices, rel=0.1)


def test_variables_of_a_leveraged_market_are_those_of_its_tape() -> None:
    world = small(LeveragedMarket, **{"shock.size": -0.1})
    world.run_until(10)
    held = world.datacollector.get_model_vars_dataframe()
    tables = world.frames()
    bars = tables["bars"].filter(coin="ETH")
    sums = bars.group_by("seconds", maintain_order=True).agg(
        pl.col("volume", "bid_depth", "ask_depth").sum()
    )
    assert held["volume_eth"].tolist() == pytest.approx(sums["volume"].to_list())
    assert held["depth_eth"].tolist() == pytest.approx(
        (sums["bid_depth"] + sums["ask_depth"]).to_list()
    )
    exchanges = tables["exchanges"].group_by("seconds", maintain_order=True)
    interest = exchanges.agg(pl.col("interest").sum())["interest"]
    assert held["interest"].tolist() == pytest.approx(interest.to_list())
    spot = bars.filter(market="spot")
    ends = spot.group_by("seconds", maintain_order=True).agg(
        pl.col("mid").min().alias("low"), pl.col("mid").max().alias("high")
    )
    for least, price, most in zip(ends["low"], held["price_eth"], ends["high"], strict=True):
        assert least <= price <= most
    closing = ("book", "takeover", "adl", "vault")
    events = tables["liquidations"].filter(tables["liquidations"]["kind"].is_in(closing))
    assert held["liquidated"].sum() == pytest.approx(events["notional"].sum()) != 0.0
    late = events.filter(events["second"] > 540)["notional"].sum()
    assert held["liquidated"].iloc[-1] == pytest.approx(late)


@BOTH
def test_collection_changes_nothing(kind: Kind) -> None:
    watched, left = small(kind), small(kind)
    for _ in range(4):
        watched.step()
        left.step()
        watched.datacollector.collect(watched)
    assert watched.digest() == left.digest()
    assert len(watched.datacollector.model_vars["seed"]) == 4


@BOTH
def test_a_collector_is_up_to_date_when_it_is_read(kind: Kind) -> None:
    world = small(kind)
    assert not any(world.datacollector.model_vars.values())
    collector = world.datacollector
    world.step()
    assert len(world.datacollector.model_vars["seconds"]) == 1
    twin = world.fork()
    twin.step()
    assert len(twin.datacollector.model_vars["seconds"]) == 2
    assert len(collector.model_vars["seconds"]) == 1


def test_a_collector_of_ones_own_works_in_a_plain_loop() -> None:
    world, left = small(Market), small(Market)
    own = mesa.DataCollector(
        model_reporters={"price": "price", "coins": lambda m: m.crowd.coins(m.venues[0])}
    )
    own.collect(world)
    for _ in range(3):
        world.step()
        left.step()
        own.collect(world)
    held = own.get_model_vars_dataframe()
    assert len(held) == 4
    assert held["price"].iloc[-1] == world.price
    assert world.digest() == left.digest()


class Watched(Market):
    """A market with a collector of its own, made as Mesa's tutorial does."""

    def __init__(self, limit: int = 100, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.limit = limit
        self.datacollector = mesa.DataCollector(model_reporters={"dear": lambda m: m.price > 1})

    def step(self) -> None:
        super().step()
        self.datacollector.collect(self)
        self.running = self.tick < self.limit


def test_a_model_may_bring_its_own_collector_and_stop() -> None:
    world = Watched(limit=3, rng=1, **SMALL[Market])
    world.run_model()
    assert world.steps == world.tick == 3
    assert world.datacollector.model_vars == {"dear": [True] * 3}
    twin = world.fork()
    twin.step()
    assert len(twin.datacollector.model_vars["dear"]) == 4
    assert len(world.datacollector.model_vars["dear"]) == 3


# -- batches ---------------------------------------------------------------------------------


@BOTH
def test_iterations_are_different_worlds(kind: Kind) -> None:
    rows = runs(kind, parameters={"step_seconds": [120, 180]}, iterations=2)
    assert len(rows) == 4
    assert len({row["seed"] for row in rows}) == 4
    assert {row["step_seconds"] for row in rows} == {120, 180}
    for row in rows:
        steps = row["seconds"] // row["step_seconds"]
        again = small(kind, rng=row["seed"], step_seconds=row["step_seconds"])
        again.run_until(steps)
        assert {name: row[name] for name in again.datacollector.model_vars} == {
            name: values[-1] for name, values in again.datacollector.model_vars.items()
        }


def seeded(kind: Kind, seeds: list[int], **options: Any) -> list[dict[str, Any]]:
    if CHOOSES_SEEDS:
        return runs(kind, rng=seeds, **options)
    return runs(kind, parameters={"rng": seeds, **options.pop("parameters", {})}, **options)


@pytest.mark.parametrize("kind", [Market, pytest.param(LeveragedMarket, marks=pytest.mark.slow)])
def test_every_step_can_be_had_and_the_number_of_processes_changes_nothing(kind: Kind) -> None:
    def order(row: dict[str, Any]) -> tuple[int, int]:
        return row["seed"], row["seconds"]

    here = seeded(kind, [3, 4], data_collection_period=1)
    there = seeded(kind, [3, 4], data_collection_period=1, number_processes=2)
    assert len(here) >= 4
    names = here[0].keys() - {"RunId", "iteration"}
    assert [{name: row[name] for name in names} for row in sorted(here, key=order)] == [
        {name: row[name] for name in names} for row in sorted(there, key=order)
    ]


def test_levers_and_policies_in_a_batch() -> None:
    parameters = {
        "pension.allocation": [0.0, 0.1],
        "pension.route": "headline",
        "spec": [Scenario(step_seconds=43_200)],
    }
    rows = seeded(Market, [1], parameters=parameters)
    flows = {row["pension.allocation"]: row["outside_flow"] for row in rows}
    assert flows[0.0] == 0.0 < flows[0.1]
