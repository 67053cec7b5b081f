"""Scenarios: values have unit and source, every field counts, errors say what is wrong."""

from __future__ import annotations

import copy
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tidegate.scenario import (
    ECOLOGIES,
    ArbitrageSpec,
    BeliefSpec,
    Frozen,
    HolderSpec,
    MakerSpec,
    Scenario,
    SwitchingSpec,
    VenueSpec,
)
from tidegate.scenario.allocators import AllocatorSpec, HavenSpec
from tidegate.scenario.anticipation import AnticipationSpec
from tidegate.scenario.appraised import AppraisedSpec
from tidegate.scenario.carry_trade import CarryTradeSpec
from tidegate.scenario.commodities import CommoditiesSpec
from tidegate.scenario.companies import CompaniesSpec
from tidegate.scenario.company_presets import load_company
from tidegate.scenario.defined_benefit import examples
from tidegate.scenario.deposits import DepositsSpec
from tidegate.scenario.easing import EasingSpec
from tidegate.scenario.etf import EtfSpec
from tidegate.scenario.followers import FollowersSpec, LinksSpec
from tidegate.scenario.foreign_systems import ForeignSpec
from tidegate.scenario.hype import HypeSpec
from tidegate.scenario.infrastructure import InfrastructureSpec
from tidegate.scenario.lending import LendingSpec
from tidegate.scenario.macro import MacroSpec
from tidegate.scenario.mining_hosts import YEAR_2026
from tidegate.scenario.plan_population import PlanPopulationSpec
from tidegate.scenario.reserve_defence import ReserveDefenceSpec
from tidegate.scenario.scenario import NEEDS
from tidegate.scenario.sovereign import StatesSpec
from tidegate.scenario.state_peers import StatePeers
from tidegate.scenario.state_presets import load_state
from tidegate.scenario.strategies import StrategiesSpec
from tidegate.scenario.tokens import TokensSpec


def groups(model: Frozen, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Frozen]]:
    """Yield every part of a scenario with where it stands."""
    yield path, model
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, Frozen):
            yield from groups(value, (*path, name))


FIELDS = [
    (path, name, getattr(model, name), type(model).model_fields[name])
    for path, model in groups(Scenario())
    for name in type(model).model_fields
    if not isinstance(getattr(model, name), Frozen)
]
NAMES = [".".join((*path, name)) for path, name, *_ in FIELDS]
# What is no quantity: names, dates, switches, lists of parts with fields of their own.
PLAIN = (str, bool, dt.date, tuple, type(None))


def test_the_walk_reaches_every_part() -> None:
    assert {"holders.elasticity", "belief.fast_weight", "pension.pay.weekly"} <= set(NAMES)
    assert "pension.routes.menu.asset_reach" in NAMES
    assert len(NAMES) > 60


@pytest.mark.parametrize(("path", "name", "value", "field"), FIELDS, ids=NAMES)
def test_every_number_has_unit_source_and_meaning(
    path: tuple[str, ...], name: str, value: object, field: Any
) -> None:
    if isinstance(value, PLAIN):
        return
    extra = field.json_schema_extra or {}
    assert extra.get("unit"), f"{name} has no unit"
    assert extra.get("source"), f"{name} has no source"
    assert field.description, f"{name} says not what it means"


def test_shares_of_venues_have_unit_and_source_too() -> None:
    for name in ("share", "maker_ppm", "taker_ppm"):
        extra: Any = VenueSpec.model_fields[name].json_schema_extra
        assert extra["unit"]
        assert extra["source"]


def other(path: tuple[str, ...], name: str, value: Any) -> Any:
    """Return another allowed value of a field."""
    named = {
        "step_seconds": 3600,
        "venues": [{"name": "only", "share": 1.0}],
        "curve": "logistic",
        "rebalancing": "band" if value != "band" else "none",
        "ecology": "switching",
    }
    if name in named:
        return named[name]
    if isinstance(value, bool):
        return not value
    if isinstance(value, dt.date):
        return "2026-01-06"
    if isinstance(value, str):
        return value + "x"
    if name == "defined_benefit":
        return [json.loads(fund.model_dump_json()) for fund in examples()]
    if name == "followers":
        return [json.loads(FollowersSpec().model_dump_json())]
    if name in WITH:
        return json.loads(WITH[name].model_dump_json())
    if value is None:
        return 0.5
    if isinstance(value, int):
        return value + 1
    return value * 0.999 if value else 0.001


