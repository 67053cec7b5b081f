"""A tokenised stock in the whole market: exact, forked, off unless asked for, blind to others."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pytest
from polars.testing import assert_frame_equal
from pydantic import BaseModel

from tests.market.conftest import small_spec
from tidegate.agents.token_arbitrageur import TokenArbitrageur
from tidegate.agents.token_public import TokenPublic
from tidegate.model import Market
from tidegate.policies.base import LeverPolicy
from tidegate.policies.trade_shock import TradeShock
from tidegate.scenario import HolderSpec, tokens
from tidegate.scenario.tokens import (
    CashRaiserSpec,
    TokenDealerSpec,
    TokenLoanSpec,
    TokenPublicSpec,
    TokensLevers,
    TokensSpec,
)

ALL = TokensSpec(share=0.05, raisers=CashRaiserSpec(), loans=TokenLoanSpec())
START = dt.date(2025, 10, 6)  # a Monday; New York shuts at 20:00 UTC
SHOCK = TradeShock(announcement_day=4.86, effective_day=4.86, size=-0.2)


def market(spec: TokensSpec | None = ALL, **changes: Any) -> Market:
    fields: dict[str, Any] = {"start": START, "step_seconds": 14_400, "tokens": spec}
    holders = HolderSpec(accounts=500)
    return Market(small_spec(**{**fields, "holders": holders, **changes}), rng=3, policies=[SHOCK])


@pytest.fixture(scope="module")
def week() -> Market:
    world = market()
    for _ in range(9 * 6):
        world.step()
        world.audit()
    world._check()
    return world


def test_everything_is_accounted_for_at_every_tick(week: Market) -> None:
    frame = week.frames()["tokens"]
    assert frame.height == 9 * 6
    last = frame.row(-1, named=True)
    assert last["called_tokens"] > 0
    assert last["called_lots"] > 0
    assert last["raised_lots"] > 0
    assert last["burned"] > 0
    assert week.frames()["stock"].height == 7


def test_the_token_stays_with_its_stock_while_it_can_be_hedged(week: Market) -> None:
    frame = week.frames()["tokens"]
    calm = frame.filter(frame["open"] & (frame["seconds"] < 4 * 86_400))
    assert calm.height == 8
    assert float(calm["gap"].abs().max()) < 0.006  # type: ignore[arg-type]
    weekend = frame.filter((frame["seconds"] > 5 * 86_400) & (frame["seconds"] < 7 * 86_400))
    assert not weekend["open"].any()
    assert float(weekend["gap"].max()) < -0.05  # type: ignore[arg-type]


def test_a_fork_goes_on_as_the_original_would(week: Market) -> None:
    world = market()
    world.run_days(4)
    twin = world.fork()
    twin.run_days(5)
    assert twin.tape.digest == week.tape.digest
    for name, table in week.frames().items():
        assert_frame_equal(twin.frames()[name], table)


def test_none_unless_asked_for() -> None:
    plain = market(None)
    assert plain.institutions.tokens is None
    assert "tokens" not in plain.spec.model_dump(mode="json")
    assert not {"tokens", "stock"} & set(plain.frames())


def test_who_trades_no_coins_changes_nobodys_trades() -> None:
    plain, other = market(None), market(TokensSpec(share=0.05))
    for world in (plain, other):
        world.run_days(6)
    assert plain.tape.digest == other.tape.digest


def silent_public(world: Market) -> None:
    made = world.institutions.tokens
    assert made is not None
    venue = made.market.venue
    extra = TokenPublic(
        world, path="tokens/silent", spec=TokenPublicSpec(), venue=venue,
        patient=venue.open_accounts(), flow=venue.open_accounts(), tokens=0,
        venues=world.venues, streams=world.streams, clock=world.clock,
    )  # fmt: skip
    made.market.members = (extra, *made.market.members)


def silent_firm(world: Market) -> None:
    made = world.institutions.tokens
    assert made is not None
    extra = TokenArbitrageur(
        world, path="tokens/silent", spec=TokenDealerSpec(), trust=made.trust,
        shares_at=made.stock.listed.open_accounts(), tokens_at=made.market.venue.open_accounts(),
        books=world.books, venues=world.venues, streams=world.streams, clock=world.clock,
    )  # fmt: skip
    made.market.members = (extra, *made.market.members)
    made.stock.admit(extra)


@pytest.mark.parametrize("add", [silent_public, silent_firm])
def test_an_extra_silent_agent_changes_nobodys_trades(add: Any, week: Market) -> None:
    world = market()
    add(world)
    world.run_days(6)
    ticks = 6 * 6
    assert_frame_equal(world.frames()["tokens"], week.frames()["tokens"][:ticks])
    assert_frame_equal(world.frames()["bars"], week.frames()["bars"][: 2 * ticks])


def test_with_prices_frozen_news_alone_moves_them() -> None:
    world = market(matching=False)
    world.run_days(9)
    world.audit()
    frame = world.frames()["tokens"]
    bars = world.frames()["bars"]
    moved = math.log(bars["close"][-1] / bars["close"][0])
    assert moved == pytest.approx(-0.2, abs=1e-3)
    saturday = frame.filter(frame["seconds"] == 6 * 86_400).row(0, named=True)
    assert math.log(saturday["token"] / saturday["value"]) == pytest.approx(0.0, abs=1e-3)
    assert math.log(saturday["stock"] / saturday["value"]) == pytest.approx(0.074, abs=0.02)
    assert frame["called_tokens"][-1] == frame["raised_lots"][-1] == 0


def test_a_halt_is_a_lever() -> None:
    halt = LeverPolicy(
        name="halt", announcement_day=1, effective_day=1,
        levers={"tokens.halt": "stock", "tokens.halt_from": 86_400, "tokens.halt_hours": 24.0},
    )  # fmt: skip
    world = market()
    world.apply([halt])
    world.run_days(3)
    frame = world.frames()["tokens"]
    opened = [frame["open"][6 * day : 6 * (day + 1)].any() for day in range(3)]
    assert opened == [True, False, True]


@pytest.mark.parametrize(
    "spec",
    [
        TokensSpec, TokensLevers, TokenDealerSpec, TokenPublicSpec, TokenLoanSpec, CashRaiserSpec,
        tokens.StockSpec,
    ],
)  # fmt: skip
def test_every_number_has_a_unit_and_a_source(spec: type[BaseModel]) -> None:
    for name, field in spec.model_fields.items():
        if field.annotation in (int, float, int | None):
            extra = field.json_schema_extra
            assert isinstance(extra, dict), name
            assert extra["unit"], name
            assert extra["source"], name
        assert isinstance(field.default, BaseModel) or field.description, name
