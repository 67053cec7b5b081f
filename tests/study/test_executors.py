"""Naming executors: what is refused before anything runs, and what a cluster must agree on."""

from __future__ import annotations

import socket
import subprocess
import sys
from concurrent.futures import Executor, Future
from dataclasses import replace

import pytest
from test_runner import assert_equal_tables, make_jobs, open_store, tables
from toy_experiments import walk

from tidegate.study.executors import ClusterError, open_executor
from tidegate.study.launch import run_experiment
from tidegate.study.preflight import check_workers, code_hash
from tidegate.study.runner import WorkerDiedError, run_jobs


@pytest.mark.parametrize(
    "text",
    [
        *("", "Local", "slurm", "mpi://host:1", "tcp://host:8786"),
        *("dask", "dask://", "dask://host", "dask://:8786", "dask://host:8786/x"),
        *("dask://host:port", "dask://host:70000"),
    ],
)
def test_other_texts_are_refused_with_what_is_allowed(tmp_path, monkeypatch, capsys, text):
    monkeypatch.chdir(tmp_path)
    assert run_experiment(walk.EXPERIMENT, ["--executor", text]) == 2
    error = capsys.readouterr().err
    assert error == f"error: --executor is {text!r}; it must be local, dask://HOST:PORT or mpi\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "package"), [("dask://host:8786", "distributed"), ("mpi", "mpi4py")]
)
def test_a_missing_package_is_named_with_its_remedy(monkeypatch, text, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ValueError, match=rf"needs {package} .*pip install \"tidegate\[cluster\]"):
        open_executor(text)


@pytest.mark.parametrize("listening", [False, True])
def test_a_scheduler_that_does_not_answer_is_named(tmp_path, monkeypatch, capsys, listening):
    pytest.importorskip("distributed")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tidegate.study.dask_pool._CONNECT_SECONDS", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if listening:
            silent.listen()
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        assert run_experiment(walk.EXPERIMENT, ["--executor", f"dask://{place}"]) == 2
    assert capsys.readouterr().err == f"error: no Dask scheduler answers at tcp://{place}\n"
    assert list(tmp_path.iterdir()) == []


def test_mpi_needs_its_launcher():
    pytest.importorskip("mpi4py")
    program = "from tidegate.study.executors import open_executor; open_executor('mpi')"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "ClusterError: --executor is 'mpi', which needs" in done.stderr
    assert "mpiexec -n N python -m mpi4py.futures -m MODULE --executor mpi" in done.stderr


def test_local_names_processes_of_this_machine(tmp_path):
    pool = open_executor("local", 2)
    here, there = open_store(tmp_path / "here", days=4), open_store(tmp_path / "there", days=4)
    assert run_jobs(make_jobs(here, days=4)) == []
    assert run_jobs(make_jobs(there, days=4), workers=pool.workers, open_pool=pool) == []
    assert_equal_tables(tables(there), tables(here))
    assert pool.workers == 2
    assert open_executor("local").workers >= 1


class Cluster:
    """Workers that answer what a test says."""

    workers = 2

    def __init__(self, answer):
        self._answer = answer

    def on_workers(self, function, *args):
        return {"here": function(*args), "tcp://far:1": self._answer(function(*args))}


def test_workers_that_see_the_same_are_accepted(tmp_path):
    manifest = open_store(tmp_path).root / "manifest.json"
    check_workers(Cluster(lambda seen: seen), walk.EXPERIMENT, manifest)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda _: ModuleNotFoundError("No module named 'walk'"), "cannot load toy_experiments"),
        (lambda seen: ("0" * 64, seen[1]), "has loaded other sources than this process"),
        (lambda seen: (seen[0], "0" * 64), "does not see .*; --out must lie on a file system"),
    ],
)
def test_a_worker_that_could_not_do_its_part_is_named(tmp_path, answer, words):
    manifest = open_store(tmp_path).root / "manifest.json"
    with pytest.raises(ClusterError, match=rf"worker tcp://far:1 {words}"):
        check_workers(Cluster(answer), walk.EXPERIMENT, manifest)


def test_a_worker_sees_no_manifest_where_there_is_none(tmp_path):
    class Elsewhere(Cluster):
        def on_workers(self, function, experiment, manifest):
            return {"tcp://far:1": function(experiment, manifest.with_name("absent"))}

    manifest = open_store(tmp_path).root / "manifest.json"
    with pytest.raises(ClusterError, match="does not see"):
        check_workers(Elsewhere(None), walk.EXPERIMENT, manifest)


def test_the_hash_of_the_code_is_of_what_was_loaded(tmp_path, monkeypatch):
    source = tmp_path / "late_walk.py"
    source.write_text("def build(parameters, seed):\n    return None\n")
    monkeypatch.syspath_prepend(tmp_path)
    import late_walk

    experiment = replace(walk.EXPERIMENT, build=late_walk.build)
    before = code_hash(experiment)
    source.write_text("def build(parameters, seed):\n    return 1\n")
    assert code_hash(experiment) == before
    assert code_hash(walk.EXPERIMENT) != before


class Elastic(Executor):
    """Runs a job when it is sent, and notes how many come for each number of workers."""

    def __init__(self, sizes):
        self._sizes = list(sizes)
        self.sent = []

    def present_workers(self):
        self.sent.append(0)
        return self._sizes.pop(0)

    def submit(self, function, /, *args):
        self.sent[-1] += 1
        future = Future()
        future.set_result(function(*args))
        return future


def test_a_cluster_may_grow_and_shrink(tmp_path):
    """As many seeds are out as there are workers at the time, and never none."""
    store, cluster = open_store(tmp_path, days=4), Elastic([2, 0, 1, 4, 9])
    jobs = make_jobs(store, range(10), days=4)
    assert run_jobs(jobs, workers=1, open_pool=lambda: cluster) == []
    assert cluster.sent == [2, 1, 1, 4, 2]
    assert tables(store, range(10))[0].height == 50


def test_what_a_lost_job_had_finished_is_no_failure(tmp_path):
    class Killing(Elastic):
        def submit(self, function, job):
            function(replace(job, arms=job.arms[:2]))
            future = Future()
            future.set_exception(WorkerDiedError("killed four times"))
            return future

    store, cluster = open_store(tmp_path, days=4), Killing([1])
    failures = run_jobs(make_jobs(store, [4], days=4), open_pool=lambda: cluster)
    assert [f.arm for f in failures] == ["subsidy", "none.frozen", "subsidy.frozen"]
    assert {(f.type, f.message) for f in failures} == {("WorkerDiedError", "killed four times")}
