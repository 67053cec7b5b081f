"""What a sweep says of an outcome or a claim, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import polars as pl

from tidegate.analysis.sensitivity import DUMMY, MAIN_INDEX
from tidegate.study.plan import Plan
from tidegate.study.sensitivity import MOSTLY, Decision, Finding, finite

__all__ = ["METHODS", "chance_text", "lines", "seeds_text"]

METHODS: Final = {"sobol": "Sobol'", "morris": "Morris", "pawn": "PAWN"}

_NAME_WIDTH: Final = 40
_CELL_WIDTH: Final = 26
_PAIRS: Final = 10  # second-order indices that are shown, the greatest
_THIRDS: Final = "by thirds of a range, all others over theirs"


def lines(finding: Finding) -> Iterator[str]:
    """Yield the lines that are printed."""
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
    yield ""
    yield from _table(finding)
    if finding.decision is not None:
        yield ""
        yield from _decision(finding, finding.decision)


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
    single = finding.indices.table.filter(other="")
    kinds = single["index"].unique(maintain_order=True).to_list()
    cells = {(r["index"], r["parameter"]): _interval(r) for r in single.iter_rows(named=True)}
    yield f"{'parameter':<{_NAME_WIDTH}}" + "".join(f"{kind:>{_CELL_WIDTH}}" for kind in kinds)
    for name in finding.indices.main()["parameter"]:
        mine = "".join(f"{cells[kind, name]:>{_CELL_WIDTH}}" for kind in kinds)
        yield f"{name:<{_NAME_WIDTH}}{mine}"
    pairs = finding.indices.table.filter(pl.col("other") != "")
    for row in pairs.sort("value", descending=True).head(_PAIRS).iter_rows(named=True):
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
    yield _conclusion(decision)
    yield ""
    yield f"{_THIRDS:<{_NAME_WIDTH + 8}}{'effect / delta':>{_CELL_WIDTH}}  verdicts"
    for parameter, thirds in decision.thirds.items():
        effects = thirds["effect"].to_list()
        span = f"{min(effects):+.2f} to {max(effects):+.2f}"
        verdicts = ", ".join(dict.fromkeys(thirds["verdict"]))
        yield f"{parameter:<{_NAME_WIDTH + 8}}{span:>{_CELL_WIDTH}}  {verdicts}"
    yield ""
    row = finding.indices.main().row(0, named=True)
    if finding.indices.method == "sobol":
        share = f"{row['value']:.0%} [{row['low']:.0%}, {row['high']:.0%}] of the variance"
    else:
        share = f"{MAIN_INDEX[finding.indices.method]} {_interval(row)}"
    yield f"What matters most: {name}, {share}"
    if finding.rivals:
        yield f"Intervals that overlap with its own: {', '.join(finding.rivals)}"
    if finding.chance > MOSTLY:
        yield "Most of the variance is chance, so this order says little; the thirds say more"
    yield ""
    yield f"{name:<{_NAME_WIDTH}}{'points':>8}{'effect / delta':>{_CELL_WIDTH}}  verdict"
    for row in decision.bins.iter_rows(named=True):
        label, effect = _range(row["from"], row["to"]), _effect(row)
        yield f"{label:<{_NAME_WIDTH}}{row['points']:>8,}{effect:>{_CELL_WIDTH}}  {row['verdict']}"


def _conclusion(decision: Decision) -> str:
    row, turned, settled = decision.claim.row, decision.turned_by, decision.settled
    if turned:
        return f"The verdict on {row} turns with: {', '.join(turned)}"
    if settled:
        return (
            f"No parameter turns the verdict on {row} within its range: wherever it is not open, "
            f"it is {settled.pop()!s}"
        )
    return f"No range of any parameter settles {row}: the verdict is open throughout"


def _effect(row: dict[str, Any]) -> str:
    return f"{row['effect']:+.2f} [{row['low']:+.2f}, {row['high']:+.2f}]"


def _range(low: Any, high: Any) -> str:
    if isinstance(low, str) or low == high:
        return f"at {low}" if low == high else f"from {low} to {high}"
    return f"from {low:.3g} to {high:.3g}"
