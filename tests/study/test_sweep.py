"""A sweep and its directory: what is kept, what is run again, and never a wrong table."""

from __future__ import annotations

import errno
import json
import os
import random
import re
import shutil
import subprocess
import sys

import polars as pl
import pytest
from sweeping import Here, assert_same, plan, sweep, tables
from toy_experiments import walk

from tidegate.study import store as storage
from tidegate.study.directory_lock import DirectoryInUseError, directory_lock
from tidegate.study.executors import LocalPool
from tidegate.study.failure_log import FailureLog
from tidegate.study.store import StoreMismatchError
from tidegate.study.sweep import read_manifest, read_results, run_sweep

RUNS = 3 * 2 * 2  # points, seeds, arms


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return a sweep that nothing disturbed."""
    out = tmp_path_factory.mktemp("whole") / "out"
    assert sweep(out).finished == RUNS
    return out


@pytest.fixture
def out(tmp_path, whole):
    """Return a copy of it, to be disturbed."""
    return shutil.copytree(whole, tmp_path / "out")


@pytest.fixture
def built(monkeypatch):
    """Return the seeds of the worlds that are built."""
    seeds = []
    original = walk.ToyWorld.__init__

    def init(self, seed, *args):
        seeds.append(seed)
        original(self, seed, *args)

    monkeypatch.setattr(walk.ToyWorld, "__init__", init)
    return seeds


def part(out, table="metrics", point=1, seed=0, arm="subsidy"):
    return out / f"parts/{table}/point={point}/seed={seed}/arm={arm}/part.parquet"


def seal(out, **place):
    return part(out, "runs", **place).with_name("seal.json")


def failures(out):
    return [json.loads(line) for line in (out / "failures.jsonl").read_text().splitlines()]


def test_results_have_a_row_a_point_seed_arm_and_metric(whole):
    results = read_results(whole)
    assert results.schema == {
        "point": pl.Int64,
        "drift": pl.Float64,
        "seed": pl.Int64,
        "arm": pl.String,
        "metric": pl.String,
        "value": pl.Float64,
    }
    assert results.height == RUNS * 3
    assert results.select("point", "seed", "arm").unique(maintain_order=True).rows() == [
        (point, seed, arm) for point in (0, 1, 2) for seed in (0, 1) for arm in ("none", "subsidy")
    ]
    found = results.filter(point=2, seed=1, arm="subsidy", metric="price")
    world = walk.build(plan().parameters(2), 1)
    world.run_until(walk.WARM_UP)
    world.apply([walk.Subsidy(drift=0.02)])
    world.run_until(walk.WARM_UP + 4)
    assert found.select("drift", "value").row(0) == (0.02, world.prices[-1])
    runs = pl.read_parquet(whole / "runs.parquet").filter(point=2, seed=1, arm="subsidy")
    assert runs["digest"].item() == world.digest()


def test_parts_are_a_hive_data_set(whole):
    frame = pl.read_parquet(whole / "parts/metrics/**/*.parquet", hive_partitioning=True)
    assert frame.height == RUNS * 3
    assert set(frame.columns) == {"point", "seed", "arm", "metric", "value"}


def test_the_manifest_says_what_was_run(whole):
    manifest = read_manifest(whole)
    assert manifest.experiment == "walk"
    assert manifest.design_digest == plan().digest
    assert len(manifest.code) == 64
    assert manifest.study == plan().study


def test_what_is_there_is_not_run_again(out, whole, built):
    before = {path: path.stat().st_mtime_ns for path in out.glob("parts/**/part.parquet")}
    assert sweep(out).finished == RUNS
    assert built == []
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in before.items())
    assert_same(out, tables(whole))


def test_progress_counts_what_was_there_and_gives_rate_and_time_left(out, capsys):
    run_sweep(plan(seeds=3), out, Here(), progress=True)
    lines = capsys.readouterr().err.split("\r")
    assert re.search(r"18/18 \[\d\d:\d\d<00:00, +[\d.]+run/s\]", lines[-1])


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow), 4])
def test_processes_give_the_tables_of_one(tmp_path, whole, workers):
    sweep(tmp_path, LocalPool(workers))
    assert_same(tmp_path, tables(whole))


# What may befall a directory


def flip(path, place):
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 1 << place % 8
    path.write_bytes(content)


@pytest.mark.parametrize("place", [3, 40, 333, -5])
@pytest.mark.parametrize("file", [part, lambda out: part(out, "runs"), seal])
def test_a_flipped_bit_is_known_and_its_run_made_again(out, whole, built, file, place):
    flip(file(out), place)
    sweep(out)
    assert built == [0]
    assert_same(out, tables(whole))


@pytest.mark.parametrize("seed", range(5))
def test_bits_flipped_all_over_change_no_byte_of_the_tables(out, whole, seed):
    chance = random.Random(seed)
    for path in sorted(out.glob("parts/**/*.*")):
        if chance.random() < 0.3:
            flip(path, chance.randrange(100_000))
    sweep(out)
    assert_same(out, tables(whole))


@pytest.mark.parametrize("size", [0, 4, 100, -1])
def test_a_truncated_part_is_made_again(out, whole, size):
    path = part(out)
    path.write_bytes(path.read_bytes()[:size])
    sweep(out)
    assert_same(out, tables(whole))


@pytest.mark.parametrize("table", ["metrics", "runs"])
def test_a_missing_part_is_made_again(out, whole, table):
    part(out, table).unlink()
    sweep(out)
    assert_same(out, tables(whole))


def test_parts_may_not_be_something_else(out, whole):
    seal(out).write_text('{"parts": ["metrics"]}')
    seal(out, point=2).write_text("[]")
    seal(out, seed=1).unlink()
    part(out, point=0).unlink()
    part(out, point=0).mkdir()
    with pytest.raises(OSError, match=r"part\.parquet"):
        sweep(out)
    part(out, point=0).rmdir()
    sweep(out)
    assert_same(out, tables(whole))


@pytest.mark.parametrize("to", [{"seed": 1}, {"point": 2}, {"arm": "none"}])
@pytest.mark.parametrize("with_seal", [True, False])
def test_parts_moved_to_another_place_are_known(out, whole, to, with_seal):
    """A run is not taken for another, though all its parts be whole."""
    for table in ("metrics", "runs"):
        shutil.copy(part(out, table), part(out, table, **to))
    if with_seal:
        shutil.copy(seal(out), seal(out, **to))
    sweep(out)
    assert_same(out, tables(whole))


def test_parts_of_another_sweep_are_known(tmp_path, out, whole):
    sweep(tmp_path / "other", parameters={"days": 9})
    shutil.rmtree(out / "parts")
    shutil.copytree(tmp_path / "other/parts", out / "parts")
    sweep(out)
    assert_same(out, tables(whole))


def test_a_manifest_lost_costs_nothing_and_proves_nothing(tmp_path, out, whole, built):
    (out / "manifest.json").unlink()
    sweep(out)
    assert built == []
    assert_same(out, tables(whole))
    (out / "manifest.json").unlink()
    sweep(out, parameters={"days": 9})
    sweep(tmp_path / "other", parameters={"days": 9})
    assert_same(out, tables(tmp_path / "other"))


def test_a_manifest_edited_by_hand_is_refused_by_the_field(out):
    path = out / "manifest.json"
    text = path.read_text()
    before = {p: p.stat().st_mtime_ns for p in out.rglob("*.parquet")}
    for old, new, words in [
        ('"days": 4', '"days": 5', "parameters.days 5 here 4"),
        ('"experiment": "walk"', '"experiment": "run"', "experiment 'run' here 'walk'"),
        ("0.01", "0.015", "vary.drift"),
        (read_manifest(out).code, "0" * 64, "code 000000000000 here"),
        (read_manifest(out).design_digest, "0" * 64, "design_digest 000000000000 here"),
    ]:
        path.write_text(text.replace(old, new, 1))
        with pytest.raises(StoreMismatchError, match=words):
            sweep(out)
    path.write_text(text[:-9])
    with pytest.raises(StoreMismatchError, match=r"manifest\.json is not a manifest"):
        sweep(out)
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*.parquet")} == before


def test_a_manifest_edited_to_fit_another_sweep_proves_nothing(tmp_path, out):
    path = out / "manifest.json"
    path.write_text(path.read_text().replace('"days": 4', '"days": 5'))
    sweep(out, parameters={"days": 5})
    sweep(tmp_path / "other", parameters={"days": 5})
    assert_same(out, tables(tmp_path / "other"))


def test_other_code_is_another_sweep(out, monkeypatch):
    monkeypatch.setattr("tidegate.study.sweep.code_hash", lambda _: "f" * 64)
    with pytest.raises(StoreMismatchError, match=r"another study \(code .* here ffffffffffff\)"):
        sweep(out)


def test_files_of_others_are_left_alone_and_not_counted(out, whole):
    stranger = part(out, point=99)
    stranger.parent.mkdir(parents=True)
    stranger.write_bytes(b"mine")
    draft = part(out).with_name("part.parquet.99.tmp")
    draft.write_bytes(b"half")
    sweep(out)
    assert stranger.read_bytes() == b"mine"
    assert not draft.exists()
    assert_same(out, tables(whole))


# What may change between two starts


def test_more_seeds_and_arms_add_runs(tmp_path, out, built):
    everything = {"seeds": 3, "arms": ["none", "placebo", "subsidy"]}
    sweep(out, **everything)
    assert built == [0, 1, 2] * 3
    sweep(tmp_path / "other", **everything)
    assert_same(out, tables(tmp_path / "other"))
    assert read_manifest(out).study.seeds == 3


def test_fewer_metrics_change_the_table_alone(out, built):
    sweep(out, metrics=["drawdown"], seeds=1)
    assert built == []
    assert set(read_results(out)["metric"]) == {"drawdown"}
    assert read_results(out).height == 3 * 2


def test_an_audit_runs_what_was_not_audited_again(out, built):
    run_sweep(plan(), out, Here(), audit=True, progress=False)
    assert built == [0, 1] * 3
    assert pl.read_parquet(out / "runs.parquet")["audited"].all()
    run_sweep(plan(), out, Here(), audit=True, progress=False)
    sweep(out)
    assert built == [0, 1] * 3


def test_a_sweep_that_has_not_ended_shows_no_table(out, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(walk.ToyWorld, "run_until", interrupt)
    with pytest.raises(KeyboardInterrupt):
        sweep(out, seeds=3)
    with pytest.raises(ValueError, match="holds no results; its sweep has not ended"):
        read_results(out)
    monkeypatch.undo()
    assert sweep(out, seeds=3).finished == 3 * 3 * 2


# Runs that fail


def test_a_failed_run_is_a_record_and_is_tried_again(out, whole, tmp_path, monkeypatch):
    out = tmp_path / "fresh"
    original = walk.ToyWorld.apply

    def refuse(self, policies):
        if self.seed == 1 and any(policy.drift == 0.01 for policy in policies):
            raise ArithmeticError("no drift today")
        original(self, policies)

    monkeypatch.setattr(walk.ToyWorld, "apply", refuse)
    for _ in range(2):
        summary = sweep(out)
        assert (summary.finished, summary.failed) == (RUNS - 1, 1)
        [record] = failures(out)
        assert (record["point"], record["seed"], record["arm"]) == (1, 1, "subsidy")
        assert (record["where"], record["type"]) == ("apply", "ArithmeticError")
        assert "no drift today" in record["message"]
        assert "in refuse" in record["traceback"]
    assert tables(out)[2].height == RUNS * 3 - 3
    monkeypatch.undo()
    summary = sweep(out)
    assert (summary.finished, summary.failed) == (RUNS, 0)
    assert failures(out) == []
    assert_same(out, tables(whole))


def test_a_damaged_run_that_fails_again_is_not_in_the_table(out, monkeypatch):
    flip(part(out, "metrics", point=0, seed=1, arm="none"), 40)

    def fail(*_):
        raise RuntimeError("no more")

    monkeypatch.setattr(walk.ToyWorld, "run_until", fail)
    assert sweep(out).finished == RUNS - 1
    assert read_results(out).filter(point=0, seed=1, arm="none").is_empty()


def test_where_everything_fails_the_tables_are_empty_with_their_columns(tmp_path, monkeypatch):
    monkeypatch.setattr(walk.ToyWorld, "frames", lambda _: {})
    summary = sweep(tmp_path)
    assert (summary.finished, summary.failed) == (0, RUNS)
    assert read_results(tmp_path).columns == ["point", "drift", "seed", "arm", "metric", "value"]
    assert pl.read_parquet(tmp_path / "runs.parquet").is_empty()


def test_a_run_that_kills_its_worker_twice_is_set_aside_and_stays_recorded(tmp_path):
    """Started again, it runs after all others and alone, and ends one worker more at most."""
    changes = {"vary": {"kill_seed": [-1, 1]}, "seeds": 3}
    for pools in (3, 2):  # together and alone; then alone at once
        pool = CountingPool(2)
        summary = sweep(tmp_path, pool, **changes)
        assert (summary.finished, summary.failed) == (11, 1)
        [record] = failures(tmp_path)
        assert (record["point"], record["seed"], record["arm"]) == (1, 1, "subsidy")
        assert record["type"] == "WorkerDiedError"
        assert pool.opened <= pools
    assert tables(tmp_path)[2].height == 11 * 3


class CountingPool(LocalPool):
    def __call__(self):
        object.__setattr__(self, "opened", getattr(self, "opened", 0) + 1)
        return super().__call__()


def test_a_line_of_failures_that_a_kill_cut_short_is_left_out(out, whole):
    path = out / "failures.jsonl"
    path.write_bytes(b'{"point": 1, "seed": 0, "arm": "subsidy", "wh')
    log = FailureLog(path)
    log.mend()
    assert list(log) == []
    seal(out).unlink()
    assert sweep(out).failed == 0
    assert path.read_bytes() == b""
    assert_same(out, tables(whole))


# A disk that is full


def test_a_full_disk_stops_the_sweep_and_loses_nothing(tmp_path, whole, monkeypatch):
    written = []
    original = storage.write_atomically

    def write(path, content, **how):
        written.append(path)
        if len(written) > 15:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        original(path, content, **how)

    monkeypatch.setattr(storage, "write_atomically", write)
    with pytest.raises(OSError, match="No space left on device"):
        sweep(tmp_path)
    assert len(written) == 16  # no other run was begun
    assert len(list(tmp_path.glob("parts/**/seal.json"))) == 4
    monkeypatch.undo()
    sweep(tmp_path)
    assert_same(tmp_path, tables(whole))


@pytest.fixture
def small_disk(tmp_path):
    """Mount a file system of 200 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"cannot mount a small disk here: {error}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(folder, left):
    """Leave some bytes of a disk free, or all that there are."""
    ballast = folder / "ballast"
    ballast.write_bytes(b"")
    ballast.write_bytes(bytes(max(0, shutil.disk_usage(folder).free - left)))


