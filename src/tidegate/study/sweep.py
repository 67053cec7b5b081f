"""Run an experiment at many points of its parameters: resumable, on any executor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, JsonValue

import tidegate
from tidegate.report.summary import FailureRow
from tidegate.study import sweep_results
from tidegate.study.directory_kind import SWEEP, refuse_other_kind
from tidegate.study.directory_lock import directory_lock
from tidegate.study.executors import ClusterError, ExecutorPool
from tidegate.study.failure_log import FailureLog, PointFailure
from tidegate.study.plan import Plan
from tidegate.study.preflight import check_workers, code_hash
from tidegate.study.runner import stream_jobs
from tidegate.study.seed import Job
from tidegate.study.store import Record, Store, checksum
from tidegate.study.study_file import StudyFile
from tidegate.study.sweep_results import read_results

__all__ = ["SweepManifest", "SweepSummary", "read_manifest", "read_results", "run_sweep"]

# What may change from one start of a sweep to the next: more seeds and arms add runs.
_EXTENSIBLE: Final = ("seeds", "first_seed", "arms", "metrics")


class SweepManifest(Record):
    """What the parts of a sweep belong to."""

    experiment: str
    version: str
    code: str  # hash of the sources that decide the outcome of a run
    design_digest: str  # hash of the points
    study: StudyFile

    def identity(self) -> dict[str, JsonValue]:
        """Return what must agree for a sweep to go on: all but its seeds, arms and metrics."""
        entries: dict[str, JsonValue] = self.model_dump(mode="json", exclude={"study"})
        study = self.study.model_dump(mode="json", exclude=set(_EXTENSIBLE))
        for section, value in study.items():
            if isinstance(value, dict):
                entries |= {f"{section}.{name}": entry for name, entry in value.items()}
            else:
                entries[f"study.{section}"] = value
        return entries


class SweepSummary(BaseModel):
    """What became of a sweep."""

    model_config = ConfigDict(frozen=True)

    experiment: str
    out: Path
    points: int
    runs: int
    finished: int
    failed: int


def run_sweep(
    plan: Plan,
    out: Path,
    pool: ExecutorPool,
    *,
    audit: bool = False,
    progress: bool | None = None,
) -> SweepSummary:
    """Run what a directory lacks of a sweep and write its tables.

    Parameters
    ----------
    plan
        The sweep, checked.
    out
        Its directory: parts of earlier starts are verified and kept.
    pool
        Where runs take place.
    audit
        Prove at the end of every run that nothing was created or lost.
    progress
        Whether to draw a progress bar on stderr; by default only on a terminal.

    Raises
    ------
    StoreMismatchError
        When the directory holds another sweep or something else; nothing is touched then.
    DirectoryInUseError
        When another sweep is running there.
    OSError
        When nothing can be written, as on a full disk. What was finished is kept.
    """
    refuse_other_kind(out, SWEEP)
    out = out.absolute()  # workers elsewhere have working directories of their own
    code = code_hash(plan.experiment)
    with directory_lock(out):
        store = Store.open(out, _manifest(plan, code))
        try:
            check_workers(pool, plan.experiment, store.root / "manifest.json")
        except ClusterError as error:  # nothing has run, so this is bad input
            raise ValueError(str(error)) from error
        sweep_results.discard(store)
        sweep = _Sweep(plan, store, code, audit)
        sweep.run(pool, progress)
        sweep_results.collect(plan, store)
        return sweep.summary()


def read_manifest(folder: Path) -> SweepManifest:
    """Return what the directory of a sweep was made with.

    Raises
    ------
    ValueError
        When it holds no sweep, with what it holds.
    """
    refuse_other_kind(folder, SWEEP)
    manifest = Store(folder).record(SweepManifest)
    if manifest is None:
        raise ValueError(f"{folder} holds no sweep")
    return manifest


def _manifest(plan: Plan, code: str) -> SweepManifest:
    return SweepManifest(
        experiment=plan.experiment.name,
        version=tidegate.__version__,
        code=code,
        design_digest=plan.digest,
        study=plan.study,
    )


class _Sweep:
    """The jobs of a sweep, and the record of what failed."""

    def __init__(self, plan: Plan, store: Store, code: str, audit: bool) -> None:
        self._plan = plan
        self._store = store
        self._code = code
        self._audit = audit
        self._log = FailureLog(store.root / "failures.jsonl")

    def run(self, pool: ExecutorPool, progress: bool | None) -> None:
        """Run what is lacking; jobs that ended their worker before come last, alone."""
        self._log.mend()
        feared = {(f.point, f.seed) for f in self._log if f.ended_its_worker and self._lacks(f)}
        stream_jobs(
            self._jobs(except_for=feared),
            self._record,
            total=self._plan.runs,
            workers=pool.workers,
            open_pool=pool,
            suspects=(self._job(point, seed) for point, seed in sorted(feared)),
            progress=progress,
        )

    def summary(self) -> SweepSummary:
        """Return what became of the runs, having dropped the records of old failures."""
        finished = sum(1 for _ in sweep_results.finished_runs(self._plan, self._store))
        return SweepSummary(
            experiment=self._plan.experiment.name,
            out=self._store.root,
            points=len(self._plan),
            runs=self._plan.runs,
            finished=finished,
            failed=self._log.keep(self._lacks),
        )

    def _jobs(self, except_for: set[tuple[int, int]]) -> Iterator[Job]:
        for point in range(len(self._plan)):
            first = self._job(point, self._plan.seeds[0])
            for seed in self._plan.seeds:
                if (point, seed) not in except_for:
                    yield replace(first, seed=seed)

    def _job(self, point: int, seed: int) -> Job:
        owner = checksum(f"{self._code} {self._plan.digest_at(point)}".encode())
        return Job(
            self._plan.experiment,
            self._plan.parameters(point),
            seed,
            self._plan.arms(point),
            self._store.at(point, owner),
            self._audit,
            paths=False,
        )

    def _record(self, job: Job, failures: Sequence[FailureRow]) -> None:
        assert job.store.point is not None  # as `_job` makes them
        self._log.append(job.store.point, failures)

    def _lacks(self, failure: PointFailure) -> bool:
        """Return whether a run that failed once belongs to the plan and is still not finished."""
        plan, here = self._plan, self._store.at(failure.point, "")
        return (
            failure.point < len(plan)
            and failure.seed in plan.seeds
            and failure.arm in plan.labels[failure.point]
            and not here.finished(failure.seed, failure.arm)
        )
