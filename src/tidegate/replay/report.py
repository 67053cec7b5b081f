"""What a replay found, as a table of words and as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["Report"]

_MOST_ROWS: Final = 10_000


@dataclass(frozen=True)
class Report:
    """The outcome of a replay.

    Attributes
    ----------
    counts
        Events and what became of them, by name, in the order to print.
    known
        Visible executions of orders whose submission is in the file.
    named
        Of these, those where the maker of the trade in the book is the order the file names.
    mismatches
        Rows that differ, counted from 1, in order.
    first
        What differs in the first of them, "" if none does.
    parsing
        Seconds on the clock.
    replaying
        Seconds of one processor.
    notes
        What was inferred of the file, by name.
    """

    counts: Mapping[str, int]
    known: int
    named: int
    mismatches: tuple[int, ...]
    first: str
    parsing: float
    replaying: float
    notes: Mapping[str, str | float | int]

    @property
    def share(self) -> float | None:
        """Executions of known orders whose maker is the order named; None without any."""
        return self.named / self.known if self.known else None

    @property
    def events_per_second(self) -> float:
        """Speed of the replay, parsing apart."""
        return self.counts["events"] / self.replaying if self.replaying > 0 else 0.0

    def lines(self) -> list[str]:
        """Return the report in words."""
        rows = [(name.replace("_", " "), f"{value:,}") for name, value in self.counts.items()]
        rows += [(name.replace("_", " "), str(value)) for name, value in self.notes.items()]
        share = "of no" if self.share is None else f"{self.share:.2%} of {self.known:,}"
        speed = f"{self.events_per_second:,.0f} events a second"
        rows += [
            ("mismatches", f"{len(self.mismatches):,}"),
            ("maker is the order named", f"{share} executions of known orders"),
            ("parsing", f"{self.parsing:.2f} s"),
            ("replay", f"{self.replaying:.3f} s of one processor, {speed}"),
        ]
        width = max(len(name) for name, _ in rows)
        found = [f"{name:<{width}}  {value}" for name, value in rows]
        return [*found, "", f"first mismatch: {self.first}"] if self.first else found

    def as_dict(self) -> dict[str, Any]:
        """Return the report as data, for JSON; of the rows that differ the first 10,000."""
        return {
            **self.counts,
            **self.notes,
            "mismatches": len(self.mismatches),
            "mismatch_rows": list(self.mismatches[:_MOST_ROWS]),
            "first_mismatch": self.first or None,
            "executions_of_known_orders": self.known,
            "maker_is_the_order_named": self.named,
            "maker_share": self.share,
            "parsing_seconds": self.parsing,
            "replay_seconds": self.replaying,
            "events_per_second": self.events_per_second,
        }
