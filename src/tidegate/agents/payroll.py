"""Paydays: when a year's contributions arrive, by the cadence employers pay at.

A payday carries an exact whole number of parts of a year's contributions: seven days' pay for a
weekly payroll, fourteen for a biweekly one, a twenty-fourth of a year semimonthly, a twelfth
monthly. Nothing here is rounded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from tidegate.agents.business_days import BusinessDays, check_interval
from tidegate.scenario.pension import PPM, Cadence, PayMix

__all__ = ["YEAR_PARTS", "Payday", "paydays"]

PERIODS_PER_YEAR = 29_219_400
"""The smallest number that 365.2425/7 weeks, 24 half-months and 12 months divide wholly."""
WEEK = 560_000
HALF_MONTH = 1_217_475
MONTH = 2_434_950

YEAR_PARTS = PERIODS_PER_YEAR * PPM
"""Parts of a year's contributions: ``Payday.parts / YEAR_PARTS`` arrives on a payday."""

FRIDAY = 4


class Payday(NamedTuple):
    """One payroll, invested at the strike of its day."""

    second: int
    day: dt.date
    cadence: Cadence
    parts: int


def paydays(mix: PayMix, days: BusinessDays, start: int, end: int) -> tuple[Payday, ...]:
    """Return the paydays struck in the half-open interval [start, end), in time order.

    Parameters
    ----------
    mix
        Share of contributions per cadence.
    days
        Business days; a payday on any other day is paid on the business day before.
    start, end
        Seconds of the run.
    """
    check_interval(start, end)
    first, last = days.day_of(start).year, days.day_of(end).year
    # A payday early in January may be paid in the old year.
    return tuple(
        payday
        for year in range(first, last + 2)
        for payday in _year(mix, days, year)
        if start <= payday.second < end
    )


@lru_cache(maxsize=256)
def _year(mix: PayMix, days: BusinessDays, year: int) -> tuple[Payday, ...]:
    """Return the paydays that are due in a calendar year."""
    found = []
    for due, cadence, parts in _due(year):
        weight = parts * mix.ppm(cadence)
        if weight:
            day = days.on_or_before(due)
            found.append(Payday(days.strike_of(day), day, cadence, weight))
    # Cadence breaks ties in the order of the enum: sorting is stable and _due keeps that order.
    return tuple(sorted(found, key=lambda payday: payday.second))


def _due(year: int) -> Iterator[tuple[dt.date, Cadence, int]]:
    """Yield each due day of a year with its cadence and the parts of a year it pays for."""
    january = dt.date(year, 1, 1)
    friday = january + dt.timedelta(days=(FRIDAY - january.weekday()) % 7)
    while friday.year == year:
        yield friday, Cadence.WEEKLY, WEEK
        # Half of the biweekly employers pay a fortnight: together a week's worth every Friday.
        yield friday, Cadence.BIWEEKLY, WEEK
        friday += dt.timedelta(days=7)
    for month in range(1, 13):
        last = dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)
        yield dt.date(year, month, 15), Cadence.SEMIMONTHLY, HALF_MONTH
        yield last, Cadence.SEMIMONTHLY, HALF_MONTH
        yield last, Cadence.MONTHLY, MONTH
