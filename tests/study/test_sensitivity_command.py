"""Sensitivity indices through the whole path: study file, sweep, indices, words, files."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from sweeping import Here
from toy_experiments import ishigami, trade_off

from tidegate.cli import main
from tidegate.commands import sensitivity
from tidegate.study.experiment import Timeline
from tidegate.study.plan import Plan
from tidegate.study.sensitivity import (
    MOSTLY,
    assess,
    outcome_named,
    outcome_of_claim,
    usual_outcome,
)
from tidegate.study.sensitivity_text import lines
from tidegate.study.study_file import StudyFile
from tidegate.study.sweep import read_results, run_sweep

pytest.importorskip("SALib", reason="needs the extra calibrate")

SPAN = {"low": -math.pi, "high": math.pi}
LIFTED = """
experiment = "ishigami"
from = "toy_experiments"
seeds = 2
[parameters]
noise = 0.3
[design]
kind = "sobol"
points = 16
[vary]
lift = { low = -8.0, high = 8.0 }
half = [true, false]
x1 = { low = -3.0, high = 3.0 }
"""


def planned(**changes):
    content = {
        "experiment": "ishigami",
        "from": "toy_experiments",
        "seeds": 1,
        "arms": ["plain"],
        "design": {"kind": "sobol", "points": 1024},
        "vary": {"x1": SPAN, "x2": SPAN, "x3": SPAN},
    }
    return Plan.made(StudyFile.model_validate({**content, **changes}), ishigami.EXPERIMENT)


def swept(out, **changes):
    plan = planned(**changes)
    run_sweep(plan, out, Here(), progress=False)
    return plan, read_results(out)


def truth():
    """Return the shares of variance of Ishigami's function, first and total."""
    a, b = ishigami.A, ishigami.B
    one = 0.5 * (1 + b * math.pi**4 / 5) ** 2
    two, three = a**2 / 8, b**2 * math.pi**8 * (1 / 18 - 1 / 50)
    whole = one + two + three
    return (
        {"x1": one / whole, "x2": two / whole, "x3": 0.0},
        {"x1": (one + three) / whole, "x2": two / whole, "x3": three / whole},
    )


@pytest.mark.slow  # five thousand runs
def test_sobol_indices_of_ishigami_are_the_analytic_ones(tmp_path):
    plan, results = swept(tmp_path)
    table = assess(plan, results, usual_outcome(plan)).indices.table
    for index, shares in zip(("first", "total"), truth(), strict=True):
        found = dict(table.filter(index=index).select("parameter", "value").iter_rows())
        assert found == pytest.approx(shares, abs=0.02)


def test_morris_ranks_and_lets_no_block_with_a_failed_point_in(tmp_path):
    plan, results = swept(
        tmp_path, design={"kind": "morris", "points": 12}, parameters={"fails_above": 3.0}
    )
    finding = assess(plan, results, usual_outcome(plan))
    assert finding.indices.failed > 0
    assert 0 < finding.indices.dropped == 12 - finding.indices.blocks
    assert set(finding.indices.ranking()) == {"x1", "x2", "x3"}


def test_morris_measures_levels_by_the_steps_that_they_allow(tmp_path):
    study = {
        "experiment": "trade_off",
        "from": "toy_experiments",
        "seeds": 1,
        "design": {"kind": "morris", "points": 6},
        "vary": {
            "rule": ["poor", "good"],
            "x": [0.0, 0.25, 0.5],
            "y": {"low": 0.25, "high": 1.0},
        },
    }
    plan = Plan.made(StudyFile.model_validate(study), trade_off.EXPERIMENT)
    run_sweep(plan, tmp_path, Here(), progress=False)
    found = assess(plan, read_results(tmp_path), outcome_named(plan, "cost")).indices.main()
    # The cost is x + y, and a half more where the rule is poor.
    sizes = dict(found.select("parameter", "value").iter_rows())
    assert sizes == pytest.approx({"rule": 0.5, "x": 0.5, "y": 0.75})


