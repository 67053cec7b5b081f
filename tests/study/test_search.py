"""Searches: the frontier is found, nothing but the file decides the trials, kills lose nothing."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from sweeping import HERE, Here
from toy_experiments import trade_off

from tidegate.cli import main
from tidegate.study import search as searching
from tidegate.study.packages import experiment_named
from tidegate.study.plan import Plan
from tidegate.study.search import run_search
from tidegate.study.search_file import SearchFile
from tidegate.study.store import StoreMismatchError
from tidegate.study.study_file import read_as

pytest.importorskip("optuna", reason="needs the extra calibrate")

ROOT = Path(__file__).parents[2]
TEXT = """
experiment = "trade_off"
from = "toy_experiments"
seeds = 1
[search]
trials = {trials}
batch = 4
[vary]
x = {{ low = 0.0, high = 1.0 }}
y = {{ low = 0.0, high = 1.0 }}
rule = ["poor", "good"]
[[objective]]
metric = "cost"
[[objective]]
metric = "harm"
direction = "minimize"
"""


def searched(out, pool=None, **changes):
    content = {
        "experiment": "trade_off",
        "from": "toy_experiments",
        "seeds": 1,
        "search": {"trials": 12, "batch": 4},
        "vary": {
            "x": {"low": 0.0, "high": 1.0},
            "y": {"low": 0.0, "high": 1.0},
            "rule": ["poor", "good"],
        },
        "objective": [{"metric": "cost"}, {"metric": "harm"}],
    }
    file = SearchFile.model_validate({**content, **changes})
    plan = Plan.made(file.study(), trade_off.EXPERIMENT)
    return run_search(file, plan, Path(out), pool or Here(), progress=False)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Provide the directory of a search that nothing disturbed."""
    folder = tmp_path_factory.mktemp("finished")
    searched(folder)
    return folder


@pytest.fixture(scope="module")
def undisturbed(finished):
    return pl.read_parquet(finished / "trials.parquet")


@pytest.mark.slow
def test_the_known_frontier_is_found(tmp_path):
    found = searched(tmp_path, search={"trials": 96, "batch": 8}).frontier
    assert (found["rule"] == "good").all()
    assert found["y"].max() < 0.1
    # On the frontier harm is (1 - cost)^2; no trial can lie below it.
    above = found["harm"] - (1 - found["cost"]) ** 2
    assert above.min() > -1e-9
    assert above.mean() < 0.06
    assert found["x"].min() < 0.2 < 0.8 < found["x"].max()
    assert found["cost"].is_sorted()
    assert found["harm"].is_sorted(descending=True)


def test_the_frontier_is_what_no_trial_beats(undisturbed):
    rows = undisturbed.select("cost", "harm", "frontier").rows()
    for cost, harm, frontier in rows:
        beaten = any(c <= cost and h <= harm and (c, h) != (cost, harm) for c, h, _ in rows)
        assert frontier is not beaten


def test_directions_turn_the_frontier(tmp_path):
    goals = [
        {"metric": "cost", "direction": "maximize"},
        {"metric": "harm", "direction": "maximize"},
    ]
    found = searched(tmp_path, search={"trials": 4, "batch": 4}, objective=goals)
    rows = found.trials.select("cost", "harm", "frontier").rows()
    for cost, harm, frontier in rows:
        beaten = any(c >= cost and h >= harm and (c, h) != (cost, harm) for c, h, _ in rows)
        assert frontier is not beaten
    assert found.frontier["cost"].is_sorted(descending=True)


def test_a_search_goes_on_with_more_trials_as_if_they_had_been_asked_for_at_once(
    tmp_path, undisturbed
):
    searched(tmp_path, search={"trials": 4, "batch": 4})
    assert searched(tmp_path).trials.equals(undisturbed)


