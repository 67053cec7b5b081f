"""Business days: when cash that a calendar moves arrives at a fund.

A run's clock counts whole seconds from UTC midnight of its first day. Payrolls, rebalancing and
fund valuations happen once a business day, at the strike of the net asset value.
"""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["DAY_SECONDS", "YEAR_SECONDS", "BusinessDays", "check_interval"]

DAY_SECONDS = 86_400
YEAR_SECONDS = 31_556_952
"""A mean Gregorian year, 365.2425 days: the year of every annual rate."""

ONE_DAY = dt.timedelta(days=1)


class BusinessDays(Frozen):
    """Weekdays less holidays, tied to a run's clock."""

    first_day: dt.date = Field(
        default=dt.date(2026, 1, 5), description="Calendar day of second 0, at UTC midnight."
    )
    strike_second: int = quantity(
        72_000,
        unit="s of the UTC day",
        source="16:00 New York in summer: the hour of US funds' net asset value, SEC rule 22c-1",
        about="Second of the day at which cash is invested and funds are valued.",
        ge=0,
        lt=DAY_SECONDS,
    )
    holidays: frozenset[dt.date] = Field(
        default=frozenset(),
        description="Weekdays without business; what falls on one moves before it.",
    )

    def day_of(self, second: int) -> dt.date:
        """Return the calendar day of a second of the run."""
        return self.first_day + dt.timedelta(days=second // DAY_SECONDS)

    def strike_of(self, day: dt.date) -> int:
        """Return the second of the run at which ``day`` is struck."""
        return (day - self.first_day).days * DAY_SECONDS + self.strike_second

    def is_business_day(self, day: dt.date) -> bool:
        """Tell whether business is done on ``day``."""
        return day.weekday() < 5 and day not in self.holidays

    def on_or_before(self, day: dt.date) -> dt.date:
        """Return the last business day that is not after ``day``."""
        while not self.is_business_day(day):
            day -= ONE_DAY
        return day

    def month_end(self, year: int, month: int) -> dt.date:
        """Return the last business day of a month."""
        first_of_next = dt.date(year + month // 12, month % 12 + 1, 1)
        return self.on_or_before(first_of_next - ONE_DAY)

    def strikes(self, start: int, end: int) -> tuple[dt.date, ...]:
        """Return the business days struck in the half-open interval [start, end)."""
        check_interval(start, end)
        first, last = self.day_of(start), self.day_of(end)
        days = (first + dt.timedelta(days=n) for n in range((last - first).days + 1))
        return tuple(
            day for day in days if start <= self.strike_of(day) < end and self.is_business_day(day)
        )


def check_interval(start: int, end: int) -> None:
    """Raise ValueError unless [start, end) is an interval of a run's clock."""
    if not 0 <= start <= end:
        raise ValueError(f"start, end must be seconds with 0 <= start <= end, got {start}, {end}")
