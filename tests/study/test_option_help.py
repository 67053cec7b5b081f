"""What ``--help`` of an experiment says of defaults, of switches and of ranges."""

from __future__ import annotations

from dataclasses import replace

import pytest
from toy_experiments import walk

from tidegate.study.experiment import Parameters, parameter
from tidegate.study.options import parse


class Switches(Parameters):
    days: int = parameter(20, "Length of the run", unit="d", source="test", ge=2)
    trade: bool = parameter(True, "False freezes prices", unit="", source="test")
    ages: bool = parameter(True, "False: nobody ages", unit="", source="test")
    sold: bool = parameter(True, "Collateral is sold", unit="", source="test")
    alike: bool = parameter(False, "True: all look alike", unit="", source="test")


SMALL = replace(walk.EXPERIMENT, preview={"days": 5}, quick={"days": 3})
SWITCHED = replace(walk.EXPERIMENT, parameters=Switches)


def told(experiment, capsys, *argv):
    with pytest.raises(SystemExit) as stop:
        parse(experiment, [*argv, "--help"])
    assert stop.value.code == 0
    return " ".join(capsys.readouterr().out.replace("│", " ").split())


@pytest.mark.parametrize("argv", [(), ("--seeds", "8"), ("--ledger",)])
def test_a_smaller_preview_shows_both_defaults(capsys, argv):
    words = told(SMALL, capsys, *argv)
    assert "Length of the run. Unit: d. Allowed: >= 2 and <= 10000. Source: test." in words
    assert "(default: 5 in a preview, 20 with --seeds, --ledger)" in words
    assert "Source: test. (default: 0.01)" in words  # the same in both


def test_quick_shows_its_own(capsys):
    assert "(default: 3)" in told(SMALL, capsys, "--quick")


def test_any_number_of_seeds_takes_the_published_world(capsys):
    words = told(SMALL, capsys)
    assert "any --seeds, 8 too, takes the published world" in words
    assert "(default: 8, of a preview)" in words
    assert parse(SMALL, ["--seeds", "8"])[1].days == 20
    assert parse(SMALL, [])[1].days == 5


def test_first_seed_says_where_the_ledger_begins(capsys):
    words = told(SMALL, capsys)
    assert "0 for development, 1000 for calibration" in words
    assert "the ledger takes 10000 and more; --ledger begins at 40000" in words


def test_a_switch_says_what_giving_it_does(capsys):
    words = told(SWITCHED, capsys)
    for said in (
        "--no-trade Freezes prices. Source: test. (default: not given)",
        "--no-ages Nobody ages. Source: test. (default: not given)",
        "--no-sold Switches off: Collateral is sold. Source: test. (default: not given)",
        "--alike All look alike. Source: test. (default: not given)",
    ):
        assert said in words
    assert "False" not in words.replace("(default: False)", "")
