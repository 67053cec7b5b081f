"""Coin-margined perpetuals from rules: exact terms, clear refusals, a venue's own figure."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pydantic import ValidationError
from tidegate_core import Kind, Side
from tidegate_core.codes import EventKind
from tidegate_core.contract import ContractMath
from tidegate_core.margin_engine import MarginEngine

from tidegate.scenario import leveraged
from tidegate.scenario.leveraged import LeveragedScenario
from tidegate.scenario.rule_dial import RuleDial
from tidegate.scenario.tiers import TierTable
from tidegate.scenario.venue_rules import VenueRules, family_sources, load_family, to_core

MICRO = 1_000_000
BYBIT = load_family("bybit-like")
TICKS = 10_000  # a dollar
INVERSE: Any = {
    "contract": "inverse",
    "tick": 1 / TICKS,
    "lot": 1,
    "max_price": 100_000,
    "price": 8_000,
}
LINEAR: Any = {"tick": 0.01, "lot": 1e-4, "max_price": 1e6}


def only_inverse() -> VenueRules:
    tables = [table for table in BYBIT.tiers if table.contract == "inverse"]
    return VenueRules.model_validate({**dict(BYBIT), "tiers": tables})


def test_an_engine_of_inverse_and_linear_contracts_finds_bybits_bankruptcy_price() -> None:
    """A long at 7,890.08 with 50x is bankrupt at 7,735.37, by Bybit's help on deleveraging.

    The engine counts micro-units of what it settles in: coins of the one, dollars of the other.
    """
    inverse, in_coins = to_core(BYBIT, "BTC", **INVERSE)
    linear, _ = to_core(BYBIT, "BTC", **LINEAR)
    engine = MarginEngine("BTC", contracts=[inverse, linear], waterfall=in_coins, accounts=2)
    long, short = 5, 6
    for account in (long, short):
        assert engine.deposit(account, 0, 1_000_000 * MICRO) == 0
    entry = (round(7_890.08 * TICKS), 789_008)
    engine.set_marks(list(entry))
    for contract, lots in enumerate((MICRO, 1_000)):
        for account in (long, short):
            engine.set_leverage(account, contract, 50)
            engine.set_mode(account, contract, isolated=True)
        assert engine.submit(contract, short, Side.SELL, entry[contract], lots, Kind.LIMIT) > 0
        assert engine.submit(contract, long, Side.BUY, entry[contract], lots, Kind.LIMIT) > 0
    engine._check()
    bankrupt = []
    for contract, terms in enumerate((inverse, linear)):
        held = engine.position(long, contract)
        assert held is not None
        bankrupt.append(
            ContractMath(terms).bankruptcy_price(held["size"], held["entry"], held["margin"])
        )
    assert round(bankrupt[0] / TICKS, 2) == 7_735.37
    assert bankrupt[1] / 100 == pytest.approx(7_890.08 * (1 - 1 / 50), abs=0.01)
    engine.set_marks([round(7_736 * TICKS), entry[1]])
    engine.time = 1
    engine.liquidate(1, 100)
    events = engine.take_events()
    taken = events[(events["kind"] == EventKind.TAKEOVER) & (events["account"] == long)]
    assert [round(price / TICKS, 2) for price in taken["price"].tolist()] == [7_735.37]
    engine._check()


def test_terms_are_whole_units_of_the_coin() -> None:
    perpetual, waterfall = to_core(BYBIT, "BTC", **INVERSE)
    assert (perpetual.name, perpetual.inverse) == ("BTC-INVERSE", True)
    assert perpetual.contract_value == MICRO * TICKS
    caps = [row.cap_usd for row in BYBIT.table("BTC", "inverse").rows]
    assert [tier.cap for tier in perpetual.tiers] == [MICRO * math.ceil(c / 8_000) for c in caps]
    assert waterfall.fund == BYBIT.waterfall.fund_usd * MICRO // 8_000
    hundred = TierTable.model_validate({**dict(BYBIT.table("BTC", "inverse")), "contract_usd": 100})
    rules = VenueRules.model_validate({**dict(BYBIT), "tiers": (hundred,)})
    assert to_core(rules, "BTC", **INVERSE)[0].contract_value == 100 * MICRO * TICKS


def test_every_value_of_an_inverse_listing_has_a_source() -> None:
    sources = family_sources("bybit-like")
    assert "1 USD a contract" in sources["tiers.BTC-inverse.contract_usd"]
    assert sources["tiers.BTC.rows"] != sources["tiers.BTC-inverse.rows"]
    assert BYBIT.assets == ("BTC", "ETH", "SOL", "DOGE", "SMALL")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"price": None}, "price is None; allowed for an inverse contract are numbers above 0"),
        ({"price": -1.0}, r"price is -1\.0; allowed for an inverse"),
        ({"price": 1e7}, r"price is 10000000\.0; rows\[0\] and rows\[1\] of BTC-inverse both end"),
        ({"contract": "linear"}, "price is 8000; a linear contract takes none"),
        (
            {"tick": 3.0, "lot": 1},
            r"1 USD x lot / tick is a whole number of millionths, here it is",
        ),
    ],
)
def test_bad_terms_are_refused_by_name(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        to_core(BYBIT, "BTC", **{**INVERSE, **changes})


@pytest.mark.parametrize(
    ("listing", "told"),
    [
        ({"contract": "inverse", "contract_usd": None}, "allowed for the inverse contract of BTC"),
        ({"contract": "linear", "contract_usd": 1}, "contract_usd is 1; .* of BTC is none"),
        ({"contract": "inverse", "contract_usd": 0}, "greater than or equal to 1"),
        ({"contract": "quanto"}, "'linear' or 'inverse'"),
    ],
)
def test_bad_listings_are_refused_by_name(listing: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        TierTable.model_validate({**dict(BYBIT.table("BTC")), **listing})


def test_a_listing_that_is_not_there_is_refused_with_those_there_are() -> None:
    with pytest.raises(
        ValueError, match=r"asset is 'SOL' and its contract inverse; bybit-like has"
    ):
        BYBIT.table("SOL", "inverse")
    with pytest.raises(ValueError, match=r"its contract linear; .* has tiers of BTC-inverse"):
        only_inverse().table("BTC")
    twice = [*BYBIT.tiers, BYBIT.table("BTC", "inverse")]
    with pytest.raises(ValidationError, match="tiers names 'BTC-inverse' twice"):
        VenueRules.model_validate({**dict(BYBIT), "tiers": twice})


@pytest.mark.parametrize("dial", [{"leverage_cap": 10}, {"margin": "flat"}, {"maintenance": 1.5}])
def test_the_dial_turns_inverse_listings_too(dial: dict[str, Any]) -> None:
    turned = RuleDial(**dial).turn(BYBIT)
    assert [table.listing for table in turned.tiers] == [table.listing for table in BYBIT.tiers]
    inverse, linear = turned.table("BTC", "inverse"), turned.table("BTC")
    assert inverse.contract_usd == 1
    assert inverse.rows == linear.rows


def test_a_leveraged_market_refuses_inverse_contracts_before_it_is_built(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(leveraged, "load_family", lambda name: only_inverse())
    with pytest.raises(
        ValidationError, match=r"'binance' has no linear perpetual of BTC, ETH, SOL"
    ):
        LeveragedScenario()
