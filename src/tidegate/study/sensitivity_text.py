"""What a sweep says of an outcome or a claim, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

import polars as pl

from tidegate.analysis.sensitivity import DUMMY, MAIN_INDEX
from tidegate.study.plan import Plan
from tidegate.study.sensitivity import MOSTLY, Decision, Finding, finite
from tidegate.study.text_table import named_rows, wrapped

__all__ = ["METHODS", "chance_text", "lines", "seeds_text"]

METHODS: Final = {"sobol": "Sobol'", "morris": "Morris", "pawn": "PAWN"}

_PAIRS: Final = 10  # second-order indices that are shown, the greatest
_THIRDS: Final = "by thirds of a range, all others over theirs"
_NOISE: Final = 1e-12  # of the greatest index: smaller ones are what rounding leaves


def lines(finding: Finding) -> Iterator[str]:
    """Yield the lines that are printed."""
    for paragraph in _head(finding):
        yield from wrapped(paragraph)
    yield ""
    yield from _table(finding)
    if finding.decision is not None:
        yield ""
        yield from _decision(finding, finding.decision)


def _head(finding: Finding) -> Iterator[str]:
    """Yield what was asked, and how much of the sweep answers."""
    indices, plan = finding.indices, finding.plan
    head = f"{finding.decision.claim.row}: " if finding.decision else ""
    yield f"{head}{finding.outcome.title}"
    yield (
        f"{METHODS[indices.method]} indices from {indices.points:,} of "
        f"{len(plan):,} points of {plan.experiment.name}, {seeds_text(plan)}"
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


def seeds_text(plan: Plan) -> str:
    """Return what an outcome is the mean of."""
    first, last = plan.seeds[0], plan.seeds[-1]
    if first == last:
        return f"all on seed {first}"
    return f"each the mean over seeds {first} to {last}"


def chance_text(finding: Finding) -> str:
    """Return the share of chance as the end of a sentence, nothing where it is not known."""
    share = finite(finding.chance)
    return "" if share is None else f"; {share:.0%} of the variance is chance"


def _table(finding: Finding) -> Iterator[str]:
    """Yield the indices, a parameter a row, then those of pairs."""
    table, order = finding.indices.table, finding.indices.main()["parameter"].to_list()
    noise = _NOISE * max(map(abs, finding.indices.main()["value"]))
    single = table.filter(other="")
    kinds = single["index"].unique(maintain_order=True).to_list()
    cells = {
        (row["index"], row["parameter"]): _interval(row, noise)
        for row in single.iter_rows(named=True)
    }
    rows = [[name, *(cells[kind, name] for kind in kinds)] for name in order]
    yield from named_rows([["parameter", *kinds], *rows], "<" + ">" * len(kinds))
    pairs = table.filter(pl.col("other") != "")
    for row in pairs.sort("value", descending=True).head(_PAIRS).iter_rows(named=True):
        yield from wrapped(
            f"second order: {row['parameter']} with {row['other']} {_interval(row, noise)}"
        )
    if DUMMY in order:
        yield f"{DUMMY} is a parameter that does nothing: one no greater may not matter either"


def _interval(row: dict[str, Any], noise: float = 0.0) -> str:
    value, low, high = (
        0.0 if abs(row[key]) <= noise else row[key] for key in ("value", "low", "high")
    )
    if row["index"] in ("mu_star", "mu", "sigma"):  # in units of the outcome, of any size
        return f"{value:.3g} {_ends(low, high, '.2g')}"
    return f"{value:z.2f} {_ends(low, high, 'z.2f')}"


def _ends(low: float, high: float, form: str) -> str:
    """Return an interval; an end that the points do not bound is open."""
    if not (math.isfinite(low) or math.isfinite(high)):
        return "[open]"
    ends = [f"{end:{form}}" if math.isfinite(end) else "open" for end in (low, high)]
    return f"[{', '.join(ends)}]"


def _decision(finding: Finding, decision: Decision) -> Iterator[str]:
    """Yield which parameter decides the claim, and where its verdict changes."""
    whole = decision.whole.row(0, named=True)
    yield from wrapped(f"{decision.claim.row} says: {decision.claim.statement}")
    yield from wrapped(
        f"Over all points: {_effect(whole)} times the smallest effect that matters, "
        f"{whole['verdict']}; at {whole['beyond']:.0%} of points the effect is larger than that"
    )
    yield from wrapped(_conclusion(decision))
    yield ""
    rows = [[_THIRDS, "effect / delta", "verdicts"]]
    for parameter, thirds in decision.thirds.items():
        effects = thirds["effect"].to_list()
        span = f"{min(effects):+z.2f} to {max(effects):+z.2f}"
        rows.append([parameter, span, ", ".join(dict.fromkeys(thirds["verdict"]))])
    yield from named_rows(rows, "<><")
    yield ""
    for sentence in _leader(finding, decision):
        yield from wrapped(sentence)
    if decision.spans_known:
        yield ""
        rows = [[decision.parameter, "points", "effect / delta", "verdict"]]
        for row in decision.bins.iter_rows(named=True):
            label = _range(row["from"], row["to"])
            rows.append([label, f"{row['points']:,}", _effect(row), row["verdict"]])
        yield from named_rows(rows, "<>><")


def _leader(finding: Finding, decision: Decision) -> Iterator[str]:
    """Yield what matters most, or that it cannot be told."""
    name = decision.parameter
    row = finding.indices.main().row(by_predicate=pl.col("parameter") == name, named=True)
    if finding.indices.method == "sobol":
        share = f"{row['value']:z.0%} {_ends(row['low'], row['high'], 'z.0%')} of the variance"
    else:
        share = f"{MAIN_INDEX[finding.indices.method]} {_interval(row)}"
    if not finding.leads:
        yield (
            f"What matters most cannot be told: the greatest index is that of {name}, {share}, "
            "which may be nothing"
        )
    elif not decision.spans_known:
        yield (
            f"What matters most cannot be told: the greatest index is that of {name}, {share}, but "
            "its ranges have too few points for intervals"
        )
    else:
        yield f"What matters most: {name}, {share}"
    if finding.rivals:
        yield f"Intervals that overlap with its own: {', '.join(finding.rivals)}"
    if finding.chance > MOSTLY:
        yield "Most of the variance is chance, so this order says little; the thirds say more"


def _conclusion(decision: Decision) -> str:
    row, turned, settled = decision.claim.row, decision.turned_by, decision.settled
    if turned:
        return f"The verdict on {row} turns with: {', '.join(turned)}"
    if settled:
        return (
            f"No parameter turns the verdict on {row} within its range: wherever it is not open, "
            f"it is {settled.pop()!s}"
        )
    if not decision.thirds_known:
        return (
            f"What turns the verdict on {row} cannot be told: thirds of ranges have too few points "
            "for intervals"
        )
    return f"No range of any parameter settles {row}: the verdict is open throughout"


def _effect(row: dict[str, Any]) -> str:
    return f"{row['effect']:+z.2f} {_ends(row['low'], row['high'], '+z.2f')}"


def _range(low: Any, high: Any) -> str:
    if isinstance(low, str) or low == high:
        return f"at {low}" if low == high else f"from {low} to {high}"
    return f"from {low:.3g} to {high:.3g}"
