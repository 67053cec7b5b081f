"""A leveraged scenario: defaults that fit together, units that are whole, errors by field."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from pydantic import ValidationError

from tidegate.scenario.appetite import AppetiteSpec
from tidegate.scenario.coins import DEFAULT_COINS, CoinSpec
from tidegate.scenario.frozen import Frozen
from tidegate.scenario.lending import LendingSpec
from tidegate.scenario.leveraged import (
    DEFAULT_EXCHANGES,
    BasisSpec,
    ExchangeSpec,
    LeveragedCrowdSpec,
    LeveragedScenario,
    NewsSpec,
    OpenInterestSpec,
    QuoteSpec,
    ValueSpec,
)
from tidegate.scenario.loan_rates import LoanRatesSpec
from tidegate.scenario.spot_buyers import SpotBuyerSpec

PARTS = (
    AppetiteSpec,
    BasisSpec,
    CoinSpec,
    ExchangeSpec,
    LeveragedCrowdSpec,
    NewsSpec,
    OpenInterestSpec,
    QuoteSpec,
    ValueSpec,
)


def coin(**changes: Any) -> CoinSpec:
    return CoinSpec(**{**dict(DEFAULT_COINS[0]), **changes})


def first_exchange(**changes: Any) -> tuple[ExchangeSpec, ...]:
    """Return the default exchanges, the first with other fields."""
    first = ExchangeSpec(**{**dict(DEFAULT_EXCHANGES[0]), **changes})
    return (first, *DEFAULT_EXCHANGES[1:])


def test_the_default_market_is_whole() -> None:
    spec = LeveragedScenario()
    assert sum(e.interest_share for e in spec.exchanges) == pytest.approx(1.0, abs=1e-12)
    assert sum(e.spot_share for e in spec.exchanges) == pytest.approx(1.0, abs=1e-12)
    assert spec.ticks_per_day * spec.step_seconds == 86_400
    assert [c.name for c in spec.coins] == ["BTC", "ETH", "SOL", "SMALL"]
    assert spec.coins[0].beta == 1.0  # shocks are stated in log price of BTC


@pytest.mark.parametrize("one", DEFAULT_COINS, ids=lambda c: c.name)
def test_a_lot_costs_whole_micro_dollars_a_tick(one: CoinSpec) -> None:
    assert one.tick_value == pytest.approx(one.tick * one.lot * 1e6, abs=1e-9)
    assert one.unit * 1e6 == pytest.approx(one.tick_value)
    assert one.price / one.tick == pytest.approx(round(one.price / one.tick), abs=1e-6)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_number_has_a_unit_and_a_source(part: type[Frozen]) -> None:
    for name, field in part.model_fields.items():
        if field.annotation is str:
            continue
        stated = field.json_schema_extra
        assert isinstance(stated, dict), name
        assert stated["unit"], name
        assert stated["source"], name
        assert field.description, name


def test_a_scenario_survives_a_file_and_its_digest_tells_it_apart() -> None:
    spec = LeveragedScenario(step_seconds=1)
    again = LeveragedScenario.model_validate_json(spec.model_dump_json())
    assert again == spec
    assert again.digest == spec.digest
    assert LeveragedScenario().digest != spec.digest
    assert copy.deepcopy(spec) is spec


def test_what_is_not_there_is_not_written_and_changes_no_digest() -> None:
    bare, moody = LeveragedScenario(), LeveragedScenario(appetite=AppetiteSpec())
    assert not {"appetite", "buyers"} & set(bare.model_dump())
    assert "rates" not in LendingSpec().model_dump()
    assert not any("supply" in coin for coin in bare.model_dump()["coins"])
    counted = LeveragedScenario(coins=(coin(supply=19.94e6), *DEFAULT_COINS[1:]))
    digests = set()
    bought = LeveragedScenario(buyers=(SpotBuyerSpec(name="one", size=1e6, hours=1.0),))
    eased = LeveragedScenario(lending=LendingSpec(rates=LoanRatesSpec()))
    for spec in (bare, moody, counted, bought, eased):
        again = LeveragedScenario.model_validate_json(spec.model_dump_json())
        assert again == spec
        digests.add(again.digest)
    assert len(digests) == 5


def test_an_exchange_has_its_familys_rules() -> None:
    spec = LeveragedScenario()
    assert [spec.rules(e).family for e in spec.exchanges] == [e.family for e in spec.exchanges]
    assert spec.rules(spec.exchanges[3]).waterfall.vault


@pytest.mark.parametrize(
    ("part", "field", "value", "rule"),
    [
        (CoinSpec, "price", 0, "greater than 0"),
        (CoinSpec, "own_volatility", 2, "less than or equal to 1"),
        (CoinSpec, "beta", -1, "greater than or equal to 0"),
        (ExchangeSpec, "interest_share", 0, "greater than 0"),
        (ExchangeSpec, "spot_share", 0, "greater than 0"),
        (ExchangeSpec, "houses", 0, "greater than 0"),
        (ExchangeSpec, "hedged", 0, "greater than 0"),
        (ExchangeSpec, "out_of_reach", 1.1, "less than or equal to 1"),
        (OpenInterestSpec, "one_sided", 0, "greater than 0"),
        (LeveragedCrowdSpec, "accounts", 10, "greater than or equal to 1000"),
        (LeveragedCrowdSpec, "accounts", 1e4 + 0.5, "valid integer"),
        (LeveragedCrowdSpec, "size_sigma", 0, "greater than 0"),
        (LeveragedCrowdSpec, "nervous_turn", 0.5, "greater than or equal to 1"),
        (LeveragedCrowdSpec, "momentum", 0.6, "less than or equal to 0.5"),
        (QuoteSpec, "levels", 1, "greater than or equal to 2"),
        (QuoteSpec, "floor", -0.1, "greater than or equal to 0"),
        (QuoteSpec, "reach", 0.9, "less than or equal to 0.5"),
        (ValueSpec, "width", 0, "greater than 0"),
        (BasisSpec, "capital", 0, "greater than 0"),
        (NewsSpec, "volatility", 2, "less than or equal to 1"),
        (NewsSpec, "volatility", float("inf"), "finite number"),
        (QuoteSpec, "depht", (1.0,), "Extra inputs are not permitted"),
    ],
)
def test_a_bad_number_is_refused_by_name(
    part: type[Frozen], field: str, value: Any, rule: str
) -> None:
    given = {
        CoinSpec: dict(DEFAULT_COINS[0]),
        ExchangeSpec: dict(DEFAULT_EXCHANGES[0]),
    }.get(part, {})
    with pytest.raises(ValidationError, match=rf"(?s)\n{field}\n.*{rule}"):
        part(**{**given, field: value})


@pytest.mark.parametrize(
    ("part", "field"),
    [
        (OpenInterestSpec, "class_shares"),
        (OpenInterestSpec, "age_days"),
        (LeveragedCrowdSpec, "mean_notional"),
        (LeveragedCrowdSpec, "turn_days"),
    ],
)
def test_every_class_of_accounts_needs_a_positive_value(part: type[Frozen], field: str) -> None:
    with pytest.raises(ValidationError, match=rf"(?s)\n{field}.1\n.*greater than 0"):
        part(**{field: (1.0, 0.0, 1.0)})
    with pytest.raises(ValidationError, match=rf"(?s)\n{field}.2\n.*Field required"):
        part(**{field: (1.0, 1.0)})


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"step_seconds": 7}, r"step_seconds 7 must divide a day \(86400 s\)"),
        ({"coins": ()}, r"coins must be named, and differently; got \[\]"),
        ({"coins": DEFAULT_COINS[:1] * 4}, "coins must be named, and differently"),
        ({"coins": (coin(name="USD"), *DEFAULT_COINS[1:])}, r"coins may not be named \['USD'\]"),
        ({"coins": DEFAULT_COINS[:3]}, "quotes.depth is .* it needs 3 values, one a coin"),
        ({"exchanges": ()}, "exchanges must be named"),
        ({"exchanges": first_exchange(name="okx")}, "exchanges must be named, and differently"),
        ({"exchanges": first_exchange(name="world")}, r"exchanges may not be named \['world'\]"),
        (
            {"exchanges": first_exchange(interest_share=0.4)},
            "interest_share must sum to 1, got 1.1",
        ),
        ({"exchanges": DEFAULT_EXCHANGES[1:]}, "interest_share must sum to 1, got 0.7"),
        ({"exchanges": first_exchange(spot_share=0.1)}, "spot_share must sum to 1, got 0.68"),
        (
            {"exchanges": first_exchange(coin_shares=(0.5, 0.5))},
            r"coin_shares of binance is \(0.5, 0.5\); it needs 4 values",
        ),
        (
            {"exchanges": first_exchange(coin_shares=(0.4, 0.3, 0.2, 0.3))},
            "coin_shares of binance must sum to 1, got 1.2",
        ),
        ({"exchanges": first_exchange(family="mtgox-like")}, "family is 'mtgox-like'; known are"),
        ({"quotes": QuoteSpec(depth=(1e6, 1e6))}, "quotes.depth is .* it needs 4 values"),
        ({"value": ValueSpec(flow=(1.0,) * 5)}, "value.flow is .* it needs 4 values"),
        ({"news": NewsSpec(volatility=0.0)}, "BTC must move in calm: beta x news.volatility"),
    ],
)
def test_a_market_that_does_not_add_up_is_refused(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        LeveragedScenario(**fields)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: coin(tick=1e-3, lot=1e-4), "tick 0.001 x lot 0.0001 of BTC must be a whole"),
        (lambda: coin(tick=0.15, lot=1e-5), "whole number of micro-USD, got 1.5"),
        (lambda: coin(name="common"), r"(?s)\nname\n.*name is 'common'; any other is allowed"),
        (
            lambda: LeveragedCrowdSpec(stop_range=(0.9, 0.3)),
            r"stop_range must be 0 < low <= high < 1, got \(0.9, 0.3\)",
        ),
        (lambda: LeveragedCrowdSpec(stop_range=(0.1, 1.0)), "stop_range must be 0 < low"),
        (lambda: LeveragedCrowdSpec(stops=0.9, top_ups=0.2), r"got 0.9 \+ 0.2"),
        (lambda: QuoteSpec(half_spread=0.05, reach=0.1), r"reach must be above 2 x half_spread"),
        (lambda: QuoteSpec(depth=(1e6, 0.0)), r"(?s)\ndepth.1\n.*greater than 0"),
        (lambda: ValueSpec(flow=(1.0, -1.0)), r"(?s)\nflow.1\n.*greater than or equal to 0"),
    ],
)
def test_fields_that_do_not_fit_together_are_refused(call: Any, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        call()


def test_nothing_can_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        LeveragedScenario().step_seconds = 1  # type: ignore[misc]
