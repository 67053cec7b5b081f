"""`tidegate sensitivity`: which parameter an outcome, or the verdict on a claim, depends on."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import tyro

from tidegate.analysis.outcomes import Outcome
from tidegate.analysis.sensitivity import Method, NoIndicesError
from tidegate.commands.sweep_options import SweepOptions
from tidegate.study.claims import Claim
from tidegate.study.executors import LOCAL, ExecutorPool
from tidegate.study.failure_log import FailureLog
from tidegate.study.launch import FAILED, RAN
from tidegate.study.packages import experiment_named
from tidegate.study.plan import Plan
from tidegate.study.sensitivity import (
    Finding,
    assess,
    design_asked,
    finite,
    outcome_named,
    outcome_of_claim,
    usual_outcome,
)
from tidegate.study.sensitivity_text import METHODS, chance_text, lines, seeds_text
from tidegate.study.store import write_atomically
from tidegate.study.study_file import Range, read_study
from tidegate.study.sweep import read_manifest, read_results, run_sweep


@dataclass(frozen=True)
class Sensitivity(SweepOptions):
    """Say which parameter matters: indices of Sobol', Morris or PAWN over a sweep."""

    study: Annotated[
        tyro.conf.Positional[Path],
        tyro.conf.arg(
            metavar="STUDY",
            help="A TOML file, whose sweep is run or resumed, or the directory of a finished one.",
        ),
    ]
    outcome: Annotated[
        str,
        tyro.conf.arg(
            metavar="METRIC[:ARM[-CONTROL]]",
            help="A metric of an arm, or the paired effect on it; by default the first metric, of "
            "the second arm against the first.",
        ),
    ] = ""
    row: Annotated[
        str,
        tyro.conf.arg(help="A claim instead: its effect over delta, and what decides its verdict."),
    ] = ""
    method: Annotated[
        Method | None,
        tyro.conf.arg(help="Whose indices; by default the design's own. PAWN takes any design."),
    ] = None
    json: Annotated[bool, tyro.conf.arg(help="Print sensitivity.json instead of tables.")] = False

    def run(self) -> int:
        """Run what is missing of the sweep, print and write what it says.

        Returns
        -------
        int
            0 when indices could be had; 1 when too few runs could be finished for them, all
            points have the same outcome, the disk was full or the cluster has gone; 130 when it
            was interrupted. What was finished is kept in any case.
        """
        if self.outcome and self.row:
            raise ValueError(f"--outcome is {self.outcome!r} and --row {self.row!r}; give one")
        self.check_options()
        finished = self.study.is_dir()
        if finished:
            self._refuse_running()
        plan = _plan_of(self.study) if finished else _plan(self.study)
        outcome, claim = self._asked(plan)
        design_asked(plan, self.method)
        folder = self.study if finished else self.folder(self.study)
        if not finished:
            code = self.attempt(lambda pool: _sweep(plan, folder, pool), folder)
            if code != RAN:
                return code
        results = read_results(folder)
        try:
            finding = assess(plan, results, outcome, claim=claim, method=self.method)
        except NoIndicesError as error:
            print("\n".join(_no_indices(error, results, folder)), file=sys.stderr)
            return FAILED
        files = _write(finding, folder)
        if self.json:
            print(files[0].read_text("utf-8"))
        else:
            print("\n".join(lines(finding)))
            print(f"\nWritten: {', '.join(map(str, files))}")
        return RAN

    def _refuse_running(self) -> None:
        """Refuse options of a sweep that is only read."""
        for option, value, usual in (
            ("out", self.out, None),
            ("workers", self.workers, None),
            ("executor", self.executor, LOCAL),
        ):
            if value != usual:
                raise ValueError(
                    f"--{option} is {value!r}, but {self.study} is a finished sweep: nothing runs, "
                    "and what is found goes there"
                )

    def _asked(self, plan: Plan) -> tuple[Outcome, Claim | None]:
        if self.row:
            return outcome_of_claim(plan, self.row)
        return (outcome_named(plan, self.outcome) if self.outcome else usual_outcome(plan)), None


