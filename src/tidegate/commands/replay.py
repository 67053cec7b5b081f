"""`tidegate replay`: recorded order streams through the book, held against what was recorded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import tyro

from tidegate.replay import l3, lobster
from tidegate.replay.report import Report


@dataclass(frozen=True)
class Lobster:
    """Replay a day in LOBSTER's format; exit code 1 if the book and a row differ."""

    messages: Annotated[
        tyro.conf.Positional[Path],
        tyro.conf.arg(metavar="MESSAGES", help="Messages: csv, plain, gz, xz or in a zip file."),
    ]
    book: Annotated[
        tyro.conf.Positional[Path],
        tyro.conf.arg(metavar="BOOK", help="Rows of the book; may be the same zip file."),
    ]
    json: Annotated[bool, tyro.conf.arg(help="Print the report as JSON.")] = False

    def run(self) -> int:
        """Print the report; 1 if there are mismatches."""
        return _show(lobster.replay(self.messages, self.book), as_json=self.json)


@dataclass(frozen=True)
class L3:
    """Replay a file of single orders' events; exit code 1 if one contradicts the book."""

    file: Annotated[
        tyro.conf.Positional[Path],
        tyro.conf.arg(
            metavar="FILE",
            help="csv with the columns id, timestamp, price, volume, action and side. Its heading "
            "counts as row 1.",
        ),
    ]
    tick: Annotated[str, tyro.conf.arg(help="Size of a price tick; by default inferred.")] = ""
    lot: Annotated[str, tyro.conf.arg(help="Size of a lot; by default inferred.")] = ""
    patience: Annotated[
        float,
        tyro.conf.arg(help="Seconds that an order may cross the book before what it crosses goes."),
    ] = 5.0
    sort: Annotated[bool, tyro.conf.arg(help="Sort events by time, if they are not.")] = False
    json: Annotated[bool, tyro.conf.arg(help="Print the report as JSON.")] = False

    def run(self) -> int:
        """Print the report; 1 if there are mismatches."""
        tick, lot = _size("tick", self.tick), _size("lot", self.lot)
        if not 0 <= self.patience <= l3.MOST_PATIENCE:
            raise ValueError(
                f"--patience is {self.patience}; it must be between 0 and {l3.MOST_PATIENCE:,} s"
            )
        report = l3.replay(self.file, tick, lot, patience=self.patience, sort=self.sort)
        return _show(report, as_json=self.json)


def _size(name: str, text: str) -> Decimal | None:
    """Return the size of a tick or lot, None where none is given."""
    if not text:
        return None
    try:
        size = Decimal(text)
    except InvalidOperation:
        size = Decimal("nan")
    if not (size.is_finite() and size > 0):
        raise ValueError(f"--{name} is {text!r}; it must be a number above 0")
    return size


def _show(report: Report, *, as_json: bool) -> int:
    print(json.dumps(report.as_dict(), indent=2) if as_json else "\n".join(report.lines()))
    return 1 if report.mismatches else 0


@tyro.conf.configure(tyro.conf.OmitArgPrefixes, tyro.conf.OmitSubcommandPrefixes)
@dataclass(frozen=True)
class Replay:
    """Replay a recorded order stream through the order book and check it."""

    stream: (
        Annotated[Lobster, tyro.conf.subcommand("lobster")]
        | Annotated[L3, tyro.conf.subcommand("l3")]
    )

    def run(self) -> int:
        """Run the subcommand."""
        return self.stream.run()
