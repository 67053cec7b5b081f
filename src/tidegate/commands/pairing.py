"""`tidegate pairing`: what sharing noise among arms earned, and the pairs that claims need."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import polars as pl
import tyro
from pydantic import ValidationError

from tidegate.analysis.contrast import LEDGER_PAIRS, Comparison, Floats
from tidegate.analysis.pairing import POWER, Gain, gain, gains_over_time, pairs_needed
from tidegate.analysis.scales import Scale
from tidegate.report.summary import Summary, VerdictRow
from tidegate.study.summarise import columns_of

_PARTS: Final = (0.25, 0.5, 0.75, 1.0)  # of the horizon, where paths are read


@dataclass(frozen=True)
class Pairing:
    """Show what common random numbers earn in the results of an experiment."""

    results: Annotated[
        tyro.conf.Positional[Path],
        tyro.conf.arg(metavar="DIR", help="Where an experiment wrote its results."),
    ]
    json: Annotated[bool, tyro.conf.arg(help="Print the rows as JSON.")] = False

    def run(self) -> int:
        """Print a row a metric and horizon, and one a claim with the pairs that it needs."""
        summary, tables = self._read()
        rows = [*_metrics(summary, tables["metrics"]), *_series(summary, tables.get("paths"))]
        claims = list(_claims(summary, tables["metrics"]))
        if self.json:
            print(json.dumps({"gains": rows, "claims": claims}, indent=2))
            return 0
        print(_table(summary, rows))
        if claims:
            print(_claims_table(claims))
        return 0

    def _read(self) -> tuple[Summary, dict[str, pl.DataFrame]]:
        path = self.results / "summary.json"
        try:
            summary = Summary.model_validate_json(path.read_bytes())
        except OSError as error:
            raise ValueError(f"DIR is {self.results}, which holds no summary.json") from error
        except ValidationError as error:
            raise ValueError(f"{path} is not the summary of a study: {error}") from error
        names = ("metrics", "paths")
        files = {name: self.results / f"{name}.parquet" for name in names}
        if not files["metrics"].exists():
            raise ValueError(f"DIR is {self.results}, which holds no metrics.parquet")
        return summary, {
            name: pl.read_parquet(file, glob=False, hive_partitioning=False)
            for name, file in files.items()
            if file.exists()
        }


def _treated(summary: Summary) -> list[str]:
    """Return the arms that are held against the baseline with prices free."""
    return [a.label for a in summary.arms if a.frozen_twin_of is None][1:]


def _metrics(summary: Summary, metrics: pl.DataFrame) -> Iterator[dict[str, Any]]:
    columns = columns_of(metrics, summary.seeds)
    for metric in summary.metrics:
        control = columns.get((summary.baseline, metric.name))
        found = [
            gain(values, control, metric.scale)
            for arm in _treated(summary)
            if control is not None and (values := columns.get((arm, metric.name))) is not None
        ]
        yield _row(metric.name, summary.horizon_days, found)


def _series(summary: Summary, paths: pl.DataFrame | None) -> Iterator[dict[str, Any]]:
    if paths is None:
        return
    days = [part * summary.horizon_days for part in _PARTS]
    for series in summary.series:
        of_arms = [
            list(gains_over_time(paths, series.name, arm, summary.baseline, days))
            for arm in _treated(summary)
        ]
        for at_day in zip(*of_arms, strict=True):
            yield _row(f"{series.name} (path)", at_day[0][0], [found for _, found in at_day])


def _row(name: str, days: float, found: list[Gain]) -> dict[str, Any]:
    """Return the spread of ratios over arms; arms in which nothing varies do not count."""
    ratios = np.array([g.ratio for g in found if not math.isnan(g.ratio)])
    finite = ratios[np.isfinite(ratios)]
    return {
        "metric": name,
        "days": round(days, 3),
        "arms": int(ratios.size),
        "least": float(finite.min()) if finite.size else None,
        "median": float(np.median(finite)) if finite.size else None,
        "most": float(finite.max()) if finite.size else None,
        "the same": int(ratios.size - finite.size),
    }


def _claims(summary: Summary, metrics: pl.DataFrame) -> Iterator[dict[str, Any]]:
    columns = columns_of(metrics, summary.seeds)
    for verdict in summary.verdicts:
        metric = summary.metric(verdict.metric)
        pairs = [(verdict.treated, verdict.control), *verdict.beyond]
        arms = [columns.get((arm, metric.name)) for pair in pairs for arm in pair]
        present = [arm for arm in arms if arm is not None]
        if len(present) < len(arms):
            continue
        spread, rows = _spread(verdict, metric.scale, present), len(summary.verdicts)
        if math.isnan(spread):
            continue
        needed = pairs_needed(spread, verdict.delta, metric.scale, rows=rows)
        yield {
            "row": verdict.row,
            "metric": metric.name,
            "spread": spread,
            "delta": verdict.delta,
            "needed": needed,
            "ledger": max(needed, LEDGER_PAIRS),
        }


def _spread(verdict: VerdictRow, scale: Scale, arms: Sequence[Floats]) -> float:
    """Return how far what pairs say of a claim lies apart; NaN of fewer than two."""
    if not verdict.beyond:
        return gain(arms[0], arms[1], scale).spread
    alone = tuple(zip(arms[2::2], arms[3::2], strict=True))
    claimed = (verdict.direction, scale, verdict.delta, alone)
    differences, _ = Comparison(verdict.row, arms[0], arms[1], *claimed).differences()
    return float(differences.std(ddof=1)) if differences.size > 1 else math.nan


def _table(summary: Summary, rows: list[dict[str, Any]]) -> str:
    lines = [
        f"{summary.experiment}: standard error with independent runs over that with common noise",
        f"{len(summary.seeds)} seeds from {min(summary.seeds)}; arms against {summary.baseline}",
        "",
        f"{'metric':<28}{'days':>9}{'arms':>6}{'least':>9}{'median':>9}{'most':>9}",
    ]
    for row in rows:
        figures = "".join(f"{_figure(row[key]):>9}" for key in ("least", "median", "most"))
        equal = f"  {row['the same']} the same in all pairs" if row["the same"] else ""
        lines.append(f"{row['metric']:<28}{row['days']:>9g}{row['arms']:>6}{figures}{equal}")
    return "\n".join(lines)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def _claims_table(claims: list[dict[str, Any]]) -> str:
    lines = [
        "",
        f"pairs with which an effect of twice delta is found in {POWER:.0%} of studies, at Holm's",
        f"strictest level; the ledger takes no fewer than {LEDGER_PAIRS}",
        "",
        f"{'claim':<12}{'metric':<22}{'spread':>10}{'delta':>9}{'pairs':>8}{'ledger':>8}",
    ]
    lines += [
        f"{c['row']:<12}{c['metric']:<22}{c['spread']:>10.4g}{c['delta']:>9g}"
        f"{c['needed']:>8}{c['ledger']:>8}"
        for c in claims
    ]
    return "\n".join(lines)
