"""Studies on clusters of real processes, some of which are killed on the way."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from launching import finished, wait_for
from toy_experiments import walk

from tidegate.study.launch import run_experiment

HERE = Path(__file__).parent
LONG = ("--days", "6", "--pause", "0.03", "--seeds", "6")  # 3 s of one worker
LONGER = (*LONG, "--pause", "0.15")  # 15 s: on a busy machine too it is not over at once

pytestmark = pytest.mark.slow


@contextmanager
def process(*command, cwd, path=HERE):
    """Start a program in a session of its own, and end all of it."""
    paths = [str(path), *filter(None, [os.environ.get("PYTHONPATH")])]
    log = (cwd / "log").open("a")
    started = subprocess.Popen(
        [*map(str, command)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        yield started
    finally:
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()
        log.close()


def dask(program, *args):
    # An orphan ends by itself.
    last = ("--idle-timeout", "300") if program == "scheduler" else ("--death-timeout", "30")
    module = f"distributed.cli.dask_{program}"
    return (sys.executable, "-m", module, "--host", "127.0.0.1", "--no-dashboard", *last, *args)


@contextmanager
def dask_scheduler(cwd):
    notice = cwd / "scheduler.json"
    no_port = ("--port", "0", "--dashboard-address", "127.0.0.1:0", "--scheduler-file", notice)
    with process(*dask("scheduler", *no_port), cwd=cwd) as scheduler:
        wait_for(lambda: notice.exists() and notice.read_text().endswith("}"), seconds=60)
        yield scheduler, json.loads(notice.read_text())["address"]


@contextmanager
def dask_worker(address, cwd, path=HERE):
    cwd.mkdir()
    one = ("--nworkers", "1", "--nthreads", "1", address)
    with process(*dask("worker", *one), cwd=cwd, path=path) as worker:
        yield worker


class Cluster:
    """A scheduler with two workers."""

    def __init__(self, scheduler, address, nannies):
        self.scheduler = scheduler
        self.address = address
        self.executor = address.replace("tcp://", "dask://")
        self.nannies = nannies

    def workers(self):
        """Return the ids of the processes that run seeds, once both are there."""
        from distributed import Client

        with Client(self.address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
            return list(client.run(os.getpid).values())


@contextmanager
def dask_cluster(home):
    pytest.importorskip("distributed")
    with (
        dask_scheduler(home) as (scheduler, address),
        dask_worker(address, home / "one") as one,
        dask_worker(address, home / "two") as two,
    ):
        cluster = Cluster(scheduler, address, (one, two))
        assert len(cluster.workers()) == 2
        yield cluster


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with dask_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """Make the results on processes of this machine; pauses change no table."""
    root = tmp_path_factory.mktemp("local") / "out"
    line = [*LONG, "--pause", "0", "--workers", "2", "--out", str(root)]
    assert run_experiment(walk.EXPERIMENT, line) == 0
    return root


def assert_same_files(root, expected):
    for name in ("runs.parquet", "metrics.parquet", "paths.parquet"):
        assert (root / name).read_bytes() == (expected / name).read_bytes()


@contextmanager
def meanwhile(condition, act):
    """Do something in a thread once something holds."""
    errors = []

    def watch():
        try:
            wait_for(condition)
            act()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=watch)
    thread.start()
    yield
    thread.join()
    assert errors == []


def run(*args):
    return run_experiment(walk.EXPERIMENT, list(map(str, args)))


def test_dask_gives_the_tables_of_this_machine(tmp_path, monkeypatch, cluster, local):
    monkeypatch.chdir(tmp_path)  # the workers are elsewhere
    assert run(*LONG, "--pause", "0", "--executor", cluster.executor, "--out", "out") == 0
    assert_same_files(tmp_path / "out", local)


def test_kill_9_of_a_dask_worker_costs_only_time(tmp_path, cluster, local):
    root, before = tmp_path / "out", cluster.workers()
    with meanwhile(lambda: finished(root) >= 3, lambda: os.kill(before[0], signal.SIGKILL)):
        assert run(*LONG, "--executor", cluster.executor, "--out", root) == 0
    assert before[0] not in cluster.workers()
    assert_same_files(root, local)


def test_a_seed_that_kills_its_workers_on_dask_is_left_behind(tmp_path, cluster):
    assert len(cluster.workers()) == 2
    seeds = ("--seeds", 4, "--days", 6, "--kill-seed", 2)
    assert run(*seeds, "--executor", cluster.executor, "--out", tmp_path) == 0
    failures = json.loads((tmp_path / "summary.json").read_text())["failures"]
    lost = {"subsidy", "none.frozen", "subsidy.frozen"}
    assert {(f["seed"], f["arm"], f["type"]) for f in failures} == {
        (2, arm, "WorkerDiedError") for arm in lost
    }
    assert finished(tmp_path) == 4 * 5 - len(lost)


def test_an_interrupted_study_on_dask_resumes_here(tmp_path, request, cluster, local):
    assert len(cluster.workers()) == 2
    root = tmp_path / "out"

    def interrupt():
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    # Tests that a shell started in the background have this signal ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    with meanwhile(lambda: finished(root) >= 3, interrupt):
        assert run(*LONGER, "--executor", cluster.executor, "--out", root) == 130
    assert 3 <= finished(root) < 30
    assert run(*LONGER, "--workers", 2, "--out", root) == 0
    assert_same_files(root, local)


def test_a_scheduler_that_goes_ends_the_study_and_keeps_what_is_done(tmp_path, capsys, local):
    root = tmp_path / "out"
    with dask_cluster(tmp_path) as cluster:
        with meanwhile(lambda: finished(root) >= 3, cluster.scheduler.kill):
            assert run(*LONGER, "--executor", cluster.executor, "--out", root) == 1
        error = capsys.readouterr().err
        assert f"no Dask scheduler answers at {cluster.address}" in error
        assert f"finished runs are kept in {root}; the same command resumes" in error
        assert "Traceback" not in error
    assert 3 <= finished(root) < 30
    assert run(*LONGER, "--workers", 2, "--out", root) == 0
    assert_same_files(root, local)


def test_workers_that_cannot_load_the_experiment_are_refused(tmp_path, capsys):
    pytest.importorskip("distributed")
    with (
        dask_scheduler(tmp_path) as (_, address),
        dask_worker(address, tmp_path / "bare", path=tmp_path),
    ):
        line = ("--executor", address.replace("tcp", "dask"), "--out", tmp_path / "out")
        assert run(*LONG, *line) == 2
    error = capsys.readouterr().err
    assert "cannot load toy_experiments.walk: ModuleNotFoundError" in error
    assert finished(tmp_path / "out") == 0


def test_a_worker_is_no_scheduler(tmp_path, capsys, cluster):
    from distributed import Client

    with Client(cluster.address, timeout=60, set_as_default=False) as client:
        worker = next(iter(client.nthreads()))
    line = ("--executor", worker.replace("tcp", "dask"), "--out", tmp_path / "out")
    assert run(*LONG, *line) == 2
    assert f"what answers at {worker} is a Dask Worker, not a" in capsys.readouterr().err


def test_a_scheduler_without_workers_is_refused(tmp_path, monkeypatch, capsys):
    pytest.importorskip("distributed")
    monkeypatch.setattr("tidegate.study.dask_pool._FIRST_WORKER_SECONDS", 0.5)
    with dask_scheduler(tmp_path) as (_, address):
        line = ("--executor", address.replace("tcp", "dask"), "--out", tmp_path / "out")
        assert run(*LONG, *line) == 2
    assert f"the Dask scheduler at {address} has no workers" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_study_whose_workers_all_go_ends(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("tidegate.study.dask_pool._PATIENCE_SECONDS", 2.0)
    root = tmp_path / "out"
    with dask_cluster(tmp_path) as cluster:

        def end_workers():
            for nanny in cluster.nannies:
                os.killpg(nanny.pid, signal.SIGKILL)

        with meanwhile(lambda: finished(root) >= 3, end_workers):
            assert run(*LONGER, "--executor", cluster.executor, "--out", root) == 1
    assert f"{cluster.address} has had no workers for 2 s" in capsys.readouterr().err
    assert 3 <= finished(root) < 30


@pytest.fixture
def mpiexec():
    pytest.importorskip("mpi4py")
    # A launcher of another MPI than the library's would start ranks that know nothing of
    # each other; the one beside this Python came with the library.
    beside = Path(sys.executable).with_name("mpiexec")
    found = str(beside) if beside.exists() else shutil.which("mpiexec")
    if found is None:
        pytest.skip("no mpiexec here; pip install mpich brings one")
    return found


def mpi_command(mpiexec, *args):
    study = ("-m", "toy_experiments.walk", "--executor", "mpi", *args)
    return (mpiexec, "-n", "3", sys.executable, "-m", "mpi4py.futures", *study)


@pytest.fixture
def one_machine(monkeypatch):
    """Let either MPI start more ranks here than there are processors, without ssh."""
    for name, value in {
        "HYDRA_LAUNCHER": "fork",
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "OMPI_MCA_rmaps_base_oversubscribe": "1",
    }.items():
        monkeypatch.setenv(name, value)


def wait_in(started, cwd):
    assert started.wait(timeout=60) == 0, (cwd / "log").read_text()


@pytest.mark.usefixtures("one_machine")
def test_mpi_gives_the_tables_of_this_machine(tmp_path, mpiexec, local):
    command = mpi_command(mpiexec, *LONG, "--pause", "0", "--out", "out")
    with process(*command, cwd=tmp_path) as job:
        wait_in(job, tmp_path)
    assert_same_files(tmp_path / "out", local)


@pytest.mark.usefixtures("one_machine")
def test_the_death_of_a_rank_ends_the_job_which_resumes(tmp_path, mpiexec, local):
    root = tmp_path / "out"
    command = mpi_command(mpiexec, *LONG, "--out", "out")
    with process(*command, cwd=tmp_path) as job:
        wait_for(lambda: finished(root) >= 3, seconds=60)
        os.kill(ranks_of(job.pid)[-1], signal.SIGKILL)
        assert job.wait(timeout=60) != 0
    kept = finished(root)
    assert 3 <= kept < 30
    with process(*command, cwd=tmp_path) as job:
        wait_in(job, tmp_path)
    assert_same_files(root, local)


def ranks_of(pid):
    """Return the processes below a launcher that run Python, by their age."""
    found = []
    for child in map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
        command = Path(f"/proc/{child}/cmdline").read_bytes()
        found += [child] if b"mpi4py.futures" in command.split(b"\0") else ranks_of(child)
    return found