def test_what_rounding_leaves_of_an_index_is_printed_as_0(tmp_path):
    plan, results = swept(
        tmp_path,
        design={"kind": "morris", "points": 4},
        vary={"x2": SPAN, "lift": [0.0, 1.0]},  # the plain arm has no lift
    )
    noisy = results.with_columns(value=pl.col("value") + pl.col("lift") * 1e-15)
    finding = assess(plan, noisy, usual_outcome(plan))
    row = finding.indices.main().row(-1, named=True)
    assert row["parameter"] == "lift"
    assert 0 < row["value"] < 1e-12
    assert list(lines(finding))[-1].split() == ["lift", *["0", "[0,", "0]"] * 3]


def test_a_latin_hypercube_is_for_pawn_and_goes_on_without_failed_points(tmp_path):
    plan, results = swept(
        tmp_path, design={"kind": "latin-hypercube", "points": 100}, parameters={"fails_above": 2.5}
    )
    finding = assess(plan, results, usual_outcome(plan))
    assert finding.indices.method == "pawn"
    assert finding.indices.points == 100 - finding.indices.failed < 100
    with pytest.raises(ValueError, match="--method is 'morris'; the design is of kind 'latin"):
        assess(plan, results, usual_outcome(plan), method="morris")


@pytest.fixture(scope="module")
def lifted(tmp_path_factory):
    """Provide the file of a study and the directory of its finished sweep."""
    folder = tmp_path_factory.mktemp("lifted")
    (folder / "lifted.toml").write_text(LIFTED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tidegate.commands.sweep_options.open_executor", lambda *_: Here())
        patch.chdir(folder)
        assert main(["sensitivity", "lifted.toml", "--row", "TOY-H9"]) == 0
    return folder


def test_the_row_is_decided_by_what_its_effect_depends_on(lifted, capsys):
    folder = lifted / "results" / "lifted"
    found = json.loads((folder / "sensitivity.json").read_text())
    decision = found["decision"]
    assert decision["parameter"] == "lift"
    assert decision["turned_by"] == ["lift"]
    assert (found["method"], found["points"], found["blocks"]) == ("sobol", 80, 16)
    verdicts = [row["verdict"] for row in decision["ranges"]]
    assert (verdicts[0], verdicts[-1]) == ("contradicted", "supported")
    assert found["chance"] == pytest.approx(0.0, abs=1e-9)  # luck is the same at all points
    assert pl.read_parquet(folder / "sensitivity.parquet")["parameter"][0] == "lift"
    assert (folder / "sensitivity.png").read_bytes().startswith(b"\x89PNG")
    assert "effect on value" in (folder / "sensitivity.svg").read_text()


def test_a_finished_sweep_is_read_without_running_it_again(lifted, capsys, monkeypatch):
    monkeypatch.setattr(sensitivity, "run_sweep", None)
    assert main(["sensitivity", str(lifted / "results" / "lifted"), "--row", "TOY-H9"]) == 0
    printed = capsys.readouterr().out
    assert "Sobol' indices from 80 of 80 points" in printed
    assert "What matters most: lift" in printed
    assert "The verdict on TOY-H9 turns with: lift" in printed


def test_words_are_ranked_by_their_places(lifted, capsys):
    argv = ["sensitivity", str(lifted / "results" / "lifted"), "--method", "pawn", "--json"]
    assert main([*argv, "--outcome", "value:lifted-plain"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["method"] == "pawn"
    assert found["outcome"]["control"] == "plain"
    assert found["indices"][0]["parameter"] == "lift"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--row", "TOY-H8"], "row 'TOY-H8' is unknown to ishigami; nearest: TOY-H9"),
        (["--outcome", "valu"], "metric 'valu' is unknown to the sweep; nearest: value"),
        (["--outcome", "value:lifted-x"], "--outcome is 'value:lifted-x'; it must be METRIC"),
        (["--outcome", "value", "--row", "TOY-H9"], "give one"),
        (["--method", "morris"], "the design is of kind 'sobol'"),
        (["--outcome", "value:plain-plain"], "the control of value is 'plain', the arm itself"),
        (["--workers", "0"], "--workers is 0; it must be 1 or more"),
        (["--workers", "2"], "is a finished sweep: nothing runs"),
        (["--out", "elsewhere"], "--out is 'elsewhere', but"),
        (["--executor", "mpi"], "--executor is 'mpi', but"),
    ],
)
def test_what_cannot_be_asked_is_refused(lifted, capsys, argv, message):
    assert main(["sensitivity", str(lifted / "results" / "lifted"), *argv]) == 2
    assert message in capsys.readouterr().err


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Provide a writer of study files, in a directory that holds nothing else."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tidegate.commands.sweep_options.open_executor", lambda *_: Here())

    def write(old, new):
        assert old in LIFTED
        (tmp_path / "lifted.toml").write_text(LIFTED.replace(old, new))
        return "lifted.toml"

    return write


