"""Where a state stands with its reserve."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Phase"]


class Phase(IntEnum):
    """Where a state stands with its reserve."""

    IDLE = 0
    ANNOUNCED = 1
    POSTPONED = 2
    BUYING = 3
    HOLDING = 4
    LIQUIDATING = 5
    CLOSED = 6
    LAPSED = 7
