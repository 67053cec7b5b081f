"""Sweeps whose processes are killed: what is on disk in the end is what it would have been."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest
from launching import session_of, wait_for
from sweeping import assert_same, start, tables, toml
from toy_experiments import walk

from tidegate.study.executors import LocalPool
from tidegate.study.plan import Plan
from tidegate.study.study_file import read_study
from tidegate.study.sweep import run_sweep

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")

PAUSE = 0.008  # of a day: about 75 ms a run, a third of it warm-up
TWENTY = {"seeds": 4, "drifts": [0.0, 0.01, 0.02, 0.03, 0.04]}
HUNDRED = {"seeds": 10, "drifts": [n / 1000 for n in range(10)]}


def finished(out):
    return len(list(out.glob("parts/runs/*/*/*/seal.json")))


def workers_of(process):
    """Return the processes that run seeds: children of the fork server, not of the sweep."""
    return [
        pid
        for pid, parent in session_of(process.pid).items()
        if parent not in (os.getpid(), process.pid) and pid != process.pid
    ]


def undisturbed(folder, **size):
    """Return the tables of a sweep in this process's care; pauses change no value."""
    out = folder / "whole"
    study = read_study(toml(folder / "whole.toml", days=4, pause=PAUSE, **size))
    run_sweep(Plan.made(study, walk.EXPERIMENT), out, LocalPool(4), progress=False)
    return tables(out)


@pytest.fixture(scope="module")
def twenty(tmp_path_factory):
    return undisturbed(tmp_path_factory.mktemp("twenty"), **TWENTY)


def begin(tmp_path, *args, **size):
    study = toml(tmp_path / "study.toml", days=4, pause=PAUSE, **size)
    return start(tmp_path, study, "--out", tmp_path / "out", *args)


def finish(process, out, expected):
    said, err = process.communicate(timeout=90)
    assert process.returncode == 0, err
    assert "failed" not in said
    assert_same(out, expected)


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["parent", "worker"])
def test_kill_9_loses_nothing_finished(tmp_path, twenty, victim):
    out = tmp_path / "out"
    process = begin(tmp_path, "--workers", "2", **TWENTY)
    wait_for(lambda: finished(out) >= 3)
    if victim == "worker":
        os.kill(workers_of(process)[0], signal.SIGKILL)
    else:
        process.kill()
        process.communicate()
        wait_for(lambda: not session_of(process.pid), seconds=10)
        kept = {path: path.stat().st_mtime_ns for path in out.glob("parts/runs/**/seal.json")}
        assert 3 <= len(kept) < 40
        process = begin(tmp_path, "--workers", "1", **TWENTY)
    finish(process, out, twenty)
    if victim == "parent":
        assert all(path.stat().st_mtime_ns == stamp for path, stamp in kept.items())


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupt_exits_130_and_the_same_command_resumes(tmp_path, twenty, sign):
    out = tmp_path / "out"
    process = begin(tmp_path, "--workers", "2", **TWENTY)
    wait_for(lambda: finished(out) >= 3)
    if sign == signal.SIGINT:
        os.killpg(process.pid, sign)
    else:
        process.send_signal(sign)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert f"finished runs are kept in {out}; the same command resumes" in err
    assert "Traceback" not in err
    assert 3 <= finished(out) < 40
    assert not (out / "results.parquet").exists()
    finish(begin(tmp_path, "--workers", "2", **TWENTY), out, twenty)


@pytest.mark.slow
def test_a_second_sweep_names_the_first_and_leaves_it_alone(tmp_path, twenty):
    out = tmp_path / "out"
    first = begin(tmp_path, "--workers", "2", **TWENTY)
    wait_for(lambda: finished(out) >= 1)
    first.send_signal(signal.SIGSTOP)  # so that it cannot end before the second begins
    second = begin(tmp_path, "--workers", "1", **TWENTY)
    _, err = second.communicate(timeout=30)
    first.send_signal(signal.SIGCONT)
    assert second.returncode == 2
    assert f"in use by process {first.pid} on " in err
    finish(first, out, twenty)


class Disturbed:
    """A sweep that is begun again whenever it was killed.

    Parameters
    ----------
    folder
        Where its file and its directory are.
    chance
        Decides how many workers there are, and when and whom to kill.
    """

    def __init__(self, folder, chance):
        self.folder = folder
        self.chance = chance
        self.kills = {"parent": 0, "worker": 0}
        self._begin()

    def _begin(self):
        self.process = begin(self.folder, "--workers", self.chance.choice("124"), **HUNDRED)

    def kill(self):
        """Kill the parent or a worker after some runs, or as they are only being started."""
        out = self.folder / "out"
        enough = finished(out) + self.chance.randrange(1, 16)
        deadline = time.monotonic() + self.chance.choice([0.7, 20, 20, 20])
        while finished(out) < enough and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(self.chance.uniform(0, 0.1))
        assert self.process.poll() is None, "the sweep ended before it was disturbed enough"
        workers = workers_of(self.process)
        if workers and self.chance.random() < 0.5:
            os.kill(self.chance.choice(workers), signal.SIGKILL)
            self.kills["worker"] += 1
        else:
            self.process.kill()
            self.process.communicate()
            self.kills["parent"] += 1
            self._begin()


@pytest.mark.slow
def test_twenty_kills_at_random_change_no_byte(tmp_path):
    """Parents and workers of a sweep of 200 runs are killed, with 1, 2 or 4 workers at a time."""
    expected = undisturbed(tmp_path, **HUNDRED)
    disturbed = Disturbed(tmp_path, random.Random(4))
    for _ in range(20):
        disturbed.kill()
    print(disturbed.kills, "kills; finished by then:", finished(tmp_path / "out"))
    assert min(disturbed.kills.values()) >= 5
    assert 30 <= finished(tmp_path / "out") < 200
    finish(disturbed.process, tmp_path / "out", expected)
