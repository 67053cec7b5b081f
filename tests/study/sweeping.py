"""Sweeps of the toy walk, in this process and in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path

import polars as pl
from toy_experiments import walk

from tidegate.study.plan import Plan
from tidegate.study.study_file import StudyFile
from tidegate.study.sweep import run_sweep
from tidegate.study.sweep_results import read_results

HERE = Path(__file__).parent
DRIFTS = [0.0, 0.01, 0.02]


class _AtOnce(Executor):
    """Runs a job when it is handed in."""

    def submit(self, function, /, *args, **kwargs):
        future = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class Here:
    """A pool in this process, which no worker can break."""

    workers = 1

    @contextmanager
    def __call__(self) -> Iterator[Executor]:
        yield _AtOnce()

    def on_workers(self, function, *args):
        return {}


def study(**changes) -> StudyFile:
    content = {
        "experiment": "walk",
        "from": "toy_experiments",
        "seeds": 2,
        "arms": ["none", "subsidy"],
        "parameters": {"days": 4},
        "vary": {"drift": DRIFTS},
    }
    return StudyFile.model_validate({**content, **changes})


def plan(**changes) -> Plan:
    return Plan.made(study(**changes), walk.EXPERIMENT)


def sweep(out, pool=None, **changes):
    return run_sweep(plan(**changes), Path(out), pool or Here(), progress=False)


def toml(path: Path, *, seeds=2, drifts=DRIFTS, arms=("none", "subsidy"), **parameters) -> Path:
    lines = [
        'experiment = "walk"',
        'from = "toy_experiments"',
        f"seeds = {seeds}",
        f"arms = {list(arms)}",
        "[parameters]",
        *(f"{name} = {value}" for name, value in parameters.items()),
        "[vary]",
        f"drift = {list(drifts)}",
    ]
    path.write_text("\n".join(lines))
    return path


def start(cwd, *args):
    """Start ``tidegate sweep`` in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tidegate", "sweep", *map(str, args)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), *_inherited()])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _inherited() -> list[str]:
    return [path for path in [os.environ.get("PYTHONPATH", "")] if path]


def tables(out) -> tuple[bytes, bytes, pl.DataFrame]:
    """Return the tables of a sweep, byte for byte, and the results as rows."""
    results = Path(out) / "results.parquet"
    return results.read_bytes(), (Path(out) / "runs.parquet").read_bytes(), read_results(Path(out))


def assert_same(out, expected) -> None:
    found = tables(out)
    assert found[2].equals(expected[2])
    assert found[:2] == expected[:2]
