"""Whether a summary agrees with itself: what a careless edit of a committed result would break.

This finds mistakes, not forgery: whoever doubts a figure runs the study again.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from tidegate.analysis.contrast import Interval, Verdict, decide, effect_bound
from tidegate.report.summary import Summary, VerdictRow
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
        arms = (row.treated, row.control, *(arm for pair in row.beyond for arm in pair))
        least = min(runs[arm] for arm in arms)
        if least < row.pairs:
            yield f"{row.row} is said to rest on {row.pairs} pairs; there are runs for {least}"
        if row.pairs > len(summary.seeds):
            yield f"{row.row} has {row.pairs} pairs, and the study {len(summary.seeds)} seeds"


def _decided(summary: Summary, row: VerdictRow) -> Verdict:
    """Return the verdict that the interval of a row gives; an open end decides nothing there."""
    low = -math.inf if row.low is None else row.low
    high = math.inf if row.high is None else row.high
    bound = effect_bound(row.delta, summary.metric(row.metric).scale)
    return decide(Interval(low, high, row.level), bound, row.direction)