# Institutions that are not there, as they would be.
WITH: dict[str, Frozen] = {
    "easing": EasingSpec(),
    "macro": MacroSpec(),
    "allocators": AllocatorSpec(),
    "haven": HavenSpec(),
    "reserve_defence": ReserveDefenceSpec(),
    "mining": YEAR_2026,
    "states": StatesSpec(states=(load_state("bhutan"),)),
    "state_peers": StatePeers(),
    "etf": EtfSpec(),
    "plans": PlanPopulationSpec(),
    "foreign": ForeignSpec(),
    "anticipation": AnticipationSpec(),
    "links": LinksSpec(),
    "infrastructure": InfrastructureSpec(),
    "deposits": DepositsSpec(),
    "carry_trade": CarryTradeSpec(),
    "strategies": StrategiesSpec(),
    "credit": LendingSpec(coin_shares=(1.0,)),
    "tokens": TokensSpec(),
    "hype": HypeSpec(),
    "appraised": AppraisedSpec(),
    "commodities": CommoditiesSpec(),
    "companies": CompaniesSpec(companies=(load_company("strategy"),)),
}


def with_part(path: tuple[str, ...]) -> Scenario:
    """Return the scenario in which a part counts: a crowd does where it forms the valuation."""
    chosen: Any = path[0] if path and path[0] in ECOLOGIES else "fcn"
    return Scenario(ecology=chosen)


def changed(path: tuple[str, ...], name: str, value: Any) -> dict[str, Any]:
    """Return a whole scenario as data, with one field changed."""
    data = json.loads(with_part(path).model_dump_json())
    place = data
    for step in path:
        place = place[step]
    place[name] = other(path, name, value)
    if name in NEEDS:
        place[NEEDS[name]] = other(path, NEEDS[name], None)
    if path == ("pension", "pay"):  # shares of a whole: another one gives way
        partner = "weekly" if name != "weekly" else "monthly"
        place[name] = value - 0.1
        place[partner] = round(place[partner] + 0.1, 3)
    return dict(data)


@pytest.mark.parametrize(("path", "name", "value", "field"), FIELDS, ids=NAMES)
def test_the_digest_changes_with_every_field(
    path: tuple[str, ...], name: str, value: object, field: Any
) -> None:
    data = changed(path, name, value)
    assert Scenario.model_validate(data).digest != with_part(path).digest


@pytest.mark.parametrize("part", NEEDS)
def test_who_watches_somebody_counts_and_needs_them(part: str) -> None:
    watched = {NEEDS[part]: WITH[NEEDS[part]]}
    watching = {part: WITH[part]}
    assert Scenario(**watched, **watching).digest != Scenario(**watched).digest
    with pytest.raises(ValidationError, match=f"{part} needs {NEEDS[part]}, which is not given"):
        Scenario(**watching)


def test_crowds_that_are_not_there_do_not_count() -> None:
    """Fitting one ecology anew leaves the results of the others what they are."""
    refitted = SwitchingSpec(herds=7)
    assert Scenario(switching=refitted).digest == Scenario().digest
    chosen = Scenario(ecology="switching", switching=refitted)
    assert chosen.digest != Scenario(ecology="switching").digest
    assert set(chosen.model_dump()) >= {"ecology", "switching"}
    assert {"belief", "chiarella"}.isdisjoint(chosen.model_dump())
    assert Scenario.model_validate(chosen.model_dump()) == chosen


def test_equal_scenarios_have_equal_digests() -> None:
    assert Scenario().digest == Scenario(step_seconds=14_400).digest == Scenario().digest
    spec = Scenario()
    assert copy.deepcopy(spec) is spec
    assert hash(spec) == hash(Scenario())


