"""What a scenario of collateral coins may say, and how it is refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tidegate.scenario.collateral_coins import (
    DEFAULT_COLLATERAL,
    CollateralCoin,
    CollateralListing,
    CollateralSpec,
)
from tidegate.scenario.frozen import Frozen
from tidegate.scenario.leveraged import LeveragedScenario
from tidegate.scenario.venue_rules import load_family

USDE, WBETH, BNSOL = DEFAULT_COLLATERAL


def coin(**changes: Any) -> CollateralCoin:
    return CollateralCoin.model_validate({**dict(USDE), **changes})


def listing(**changes: Any) -> CollateralListing:
    return CollateralListing(**{"exchange": "binance", "depth": 1e6, **changes})


@pytest.mark.parametrize("part", [CollateralSpec, CollateralCoin, CollateralListing])
def test_every_number_has_a_unit_and_a_source(part: type[Frozen]) -> None:
    for name, info in part.model_fields.items():
        if name in ("name", "underlying", "coins", "exchange", "listings"):
            continue
        extra = info.json_schema_extra
        assert isinstance(extra, dict), name
        assert extra["unit"], name
        assert extra["source"], name
        assert info.description, name


def test_the_default_has_what_was_liquidated_in_its_proportions() -> None:
    spec = LeveragedScenario(collateral=CollateralSpec())
    assert spec.collateral is not None
    first = [c.listings[0] for c in spec.collateral.coins]
    held = [row.holdings + row.loops for row in first]
    assert held[0] == 3 * 346e6
    assert [h / held[0] for h in held] == pytest.approx([1, 169 / 346, 77 / 346], rel=5e-3)
    depth = [row.depth for row in first]
    assert [d / depth[0] for d in depth] == pytest.approx([1, 169 / 346, 77 / 346], rel=5e-3)


def test_whose_price_counts_is_the_exchange_s_unless_the_scenario_says() -> None:
    binance, bybit, okx = (load_family(f"{n}-like") for n in ("binance", "bybit", "okx"))
    spec = CollateralSpec()
    assert spec.valuation("USDe", binance) == "own_book"
    assert spec.valuation("USDe", bybit) == "external_index"
    assert spec.valuation("wBETH", okx) == "external_index"
    turned = CollateralSpec(valued_by="redemption_value")
    assert turned.valuation("USDe", binance) == "redemption_value"
    assert spec.haircut("USDe", binance) == 75_000
    assert spec.haircut("USDe", okx) == 1_000_000


def test_backing_multiplies_holdings_and_nothing_else() -> None:
    twice = CollateralSpec().backing(2.0)
    for before, after in zip(DEFAULT_COLLATERAL, twice.coins, strict=True):
        for old, new in zip(before.listings, after.listings, strict=True):
            assert new.holdings == 2.0 * old.holdings
            assert new.loops == 2.0 * old.loops
            assert new.depth == old.depth
    assert CollateralSpec().backing(1.0) == CollateralSpec()


def test_redeeming_multiplies_means_and_nothing_else() -> None:
    thrice = CollateralSpec().redeeming(3.0)
    for before, after in zip(DEFAULT_COLLATERAL, thrice.coins, strict=True):
        assert after.capital == 3.0 * before.capital
        assert after.channel == 3.0 * before.channel
        assert after.listings == before.listings
    assert CollateralSpec().redeeming(1.0) == CollateralSpec()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"coins": ()}, r"coins must be named, and differently; got \[\]"),
        ({"coins": (USDE, USDE)}, r"coins must be named, and differently"),
        ({"exposure_edges": (1.0, 3.0, 3.0, 9.0)}, "exposure_edges must rise"),
        ({"exposure_edges": (0.0, 3.0, 4.0, 9.0)}, "exposure_edges must rise"),
        ({"exposure_shares": (0.5, 0.4, 0.2)}, "exposure_shares must sum to 1"),
        ({"exposure_shares": (1.5, -0.3, -0.2)}, "exposure_shares"),
        ({"accounts": 3}, "accounts"),
        ({"valued_by": "oracle"}, "valued_by"),
        ({"own_price": "open"}, "own_price"),
        ({"sale_seconds": 0.0}, "sale_seconds"),
        ({"sale_slip": 1.0}, "sale_slip"),
        ({"edge": -1e-3}, "edge"),
        ({"reach": 0.0}, "reach"),
        ({"mean_account": float("nan")}, "mean_account"),
        ({"stock": 1}, "stock"),
        ({"loop_ltv": (0.6, 0.5)}, "loop_ltv must be 0 < least <= most < loop_threshold"),
        ({"loop_ltv": (0.5, 0.95)}, "loop_ltv must be 0 < least <= most < loop_threshold"),
        ({"loop_threshold": 1.1}, "loop_threshold"),
        (
            {"coins": tuple(coin(name=f"C{k}") for k in range(8))},
            "coins are 8; a margin engine takes at most 7",
        ),
    ],
)
def test_a_bad_spec_is_refused_by_its_field(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        CollateralSpec(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ratio": 0.0}, "ratio"),
        ({"tick": 1e-4, "lot": 1e-3}, "tick 0.0001 x lot 0.001 of USDe must be a whole number"),
        ({"listings": ()}, "listings"),
        ({"listings": (listing(), listing())}, "listings of USDe name an exchange twice"),
        ({"channel": -1.0}, "channel"),
        ({"capital": -1.0}, "capital"),
        ({"transfer_minutes": -1.0}, "transfer_minutes"),
        ({"own_volatility": 0.0}, "own_volatility"),
        ({"underlying": "ETH"}, r"loops of USDe at \['binance', 'bybit'\] must be 0"),
    ],
)
def test_a_bad_coin_is_refused_by_its_field(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        coin(**changes)


@pytest.mark.parametrize("changes", [{"depth": 0.0}, {"holdings": -1.0}, {"depth": 1e13}])
def test_a_bad_listing_is_refused_by_its_field(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(changes))):
        listing(**changes)


@pytest.mark.parametrize(
    ("coins", "message"),
    [
        ((coin(name="ETH"),), "collateral coin 'ETH' is a coin of the market already"),
        ((coin(name="USD"),), "collateral coin 'USD' is a coin of the market already"),
        (
            (coin(underlying="DOT", listings=(listing(),)),),
            "underlying of USDe is 'DOT'; it must be None or one of",
        ),
        ((coin(listings=(listing(exchange="ftx"),)),), "USDe is listed at 'ftx'; it must be one"),
        (
            (coin(listings=(listing(exchange="okx", holdings=1e6),)),),
            "holdings of USDe at okx are 1e\\+06; they must be 0, its rules take nothing",
        ),
        (
            (coin(listings=(listing(exchange="okx", loops=1e6),)),),
            "loops of USDe at okx are 1e\\+06; they must be 0, its rules take nothing",
        ),
    ],
)
def test_coins_must_fit_the_market(coins: tuple[CollateralCoin, ...], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        LeveragedScenario(collateral=CollateralSpec(coins=coins))


def test_a_coin_may_trade_where_it_backs_nothing() -> None:
    spec = CollateralSpec(coins=(coin(listings=(listing(exchange="okx"),)),))
    assert LeveragedScenario(collateral=spec).collateral == spec
