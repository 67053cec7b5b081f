"""Run acceptance tests on any executor, a chunk of seeds a job."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, as_completed
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import numpy as np
from tqdm import tqdm

from tidegate.validation.cases import Case, Measure
from tidegate.validation.judging import Status, Verdict, judge
from tidegate.validation.parts import Parts, code_of

__all__ = ["FIRST_SEED", "run_cases"]

FIRST_SEED: Final = 10_000  # below are the seeds of development and calibration

Measured = dict[str, Any]


class OpenExecutor(Protocol):
    """Opens an executor, as a pool of `tidegate.study.executors` does."""

    def __call__(self) -> AbstractContextManager[Executor]:
        """Provide an executor, which is shut down on leaving."""


@dataclass(frozen=True, slots=True)
class Job:
    """Some seeds of a measurement: that of a test, or the ablation of it with this number."""

    id: str
    ablation: int | None
    seeds: range

    @property
    def name(self) -> str:
        """What it is kept under: changes with whatever could change its outcome."""
        from tidegate.validation.catalogue import case_named

        code = code_of(_function(case_named(self.id), self.ablation))
        return f"{self.id} {self.ablation} {self.seeds.start} {self.seeds.stop} {code}"

    def measure(self) -> tuple[Measured, float]:
        """Return what is measured, with the processor seconds taken."""
        from tidegate.validation.catalogue import case_named

        function = _function(case_named(self.id), self.ablation)
        start = time.process_time()
        found = {name: np.asarray(value) for name, value in function(self.seeds).items()}
        return found, time.process_time() - start


def _function(case: Case, ablation: int | None) -> Measure:
    function = case.measure if ablation is None else case.ablations[ablation].measure
    assert function is not None
    return function


def run_cases(
    cases: Sequence[Case],
    run: Iterable[Case],
    open_executor: OpenExecutor,
    *,
    ablations: bool = False,
    progress: bool | None = None,
    parts: Parts | None = None,
) -> list[Verdict]:
    """Run tests and return the verdicts on all, in the order of ids.

    Parameters
    ----------
    cases
        All tests there are: those that are not run are listed as such.
    run
        Which to run; those that wait for something are pending.
    open_executor
        Where.
    ablations
        Run each test's ablations too; one passes when the test fails under it.
    progress
        Show a bar on stderr; by default where that is a terminal.
    parts
        Where measurements are kept; those that are there already are not made again.
    """
    wanted = {case.id for case in run}
    ready = [case for case in cases if case.id in wanted and case.measure is not None]
    plan: dict[int | None, list[Case]] = {None: ready}
    if ablations:
        most = max((len(case.ablations) for case in ready), default=0)
        plan |= {n: [case for case in ready if len(case.ablations) > n] for n in range(most)}
    jobs = {number: _jobs(those, number) for number, those in plan.items()}
    everything = [job for found in jobs.values() for parts in found.values() for job in parts]
    done = _carry_out(list(dict.fromkeys(everything)), open_executor, progress, parts)
    verdicts = [v for number, those in plan.items() for v in _verdicts(those, jobs[number], done)]
    found = {verdict.case.id for verdict in verdicts}
    for case in cases:
        if case.needs:
            verdicts.append(Verdict(case, Status.PENDING, why=case.needs))
        elif case.id not in found:
            verdicts.append(Verdict(case, Status.LEFT_OUT))
    return sorted(verdicts, key=lambda verdict: (*verdict.case.order, verdict.ablation))


def _jobs(cases: Sequence[Case], ablation: int | None) -> dict[str, list[Job]]:
    """Return the jobs of each test by its id; those who measure alike share them."""
    jobs: dict[str, list[Job]] = {}
    leaders: dict[tuple[Measure, int], str] = {}
    for case in cases:
        leader = leaders.setdefault((_function(case, ablation), case.seeds), case.id)
        if leader != case.id:
            jobs[case.id] = jobs[leader]
            continue
        step = case.chunk or max(case.seeds, 1)
        starts = range(0, max(case.seeds, 1), step)
        ends = [min(start + step, case.seeds) for start in starts]
        jobs[case.id] = [
            Job(case.id, ablation, range(FIRST_SEED + start, FIRST_SEED + end))
            for start, end in zip(starts, ends, strict=True)
        ]
    return jobs


def _carry_out(
    jobs: Sequence[Job],
    open_executor: OpenExecutor,
    progress: bool | None,
    parts: Parts | None,
) -> dict[Job, tuple[Measured, float] | str]:
    """Return what each job measured, or what went wrong with it."""
    done: dict[Job, tuple[Measured, float] | str] = {}
    if parts is not None:
        kept = ((job, parts.find(job.name)) for job in jobs)
        done = {job: found for job, found in kept if found is not None}
    left = [job for job in jobs if job not in done]
    hidden = None if progress is None else not progress
    with (
        open_executor() as executor,
        tqdm(total=len(jobs), initial=len(done), unit="job", disable=hidden) as bar,
    ):
        futures = {executor.submit(Job.measure, job): job for job in left}
        for future in as_completed(futures):
            job = futures[future]
            bar.update()
            try:
                measured, seconds = done[job] = future.result()
            except BrokenExecutor:
                done[job] = "a worker died, as when memory runs out"
            except Exception as error:  # whatever a measurement may raise is that test's outcome
                done[job] = f"{type(error).__name__}: {error}"
            else:
                if parts is not None:
                    parts.keep(job.name, measured, seconds)
    return done


def _verdicts(
    cases: Sequence[Case],
    jobs: Mapping[str, Sequence[Job]],
    done: Mapping[Job, tuple[Measured, float] | str],
) -> list[Verdict]:
    """Judge the tests of one round: as they are, or under their ablation of one number."""
    verdicts: list[Verdict] = []
    measured: dict[str, Measured] = {}
    seconds: dict[str, float] = {}
    for case in cases:
        parts = [done[job] for job in jobs[case.id]]
        errors = [part for part in parts if isinstance(part, str)]
        if errors:
            verdicts.append(Verdict(case, Status.BROKEN, why=errors[0]))
            continue
        whole = [part for part in parts if not isinstance(part, str)]
        measured[case.id] = _joined([values for values, _ in whole])
        seconds[case.id] = sum(taken for _, taken in whole)
    judged = judge(measured, [case for case in cases if case.id in measured])
    verdicts += [replace(v, seconds=seconds[v.case.id]) for v in judged]
    numbers = {case.id: jobs[case.id][0].ablation for case in cases}
    return [_of_round(verdict, numbers[verdict.case.id]) for verdict in verdicts]


def _of_round(verdict: Verdict, ablation: int | None) -> Verdict:
    """Turn the outcome of a test with a mechanism off into that of its ablation."""
    if ablation is None:
        return verdict
    verdict = replace(verdict, ablation=verdict.case.ablations[ablation].about)
    if verdict.status is Status.BROKEN:
        return verdict
    failed = verdict.status is Status.FAILED
    why = "fails, as it should" if failed else "passes, but should fail"
    return replace(verdict, status=Status.PASSED if failed else Status.FAILED, why=why)


def _joined(parts: Sequence[Measured]) -> Measured:
    """Put the seeds of a test's chunks together: they are the last axis."""
    if len(parts) == 1:
        return parts[0]
    return {name: np.concatenate([part[name] for part in parts], axis=-1) for name in parts[0]}
