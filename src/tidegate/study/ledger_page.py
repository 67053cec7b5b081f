"""The ledger as a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from tidegate.study.ledger import Entry, Ledger
from tidegate.study.ledger_text import (
    assumption,
    counts,
    finding,
    frozen_finding,
    plan,
    provenance,
    robust,
    state,
)

_HOW_TO_READ: Final = (
    "A verdict that is the same with prices frozen follows from assumption: the market had no part",
    "in it. Unless nothing but prices can move the metric: frozen twins then say nothing, and the",
    "verdict is the market's.",
)


def page(ledger: Ledger, command: str) -> str:
    """Return the ledger as Markdown, a table a family.

    Parameters
    ----------
    ledger
        What to show.
    command
        What wrote the page, for who wants to write it again.
    """
    lines = ["# The ledger", "", f"Written by `{command}`; do not edit.", "", *_HOW_TO_READ, ""]
    lines.append("```text")
    lines += [*counts(ledger), "```"]
    for letters, title in ledger.families.items():
        lines += ["", f"## {letters}: {title}" if title else f"## {letters}", ""]
        lines += _table(ledger.of_family(letters))
    if ledger.own:
        lines += ["", "## Claims on no row", "", *_table(ledger.own)]
    return "\n".join([*lines, ""])


def _table(entries: Sequence[Entry]) -> Iterator[str]:
    yield "| row | says | stands | the model | observed |"
    yield "|---|---|---|---|---|"
    for entry in entries:
        kind = f" ({entry.kind.value})" if entry.kind else ""
        cells = (
            f"{entry.row}{kind}",
            entry.statement,
            state(entry),
            _model(entry),
            entry.observed,
        )
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _model(entry: Entry) -> str:
    """Return what the model says of a row, or how it will."""
    record = entry.record
    if record is None:
        if entry.undecidable:
            return entry.undecidable
        if entry.claim is not None:
            return f"claim on file: `{entry.claim.experiment}`"
        return f"`{entry.planned}`, {plan(entry)}"
    if record.outdated:
        return f"not counted: {record.outdated}"
    parts = (
        finding(record),
        assumption(entry),
        frozen_finding(record),
        robust(record.robustness),
        provenance(record),
    )
    return "; ".join(part for part in parts if part)
