"""What README and the page on agents promise; their examples run in tests/docs."""

from __future__ import annotations

from tests.docs.pages import ROOT, blocks


def test_there_are_examples_and_the_two_commands() -> None:
    assert len([block for block in blocks("README.md") if block.language == "python"]) >= 2
    text = (ROOT / "README.md").read_text()
    assert "pip install -e . && python -m experiments.pension_entry" in text
    assert 'pip install -e ".[test]" && pytest' in text


def test_a_foreign_model_with_four_kinds_of_agents_takes_thirty_lines() -> None:
    (block,) = [block.text for block in blocks("docs/agents.md")]
    body = block[block.index("class Bazaar") : block.index("bazaar = ")]
    lines = [line for line in body.splitlines() if line.strip()]
    assert len(lines) <= 30
    assert max(map(len, block.splitlines())) <= 100
    for kind in ("PensionFund(", "SovereignFund(", "RetailTrader(", "Exchange("):
        assert kind in body
    assert "toml" not in block
    assert "Scenario" not in block
