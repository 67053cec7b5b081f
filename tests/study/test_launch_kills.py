"""A study whose processes are killed, interrupted and terminated for real, and goes on."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from launching import finished, in_process, session_of, spare, start, tables, wait_for
from toy_experiments import walk

from tidegate.study.launch import run_experiment

SLOW = ("--days", "6", "--pause", "0.006", "--seeds", "4")  # long enough to be caught at work


@pytest.fixture(autouse=True)
def light(monkeypatch):
    spare(monkeypatch)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    root = tmp_path_factory.mktemp("whole") / "out"
    at_once = ["--workers", "1", "--pause", "0", "--out", str(root)]  # pauses change no table
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tidegate.report.page.write_report", lambda *_: None)
        assert run_experiment(walk.EXPERIMENT, [*SLOW, *at_once]) == 0
    return tables(root)


def assert_as_uninterrupted(root, expected):
    for table, whole in zip(tables(root), expected, strict=True):
        assert table.equals(whole)


linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")


@linux
def test_kill_9_of_the_parent_loses_nothing_finished(tmp_path, monkeypatch, uninterrupted):
    root = tmp_path / "out"
    process = start(tmp_path, *SLOW, "--workers", "2", "--out", root)
    wait_for(lambda: finished(root) >= 2)
    process.kill()
    process.communicate()
    # No worker outlives its study.
    wait_for(lambda: not session_of(process.pid), seconds=10)
    kept = finished(root)
    assert 2 <= kept < 20
    stamps = {p: p.stat().st_mtime_ns for p in root.glob("parts/**/part.parquet")}
    complete = {p for p in stamps if (root / "parts/runs").joinpath(*p.parts[-3:]).exists()}
    assert in_process(tmp_path, monkeypatch, *SLOW, "--out", root) == 0
    assert all(p.stat().st_mtime_ns == stamps[p] for p in complete)
    assert_as_uninterrupted(root, uninterrupted)


@linux
def test_kill_9_of_a_worker_costs_only_time(tmp_path, uninterrupted):
    root = tmp_path / "out"
    process = start(tmp_path, *SLOW, "--workers", "2", "--out", root)
    wait_for(lambda: finished(root) >= 2)
    workers = [
        p
        for p, parent in session_of(process.pid).items()
        if parent != os.getpid() and parent != process.pid
    ]
    os.kill(workers[0], signal.SIGKILL)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "failed" not in out
    assert_as_uninterrupted(root, uninterrupted)


@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_interrupt_exits_130_and_keeps_what_was_finished(
    tmp_path, monkeypatch, uninterrupted, workers
):
    root = tmp_path / "out"
    process = start(tmp_path, *SLOW, "--workers", workers, "--out", root)
    wait_for(lambda: finished(root) >= 2)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "kept" in err
    assert "Traceback" not in err
    assert 2 <= finished(root) < 20
    assert in_process(tmp_path, monkeypatch, *SLOW, "--out", root) == 0
    assert_as_uninterrupted(root, uninterrupted)


def test_sigterm_is_an_interrupt(tmp_path):
    root = tmp_path / "out"
    process = start(tmp_path, *SLOW, "--workers", "2", "--out", root)
    wait_for(lambda: finished(root) >= 2)
    process.terminate()
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "the same command resumes" in err
    assert 2 <= finished(root) < 20
