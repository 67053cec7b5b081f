"""Order-by-order files as recorders of crypto venues publish them.

A csv file with a header and, in any order, the columns id, timestamp, price, volume, action
(created, changed or deleted) and side (bid or ask). The volume of a created or changed order is
what it has now; of a deleted one what it had left, if the recorder keeps that. Prices and volumes
are decimal: they become whole ticks and lots, of a size that is given or inferred.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from time import perf_counter, thread_time
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from tidegate_core.order_replay import ORDER_FAULTS, OrderReplay

from tidegate.replay.csv_shape import read_csv
from tidegate.replay.report import Report
from tidegate.replay.sources import opened

__all__ = ["MOST_PATIENCE", "Stream", "read", "replay"]

_NAMES: Final = {
    "id": ("id", "order_id", "orderid"),
    "timestamp": ("timestamp", "time"),
    "price": ("price",),
    "volume": ("volume", "size", "amount", "quantity"),
    "action": ("action", "event", "type"),
    "side": ("side", "direction"),
}
_ACTIONS: Final = {"created": 0, "changed": 1, "modified": 1, "deleted": 2}
_SIDES: Final = {"bid": 0, "buy": 0, "ask": 1, "sell": 1}
_KEPT: Final = "what was left"
_SECOND: Final = 1_000_000_000
_MOST_DECIMALS: Final = 10
_EXACT: Final = 2.0**53
MOST_PATIENCE: Final = int(_EXACT / _SECOND)  # seconds that doubles hold to the nanosecond
# Nanoseconds in the unit of a time since 1970 that is at least so large.
_UNITS: Final = ((1e17, 1), (1e14, 1_000), (1e11, 1_000_000))

_Matrix = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Stream:
    """Events of single orders in whole numbers.

    Attributes
    ----------
    events
        Time in nanoseconds, action, order id, price in ticks, volume in lots, side.
    tick, lot
        What a tick and a lot are, in the file's units.
    deleted_volumes
        What the volumes of deleted orders are: "what was left" if some are 0, those of orders
        that have traded, and some not; or "always 0", also without any; or "never 0".
    """

    events: _Matrix
    tick: Decimal
    lot: Decimal
    deleted_volumes: str

    @property
    def keeps_volume(self) -> bool:
        """Whether the volume of a deleted order tells if it has traded."""
        return self.deleted_volumes == _KEPT


def read(
    path: Path, tick: Decimal | None = None, lot: Decimal | None = None, *, sort: bool = False
) -> Stream:
    """Read a file; `ValueError` that names the row and column of what is wrong.

    Parameters
    ----------
    path
        Plain or compressed by gzip or xz, or in a zip file.
    tick, lot
        Size of a tick and a lot; None: the largest power of ten that divides all of them.
    sort
        Put events in the order of their times, instead of refusing others.
    """
    frame = _strings(path)
    times = _times(frame, path)
    if sort:
        order = np.argsort(times, kind="stable")
        frame, times = frame[order.tolist()], times[order]
    elif (late := np.diff(times) < 0).any():
        row = int(late.argmax()) + 1
        raise ValueError(
            f"{path} row {row + 2}, column timestamp: {frame['timestamp'][row]} is before the time "
            "of the row above; times must not go back, or be sorted with --sort"
        )
    action = _coded(frame, "action", _ACTIONS, path)
    prices, tick = _whole(frame, "price", tick, path)
    _refuse(frame, "price", pl.Series(prices <= 0), "is not above 0", path)
    volumes, lot = _whole(frame, "volume", lot, path)
    _refuse(frame, "volume", pl.Series(volumes < 0), "is below 0", path)
    side = _coded(frame, "side", _SIDES, path)
    columns = (times, action, _identified(frame["id"]), prices, volumes, side)
    some = volumes[action == _ACTIONS["deleted"]] > 0
    deleted_volumes = "always 0" if not some.any() else "never 0" if some.all() else _KEPT
    return Stream(np.ascontiguousarray(np.stack(columns, axis=1)), tick, lot, deleted_volumes)


def _strings(path: Path) -> pl.DataFrame:
    """Read the columns that are needed, by their usual names, as text."""
    with opened(path) as stream:
        data = stream.read()
    frame = read_csv(data, path, first_row=2, infer_schema=False)
    chosen = {column: _chosen(frame, column, names, path) for column, names in _NAMES.items()}
    if frame.is_empty():
        raise ValueError(f"{path} has no rows")
    frame = frame.select(pl.col(name).str.strip_chars().alias(c) for c, name in chosen.items())
    for column in frame.columns:
        _refuse(frame, column, frame[column].fill_null("") == "", "is empty", path)
    return frame


def _chosen(frame: pl.DataFrame, column: str, names: Sequence[str], path: Path) -> str:
    """Return the column of the first usual name that there is, in whatever case."""
    for name in names:
        found = [given for given in frame.columns if given.strip().lower() == name]
        if len(found) > 1:
            raise ValueError(f"{path} has the columns {', '.join(found)}; it must have one")
        if found:
            return found[0]
    raise ValueError(f"{path} has no column {column}; it has {', '.join(frame.columns) or 'none'}")


def _refuse(frame: pl.DataFrame, column: str, bad: pl.Series, why: str, path: Path) -> None:
    """Raise for the first row that is bad; the header is row 1."""
    if bad.any():
        row = int(bad.to_numpy().argmax())
        value = frame[column][row]
        raise ValueError(
            f"{path} row {row + 2}, column {column}: {repr(value) if value else 'it'} {why}"
        )


def _coded(frame: pl.DataFrame, column: str, codes: dict[str, int], path: Path) -> _Matrix:
    found = frame[column].str.to_lowercase().replace_strict(codes, default=None)
    _refuse(frame, column, found.is_null(), f"is none of {', '.join(codes)}", path)
    return found.cast(pl.Int64).to_numpy()


def _identified(ids: pl.Series) -> _Matrix:
    """Return ids as whole numbers: as they are, or numbered if they are not."""
    numbers = ids.cast(pl.Int64, strict=False)
    if numbers.has_nulls():
        numbers = ids.rank("dense").cast(pl.Int64)
    return numbers.to_numpy()


def _times(frame: pl.DataFrame, path: Path) -> _Matrix:
    """Return times in nanoseconds, from numbers since 1970 or written out."""
    text = frame["timestamp"]
    whole = text.cast(pl.Int64, strict=False)
    if not whole.has_nulls():
        largest = float(whole.abs().max() or 0)  # type: ignore[arg-type]
        unit = next((unit for least, unit in _UNITS if largest >= least), _SECOND)
        stamps: _Matrix = whole.to_numpy()
        return stamps * unit
    seconds = text.cast(pl.Float64, strict=False)
    if not seconds.has_nulls():
        rounded: _Matrix = np.rint(seconds.to_numpy() * _SECOND).astype(np.int64)
        return rounded
    written = text.str.to_datetime(time_unit="ns", time_zone="UTC", strict=False)
    _refuse(frame, "timestamp", written.is_null(), "is no time", path)
    nanoseconds: _Matrix = written.to_physical().to_numpy()
    return nanoseconds


def _whole(
    frame: pl.DataFrame, column: str, quantum: Decimal | None, path: Path
) -> tuple[_Matrix, Decimal]:
    """Return a column as multiples of a quantum, which is inferred if it is not given."""
    numbers = frame[column].cast(pl.Float64, strict=False)
    _refuse(frame, column, ~numbers.is_finite().fill_null(False), "is not a number", path)
    values = numbers.to_numpy()
    if quantum is None:
        quantum = next((q for q in _powers() if not _odd(values, q).any()), None)
        if quantum is None:
            raise ValueError(
                f"{path}, column {column}: its values have more than {_MOST_DECIMALS} decimals, "
                f"or 15 digits; name what divides them all"
            )
    if not (quantum.is_finite() and quantum > 0):
        what = "tick" if column == "price" else "lot"
        raise ValueError(f"{what} is {quantum}; it must be a finite number above 0")
    odd = pl.Series(_odd(values, quantum))
    _refuse(frame, column, odd, f"is not a multiple of {quantum}, or too large", path)
    return np.rint(values / float(quantum)).astype(np.int64), quantum


def _powers() -> list[Decimal]:
    return [Decimal(1).scaleb(-n) for n in range(_MOST_DECIMALS + 1)]


def _odd(values: NDArray[np.float64], quantum: Decimal) -> NDArray[np.bool_]:
    """Tell which values are no multiples of a quantum, as far as doubles can say."""
    multiples = values / float(quantum)
    error = np.abs(multiples - np.rint(multiples))
    # A quotient of doubles is right to about 2**-52 of itself.
    close = error <= np.maximum(1e-7, np.abs(multiples) * 2.0**-51)
    odd: NDArray[np.bool_] = ~close | (np.abs(multiples) >= _EXACT / 4)
    return odd


def replay(
    path: Path,
    tick: Decimal | None = None,
    lot: Decimal | None = None,
    *,
    patience: float = 5.0,
    sort: bool = False,
) -> Report:
    """Replay a file of order events through an `OrderBook` and check it for contradictions.

    Parameters
    ----------
    path, tick, lot, sort
        As for `read`.
    patience
        Seconds that an order may cross the book before what it crosses counts as gone.
    """
    if not 0 <= patience <= MOST_PATIENCE:
        raise ValueError(f"patience is {patience}; it must be between 0 and {MOST_PATIENCE:,} s")
    started = perf_counter()
    stream = read(path, tick, lot, sort=sort)
    engine = OrderReplay(round(patience * _SECOND), stream.keeps_volume)
    parsing = perf_counter() - started
    begun = thread_time()
    engine.replay(stream.events)
    return _report(engine, stream, parsing, thread_time() - begun)


def _report(engine: OrderReplay, stream: Stream, parsing: float, replaying: float) -> Report:
    tally = engine.counts
    found = engine.mismatches()
    created, changed, deleted = tally["events"]
    return Report(
        counts={
            "events": len(stream.events),
            "created": created,
            "changed": changed,
            "deleted": deleted,
            "adoptions": tally["adopted"],
            "deletions_of_unseen_orders": tally["unseen"],
            "repeated_events": tally["repeated"],
            "takers": tally["takers"],
            "events_while_crossed": tally["crossed"],
            "trades_away_from_the_touch": tally["elsewhere"],
            "takers_left_over": tally["waiting"],
        },
        known=tally["traded"],
        named=tally["named"],
        mismatches=tuple((found["row"] + 2).tolist()),
        first=f"row {found[0]['row'] + 2:,}: {ORDER_FAULTS[found[0]['fault']]}"
        if len(found)
        else "",
        parsing=parsing,
        replaying=replaying,
        notes={
            "tick": str(stream.tick),
            "lot": str(stream.lot),
            "volumes_of_deleted_orders": stream.deleted_volumes,
        },
    )