@pytest.mark.parametrize("kept", [2, 4, 7])
def test_trials_that_a_kill_left_out_are_made_again(tmp_path, finished, undisturbed, kept):
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    journal = tmp_path / "journal.log"
    lines = journal.read_bytes().splitlines(keepends=True)
    made = [n for n, line in enumerate(lines) if b'"op_code": 4' in line or b'"op_code":4' in line]
    assert len(made) == 12  # a line a trial
    cut = made[kept]
    journal.write_bytes(b"".join(lines[:cut]) + lines[cut][: len(lines[cut]) // 2])
    (tmp_path / "journal.log.lock").write_text("left by a process that was killed")
    assert searched(tmp_path).trials.equals(undisturbed)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda lines: [*lines[:5], b"\0" * 40 + b"\n", *lines[6:]], "line 6 is no record"),
        (lambda lines: [*lines[:5], b"7\n", *lines[6:]], "line 6 is no record"),
        (lambda lines: [b'{"op_code": 0}\n', *lines[1:]], "its records cannot be replayed"),
        (lambda lines: [*lines[:5], *lines[6:]], "is another one"),
        (lambda lines: [*lines[:5], lines[6], lines[5], *lines[7:]], "is another one"),
    ],
)
def test_a_damaged_journal_is_made_again_from_the_batches(
    tmp_path, finished, undisturbed, capsys, monkeypatch, spoil, why
):
    out = shutil.copytree(finished, tmp_path / "found")
    journal = out / "journal.log"
    journal.write_bytes(b"".join(spoil(journal.read_bytes().splitlines(keepends=True))))
    monkeypatch.setattr("toy_experiments.trade_off.TradeOffWorld.frames", None)  # nothing runs
    assert searched(out).trials.equals(undisturbed)
    said = capsys.readouterr().err
    assert said.startswith(f"{journal} is damaged (")
    assert why in said
    assert (out / "journal.log.damaged").exists()


def test_a_journal_made_again_is_whole(finished, undisturbed, tmp_path, capsys):
    out = shutil.copytree(finished, tmp_path / "found")
    (out / "journal.log").write_bytes(b"{}\n")
    searched(out)
    assert "is damaged" in capsys.readouterr().err
    assert searched(out).trials.equals(undisturbed)
    assert capsys.readouterr().err == ""


def test_a_batch_that_was_lost_with_its_runs_is_made_again(tmp_path, undisturbed, monkeypatch):
    with monkeypatch.context() as patch:
        calls = []

        def die(*args, **kwargs):
            calls.append(args)
            if len(calls) == 2:
                raise KeyboardInterrupt
            return run_sweep(*args, **kwargs)

        run_sweep = searching.run_sweep
        patch.setattr(searching, "run_sweep", die)
        with pytest.raises(KeyboardInterrupt):
            searched(tmp_path)
    assert searched(tmp_path).trials.equals(undisturbed)


@pytest.mark.slow  # processes are started
def test_the_number_of_workers_changes_no_trial(tmp_path, undisturbed):
    (tmp_path / "study.toml").write_text(TEXT.format(trials=12))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path])}
    for workers in ("1", "2"):
        out = tmp_path / workers
        command = [sys.executable, "-m", "tidegate", "search", "study.toml", "--out", str(out)]
        subprocess.run([*command, "--workers", workers], cwd=tmp_path, env=environment, check=True)
        assert pl.read_parquet(out / "trials.parquet").equals(undisturbed)


def test_failed_runs_leave_their_trial_without_a_value(tmp_path):
    found = searched(tmp_path, parameters={"fails_above": 0.5}).trials
    failed = found["x"] > 0.5
    assert 0 < failed.sum() < 12
    assert found["cost"].is_null().to_list() == failed.to_list()
    assert not found.filter(failed)["frontier"].any()


def test_another_search_is_refused(tmp_path):
    searched(tmp_path, search={"trials": 4, "batch": 4})
    with pytest.raises(StoreMismatchError, match="another study"):
        searched(tmp_path, search={"trials": 4, "batch": 4, "seed": 2})