@pytest.mark.parametrize(
    ("data", "field", "told"),
    [
        ({"step_seconds": 0}, "step_seconds", "greater than or equal to 1"),
        ({"step_seconds": 7}, "", "step_seconds 7 must divide a day (86400 s)"),
        ({"holders": {"elasticity": 3.0}}, "holders.elasticity", "less than or equal to 2"),
        ({"holders": {"colour": 1}}, "holders.colour", "Extra inputs are not permitted"),
        ({"belief": {"news_share": float("nan")}}, "belief.news_share", "finite number"),
        ({"makers": {"levels": 0}}, "makers.levels", "greater than or equal to 1"),
        ({"venues": []}, "", "venues must name at least one venue"),
        (
            {"venues": [{"name": "a", "share": 0.5}]},
            "",
            "must sum to 1 (the whole market), got 0.5",
        ),
        (
            {"venues": [{"name": "a", "share": 0.5}, {"name": "a", "share": 0.5}]},
            "",
            "venues must have different names, got ['a', 'a']",
        ),
        (
            {"venues": [{"name": "a", "share": 1.0, "maker_ppm": -400, "taker_ppm": 300}]},
            "venues.0",
            "maker_ppm -400 must be >= -taker_ppm -300",
        ),
        ({"start": "yesterday"}, "start", "valid date"),
        ({"ecology": "fish"}, "ecology", "'fcn', 'switching' or 'chiarella'"),
    ],
)
def test_errors_name_field_value_and_what_is_allowed(
    data: dict[str, Any], field: str, told: str
) -> None:
    with pytest.raises(ValidationError) as error:
        Scenario.model_validate(data)
    problem = error.value.errors()[0]
    assert ".".join(str(part) for part in problem["loc"]) == field
    assert told in problem["msg"]
    assert "input_value=" in str(error.value)


def test_a_scenario_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Scenario().step_seconds = 60  # type: ignore[misc]


CUSTOM = Scenario(
    start=dt.date(2027, 3, 1),
    step_seconds=3600,
    venues=(VenueSpec(name="one", share=0.25, taker_ppm=10), VenueSpec(name="two", share=0.75)),
    holders=HolderSpec(elasticity=0.1, accounts=777),
    belief=BeliefSpec(excited=False, news_share=1.0 / 3.0),
    makers=MakerSpec(firms=3),
    arbitrage=ArbitrageSpec(edge=0.0),
    matching=False,
)


def toml(data: dict[str, Any]) -> str:
    """Write plain data as TOML: inline tables will do."""

    def inline(value: Any) -> str:
        if isinstance(value, dict):
            entries = (f"{k} = {inline(v)}" for k, v in value.items() if v is not None)
            return "{ " + ", ".join(entries) + " }"
        if isinstance(value, list):
            return "[" + ", ".join(map(inline, value)) + "]"
        return json.dumps(value)

    return "\n".join(f"{key} = {inline(value)}" for key, value in data.items())


@pytest.mark.parametrize("suffix", [".toml", ".json"])
def test_a_file_gives_back_the_same_scenario(tmp_path: Path, suffix: str) -> None:
    data = json.loads(CUSTOM.model_dump_json())
    path = tmp_path / f"scenario{suffix}"
    path.write_text(toml(data) if suffix == ".toml" else CUSTOM.model_dump_json())
    loaded = Scenario.load(path)
    assert loaded == CUSTOM
    assert loaded.digest == CUSTOM.digest != Scenario().digest


def test_a_file_may_say_only_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text("step_seconds = 3600\n[holders]\nelasticity = 0.5\n")
    assert Scenario.load(path) == Scenario(step_seconds=3600, holders=HolderSpec(elasticity=0.5))


def test_a_part_that_is_changed_in_one_field_keeps_its_own_defaults_in_the_others() -> None:
    routes = {"menu": {"asset_reach": 0.5}}
    loaded = Scenario.model_validate({"pension": {"routes": routes}}).pension.routes.menu
    assert loaded.asset_reach == 0.5
    assert loaded.action_rate == Scenario().pension.routes.menu.action_rate is not None


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"scenario\.yaml must end in \.toml or \.json"):
        Scenario.load(tmp_path / "scenario.yaml")


def test_reach_and_width_follow_from_the_elasticity() -> None:
    spec = HolderSpec(elasticity=0.25, near_slope=12.5)
    assert spec.reach == pytest.approx(1.0986122886681098)  # log 3
    assert spec.width == 0.02
