"""docs/actors.md names every actor of the articles, and every name in it exists."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from tidegate.scenario.deposit_presets import exchange_presets
from tidegate.scenario.state_presets import state_presets

PAGE = (Path(__file__).parents[1] / "docs" / "actors.md").read_text()
ROWS = re.findall(r"^\| ([A-Z]+-A\d+) \|.*\| (.+) \|$", PAGE, re.MULTILINE)
NAMES = sorted(set(re.findall(r"`(tidegate[\w.]+)`", PAGE)))


def found(name: str) -> object:
    """Return what a dotted name stands for: a module's, or a field of a class."""
    parts = name.split(".")
    for end in range(len(parts) - 1, 0, -1):
        try:
            place: object = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            fields = getattr(place, "model_fields", {})
            place = fields[part] if part in fields else getattr(place, part)
        return place
    raise ModuleNotFoundError(name)


def test_every_actor_has_a_row() -> None:
    assert [row for row, _ in ROWS] == [
        *(f"KZ-A{number}" for number in range(1, 22)),
        *(f"PEN-A{number}" for number in range(1, 23)),
        *(f"MAC-A{number}" for number in range(1, 18)),
        *(f"MIN-A{number}" for number in range(1, 15)),
        *(f"LEV-A{number}" for number in range(1, 32)),
        *(f"HACK-A{number}" for number in range(1, 10)),
    ]
    assert len(ROWS) == 114
    assert all("`tidegate" in where for _, where in ROWS)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_exists(name: str) -> None:
    assert found(name) is not None


def test_a_name_that_does_not_exist_is_noticed() -> None:
    with pytest.raises(AttributeError):
        found("tidegate.agents.sovereign_fund.KingdomFund")
    with pytest.raises(AttributeError):
        found("tidegate.scenario.sovereign.StateSpec.crown_jewels")


def test_every_state_named_comes_with_the_package() -> None:
    named = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", PAGE))
    assert named
    assert named <= set(state_presets())


def test_every_exchange_named_comes_with_the_package() -> None:
    named = re.findall(r"`([a-z]+)` of `tidegate\.scenario\.deposit_presets\.load_exchange`", PAGE)
    assert "ftx" in named
    assert set(named) <= set(exchange_presets())
