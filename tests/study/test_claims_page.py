"""The ledger of the experiments that come with tidegate, as it is printed and as it is kept."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from tidegate.cli import main

PAGE = Path(__file__).parents[2] / "docs/ledger.md"


@pytest.fixture
def printed(capsys):
    def out(*options):
        assert main(["claims", *options]) == 0
        return capsys.readouterr().out

    return out


def test_every_row_takes_a_line_or_two_of_eighty_columns(printed):
    listed, _, _ = printed("--list").partition("Claims on no row")
    lines = listed.splitlines()
    assert max(map(len, lines)) <= 80
    assert sum(bool(re.match(r"[A-Z]+(-H)?\d+[a-z]? ", line)) for line in lines) == 135
    longer = [a for a, b in itertools.pairwise(lines) if a[:1] == b[:1] == " "]
    assert longer == []


def test_the_whole_ledger_counts_135_rows_within_eighty_columns(printed):
    text = printed()
    assert max(map(len, text.splitlines())) <= 80
    assert "\n 135 rows\n" in text


def test_the_page_in_docs_is_up_to_date(printed):
    assert printed("--markdown") == PAGE.read_text(), (
        "run: tidegate claims --markdown > docs/ledger.md"
    )
