"""Calibrate an ecology on any executor: a sampler's search, polished by Gauss and Newton.

What is tried next depends on what was found before and on nothing else, and every evaluation is
kept in the directory of the calibration. One that was killed therefore goes on where it stopped,
when the same command is given again.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import tidegate
from tidegate.analysis.calibration import Assessment, Figures, Lengths, assess, measure
from tidegate.analysis.ecologies import Ecology
from tidegate.analysis.inference import Jacobian, jacobian, neighbours, newton_steps
from tidegate.analysis.moments import Targets
from tidegate.analysis.shape import Shape, seed_shape
from tidegate.study.directory_lock import directory_lock
from tidegate.study.executors import ClusterError, ExecutorPool
from tidegate.study.store import write_atomically

__all__ = ["Fit", "Plan", "calibrate", "fresh_figures", "fresh_shapes"]

BATCH: Final = 4  # sets that the sampler proposes at a time, whatever the number of workers
FORBIDDEN: Final = 1e6  # loss of a set that breaks what must hold between its values
GAIN: Final = 1e-3  # share of the loss that a polishing step must take off
DIGITS: Final = 12  # of values in the names of kept evaluations

Values = Mapping[str, float]
Notice = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """What a calibration does.

    Attributes
    ----------
    ecology, targets
        What is fitted to what.
    seeds
        The same for every set of values.
    lengths
        How long each runs.
    evaluations
        Sets that the sampler tries; the first is the committed one.
    polish
        Rounds of Gauss and Newton after it, at most.
    sampler_seed
        Of the sampler.
    """

    ecology: Ecology
    targets: Targets
    seeds: Sequence[int]
    lengths: Lengths
    evaluations: int
    polish: int = 4
    sampler_seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be done."""
        if self.evaluations < 1:
            raise ValueError(f"evaluations is {self.evaluations}; allowed is 1 and above")
        if self.polish < 0:
            raise ValueError(f"polish is {self.polish}; allowed is 0 and above")
        if not self.seeds:
            raise ValueError("seeds is empty; one or more are needed")


@dataclass(frozen=True)
class Fit:
    """Outcome of a calibration.

    Attributes
    ----------
    best
        The best set found.
    slopes
        Jacobian of the residuals there.
    tried
        Sets that were assessed.
    """

    best: Assessment
    slopes: Jacobian
    tried: int


def calibrate(plan: Plan, out: Path, pool: ExecutorPool, notice: Notice = lambda _: None) -> Fit:
    """Search, polish, and measure the slopes at the best set.

    Parameters
    ----------
    plan
        What to do.
    out
        Directory that keeps what was evaluated.
    pool
        Where seeds run.
    notice
        Takes a line about the progress, now and then.

    Raises
    ------
    ClusterError
        When a worker died; what was finished is kept.
    """
    with directory_lock(out), pool() as executor:
        bench = _Bench(plan, out / "evaluations", executor)
        best = _searched(plan, bench, notice)
        best, slopes = _polished(plan, bench, best, notice)
    return Fit(best, slopes, bench.tried)


def fresh_figures(
    ecology: Ecology, values: Values, seeds: Sequence[int], lengths: Lengths, pool: ExecutorPool
) -> list[Figures]:
    """Return the figures of seeds that no fit has seen."""
    with pool() as executor:
        return _run(executor, ecology, values, seeds, lengths)


def fresh_shapes(
    ecology: Ecology,
    values: Values,
    seeds: Sequence[int],
    windows: Mapping[str, int],
    pool: ExecutorPool,
) -> list[Shape]:
    """Return the curves of seeds that no fit has seen, on windows of so many returns."""
    with pool() as executor:
        return _results(
            [executor.submit(seed_shape, ecology, values, seed, windows) for seed in seeds]
        )


# ---- Search -----------------------------------------------------------------------------------


def _searched(plan: Plan, bench: _Bench, notice: Notice) -> Assessment:
    """Return the best set of the sampler's."""
    optuna = _optuna()
    sampler = optuna.samplers.TPESampler(
        seed=plan.sampler_seed, multivariate=True, n_startup_trials=2 * len(plan.ecology.free)
    )
    study = optuna.create_study(sampler=sampler)
    ways = {
        free.name: optuna.distributions.FloatDistribution(free.low, free.high, log=free.log)
        for free in plan.ecology.free
    }
    start = plan.ecology.defaults()
    study.enqueue_trial({name: start[name] for name in ways})
    found: list[Assessment] = []
    for first in range(0, plan.evaluations, BATCH):
        last = min(first + BATCH, plan.evaluations)
        trials = [study.ask(ways) for _ in range(first, last)]
        for trial, assessment in zip(trials, bench([t.params for t in trials]), strict=True):
            if assessment is not None:
                found.append(assessment)
            study.tell(trial, FORBIDDEN if assessment is None else assessment.loss)
        notice(f"{last} of {plan.evaluations} sets, least loss {study.best_value:.2f}")
    if not found:
        raise ValueError(f"none of {plan.evaluations} sets keeps what must hold between values")
    return min(found, key=lambda assessment: assessment.loss)


