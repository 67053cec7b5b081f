"""Every code that stands as a source is on docs/sources.md, or on the page that it names."""

from __future__ import annotations

import importlib.util
import re
from types import ModuleType

import pytest

from tests.docs.pages import ROOT
from tidegate.validation.catalogue import all_cases


@pytest.fixture(scope="module")
def made() -> ModuleType:
    """Return the script that writes the page."""
    spec = importlib.util.spec_from_file_location("sources", ROOT / "docs" / "sources.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def known(made: ModuleType) -> set[str]:
    """Return all codes that say something."""
    table = made.read()
    facts = {code for part in ("numbers", "mechanics", "science") for code in table[part]}
    tests = {case.id for case in all_cases()}
    return facts | tests | set(made.actors()) | set(made.statements())


def test_every_code_in_use_resolves(made: ModuleType, known: set[str]) -> None:
    lost = {f"{name}: {code}" for name, text in made.files() for code in made.codes(text) - known}
    assert not lost, "say what they stand for in docs/sources.toml"


def test_every_entry_is_in_use(made: ModuleType) -> None:
    table = made.read()
    used = set().union(*(made.codes(text) for _, text in made.files()))
    entries = {*table["numbers"], *table["mechanics"], *table["science"], *table["spans"]}
    assert entries - used == set()
    assert set(table["spans"]) <= set(made.statements())


def test_every_family_of_acceptance_tests_has_its_law(made: ModuleType) -> None:
    assert set(made.read()["science"]) == {case.family for case in all_cases()}


def test_entries_have_a_line_and_a_source(made: ModuleType) -> None:
    table = made.read()
    assert set(table["articles"]) == set(made.FAMILIES)
    for part in ("numbers", "mechanics", "science"):
        for code, entry in table[part].items():
            assert set(entry) == {"says", "of"}, code
            assert all(text and "\n" not in text for text in entry.values()), code


def test_the_page_is_as_the_file_has_it(made: ModuleType) -> None:
    assert (ROOT / "docs" / "sources.md").read_text() == made.main(), f"run: {made.COMMAND}"


def test_a_code_that_says_nothing_is_noticed(made: ModuleType, known: set[str]) -> None:
    assert made.codes('source="MIN-N, October 2025"') - known == {"MIN-N"}
    assert made.codes("as in S0 and KZ-N99; see PEN-H1, X3 and S1.4") - known == {"S0", "KZ-N99"}
    assert re.findall(made.CODE, "S&P -2.7 %, M&A, PEN-H, S25.5a") == ["PEN-H", "S25.5a"]
