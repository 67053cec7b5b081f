"""The examples of README and docs run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
FENCE = re.compile(r"```python\n(.*?)```", flags=re.S)
# The blocks of the README stand alone; those of a page of docs follow on one another. Pages with
# prompts have tests of their own.
BLOCKS = FENCE.findall(README.read_text())
PAGES = [
    page
    for page in sorted((ROOT / "docs").glob("*.md"))
    if FENCE.search(page.read_text()) and ">>>" not in page.read_text()
]


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_example_runs(block: str) -> None:
    exec(compile(block, str(README), "exec"), {"__name__": "readme"})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples_of_a_page_run(page: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "docs"}
    for block in FENCE.findall(page.read_text()):
        exec(compile(block, str(page), "exec"), names)


def test_there_are_examples_and_the_two_commands() -> None:
    assert len(BLOCKS) >= 2
    assert len(PAGES) >= 2
    text = README.read_text()
    assert "pip install -e . && python -m experiments.pension_entry" in text
    assert 'pip install -e ".[test]" && pytest' in text


def test_a_foreign_model_with_four_kinds_of_agents_takes_thirty_lines() -> None:
    (block,) = FENCE.findall((ROOT / "docs" / "agents.md").read_text())
    body = block[block.index("class Bazaar") : block.index("bazaar = ")]
    lines = [line for line in body.splitlines() if line.strip()]
    assert len(lines) <= 30
    assert max(map(len, block.splitlines())) <= 100
    for kind in ("PensionFund(", "SovereignFund(", "RetailTrader(", "Exchange("):
        assert kind in body
    assert "toml" not in block
    assert "Scenario" not in block
