"""What a regulator turns reaches every exchange, or is refused before anything runs."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tidegate.scenario.leveraged import LeveragedScenario
from tidegate.scenario.rule_dial import RuleDial
from tidegate.scenario.venue_parts import BreakerRule
from tidegate.scenario.venue_rules import VenueRules, families, load_family
from tidegate.setups.crash import CrashParameters


def turned(family: str = "binance-like", **fields: object) -> VenueRules:
    return RuleDial.model_validate(fields).turn(load_family(family))


@pytest.mark.parametrize("family", families())
def test_an_untouched_dial_leaves_every_family_as_it_is(family: str) -> None:
    assert turned(family) == load_family(family)


def test_a_cap_binds_where_an_exchange_allows_more() -> None:
    assert turned("hyperliquid-like", leverage_cap=50).leverage_cap == 40
    capped = turned(leverage_cap=20)
    assert capped.table("BTC").max_leverage == 20
    assert capped.table("BTC").rows[-1] == load_family("binance-like").table("BTC").rows[-1]


def test_flat_margin_gives_large_positions_the_leverage_of_small_ones() -> None:
    table = turned(margin="flat", leverage_cap=20).table("BTC")
    assert [row.max_leverage for row in table.rows] == [20]
    assert table.maintenance(1e9) == 1e9 / 40


def test_maintenance_is_multiplied() -> None:
    before, after = load_family("binance-like"), turned(maintenance=1.5)
    for at, row in enumerate(after.table("ETH").rows):
        assert row.maintenance_ppm == round(1.5 * before.table("ETH").rows[at].maintenance_ppm)


def test_leverage_falls_where_maintenance_would_eat_initial_margin() -> None:
    before, after = load_family("okx-like").table("BTC"), turned("okx-like", maintenance=1.5)
    for old, new in zip(before.rows, after.table("BTC").rows, strict=True):
        assert new.max_leverage == min(
            old.max_leverage, 999_999 // round(1.5 * old.maintenance_ppm)
        )


def test_the_waterfall_is_turned_field_by_field() -> None:
    before = load_family("okx-like").waterfall
    after = turned("okx-like", fund=2.5, throughput=0.001, adl_rule="pro_rata", partial="slice")
    rule = after.waterfall
    assert rule.fund_usd == round(2.5 * before.fund_usd)
    assert rule.throughput_per_second == 1
    assert (rule.adl_rule, rule.partial) == ("pro_rata", "slice")
    assert (rule.slice_ppm, rule.slice_above_usd, rule.cooldown_seconds) == (200_000, 0, 30)
    assert rule.order == before.order
    none = turned("hyperliquid-like", partial="none").waterfall
    assert (none.partial, none.cooldown_seconds) == ("none", 0)


def test_a_breaker_replaces_the_exchanges_own() -> None:
    breaker = BreakerRule(trigger_ppm=50_000, pause_seconds=300, band_ppm=100_000)
    assert turned(breaker=breaker).breaker == breaker


def test_capacity_and_what_is_done_with_more_are_turned_alone() -> None:
    before, after = load_family("okx-like").outage, turned("okx-like", capacity=500).outage
    assert before.capacity_per_second is None
    assert after == before.model_copy(update={"capacity_per_second": 500})
    assert turned(overload="refuse").outage.overload == "refuse"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"maintenance": 2.0}, r"dial.maintenance is 2; the tiers of binance-like .*below 2 "),
        ({"maintenance": 1e-6}, r"dial.maintenance is 1e-06;"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_scenario(fields: dict, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        LeveragedScenario(dial=RuleDial(**fields))


@pytest.mark.parametrize(
    ("field", "value"),
    [("leverage_cap", 0), ("leverage_cap", 126), ("fund", -1), ("throughput", 0),
     ("margin", "steep"), ("adl_rule", "lottery"), ("partial", "half")],
)  # fmt: skip
def test_a_wrong_value_is_named_by_its_field(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        RuleDial.model_validate({field: value})


def test_a_pause_needs_a_trigger() -> None:
    with pytest.raises(ValidationError, match="pause_seconds is 60 with trigger_ppm 0"):
        RuleDial.model_validate({"breaker": {"pause_seconds": 60}})


def test_every_combination_of_the_dial_fits_every_family() -> None:
    rules = [load_family(name) for name in families()]
    for cap in (None, 1, 2, 10, 50):
        for margin in ("tiered", "flat"):
            for maintenance in (0.5, 1.0, 1.9):
                dial = RuleDial(leverage_cap=cap, margin=margin, maintenance=maintenance)
                for each in rules:
                    assert dial.turn(each).leverage_cap <= min(cap or 125, each.leverage_cap)


def test_the_parameters_of_a_study_turn_the_dial() -> None:
    p = CrashParameters(accounts=2_000, leverage_cap=5)
    scenario = p.scenario()
    assert {scenario.rules(e).leverage_cap for e in scenario.exchanges} == {5}
    assert p.scenario().digest != CrashParameters(accounts=2_000).scenario().digest
