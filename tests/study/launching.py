"""Launches of the toy walk, in this process and in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
from toy_experiments import walk

from tidegate.study.launch import run_experiment

HERE = Path(__file__).parent


def command(*args):
    return [sys.executable, "-m", "toy_experiments.walk", *map(str, args)]


def start(cwd, *args):
    return subprocess.Popen(
        command(*args),
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(HERE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finished(root):
    return len(list(root.glob("parts/runs/*/*/part.parquet")))


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.02)


def session_of(pid):
    """Return the processes of a session with their parents; Linux only."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == pid and fields[0] != "Z":
            found[int(entry.parent.name)] = int(fields[1])
    return found


def tables(root):
    return [pl.read_parquet(root / f"{name}.parquet") for name in ("runs", "metrics", "paths")]


def spare(monkeypatch):
    """Spare runs in this process the drawing and the disk; those in their own do it all."""

    def write(summary, frames, path, language):
        path.write_text(summary.question)

    monkeypatch.setattr("tidegate.report.page.write_report", write)
    monkeypatch.setattr("os.fsync", lambda _: None)


def in_process(tmp_path, monkeypatch, *args, experiment=walk.EXPERIMENT):
    monkeypatch.chdir(tmp_path)
    return run_experiment(experiment, ["--workers", "1", *map(str, args)])
