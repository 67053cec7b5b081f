"""What is installed is what is in the tree."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_package_of_the_tree_is_installed() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    roots = {name: ROOT / folder for name, folder in settings["package-dir"].items()}
    found = {
        ".".join([name, *init.parent.relative_to(root).parts])
        for name, root in roots.items()
        for init in root.rglob("__init__.py")
    }
    assert found == set(settings["packages"])


def test_compiled_modules_have_stubs() -> None:
    sources = sorted((ROOT / "cext").rglob("*.pyx"))
    assert sources
    missing = [s.name for s in sources if not s.with_suffix(".pyi").exists()]
    assert not missing


def test_studies_and_records_that_are_data_ship_with_the_experiments() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    patterns = settings["package-data"]["experiments"] + settings["package-data"]["*"]
    home = ROOT / "experiments"
    shipped = {path for pattern in patterns for path in home.glob(pattern)}
    data = {p for p in home.rglob("*") if p.suffix in (".toml", ".json")}
    assert data
    assert data <= shipped
