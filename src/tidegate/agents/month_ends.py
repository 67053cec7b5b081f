"""The last strikes of months, one after another: when boards decide, at any step length."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from tidegate.agents.business_days import BusinessDays

__all__ = ["MonthEnds"]


class MonthEnds:
    """Walks through a run's month ends once.

    Parameters
    ----------
    days : BusinessDays
        Business days, tied to the run's clock.

    Attributes
    ----------
    passed : int
        Month ends so far.
    """

    def __init__(self, days: BusinessDays) -> None:
        self.days = days
        self.passed = 0
        self._year, self._month = days.first_day.year, days.first_day.month
        self._next = self._second()

    def _second(self) -> int:
        end: dt.date = self.days.month_end(self._year, self._month)
        return self.days.strike_of(end)

    def due(self, until: int) -> Iterator[int]:
        """Yield the seconds of the month ends before ``until`` that were not yielded before."""
        while self._next < until:
            second = self._next
            self.passed += 1
            self._year, self._month = self._year + self._month // 12, self._month % 12 + 1
            self._next = self._second()
            if second >= 0:
                yield second
