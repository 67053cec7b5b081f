"""What a study asks of a leveraged market: time, frames, refusals, and how long rounds last."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.market.crash_worlds import CASCADE, DAY, MINUTE, NEWS, at, crash_spec, crash_world, shock
from tidegate.agents.pace import Pace
from tidegate.leveraged_model import LeveragedMarket
from tidegate.policies.outage import Outage
from tidegate.scenario import Scenario
from tidegate.study.world import Auditable


@pytest.fixture(scope="module")
def world() -> LeveragedMarket:
    built = crash_world()
    built.run_until(CASCADE)
    return built


def test_time_passes_in_ticks(world: LeveragedMarket) -> None:
    assert (world.tick, world.now) == (CASCADE, CASCADE * MINUTE)
    world.run_until(CASCADE)
    assert world.tick == CASCADE
    with pytest.raises(ValueError, match=f"tick is 1; the run has passed it, it is at {CASCADE}"):
        world.run_until(1)
    assert isinstance(world, Auditable)


def test_a_round_lasts_as_long_as_nothing_happens() -> None:
    calm = LeveragedMarket(crash_spec())
    assert calm._pace(3_600) == 60
    assert calm._pace(7) == 7
    breaking = crash_world()
    breaking.run_until(NEWS // MINUTE)
    breaking._heed()
    assert breaking._pace(60) <= 5  # news
    breaking.run_until(CASCADE)
    assert breaking._pace(60) == 1  # somebody waits for liquidation


def test_frames_say_what_happened_in_units(world: LeveragedMarket) -> None:
    frames = world.frames()
    bars = frames["bars"]
    places = len(world.spec.exchanges) * len(world.spec.coins) * 2
    assert bars.height == CASCADE * places
    assert bars["seconds"].unique().sort().to_list() == [MINUTE * t for t in range(1, CASCADE + 1)]
    first = bars.filter(pl.col("seconds") == MINUTE)
    for coin in world.spec.coins:
        mids = first.filter(pl.col("coin") == coin.name)["mid"].to_numpy()
        assert mids == pytest.approx(np.full(len(mids), coin.price), rel=0.01)
    spot = first.filter((pl.col("coin") == "BTC") & (pl.col("market") == "spot"))
    quotes = world.spec.quotes
    wanted = quotes.depth[0] * quotes.spot_houses
    assert spot["bid_depth"].sum() == pytest.approx(wanted, rel=0.35)
    assert bars["factor"].is_between(0.0, 1.0).all()
    assert bars["volume"].min() >= 0.0  # type: ignore[operator]
    interest = frames["exchanges"].filter(pl.col("seconds") == MINUTE)["interest"].sum()
    assert interest == pytest.approx(world.spec.interest.one_sided, rel=0.02)
    events = frames["liquidations"]
    assert events["second"].min() >= NEWS  # type: ignore[operator]
    assert events["second"].is_sorted() or events["exchange"].n_unique() > 1
    closed = events.filter(pl.col("notional") > 0, pl.col("kind").is_in(["book", "adl"]))
    assert set(closed["side"]) == {"long"}  # prices fell


def test_frames_of_a_world_that_has_not_begun_are_empty_tables() -> None:
    frames, later = crash_world().frames(), crash_world()
    later.step()
    for name, frame in later.frames().items():
        assert frames[name].schema == frame.schema, name


@pytest.mark.parametrize("seed", [True, -1, 2**63, 1.5, "7"])
def test_a_seed_is_a_whole_number(seed: Any) -> None:
    with pytest.raises(ValueError, match=r"rng must be an integer in 0 .. 2\*\*63 - 1, got "):
        LeveragedMarket(crash_spec(), rng=seed)


def test_numpy_seeds_are_seeds() -> None:
    one, other = (LeveragedMarket(crash_spec(), rng=rng) for rng in (5, np.int64(5)))  # type: ignore[arg-type]
    assert np.array_equal(one.exchanges[0].margin.balances(), other.exchanges[0].margin.balances())


@pytest.mark.parametrize("spec", ["calm", {}, Scenario()])
def test_a_scenario_is_a_leveraged_one(spec: Any) -> None:
    with pytest.raises(TypeError, match="spec must be a LeveragedScenario"):
        LeveragedMarket(spec)


@pytest.mark.parametrize(
    ("policies", "error", "told"),
    [
        (["ban"], TypeError, "policies must be a sequence of Policy, got 'ban'"),
        ([shock(60, name="late")], ValueError, r"policy 'late': announcement_day .* is past"),
        ([shock(DAY)], ValueError, "policies must have different names"),
        (
            [Outage(exchange="ftx", **at(DAY))],
            ValueError,
            r"policy 'outage': exchange 'ftx' is none of \['binance', 'bybit', 'okx', 'hyper",
        ),
    ],
)
def test_policies_that_cannot_be_are_refused_and_change_nothing(
    world: LeveragedMarket, policies: list[Any], error: type[Exception], told: str
) -> None:
    before = world.agenda
    with pytest.raises(error, match=told):
        world.apply(policies)
    assert world.agenda is before


def test_an_engine_saves_up_nothing_and_pays_off_what_it_overdrew() -> None:
    pace = Pace(100.0)
    assert pace.grant(1) == 100
    assert pace.grant(1) == 100  # nothing was used; nothing is saved up
    pace.spend(350)  # one account stood for many
    assert [pace.grant(1) for _ in range(3)] == [0, 0, 50]
    assert pace.grant(60) == 6_000
