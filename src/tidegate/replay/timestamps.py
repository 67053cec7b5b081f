"""Times of events in nanoseconds since 1970, from numbers in whatever unit or written out."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidegate.replay.csv_shape import refuse_row
from tidegate.replay.decimal_text import Decimals, read_decimals

__all__ = ["read"]

# Times since 1970 of at least so much are in a unit of which so many decimals make nanoseconds.
_UNITS: Final = (
    (10**17, 0, "nanoseconds"),
    (10**14, 3, "microseconds"),
    (10**11, 6, "milliseconds"),
    (0, 9, "seconds"),
)
_MOST: Final = 1 << 62  # nanoseconds: the difference of two times is never too large
_YEARS: Final = "times must lie in the years 1824 to 2115"

_Column = NDArray[np.int64]


def read(frame: pl.DataFrame, path: Path) -> _Column:
    """Return the column timestamp; `ValueError` that names the row of what is no time.

    Parameters
    ----------
    frame
        Columns as text.
    path
        The file, as errors call it.
    """
    text = frame["timestamp"]
    numbers = read_decimals(text)
    if numbers.valid.any():
        return _counted(frame, numbers, path)
    written = text.str.to_datetime(time_unit="us", time_zone="UTC", strict=False)
    refuse_row(frame, "timestamp", written.is_null(), "is no time", path)
    far = written.to_physical().cast(pl.Float64).abs() * 1_000 >= _MOST
    refuse_row(frame, "timestamp", far, f"is too far from 1970; {_YEARS}", path)
    return _held(text.str.to_datetime(time_unit="ns", time_zone="UTC").to_physical())


def _counted(frame: pl.DataFrame, numbers: Decimals, path: Path) -> _Column:
    """Return times that are numbers; what is finer than a nanosecond is cut off."""
    others = "is no time; others of the file are numbers"
    refuse_row(frame, "timestamp", ~numbers.valid, others, path)
    sizes = numbers.units(0).cast(pl.Float64).abs()
    refuse_row(frame, "timestamp", sizes.is_null(), f"is too far from 1970; {_YEARS}", path)
    largest = float(sizes.max())  # type: ignore[arg-type]
    least, places, unit = next(known for known in _UNITS if largest >= known[0])
    other = f"is not in {unit} since 1970, in which the file's largest time is"
    refuse_row(frame, "timestamp", sizes < least, other, path)
    stamps = numbers.units(places)
    far = ~stamps.is_between(-_MOST, _MOST).fill_null(False)
    why = f"is too far from 1970, taken for {unit}; {_YEARS}"
    refuse_row(frame, "timestamp", far, why, path)
    return _held(stamps)


def _held(stamps: pl.Series) -> _Column:
    found: _Column = stamps.to_numpy()
    return found
