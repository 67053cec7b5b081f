"""Run the seeds of a study on any executor, surviving failed runs and dead workers.

At most as many seeds as there are workers are handed out at a time. When a worker dies, the
pool is broken and every seed that was out is suspect: it runs again, alone, so that a seed
which ends its worker twice is known, recorded as a failure and left behind.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Final, Self

from tqdm import tqdm

from tidegate.report.summary import FailureRow
from tidegate.study.pool import local_pool
from tidegate.study.seed import Job, failure_of, run_seed

OpenPool = Callable[[], AbstractContextManager[Executor]]

_POLL_SECONDS: Final = 0.5


class WorkerDiedError(Exception):
    """A worker process ended while it ran a seed, as when memory runs out."""


class Progress:
    """Counts finished runs on stderr, with their rate and the time left."""

    def __init__(self, total: int, done: int, shown: bool | None) -> None:
        # `disable=None` keeps the bar out of logs and pipes.
        self._bar = tqdm(
            total=total,
            initial=done,
            unit="run",
            smoothing=0.1,
            disable=None if shown is None else not shown,
        )
        self._seen: set[tuple[int, str]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def update(self, jobs: Iterable[Job], ended: bool = False) -> None:
        """Count the runs of `jobs` that are on disk, or all of them once the jobs ended."""
        runs = {
            (job.seed, arm.label)
            for job in jobs
            for arm in job.arms
            if ended or job.store.finished(job.seed, arm.label)
        }
        self._bar.update(len(runs - self._seen))
        self._bar.refresh()  # the clock goes on though no run has ended
        self._seen |= runs


def run_jobs(
    jobs: Sequence[Job],
    *,
    workers: int = 1,
    open_pool: OpenPool | None = None,
    progress: bool | None = None,
) -> list[FailureRow]:
    """Run what the store lacks of some jobs and return the records of what failed.

    Parameters
    ----------
    jobs
        The seeds of a study with all their arms.
    workers
        How many seeds run at a time; 1 without `open_pool` runs them in this process. An
        executor with a method `present_workers` is asked instead, and may grow and shrink.
    open_pool
        Returns a fresh executor as a context manager, for example what
        `executors.open_executor` returns; processes of this machine by default.
    progress
        Whether to draw a progress bar on stderr; by default only on a terminal.
    """
    left = [remaining for job in jobs if (remaining := lacking(job)).arms]
    total = sum(len(job.arms) for job in jobs)
    with Progress(total, total - sum(len(job.arms) for job in left), progress) as bar:
        if open_pool is None and workers == 1:
            return _run_here(left, bar)
        pool = open_pool or partial(local_pool, min(workers, max(len(left), 1)))
        return _Dispatcher(pool, workers, bar).run(left)


def lacking(job: Job) -> Job:
    """Return the job without the arms whose parts are stored and whole."""
    arms = tuple(a for a in job.arms if not job.store.complete(job.seed, a.label))
    return replace(job, arms=arms)


def _run_here(jobs: Sequence[Job], bar: Progress) -> list[FailureRow]:
    failures: list[FailureRow] = []
    for job in jobs:
        failures += run_seed(job, on_arm=partial(bar.update, [job]))
        bar.update([job], ended=True)
    return failures


class _Dispatcher:
    """Hands seeds to a pool, and to a new pool whenever one breaks."""

    def __init__(self, open_pool: OpenPool, workers: int, bar: Progress) -> None:
        self._open_pool = open_pool
        self._workers = workers
        self._bar = bar
        self._failures: list[FailureRow] = []

    def run(self, jobs: Sequence[Job]) -> list[FailureRow]:
        """Run all jobs, then, one at a time, those that were out when a pool broke."""
        waiting = deque(jobs)
        suspects: deque[Job] = deque()
        while waiting:
            suspects.extend(self._serve(waiting))
        while suspects:
            for job in self._serve(suspects, alone=True):
                self._blame(job)
        return sorted(self._failures, key=lambda failure: failure.seed)

    def _width(self, pool: Executor) -> int:
        """Return how many seeds to have out: the workers of a cluster come and go."""
        present: Callable[[], int] | None = getattr(pool, "present_workers", None)
        return self._workers if present is None else max(1, present())

    def _serve(self, waiting: deque[Job], alone: bool = False) -> list[Job]:
        """Work through `waiting` on one pool; return the jobs that were out if it broke."""
        out: dict[Future[list[FailureRow]], Job] = {}
        with self._open_pool() as pool:
            while waiting or out:
                try:
                    width = self._width(pool)
                    while waiting and len(out) < (1 if alone else width):
                        job = waiting[0]
                        out[pool.submit(run_seed, job)] = job
                        waiting.popleft()
                    self._collect(out)
                except BrokenExecutor:
                    # Nothing out: the pool was broken when it came, and the next may be too.
                    lost = list(out.values()) or [waiting.popleft()]
                    return [lacking(job) for job in lost]
        return []

    def _collect(self, out: dict[Future[list[FailureRow]], Job]) -> None:
        """Wait a little and take the results there are."""
        done, _ = wait(out, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
        self._bar.update(out.values())
        for future in done:
            try:
                self._failures += future.result()
            except BrokenExecutor:
                raise
            except Exception as error:  # the job or its result could not be sent
                self._record(lacking(out[future]), error)
            self._bar.update([out.pop(future)], ended=True)

    def _blame(self, job: Job) -> None:
        self._record(job, WorkerDiedError("the worker died twice while running this seed"))
        self._bar.update([job], ended=True)

    def _record(self, job: Job, error: Exception) -> None:
        self._failures += [failure_of(job.seed, arm.label, error) for arm in job.arms]