@pytest.mark.parametrize(
    ("old", "new", "argv", "message"),
    [
        ("points = 16", "points = 1", [], "has 1 block of 5 points; sobol needs 2 or more"),
        ("points = 16", "points = 8", ["--method", "pawn"], "8 blocks of 5 points; pawn needs 16"),
        ("points = 16", "points = 16", ["--method", "morris"], "--method is 'morris'"),
        ('"sobol"\npoints = 16', '"latin-hypercube"\npoints = 15', [], "15 points; pawn needs 16"),
    ],
)
def test_what_can_give_no_indices_is_refused_before_the_sweep(
    study, capsys, old, new, argv, message
):
    assert main(["sensitivity", study(old, new), *argv]) == 2
    assert message in capsys.readouterr().err
    assert not Path("results").exists()


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        (-4.0, "no run of the sweep could be finished"),
        (-2.9, "blocks of 5 points have an outcome, and 16 lost theirs"),
    ],
)
def test_runs_that_failed_are_named_where_they_leave_no_indices(study, capsys, limit, message):
    file = study("noise = 0.3", f"noise = 0.3\nfails_above = {limit}")
    for asked in (file, "results/lifted"):
        assert main(["sensitivity", asked]) == 1
        error = capsys.readouterr().err
        assert message in error
        assert ": ArithmeticError: x1 is too great); all are in" in error
        assert f"all are in {Path('results/lifted/failures.jsonl')}" in error


def test_outcomes_that_are_all_the_same_exit_with_one(study, capsys):
    file = study("lift = { low = -8.0, high = 8.0 }\n", "")
    assert main(["sensitivity", file, "--outcome", "value:lifted-plain"]) == 1
    assert "nothing varies it" in capsys.readouterr().err


def test_few_points_tell_of_intervals_that_they_are_open(tmp_path):
    plan, results = swept(
        tmp_path,
        arms=None,
        seeds=2,
        parameters={"lift": 1.0, "chaos": 2.0},
        vary={"x1": SPAN, "x2": SPAN},
        design={"kind": "morris", "points": 2},
    )
    outcome, claim = outcome_of_claim(plan, "TOY-H9")
    finding = assess(plan, results, outcome, claim=claim)
    printed = " ".join(lines(finding))
    assert "nan" not in printed
    assert "inf" not in printed
    assert "[open]" in printed
    assert "What matters most cannot be told" in printed
    assert "What turns the verdict on TOY-H9 cannot be told" in printed


def test_an_index_that_may_be_nothing_leads_nobody(tmp_path):
    plan, results = swept(
        tmp_path,
        arms=None,
        seeds=2,
        parameters={"lift": 1.0, "chaos": 2.0},
        vary={"x1": SPAN, "x2": SPAN},
        design={"kind": "latin-hypercube", "points": 40},
    )
    outcome, claim = outcome_of_claim(plan, "TOY-H9")
    finding = assess(plan, results, outcome, claim=claim)
    assert not finding.leads
    assert "What matters most cannot be told" in " ".join(lines(finding))


