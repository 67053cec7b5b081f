"""Venue rules: bad ones are refused by name, presets have sources, the core gets exact terms."""

from __future__ import annotations

import dataclasses
import json
import tomllib
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError
from tidegate_core import waterfall as core
from tidegate_core.perpetual import Perpetual, deductions

from tidegate.scenario import Frozen, waterfall
from tidegate.scenario.sourced_files import with_sources
from tidegate.scenario.venue_rules import (
    BreakerRule,
    CollateralRule,
    FeeRule,
    MarkRule,
    OutageRule,
    TierRow,
    TierTable,
    VenueRules,
    WaterfallRule,
    families,
    family_sources,
    load_family,
    to_collateral,
    to_core,
)
from tidegate.scenario.venue_table import MARKER, markdown, write_into

ROOT = Path(__file__).parents[2]
FAMILIES = ("binance-like", "bybit-like", "coinbase-like-10x", "hyperliquid-like", "okx-like")
MICRO = 1_000_000
UNITS: Any = {"tick": 0.1, "lot": 1e-4, "max_price": 1e6}

Change = Callable[[dict[str, Any]], object]


def data() -> dict[str, Any]:
    """Return a family's rules as plain data, free to be spoiled."""
    return dict(json.loads(load_family("binance-like").model_dump_json()))


def set_row(at: int, **values: object) -> Change:
    return lambda rules: rules["tiers"][0]["rows"][at].update(values)


def set_part(part: str, **values: object) -> Change:
    return lambda rules: rules[part].update(values)


def set_top(**values: object) -> Change:
    return lambda rules: rules.update(values)


BAD: list[tuple[str, Change, str, str]] = [
    ("gap", set_row(1, floor_usd=60_000), "tiers.0", "rows[1].floor_usd is 60000, a gap; allo"),
    ("overlap", set_row(1, floor_usd=40_000), "tiers.0", "an overlap; allowed is 50000"),
    ("first tier not at 0", set_row(0, floor_usd=1), "tiers.0", "rows[0].floor_usd is 1, a gap"),
    ("empty tier", set_row(1, cap_usd=50_000), "tiers.0.rows.1", "above floor_usd 50000"),
    (
        "decreasing rates",
        set_row(2, maintenance_ppm=4_500),
        "tiers.0",
        "rows[2].maintenance_ppm is 4500; allowed are rates above 5000",
    ),
    ("equal rates", set_row(2, maintenance_ppm=5_000), "tiers.0", "allowed are rates above 5000"),
    (
        "more leverage than the maintenance rate allows",
        set_row(0, max_leverage=250),
        "tiers.0.rows.0",
        "max_leverage is 250; maintenance_ppm 4000 allows 1 to 249",
    ),
    (
        "leverage that rises with size",
        set_row(2, max_leverage=101),
        "tiers.0",
        "rows[2].max_leverage is 101; allowed are 1 to 100",
    ),
    ("no leverage", set_row(0, max_leverage=0), "tiers.0.rows.0.max_leverage", "greater than or"),
    ("no tiers", lambda rules: rules["tiers"][0].update(rows=[]), "tiers.0.rows", "at least 1"),
    (
        "leverage above the cap",
        set_top(leverage_cap=126),
        "",
        "leverage_cap is 126; the tiers of binance-like allow 1 to 125",
    ),
    ("no asset", set_top(tiers=[]), "tiers", "at least 1 item"),
    (
        "an asset twice",
        lambda rules: rules["tiers"].append(rules["tiers"][0]),
        "",
        "tiers names 'BTC' twice",
    ),
    (
        "a collateral twice",
        lambda rules: rules["collateral"].append(rules["collateral"][0]),
        "",
        "collateral names 'USDe' twice",
    ),
    (
        "a negative fund",
        set_part("waterfall", fund_usd=-1),
        "waterfall.fund_usd",
        "greater than or equal to 0",
    ),
    (
        "a negative vault",
        set_part("waterfall", vault_funds_usd=-1),
        "waterfall.vault_funds_usd",
        "greater than or equal to 0",
    ),
    (
        "an unknown rule",
        set_part("waterfall", adl_rule="lottery"),
        "waterfall.adl_rule",
        "'queue', 'pro_rata' or 'water_filling'",
    ),
    ("a slice of nothing", set_part("waterfall", slice_ppm=0), "waterfall.slice_ppm", "to 1"),
    (
        "a rebate nobody pays",
        set_part("fees", maker_ppm=-600),
        "fees",
        "maker_ppm is -600; taker_ppm 500 pays for rebates down to -500",
    ),
    (
        "funding that drifts",
        set_part("mark", funding_hours=5),
        "mark",
        "funding_hours is 5; allowed are 1, 2, 3",
    ),
    ("an unknown mark", set_part("mark", method="mid"), "mark.method", "'index', 'median' or"),
    (
        "a trigger without a pause",
        set_part("breaker", trigger_ppm=70_000),
        "breaker",
        "pause_seconds is 0 with trigger_ppm 70000; allowed are both above 0 or both 0",
    ),
    ("a band of everything", set_part("breaker", band_ppm=MICRO), "breaker.band_ppm", "less than"),
    ("a cap of nothing", set_part("mark", cap_ppm=0), "mark.cap_ppm", "greater than 0"),
    ("no capacity", set_part("outage", capacity_per_second=0), "outage.capacity_per_second", "1"),
    ("an unknown field", set_part("outage", colour=1), "outage.colour", "not permitted"),
]


