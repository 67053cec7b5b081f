"""A valuation in time of activity, seen by the calendar: the hours of the week put into a path.

A crowd's clock runs in activity time (`tidegate.activity_clock`), minute by minute. An hour of the
calendar has a whole number of these minutes, most often not sixty, so minutes of the calendar end
between two of them. What happens there is a Brownian bridge with the variance of that minute, as
in the clock's own steps of a second (`tidegate_crowd.valuation`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
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
    grid = _week(clock)
    pieces = _bridged(moves.reshape(-1, WEEK_MINUTES), variance, grid, key)
    found = np.add.reduceat(pieces, grid.first, axis=1)
    found[:, grid.idle] = 0.0  # of an empty stretch reduceat gives the piece that comes next
    return found.ravel()


@dataclass(frozen=True, slots=True)
class _Week:
    """A week cut where a minute ends in either time; all weeks are alike."""

    minute: Ints  # of activity, by piece
    length: Floats  # of a piece, minutes of activity
    first: Ints  # piece of each minute of the calendar
    idle: NDArray[np.bool_]  # minutes of the calendar without activity


@cache
def _week(clock: ActivityClock) -> _Week:
    hours = np.roll(clock.minutes, -(clock.offset // 3_600))
    each = np.repeat(hours, 60)  # an hour of m minutes: m parts in each of its sixty
    ends = np.cumsum(each)
    cuts = np.union1d(ends[ends > 0], PARTS * np.arange(1, WEEK_MINUTES + 1))
    first = np.searchsorted(cuts, ends - each, side="right")
    return _Week(
        minute=(cuts - 1) // PARTS,
        length=np.diff(cuts, prepend=0) / PARTS,
        first=np.minimum(first, len(cuts) - 1),
        idle=each == 0,
    )


def _bridged(moves: Floats, variance: Floats, week: _Week, key: int) -> Floats:
    """Cut minutes of activity into pieces whose moves sum to the minute's own, a row a week.

    Independent draws less their share of the sum are free of it; adding the minute's move back
    in proportion leaves pieces of the law they have, given that move.
    """
    pieces = np.empty((len(moves), len(week.minute)))
    draws.fill_normal(pieces.ravel(), key, 0)
    pieces *= np.sqrt(variance.reshape(moves.shape))[:, week.minute]
    pieces *= np.sqrt(week.length)
    starts = np.flatnonzero(np.diff(week.minute, prepend=-1))
    excess = np.add.reduceat(pieces, starts, axis=1) - moves
    pieces -= week.length * excess[:, week.minute]
    return pieces
