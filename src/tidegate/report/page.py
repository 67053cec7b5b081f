"""One self-contained page about a study: no network, light and dark, print and phone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import jinja2
import polars as pl

from tidegate.analysis.contrast import Verdict
from tidegate.analysis.scales import Scale
from tidegate.report import wording
from tidegate.report.answer import answer, verdict_key
from tidegate.report.drawing import COLOUR_NAMES, Panel, to_svg
from tidegate.report.effect_panels import axis_reach
from tidegate.report.figures import figures_of
from tidegate.report.language import ENGLISH, Language
from tidegate.report.summary import EffectRow, Metric, ParameterRow, Summary, VerdictRow

# A shape beside the word, so that no verdict is told by its colour alone.
VERDICT_MARKS: Final = {
    Verdict.SUPPORTED: "\N{CHECK MARK}",
    Verdict.CONTRADICTED: "\N{MULTIPLICATION X}",
    Verdict.NO_EFFECT: "=",
    Verdict.UNDECIDED: "?",
}
_SHOWN: Final = 9  # panels of a figure that stand open; the rest unfold
# Sources of values that describe the run rather than the world; "s0" and "3 horizons" stand in
# summaries of before.
_OF_THE_RUN: Final = ("resolution", "arms set", "s0", "3 horizons", "burn-in", "tidegate.")


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


def report_name(code: str) -> str:
    """Return the name of the page of a study in a language."""
    return "report.html" if code == "en" else f"report.{code}.html"


def write_report(
    summary: Summary,
    frames: Mapping[str, pl.DataFrame],
    path: Path,
    language: Language = ENGLISH,
) -> None:
    """Write the report of a study.

    Parameters
    ----------
    summary
        The finished study.
    frames
        Its tables; `paths` and the views are drawn where they are there.
    path
        The page to write.
    language
        In which it is written.
    """
    figures = figures_of(summary, frames, language)
    page = _template().render(
        s=summary,
        t=language,
        x=language.tagged,
        w=wording,
        answer=answer(summary, language),
        lead=_lead_rows(summary, language),
        figures=figures,
        drawn=_Drawn(),
        shown=_SHOWN,
        colours=COLOUR_NAMES,
        marks=VERDICT_MARKS,
        verdict_key=verdict_key,
        shared_notes=_shared_notes(summary),
        gauge=_gauge,
        parameters=_parameters(summary.parameters),
        failed=_failed_by_arm(summary),
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
    environment.filters["in_language"] = lambda text, language: language.text(text)
    return environment.get_template("page.html.j2")


class _Drawn:
    """Draws panels, with ids that are unique on the page, since each drawing numbers its own."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, panel: Panel) -> str:
        self._count += 1
        svg, prefix = to_svg(panel.chart), f"p{self._count}-"
        for number, name in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]*)"', svg))):
            fresh = f"{prefix}{number}"
            svg = svg.replace(f'id="{name}"', f'id="{fresh}"').replace(f"#{name})", f"#{fresh})")
        return svg


def _shared_notes(summary: Summary) -> list[str]:
    """Return what keeps every verdict from the ledger, to be said once."""
    if not summary.verdicts:
        return []
    return [n for n in summary.verdicts[0].notes if all(n in v.notes for v in summary.verdicts)]


def _lead_rows(summary: Summary, language: Language) -> list[tuple[str, list[LeadCell]]]:
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
        row = [_lead_cell(m, effects.get((arm.label, m.name)), language) for m in metrics]
        rows.append((arm.title, row))
    return rows


def _lead_cell(metric: Metric, row: EffectRow | None, language: Language) -> LeadCell:
    title = language.text(metric.title)
    if row is None:
        return LeadCell(title, wording.ABSENT)
    if metric.scale is not Scale.LOG:
        return LeadCell(title, wording.value_text(metric, row.mean, True, language))
    text = wording.effect_text(metric, row.effect, True, language)
    if row.effect is None:
        return LeadCell(title, text)
    open_ends = row.low is None and row.high is None
    span = wording.interval_text(metric, row.low, row.high, language)
    return LeadCell(title, text, language("lead.open") if open_ends else span)


def _parameters(rows: Sequence[ParameterRow]) -> dict[str, list[ParameterRow]]:
    """Return what is assumed of the world, and what only describes the run."""
    parts: dict[str, list[ParameterRow]] = {"assumed": [], "other": []}
    for row in rows:
        own = row.source.lower().startswith(_OF_THE_RUN)
        parts["other" if own else "assumed"].append(row)
    return parts


def _failed_by_arm(summary: Summary) -> dict[str, int]:
    """Return how many runs of each arm could not be finished."""
    failed = [failure.arm for failure in summary.failures]
    return {arm.label: failed.count(arm.label) for arm in summary.arms}


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
