"""The summary of a study as plain text, 80 columns wide."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

from tidegate.report.summary import Metric, Summary, VerdictRow
from tidegate.report.wording import (
    DIRECTION_WORDS,
    count_text,
    delta_text,
    effect_text,
    interval_text,
    level_text,
    p_text,
    units_text,
    value_text,
    verdict_phrase,
)

WIDTH: Final = 80
_LABEL: Final = 21  # columns of an arm's label; a longer one has a line of its own


def render(summary: Summary) -> str:
    """Return the tables of arms, the verdicts and the failures."""
    lines = [*_wrapped(summary.question), ""]
    for metric in summary.metrics:
        lines += [*_metric_table(summary, metric), ""]
    lines += [*_verdicts(summary), *_failures(summary)]
    return "\n".join(lines)


def render_interim(summary: Summary, pairs: int, planned: int) -> str:
    """Return the table of the first metric, headed by how many of the planned pairs it rests on."""
    [metric, *_] = summary.metrics
    return "\n".join([f"So far, {pairs} of {planned} pairs", *_metric_table(summary, metric)])


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)


def _metric_table(summary: Summary, metric: Metric) -> Iterator[str]:
    """Yield a heading and a line an arm: mean, effect against the baseline, interval, p.

    Units stand in the heading, where there is room for them. Frozen twins are in the report
    only; here they would double every table.
    """
    units = units_text(metric)
    yield from _wrapped(f"{metric.title} ({units})" if units else metric.title)
    yield _line("arm", "mean", "effect", "95 % interval", "p")
    for row in summary.effects:
        if row.metric != metric.name or summary.arm(row.arm).frozen_twin_of is not None:
            continue
        label = row.arm
        if len(label) > _LABEL:
            yield f"  {label}"
            label = ""
        mean = value_text(metric, row.mean, unit=False)
        if row.arm == row.control:
            yield _line(label, mean, "baseline")
            continue
        effect = effect_text(metric, row.effect, unit=False)
        yield _line(label, mean, effect, interval_text(metric, row.low, row.high), p_text(row.p))


def _line(label: str, mean: str, effect: str, span: str = "", p: str = "") -> str:
    return f"  {label:<{_LABEL}} {mean:>9} {effect:>12} {span:>25} {p:>7}".rstrip()


def _verdicts(summary: Summary) -> Iterator[str]:
    if summary.verdicts:
        pairs = [row.pairs for row in summary.verdicts]
        least = f"{min(pairs)} to " if min(pairs) < max(pairs) else ""
        yield f"Verdicts ({summary.grade}, {least}{count_text(max(pairs), 'pair')})"
    for row in summary.verdicts:
        yield from _verdict(row, summary.metric(row.metric))


def _verdict(row: VerdictRow, metric: Metric) -> Iterator[str]:
    yield f"  {row.row:<10} {verdict_phrase(row)}"
    yield from _wrapped(row.statement, indent=" " * 13)
    yield from _wrapped(
        f"{metric.title} {DIRECTION_WORDS[row.direction]}? {effect_text(metric, row.effect)}, "
        f"{level_text(row.level)} interval {interval_text(metric, row.low, row.high)}, "
        f"{count_text(row.pairs, 'pair')}; matters from {delta_text(metric, row.delta)}; "
        f"corrected p {p_text(row.p_holm)}",
        indent=" " * 13,
    )


def _failures(summary: Summary) -> Iterator[str]:
    if summary.failures:
        yield ""
        yield f"{count_text(len(summary.failures), 'run')} failed (tracebacks in summary.json)"
    for failure in summary.failures[:5]:
        yield from _wrapped(
            f"seed {failure.seed}, {failure.arm}, {failure.where}: "
            f"{failure.type}: {failure.message}",
            indent="  ",
        )
