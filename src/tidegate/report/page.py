"""One self-contained page about a study: no network, light and dark, print and phone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

import jinja2
import polars as pl

from tidegate.analysis.contrast import Verdict
from tidegate.analysis.scales import Scale
from tidegate.report import wording
from tidegate.report.figures import (
    Panel,
    arm_colours,
    axis_reach,
    effect_panels,
    fan_panels,
    median_panels,
)
from tidegate.report.summary import EffectRow, Metric, Summary, VerdictRow

# A shape beside the word, so that no verdict is told by its colour alone.
VERDICT_MARKS: Final = {
    Verdict.SUPPORTED: "\N{CHECK MARK}",
    Verdict.CONTRADICTED: "\N{MULTIPLICATION X}",
    Verdict.NO_EFFECT: "=",
    Verdict.UNDECIDED: "?",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """Panels under one heading."""

    heading: str
    caption: str
    panels: list[Panel]
    legend: bool = False


@dataclass(frozen=True, slots=True)
class LeadCell:
    """A figure of the leading table, with its interval if it is an effect."""

    column: str
    text: str
    span: str = ""


@dataclass(frozen=True, slots=True)
class Gauge:
    """An interval beside the effects that do not matter, in percent of the gauge's width."""

    band_left: float
    band_width: float
    left: float
    width: float
    at: float


def write_report(summary: Summary, frames: Mapping[str, pl.DataFrame], path: Path) -> None:
    """Write the report of a study.

    Parameters
    ----------
    summary
        The finished study.
    frames
        Its tables; `paths` is drawn over time where there is one.
    path
        The page to write.
    """
    page = _template().render(
        s=summary,
        answer=wording.answer(summary),
        lead=_lead_rows(summary),
        figures=_numbered(_figures(summary, frames)),
        colours=arm_colours(summary),
        marks=VERDICT_MARKS,
        shared_notes=_shared_notes(summary),
        gauge=_gauge,
        w=wording,
    )
    path.write_text(page, encoding="utf-8")


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("page.html.j2")


def _shared_notes(summary: Summary) -> list[str]:
    """Return what keeps every verdict from the ledger, to be said once."""
    if not summary.verdicts:
        return []
    return [n for n in summary.verdicts[0].notes if all(n in v.notes for v in summary.verdicts)]


def _lead_rows(summary: Summary) -> list[tuple[str, list[LeadCell]]]:
    """Return the leading table: an arm a row, without the baseline and frozen twins.

    What a flow promises is a level, and a multiplier has no baseline: these are shown as means.
    A price says nothing without its baseline: metrics on the log scale are shown as effects.
    """
    if summary.lead is None:
        return []
    effects = {(e.arm, e.metric): e for e in summary.effects}
    metrics = [summary.metric(name) for name in summary.lead.metrics]
    rows = []
    for arm in summary.arms:
        if arm.frozen_twin_of is not None or arm.label == summary.baseline:
            continue
        row = [_lead_cell(m, effects.get((arm.label, m.name))) for m in metrics]
        rows.append((arm.title, row))
    return rows


def _lead_cell(metric: Metric, row: EffectRow | None) -> LeadCell:
    if row is None:
        return LeadCell(metric.title, wording.ABSENT)
    if metric.scale is not Scale.LOG:
        return LeadCell(metric.title, wording.value_text(metric, row.mean))
    text = wording.effect_text(metric, row.effect)
    span = wording.interval_text(metric, row.low, row.high) if row.effect is not None else ""
    return LeadCell(metric.title, text, span)


def _figures(summary: Summary, frames: Mapping[str, pl.DataFrame]) -> list[Figure]:
    """Return the figures that the tables allow."""
    figures = []
    paths = frames.get("paths")
    drawn = paths is not None and paths.height > 0 and bool(summary.series)
    if paths is not None and drawn:
        first = summary.series[0]
        figures.append(
            Figure(
                f"{first.title} over time",
                "Line: median over seeds. Bands: the middle half and the middle eight tenths. "
                "Dashed: median of the baseline.",
                fan_panels(summary, paths, first),
            )
        )
    effects = effect_panels(summary)
    if effects:
        baseline = summary.arm(summary.baseline).title
        figures.append(
            Figure(
                "Effects on every metric",
                f"Mean paired effect against \N{LEFT DOUBLE QUOTATION MARK}{baseline}"
                "\N{RIGHT DOUBLE QUOTATION MARK} with its 95 % interval, not corrected for "
                "their number. Inside the shaded band an effect is too small to matter.",
                effects,
            )
        )
    if paths is not None and drawn and summary.series[1:]:
        figures.append(
            Figure(
                "The market around it",
                "Medians over seeds.",
                median_panels(summary, paths, summary.series[1:]),
                legend=True,
            )
        )
    return figures


def _numbered(figures: list[Figure]) -> list[Figure]:
    """Make the ids inside the drawings unique on the page, since each numbers its own."""
    count = 0
    numbered = []
    for figure in figures:
        panels = []
        for panel in figure.panels:
            count += 1
            panels.append(replace(panel, svg=_with_ids(panel.svg, f"p{count}-")))
        numbered.append(replace(figure, panels=panels))
    return numbered


def _with_ids(svg: str, prefix: str) -> str:
    """Renumber the ids of a drawing, since the library counts on from one to the next."""
    for number, name in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]*)"', svg))):
        fresh = f"{prefix}{number}"
        svg = svg.replace(f'id="{name}"', f'id="{fresh}"').replace(f"#{name})", f"#{fresh})")
    return svg


def _gauge(metric: Metric, row: VerdictRow) -> Gauge | None:
    """Return where the interval of a claim lies, or None where it has no end at all."""
    if row.effect is None or (row.low is None and row.high is None):
        return None
    at, low, high = (
        None if value is None else wording.effect_number(metric, value)
        for value in (row.effect, row.low, row.high)
    )
    assert at is not None
    delta = wording.shown_delta(metric, row.delta)
    reach = 1.1 * axis_reach(max(delta, 2 * delta / 1.4), [(at, low, high)])

    def place(value: float) -> float:
        return min(max(50 + 50 * value / reach, 0.0), 100.0)

    left, right = (0.0 if low is None else place(low)), (100.0 if high is None else place(high))
    return Gauge(
        band_left=place(-delta),
        band_width=place(delta) - place(-delta),
        left=left,
        width=max(right - left, 0.8),
        at=place(at),
    )
