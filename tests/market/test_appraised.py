"""Tokens on property without a market: figures, gates, staleness, conservation."""

from __future__ import annotations

from typing import Any

import pytest
from polars.testing import assert_frame_equal
from pydantic import BaseModel

from tests.market.conftest import small_spec
from tidegate.agents.appraised_vault import AppraisedVault
from tidegate.books import USD, Books
from tidegate.listed_venue import ListedVenue
from tidegate.model import Market
from tidegate.policies.trade_shock import TradeShock
from tidegate.scenario import HolderSpec
from tidegate.scenario.appraised import AppraisedSpec

MICRO = 1_000_000
QUARTER = AppraisedSpec(quarter_days=10)


def vault(**terms: Any) -> tuple[AppraisedVault, int]:
    books = Books(("USD", "BTC", "FARM"))
    books.open("world", issuer=True)
    venue = ListedVenue("venue/FARM", assets=books.assets, ticker="FARM")
    books.open(venue.name)
    made = AppraisedVault(books, venue, AppraisedSpec(size=1e6, **terms))
    account = venue.open_accounts()
    assert made.found(account) == 10_000
    made.audit()
    return made, account


def test_a_figure_moves_part_of_the_way() -> None:
    made, _ = vault(smoothing=0.4)
    made.publish(50.0)
    assert made.figure == pytest.approx(80.0)  # 0.4 x 50 + 0.6 x 100
    made.publish(50.0)
    assert made.figure == pytest.approx(68.0)


def test_those_who_stay_pay_for_a_stale_figure() -> None:
    made, account = vault(gate=0.05, reserve=0.05)
    made.publish(50.0)  # 80 USD are paid for what brings 50
    assert made.redeem(account, 10_000, 50.0) == 500
    assert made.venue.cash(account) == 500 * 80 * MICRO
    assert made.cash == (50_000 - 500 * 30) * MICRO
    assert (made.units, made.redeemed, made.refused) == (9_500, 500, 9_500)
    made.audit()
    assert made.redeem(account, 10, 100.0) == 10  # worth more than the figure: they gain
    assert made.cash == (50_000 - 500 * 30 + 10 * 20) * MICRO


def test_nobody_is_paid_what_is_not_there() -> None:
    made, account = vault(gate=1.0, reserve=0.001)  # 1,000 USD
    made.publish(50.0)
    assert made.redeem(account, 10_000, 50.0) == 33  # at 30 USD each
    assert made.cash >= 0
    made.audit()
    bare, account = vault(gate=1.0, reserve=0.0)
    bare.publish(50.0)
    assert bare.redeem(account, 10, 50.0) == 0
    assert bare.books.balance("vault/FARM", USD) == 0


def market(spec: AppraisedSpec | None = QUARTER, **changes: Any) -> Market:
    bad = TradeShock(announcement_day=12, effective_day=12, size=-0.5)
    fields: dict[str, Any] = {"holders": HolderSpec(accounts=500), "appraised": spec, **changes}
    return Market(small_spec(step_seconds=43_200, **fields), rng=3, policies=[bad])


@pytest.fixture(scope="module")
def month() -> Market:
    world = market()
    for _ in range(35 * 2):
        world.step()
        world.audit()
    world._check()
    return world


def test_the_token_moves_at_once_and_the_figure_by_quarters(month: Market) -> None:
    frame = month.frames()["appraised"]
    day = {d: frame.row(2 * d - 1, named=True) for d in (9, 15, 21, 31)}
    assert day[9]["figure"] == 100.0
    assert abs(day[9]["discount"]) < 0.02
    assert day[15]["discount"] > 0.08  # log 0.1 by its beta; the figure is of the tenth day
    assert day[15]["redeemed"] == 0
    assert day[21]["figure"] < day[15]["figure"]
    assert day[31]["discount"] < day[21]["discount"]  # what the figure lacks, it takes up
    assert day[21]["redeemed"] == int(0.05 * day[15]["tokens"])
    assert day[31]["refused"] > day[21]["refused"] > 0


def test_a_fork_goes_on_as_the_original_would(month: Market) -> None:
    world = market()
    world.run_days(11)
    twin = world.fork()
    twin.run_days(24)
    assert twin.tape.digest == month.tape.digest
    assert_frame_equal(twin.frames()["appraised"], month.frames()["appraised"])


def test_it_changes_nobodys_trades_and_is_off_unless_asked_for(month: Market) -> None:
    plain = market(None)
    plain.run_days(35)
    assert plain.tape.digest == month.tape.digest
    assert "appraised" not in plain.spec.model_dump(mode="json")
    assert "appraised" not in plain.frames()


def test_with_prices_frozen_news_alone_moves_it() -> None:
    world = market(matching=False)
    world.run_days(13)
    world.audit()
    frame = world.frames()["appraised"]
    assert set(frame["token"][:18]) == {100.0}
    assert frame["discount"][-1] == pytest.approx(0.1, abs=1e-3)


def test_every_number_has_a_unit_and_a_source() -> None:
    spec: type[BaseModel] = AppraisedSpec
    for name, field in spec.model_fields.items():
        if field.annotation in (int, float):
            extra = field.json_schema_extra
            assert isinstance(extra, dict), name
            assert extra["unit"], name
            assert extra["source"], name


@pytest.mark.parametrize("wrong", [{"smoothing": 0.0}, {"gate": 2.0}, {"quarter_days": 0}])
def test_terms_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        AppraisedSpec(**wrong)  # type: ignore[arg-type]
