"""How long a bar is: a fixed time, a day of the clocks, or months of the calendar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from tidegate.commands.price_times import DAY, MISSING, SECOND

__all__ = ["YEAR_SECONDS", "Bar", "length_text", "span_text"]

Flags = NDArray[np.bool_]
Moments = NDArray[np.int64]

YEAR_SECONDS: Final = 365 * 86_400
_MONTH: Final = YEAR_SECONDS // 12
_HOUR: Final = 3_600 * SECOND
_UNITS: Final = ((86_400.0, "day"), (3_600.0, "hour"), (60.0, "minute"))
_LEAST_MONTH: Final = 28 * DAY - _HOUR
# Midnights between Honolulu and Auckland then lie in the day that they begin, summer or winter.
_INTO_THE_DAY: Final = 13 * _HOUR


@dataclass(frozen=True, slots=True)
class Bar:
    """Length of the bars of a series.

    Attributes
    ----------
    length
        Microseconds of the commonest step of time, 0 where none is forward.
    months
        Months of the calendar, for bars that are whole ones; 0 for others.
    """

    length: int
    months: int = 0

    @classmethod
    def of(cls, times: Moments) -> Self:
        """Return the bar of a series by its times, whatever a few of them are."""
        known = times[times != MISSING]
        length = _commonest(np.diff(known))
        return cls(length, _months_kept(known) if length >= _LEAST_MONTH else 0)

    @property
    def seconds(self) -> float:
        """Its length in years of 365 days, whose months are equal."""
        return float(self.months * _MONTH) if self.months else self.length / SECOND

    def early(self, times: Moments, steps: Moments) -> Flags:
        """Tell which steps, each the one to its time, end before a bar is over."""
        if self.months:
            return self._months_before(times) < self.months
        return steps < self.length - self._slack

    def late(self, times: Moments, steps: Moments) -> Flags:
        """Tell which steps are longer than a bar."""
        if self.months:
            return self._months_before(times) > self.months
        return steps > self.length + self._slack

    @property
    def _slack(self) -> int:
        # Days last 23 hours and 25 where clocks change.
        return _HOUR if self.length % DAY == 0 else 0

    @staticmethod
    def _months_before(times: Moments) -> Moments:
        return np.diff(_months(times), prepend=0)


def _commonest(steps: Moments) -> int:
    """Return the commonest of the steps forward, 0 where there is none."""
    lengths, counts = np.unique(steps[steps > 0], return_counts=True)
    return int(lengths[counts.argmax()]) if len(lengths) else 0


def _dates(times: Moments) -> NDArray[np.datetime64]:
    return (times + _INTO_THE_DAY).astype("datetime64[us]").astype("datetime64[D]")


def _months(times: Moments) -> Moments:
    return _dates(times).astype("datetime64[M]").astype(np.int64)


def _months_kept(times: Moments) -> int:
    """Return the months between times that keep their place in the month, 0 if most do not.

    The place is a day of the month, or its end. That most keep it is enough: a wrong time must
    not make all others wrong, and last business days are not always the last ones.
    """
    days = _dates(times)
    of_month = (days - days.astype("datetime64[M]")).astype(np.int64)
    at_end = (days + 1).astype("datetime64[M]") != days.astype("datetime64[M]")
    kept = max(int(np.bincount(of_month).max()), int(at_end.sum()))
    return _commonest(np.diff(_months(times))) if 2 * kept > len(times) else 0


def length_text(seconds: float) -> str:
    """Return the length of a bar in words: 1 day, 4 hours, 90 seconds, 1 month."""
    months, rest = divmod(seconds, _MONTH)
    if months and not rest:
        if months == 3:
            return "1 quarter"
        return _counted(months / 12, "year") if months % 12 == 0 else _counted(months, "month")
    return span_text(seconds)


def span_text(seconds: float) -> str:
    """Return a length of time in words, in days at most."""
    for unit, name in _UNITS:
        if seconds >= unit and seconds % unit == 0:
            return _counted(seconds / unit, name)
    return _counted(seconds, "second", "g")


def _counted(number: float, name: str, form: str = ".0f") -> str:
    return f"{number:{form}} {name}{'s' * (number != 1)}"
