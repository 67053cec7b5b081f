"""`tidegate ecologies`: a table a reader can hold against the bands."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
import pytest

from tidegate.cli import main
from tidegate.scenario import Scenario
from tidegate.scenario.flat import override
from tidegate.validation import ecologies
from tidegate.validation.ecologies import Stretch, crowd_facts, market_facts, table

SHORT = {"day": Stretch(70, 86_400), "hour": Stretch(20, 3_600), "minute": Stretch(1, 60)}


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ecologies, "STRETCHES", SHORT)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert main(["ecologies", "--workers", "1", *words]) == 0
    return capsys.readouterr().out.splitlines()


def test_it_prints_a_row_a_band_and_a_column_an_ecology(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = run(capsys, "--seeds", "2", "--first-seed", "7")
    assert lines[0] == "crowd alone, seeds 7 to 8: mean (seeds inside), * kept"
    assert lines[2] == "| bars | fact | band | fcn | switching | chiarella |"
    assert any(
        line.startswith("| minute | excess kurtosis, 1 minute | 6 to 60 |") for line in lines
    )
    assert not any("log volume" in line for line in lines)  # a crowd alone trades nothing
    assert {len(line.split(" | ")) for line in lines[2:]} == {6}


def test_it_runs_one_ecology_alone(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, "--seeds", "1", "--only", "chiarella")
    assert lines[2] == "| bars | fact | band | chiarella |"


def test_it_prints_every_seed_s_figures_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, "--seeds", "2", "--only", "chiarella", "--json")
    found = json.loads("\n".join(lines))
    assert list(found) == ["chiarella"]
    assert len(found["chiarella"]) == 2
    assert found["chiarella"][0] != found["chiarella"][1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--only", "fish"], "--only is 'fish'; it must be fcn or switching or chiarella"),
        (["--seeds", "0"], "--seeds is 0; it must be 1 or more"),
        (["--first-seed", "-1"], "--first-seed is -1; it must be 0 or more"),
        (
            ["--only", "chiarella", "--change", "belief.news_share=0.5"],
            "--change belief.news_share is no value of a crowd alone (chiarella); with --market",
        ),
        (["--change", "chiarella.tlit=0"], "chiarella.tlit"),
        (["--market", "--change", "ecology=fcn"], "--change ecology: the table has a column"),
        (["--change", "chiarella.trends=0"], "chiarella.trends"),
    ],
)
def test_what_it_cannot_run_is_refused(
    words: Sequence[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ecologies", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_band_is_kept_by_four_seeds_in_five_and_their_mean() -> None:
    name = "hour kurtosis_1"  # from 6 to 25
    runs = {
        "fcn": [{name: value} for value in (7.0, 8.0, 9.0, 10.0, 26.0)],
        "switching": [{name: value} for value in (7.0, 8.0, 9.0, 10.0, 1000.0)],
        "chiarella": [{name: value} for value in (7.0, 8.0, 9.0, 26.0, 26.0)],
    }
    head, *rows = table(runs)  # type: ignore[arg-type]
    assert head == ("bars", "fact", "band", "fcn", "switching", "chiarella")
    assert rows == [
        ("hour", "excess kurtosis, 1 hour", "6 to 25", "12 (80%)*", "207 (80%)", "15.2 (60%)")
    ]


def test_crowd_and_market_measure_the_same_facts() -> None:
    stretches = {"hour": SHORT["hour"]}
    spec = Scenario(ecology="chiarella")
    alone = crowd_facts(spec, 3, stretches)
    whole = market_facts(spec, 3, stretches)
    assert set(alone) == set(whole)
    assert alone != whole


@pytest.mark.parametrize("measure", [crowd_facts, market_facts])
def test_a_part_of_a_crowd_can_be_taken_away(measure: Callable[..., dict[str, float]]) -> None:
    """Noise traders whom trends do not attract are of one size: no clusters."""
    stretches = {"hour": SHORT["hour"]}
    spec = Scenario(ecology="chiarella")
    bare = override(spec, {"chiarella.attraction": 0.0})
    assert measure(spec, 3, stretches) == measure(override(spec, {}), 3, stretches)
    assert measure(bare, 3, stretches) != measure(spec, 3, stretches)


def test_what_was_changed_is_said_and_another_crowd_stays(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ("--seeds", "1", "--only", "switching", "chiarella")
    plain, bare = run(capsys, *words), run(capsys, *words, "--change", "chiarella.attraction=0")
    assert bare[0].startswith("crowd alone, chiarella.attraction=0, seeds")
    columns = [[line.split(" | ")[3:] for line in lines[4:]] for lines in (plain, bare)]
    assert [row[0] for row in columns[0]] == [row[0] for row in columns[1]]
    assert [row[1] for row in columns[0]] != [row[1] for row in columns[1]]


def test_bars_are_of_all_venues_together() -> None:
    ticks = pl.DataFrame(
        {
            "venue": ["a", "b"] * 4,
            "seconds": np.repeat([1800, 3600, 5400, 7200], 2),
            "close": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
            "volume": [3.0, 1.0] * 4,
        }
    )
    bars = ecologies._bars(ticks, 3600)
    assert bars["price"].to_list() == [3.25, 7.25]
    assert bars["volume"].to_list() == [8.0, 8.0]
