"""What makes rows a price series: every bar there, in order, with a positive price."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidegate.analysis.facts import FEWEST, Floats
from tidegate.commands.price_bars import Bar, length_text, span_text
from tidegate.commands.price_times import MISSING, SECOND, Times

__all__ = ["Numbers", "Rows", "TooFewBarsError", "demand_sound", "numbers"]

_KEEP: Final = "--gaps keep"
_REPEATED: Final = 0.1  # share of repeated times that several series make, and no slip does
Flags = NDArray[np.bool_]


class TooFewBarsError(ValueError):
    """A series has fewer bars than can be measured."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column as numbers: NaN where there is none, with what stands there instead.

    NaN itself is missing too: so tables of pandas write a value that is not there.
    """

    values: Floats
    missing: Flags
    texts: NDArray[Any]

    def taken(self, keep: Flags) -> Numbers:
        """Return some of the rows."""
        return Numbers(self.values[keep], self.missing[keep], self.texts[keep])


def numbers(column: pl.Series) -> Numbers:
    """Read numbers, from texts too."""
    given = column.cast(pl.String).str.strip_chars() if column.dtype == pl.String else column
    if not (given.dtype == pl.String or given.dtype.is_numeric() or given.dtype == pl.Null):
        raise ValueError(f"column {column.name!r} holds {column.dtype}; it must be numbers")
    empty = given.is_null() | (given == "" if given.dtype == pl.String else False)
    values = given.cast(pl.Float64, strict=False)
    return Numbers(
        values.fill_null(float("nan")).to_numpy(),
        (empty | values.is_nan().fill_null(False)).to_numpy(),
        given.cast(pl.String).to_numpy(),
    )


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one series in the order of the file.

    Attributes
    ----------
    owner
        Whose rows, for errors.
    column, volume_column
        Where prices and volume are from.
    places
        Place of each row in the file, from 1.
    prices, volume
        Their values.
    clock
        How to read their times, None where the file has none.
    times
        Their times; zeros where the file has none.
    """

    owner: str
    column: str
    volume_column: str
    places: NDArray[np.uint32]
    prices: Numbers
    volume: Numbers | None
    clock: Times | None
    times: NDArray[np.int64]

    @property
    def bar(self) -> Bar:
        """Length of a bar, by the times."""
        return Bar.of(self.times)

    def time_of(self, index: int) -> str:
        """Return the time of a row as text, "" where the file has none."""
        return self.clock.text(int(self.times[index])) if self.clock else ""

    def between(self, since: dt.date | None, until: dt.date | None) -> Self:
        """Return the rows from the first day on and before the second, and those without time."""
        if since is None and until is None:
            return self
        if self.clock is None or not self.clock.dated:
            raise ValueError(f"{self.owner} has no dates; --from and --until need them")
        keep = np.ones(len(self.times), dtype=np.bool_)
        if since is not None:
            keep &= self.times >= _midnight(since)
        if until is not None:
            keep &= self.times < _midnight(until)
        return self._taken(keep | (self.times == MISSING))

    def priced(self) -> Self:
        """Return the rows that have a price."""
        return self._taken(~self.prices.missing)

    def _taken(self, keep: Flags) -> Self:
        return replace(
            self,
            places=self.places[keep],
            prices=self.prices.taken(keep),
            volume=self.volume.taken(keep) if self.volume else None,
            times=self.times[keep],
        )


def demand_sound(rows: Rows, *, keep_gaps: bool) -> None:
    """Refuse rows that are no series of prices, naming the first that breaks it.

    Parameters
    ----------
    rows
        The rows.
    keep_gaps
        Take a step over missing bars, and a missing volume, as they are.
    """
    count = len(rows.times)
    if count < FEWEST:
        raise TooFewBarsError(f"{rows.owner} has {count} bars; at least {FEWEST} are needed")
    faults = [*_faults_of_time(rows, keep_gaps=keep_gaps), *_faults_of_price(rows)]
    faults += _faults_of_volume(rows, keep_gaps=keep_gaps)
    broken = np.logical_or.reduce([flags for flags, _ in faults])
    if not broken.any():
        return
    at = int(broken.argmax())
    what = next(tell(at) for flags, tell in faults if flags[at])
    others = int(broken.sum()) - 1
    more = f" ({others:,} more such row{'s' * (others > 1)})" if others else ""
    time = f" ({rows.time_of(at)})" if rows.clock else ""
    raise ValueError(f"{rows.owner}, row {rows.places[at]}{time}: {what}{more}")


