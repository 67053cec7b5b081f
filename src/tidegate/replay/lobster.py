"""Days in LOBSTER's format: messages and the best levels of the book after each of them.

A message is time (seconds after midnight), type, order id, size, price (1/10,000 USD) and
direction (1: the order named buys, -1: it sells). Types are 1 a new order, 2 the cancellation of a
part, 3 the deletion of an order, 4 the execution of a visible order, 5 of a hidden one, 6 a cross
trade, 7 a halt: price -1 stops trading, 0 lets quotes come, 1 resumes it. Types 5 to 7 leave the
visible book as it is. A row is ask price, ask size, bid price, bid size, level by level; the
price of an empty level is 9999999999 for asks and -9999999999 for bids, its size 0.
"""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from time import perf_counter, thread_time
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from tidegate_core.replay import FAULTS, LobsterReplay

from tidegate.replay.csv_shape import demand_lines
from tidegate.replay.report import Report
from tidegate.replay.sources import blocks, matrix, opened, table

__all__ = ["EMPTY_PRICE", "Day", "MessageType", "read_messages", "replay", "write"]

EMPTY_PRICE: Final = 9_999_999_999
_SECOND: Final = 1_000_000_000
_MESSAGE: Final[dict[str, pl.DataType]] = {
    "time": pl.Float64(),
    **dict.fromkeys(("type", "order id", "size", "price", "direction"), pl.Int64()),
}

_Matrix = NDArray[np.int64]


class MessageType(IntEnum):
    """What a message says."""

    NEW = 1
    CANCEL = 2
    DELETE = 3
    EXECUTE = 4
    EXECUTE_HIDDEN = 5
    CROSS = 6
    HALT = 7


@dataclass(frozen=True, eq=False)
class Day:
    """What a pair of files holds.

    Attributes
    ----------
    messages
        Time in nanoseconds after midnight, type, order id, size, price and direction.
    rows
        Ask price, ask size, bid price and bid size, level by level.
    """

    messages: _Matrix
    rows: _Matrix


# ------------------------------------------------------------------------------------ reading


def read_messages(path: Path) -> _Matrix:
    """Read a file of messages; `ValueError` that names the row and column of what is wrong.

    Parameters
    ----------
    path
        Plain or compressed by gzip or xz; a zip file with one member that is called a message
        file; or a member of one, as in ``day.zip/messages.csv``.
    """
    parts = []
    done = 0
    with opened(path, "message") as stream:
        for block in blocks(stream):
            frame = table(block, _MESSAGE, path, done + 1)
            parts.append(_in_nanoseconds(frame, path, done + 1))
            done += len(frame)
    if not parts:
        raise ValueError(f"{path} has no rows")
    messages = np.concatenate(parts)
    _check_messages(messages, path)
    return messages


def _in_nanoseconds(frame: pl.DataFrame, path: Path, first_row: int) -> _Matrix:
    seconds = frame["time"].to_numpy()
    odd = ~(np.abs(seconds) < 2**63 / _SECOND)
    if odd.any():
        at = int(odd.argmax())
        raise ValueError(f"{path} row {first_row + at}, column time: {seconds[at]} is no time")
    # Exact to the nanosecond: seconds of a day times 1e9 are below 2**53.
    return matrix(frame.with_columns((pl.col("time") * _SECOND).round().cast(pl.Int64)))


def _check_messages(messages: _Matrix, path: Path) -> None:
    """Refuse times out of order, and types and directions that there are not."""
    time, kind, direction = messages[:, 0], messages[:, 1], messages[:, 5]
    if (late := np.diff(time) < 0).any():
        at = int(late.argmax()) + 1
        raise ValueError(
            f"{path} row {at + 1}, column time: {_seconds(time[at])} is before the time of the row "
            f"above, {_seconds(time[at - 1])}; times must not go back"
        )
    unknown = (kind < MessageType.NEW) | (kind > MessageType.HALT)
    if unknown.any():
        at = int(unknown.argmax())
        raise ValueError(f"{path} row {at + 1}, column type: {kind[at]} is not a type from 1 to 7")
    wrong = (kind <= MessageType.EXECUTE) & (np.abs(direction) != 1)
    if wrong.any():
        at = int(wrong.argmax())
        raise ValueError(
            f"{path} row {at + 1}, column direction: {direction[at]} is neither 1 nor -1"
        )


def _seconds(nanoseconds: int) -> str:
    return f"{nanoseconds // _SECOND}.{nanoseconds % _SECOND:09d}"


def _rows(path: Path) -> Iterator[_Matrix]:
    """Read the rows of a book file, some at a time."""
    done = 0
    schema: dict[str, pl.DataType] = {}
    with opened(path, "orderbook") as stream:
        for block in blocks(stream):
            schema = schema or _row_schema(block, path)
            frame = table(block, schema, path, done + 1)
            done += len(frame)
            yield matrix(frame)


