"""The unit of work of a study: one seed, warmed up once, forked into every arm."""

from __future__ import annotations

import json
import math
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import polars as pl

from tidegate.analysis.scales import Scale
from tidegate.analysis.views import Span, views
from tidegate.report.summary import FailureRow, Metric
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, Timeline
from tidegate.study.memory import WorldCollector
from tidegate.study.store import StorageError, Store
from tidegate.study.world import Auditable, Frames, World

DAY = 86_400
METRICS_SCHEMA = {"metric": pl.String(), "value": pl.Float64()}
_worlds = WorldCollector()  # of this process


@dataclass(frozen=True, slots=True)
class Job:
    """One seed and the arms it still lacks, with all a worker needs to run them."""

    experiment: Experiment[Any]
    parameters: Any
    seed: int
    arms: tuple[Arm, ...]
    store: Store
    audit: bool = False
    paths: bool = True  # store the series too, where the experiment records any


class _ArmFailedError(Exception):
    """Carries where in the life of a run its cause was raised."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


@contextmanager
def _stage(where: str) -> Iterator[None]:
    try:
        yield
    except StorageError:
        raise
    except Exception as error:
        raise _ArmFailedError(where) from error


def run_seed(job: Job, on_arm: Callable[[], None] = lambda: None) -> list[FailureRow]:
    """Run every arm of one seed, store a part for each, and return what failed.

    An exception ends the arm it was raised in, or, before the fork, the arms that share the
    warm-up; the others go on.

    Raises
    ------
    StorageError
        When a part cannot be written.
    """
    timeline = job.experiment.timeline(job.parameters)
    return [
        failure
        for group in _sharing_warm_up(job.arms)
        for failure in _run_group(job, group, timeline, on_arm)
    ]


def _run_group(
    job: Job, group: Sequence[Arm], timeline: Timeline, on_arm: Callable[[], None]
) -> list[FailureRow]:
    """Run the arms that share a warm-up."""
    try:
        origin = _warm_up(job, group[0], timeline)
    except _ArmFailedError as error:
        return [failure_of(job.seed, arm.label, error) for arm in group]
    failures: list[FailureRow] = []
    for arm in group:
        try:
            # The last arm needs no copy: nobody continues the original.
            _run_arm(job, arm, origin if arm is group[-1] else _fork(origin), timeline)
        except _ArmFailedError as error:
            failures.append(failure_of(job.seed, arm.label, error))
        on_arm()
        _worlds.collect()
    return failures


def _sharing_warm_up(arms: Sequence[Arm]) -> list[list[Arm]]:
    """Return the arms grouped by equal overrides, in their order."""
    groups: dict[str, list[Arm]] = {}
    for arm in arms:
        key = json.dumps(dict(arm.overrides), sort_keys=True, default=str)
        groups.setdefault(key, []).append(arm)
    return list(groups.values())


def failure_of(seed: int, arm: str, error: Exception) -> FailureRow:
    """Return the record of a failed run."""
    cause = error.__cause__ if isinstance(error, _ArmFailedError) and error.__cause__ else error
    return FailureRow(
        seed=seed,
        arm=arm,
        where=error.where if isinstance(error, _ArmFailedError) else "worker",
        type=type(cause).__name__,
        message=str(cause),
        traceback="".join(traceback.format_exception(cause)),
    )


def run_arm(experiment: Experiment[Any], parameters: Any, seed: int, arm: Arm) -> World:
    """Return the world of one arm at its end, from a run of its own."""
    timeline = experiment.timeline(parameters)
    world = experiment.build(experiment.arm_parameters(parameters, arm), seed)
    world.run_until(timeline.announcement)
    world.apply(arm.policies)
    world.run_until(timeline.end)
    return world


def _warm_up(job: Job, arm: Arm, timeline: Timeline) -> World:
    with _stage("build"):
        parameters = job.experiment.arm_parameters(job.parameters, arm)
        world = job.experiment.build(parameters, job.seed)
    with _stage("warm-up"):
        world.run_until(timeline.announcement)
    return world


def _fork(world: World) -> World:
    with _stage("fork"):
        return world.fork()


def _run_arm(job: Job, arm: Arm, world: World, timeline: Timeline) -> None:
    parameters = job.experiment.arm_parameters(job.parameters, arm)
    with _stage("apply"):
        world.apply(arm.policies)
    with _stage("run"):
        world.run_until(timeline.end)
    if job.audit:
        with _stage("audit"):
            _audit(world)
    with _stage("measure"):
        frames = world.frames()
        tables = {"metrics": _measure(job.experiment, parameters, frames)}
        if job.paths and job.experiment.record is not None:
            tables["paths"] = job.experiment.record(frames, parameters)
        if job.paths:
            tables |= views(frames, span_of(timeline))
    with _stage("store"):
        job.store.write(job.seed, arm.label, tables, digest=world.digest(), audited=job.audit)


def span_of(timeline: Timeline) -> Span:
    """Return what a report shows of a run: all from the announcement on."""
    second = timeline.horizon_days * DAY / (timeline.end - timeline.announcement)  # of a tick
    return Span(timeline.announcement * second, timeline.end * second)


def _audit(world: World) -> None:
    if not isinstance(world, Auditable):
        raise TypeError(f"--audit needs a world with audit(); {type(world).__name__} has none")
    world.audit()


def _measure(experiment: Experiment[Any], parameters: Any, frames: Frames) -> pl.DataFrame:
    values: Mapping[str, float] = experiment.measure(frames, parameters)
    declared = [metric.name for metric in experiment.metrics]
    if set(values) != set(declared):
        raise ValueError(
            f"measure of {experiment.name} returned {', '.join(sorted(values))}; "
            f"declared are {', '.join(sorted(declared))}"
        )
    numbers = [_value(metric, values[metric.name]) for metric in experiment.metrics]
    return pl.DataFrame({"metric": declared, "value": numbers}, schema=METRICS_SCHEMA)


def _value(metric: Metric, value: float) -> float:
    """Return a value that the scale of its metric can compare; NaN says there is none."""
    number = float(value)
    if math.isnan(number):
        return number
    if metric.scale is Scale.LOG and number <= 0:
        if number == 0:
            return math.nan  # a still price has no log of its volatility
        raise ValueError(f"{metric.name} is {number!r}; on the log scale it must be above 0")
    if metric.scale is Scale.INDICATOR and number not in (0.0, 1.0):
        raise ValueError(f"{metric.name} is {number!r}; an indicator must be 0 or 1")
    return number
