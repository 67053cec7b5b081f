"""Run the seeds of a study on any executor, surviving failed runs and dead workers.

At most as many seeds as there are workers are handed out at a time, and jobs are made as they
are asked for, so memory does not grow with their number. When a worker dies, the pool is broken
and every seed that was out is suspect: it runs again, alone, so that a seed which ends its
worker twice is known, recorded as a failure and left behind.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Final, Self

from tqdm import tqdm

from tidegate.report.summary import FailureRow
from tidegate.study.pool import local_pool
from tidegate.study.seed import Job, failure_of, run_seed
from tidegate.study.store import StorageError

OpenPool = Callable[[], AbstractContextManager[Executor]]
OnFailures = Callable[[Job, Sequence[FailureRow]], None]
Interim = Callable[[Job], str | None]

_POLL_SECONDS: Final = 0.5


class WorkerDiedError(Exception):
    """A worker process ended while it ran a seed, as when memory runs out."""


class Progress:
    """Counts finished runs on stderr, with their rate and the time left; tells what is found."""

    def __init__(self, total: int, shown: bool | None, interim: Interim | None = None) -> None:
        self._interim = interim
        # `disable=None` keeps the bar out of logs and pipes.
        self._bar = tqdm(
            total=total, unit="run", smoothing=0.1, disable=None if shown is None else not shown
        )
        self._counted: dict[tuple[int | None, int], int] = {}  # runs seen of jobs that are out

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def skip(self, runs: int) -> None:
        """Count runs that were finished before; they are no part of the rate."""
        if not self._bar.disable:  # then it counts nothing
            self._bar.initial += runs
        self._bar.update(runs)

    def update(self, jobs: Iterable[Job]) -> None:
        """Count the runs of `jobs` that are on disk."""
        for job in jobs:
            self._count(job, sum(job.store.finished(job.seed, arm.label) for arm in job.arms))
        self._bar.refresh()  # the clock goes on though no run has ended

    def end(self, job: Job) -> None:
        """Count all runs of a job, whatever became of them."""
        self._count(job, len(job.arms))
        del self._counted[job.store.point, job.seed]
        if self._interim is not None and not self._bar.disable:
            found = self._interim(job)
            if found is not None:
                self._bar.write(f"{found}\n", file=sys.stderr)

    def lose(self, job: Job) -> Job:
        """Count what a job finished that will run again, and return the rest of it."""
        rest = lacking(job)
        self._count(job, len(job.arms) - len(rest.arms))
        del self._counted[job.store.point, job.seed]
        return rest

    def _count(self, job: Job, runs: int) -> None:
        key = job.store.point, job.seed
        self._bar.update(runs - self._counted.get(key, 0))
        self._counted[key] = runs


class _Waiting:
    """The arms that jobs still lack, found out as the jobs are asked for."""

    def __init__(self, jobs: Iterable[Job], bar: Progress) -> None:
        self._jobs = self._left(jobs, bar)
        self._first = next(self._jobs, None)

    def __bool__(self) -> bool:
        return self._first is not None

    @property
    def first(self) -> Job:
        assert self._first is not None
        return self._first

    def pop(self) -> Job:
        job, self._first = self.first, next(self._jobs, None)
        return job

    @staticmethod
    def _left(jobs: Iterable[Job], bar: Progress) -> Iterator[Job]:
        for job in jobs:
            rest = lacking(job)
            bar.skip(len(job.arms) - len(rest.arms))
            if rest.arms:
                yield rest


def run_jobs(
    jobs: Sequence[Job],
    *,
    workers: int = 1,
    open_pool: OpenPool | None = None,
    progress: bool | None = None,
    interim: Interim | None = None,
) -> list[FailureRow]:
    """Run what the store lacks of some jobs and return the records of what failed.

    Parameters
    ----------
    jobs
        The seeds of a study with all their arms.
    workers
        How many seeds run at a time; 1 without `open_pool` runs them in this process. An
        executor that has a method `present_workers` is asked instead, again and again.
    open_pool
        Returns a fresh executor as a context manager, as what `executors.open_executor`
        returns does; processes of this machine by default.
    progress
        Whether to draw a progress bar on stderr; by default only on a terminal.
    interim
        Takes every job that has ended and may return what is found so far, which is written
        above the bar; not asked where there is none.
    """
    failures: list[FailureRow] = []
    total = sum(len(job.arms) for job in jobs)
    with Progress(total, progress, interim) as bar:
        waiting = _Waiting(jobs, bar)
        if open_pool is None and workers == 1:
            return _run_here(waiting, bar)
        pool = open_pool or partial(local_pool, min(workers, max(len(jobs), 1)))
        dispatcher = _Dispatcher(pool, workers, bar, lambda _, found: failures.extend(found))
        dispatcher.run(waiting)
    return sorted(failures, key=lambda failure: failure.seed)


def stream_jobs(
    jobs: Iterable[Job],
    on_failures: OnFailures,
    *,
    total: int,
    workers: int,
    open_pool: OpenPool,
    suspects: Iterable[Job] = (),
    progress: bool | None = None,
) -> None:
    """Run what the store lacks of any number of jobs, on memory that does not grow with it.

    Parameters
    ----------
    jobs
        Made one at a time, as workers come free.
    on_failures
        Takes the records of what failed in a job, as soon as they are known.
    total
        Runs of all jobs and suspects.
    workers, open_pool, progress
        As of `run_jobs`.
    suspects
        Jobs that have ended their workers before: they run alone, after all others, and one
        that does so again is left behind at once.
    """
    with Progress(total, progress) as bar:
        dispatcher = _Dispatcher(open_pool, workers, bar, on_failures)
        dispatcher.run(_Waiting(jobs, bar))
        dispatcher.run_alone(_Waiting(suspects, bar))


def lacking(job: Job) -> Job:
    """Return the job without the arms whose parts are stored and whole, and audited if asked.

    The seals of the others are broken, so that none that fails again is taken for finished.
    """
    arms = tuple(
        arm for arm in job.arms if not job.store.complete(job.seed, arm.label, audited=job.audit)
    )
    for arm in arms:
        job.store.discard(job.seed, arm.label)
    return replace(job, arms=arms)


def _run_here(waiting: _Waiting, bar: Progress) -> list[FailureRow]:
    failures: list[FailureRow] = []
    while waiting:
        job = waiting.pop()
        failures += run_seed(job, on_arm=partial(bar.update, [job]))
        bar.end(job)
    return failures


class _Dispatcher:
    """Hands seeds to a pool, and to a new pool whenever one breaks."""

    def __init__(
        self, open_pool: OpenPool, workers: int, bar: Progress, on_failures: OnFailures
    ) -> None:
        self._open_pool = open_pool
        self._workers = workers
        self._bar = bar
        self._on_failures = on_failures

    def run(self, waiting: _Waiting) -> None:
        """Run all jobs, then, one at a time, those that were out when a pool broke."""
        suspects: list[Job] = []
        while waiting:
            suspects += self._serve(waiting)
        self.run_alone(_Waiting(suspects, self._bar))

    def run_alone(self, suspects: _Waiting) -> None:
        """Run jobs one at a time and leave behind those that break their pool."""
        while suspects:
            for job in self._serve(suspects, alone=True):
                self._blame(job)

    def _width(self, pool: Executor) -> int:
        """Return how many seeds to have out: the workers of a cluster come and go."""
        present: Callable[[], int] | None = getattr(pool, "present_workers", None)
        return self._workers if present is None else max(1, present())

    def _serve(self, waiting: _Waiting, alone: bool = False) -> list[Job]:
        """Work through `waiting` on one pool; return the jobs that were out if it broke."""
        out: dict[Future[list[FailureRow]], Job] = {}
        with self._open_pool() as pool:
            while waiting or out:
                try:
                    width = self._width(pool)
                    while waiting and len(out) < (1 if alone else width):
                        out[pool.submit(run_seed, waiting.first)] = waiting.first
                        waiting.pop()
                    self._collect(out)
                except BrokenExecutor:
                    # Nothing out: the pool was broken when it came, and the next may be too.
                    lost = list(out.values()) or [waiting.pop()]
                    return [self._bar.lose(job) for job in lost]
        return []

    def _collect(self, out: dict[Future[list[FailureRow]], Job]) -> None:
        """Wait a little and take the results there are."""
        done, _ = wait(out, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
        self._bar.update(out.values())
        for future in done:
            try:
                found = future.result()
            except (BrokenExecutor, StorageError):
                raise
            except Exception as error:  # the job or its result could not be sent
                found = _failures(lacking(out[future]), error)
            self._end(out.pop(future), found)

    def _blame(self, job: Job) -> None:
        self._end(
            job, _failures(job, WorkerDiedError("the worker died twice while running this seed"))
        )

    def _end(self, job: Job, found: Sequence[FailureRow]) -> None:
        if found:
            self._on_failures(job, found)
        self._bar.end(job)


def _failures(job: Job, error: Exception) -> list[FailureRow]:
    """Return an error that ended a whole job as the record of each of its arms."""
    return [failure_of(job.seed, arm.label, error) for arm in job.arms]
