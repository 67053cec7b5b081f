"""`tidegate replay`: recorded order streams through the book, held against what was recorded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from tidegate.replay import lobster
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


def _show(report: Report, *, as_json: bool) -> int:
    print(json.dumps(report.as_dict(), indent=2) if as_json else "\n".join(report.lines()))
    return 1 if report.mismatches else 0


@dataclass(frozen=True)
class Replay:
    """Replay a recorded order stream through the order book and check it."""

    stream: Annotated[Lobster, tyro.conf.subcommand("lobster")]

    def run(self) -> int:
        """Run the subcommand."""
        return self.stream.run()
