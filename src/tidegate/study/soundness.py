"""Whether a summary agrees with itself: what a careless edit of a committed result would break.

This finds mistakes, not forgery: whoever doubts a figure runs the study again.
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
)
from tidegate.report.summary import FrozenEffect, Summary, VerdictRow
from tidegate.study.summarise import results_digest

__all__ = ["contradictions"]


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
        arms = (row.treated, row.control, *(arm for pair in row.beyond for arm in pair))
        least = min(runs[arm] for arm in arms)
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
    """Return the verdict that the interval of a row gives; an open end decides nothing there."""
    bound = effect_bound(row.delta, summary.metric(row.metric).scale)
    return decide(_interval(row), bound, row.direction)
