"""An experiment from its command line: options, refusals, exit codes, what is written."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace

import pytest
from launching import in_process, spare
from toy_experiments import walk

from tidegate.report.summary import Summary
from tidegate.study.arms import Arm
from tidegate.study.directory_lock import directory_lock
from tidegate.study.experiment import Experiment, Parameters, parameter
from tidegate.study.options import parse
from tidegate.study.store import write_atomically
from tidegate.study.summarise import summarise


@pytest.fixture(autouse=True)
def light(monkeypatch):
    spare(monkeypatch)


def test_a_full_disk_ends_a_study_with_what_is_kept(tmp_path, monkeypatch, capsys):
    def full(path, content, **_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    def run(self, *_, **__):
        monkeypatch.setattr("tidegate.study.store.write_atomically", full)
        original(self, *_, **__)

    original = walk.ToyWorld.run_until
    monkeypatch.setattr(walk.ToyWorld, "run_until", run)
    assert in_process(tmp_path, monkeypatch, "--seeds", "2", "--out", "out") == 1
    err = capsys.readouterr().err
    assert "No space left on device" in err
    assert "0 finished runs are kept in out; the same command resumes" in err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--drift", "3"), ("--drift is 3.0", ">= 0 and <= 0.1")),
        (("--days", "1"), ("--days is 1", ">= 2")),
        (("--sigma", "nan"), ("--sigma is nan",)),
        (("--seeds", "0"), ("--seeds is 0", "1 or more")),
        (("--seeds", str(2**63)), (f"--seeds is {2**63}; it must be 1000000 or less",)),
        (("--seeds", "1000001"), ("--seeds is 1000001; it must be 1000000 or less",)),
        (("--workers", "0"), ("--workers is 0", "1 or more")),
        (("--first-seed", "-1"), ("--first-seed is -1", "0 or more")),
        (("--first-seed", "99999999999999999999"), ("--first-seed is 9999", "or less")),
        (("--days", "many"), ("--days", "many")),
        (("--speed", "3"), ("--speed",)),
        (("--out", ""), ("--out is ''", "name a directory")),
    ],
)
def test_bad_input_exits_2_and_names_the_field(tmp_path, monkeypatch, capsys, args, words):
    try:
        code = in_process(tmp_path, monkeypatch, *args)
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    err = capsys.readouterr().err
    assert all(word in err for word in words), err
    assert list(tmp_path.iterdir()) == []


def test_data_that_a_model_refuses_are_bad_input_too(tmp_path, monkeypatch, capsys):
    def arms(parameters):
        return [Arm("none", "None", policies=(walk.Subsidy(drift="up"),))]

    experiment = replace(walk.EXPERIMENT, arms=arms)
    assert in_process(tmp_path, monkeypatch, experiment=experiment) == 2
    assert "error: drift is 'up': Input should be a valid number" in capsys.readouterr().err


def test_the_directory_of_another_study_is_refused(tmp_path, monkeypatch, capsys):
    args = ("--seeds", "2", "--out", "out")
    assert in_process(tmp_path, monkeypatch, "--days", "3", *args) == 0
    results = [p for p in (tmp_path / "out").rglob("*") if not p.name.startswith(".lock")]
    before = [p.stat().st_mtime_ns for p in results]
    assert in_process(tmp_path, monkeypatch, "--days", "4", *args) == 2
    assert "days 3 here 4" in capsys.readouterr().err
    assert [p.stat().st_mtime_ns for p in results] == before


def test_a_file_is_no_directory_for_results(tmp_path, monkeypatch, capsys):
    (tmp_path / "out").write_text("mine")
    assert in_process(tmp_path, monkeypatch, "--out", "out") == 2
    assert "--out is out, where nothing can be written" in capsys.readouterr().err
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.parametrize("out", [(), ("--out", "results/walk")])
def test_a_directory_in_use_is_refused(tmp_path, monkeypatch, capsys, out):
    root, args = tmp_path / "results" / "walk", ("--days", "3", "--seeds", "2", *out)
    assert in_process(tmp_path, monkeypatch, *args) == 0
    before = (root / "manifest.json").read_bytes()
    with directory_lock(root):
        assert in_process(tmp_path, monkeypatch, *args, "--days", "4") == 2
    assert "results/walk is in use by process" in capsys.readouterr().err
    assert (root / "manifest.json").read_bytes() == before
    assert in_process(tmp_path, monkeypatch, *args) == 0


def test_the_default_directory_makes_room(tmp_path, monkeypatch, capsys):
    assert in_process(tmp_path, monkeypatch, "--days", "3", "--seeds", "2") == 0
    assert in_process(tmp_path, monkeypatch, "--days", "4", "--seeds", "2") == 0
    assert "moved to" in capsys.readouterr().err
    assert len(list((tmp_path / "results").iterdir())) == 2
    assert (tmp_path / "results/walk/report.html").exists()


def test_help_states_unit_range_default_and_source(tmp_path, monkeypatch, capsys):
    with pytest.raises(SystemExit) as stop:
        in_process(tmp_path, monkeypatch, "--help")
    assert stop.value.code == 0
    words = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "Daily drift under the subsidy. Unit: 1/d. Allowed: >= 0 and <= 0.1." in words
    assert "Source: test. (default: 0.01)" in words


def test_summary_holds_what_a_later_check_needs(tmp_path, monkeypatch, capsys):
    args = ("--seeds", "8", "--days", "20", "--audit", "--json", "--out", "out")
    assert in_process(tmp_path, monkeypatch, *args) == 0
    printed = json.loads(capsys.readouterr().out)
    stored = json.loads((tmp_path / "out/summary.json").read_text())
    assert printed == stored
    summary = Summary.model_validate(stored)
    assert summary.seeds == tuple(range(8))
    assert summary.grade == "preview"
    assert {arm.audited for arm in summary.arms} == {8}
    assert len(summary.claims_hash) == len(summary.scenario_digest) == 64
    assert [(v.row, v.verdict.value) for v in summary.verdicts] == [
        ("TOY-H1", "supported"),
        ("TOY-H2", "no effect that matters"),
        ("TOY-H3", "supported"),
    ]
    assert summary.command.startswith("python -m toy_experiments.walk --workers 1 --seeds 8")
    assert "--out" not in summary.command  # where results lay repeats nothing
    frozen = [e for e in summary.effects if e.arm == "subsidy.frozen" and e.metric == "price"]
    assert frozen[0].control == "none.frozen"


def test_tables_fit_80_columns_without_escapes(tmp_path, monkeypatch, capsys):
    assert in_process(tmp_path, monkeypatch, "--seeds", "8", "--crash-seed", "2") == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in out
    assert "Verdicts (preview, 7 to 8 pairs)" in out
    assert "follows from assumption" in out
    assert "seed 2, subsidy, run: ArithmeticError" in out
    assert "Report: " in out


def test_ledger_seeds_pairs_and_horizon_make_the_ledger_grade(tmp_path, monkeypatch, capsys):
    args = ("--seeds", "64", "--first-seed", "10000", "--out", "out")
    assert in_process(tmp_path, monkeypatch, *args) == 0
    summary = Summary.model_validate_json((tmp_path / "out/summary.json").read_bytes())
    assert summary.grade == "ledger"
    first = summary.verdicts[0]
    assert (first.verdict.value, first.follows_from_assumption) == ("supported", True)
    out = " ".join(capsys.readouterr().out.split())
    assert "Verdicts (ledger, 64 pairs)" in out


def test_a_study_without_a_finished_pair_exits_1(tmp_path, monkeypatch, capsys):
    def fail(*_):
        raise RuntimeError("no world")

    monkeypatch.setattr(walk.ToyWorld, "run_until", fail)
    assert in_process(tmp_path, monkeypatch, "--seeds", "2") == 1
    assert "10 runs failed" in capsys.readouterr().out


def test_a_baseline_alone_is_no_pair(tmp_path, monkeypatch, capsys):
    args = ("--seeds", "2", "--out", "out")
    assert in_process(tmp_path, monkeypatch, *args) == 0

    def lone(outcome):
        whole = summarise(outcome)
        rows = (
            row if row.arm == row.control else row.model_copy(update={"pairs": 0})
            for row in whole.effects
        )
        return whole.model_copy(update={"effects": tuple(rows)})

    monkeypatch.setattr("tidegate.study.launch.summarise", lone)
    assert in_process(tmp_path, monkeypatch, *args) == 1


def test_while_tables_change_there_is_no_summary(tmp_path, monkeypatch, capsys):
    args = ("--days", "3", "--out", "out")
    assert in_process(tmp_path, monkeypatch, *args, "--seeds", "2") == 0
    before = (tmp_path / "out/metrics.parquet").read_bytes()

    def full(path, content, **options):
        if path.name == "metrics.parquet":
            raise OSError(28, "No space left on device", str(path))
        write_atomically(path, content, **options)

    monkeypatch.setattr("tidegate.study.launch.write_atomically", full)
    assert in_process(tmp_path, monkeypatch, *args, "--seeds", "3") == 1
    assert (tmp_path / "out/metrics.parquet").read_bytes() == before
    assert not (tmp_path / "out/summary.json").exists()


def test_an_arm_without_runs_leaves_its_claims_undecided_in_their_family(tmp_path, monkeypatch):
    original = walk.ToyWorld.apply

    def refuse_subsidies(self, policies):
        assert all(policy.drift == 0 for policy in policies), "no subsidy"
        original(self, policies)

    monkeypatch.setattr(walk.ToyWorld, "apply", refuse_subsidies)
    assert in_process(tmp_path, monkeypatch, "--seeds", "8", "--out", "out") == 0
    summary = Summary.model_validate_json((tmp_path / "out/summary.json").read_bytes())
    assert [v.verdict.value for v in summary.verdicts] == ["undecided", "undecided", "supported"]
    assert summary.verdicts[0].missing == 8
    assert summary.verdicts[2].level == pytest.approx(1 - 0.05 / 3)


def test_quick_is_smaller_and_a_given_value_wins(tmp_path, monkeypatch, capsys):
    assert in_process(tmp_path, monkeypatch, "--quick", "--out", "a") == 0
    summary = Summary.model_validate_json((tmp_path / "a/summary.json").read_bytes())
    assert len(summary.seeds) == 2
    assert summary.horizon_days == 5
    assert in_process(tmp_path, monkeypatch, "--quick", "--days", "3", "--out", "b") == 0
    assert '"horizon_days": 3' in (tmp_path / "b/summary.json").read_text()


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ([], 12),
        (["--seeds", "8"], 20),
        (["--seeds=8"], 20),
        (["--ledger"], 20),
        (["--quick"], 5),
        (["--days", "9"], 9),
    ],
)
def test_only_a_run_of_no_size_is_a_preview_of_a_smaller_world(line, days):
    smaller = replace(walk.EXPERIMENT, preview={"days": 12})
    assert walk.EXPERIMENT.parameters().days == 20
    assert parse(smaller, line)[1].days == days


def test_a_smaller_world_names_parameters():
    with pytest.raises(ValueError, match="walk: preview sets dais, which are no parameters"):
        replace(walk.EXPERIMENT, preview={"dais": 12})


def test_a_parameter_must_state_its_unit_and_source():
    with pytest.raises(TypeError, match=r"Loose\.size lacks"):

        class Loose(Parameters):
            size: int = 3


def test_a_parameter_may_not_shadow_an_option(tmp_path, monkeypatch):
    class Shadowing(Parameters):
        seeds: int = parameter(3, "Seeds of a plant.", unit="", source="test")

    experiment = Experiment(
        name="shadow",
        question="?",
        parameters=Shadowing,
        build=walk.build,
        arms=walk.arms,
        timeline=walk.timeline,
        metrics=(),
        measure=walk.measure,
    )
    with pytest.raises(TypeError, match="name of an option"):
        in_process(tmp_path, monkeypatch, experiment=experiment)
