"""Tables of text: columns stay apart, and names of any length fit a terminal."""

from __future__ import annotations

import pytest

from tidegate.study.text_table import named_rows, shortened, stacked

LONG = "pension.routes.default.asset_reach.of_all_that_there_is_to_be_had_anywhere"


def test_a_short_name_shares_its_line():
    rows = [["parameter", "total"], ["lift", "0.50 [0.40, 0.60]"]]
    assert list(named_rows(rows, "<>")) == [
        "parameter              total",
        "lift       0.50 [0.40, 0.60]",
    ]


def test_a_long_name_has_a_line_of_its_own():
    lines = list(named_rows([["parameter", "total"], [LONG, "0.50 [0.40, 0.60]"]], "<>"))
    assert lines[1] == LONG
    assert lines[2].strip() == "0.50 [0.40, 0.60]"
    assert {len(line) for line in (lines[0], lines[2])} == {80}


@pytest.mark.parametrize(("width", "shown"), [(9, "abcdefghi"), (5, "ab…hi"), (6, "abc…hi")])
def test_the_middle_of_a_name_is_left_out(width, shown):
    assert shortened("abcdefghi", width) == shown


def test_headings_are_shortened_to_fit():
    names = ["trial", f"{LONG}.x", f"{LONG}.y", "cost"]
    head, row = stacked([names, ["0", "0.25", "0.5", "1.5"]])
    assert len(head) == len(row) <= 80
    assert head.split()[0::3] == ["trial", "cost"]
    assert row.split() == ["0", "0.25", "0.5", "1.5"]


@pytest.mark.parametrize("number", [12, 30])
def test_columns_that_do_not_fit_go_below_one_another(number):
    names = ["trial", *(f"a.long.path.number.{place}" for place in range(number))]
    lines = list(stacked([names, *([[str(row)] * (number + 1) for row in (7, 8)])]))
    assert max(map(len, lines)) <= 80
    sevens = [line.split() for line in lines if line.split()[:1] == ["7"]]
    assert sum(len(row) - 1 for row in sevens) == number  # the first is the trial, each time


def test_names_that_differ_in_the_middle_are_not_made_the_same():
    names = ["trial", *(f"{'a' * 30}{place}{'z' * 30}" for place in range(4))]
    heads = [line.split() for line in stacked([names, ["1"] * 5]) if line.startswith("trial")]
    shown = [name for head in heads for name in head[1:]]
    assert shown == names[1:]
