"""Trading calendars of listed markets as data, in the exchange's local time.

A calendar names the rules by which holidays and half days fall; `TradingCalendar` turns them into
sessions on a run's clock. Rules, not lists of dates, so that a run may begin in any year.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from tidegate.scenario.frozen import Frozen

__all__ = [
    "CALENDARS",
    "XNYS",
    "CalendarRules",
    "EasterHoliday",
    "FixedHoliday",
    "NthWeekdayHoliday",
]

ONE_DAY = dt.timedelta(days=1)
SATURDAY, SUNDAY = 5, 6


def easter(year: int) -> dt.date:
    """Return Easter Sunday of a Gregorian year (the anonymous computus)."""
    golden, century, rest = year % 19, year // 100, year % 100
    correction = (8 * century + 13) // 25
    epact = (19 * golden + century - century // 4 - correction + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return dt.date(year, month, day + 1)


class FixedHoliday(Frozen):
    """A holiday on one date; on a Sunday it is kept on Monday."""

    kind: Literal["fixed"] = "fixed"
    name: str
    month: int
    day: int
    saturday: Literal["friday", "dropped"] = Field(
        default="friday", description="Whether one on a Saturday is kept on Friday, or not at all."
    )
    since: int = Field(default=0, description="First year it is kept.")

    def date(self, year: int) -> dt.date | None:
        """Return the weekday on which it is kept, None if it is not."""
        if year < self.since:
            return None
        day = dt.date(year, self.month, self.day)
        if day.weekday() == SATURDAY:
            return day - ONE_DAY if self.saturday == "friday" else None
        return day + ONE_DAY if day.weekday() == SUNDAY else day


class NthWeekdayHoliday(Frozen):
    """A holiday such as the fourth Thursday of November."""

    kind: Literal["nth"] = "nth"
    name: str
    month: int
    weekday: int = Field(description="0 for Monday.", ge=0, le=6)
    nth: int = Field(description="1 for the first, -1 for the last.", ge=-1, le=4)

    def date(self, year: int) -> dt.date:
        """Return its date in a year."""
        if self.nth > 0:
            first = dt.date(year, self.month, 1)
            return first + ((self.weekday - first.weekday()) % 7 + 7 * (self.nth - 1)) * ONE_DAY
        last = dt.date(year + self.month // 12, self.month % 12 + 1, 1) - ONE_DAY
        return last - ((last.weekday() - self.weekday) % 7) * ONE_DAY


class EasterHoliday(Frozen):
    """A holiday at a fixed distance from Easter Sunday."""

    kind: Literal["easter"] = "easter"
    name: str
    days: int = Field(description="Days after Easter Sunday.")

    def date(self, year: int) -> dt.date:
        """Return its date in a year."""
        return easter(year) + self.days * ONE_DAY


Holiday = Annotated[FixedHoliday | NthWeekdayHoliday | EasterHoliday, Field(discriminator="kind")]


class HalfDay(Frozen):
    """A day that closes early: so many days from a rule's date, on some weekdays only."""

    month: int
    day: int | None = Field(default=None, description="Date; None: the day after Thanksgiving.")
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)


class CalendarRules(Frozen):
    """When a listed market trades, in its own local time."""

    name: str
    zone: str = Field(description="Name in the IANA time zone database.")
    opens: dt.time
    closes: dt.time
    closes_early: dt.time
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    holidays: tuple[Holiday, ...] = ()
    half_days: tuple[HalfDay, ...] = ()
    closed: frozenset[dt.date] = Field(
        default=frozenset(), description="Days closed by decree, such as a day of mourning."
    )

    def off(self, year: int) -> frozenset[dt.date]:
        """Return the days of a year on which there is no session though the weekday has one."""
        kept = {holiday.date(year) for holiday in self.holidays}
        decreed = {day for day in self.closed if day.year == year}
        return frozenset(day for day in kept | decreed if day is not None)

    def early(self, year: int) -> frozenset[dt.date]:
        """Return the half days of a year."""
        days = set()
        for rule in self.half_days:
            day = thanksgiving(year) + ONE_DAY if rule.day is None else None
            day = day or dt.date(year, rule.month, rule.day or 1)
            if day.weekday() in rule.weekdays:
                days.add(day)
        return frozenset(days) - self.off(year)


def thanksgiving(year: int) -> dt.date:
    """Return the fourth Thursday of November."""
    return THANKSGIVING.date(year)


THANKSGIVING = NthWeekdayHoliday(name="Thanksgiving", month=11, weekday=3, nth=4)

XNYS = CalendarRules(
    name="XNYS",
    zone="America/New_York",
    opens=dt.time(9, 30),
    closes=dt.time(16, 0),
    closes_early=dt.time(13, 0),
    holidays=(  # NYSE Rule 7.2
        FixedHoliday(name="New Year's Day", month=1, day=1, saturday="dropped"),
        NthWeekdayHoliday(name="Martin Luther King Jr. Day", month=1, weekday=0, nth=3),
        NthWeekdayHoliday(name="Washington's Birthday", month=2, weekday=0, nth=3),
        EasterHoliday(name="Good Friday", days=-2),
        NthWeekdayHoliday(name="Memorial Day", month=5, weekday=0, nth=-1),
        FixedHoliday(name="Juneteenth", month=6, day=19, since=2022),
        FixedHoliday(name="Independence Day", month=7, day=4),
        NthWeekdayHoliday(name="Labor Day", month=9, weekday=0, nth=1),
        THANKSGIVING,
        FixedHoliday(name="Christmas Day", month=12, day=25),
    ),
    half_days=(
        HalfDay(month=7, day=3, weekdays=(0, 1, 2, 3)),
        HalfDay(month=11),
        HalfDay(month=12, day=24, weekdays=(0, 1, 2, 3)),
    ),
    closed=frozenset({dt.date(2025, 1, 9)}),  # day of mourning for President Carter
)
"""New York, valid from 2022: holidays and half days by rule, daylight saving by its time zone."""

ALWAYS = CalendarRules(
    name="24/7",
    zone="UTC",
    opens=dt.time(0, 0),
    closes=dt.time(23, 59, 59),
    closes_early=dt.time(23, 59, 59),
    weekdays=(0, 1, 2, 3, 4, 5, 6),
)
"""Open every day: the control for what closing hours do."""

CALENDARS = {rules.name: rules for rules in (XNYS, ALWAYS)}
