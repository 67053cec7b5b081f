"""Times of bars: dates of any kind, epochs, or the count of a run."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = ["MISSING", "SECOND", "TIME_NAMES", "Times", "first_dates", "read_times"]

MISSING: Final = np.iinfo(np.int64).min
SECOND: Final = 1_000_000  # microseconds
DAY: Final = 86_400 * SECOND

# Usual names of a column of times, the likeliest first.
TIME_NAMES: Final = (
    "time",
    "timestamp",
    "datetime",
    "date",
    "open_time",
    "opentime",
    "seconds",
    "second",
    "day",
)
# Epochs by the size of their numbers: from 1973 on nothing else is as large.
_EPOCHS: Final = ((1e17, 1e-3), (1e14, 1.0), (1e11, 1e3), (1e8, 1e6))
_COUNTS: Final = ("seconds", "second")  # names of columns whose numbers are never dates


@dataclass(frozen=True, slots=True)
class Times:
    """Times of all rows of a file.

    Attributes
    ----------
    column
        Where they are from.
    values
        Microseconds since 1970, or since the start of a run; `MISSING` where there is none.
    dated
        Whether they are dates.
    unit
        Microseconds to a unit of the column, where they are no dates.
    given
        What stands in the column.
    """

    column: str
    values: NDArray[np.int64]
    dated: bool
    given: pl.Series
    unit: int = SECOND

    @property
    def whole_days(self) -> bool:
        """Whether all are at midnight."""
        return bool(np.all(self.values[self.values != MISSING] % DAY == 0))

    def fault(self, place: int) -> str:
        """Return why a place of the column has no time."""
        text = self.given[place]
        if text is None or not str(text).strip():
            return f"{self.column} is missing"
        return (
            f"{self.column} is {text!r}; it must be a date as 2024-01-31 or 2024-01-31 14:00 "
            "(ISO 8601), or seconds since 1970"
        )

    def text(self, value: int) -> str:
        """Return a time as people write it: a date alone where all are at midnight."""
        if value == MISSING:
            return "no time"
        if not self.dated:
            return f"{self.column} {value / self.unit:.15g}"
        moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=int(value))
        return f"{moment:%Y-%m-%d}" if self.whole_days else f"{moment:%Y-%m-%d %H:%M:%S}"


def first_dates(frame: pl.DataFrame) -> str:
    """Return the first column of dates, "" for none."""
    return next((name for name in frame.columns if _holds_dates(frame[name])), "")


def _holds_dates(column: pl.Series) -> bool:
    if column.dtype == pl.String:
        return not _parsed(column.drop_nulls().head(1)).drop_nulls().is_empty()
    return column.dtype in (pl.Date, pl.Datetime)


def read_times(column: pl.Series) -> Times:
    """Read dates, texts of dates, epochs in seconds to nanoseconds, or a count of seconds or days.

    What is no time becomes `MISSING`.
    """
    if column.dtype.is_numeric():
        return _counted(column, column)
    dates = column
    if column.dtype == pl.String:
        dates, numbers = _parsed(column), _numbers(column)
        # One cell that is no number makes a column of epochs one of texts.
        if numbers.null_count() < dates.null_count():
            return _counted(numbers, column)
    if dates.dtype not in (pl.Date, pl.Datetime):
        raise ValueError(f"column {column.name!r} holds {column.dtype}; it must hold times")
    values = _filled(dates.cast(pl.Datetime("us")).cast(pl.Int64))
    return Times(column.name, values, dated=True, given=column)


def _parsed(column: pl.Series) -> pl.Series:
    """Read ISO 8601 texts; those without a zone are in UTC."""
    text = pl.col(column.name).str.strip_chars().str.replace(r"(\d)T(\d)", "${1} ${2}")
    text = text.str.replace(r"^(\d{4})/(\d+)/", "${1}-${2}-")
    zoned = text.str.to_datetime("%Y-%m-%d %H:%M:%S%.f%#z", time_unit="us", strict=False)
    naive = text.str.replace(r"\s*(Z|UTC)$", "")
    forms = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M")
    times = [naive.str.to_datetime(form, time_unit="us", strict=False) for form in forms]
    dates = naive.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us"))
    found = pl.coalesce(zoned.dt.replace_time_zone(None), *times, dates)
    return column.to_frame().select(found.alias(column.name))[column.name]


def _numbers(column: pl.Series) -> pl.Series:
    """Read texts as numbers, as whole ones if they are: epochs of nanoseconds have many digits."""
    text = column.str.strip_chars()
    whole, numbers = (text.cast(kind, strict=False) for kind in (pl.Int64, pl.Float64))
    return whole if whole.null_count() == numbers.null_count() else numbers


def _counted(column: pl.Series, given: pl.Series) -> Times:
    """Read numbers: epochs, dates as 20240131, or what a run counts."""
    numbers = column.cast(pl.Float64).fill_nan(None)
    largest = numbers.abs().max()
    if isinstance(largest, float):
        for least, scale in _EPOCHS:
            if largest >= least:
                return Times(column.name, _scaled(column, scale), dated=True, given=given)
    name = column.name.strip().lower()
    dates = _dates_in_digits(numbers)
    if name not in _COUNTS and 2 * dates.count() > numbers.count():
        return Times(column.name, _filled(dates), dated=True, given=given)
    unit = DAY if name == "day" else SECOND
    values = _scaled(column, float(unit))
    return Times(column.name, values, dated=False, given=given, unit=unit)


def _dates_in_digits(numbers: pl.Series) -> pl.Series:
    """Read 20240131 as a date, from 1800 to 2199: few counts of seconds are dates by chance."""
    likely = numbers.is_between(18_000_101, 21_991_231) & (numbers == numbers.floor())
    digits = numbers.set(~likely.fill_null(False), None).cast(pl.Int64).cast(pl.String)
    return digits.str.to_date("%Y%m%d", strict=False).cast(pl.Datetime("us")).cast(pl.Int64)


def _scaled(column: pl.Series, scale: float) -> NDArray[np.int64]:
    """Return numbers in microseconds; whole ones of any size without loss."""
    if column.dtype.is_integer():
        whole = column.cast(pl.Int64)
        return _filled(whole * round(scale) if scale >= 1.0 else whole // round(1.0 / scale))
    finite = pl.Series(column).cast(pl.Float64)
    finite = finite.set(~finite.is_finite(), None)
    return _filled((finite * scale).round().cast(pl.Int64))


def _filled(values: pl.Series) -> NDArray[np.int64]:
    return values.fill_null(MISSING).to_numpy()
