"""The ODD description: all its elements, names that exist, tables as the code has them."""

from __future__ import annotations

import importlib
import importlib.util
import re
from types import ModuleType

import pytest

from tests.docs.pages import ROOT
from tidegate.scenario.frozen import Frozen, quantity

PAGE = (ROOT / "docs" / "odd.md").read_text()
TABLES = ROOT / "docs" / "odd_tables.md"
SUBMODELS = re.findall(r"^\| .+ \| `([\w.]+)` \| `(tests/[\w/.]+)` \|$", PAGE, re.M)
ELEMENTS = (
    "Purpose and patterns",
    "Entities, state variables and scales",
    "Process overview and scheduling",
    "Design concepts",
    "Initialization",
    "Input data",
    "Submodels",
)
CONCEPTS = (
    "Basic principles",
    "Emergence",
    "Adaptation",
    "Objectives",
    "Learning",
    "Prediction",
    "Sensing",
    "Interaction",
    "Stochasticity",
    "Collectives",
    "Observation",
)


@pytest.fixture(scope="module")
def made() -> ModuleType:
    """Return the script that writes the tables."""
    spec = importlib.util.spec_from_file_location("odd_tables", ROOT / "docs" / "odd_tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_all_seven_elements_and_eleven_concepts_are_there_in_order() -> None:
    assert tuple(re.findall(r"^## \d\. (.+)$", PAGE, re.M)) == ELEMENTS
    assert tuple(re.findall(r"^\*\*([^*]+)\.\*\*", PAGE, re.M)) == CONCEPTS


@pytest.mark.parametrize(("module", "tests"), SUBMODELS)
def test_submodels_and_their_tests_exist(module: str, tests: str) -> None:
    importlib.import_module(module)
    assert (ROOT / tests).exists()


def test_there_are_submodels() -> None:
    assert len(SUBMODELS) > 30
    assert len({module for module, _ in SUBMODELS}) == len(SUBMODELS)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(tidegate[\w.]+)`", PAGE))))
def test_names_exist(name: str) -> None:
    head, _, last = name.rpartition(".")
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        assert hasattr(importlib.import_module(head), last)


def test_the_tables_are_current(made: ModuleType) -> None:
    current = made.main() == TABLES.read_text()
    assert current, f"a parameter or an agent has changed; run: {made.COMMAND}"


def test_a_field_has_its_unit_bounds_and_source(made: ModuleType) -> None:
    class Part(Frozen):
        """A part."""

        size: float = quantity(2.0, unit="m", source="a rule", about="How long.", gt=0, le=3)

    assert made.row("size", Part.model_fields["size"]) == (
        "`size`", "2", "m", "> 0, <= 3", "How long.", "a rule",
    )  # fmt: skip
