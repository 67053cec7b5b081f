"""A valuation in time of activity, seen by the calendar: the hours of the week put into a path.

A crowd's clock runs in activity time (`tidegate.activity_clock`), minute by minute. An hour of the
calendar has a whole number of these minutes, most often not sixty, so minutes of the calendar end
between two of them. What happens there is a Brownian bridge with the variance of that minute, as
in the clock's own steps of a second (`tidegate_crowd.valuation`).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from tidegate_core import draws

from tidegate.activity_clock import ActivityClock

__all__ = ["WEEK_MINUTES", "by_calendar"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PARTS: Final = 60  # of a minute of activity: where minutes of the calendar may end
WEEK_MINUTES: Final = 7 * 1440


def by_calendar(moves: Floats, variance: Floats, clock: ActivityClock, key: int) -> Floats:
    """Return what the log price moves in each minute of the calendar.

    Parameters
    ----------
    moves : numpy.ndarray of float64
        What it moves in each minute of activity, for whole weeks, which have as many minutes in
        either time.
    variance : numpy.ndarray of float64
        Variance of each of these moves.
    clock : ActivityClock
        Activity of each hour of the week.
    key : int
        Key of the draws between minutes of activity.

    Returns
    -------
    numpy.ndarray of float64
        As many; they sum to the same over every hour of the calendar.

    Raises
    ------
    ValueError
        If there are no whole weeks.
    """
    n = len(moves)
    if n % WEEK_MINUTES or len(variance) != n:
        raise ValueError(
            f"moves has {n} minutes and variance {len(variance)}; whole weeks of {WEEK_MINUTES} "
            "are needed"
        )
    ends = _calendar_ends(clock, n // WEEK_MINUTES)
    cuts = np.union1d(ends[ends > 0], np.arange(1, n + 1) * PARTS)
    pieces = _bridged(moves, variance, cuts, key)
    first = np.concatenate([[0], np.searchsorted(cuts, ends[:-1], side="right")])
    idle = np.diff(ends, prepend=0) == 0
    # Of an empty stretch reduceat gives the piece that comes next.
    return np.where(idle, 0.0, np.add.reduceat(pieces, np.minimum(first, len(pieces) - 1)))


def _calendar_ends(clock: ActivityClock, weeks: int) -> Ints:
    """Return when minutes of the calendar end, in parts of a minute of activity."""
    hours = np.roll(clock.minutes, -(clock.offset // 3_600)).astype(np.int64)
    week = np.cumsum(np.repeat(hours, 60))  # an hour of m minutes: m parts a minute, sixty times
    return (week + np.arange(weeks)[:, np.newaxis] * week[-1]).ravel()


def _bridged(moves: Floats, variance: Floats, cuts: Ints, key: int) -> Floats:
    """Cut minutes of activity into pieces whose moves sum to the minute's own.

    Independent draws less their share of the sum are free of it; adding the minute's move back
    in proportion leaves pieces of the law they have, given that move.
    """
    length = np.diff(cuts, prepend=0) / PARTS
    minute = (cuts - 1) // PARTS
    pieces = np.empty(len(cuts))
    draws.fill_normal(pieces, key, 0)
    pieces *= np.sqrt(length * variance[minute])
    excess = np.bincount(minute, weights=pieces, minlength=len(moves)) - moves
    return pieces - length * excess[minute]
