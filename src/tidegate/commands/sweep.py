"""`tidegate sweep`: an experiment at many points of its parameters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from tidegate.commands.sweep_options import SweepOptions
from tidegate.study.executors import ExecutorPool
from tidegate.study.launch import FAILED, RAN
from tidegate.study.packages import experiment_named
from tidegate.study.plan import Plan
from tidegate.study.study_file import read_study
from tidegate.study.sweep import SweepSummary, run_sweep


@dataclass(frozen=True, kw_only=True)
class Sweep(SweepOptions):
    """Run an experiment at many points of its parameters, and go on where it was stopped."""

    study: Annotated[
        tyro.conf.Positional[Path],
        tyro.conf.arg(metavar="STUDY", help="A TOML file: the experiment, what is varied, how."),
    ]
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
        self.check_options()
        study = read_study(self.study)
        plan = Plan.made(study, experiment_named(study.package, study.experiment))
        folder = self.folder(self.study)

        def work(pool: ExecutorPool) -> int:
            summary = run_sweep(plan, folder, pool, audit=self.audit)
            print(summary.model_dump_json(indent=2) if self.json else _words(summary))
            return RAN if summary.finished else FAILED

        return self.attempt(work, folder)


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
    if summary.finished:
        lines.append(f"Results: {summary.out / 'results.parquet'}")
    return "\n".join(lines)
