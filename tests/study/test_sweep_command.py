"""`tidegate sweep` as it is typed: exit codes, what is printed, and what is refused."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import threading
from pathlib import Path

import pytest
from sweeping import Here, toml
from toy_experiments import walk

from tidegate.cli import main
from tidegate.study import store as storage
from tidegate.study.directory_lock import directory_lock
from tidegate.study.packages import experiment_named
from tidegate.study.plan import Plan
from tidegate.study.study_file import read_study
from tidegate.study.sweep import read_manifest, read_results

ROOT = Path(__file__).parents[2]
EXAMPLES = [
    path
    for path in sorted((ROOT / "experiments/sweeps").glob("*.toml"))
    if "[[objective]]" not in path.read_text()  # a search
]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Run sweeps in this process, in a directory of their own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tidegate.commands.sweep_options.open_executor", lambda *_: Here())


@pytest.fixture
def study(tmp_path):
    return toml(tmp_path / "study.toml", days=4)


def sweep(*args):
    return main(["sweep", *map(str, args)])


def test_results_go_to_a_directory_named_after_the_file(study, capsys):
    assert sweep(study) == 0
    out = capsys.readouterr().out
    assert "walk: 3 points, 12 of 12 runs finished" in out
    assert "results/study/results.parquet" in out
    assert read_results(Path("results/study")).height == 36


def test_json_is_all_that_is_printed(study, capsys):
    assert sweep(study, "--out", "out", "--json", "--audit") == 0
    assert json.loads(capsys.readouterr().out) == {
        "experiment": "walk",
        "out": str(Path("out").absolute()),
        "points": 3,
        "runs": 12,
        "finished": 12,
        "failed": 0,
    }


def test_failed_runs_are_told_and_the_rest_goes_on(tmp_path, capsys):
    study = toml(tmp_path / "study.toml", days=4, crash_seed=1)
    assert sweep(study, "--out", "out") == 0
    out = capsys.readouterr().out
    assert "9 of 12 runs finished" in out
    assert "3 failed (the same command tries them again): " in out
    assert "failures.jsonl" in out


def test_a_sweep_without_a_finished_run_exits_1(study, monkeypatch, capsys):
    monkeypatch.setattr(walk.ToyWorld, "frames", lambda _: {})
    assert sweep(study) == 1
    out = capsys.readouterr().out
    assert "0 of 12 runs finished" in out
    assert "failures.jsonl" in out
    assert "Results:" not in out


@pytest.mark.parametrize("how", ["ctrl-c", "sigterm"])
def test_an_interrupt_exits_130_and_the_same_command_resumes(study, monkeypatch, capsys, how):
    original = walk.ToyWorld.run_until

    def interrupted(self, tick):
        if self.seed == 1:
            if how == "ctrl-c":
                raise KeyboardInterrupt
            os.kill(os.getpid(), signal.SIGTERM)
        original(self, tick)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(walk.ToyWorld, "run_until", interrupted)
    assert sweep(study, "--out", "out") == 130
    assert "finished runs are kept in out; the same command resumes" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) is before
    assert len(list(Path("out").glob("parts/**/seal.json"))) == 2
    monkeypatch.setattr(walk.ToyWorld, "run_until", original)
    assert sweep(study, "--out", "out") == 0


def test_a_full_disk_exits_1_with_what_is_kept(study, monkeypatch, capsys):
    def full(path, content, **_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(storage, "write_atomically", full)
    assert sweep(study, "--out", "out") == 1
    err = capsys.readouterr().err
    assert "No space left on device" in err
    assert "the same command resumes" in err


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("walk", "wlk"), "experiment 'wlk' is unknown to the package toy_experiments; nearest"),
        (("toy_experiments", "no_such"), "--from is 'no_such'; no such package"),
        (("days", "dys"), "'dys' is unknown to walk; nearest: days"),
        (("0.01", "0.11"), "vary.drift: drift is 0.11; it must be >= 0 and <= 0.1"),
        (("subsidy", "subsidies"), "arm 'subsidies' is unknown"),
        (("seeds = 2", "seeds = 0"), "seeds is 0"),
    ],
)
def test_bad_files_exit_2_before_anything_is_written(study, capsys, change, words):
    study.write_text(study.read_text().replace(*change))
    assert sweep(study) == 2
    assert words in capsys.readouterr().err
    assert list(Path().iterdir()) == [Path("study.toml")]


def test_bad_options_exit_2(study, capsys):
    assert sweep(study, "--workers", "0") == 2
    assert "--workers is 0; it must be 1 or more" in capsys.readouterr().err
    assert sweep("none.toml") == 2
    assert "none.toml, which cannot be read" in capsys.readouterr().err
    Path("file").write_text("mine")
    assert sweep(study, "--out", "file") == 2
    assert "--out is " in capsys.readouterr().err
    assert sweep(study, "--out", " ") == 2
    assert "--out is ' '; it must name a directory" in capsys.readouterr().err


def test_directories_of_others_exit_2(study, capsys):
    assert sweep(study, "--out", "out") == 0
    with directory_lock(Path("out")):
        assert sweep(study, "--out", "out") == 2
    assert f"in use by process {os.getpid()}" in capsys.readouterr().err
    study.write_text(study.read_text().replace("days = 4", "days = 5"))
    assert sweep(study, "--out", "out") == 2
    assert "parameters.days 4 here 5" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("sign", "kind"),
    [("search", "a search"), ("scenario_digest", "the runs of an experiment")],
)
def test_directories_of_another_kind_are_refused_by_their_kind(study, capsys, sign, kind):
    Path("out").mkdir()
    Path("out/manifest.json").write_text(json.dumps({"experiment": "walk", sign: "..."}))
    assert sweep(study, "--out", "out") == 2
    assert f"out holds {kind}, not a sweep" in capsys.readouterr().err
    assert list(Path("out").iterdir()) == [Path("out/manifest.json")]
    with pytest.raises(ValueError, match=f"out holds {kind}, not a sweep"):
        read_manifest(Path("out"))


def test_what_arms_set_that_do_not_run_can_be_varied_and_arms_be_added(study, capsys):
    text = study.read_text().replace("drift =", "sigma =").replace("0.0,", "0.03,")
    study.write_text(text)
    assert sweep(study) == 0
    assert "12 of 12 runs finished" in capsys.readouterr().out
    before = {path: path.stat().st_mtime_ns for path in Path().glob("**/seal.json")}
    study.write_text(text.replace("'none', ", "'none', 'placebo', "))
    assert sweep(study) == 0
    assert "18 of 18 runs finished" in capsys.readouterr().out
    assert before.items() <= {p: p.stat().st_mtime_ns for p in Path().glob("**/seal.json")}.items()


def test_threads_other_than_the_first_may_sweep(study):
    """Only the first can be told of signals."""
    codes = []
    thread = threading.Thread(target=lambda: codes.append(sweep(study)))
    thread.start()
    thread.join()
    assert codes == [0]


def test_the_example_of_the_docs_is_a_sweep_that_can_run(tmp_path):
    example, _search = re.findall(
        r"```toml\n(.*?)```", (ROOT / "docs/studies.md").read_text(), re.S
    )
    path = tmp_path / "docs.toml"
    path.write_text(example)
    plan = Plan.made(read_study(path), experiment_named("experiments", "pension_entry"))
    assert (len(plan), plan.runs) == (64, 1024)


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_the_examples_are_sweeps_that_can_run(path, monkeypatch):
    monkeypatch.chdir(ROOT)
    study = read_study(path)
    if study.design.kind in ("sobol", "morris"):
        pytest.importorskip("SALib", reason="needs the extra calibrate")
    plan = Plan.made(study, experiment_named(study.package, study.experiment))
    assert plan.runs > 100