def _sweep(plan: Plan, folder: Path, pool: ExecutorPool) -> int:
    run_sweep(plan, folder, pool)
    return RAN


def _no_indices(error: NoIndicesError, results: pl.DataFrame, folder: Path) -> Iterator[str]:
    """Yield why there are no indices, and what failed, where that is why."""
    log = FailureLog(folder / "failures.jsonl")
    yield f"error: {error if results.height else 'no run of the sweep could be finished'}"
    first = next(iter(log), None)
    if first is not None:
        yield (
            f"{sum(1 for _ in log):,} runs failed (that of point {first.point}, seed {first.seed}, "
            f"arm {first.arm}: {first.type}: {first.message}); all are in {log.path}"
        )


def _plan(file: Path) -> Plan:
    study = read_study(file)
    return Plan.made(study, experiment_named(study.package, study.experiment))


def _plan_of(folder: Path) -> Plan:
    """Return the plan of a sweep that has been run, whose points must be those of today's."""
    manifest = read_manifest(folder)
    study = manifest.study
    plan = Plan.made(study, experiment_named(study.package, study.experiment))
    if plan.digest != manifest.design_digest:
        raise ValueError(
            f"{folder} was run at other points than its study now gives; "
            f"it was made by version {manifest.version}"
        )
    return plan


def _write(finding: Finding, folder: Path) -> list[Path]:
    """Write what was found as JSON, a table and a figure."""
    # Drawing libraries are slow to import and needed only now.
    from tidegate.report.plots import write_plot
    from tidegate.report.sensitivity_plot import Ranges, sensitivity_chart

    table, report = folder / "sensitivity.parquet", folder / "sensitivity.json"
    finding.indices.table.write_parquet(table)
    write_atomically(report, json.dumps(_record(finding), indent=2).encode())
    decision, plan = finding.decision, finding.plan
    ranges = None
    if decision is not None and decision.thirds_known:
        varied = plan.study.vary[decision.parameter]
        log = isinstance(varied, Range) and varied.scale == "log"
        ranges = Ranges(decision.thirds, decision.parameter, decision.bins, log)
    chart = sensitivity_chart(
        finding.indices,
        f"{decision.claim.row}: {finding.outcome.title}" if decision else finding.outcome.title,
        f"{METHODS[finding.indices.method]} indices and 95 % intervals, {finding.indices.points:,} "
        f"points of {plan.experiment.name}, {seeds_text(plan)}{chance_text(finding)}",
        ranges,
    )
    return [report, table, *write_plot(chart, folder, "sensitivity")]


def _record(finding: Finding) -> dict[str, Any]:
    """Return what was found as JSON values."""
    indices, outcome, decision = finding.indices, finding.outcome, finding.decision
    record: dict[str, Any] = {
        "experiment": finding.plan.experiment.name,
        "design": finding.plan.study.design.model_dump(mode="json"),
        "seeds": list(finding.plan.seeds),
        "outcome": {
            "metric": outcome.metric,
            "arm": outcome.arm,
            "control": outcome.control,
            "scale": outcome.scale.value,
            "delta": outcome.delta,
        },
        "method": indices.method,
        "points": indices.points,
        "failed": indices.failed,
        "blocks": indices.blocks,
        "blocks_dropped": indices.dropped,
        "chance": finite(finding.chance),
        "indices": _rows(indices.table),
    }
    if decision is not None:
        record["decision"] = {
            "row": decision.claim.row,
            "parameter": decision.parameter,
            "told": finding.leads and decision.spans_known,
            "not_told_apart": finding.rivals,
            "all_points": _rows(decision.whole)[0],
            "turned_by": decision.turned_by,
            "ranges": _rows(decision.bins),
            "thirds": {name: _rows(thirds) for name, thirds in decision.thirds.items()},
        }
    return record


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return [
        {key: finite(v) if isinstance(v, float) else v for key, v in row.items()}
        for row in frame.iter_rows(named=True)
    ]
