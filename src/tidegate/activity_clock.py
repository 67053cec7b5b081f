"""Activity time: the clock of a crowd that trades by day and rests at the week-end."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import accumulate
from typing import Final, Self

__all__ = ["ActivityClock", "even_clock", "weekly_clock"]

HOUR: Final = 3_600
WEEK_HOURS: Final = 168
WEEK: Final = WEEK_HOURS * HOUR
DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class ActivityClock:
    """Seconds of activity by seconds of the calendar; both are as many in a whole week.

    Attributes
    ----------
    minutes
        Minutes of activity in each hour of the week, from Monday midnight UTC.
    before
        Seconds of activity before each of these hours.
    offset
        Second of the week at which the run starts.
    """

    minutes: tuple[int, ...]
    before: tuple[int, ...]
    offset: int

    @classmethod
    def of(cls, minutes: Sequence[int], start: dt.date) -> Self:
        """Return the clock of a run that starts at a date, midnight UTC."""
        if len(minutes) != WEEK_HOURS or min(minutes) < 0 or sum(minutes) != 60 * WEEK_HOURS:
            raise ValueError(
                f"minutes are {len(minutes)} that sum to {sum(minutes)}; a week has "
                f"{WEEK_HOURS} hours, none negative, and {60 * WEEK_HOURS} minutes"
            )
        before = accumulate((60 * each for each in minutes[:-1]), initial=0)
        return cls(tuple(minutes), tuple(before), start.weekday() * 24 * HOUR)

    def __deepcopy__(self, memo: dict[int, object] | None = None) -> Self:
        """Return the clock itself: what cannot change is shared by forks."""
        return self

    def at(self, seconds: int) -> int:
        """Return the seconds of activity since the start, of which an hour has whole minutes."""
        return self._since_monday(seconds + self.offset) - self._since_monday(self.offset)

    def _since_monday(self, seconds: int) -> int:
        weeks, second = divmod(seconds, WEEK)
        hour, rest = divmod(second, HOUR)
        return weeks * WEEK + self.before[hour] + rest * self.minutes[hour] // 60


@cache
def weekly_clock(profile: str, start: dt.date) -> ActivityClock:
    """Return the clock of a profile of the committed week: ``variance`` or ``volume``."""
    table = tomllib.loads(resources.files("tidegate.data").joinpath("season.toml").read_text())
    days = table[profile]
    return ActivityClock.of([each for day in DAYS for each in days[day]], start)


@cache
def even_clock() -> ActivityClock:
    """Return the clock on which all hours are alike."""
    return ActivityClock.of([60] * WEEK_HOURS, dt.date(2026, 1, 5))
