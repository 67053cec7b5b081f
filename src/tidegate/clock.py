"""The one clock of a world: ticks of equal length from a calendar start."""

from __future__ import annotations

import datetime as dt
import operator
from dataclasses import dataclass

__all__ = ["Clock", "tick_ahead"]

DAY = 86_400


@dataclass(slots=True)
class Clock:
    """Simulated time. The model advances it; everybody else reads it.

    Attributes
    ----------
    start : datetime.date
        First day, midnight UTC.
    step_seconds : int
        Length of a tick.
    tick : int
        Number of the current tick; it spans ``[seconds, seconds + step_seconds)``.
    round : int
        Round within the tick: makers re-quote between rounds.
    """

    start: dt.date
    step_seconds: int
    tick: int = -1
    round: int = 0

    @property
    def seconds(self) -> int:
        """Seconds from the start to the beginning of the current tick."""
        return self.tick * self.step_seconds

    @property
    def end(self) -> int:
        """Seconds from the start to the end of the current tick."""
        return (self.tick + 1) * self.step_seconds

    @property
    def days(self) -> float:
        """Days from the start to the beginning of the current tick."""
        return self.seconds / DAY

    @property
    def ticks_per_day(self) -> int:
        """Ticks in a day."""
        return DAY // self.step_seconds

    @property
    def now(self) -> dt.datetime:
        """Beginning of the current tick, UTC."""
        midnight = dt.datetime.combine(self.start, dt.time(), dt.UTC)
        return midnight + dt.timedelta(seconds=self.seconds)

    def tick_of_day(self, day: int) -> int:
        """Return the first tick of a day counted from the start."""
        return day * self.ticks_per_day


def tick_ahead(value: object, now: int) -> int:
    """Return a tick to run until as an int; refuse what is no whole number, or is past."""
    try:
        tick = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        tick = None
    if tick is None or isinstance(value, bool):
        raise TypeError(f"tick must be an integer >= {now}, got {value!r}")
    if tick < now:
        raise ValueError(f"tick is {tick}; the run has passed it, it is at {now}")
    return tick
