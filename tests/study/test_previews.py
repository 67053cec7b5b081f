"""All experiments of a package run one after another, and again from where they were."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tidegate.study.packages import list_experiments
from tidegate.study.previews import run_previews

TOYS = Path(__file__).with_name("toy_experiments")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the name of a package that is importable from here alone, in processes too."""
    shutil.copytree(TOYS, tmp_path / "previewed")
    for kept in ("ishigami.py", "trade_off.py"):
        (tmp_path / "previewed" / kept).unlink()
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    )
    yield "previewed"
    for module in [m for m in sys.modules if m.partition(".")[0] == "previewed"]:
        del sys.modules[module]


def test_each_runs_as_its_own_command_does_and_is_kept(
    package: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_previews(package, ["--seeds", "2", "--workers", "1"]) == 0
    out = capfd.readouterr().out
    assert "1/1  walk" in out
    assert " ran " in out
    summary = tmp_path / "results/walk/summary.json"
    first = summary.read_bytes()
    parts = {path: path.stat().st_mtime_ns for path in (tmp_path / "results").rglob("runs/**/*.*")}
    assert run_previews(package, ["--seeds", "2", "--workers", "1"]) == 0
    assert summary.read_bytes() == first
    assert {path: path.stat().st_mtime_ns for path in parts} == parts


def test_one_that_fails_stops_no_other(
    package: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = (tmp_path / "previewed/walk.py").read_text()
    bare = source.replace('name="walk"', 'name="zebra"')
    bare = bare.replace('    claims=("TOY-H1", "TOY-H2", "TOY-H3"),\n', "")
    (tmp_path / "previewed/zebra.py").write_text(bare)
    (tmp_path / "results").mkdir()
    (tmp_path / "results/walk").write_text("in the way")
    assert run_previews(package, ["--seeds", "2", "--workers", "1"]) == 1
    told = capfd.readouterr()
    assert "failed: walk" in told.err
    assert (tmp_path / "results/zebra/summary.json").exists()


@pytest.mark.parametrize("options", [["--out", "here"], ["--out=here"]])
def test_a_directory_for_all_is_refused(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_previews("experiments", options) == 2
    assert "--out" in capsys.readouterr().err


def test_options_that_no_experiment_has_are_refused_once_before_anything_runs(
    package: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = (tmp_path / "previewed/walk.py").read_text()
    (tmp_path / "previewed/zebra.py").write_text(source.replace('"walk"', '"zebra"'))
    for options, words in ((["--bogus"], "--bogus"), (["--seeds", "0"], "--seeds is 0")):
        assert run_previews(package, options) == 2
        told = capfd.readouterr()
        assert told.err.count(words) == 1
        assert "no experiment of previewed takes these options" in told.err
        assert told.out == ""
    assert not (tmp_path / "results").exists()


def test_help_is_of_the_previews(package: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_previews(package, ["--help"]) == 0
    assert "--preview [OPTIONS]" in capfd.readouterr().out


def test_previews_print_no_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_previews("experiments", ["--json"]) == 2
    assert "--json and --preview exclude each other" in capsys.readouterr().err
    assert list_experiments("experiments", ["--json", "--preview"]) == 2
    assert "--json and --preview exclude each other" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_what_ends_it_ends_the_experiment_too(package: str, tmp_path: Path) -> None:
    options = ["--days", "3000", "--seeds", "400", "--workers", "1"]
    call = f"raise SystemExit(run_previews({package!r}, {options}))"
    program = f"from tidegate.study.previews import run_previews; {call}"
    running = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    runs = tmp_path / "results/walk"
    end = time.monotonic() + 60
    while not runs.exists():
        assert time.monotonic() < end
        assert running.poll() is None
        time.sleep(0.05)
    running.terminate()
    out, _ = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "interrupted; the same command goes on" in out
    before = sorted(runs.rglob("*"))
    time.sleep(1.0)
    assert sorted(runs.rglob("*")) == before  # nobody writes any more


def test_the_command_lists_and_refuses() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "experiments", "--previews"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 2
    assert "there are --json and --preview" in ran.stderr
