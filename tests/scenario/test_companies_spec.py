"""Treasury companies as data: sources everywhere, presets that say what is known, clear errors."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tidegate.agents.mnav import share_price
from tidegate.scenario import Frozen, Scenario
from tidegate.scenario.companies import (
    FACTOR_SOURCES,
    FACTORS,
    CompaniesSpec,
    CompanyLevers,
    CompanySpec,
    FoundingSpec,
)
from tidegate.scenario.company_holders import ArbitrageurSpec, ShareholdersSpec
from tidegate.scenario.company_presets import (
    company_presets,
    company_sources,
    load_company,
    typical,
)
from tidegate.scenario.company_terms import (
    BuybackSpec,
    CoinFactorSpec,
    CoinLoanSpec,
    ConvertibleSpec,
    IssuanceSpec,
    PlacementSpec,
    PreferredSpec,
)

SPECS: tuple[type[Frozen], ...] = (
    CompanySpec, FoundingSpec, CompanyLevers, ArbitrageurSpec, BuybackSpec, CoinFactorSpec,
    CoinLoanSpec, ConvertibleSpec, IssuanceSpec, PlacementSpec, PreferredSpec,
    *(type(part) for _, part in ShareholdersSpec()), ShareholdersSpec,
)  # fmt: skip


@pytest.mark.parametrize("spec", [s for s in SPECS if issubclass(s, Frozen)])
def test_every_number_has_unit_source_and_meaning(spec: type[Frozen]) -> None:
    for name, field in spec.model_fields.items():
        assert field.description or issubclass_of_parts(field.annotation), name
        if field.annotation in (int, float, int | None, float | None):
            extra: Any = field.json_schema_extra or {}
            assert extra.get("unit"), name
            assert extra.get("source"), name


def issubclass_of_parts(annotation: Any) -> bool:
    """Tell whether a field is a part, or a list of parts, with fields of their own."""
    if str(annotation).startswith("tuple["):
        return True
    return isinstance(annotation, type) and issubclass(annotation, Frozen)


@pytest.mark.parametrize("name", company_presets())
def test_every_value_of_a_preset_has_a_source(name: str) -> None:
    spec, sources = load_company(name), company_sources(name)
    assert {"coins", "shares", "mnav"} <= set(sources)
    assert all(source.strip() for source in sources.values())
    for path in sources:
        value: object = spec
        for part in path.split("."):
            value = getattr(value, part)


def test_presets_say_what_is_known() -> None:
    assert company_presets() == ("alt5", "forward", "miner-pivot", "strategy")
    strategy, forward, alt5 = (load_company(n) for n in ("strategy", "forward", "alt5"))
    coins = strategy.coins * 121_714.0  # 9 October 2025
    price = share_price(strategy.mnav, strategy.debt, strategy.cash, coins, strategy.shares)
    assert price == pytest.approx(320.29, rel=0.05)
    coins = forward.coins * 221.0
    price = share_price(forward.mnav, forward.debt, forward.cash, coins, forward.shares)
    assert price == pytest.approx(24.08, rel=0.05)
    assert forward.buyback.authorised_usd == 1e9
    assert alt5.coins * 0.2 == pytest.approx(1.5e9, rel=0.05)
    assert alt5.placement is not None
    assert alt5.placement.price == 7.5


def test_betas_and_own_volatility_are_those_of_the_moments() -> None:
    """Volatility and correlation with BTC of daily bars, to the digits given."""
    moments = {"ETH": (0.794, 0.81), "SOL": (1.21, 0.58), "DOGE": (1.40, 0.52), "XRP": (1.04, 0.56)}
    for factor in FACTORS:
        if factor.name in moments:
            volatility, rho = moments[factor.name]
            own = volatility * (1.0 - rho * rho) ** 0.5
            assert factor.own_volatility == pytest.approx(own, abs=0.002)
    assert set(FACTOR_SOURCES) == {"beta", "own_volatility", "price", "daily_volume"}


def test_a_typical_firm() -> None:
    firm = typical(3, "SOL", 221e6, 100_000.0, mnav=1.1)
    assert firm.coins == pytest.approx(1e6)
    assert firm.shares == 22_100_000
    assert (firm.ticker, firm.coin, firm.mnav) == ("SOL-3", "SOL", 1.1)


def test_a_scenario_with_companies_is_another() -> None:
    firms = CompaniesSpec(companies=(typical(0, "BTC", 1e9, 1e5),))
    assert Scenario(companies=firms).digest != Scenario().digest
    assert "companies" not in Scenario().model_dump_json()
    text = Scenario(companies=firms).model_dump_json()
    assert Scenario.model_validate_json(text).companies == firms
    founded = firms.model_copy(update={"founding": FoundingSpec(candidates=2)})
    assert founded.tickers == ("BTC-0", "NEW0", "NEW1")


def test_mistakes_are_named() -> None:
    one = typical(0, "BTC", 1e9, 1e5)
    with pytest.raises(ValueError, match="company is 'enron'; known are alt5, forward"):
        load_company("enron")
    with pytest.raises(ValidationError, match="must have different tickers"):
        CompaniesSpec(companies=(one, one))
    with pytest.raises(ValidationError, match="ticker is 'BTC', which is no share"):
        CompaniesSpec(companies=(one.model_copy(update={"ticker": "BTC"}),))
    with pytest.raises(ValidationError, match="coin of BTC 0 is 'PEPE'; known are"):
        CompaniesSpec(companies=(one.model_copy(update={"coin": "PEPE"}),))
    with pytest.raises(ValidationError, match="BTC earns none, it must be 0"):
        typical(0, "BTC", 1e9, 1e5, staking=0.1)
    with pytest.raises(ValidationError, match="must leave shares to others"):
        typical(0, "BTC", 1e9, 1e5, index_share=0.5, placement=PlacementSpec(share=0.6, price=1.0))
    with pytest.raises(ValidationError, match="must rise in this order"):
        CoinLoanSpec(usd=1.0, call_ltv=0.4)
    with pytest.raises(ValidationError, match=r"rich is 1\.0; it must be at least above"):
        IssuanceSpec(rich=1.0)
    with pytest.raises(ValidationError, match=r"full is 0\.2; it must be above entry"):
        ArbitrageurSpec(full=0.2)
