"""What a sweep costs beyond its runs, in time and in memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sweeping import HERE, plan
from toy_experiments import walk

from tidegate.study.executors import LocalPool
from tidegate.study.seed import run_arm
from tidegate.study.sweep import run_sweep

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")

# Runs a sweep in this process and says how much memory it needed, workers aside.
MEMORY = """
import json, sys
from pathlib import Path
from sweeping import plan
from tidegate.study.executors import LocalPool
from tidegate.study.sweep import run_sweep

if __name__ == "__main__":
    seeds = int(sys.argv[2])
    vary = {"drift": [n / 10_000 for n in range(200)]}
    many = plan(seeds=seeds, vary=vary, parameters={"days": 2})
    finished = run_sweep(many, Path(sys.argv[1]), LocalPool(2), progress=False).finished
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0])
    print(json.dumps({"finished": finished, "mib": peak / 1024}))
"""


def sweep_elsewhere(tmp_path, seeds):
    program = tmp_path / "memory.py"
    program.write_text(MEMORY)
    path = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, str(program), str(tmp_path / f"out{seeds}"), str(seeds)],
        env={**os.environ, "PYTHONPATH": path},
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_runs(tmp_path):
    """10,000 runs keep the parent below 300 MiB, and within some MiB of 1,000 runs."""
    few, many = (sweep_elsewhere(tmp_path, seeds) for seeds in (2, 25))
    print(few, many)
    assert (few["finished"], many["finished"]) == (800, 10_000)
    assert many["mib"] < 300
    assert many["mib"] < few["mib"] + 30


def seconds_of_sweep(out, workers, **changes):
    made = plan(**changes)
    begun = time.perf_counter()
    assert run_sweep(made, out, LocalPool(workers), progress=False).finished == made.runs
    return time.perf_counter() - begun


def seconds_of_loop(**changes):
    """Time the same runs in a plain loop: build, run, measure; nothing is stored."""
    made = plan(**changes)
    begun = time.perf_counter()
    for point in range(len(made)):
        parameters = made.parameters(point)
        for seed in made.seeds:
            for arm in made.arms(point):
                world = run_arm(walk.EXPERIMENT, parameters, seed, arm)
                walk.measure(world.frames(), parameters)
    return time.perf_counter() - begun


@pytest.mark.bench
def test_a_run_costs_five_milliseconds_at_most(tmp_path):
    """Beyond the model: dispatch, parquet, seals, tables, and the start of the worker."""
    size = {"vary": {"drift": [n / 10_000 for n in range(60)]}, "seeds": 5}
    runs = plan(**size).runs
    loop = seconds_of_loop(**size)
    swept = seconds_of_sweep(tmp_path / "out", 1, **size)
    each = (swept - loop) / runs * 1e3
    print(f"\n{runs:,} runs: loop {loop:.1f} s, sweep {swept:.1f} s: {each:.2f} ms a run")
    assert each <= 5


@pytest.mark.slow
def test_two_workers_are_nearly_twice_as_fast_as_one(tmp_path):
    """Runs of one second, which wait rather than compute, so that a busy machine is no excuse."""
    size = {"vary": {"drift": [0.0, 0.01]}, "seeds": 12, "arms": ["none"]}
    size["parameters"] = {"days": 4, "pause": 1 / 14}
    one, two = (seconds_of_sweep(tmp_path / str(n), n, **size) for n in (1, 2))
    print(f"\n24 runs of 1 s: one worker {one:.1f} s, two {two:.1f} s: {one / two:.2f} times")
    assert one / two >= 1.85