def _row_schema(block: bytes, path: Path) -> dict[str, pl.DataType]:
    """Return the columns of a book file by its first line."""
    demand_lines(block.rstrip(), path)
    columns = block.split(b"\n", 1)[0].count(b",") + 1
    if columns % 4:
        raise ValueError(
            f"{path} row 1: it has {columns} columns; it must have 4 for each level (ask price, "
            "ask size, bid price, bid size)"
        )
    names = ("ask price", "ask size", "bid price", "bid size")
    return {f"{names[n % 4]} {n // 4 + 1}": pl.Int64() for n in range(columns)}


# --------------------------------------------------------------------------------- replaying


def replay(messages: Path, book: Path) -> Report:
    """Replay a day through an `OrderBook` and hold the book against every row.

    Parameters
    ----------
    messages, book
        The files, as for `read_messages`; both may be one zip file.
    """
    started = perf_counter()
    events = read_messages(messages)
    tick = max(1, int(np.gcd.reduce(events[events[:, 1] <= MessageType.EXECUTE, 4])))
    odd = 1
    while odd:
        engine, replaying, odd = _attempt(events, book, tick, messages)
        # An order that was there before lies between the ticks of the messages: start again.
        tick = math.gcd(tick, odd)
    return _report(engine, events, perf_counter() - started - replaying, replaying)


def _attempt(
    events: _Matrix, book: Path, tick: int, messages: Path
) -> tuple[LobsterReplay, float, int]:
    """Replay a day in ticks: the engine, seconds of replay, and a price between ticks or 0."""
    engine: LobsterReplay | None = None
    done = odd = 0
    replaying = 0.0
    for rows in _rows(book):
        if engine is None:
            engine = LobsterReplay(rows.shape[1] // 4, tick)
        part = events[done : done + len(rows)]
        done += len(rows)
        if len(part) == len(rows) and not odd:
            begun = thread_time()
            odd = engine.replay(part, rows)
            replaying += thread_time() - begun
    if engine is None:
        raise ValueError(f"{book} has no rows")
    if done != len(events):
        raise ValueError(
            f"{messages} has {len(events):,} rows, {book} has {done:,}; they must have as many"
        )
    return engine, replaying, odd


def _report(engine: LobsterReplay, events: _Matrix, parsing: float, replaying: float) -> Report:
    tally = engine.counts
    found = engine.mismatches()
    by_type = tally["messages"]
    return Report(
        counts={
            "events": len(events),
            "adoptions": tally["adopted"],
            "levels_forgotten": tally["forgotten"],
            "visible_executions": by_type[MessageType.EXECUTE],
            "executions_of_unseen_orders": tally["unseen"],
            "hidden_executions": by_type[MessageType.EXECUTE_HIDDEN],
            "crosses": by_type[MessageType.CROSS],
            "halt_messages": by_type[MessageType.HALT],
            "crossed_rows_in_halts": tally["crossed"],
        },
        known=tally["known"],
        named=tally["named"],
        mismatches=tuple((found["row"] + 1).tolist()),
        first=_in_words(found[0], events) if len(found) else "",
        parsing=parsing,
        replaying=replaying,
        notes={"levels": engine.levels, "tick": engine.tick},
    )


def _in_words(mismatch: np.void, events: _Matrix) -> str:
    """Say which row differs, and how."""
    row = int(mismatch["row"])
    time, *rest = events[row].tolist()
    message = ",".join([_seconds(time), *map(str, rest)])
    words = f"row {row + 1:,}, message {message}: {FAULTS[mismatch['fault']]}"
    if mismatch["side"] < 0:
        return words
    side = ("bid", "ask")[mismatch["side"]]
    shown = _level(mismatch["shown_price"], mismatch["shown_size"])
    held = _level(mismatch["held_price"], mismatch["held_size"])
    return f"{words}; {side} {mismatch['level'] + 1} is {shown} in the row, {held} in the book"


def _level(price: int, size: int) -> str:
    return f"{price} x {size}" if size else "empty"


# ----------------------------------------------------------------------------------- writing


def write(day: Day, messages: Path, book: Path) -> None:
    """Write a day as a pair of files; compressed if a name ends in .gz."""
    time = pl.col("time")
    frame = pl.DataFrame(day.messages, schema=["time", *list(_MESSAGE)[1:]], orient="row")
    nanoseconds = (time % _SECOND).cast(pl.String).str.zfill(9)
    seconds = pl.concat_str((time // _SECOND).cast(pl.String), pl.lit("."), nanoseconds)
    _write_frame(frame.with_columns(seconds.alias("time")), messages)
    _write_frame(pl.DataFrame(day.rows, orient="row"), book)


def _write_frame(frame: pl.DataFrame, path: Path) -> None:
    text = frame.write_csv(include_header=False).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