@pytest.mark.parametrize(
    "pool",
    [
        pytest.param(Here(), id="here"),
        pytest.param(LocalPool(2), marks=pytest.mark.slow, id="processes"),
    ],
)
def test_a_real_full_disk(small_disk, whole, pool):
    out = small_disk / "out"
    for left in (16_384, 40_960, 65_536):
        fill(small_disk, left)
        with pytest.raises(OSError, match="No space left on device"):
            sweep(out, pool)
        assert not (out / "results.parquet").exists()
    (small_disk / "ballast").unlink()
    sweep(out, pool)
    assert_same(out, tables(whole))


@pytest.mark.parametrize("left", [0, 4096, 8192])
def test_a_disk_that_fills_up_as_tables_are_written(small_disk, whole, left):
    out = small_disk / "out"
    sweep(out)
    (out / "results.parquet").unlink()
    (out / "runs.parquet").unlink()
    fill(small_disk, left)
    with pytest.raises(OSError, match="No space left on device"):
        sweep(out)
    (small_disk / "ballast").unlink()
    sweep(out)
    assert_same(out, tables(whole))


# Two sweeps in one directory


def test_two_sweeps_in_one_directory(out, whole):
    with (
        directory_lock(out),
        pytest.raises(DirectoryInUseError, match=rf"in use by process {os.getpid()} on \S+ since"),
    ):
        sweep(out)
    sweep(out)
    assert_same(out, tables(whole))


def test_a_process_that_was_killed_blocks_nobody(out, whole):
    program = (
        "import os, sys, pathlib\n"
        "from tidegate.study.directory_lock import directory_lock\n"
        "with directory_lock(pathlib.Path(sys.argv[1])):\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(out)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(DirectoryInUseError, match=f"process {holder.pid} "):
        sweep(out)
    holder.kill()
    holder.communicate()
    sweep(out)
    assert_same(out, tables(whole))


def test_a_file_is_no_directory(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(ValueError, match="where nothing can be written"):
        sweep(tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_a_folder_without_a_sweep_has_no_manifest(tmp_path):
    with pytest.raises(ValueError, match="holds no sweep"):
        read_manifest(tmp_path)