Fault = tuple[Flags, Callable[[int], str]]


def _faults_of_time(rows: Rows, *, keep_gaps: bool) -> Iterator[Fault]:
    clock, bar, times = rows.clock, rows.bar, rows.times
    if clock is None:
        return
    column = clock.column
    missing = times == MISSING
    known = ~(missing | np.roll(missing, 1))
    known[0] = False  # a step ends at each row but the first
    steps = np.diff(times, prepend=times[0])
    falls = known & (steps < 0)

    def before(at: int) -> str:
        return f"row {rows.places[at - 1]} ({rows.time_of(at - 1)})"

    def bar_after(at: int) -> str:
        return f"{_span(steps[at])} after {before(at)}; a bar is {length_text(bar.seconds)}"

    yield missing, lambda at: clock.fault(int(rows.places[at]) - 1)
    yield (
        known & (steps == 0),
        lambda at: f"{column} is that of {before(at)} too; times must not repeat{_several(times)}",
    )
    newest_first = "; the file is newest first: sort it, oldest first"
    hint = newest_first * (2 * int(falls.sum()) > int(known.sum())) or _several(times)
    yield falls, lambda at: f"{column} is before that of {before(at)}; times must rise{hint}"
    yield known & (steps > 0) & bar.early(times, steps), bar_after
    # Among times that fall, a step that is too long need not be a gap.
    if not keep_gaps and not falls.any():
        yield (
            known & bar.late(times, steps),
            lambda at: (
                f"{bar_after(at)}, so bars are missing; {_KEEP} takes the step for one return"
            ),
        )


def _several(times: NDArray[np.int64]) -> str:
    """Return the advice for a file whose times look like those of several series."""
    if len(np.unique(times)) >= (1.0 - _REPEATED) * len(times):
        return ""
    return "; where rows are of several series, a column such as symbol must tell them apart"


def _faults_of_price(rows: Rows) -> Iterator[Fault]:
    found, column = rows.prices, rows.column
    yield (
        found.missing,
        lambda at: f"{_absence(found, column, at)}; {_KEEP} leaves out rows without a price",
    )
    yield from _faults_of_number(found, column)
    yield (
        found.values <= 0.0,
        lambda at: f"{column} is {found.values[at]:g}; prices must be above 0",
    )


def _faults_of_volume(rows: Rows, *, keep_gaps: bool) -> Iterator[Fault]:
    found, column = rows.volume, rows.volume_column
    if found is None:
        return
    if not keep_gaps:
        yield (
            found.missing,
            lambda at: f"{_absence(found, column, at)}; {_KEEP} or --volume none does without",
        )
    yield from _faults_of_number(found, column)
    yield (
        found.values < 0.0,
        lambda at: f"{column} is {found.values[at]:g}; volumes must be 0 or more",
    )


def _absence(found: Numbers, column: str, at: int) -> str:
    return f"{column} is missing{f' ({found.texts[at]})' if found.texts[at] else ''}"


def _faults_of_number(found: Numbers, column: str) -> Iterator[Fault]:
    def told(at: int) -> str:
        text = str(found.texts[at])
        form = ", with a point before its decimals and nothing between thousands" * ("," in text)
        return f"{column} is {text}; a finite number is needed{form}"

    yield ~found.missing & ~np.isfinite(found.values), told


def _midnight(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days * 86_400 * SECOND


def _span(microseconds: int) -> str:
    return span_text(float(microseconds) / SECOND)
