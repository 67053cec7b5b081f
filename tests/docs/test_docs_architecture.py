"""The picture of the architecture shows the layers that lint-imports keeps."""

from __future__ import annotations

import tomllib
import xml.etree.ElementTree as ET

from tests.docs.pages import ROOT

SVG = ROOT / "docs" / "figures" / "architecture.svg"
TEXT = "{http://www.w3.org/2000/svg}text"
# What a reader must find; details such as `tidegate.keywords` are left to the contract.
DRAWN = (
    "experiments",
    "tidegate.commands",
    "tidegate.study",
    "tidegate.model",
    "tidegate.policies",
    "tidegate.agents",
    "tidegate.venue",
    "tidegate.books",
    "tidegate.scenario",
    "tidegate_crowd",
    "tidegate_core",
)


def contracts() -> dict[str, dict[str, list[str]]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    return {contract["id"]: contract for contract in settings["contracts"]}


def rows() -> dict[str, int]:
    """Return the place of every module among the layers, the highest first."""
    layers = contracts()["layers"]["layers"]
    return {
        name: place
        for place, layer in enumerate(layers)
        for name in layer.replace("|", " ").replace(":", " ").split()
    }


def shown(attribute: str) -> dict[str, float]:
    """Return how far down each name stands that the picture marks so."""
    found = ET.fromstring(SVG.read_text()).iter(TEXT)
    return {t.attrib[attribute]: float(t.attrib["y"]) for t in found if attribute in t.attrib}


def test_the_layers_are_drawn_in_the_order_of_the_contract() -> None:
    heights, places = shown("data-layer"), rows()
    assert set(heights) == set(DRAWN)
    assert sorted(heights, key=heights.__getitem__) == sorted(DRAWN, key=places.__getitem__)
    assert len({places[name] for name in DRAWN}) == len(DRAWN)


def test_what_stands_beside_is_forbidden_to_know_them() -> None:
    beside = contracts()["analysis-and-report"]
    assert set(shown("data-beside")) == set(beside["source_modules"])
    assert {"tidegate.study", "tidegate.model"} <= set(beside["forbidden_modules"])


def test_it_is_small_and_says_what_it_shows() -> None:
    text = SVG.read_text()
    assert len(text) < 20_000
    assert "<desc" in text
    assert "href" not in text  # nothing is fetched
