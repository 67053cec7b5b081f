"""`tidegate sweep`: an experiment at many points of its parameters."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from tidegate.commands.packages import experiment_named
from tidegate.study.executors import FORMS, LOCAL, ClusterError, open_executor
from tidegate.study.interrupts import ended_by_signals
from tidegate.study.launch import FAILED, INTERRUPTED, RAN
from tidegate.study.plan import Plan
from tidegate.study.study_file import read_study
from tidegate.study.sweep import SweepSummary, run_sweep


@dataclass(frozen=True)
class Sweep:
    """Run an experiment at many points of its parameters, and go on where it was stopped."""

    study: Annotated[
        tyro.conf.Positional[Path],
        tyro.conf.arg(metavar="STUDY", help="A TOML file: the experiment, what is varied, how."),
    ]
    # A path would make "" the current directory before anybody could tell.
    out: Annotated[
        str | None,
        tyro.conf.arg(help="Directory of the results, results/NAME of the file when not given."),
    ] = None
    workers: Annotated[
        int | None,
        tyro.conf.arg(help="Seeds that run at a time; all processors when not given."),
    ] = None
    executor: Annotated[str, tyro.conf.arg(help=f"Where they run: {FORMS}.")] = LOCAL
    audit: Annotated[
        bool, tyro.conf.arg(help="Prove at the end of every run that nothing was created or lost.")
    ] = False
    json: Annotated[bool, tyro.conf.arg(help="Print what became of the sweep as JSON.")] = False

    def run(self) -> int:
        """Run what is missing and return the exit code.

        Returns
        -------
        int
            0 when it ran; 1 when no run could be finished, the disk was full or the cluster
            has gone; 130 when it was interrupted. What was finished is kept in any case.
        """
        if self.workers is not None and self.workers < 1:
            raise ValueError(f"--workers is {self.workers}; it must be 1 or more")
        if self.out is not None and not self.out.strip():
            raise ValueError(f"--out is {self.out!r}; it must name a directory")
        study = read_study(self.study)
        plan = Plan.made(study, experiment_named(study.package, study.experiment))
        pool = open_executor(self.executor, self.workers)
        out = Path(self.out) if self.out else Path("results") / self.study.stem
        try:
            with ended_by_signals():
                summary = run_sweep(plan, out, pool, audit=self.audit)
        except KeyboardInterrupt:
            return _stopped(INTERRUPTED, "interrupted", out)
        except (OSError, ClusterError) as error:
            return _stopped(FAILED, f"error: {error}", out)
        print(summary.model_dump_json(indent=2) if self.json else _words(summary))
        return RAN if summary.finished else FAILED


def _stopped(code: int, why: str, out: Path) -> int:
    print(f"\n{why}\nfinished runs are kept in {out}; the same command resumes", file=sys.stderr)
    return code


def _words(summary: SweepSummary) -> str:
    lines = [
        f"{summary.experiment}: {summary.points:,} points, {summary.finished:,} of "
        f"{summary.runs:,} runs finished"
    ]
    if summary.failed:
        lines.append(
            f"{summary.failed:,} failed (the same command tries them again): "
            f"{summary.out / 'failures.jsonl'}"
        )
    return "\n".join([*lines, f"Results: {summary.out / 'results.parquet'}"])