@pytest.mark.parametrize("row", [None, "TOY-H9"])
def test_what_is_printed_is_no_wider_than_a_terminal(lifted, row):
    plan = sensitivity._plan_of(lifted / "results" / "lifted")
    results = read_results(lifted / "results" / "lifted")
    outcome, claim = outcome_of_claim(plan, row) if row else (usual_outcome(plan), None)
    for method in (None, "pawn"):
        finding = assess(plan, results, outcome, claim=claim, method=method)
        assert max(map(len, lines(finding))) <= 80


def test_points_of_another_design_are_refused(lifted, tmp_path, capsys):
    shutil.copytree(lifted / "results" / "lifted", tmp_path / "altered")
    manifest = tmp_path / "altered" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"seed": 1', '"seed": 2'))
    assert main(["sensitivity", str(tmp_path / "altered")]) == 2
    assert "was run at other points" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lift", "chaos", "conclusion"),
    [
        (3.0, 0.1, "wherever it is not open, it is supported"),
        (0.0, 0.1, "wherever it is not open, it is no effect that matters"),
        (1.0, 2.0, "No range of any parameter settles TOY-H9"),
    ],
)
def test_a_verdict_that_no_parameter_turns_is_said_to_be_such(tmp_path, lift, chaos, conclusion):
    plan, results = swept(
        tmp_path,
        arms=None,
        seeds=2,
        parameters={"lift": lift, "chaos": chaos},
        vary={"x1": SPAN, "x2": SPAN},
        design={"kind": "latin-hypercube", "points": 40},
    )
    outcome, claim = outcome_of_claim(plan, "TOY-H9")
    finding = assess(plan, results, outcome, claim=claim)
    printed = " ".join(lines(finding))
    assert finding.decision.turned_by == []
    assert conclusion in printed
    assert finding.chance > MOSTLY  # nothing else varies the effect
    assert "Most of the variance is chance" in printed


def test_a_row_needs_its_arms():
    plan = planned(arms=["plain"])
    with pytest.raises(ValueError, match="arms of the study lack 'lifted', which TOY-H9 compares"):
        outcome_of_claim(plan, "TOY-H9")


def test_a_row_of_a_sweep_at_another_horizon_says_so(lifted, monkeypatch, capsys):
    argv = ["sensitivity", str(lifted / "results" / "lifted"), "--row", "TOY-H9"]
    assert main(argv) == 0
    assert "the claim is at" not in capsys.readouterr().out
    elsewhere = replace(ishigami.EXPERIMENT, timeline=lambda _: Timeline(1, 2, 30.0))
    monkeypatch.setattr(sensitivity, "experiment_named", lambda *_: elsewhere)
    assert main(argv) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "(measured at 30 days; the claim is at 1)" in printed


def test_every_horizon_of_a_sweep_is_compared_with_that_of_the_claim():
    plan = planned(arms=None, design={"kind": "factorial"}, vary={"x1": [0.5, 1.0, 2.0]})
    varied = replace(ishigami.EXPERIMENT, timeline=lambda p: Timeline(1, 2, p.x1))
    outcome, _ = outcome_of_claim(replace(plan, experiment=varied), "TOY-H9")
    assert outcome.title.endswith("(measured at 0.5 to 2 days; the claim is at 1)")


def test_outcomes_are_named_by_metric_arm_and_control():
    plan = planned(arms=["plain", "lifted"])
    assert outcome_named(plan, "value").arms == ("plain",)
    assert outcome_named(plan, "value:lifted").arms == ("lifted",)
    assert outcome_named(plan, "value:lifted-plain").arms == ("lifted", "plain")
    assert usual_outcome(plan).arms == ("lifted", "plain")


def test_without_salib_the_error_says_how_to_get_it(lifted, monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "SALib.analyze.pawn", None)
    assert main(["sensitivity", str(lifted / "results" / "lifted"), "--method", "pawn"]) == 2
    assert 'pip install "tidegate[calibrate]"' in capsys.readouterr().err
