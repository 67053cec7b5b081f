"""Sweeps on clusters of real processes: the tables of this machine, byte for byte."""

from __future__ import annotations

import os
import signal
import sys

import pytest
from launching import wait_for
from sweeping import Here, assert_same, sweep, tables, toml
from test_executors_cluster import cluster, meanwhile, mpiexec, one_machine, process, wait_in

from tidegate.cli import main

__all__ = ["cluster", "mpiexec", "one_machine"]  # fixtures

pytestmark = pytest.mark.slow

PAUSE = 0.02
SIZE = {"days": 4, "pause": PAUSE}


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """Return the tables of a sweep in this process; its file has pauses, which change none."""
    out = tmp_path_factory.mktemp("here")
    sweep(out, Here(), parameters=SIZE)
    return tables(out)


def finished(out):
    return len(list(out.glob("parts/**/seal.json")))


def test_dask_gives_the_same_bytes_though_a_worker_is_killed(tmp_path, cluster, here):
    out = tmp_path / "out"
    study, before = toml(tmp_path / "study.toml", **SIZE), cluster.workers()
    line = ["sweep", str(study), "--executor", cluster.executor, "--out", str(out)]
    with meanwhile(lambda: finished(out) >= 2, lambda: os.kill(before[0], signal.SIGKILL)):
        assert main(line) == 0
    assert before[0] not in cluster.workers()
    assert_same(out, here)


@pytest.mark.usefixtures("one_machine")
def test_mpi_gives_the_same_bytes_though_the_job_is_killed(tmp_path, mpiexec, here):
    out = tmp_path / "out"
    study = toml(tmp_path / "study.toml", **SIZE)
    ranks = (mpiexec, "-n", "3", sys.executable, "-m", "mpi4py.futures")
    command = (*ranks, "-m", "tidegate", "sweep", study, "--executor", "mpi", "--out", out)
    with process(*command, cwd=tmp_path):
        wait_for(lambda: finished(out) >= 2, seconds=60)
    assert not (out / "results.parquet").exists()
    with process(*command, cwd=tmp_path) as job:
        wait_in(job, tmp_path)
    assert_same(out, here)
