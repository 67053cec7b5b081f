"""Sessions of a listed market on a run's clock."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from tidegate.scenario.calendars import CalendarRules

__all__ = ["Session", "TradingCalendar"]

DAY = 86_400
ONE_DAY = dt.timedelta(days=1)
FAR = 366  # a calendar without a session in a year is broken


@dataclass(frozen=True, slots=True)
class Session:
    """One trading day: the half-open interval [opens, closes), in seconds of the run."""

    day: dt.date
    opens: int
    closes: int
    half: bool


class TradingCalendar:
    """Rules of an exchange tied to a run that begins at UTC midnight of a day.

    Parameters
    ----------
    rules : CalendarRules
        When the exchange trades, in its local time.
    first_day : datetime.date
        Calendar day of second 0.

    Examples
    --------
    >>> from tidegate.scenario.calendars import XNYS
    >>> calendar = TradingCalendar(XNYS, dt.date(2025, 11, 28))
    >>> calendar.session(dt.date(2025, 11, 28)).half
    True
    """

    def __init__(self, rules: CalendarRules, first_day: dt.date) -> None:
        self.rules = rules
        self.first_day = first_day
        self.zone = ZoneInfo(rules.zone)
        self._sessions: dict[dt.date, Session | None] = {}

    def session(self, day: dt.date) -> Session | None:
        """Return the session of a local day, None if the exchange is closed."""
        if day not in self._sessions:
            self._sessions[day] = self._make(day)
        return self._sessions[day]

    def _make(self, day: dt.date) -> Session | None:
        rules = self.rules
        if day.weekday() not in rules.weekdays or day in rules.off(day.year):
            return None
        half = day in rules.early(day.year)
        closes = rules.closes_early if half else rules.closes
        return Session(day, self._second(day, rules.opens), self._second(day, closes), half)

    def _second(self, day: dt.date, at: dt.time) -> int:
        local = dt.datetime.combine(day, at, self.zone)
        start = dt.datetime.combine(self.first_day, dt.time(), dt.UTC)
        return round((local - start).total_seconds())

    def _day(self, second: int) -> dt.date:
        return self.first_day + dt.timedelta(days=second // DAY)

    def overlapping(self, start: int, end: int) -> Session | None:
        """Return the first session that shares a second with [start, end), or that closes at end.

        An interval of up to a day meets no more than one, but for a market that never closes.
        """
        day = self._day(start) - ONE_DAY
        while day <= self._day(end) + ONE_DAY:
            session = self.session(day)
            if session is not None and session.opens < end and session.closes > start:
                return session
            day += ONE_DAY
        return None

    def is_open(self, second: int) -> bool:
        """Tell whether a session is on at a second."""
        return self.overlapping(second, second + 1) is not None

    def after(self, second: int, sessions: int = 1) -> Session:
        """Return the first session that opens after a second, or a later one by number."""
        day = self._day(second) - ONE_DAY
        for _ in range(FAR + 2 * sessions):
            session = self.session(day)
            if session is not None and session.opens > second:
                sessions -= 1
                if sessions <= 0:
                    return session
            day += ONE_DAY
        raise ValueError(f"calendar {self.rules.name} has no session within a year of {second} s")
