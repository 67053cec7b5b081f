"""Csv files with a heading: read, or refused by what makes them no table.

Polars renames columns that repeat, fills rows that are too short, and reads a file with another
separator as one column. Each would give figures of something else, in silence.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TextIO

import polars as pl

__all__ = ["demand_lines", "read_csv", "refuse_row"]

__all__ = ["read_csv"]

_SEPARATORS: Final = (";", "\t", "|")


def read_csv(source: Path | bytes, path: Path, *, first_row: int, **how: Any) -> pl.DataFrame:
    """Return a table whose rows all have as many fields as its heading.

    Parameters
    ----------
    source
        The file, or what it holds.
    path
        The file, as errors call it.
    first_row
        What the row below the heading is called: 1, or 2 where the heading counts.
    **how
        Further arguments of `polars.read_csv`.

    Raises
    ------
    ValueError
        For a heading or a row that makes it no table, and for what cannot be read.
    """
    try:
        if isinstance(source, bytes):
            demand_lines(source, path)
        _demand_columns(source, path)
        given = io.BytesIO(source) if isinstance(source, bytes) else source
        frame = pl.read_csv(given, glob=False, **how)
    except (OSError, pl.exceptions.PolarsError) as error:
        if not isinstance(error, OSError) and "utf-8" not in str(error):
            _demand_even_rows(source, path, first_row)
        told = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        raise ValueError(f"{path} cannot be read: {told}") from error
    # A row that is too short lacks its last field, whatever else it lacks.
    if frame.width and frame[:, -1].has_nulls():
        _demand_even_rows(source, path, first_row)
    return frame


def refuse_row(frame: pl.DataFrame, column: str, bad: pl.Series, why: str, path: Path) -> None:
    """Raise `ValueError` for the first row that is bad; the heading is row 1."""
    if bad.any():
        row = int(bad.to_numpy().argmax())
        value = frame[column][row]
        raise ValueError(
            f"{path} row {row + 2}, column {column}: {repr(value) if value else 'it'} {why}"
        )


def demand_lines(data: bytes, path: Path) -> None:
    """Refuse lines that end as they did on a Macintosh: all of them would be read as one."""
    if b"\r" in data and b"\n" not in data:
        raise ValueError(
            f"{path} has lines that end in a carriage return alone; they must end in a line feed, "
            "or in both"
        )


def _demand_columns(source: Path | bytes, path: Path) -> None:
    """Refuse a heading in which a name repeats, and one with another separator."""
    names = [name.strip() for name in next(_rows(source), [])]
    if len(names) == 1:
        for separator in _SEPARATORS:
            if separator in names[0]:
                raise ValueError(
                    f"{path} has one column, {names[0]!r}; commas must separate columns, not "
                    f"{separator!r}, and a point must stand before decimals"
                )
    for name in names:
        if name and names.count(name) > 1:
            times = "twice" if names.count(name) == 2 else f"{names.count(name)} times"
            raise ValueError(
                f"{path} has the column {name!r} {times}; every column must have a name of its own"
            )


def _demand_even_rows(source: Path | bytes, path: Path, first_row: int) -> None:
    """Refuse the first row that has another number of fields than the heading."""
    rows = _rows(source)
    width = len(next(rows, []))
    for row, fields in enumerate(rows, first_row):
        if len(fields) != width and not (width == 1 and not fields):
            raise ValueError(
                f"{path}, row {row} has {len(fields)} field{'s' * (len(fields) != 1)}; it must "
                f"have {width}, as the heading has"
            )


def _rows(source: Path | bytes) -> Iterator[Sequence[str]]:
    """Yield the rows from the heading on, up to what no csv file may hold."""
    with _opened(source) as text:
        begun = False
        try:
            for fields in csv.reader(text):
                begun = begun or bool(fields)
                if begun:
                    yield fields
        except csv.Error:  # binary data, which polars will refuse
            return


def _opened(source: Path | bytes) -> TextIO:
    given = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
    return io.TextIOWrapper(given, encoding="utf-8-sig", errors="replace", newline="")
