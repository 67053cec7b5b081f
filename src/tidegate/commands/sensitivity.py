"""`tidegate sensitivity`: which parameter an outcome, or the verdict on a claim, depends on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import polars as pl
import tyro

from tidegate.analysis.sensitivity import DUMMY, MAIN_INDEX, Method
from tidegate.commands.packages import experiment_named
from tidegate.commands.sweep_options import SweepOptions
from tidegate.study.claims import Claim
from tidegate.study.executors import ExecutorPool
from tidegate.study.launch import FAILED, RAN
from tidegate.study.plan import Plan
from tidegate.study.sensitivity import (
    Decision,
    Finding,
    assess,
    finite,
    outcome_named,
    outcome_of_claim,
    usual_outcome,
)
from tidegate.study.store import write_atomically
from tidegate.study.study_file import Range, read_study
from tidegate.study.sweep import read_manifest, read_results, run_sweep

_NAMES: Final = {"sobol": "Sobol'", "morris": "Morris", "pawn": "PAWN"}
_NAME_WIDTH: Final = 40
_CELL_WIDTH: Final = 26


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
            0 when indices could be had; 1 when the disk was full or the cluster has gone; 130
            when it was interrupted. What was finished is kept in any case.
        """
        if self.outcome and self.row:
            raise ValueError(f"--outcome is {self.outcome!r} and --row {self.row!r}; give one")
        self.check_options()
        finished = self.study.is_dir()
        plan = _plan_of(self.study) if finished else _plan(self.study)
        outcome, claim = self._asked(plan)
        folder = self.study if finished else self.folder(self.study)
        if not finished:
            code = self.attempt(lambda pool: _sweep(plan, folder, pool), folder)
            if code != RAN:
                return code
        finding = assess(plan, read_results(folder), outcome, claim=claim, method=self.method)
        files = _write(finding, folder)
        if self.json:
            print(files[0].read_text("utf-8"))
        else:
            print("\n".join(_words(finding)))
            print(f"\nWritten: {', '.join(map(str, files))}")
        return RAN

    def _asked(self, plan: Plan) -> tuple[Any, Claim | None]:
        if self.row:
            return outcome_of_claim(plan, self.row)
        return (outcome_named(plan, self.outcome) if self.outcome else usual_outcome(plan)), None


def _sweep(plan: Plan, folder: Path, pool: ExecutorPool) -> int:
    return RAN if run_sweep(plan, folder, pool).finished else FAILED


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


def _words(finding: Finding) -> Iterator[str]:
    """Yield the lines that are printed."""
    indices, plan = finding.indices, finding.plan
    head = f"{finding.decision.claim.row}: " if finding.decision else ""
    yield f"{head}{finding.outcome.title}"
    yield (
        f"{_NAMES[indices.method]} indices from {indices.points:,} of "
        f"{len(plan):,} points of {plan.experiment.name}, {_seeds(plan)}"
    )
    if indices.dropped:
        yield (
            f"{indices.dropped:,} blocks of the design are left out, for runs of "
            f"{indices.failed:,} of their points failed; {indices.blocks:,} are whole"
        )
    elif indices.failed:
        yield f"{indices.failed:,} points are left out, for runs of theirs failed"
    if finite(finding.chance) is not None:
        yield (
            f"Of the variance among points {finding.chance:.0%} is chance, which other seeds would "
            "deal anew; indices count it as interaction"
        )
    yield ""
    yield from _table(finding)
    if finding.decision is not None:
        yield ""
        yield from _decision(finding, finding.decision)


def _seeds(plan: Plan) -> str:
    first, last = plan.seeds[0], plan.seeds[-1]
    if first == last:
        return f"all on seed {first}"
    return f"each the mean over seeds {first} to {last}"


def _table(finding: Finding) -> Iterator[str]:
    """Yield the indices, a parameter a row, then those of pairs."""
    single = finding.indices.table.filter(other="")
    kinds = single["index"].unique(maintain_order=True).to_list()
    cells = {(r["index"], r["parameter"]): _interval(r) for r in single.iter_rows(named=True)}
    yield f"{'parameter':<{_NAME_WIDTH}}" + "".join(f"{kind:>{_CELL_WIDTH}}" for kind in kinds)
    for name in finding.indices.main()["parameter"]:
        mine = "".join(f"{cells[kind, name]:>{_CELL_WIDTH}}" for kind in kinds)
        yield f"{name:<{_NAME_WIDTH}}{mine}"
    pairs = finding.indices.table.filter(pl.col("other") != "")
    for row in pairs.sort("value", descending=True).head(10).iter_rows(named=True):
        yield f"second order: {row['parameter']} with {row['other']} {_interval(row)}"
    if DUMMY in finding.indices.main()["parameter"]:
        yield f"{DUMMY} is a parameter that does nothing: one no greater may not matter either"


