"""What README and the page on agents promise; their examples run in tests/docs."""

from __future__ import annotations

import re

from tests.docs.pages import ROOT, blocks
from tidegate.study.ledger import Standing, read_ledger
from tidegate.study.packages import experiments_in

COUNTS = re.compile(
    r"(\d+) are decided by the market, (\d+) follow from assumption, (\d+) are not decidable, "
    r"(\d+) ran and are undecided, (\d+) wait\."
)


def test_there_are_examples_and_the_two_commands() -> None:
    assert len([block for block in blocks("README.md") if block.language == "python"]) >= 2
    text = (ROOT / "README.md").read_text()
    assert "pip install -e . && python -m experiments.pension_entry" in text
    assert 'pip install -e ".[test]" && pytest' in text


def test_the_counts_are_those_of_the_ledger() -> None:
    [said] = COUNTS.findall(" ".join((ROOT / "README.md").read_text().split()))
    ledger = read_ledger(ROOT / "experiments", {e.name: e for e in experiments_in("experiments")})
    order = ("MARKET", "ASSUMPTION", "UNDECIDABLE", "UNDECIDED", "NONE")
    assert [int(count) for count in said] == [ledger.counts[Standing[name]] for name in order]


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
