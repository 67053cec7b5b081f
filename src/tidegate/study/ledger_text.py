"""The ledger as plain text, 80 columns wide, and the words it shares with its page."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from tidegate.analysis.contrast import Verdict, overlooked
from tidegate.report.summary import VerdictRow
from tidegate.report.wording import (
    DIRECTION_WORDS,
    count_text,
    effect_text,
    interval_text,
    verdict_phrase,
)
from tidegate.study.claims import Claim
from tidegate.study.committed import Record
from tidegate.study.console import WIDTH
from tidegate.study.ledger import Entry, Ledger, Standing
from tidegate.study.robustness import PARAMETERS, Robustness

_ID: Final = 10  # columns of an id
_STATE: Final = 14  # columns of the word for how a row stands
_HASH: Final = 12  # characters that tell digests apart
_WORDS: Final = {Verdict.NO_EFFECT: "no effect"}


def render(ledger: Ledger) -> str:
    """Return every row with all that is known of it, and the counts."""
    return "\n".join([*_by_family(ledger, _entry), *counts(ledger)])


def render_list(ledger: Ledger) -> str:
    """Return every row in a line or two, and the counts."""
    return "\n".join([*_by_family(ledger, _brief), *counts(ledger)])


def counts(ledger: Ledger) -> list[str]:
    """Return how many rows stand how, a line each."""
    waiting = [e for e in ledger.rows if e.standing is Standing.NONE]
    claimed = sum(entry.claim is not None for entry in waiting)
    stale = sum(entry.record is not None for entry in waiting)
    alone = sum(entry.uncontrolled for entry in ledger.rows)
    notes = {
        Standing.MARKET: f", of which {alone} without a control with prices frozen",
        Standing.NONE: f", of which {claimed} with a claim on file, {stale} out of date",
    }
    lines = [f"{len(ledger.rows):>4} row{'s' * (len(ledger.rows) != 1)}"]
    for standing, number in ledger.counts.items():
        lines.append(f"{number:>4} {standing.value}{notes.get(standing, '') if number else ''}")
        if standing is Standing.MARKET and number:
            varied = sum(entry.varied for entry in ledger.rows)
            depend = sum(bool(entry.depends_on) for entry in ledger.rows)
            lines.append(f"     of which {varied} were varied, {depend} depend on it")
    if ledger.own:
        lines.append(f"{len(ledger.own):>4} more claims, on no row")
    return lines


def state(entry: Entry) -> str:
    """Return a word for how a row stands."""
    if entry.record is not None and entry.record.outdated:
        return "out of date"
    if entry.standing is Standing.NONE:
        return "planned" if entry.planned else "no result"
    if entry.depends_on:
        return "it depends"
    if entry.standing is Standing.ASSUMPTION:
        return "assumption"
    if entry.record is None:
        return entry.standing.value
    verdict = entry.record.verdict.verdict
    return _WORDS.get(verdict, verdict.value)


def finding(record: Record) -> str:
    """Return the verdict with its effect, interval and pairs."""
    row, metric = record.verdict, record.metric
    span = interval_text(metric, row.low, row.high)
    pairs = count_text(row.pairs, "pair")
    return (
        f"{verdict_phrase(row)}: {effect_text(metric, row.effect)} ({span}), {pairs}{_alike(row)}"
    )


def _alike(row: VerdictRow) -> str:
    """Return what pairs that all agree may have missed."""
    if row.low is None or row.low != row.high or row.follows_from_assumption:
        return ""
    rare = overlooked(row.pairs, row.level)
    return f", all alike (what happens in fewer than {100 * rare:.1f} % of runs may be missed)"


def frozen_finding(record: Record) -> str:
    """Return what the same arms gave with prices frozen."""
    frozen, metric = record.verdict.frozen, record.metric
    if frozen is None:
        return "no control with prices frozen"
    span = interval_text(metric, frozen.low, frozen.high)
    shown = f"{frozen.verdict.value}: {effect_text(metric, frozen.effect)} ({span})"
    return f"prices frozen: {shown}"


def assumption(entry: Entry) -> str:
    """Return why a verdict follows from assumption where its claim tells; else ""."""
    if entry.standing is not Standing.ASSUMPTION or entry.claim is None or not entry.claim.assumed:
        return ""
    return f"follows from assumption: {entry.claim.assumed.rstrip('.')}"


def robust(found: Robustness | None) -> str:
    """Return what became of a verdict when the study was varied; "" when nothing was."""
    if found is None:
        return ""
    said = f"it depends on {', '.join(found.depends_on)}" if found.depends_on else "it holds"
    return (
        f"{said} (a fifth up or down: {len(found.moved)} of {PARAMETERS} parameters; "
        f"other worlds: {found.worlds})"
    )


def provenance(record: Record) -> str:
    """Return what identifies a result."""
    seeds = record.seeds
    return (
        f"{record.grade} grade, {record.experiment} {record.version}, "
        f"seeds {seeds[0]}-{seeds[-1]}, digest {record.results_digest[:_HASH]}, "
        f"scenario {record.scenario_digest[:_HASH]}"
    )


def measured(claim: Claim) -> str:
    """Return what a claim is decided by."""
    days = claim.horizon_days
    span = f"{days:g} days" if days >= 1 else f"{24 * days:.4g} hours"
    beyond = "".join(f", beyond {treated} against {control}" for treated, control in claim.beyond)
    return (
        f"{claim.metric} {DIRECTION_WORDS[claim.direction]}, {claim.treated} against "
        f"{claim.control}{beyond}, {span}; delta {claim.delta:g}, {claim.pairs} pairs"
    )


def plan(entry: Entry) -> str:
    """Return what a planned experiment is to measure, and which way it is said to go."""
    return f"{entry.metric}: {DIRECTION_WORDS[entry.direction]}"


def _by_family(ledger: Ledger, show: Callable[[Entry], list[str]]) -> Iterator[str]:
    for letters, title in ledger.families.items():
        yield from _section(
            f"{letters}: {title}" if title else letters, ledger.of_family(letters), show
        )
    if ledger.own:
        yield from _section("Claims on no row", ledger.own, show)


def _section(
    title: str, entries: Sequence[Entry], show: Callable[[Entry], list[str]]
) -> Iterator[str]:
    yield title
    for entry in entries:
        yield from show(entry)
    yield ""


def _brief(entry: Entry) -> list[str]:
    """Return the id, the state and the statement of a row."""
    indent = " " * (_ID + _STATE)
    return textwrap.wrap(
        entry.statement,
        WIDTH,
        initial_indent=f"{entry.row:<{_ID}}{state(entry):<{_STATE}}",
        subsequent_indent=indent,
    )


def _entry(entry: Entry) -> list[str]:
    """Return the id of a row and a paragraph for each thing that is known of it."""
    indent = " " * _ID
    lines: list[str] = []
    for text in _paragraphs(entry):
        lines += textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)
    lines[0] = f"{entry.row:<{_ID}}{lines[0][_ID:]}"
    return lines


def _paragraphs(entry: Entry) -> Iterator[str]:
    record, claim = entry.record, entry.claim
    if record is None:
        yield "not decidable" if entry.undecidable else "no result on record"
    elif record.outdated:
        yield f"out of date, not counted ({record.outdated}); it was {finding(record)}"
    else:
        yield finding(record)
    yield entry.statement
    if entry.undecidable:
        yield f"why not: {entry.undecidable}"
    if entry.planned:
        yield f"planned: {entry.planned}, {plan(entry)}"
    if claim is not None:
        if claim.statement != entry.statement:
            yield f"claim: {claim.statement}"
        yield f"rival: {claim.rival}"
        yield f"decided by: {measured(claim)}"
    if record is not None:
        if said := assumption(entry):
            yield said
        yield frozen_finding(record)
        if said := robust(record.robustness):
            yield f"varied: {said}"
    if entry.observed:
        yield f"observed: {entry.observed}"
    if record is not None:
        yield f"record: {provenance(record)}"