def _interval(row: dict[str, Any]) -> str:
    value, low, high = row["value"], row["low"], row["high"]
    if row["index"] in ("mu_star", "mu", "sigma"):  # in units of the outcome, of any size
        return f"{value:.3g} [{low:.2g}, {high:.2g}]"
    return f"{value:z.2f} [{low:z.2f}, {high:z.2f}]"


def _decision(finding: Finding, decision: Decision) -> Iterator[str]:
    """Yield which parameter decides the claim, and where its verdict changes."""
    whole, name = decision.whole.row(0, named=True), decision.parameter
    yield f"{decision.claim.row} says: {decision.claim.statement}"
    yield (
        f"Over all points: {_effect(whole)} times the smallest effect that matters, "
        f"{whole['verdict']}; at {whole['beyond']:.0%} of points the effect is larger than that"
    )
    row = finding.indices.main().row(0, named=True)
    if finding.indices.method == "sobol":
        share = f"{row['value']:.0%} [{row['low']:.0%}, {row['high']:.0%}] of the variance of it"
    else:
        share = f"{MAIN_INDEX[finding.indices.method]} {_interval(row)}"
    yield f"What matters most: {name}, {share}"
    if finding.rivals:
        yield f"Intervals that overlap with its own: {', '.join(finding.rivals)}"
    found = decision.verdicts
    if len(found) == 1:
        yield f"The verdict is the same in all its ranges: {found[0][0]}"
    else:
        parts = [f"{verdict} {_range(low, high)}" for verdict, low, high in found]
        yield f"The verdict goes with it: {'; '.join(parts)}"
    yield ""
    yield f"{name:<{_NAME_WIDTH}}{'points':>8}{'effect / delta':>{_CELL_WIDTH}}  verdict"
    for row in decision.bins.iter_rows(named=True):
        label, effect = _range(row["from"], row["to"]), _effect(row)
        yield f"{label:<{_NAME_WIDTH}}{row['points']:>8,}{effect:>{_CELL_WIDTH}}  {row['verdict']}"


def _effect(row: dict[str, Any]) -> str:
    return f"{row['effect']:+.2f} [{row['low']:+.2f}, {row['high']:+.2f}]"


def _range(low: Any, high: Any) -> str:
    if isinstance(low, str) or low == high:
        return f"at {low}" if low == high else f"from {low} to {high}"
    return f"from {low:.3g} to {high:.3g}"


def _write(finding: Finding, folder: Path) -> list[Path]:
    """Write what was found as JSON, a table and a figure."""
    # Drawing libraries are slow to import and needed only now.
    from tidegate.report.plots import write_plot
    from tidegate.report.sensitivity_plot import sensitivity_chart

    table, report = folder / "sensitivity.parquet", folder / "sensitivity.json"
    finding.indices.table.write_parquet(table)
    write_atomically(report, json.dumps(_record(finding), indent=2).encode())
    decision, plan = finding.decision, finding.plan
    name = decision.parameter if decision else ""
    varied = plan.study.vary.get(name)
    chart = sensitivity_chart(
        finding.indices,
        f"{decision.claim.row}: {finding.outcome.title}" if decision else finding.outcome.title,
        f"{_NAMES[finding.indices.method]} indices and 95 % intervals, {finding.indices.points:,} "
        f"points of {plan.experiment.name}, {_seeds(plan)}",
        decision.bins if decision else None,
        name,
        isinstance(varied, Range) and varied.scale == "log",
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
            "not_told_apart": finding.rivals,
            "all_points": _rows(decision.whole)[0],
            "ranges": _rows(decision.bins),
        }
    return record


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return [
        {key: finite(v) if isinstance(v, float) else v for key, v in row.items()}
        for row in frame.iter_rows(named=True)
    ]
