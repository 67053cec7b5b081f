"""Every value of a scenario has a flat name, and can be changed by it."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.scenario import Scenario, VenueSpec, flat
from tidegate.scenario.collateral_coins import CollateralSpec
from tidegate.scenario.frozen import Frozen
from tidegate.scenario.lending import LendingSpec
from tidegate.scenario.leveraged import LeveragedScenario
from tidegate.scenario.levers import Levers
from tidegate.scenario.predator import PredatorSpec
from tidegate.scenario.rule_dial import RuleDial
from tidegate.scenario.venue_parts import BreakerRule

SPOT = Scenario()
LEVERAGED = LeveragedScenario()
FULL = LeveragedScenario(
    lending=LendingSpec(),
    predator=PredatorSpec(),
    collateral=CollateralSpec(),
    dial=RuleDial(leverage_cap=20, breaker=BreakerRule()),
)
SPECS = (SPOT, LEVERAGED, FULL)


@cache
def leaves(which: int) -> dict[str, object]:
    return flat.paths(SPECS[which])


specs = st.integers(0, len(SPECS) - 1)


@given(st.data(), specs)
def test_every_value_can_be_set_to_what_it_is(data: st.DataObject, which: int) -> None:
    path = data.draw(st.sampled_from(sorted(leaves(which))))
    spec, value = SPECS[which], leaves(which)[path]
    assert flat.value_at(spec, path) == value
    changed = flat.override(spec, {path: value})
    assert changed == spec
    assert changed.model_dump_json() == spec.model_dump_json()


@given(st.data(), specs)
def test_any_set_of_values_makes_the_round_trip_through_text(
    data: st.DataObject, which: int
) -> None:
    chosen = data.draw(st.sets(st.sampled_from(sorted(leaves(which)))))
    changes = {path: leaves(which)[path] for path in chosen}
    texts = flat.written(changes)
    assert set(flat.read(texts)) == chosen
    assert flat.override(SPECS[which], flat.read(texts)) == SPECS[which]


@pytest.mark.parametrize("spec", SPECS, ids=("spot", "leveraged", "full"))
def test_values_under_all_paths_make_the_scenario(spec: Frozen) -> None:
    assert flat.override(spec, flat.paths(spec)) == spec


@given(
    elasticity=st.floats(0.005, 2.0),
    share=st.floats(0.01, 0.99),
    accounts=st.integers(100, 5_000_000),
)
def test_what_is_set_is_there_and_nothing_else_moves(
    elasticity: float, share: float, accounts: int
) -> None:
    changes = {
        "holders.elasticity": elasticity,
        "holders.accounts": accounts,
        "venues.offshore.share": share,
        "venues.1.share": 1.0 - share,
    }
    before = flat.paths(SPOT)
    after = flat.paths(flat.override(SPOT, changes))
    changes["venues.onshore.share"] = changes.pop("venues.1.share")
    assert after == {**before, **changes}
    assert flat.paths(SPOT) == before


@given(specs, st.text(max_size=30))
def test_an_unknown_path_is_refused_by_name(which: int, path: str) -> None:
    if flat.exists(SPECS[which], path):
        return
    with pytest.raises(ValueError, match=r"does not exist|nothing below") as caught:
        flat.override(SPECS[which], {path: 1})
    assert repr(path) in str(caught.value)


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("holders.elastisity", "holders.elasticity"),
        ("elasticity", "holders.elasticity"),
        ("holder.elasticity", "holders.elasticity"),
        ("venues.offshor.share", "venues.offshore.share"),
        ("venues.7.share", "venues.onshore.share"),
        ("holders.elasticity.x", "holders.elasticity"),
        ("pensions", "pension"),
    ],
)
def test_the_nearest_paths_are_suggested(path: str, meant: str) -> None:
    with pytest.raises(ValueError, match="nearest are") as caught:
        flat.override(SPOT, {path: 1})
    assert meant in str(caught.value).partition("nearest are ")[2].split(", ")


def test_entries_have_their_names_or_else_their_places() -> None:
    twice = SPOT.model_copy(update={"venues": (SPOT.venues[0], SPOT.venues[0])})
    dotted = SPOT.model_copy(update={"venues": (VenueSpec(name="a.b", share=1.0),)})
    assert "venues.offshore.share" in flat.paths(SPOT)
    assert "venues.0.share" in flat.paths(twice)
    assert "venues.0.share" in flat.paths(dotted)
    assert flat.value_at(FULL, "collateral.coins.USDe.listings.bybit.depth") == 44.5e6
    assert flat.value_at(LEVERAGED, "quotes.depth.0") == 50e6


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"holders.elasticity": 5}, "holders.elasticity=5: .*allowed: >= 0.005 and <= 2"),
        ({"holders.accounts": "many"}, "holders.accounts='many': .*valid integer"),
        ({"venues.offshore.share": 0.5}, "venues.offshore.share=0.5: .*sum to 1.*0.73"),
        ({"pension.pay.weekly": 0.9}, "pension.pay.weekly=0.9: .*must sum to 1"),
        ({"asset": {"price": -1}}, "asset={'price': -1} at price: .*greater than or equal to 1"),
        ({"pension.curve": "straight"}, "pension.curve='straight': .*'bass' or 'logistic'"),
        ({"matching": "maybe"}, "matching='maybe': .*boolean"),
        ({"holders.elasticity": float("nan")}, "holders.elasticity=nan: .*finite"),
    ],
)
def test_a_value_that_is_refused_is_named_with_what_is_allowed(
    changes: dict[str, object], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        flat.override(SPOT, changes)


def test_all_refused_values_of_a_part_are_told_at_once() -> None:
    with pytest.raises(ValueError, match="holders") as caught:
        flat.override(SPOT, {"holders.elasticity": 9, "holders.accounts": 1})
    assert len(str(caught.value).splitlines()) == 2


def test_one_value_is_not_changed_twice() -> None:
    for paths in (("venues.0.share", "venues.offshore.share"), ("asset", "asset.price")):
        with pytest.raises(ValueError, match=f"{paths[0]}, {paths[1]} change the same value"):
            flat.override(SPOT, dict.fromkeys(paths, 1.0))
    with pytest.raises(ValueError, match="changed twice"):
        flat.read(["a.b=1", "a.b = 2"])


def test_an_optional_part_is_set_as_a_whole_and_then_has_paths() -> None:
    with pytest.raises(ValueError, match=r"lending is None.*lending=\{"):
        flat.override(LEVERAGED, {"lending.funds": 0.1})
    assert flat.left_out(LEVERAGED, "lending.funds") == "lending"
    assert flat.left_out(LEVERAGED, "lending") is None
    assert flat.left_out(LEVERAGED, "nowhere.funds") is None
    lent = flat.override(LEVERAGED, {"lending": {}})
    assert lent.lending == LendingSpec()
    assert flat.left_out(lent, "lending.funds") is None
    assert flat.override(lent, {"lending": None}) == LEVERAGED


def test_parts_keep_their_kind() -> None:
    changed = flat.override(SPOT, {"pension.routes.window.asset_reach": 0.5})
    assert [type(route) for _, route in changed.pension.routes] == [
        type(route) for _, route in SPOT.pension.routes
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x=1", 1),
        ("x=1e9", 1e9),
        ("x = 0.5 ", 0.5),
        ("x=true", True),
        ("x=null", None),
        ("x=None", None),
        ("x=none", "none"),
        ("x=slice", "slice"),
        ("x=2026-01-05", "2026-01-05"),
        ("x=[1, 2]", [1, 2]),
        ('x={"y": 1}', {"y": 1}),
        ("x=a=b", "a=b"),
    ],
)
def test_texts_are_read(text: str, value: object) -> None:
    assert flat.read([text]) == {"x": value}


@pytest.mark.parametrize("text", ["x", "x=", "=1", "", " = "])
def test_texts_that_say_nothing_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="path=value"):
        flat.read([text])


@pytest.mark.parametrize("spec", SPECS, ids=("spot", "leveraged", "full"))
def test_no_lever_has_the_name_of_a_value(spec: Frozen) -> None:
    assert not [lever for lever in Levers.names() if flat.exists(spec, lever)]
