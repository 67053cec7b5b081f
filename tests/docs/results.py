"""Results that pages read: of an experiment and of a sweep, made small, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from experiments.pension_entry import EXPERIMENT
from tidegate.study.launch import run_experiment
from tidegate.study.plan import Plan
from tidegate.study.study_file import StudyFile
from tidegate.study.sweep import run_sweep

SMALL = {"accounts": 500, "step_hours": 24, "warm_up_days": 5, "belief_warm_up_days": 5}
SHORT = {"ramps": [0.25], "hold_days": 20}
SWEEP = {
    "experiment": EXPERIMENT.name,
    "seeds": 2,
    "arms": ["a0", "a10-default"],
    "metrics": ["price", "volatility"],
    "parameters": {**SMALL, **SHORT},
    "vary": {"elasticity": [0.1, 0.5]},
}


class _AtOnce(Executor):
    """Runs a job when it is handed in."""

    def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(function(*args, **kwargs))
        return future


class _Here:
    """A pool in this process."""

    workers = 1

    @contextmanager
    def __call__(self) -> Iterator[Executor]:
        yield _AtOnce()

    def on_workers(self, function: Any, *args: Any) -> dict[str, Any]:
        return {}


def sweep(home: Path) -> None:
    """Make ``results/elasticity`` below a directory."""
    plan = Plan.made(StudyFile.model_validate(SWEEP), EXPERIMENT)
    run_sweep(plan, home / "results" / "elasticity", _Here(), progress=False)


def experiment(home: Path) -> None:
    """Make ``results/pension_entry`` below a directory, report and all."""
    options = [
        f"--{name.replace('_', '-')}={value[0] if isinstance(value, list) else value}"
        for name, value in {**SMALL, **SHORT}.items()
    ]
    out = home / "results" / EXPERIMENT.name
    argv = ["--seeds=2", "--workers=1", "--json", f"--out={out}", *options]
    assert run_experiment(EXPERIMENT, argv) == 0


def both(home: Path) -> None:
    """Make the two."""
    sweep(home)
    experiment(home)
