"""Packages that gather names give each of them, and import none before it is asked for."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = ["tidegate.agents", "tidegate.scenario"]


@pytest.mark.parametrize("name", PACKAGES)
def test_what_type_checkers_see_is_what_is_found(name: str) -> None:
    package = importlib.import_module(name)
    tree = ast.parse(Path(str(package.__file__)).read_text())
    (seen,) = [node for node in tree.body if isinstance(node, ast.If)]
    imported = {
        alias.name: node.module
        for node in seen.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert set(imported) == set(package.__all__)
    for each, home in imported.items():
        assert getattr(package, each) is getattr(importlib.import_module(str(home)), each)


def test_the_core_gives_each_of_its_names() -> None:
    import tidegate_core
    from tidegate_core.book import OrderBook
    from tidegate_core.ledger import Ledger

    assert tidegate_core.OrderBook is OrderBook
    assert tidegate_core.Ledger is Ledger
    assert all(hasattr(tidegate_core, name) for name in tidegate_core.__all__)
    with pytest.raises(ImportError, match="OrderBok"):
        exec("from tidegate_core import OrderBok")


def test_a_name_that_is_not_there_is_refused() -> None:
    with pytest.raises(ImportError, match="PensionFond"):
        exec("from tidegate.agents import PensionFond")


@pytest.mark.parametrize(
    ("asked", "spared"),
    [
        ("import tidegate.cli", ["mesa", "altair", "scipy.stats", "tidegate.model"]),
        ("from tidegate.agents import PensionFund", ["polars", "scipy.stats", "tyro"]),
        ("import tidegate_core", ["numpy", "polars", "scipy", "pydantic", "tidegate"]),
    ],
)
def test_who_asks_for_one_thing_does_not_wait_for_others(asked: str, spared: list[str]) -> None:
    program = f"import sys; {asked}; print(*[m for m in {spared} if m in sys.modules])"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == []
