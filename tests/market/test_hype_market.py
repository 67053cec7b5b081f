"""A memecoin and its public in the whole market: exact, forked, off unless asked for."""

from __future__ import annotations

from typing import Any

import pytest
from polars.testing import assert_frame_equal
from pydantic import BaseModel

from tests.market.conftest import small_spec
from tidegate.agents.hype_crowd import HypeCrowd
from tidegate.agents.liquidity_pool import LiquidityPool
from tidegate.model import Market
from tidegate.policies.presidents_word import PresidentsWord
from tidegate.scenario import HolderSpec
from tidegate.scenario.hype import AttentionSpec, HypeLevers, HypeSpec, PoolSpec

WORD = PresidentsWord(announcement_day=3, effective_day=3)
HYPE = HypeSpec(coins=0.5, attention=AttentionSpec(accounts=100, fading=0.5))


def market(spec: HypeSpec | None = HYPE, *, word: bool = True, **changes: Any) -> Market:
    fields: dict[str, Any] = {"holders": HolderSpec(accounts=500), "hype": spec, **changes}
    return Market(small_spec(**fields), rng=3, policies=[WORD] if word else [])


@pytest.fixture(scope="module")
def month() -> Market:
    world = market()
    for _ in range(25 * 6):
        world.step()
        world.audit()
    world._check()
    return world


def test_everything_is_accounted_for_at_every_tick(month: Market) -> None:
    last = month.frames()["hype"].row(-1, named=True)
    assert last["heard"] > 0.3
    assert last["income"] > 0.0
    assert last["coins"] > 0.0


def test_a_fork_goes_on_as_the_original_would(month: Market) -> None:
    world = market(word=False)
    world.run_days(2)
    twin = world.fork()
    twin.apply([WORD])
    twin.run_days(23)
    assert twin.tape.digest == month.tape.digest
    assert_frame_equal(twin.frames()["hype"], month.frames()["hype"])


def test_before_the_word_nothing_happens() -> None:
    plain, other = market(None, word=False), market()
    for world in (plain, other):
        world.run_days(3)
    assert_frame_equal(plain.frames()["bars"], other.frames()["bars"])
    assert "hype" not in plain.spec.model_dump(mode="json")
    assert "hype" not in plain.frames()


def test_an_extra_silent_public_changes_nobodys_trades(month: Market) -> None:
    world = market()
    crowd = next(a for a in world.institutions.agents if isinstance(a, HypeCrowd))
    pool = LiquidityPool(world.books, asset=crowd.pool.asset, path="silent", fee=0.0, related=0.0)
    extra = HypeCrowd(
        world, path="hype/silent", spec=HYPE, pool=pool, books=world.books, daily_volume=1e9,
        rounds=1, accounts={v.name: v.open_accounts() for v in world.venues},
        venues=world.venues, streams=world.streams, clock=world.clock,
    )  # fmt: skip
    world.takers.insert(0, extra)
    world.run_days(10)
    assert_frame_equal(world.frames()["hype"], month.frames()["hype"][:60])
    assert_frame_equal(world.frames()["bars"], month.frames()["bars"][:120])


def test_with_prices_frozen_the_price_is_an_index_of_interest() -> None:
    world = market(matching=False)
    world.run_days(12)
    world.audit()
    frame = world.frames()["hype"]
    assert frame["price"].to_list() == pytest.approx((1.0 + frame["attentive"]).to_list())
    assert float(frame["price"].max()) > 1.05  # type: ignore[arg-type]


@pytest.mark.parametrize("spec", [HypeSpec, HypeLevers, AttentionSpec, PoolSpec])
def test_every_number_has_a_unit_and_a_source(spec: type[BaseModel]) -> None:
    for name, field in spec.model_fields.items():
        if field.annotation in (int, float, int | None):
            extra = field.json_schema_extra
            assert isinstance(extra, dict), name
            assert extra["unit"], name
            assert extra["source"], name
        assert isinstance(field.default, BaseModel) or field.description, name
