"""Whether a summary agrees with itself, and what its intervals say by the rules of today.

What a careless edit of a committed result would break is found. This finds mistakes, not forgery:
whoever doubts a figure runs the study again.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from tidegate.analysis.contrast import (
    Interval,
    Verdict,
    decide,
    effect_bound,
    follows_from_assumption,
    overlooked,
)
from tidegate.report.summary import FrozenEffect, Summary, VerdictRow
from tidegate.study.summarise import results_digest

__all__ = ["contradictions", "judged_again"]


def contradictions(summary: Summary) -> Iterator[str]:
    """Yield every way in which a summary contradicts itself."""
    if results_digest(summary.runs) != summary.results_digest:
        yield "results_digest is not that of its runs"
    runs = Counter(run.arm for run in summary.runs)
    for row in summary.verdicts:
        decided = _decided(summary, row)
        if decided is not row.verdict:
            yield f"{row.row} is said to be {row.verdict.value}; its interval says {decided.value}"
        if row.follows_from_assumption is not _assumed(row):
            yield f"{row.row} is said to follow from assumption, or not to; its twins say otherwise"
        least = min(runs[arm] for arm in _compared(row))
        if least < row.pairs:
            yield f"{row.row} is said to rest on {row.pairs} pairs; there are runs for {least}"
        if row.pairs > len(summary.seeds):
            yield f"{row.row} has {row.pairs} pairs, and the study {len(summary.seeds)} seeds"


def _assumed(row: VerdictRow) -> bool:
    """Tell whether the twins with frozen prices say what the market says."""
    if row.frozen is None:
        return False
    return follows_from_assumption(
        row.verdict, _interval(row), row.frozen.verdict, _interval(row.frozen)
    )


def _interval(row: VerdictRow | FrozenEffect) -> Interval:
    """Return the interval of a row or of its twins; an open end is infinite."""
    low = -math.inf if row.low is None else row.low
    high = math.inf if row.high is None else row.high
    return Interval(low, high, math.nan)  # whose level is not asked


def _decided(summary: Summary, row: VerdictRow) -> Verdict:
    """Return the verdict that the interval of a row gives; an open end decides nothing there.

    A result that does not tell whether anything happened was judged by its interval alone.
    """
    if row.happened is not None:
        return _verdict(summary, row, row.happened)
    bound = effect_bound(row.delta, summary.metric(row.metric).scale)
    return decide(_interval(row), bound, row.direction)


def _verdict(summary: Summary, row: VerdictRow, happened: bool) -> Verdict:
    metric = summary.metric(row.metric)
    return decide(
        _interval(row),
        effect_bound(row.delta, metric.scale),
        row.direction,
        hidden=overlooked(row.pairs, row.level) if metric.is_share and row.pairs else 0.0,
        happened=happened,
    )


def judged_again(summary: Summary) -> Summary:
    """Return a result with its verdicts as the rules of today give them.

    Older results were judged by their intervals alone, and do not tell whether anything happened in
    them. It is read off their means: where those of all arms are 0, and all pairs agree, nothing
    did.
    """
    rows = []
    for row in summary.verdicts:
        happened = _happened(summary, row) if row.happened is None else row.happened
        verdict = _verdict(summary, row, happened)
        changes = {
            "happened": happened,
            "verdict": verdict,
            "follows_from_assumption": row.follows_from_assumption and verdict is row.verdict,
        }
        rows.append(row.model_copy(update=changes))
    return summary.model_copy(update={"verdicts": tuple(rows)})


def _happened(summary: Summary, row: VerdictRow) -> bool:
    means = {(e.arm, e.metric): e.mean for e in summary.effects}
    found = [means.get((arm, row.metric)) for arm in _compared(row)]
    return not _interval(row).still or any(mean != 0.0 for mean in found)


def _compared(row: VerdictRow) -> tuple[str, ...]:
    """Return the arms that a row compares."""
    return (row.treated, row.control, *(arm for pair in row.beyond for arm in pair))