def test_levels_keep_their_kind(tmp_path):
    vary = {"x": [0.25, 0.5, 1.0], "y": {"low": 0.0, "high": 1.0}}
    found = searched(tmp_path, vary=vary, search={"trials": 8, "batch": 4}).trials
    assert found.schema["x"] == pl.Float64
    assert set(found["x"]) <= {0.25, 0.5, 1.0}
    assert all(math.isfinite(value) for value in found["cost"])


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tidegate.commands.sweep_options.open_executor", lambda *_: Here())
    path = tmp_path / "study.toml"
    path.write_text(TEXT.format(trials=8))
    return path


def test_the_command_prints_writes_and_draws_the_frontier(study, capsys):
    assert main(["search", "study.toml", "--out", "found"]) == 0
    printed = capsys.readouterr().out
    assert "trade_off: 8 trials" in printed
    assert "cost: Cost, only, less is better" in printed
    frontier = pl.read_parquet("found/frontier.parquet")
    assert frontier.height > 0
    assert frontier.columns == ["trial", "x", "y", "rule", "cost", "harm", "frontier"]
    assert Path("found/frontier.png").read_bytes().startswith(b"\x89PNG")
    assert "numbered" in Path("found/frontier.svg").read_text()


def test_what_is_printed_of_a_search_is_no_wider_than_a_terminal(study, capsys):
    assert main(["search", "study.toml", "--out", "found"]) == 0
    table = capsys.readouterr().out.partition("\nWritten:")[0]
    assert max(map(len, table.splitlines())) <= 80


def test_the_frontier_is_printed_as_json(study, capsys):
    assert main(["search", "study.toml", "--out", "found", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["trials"] == 8
    assert [objective["metric"] for objective in data["objectives"]] == ["cost", "harm"]
    kept = pl.read_parquet("found/frontier.parquet").drop("frontier")
    assert data["frontier"] == kept.to_dicts()


def test_a_search_of_which_no_run_finished_exits_with_one(study, capsys):
    study.write_text(
        study.read_text().replace("[vary]", "[parameters]\nfails_above = -1.0\n[vary]")
    )
    assert main(["search", "study.toml", "--out", "found"]) == 1
    assert "8 trials have no value" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("trials = 8", "trials = 9", "multiple of batch"),
        ("trials = 8", "trails = 8", "search.trails is unknown; nearest: trials"),
        (
            'metric = "cost"',
            'metric = "cost"\nmetrik = "cost"',
            "objective.0.metrik is unknown; nearest: metric",
        ),
        ('metric = "cost"', 'metric = "harm"', "two objectives are harm"),
        ('metric = "cost"', 'metric = "costs"', "metric 'costs' is unknown to the study"),
        ('metric = "cost"', 'metric = "cost"\narm = "onyl"', "arm 'onyl' is unknown to the study"),
        ('metric = "cost"', 'metric = "cost"\narm = "only"\ncontrol = "only"', "the arm itself"),
        ('metric = "cost"', 'metric = "cost"\ncontrol = "only"', "the arm itself"),
        ('metric = "cost"', 'metric = "cost"\ndirection = "min"', "direction is 'min': Input"),
        ('[[objective]]\nmetric = "cost"\n', "", "objective is there 1 times; it needs 2 or more"),
        ("[search]", '[design]\nkind = "sobol"\npoints = 4\n[search]', "design is given"),
    ],
)
def test_files_that_ask_for_what_cannot_be_are_refused(study, capsys, old, new, message):
    study.write_text(study.read_text().replace(old, new, 1))
    assert main(["search", "study.toml"]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1
    assert not Path("results").exists()


def test_without_optuna_the_error_says_how_to_get_it(study, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert main(["search", "study.toml"]) == 2
    assert 'pip install "tidegate[calibrate]"' in capsys.readouterr().err


def test_the_committed_search_can_run():
    file = read_as(SearchFile, ROOT / "experiments/sweeps/policy_frontier.toml")
    plan = Plan.made(file.study(), experiment_named(file.package, file.experiment))
    assert plan.labels == (("rules",),)
    assert {goal.direction for goal in file.objective} == {"minimize", "maximize"}