@pytest.mark.parametrize(
    ("change", "field", "told"), [row[1:] for row in BAD], ids=[r[0] for r in BAD]
)
def test_bad_rules_are_refused_by_field_value_and_what_is_allowed(
    change: Change, field: str, told: str
) -> None:
    rules = data()
    assert VenueRules.model_validate(rules) == load_family("binance-like")
    change(rules)
    with pytest.raises(ValidationError) as error:
        VenueRules.model_validate(rules)
    problem = error.value.errors()[0]
    assert ".".join(str(part) for part in problem["loc"]) == field
    assert told in problem["msg"]
    assert "input_value=" in str(error.value)


def test_an_unknown_family_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"family is 'ftx-like'; known are binance-like, bybit-l"):
        load_family("ftx-like")
    with pytest.raises(ValueError, match=r"family is '\.\./belief'"):
        family_sources("../belief")


def test_an_unknown_asset_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"asset is 'XRP'; okx-like has tiers of BTC, ETH, SOL"):
        load_family("okx-like").table("XRP")


def leaves(value: object, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every single value of rules and where it stands; tables of tiers are one value."""
    if isinstance(value, Frozen):
        for name, part in value:
            if name not in ("family", "asset"):
                yield from leaves(part, f"{path}.{name}" if path else name)
    elif isinstance(value, tuple) and value and not isinstance(value[0], TierRow):
        for entry in value:
            yield from leaves(entry, f"{path}.{getattr(entry, 'listing', entry.asset)}")
    else:
        yield path, value


def test_the_families_are_these() -> None:
    assert families() == FAMILIES


@pytest.mark.parametrize("name", FAMILIES)
def test_every_value_of_a_family_has_a_source(name: str) -> None:
    rules = load_family(name)
    sources = family_sources(name)
    assert rules.family == name
    assert {path for path, _ in leaves(rules)} == set(sources)
    for path, source in sources.items():
        told = source.partition("assumption")[2].lstrip(": ") if "assumption" in source else source
        assert len(told) > 5, f"{path}: {source!r} says too little"


PARTS = (
    VenueRules,
    TierTable,
    TierRow,
    FeeRule,
    MarkRule,
    WaterfallRule,
    CollateralRule,
    BreakerRule,
    OutageRule,
)


@pytest.mark.parametrize("part", PARTS)
def test_every_field_has_unit_source_and_meaning(part: type[Frozen]) -> None:
    for name, field in part.model_fields.items():
        if name in ("family", "asset") or field.annotation in PARTS:
            continue
        extra: Any = field.json_schema_extra
        assert extra["unit"], name
        assert extra["source"], name
        assert field.description, name


def test_values_without_a_source_are_refused() -> None:
    with pytest.raises(ValueError, match=r"fees\.maker_ppm is 200 without a source"):
        with_sources({"fees": {"maker_ppm": 200}})
    with pytest.raises(ValueError, match=r"fees\.maker_ppm is 200 without a source"):
        with_sources({"source": "all", "fees": {"maker_ppm": {"value": 200}}})
    with pytest.raises(ValueError, match=r"tiers\.BTC\.rows is .* without a source"):
        with_sources({"tiers": [{"asset": "BTC", "rows": []}]})


def test_families_are_shipped() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    assert "tidegate.data" in settings["packages"]
    assert "*.toml" in settings["package-data"]["*"]
    shipped = resources.files("tidegate.data")
    assert all(shipped.joinpath(f"venue-{name}.toml").is_file() for name in FAMILIES)


def maintenance(perpetual: Perpetual, usd: int) -> int:
    """Return what the margin engine asks of a notional, micro-USD: ceil(N rate) - deduction."""
    notional = usd * MICRO
    tiers = perpetual.tiers
    at = next((k for k, tier in enumerate(tiers) if notional <= tier.cap), len(tiers) - 1)
    return -(-notional * tiers[at].maintenance_ppm // MICRO) - deductions(tiers)[at]


# Binance's own table of deductions: 0, 50, 950, 950, 11,450 USD.
GOLDEN = [
    (50_000, 200),
    (600_000, 2_950),
    (1_000_000, 5_550),
    (3_000_000, 18_550),
    (12_000_000, 108_550),
    (70_000_000, 1_268_550),
    (1_800_000_000, 478_518_550),
]


@pytest.mark.parametrize(("notional", "margin"), GOLDEN)
def test_maintenance_of_btc_on_binance_is_the_published_one(notional: int, margin: int) -> None:
    rules = load_family("binance-like")
    perpetual, _ = to_core(rules, "BTC", **UNITS)
    assert maintenance(perpetual, notional) == margin * MICRO
    assert rules.table("BTC").maintenance(notional) == margin


@pytest.mark.parametrize("name", FAMILIES)
def test_rules_and_core_agree_on_every_tier_of_every_asset(name: str) -> None:
    rules = load_family(name)
    for asset in rules.assets:
        perpetual, _ = to_core(rules, asset, **UNITS)
        table = rules.table(asset)
        for row in table.rows:
            for notional in (row.floor_usd + 1, row.cap_usd, 3 * row.cap_usd):
                exact = maintenance(perpetual, notional)
                assert abs(table.maintenance(notional) * MICRO - exact) <= max(1, exact * 1e-12)
            assert table.tier(row.cap_usd) == row
        assert perpetual.tiers[0].max_leverage == table.max_leverage <= rules.leverage_cap


def test_the_core_gets_the_terms_in_its_units() -> None:
    rules = load_family("bybit-like")
    rules = VenueRules.model_validate({**dict(rules), "breaker": {"band_ppm": 100_000}})
    perpetual, _ = to_core(rules, "BTC", tick=0.1, lot=0.001, max_price=250_000.07)
    assert perpetual.tick_value == 100
    assert perpetual.max_price == 2_500_000
    assert (perpetual.maker_ppm, perpetual.taker_ppm, perpetual.band_ppm) == (200, 550, 100_000)
    assert [tier.cap for tier in perpetual.tiers[:2]] == [2_000_000 * MICRO, 2_600_000 * MICRO]


@pytest.mark.parametrize("name", FAMILIES)
def test_the_waterfall_goes_to_the_core_whole(name: str) -> None:
    rule = load_family(name).waterfall
    given = dataclasses.asdict(rule.to_core())
    told = rule.model_dump(exclude={"throughput_per_second"})
    assert {field.removesuffix("_usd") for field in told} == set(given)
    for field, value in told.items():
        if field.endswith("_usd"):
            assert given[field.removesuffix("_usd")] == value * MICRO
        else:
            assert given[field] == value


def test_the_choices_are_the_core_s() -> None:
    assert get_args(waterfall.Partial) == core.PARTIALS
    assert get_args(waterfall.LiquidationOrder) == core.ORDERS
    assert get_args(waterfall.Surplus) == core.SURPLUSES
    assert get_args(waterfall.AdlRule) == core.ADL_RULES
    assert get_args(waterfall.AdlTrigger) == core.ADL_TRIGGERS
    assert get_args(waterfall.AdlPrice) == core.ADL_PRICES
    assert get_args(waterfall.BeyondVault) == core.BEYOND_VAULT


def test_hyperliquid_keeps_half_of_the_initial_margin_and_slices() -> None:
    rules = load_family("hyperliquid-like")
    rates = {
        asset: (rules.table(asset).rows[0].max_leverage, rules.table(asset).rows[0].maintenance_ppm)
        for asset in ("BTC", "ETH", "SOL", "SMALL")
    }
    assert rates == {
        "BTC": (40, 12_500),
        "ETH": (25, 20_000),
        "SOL": (20, 25_000),
        "SMALL": (10, 50_000),
    }
    steps = rules.waterfall
    assert (steps.partial, steps.slice_ppm, steps.slice_above_usd) == ("slice", 200_000, 100_000)
    assert (steps.cooldown_seconds, steps.vault, steps.vault_ppm) == (30, True, 666_667)
    assert (steps.adl_price, steps.clearance_ppm) == ("mark", 0)
    assert steps.vault_capacity_usd >= 100_000_000


def test_collateral_goes_to_the_core_with_its_haircut() -> None:
    held = to_collateral(load_family("binance-like"))
    assert [entry.asset for entry in held] == ["USDe", "wBETH", "BNSOL"]
    assert held[1].value(10**6, 4_000 * MICRO) == 3_700 * MICRO
    assert to_collateral(load_family("hyperliquid-like")) == ()


@pytest.mark.parametrize("cap", range(1, 126))
def test_a_leverage_cap_cuts_tiers_and_leaves_maintenance(cap: int) -> None:
    rules = load_family("binance-like")
    free, _ = to_core(rules, "BTC", **UNITS)
    capped, _ = to_core(rules, "BTC", **UNITS, leverage_cap=cap)
    for before, after in zip(free.tiers, capped.tiers, strict=True):
        assert after.max_leverage == min(before.max_leverage, cap)
        assert (after.cap, after.maintenance_ppm) == (before.cap, before.maintenance_ppm)


def test_a_cap_holds_for_assets_whose_tiers_allow_less_than_the_venue() -> None:
    rules = load_family("binance-like")
    assert rules.table("DOGE").max_leverage == 75
    assert rules.capped(50).table("DOGE").max_leverage == 50
    assert rules.capped(100).table("DOGE").max_leverage == 75


@pytest.mark.parametrize("cap", [0, -1, 126])
def test_a_cap_beyond_the_tiers_is_refused_by_name(cap: int) -> None:
    with pytest.raises(ValueError, match="leverage_cap"):
        to_core(load_family("binance-like"), "BTC", **UNITS, leverage_cap=cap)
    with pytest.raises(ValueError, match=rf"leverage_cap is {cap}; the tiers of BTC allow 1 to"):
        load_family("binance-like").table("BTC").capped(cap)


@pytest.mark.parametrize("leverage", [1, 2, 5, 10, 50, 125])
def test_flat_tiers_give_any_family_any_leverage(leverage: int) -> None:
    rules = load_family("coinbase-like-10x").with_flat_tiers(leverage)
    perpetual, _ = to_core(rules, "SOL", **UNITS)
    (tier,) = perpetual.tiers
    assert (tier.max_leverage, tier.maintenance_ppm) == (leverage, 500_000 // leverage)


def test_flat_tiers_without_leverage_are_refused() -> None:
    with pytest.raises(ValidationError, match="max_leverage"):
        load_family("okx-like").with_flat_tiers(0)


@pytest.mark.parametrize(
    ("units", "told"),
    [
        ({"tick": 0.0}, r"tick is 0\.0; allowed are numbers above 0"),
        ({"lot": float("nan")}, "lot is nan; allowed"),
        ({"max_price": float("inf")}, "max_price is inf; allowed"),
        ({"tick": 0.01, "lot": 1e-5}, r"tick is 0\.01 and lot 1e-05; .* here it is 0\.1"),
        ({"tick": 0.25, "lot": 1e-5}, r"here it is 2\.5"),
        ({"max_price": 0.01}, "max_price is 0; allowed are 1"),
    ],
)
def test_bad_units_are_refused_by_name(units: dict[str, float], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        to_core(load_family("binance-like"), "BTC", **{**UNITS, **units})


def test_rules_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_family("okx-like").waterfall.fund_usd = 0


def test_the_page_holds_what_the_files_say() -> None:
    _, marker, tables = (ROOT / "docs" / "venues.md").read_text().partition(MARKER)
    assert marker
    assert tables == f"\n{markdown()}"


def test_the_page_is_rewritten_below_its_marker_only(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"prose\n{MARKER}old")
    write_into(page)
    assert page.read_text() == f"prose\n{MARKER}\n{markdown()}"
    page.write_text("prose")
    with pytest.raises(ValueError, match=r"page\.md must contain the line"):
        write_into(page)
