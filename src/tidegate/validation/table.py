"""The outcome of acceptance tests as one table, and as data."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from tidegate.validation.judging import Finding, Status, Verdict

__all__ = ["as_data", "render", "tally"]

_NAME: Final = 38


def render(verdicts: Sequence[Verdict]) -> str:
    """Return the table: a heading a test, a line a quantity, then the tally."""
    head = f"  {'quantity':<{_NAME}} {'value':>11}  {'band':<22} {'seeds':>5}  {'inside':>17}"
    lines = [head.rstrip()]
    for verdict in verdicts:
        lines += ["", *_block(verdict)]
    return "\n".join([*lines, "", *tally(verdicts)])


def _block(verdict: Verdict) -> Iterator[str]:
    case = verdict.case
    off = f" [{verdict.ablation}]" if verdict.ablation else ""
    yield f"{case.id:<7} {verdict.status.upper():<8} {case.kind}  {case.about}{off}"
    if verdict.why:
        waits = "waits for " if verdict.status is Status.PENDING else ""
        yield f"  {waits}{verdict.why}"
    for finding in verdict.findings:
        mark = "" if finding.passed or verdict.ablation else "  <-- outside"
        yield (
            f"  {finding.quantity:<{_NAME}} {finding.value:>11.5g}  {finding.band:<22} "
            f"{finding.seeds:>5}  {_detail(finding):>17}{mark}".rstrip()
        )


def _detail(finding: Finding) -> str:
    if not math.isnan(finding.inside):
        return f"{finding.inside:.0%}" if finding.seeds > 1 else ""
    if not math.isnan(finding.low):
        return f"{finding.low:.3g} to {finding.high:.3g}"
    return ""


def tally(verdicts: Iterable[Verdict]) -> list[str]:
    """Return how many tests passed, and the ids of those that did not."""
    whole = [verdict for verdict in verdicts if not verdict.ablation]
    ablated = [verdict for verdict in verdicts if verdict.ablation]
    count = Counter(verdict.status for verdict in whole)
    ran = count[Status.PASSED] + count[Status.FAILED] + count[Status.BROKEN]
    share = f" ({count[Status.PASSED] / ran:.0%})" if ran else ""
    lines = [f"{count[Status.PASSED]} of {ran} tests pass{share}"]
    for status in (Status.FAILED, Status.BROKEN, Status.PENDING, Status.LEFT_OUT):
        ids = [verdict.case.id for verdict in whole if verdict.status is status]
        if ids:
            lines.append(f"{status}: {', '.join(ids)}")
    if ablated:
        right = [verdict for verdict in ablated if verdict.status is Status.PASSED]
        lines.append(f"{len(right)} of {len(ablated)} ablations fail their test, as they should")
    return lines


def as_data(verdicts: Iterable[Verdict]) -> list[dict[str, Any]]:
    """Return the table as data for JSON; what has no value is null."""
    return [
        {
            "id": verdict.case.id,
            "class": str(verdict.case.kind),
            "about": verdict.case.about,
            "cost": str(verdict.case.cost),
            "ablation": verdict.ablation or None,
            "status": str(verdict.status),
            "why": verdict.why or None,
            "seeds": verdict.case.seeds,
            "seconds": round(verdict.seconds, 2),
            "quantities": [
                {
                    "name": finding.quantity,
                    "value": _number(finding.value),
                    "band": finding.band,
                    "seeds": finding.seeds,
                    "inside": _number(finding.inside),
                    "low": _number(finding.low),
                    "high": _number(finding.high),
                    "pass": finding.passed,
                }
                for finding in verdict.findings
            ],
        }
        for verdict in verdicts
    ]


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
