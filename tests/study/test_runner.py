"""Running seeds: the same tables whoever runs them, and whatever dies on the way."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from toy_experiments import walk

from tidegate.study.runner import run_jobs
from tidegate.study.seed import Job, run_seed
from tidegate.study.store import Manifest, Store

SEEDS = (3, 4, 5)


def open_store(root, experiment=walk.EXPERIMENT, **parameters):
    manifest = Manifest(
        experiment=experiment.name,
        version="1",
        code="c",
        scenario_digest=experiment.digest(experiment.parameters(**parameters)),
        claims_hash="h",
        parameters=parameters,
    )
    return Store.open(root, manifest)


def make_jobs(store, seeds=SEEDS, audit=False, **parameters):
    chosen = walk.WalkParameters(**parameters)
    arms = walk.EXPERIMENT.checked_arms(chosen)
    return [Job(walk.EXPERIMENT, chosen, seed, arms, store, audit) for seed in seeds]


def tables(store, seeds=SEEDS):
    labels = [arm.label for arm in walk.arms(walk.WalkParameters())]
    return [store.table(name, seeds, labels) for name in ("runs", "metrics", "paths")]


def assert_equal_tables(left, right):
    assert all(a.equals(b) for a, b in zip(left, right, strict=True))
    assert left[1].height == len(SEEDS) * 5 * 3


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    store = open_store(tmp_path_factory.mktemp("reference"), days=4)
    assert run_jobs(make_jobs(store, days=4)) == []
    return tables(store)


def test_arms_share_their_past_and_part_at_the_announcement(reference):
    paths = reference[2]
    for seed in SEEDS:
        market = {
            arm: paths.filter(seed=seed, arm=arm)["price"].to_numpy()
            for arm in ("none", "placebo", "subsidy")
        }
        np.testing.assert_array_equal(market["none"], market["placebo"])
        split = walk.WARM_UP + 1
        np.testing.assert_array_equal(market["none"][:split], market["subsidy"][:split])
        assert (market["subsidy"][split:] > market["none"][split:]).all()


def test_a_fork_equals_a_fresh_run(reference):
    world = walk.build(walk.WalkParameters(days=4), SEEDS[0])
    world.apply([walk.Subsidy(drift=0.0)])
    world.run_until(walk.WARM_UP + 4)
    runs = reference[0].filter(seed=SEEDS[0], arm="placebo")
    assert runs["digest"].item() == world.digest()


def test_two_workers_give_the_tables_of_one(tmp_path, reference):
    store = open_store(tmp_path, days=4)
    assert run_jobs(make_jobs(store, days=4), workers=2) == []
    assert_equal_tables(tables(store), reference)


def test_any_executor_will_do(tmp_path, reference):
    store = open_store(tmp_path, days=4)
    jobs = make_jobs(store, days=4)
    assert run_jobs(jobs, workers=3, open_pool=lambda: ThreadPoolExecutor(3)) == []
    assert_equal_tables(tables(store), reference)


def test_only_what_is_missing_runs_again(tmp_path, reference, monkeypatch):
    store = open_store(tmp_path, days=4)
    jobs = make_jobs(store, days=4)
    run_jobs(jobs)
    untouched = store.part("runs", 3, "none").stat().st_mtime_ns
    damaged = store.part("metrics", 4, "subsidy")
    damaged.write_bytes(b"PAR1")
    built = []
    monkeypatch.setattr(
        walk.ToyWorld, "__init__", _noting(walk.ToyWorld.__init__, built), raising=True
    )
    assert run_jobs(jobs) == []
    assert built == [4]
    assert store.part("runs", 3, "none").stat().st_mtime_ns == untouched
    assert_equal_tables(tables(store), reference)


def _noting(original, built):
    def init(self, seed, *args):
        built.append(seed)
        original(self, seed, *args)

    return init


def test_a_failed_run_is_recorded_and_the_rest_goes_on(tmp_path):
    store = open_store(tmp_path, days=4, crash_seed=4)
    failures = run_jobs(make_jobs(store, days=4, crash_seed=4))
    assert [(f.seed, f.arm, f.where, f.type) for f in failures] == [
        (4, "subsidy", "run", "ArithmeticError"),
        (4, "subsidy.frozen", "run", "ArithmeticError"),
    ]
    assert "fell off the page" in failures[0].message
    assert "run_until" in failures[0].traceback
    assert tables(store)[0].height == len(SEEDS) * 5 - 2


@pytest.mark.parametrize(
    ("member", "where", "arms"),
    [
        ("run_until", "warm-up", 5),
        ("fork", "fork", 3),
        ("apply", "apply", 5),
        ("audit", "audit", 5),
        ("frames", "measure", 5),
        ("digest", "store", 5),
    ],
)
def test_a_failure_says_where_it_happened(tmp_path, monkeypatch, member, where, arms):
    def fail(*_):
        raise RuntimeError("no more")

    monkeypatch.setattr(walk.ToyWorld, member, fail)
    store = open_store(tmp_path, days=4)
    [job] = make_jobs(store, seeds=(1,), audit=True, days=4)
    failures = run_seed(job)
    assert {(f.where, f.message) for f in failures} == {(where, "no more")}
    assert len(failures) == arms


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"price": 1.0}, "declared are drawdown, price, volatility"),
        ({"price": -1.0, "volatility": 0.5, "drawdown": 0.1}, "price is -1.0; on the log scale"),
    ],
)
def test_metrics_must_be_those_declared_and_comparable(tmp_path, values, words):
    store = open_store(tmp_path, days=4)
    [job] = make_jobs(store, seeds=(1,), days=4)
    experiment = replace(walk.EXPERIMENT, measure=lambda frames, parameters: values)
    failures = run_seed(replace(job, experiment=experiment))
    assert {f.where for f in failures} == {"measure"}
    assert words in failures[0].message


def test_a_zero_on_the_log_scale_is_no_value(tmp_path):
    store = open_store(tmp_path, days=4)
    [job] = make_jobs(store, seeds=(1,), days=4)
    values = {"price": 1.0, "volatility": 0.0, "drawdown": 0.0}
    experiment = replace(walk.EXPERIMENT, measure=lambda frames, parameters: values)
    assert run_seed(replace(job, experiment=experiment)) == []
    found = store.table("metrics", [1], ["none"])["value"].to_list()
    np.testing.assert_equal(found, [1.0, np.nan, 0.0])


def test_a_seed_that_kills_its_worker_is_left_behind(tmp_path, reference):
    """The worker of seed 4 is killed with signal 9 in its third arm, twice."""
    store = open_store(tmp_path, days=4, kill_seed=4)
    failures = run_jobs(make_jobs(store, days=4, kill_seed=4), workers=2)
    assert {(f.seed, f.where, f.type) for f in failures} == {(4, "worker", "WorkerDiedError")}
    assert "subsidy" in {f.arm for f in failures}
    expected = reference[1].filter(seed=3)
    assert tables(store)[1].filter(seed=3).equals(expected)
    assert tables(store)[0].filter(seed=5).height == 5


def test_executors_that_only_break_end_in_failures(tmp_path):
    class Broken(Executor):
        def submit(self, *_, **__):
            raise BrokenExecutor("never worked")

    store = open_store(tmp_path, days=4)
    failures = run_jobs(make_jobs(store, days=4), workers=2, open_pool=Broken)
    assert len(failures) == len(SEEDS) * 5
    assert {f.type for f in failures} == {"WorkerDiedError"}


def test_a_job_that_cannot_be_sent_is_a_failure_of_its_seed(tmp_path):
    class Unsent(Executor):
        def submit(self, *_, **__):
            future = Future()
            future.set_exception(TypeError("cannot pickle"))
            return future

    store = open_store(tmp_path, days=4)
    failures = run_jobs(make_jobs(store, days=4), workers=2, open_pool=Unsent)
    assert {(f.where, f.type) for f in failures} == {("worker", "TypeError")}
