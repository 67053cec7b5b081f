"""One deliberate error in a day: a cell of a row, or a field of a message."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.replay.lobster_days import CANCEL, CENT, DELETE, EXECUTE, HIDDEN, NEW, Day

TIME, TYPE, NUMBER, SIZE, PRICE, DIRECTION = range(6)
Corrupt = Callable[[Day, int, np.random.Generator], bool]


def _stayed(day: Day, row: int, rng: np.random.Generator) -> int | None:
    """Column of a price that the row above shows too: nothing else says what a new one must be."""
    columns = np.flatnonzero(day.rows[row, 1::2] > 0) * 2
    column = int(rng.choice(columns))
    same_side = day.rows[row - 1, column % 4 :: 4]
    return column if day.rows[row, column] in same_side else None


def row_size(day: Day, row: int, rng: np.random.Generator) -> bool:
    column = _stayed(day, row, rng)
    if column is None:
        return False
    day.rows[row, column + 1] += rng.integers(1, 50)
    return True


def row_price(day: Day, row: int, rng: np.random.Generator) -> bool:
    column = _stayed(day, row, rng)
    if column is None:
        return False
    day.rows[row, column] += CENT * rng.choice([-1, 1])
    return True


def _field(field: int, change: Callable[[int, np.random.Generator], int]) -> Corrupt:
    def corrupt(day: Day, row: int, rng: np.random.Generator) -> bool:
        if day.messages[row, TYPE] > EXECUTE:
            return False
        day.messages[row, field] = change(int(day.messages[row, field]), rng)
        return True

    return corrupt


def message_type(day: Day, row: int, rng: np.random.Generator) -> bool:
    """Give a message a type that means something else; of unseen orders 2, 3 and 4 may not."""
    kind = day.messages[row, TYPE]
    others = {NEW: [CANCEL, DELETE, EXECUTE, HIDDEN], HIDDEN: [NEW, DELETE, EXECUTE]}
    if kind > HIDDEN:
        return False
    day.messages[row, TYPE] = rng.choice(others.get(kind, [NEW, HIDDEN]))
    return True


def message_number(day: Day, row: int, rng: np.random.Generator) -> bool:
    """Name an order of which the day's earlier messages say that it is gone, or was there."""
    before = day.messages[:row]
    gone = np.intersect1d(
        before[before[:, TYPE] == NEW, NUMBER], before[before[:, TYPE] == DELETE, NUMBER]
    )
    if day.messages[row, TYPE] not in (NEW, CANCEL, DELETE, EXECUTE) or not len(gone):
        return False
    day.messages[row, NUMBER] = rng.choice(gone)
    return True


KINDS: dict[str, Corrupt] = {
    "row_size": row_size,
    "row_price": row_price,
    "message_size": _field(SIZE, lambda size, rng: size + int(rng.integers(1, 50))),
    "message_price": _field(PRICE, lambda price, rng: price + CENT * int(rng.choice([-1, 1]))),
    "message_direction": _field(DIRECTION, lambda direction, rng: -direction),
    "message_type": message_type,
    "message_number": message_number,
}


def corrupted(day: Day, kind: str, rng: np.random.Generator) -> tuple[Day, int]:
    """Copy a day with one error in it, and say in which row."""
    for _ in range(1_000):
        found = day.copy()
        row = int(rng.integers(1, len(day.messages)))
        if KINDS[kind](found, row, rng):
            return found, row
    raise AssertionError(f"a day without a row for {kind}")
