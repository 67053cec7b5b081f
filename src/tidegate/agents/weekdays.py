"""Whether markets that keep weekends are open."""

from __future__ import annotations

from tidegate.clock import Clock

__all__ = ["is_open"]

SATURDAY = 5


def is_open(clock: Clock, weekends: bool) -> bool:
    """Tell whether who rests on Saturdays and Sundays (UTC) trades in the current tick.

    Parameters
    ----------
    clock : Clock
        The world's clock.
    weekends : bool
        Whether the market trades on weekends too.
    """
    return weekends or clock.now.weekday() < SATURDAY