def _optuna() -> Any:
    try:
        optuna = importlib.import_module("optuna")
    except ImportError as error:
        raise ValueError(
            f'a calibration needs optuna ({error}): pip install "tidegate[calibrate]"'
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    importlib.import_module("warnings").filterwarnings("ignore", module="optuna")
    return optuna


def _polished(
    plan: Plan, bench: _Bench, best: Assessment, notice: Notice
) -> tuple[Assessment, Jacobian]:
    """Go downhill by Gauss and Newton while it helps; return the best set and its slopes."""
    for number in range(plan.polish + 1):
        slopes = _slopes(plan, bench, best)
        if number == plan.polish:
            break
        steps = [one for one in bench(newton_steps(plan.ecology, best, slopes)) if one is not None]
        lowest = min([best, *steps], key=lambda assessment: assessment.loss)
        notice(f"polished {number + 1} times, loss {lowest.loss:.2f}")
        if lowest.loss > (1.0 - GAIN) * best.loss:
            break
        best = lowest
    return best, slopes


def _slopes(plan: Plan, bench: _Bench, best: Assessment) -> Jacobian:
    around = bench(neighbours(plan.ecology, best.values), rescale=False)
    return jacobian(plan.ecology, [one for one in around if one is not None])


# ---- Evaluations ------------------------------------------------------------------------------


class _Bench:
    """Assesses sets of values; what it has seen before it reads from a directory."""

    def __init__(self, plan: Plan, folder: Path, executor: Executor) -> None:
        self.tried = 0
        self._plan, self._folder, self._executor = plan, folder, executor
        self._owner = _fingerprint(plan)

    def __call__(
        self, points: Sequence[Values], *, rescale: bool = True
    ) -> list[Assessment | None]:
        """Return an assessment of each set, None of those that break what must hold."""
        ecology = self._plan.ecology
        allowed = [ecology.excess(point) == 0.0 for point in points]
        runs = iter(self._figures([p for p, fine in zip(points, allowed, strict=True) if fine]))
        self.tried += sum(allowed)
        return [
            assess(ecology, self._plan.targets, point, next(runs), rescale=rescale)
            if fine
            else None
            for point, fine in zip(points, allowed, strict=True)
        ]

    def _figures(self, points: Sequence[Values]) -> list[list[Figures]]:
        """Return the figures of all seeds of each set; simulate those that are not kept."""
        paths = [self._path(point) for point in points]
        jobs = {
            path: _submit(
                self._executor, self._plan.ecology, point, self._plan.seeds, self._plan.lengths
            )
            for path, point in zip(paths, points, strict=True)
            if _kept(path) is None
        }
        for path, futures in jobs.items():
            runs = _results(futures)
            write_atomically(path, json.dumps([asdict(run) for run in runs]).encode())
        return [found for path in paths if (found := _kept(path)) is not None]

    def _path(self, point: Values) -> Path:
        text = ",".join(f"{name}={value:.{DIGITS}g}" for name, value in sorted(point.items()))
        name = hashlib.sha256(f"{self._owner};{text}".encode()).hexdigest()[:24]
        return self._folder / f"{name}.json"


def _fingerprint(plan: Plan) -> str:
    """Return what decides the figures of a set besides its values: the model's bits among it."""
    path = plan.ecology.simulate({}, 0, 2).minutes
    parts = [
        tidegate.__version__,
        plan.ecology.name,
        hashlib.sha256(path.tobytes()).hexdigest(),
        repr(list(plan.seeds)),
        repr(plan.lengths),
    ]
    return hashlib.sha256(";".join(parts).encode()).hexdigest()


def _kept(path: Path) -> list[Figures] | None:
    """Return the figures in a file, None where there are none that can be read."""
    try:
        return [Figures(**run) for run in json.loads(path.read_bytes())]
    except (OSError, ValueError, TypeError):
        return None


def _run(
    executor: Executor, ecology: Ecology, values: Values, seeds: Sequence[int], lengths: Lengths
) -> list[Figures]:
    return _results(_submit(executor, ecology, values, seeds, lengths))


def _submit(
    executor: Executor, ecology: Ecology, values: Values, seeds: Sequence[int], lengths: Lengths
) -> list[Any]:
    try:
        return [executor.submit(measure, ecology, values, seed, lengths) for seed in seeds]
    except BrokenExecutor as error:
        raise _worker_died(error) from error


def _results(futures: Sequence[Any]) -> list[Any]:
    try:
        return [future.result() for future in futures]
    except BrokenExecutor as error:
        raise _worker_died(error) from error


def _worker_died(error: Exception) -> ClusterError:
    return ClusterError(f"a worker died while it simulated a seed: {error}")
