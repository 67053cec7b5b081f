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

from tidegate.replay import timestamps
from tidegate.replay.csv_shape import read_csv, refuse_row
from tidegate.replay.decimal_text import Decimals, read_decimals
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
_MOST_DECIMALS: Final = 10  # of a size that is inferred, and zeros
_MOST_DIGITS: Final = 18  # of a size that is given
_MOST_UNITS: Final = 1 << 62  # ticks of a price, lots of an order
MOST_PATIENCE: Final = (1 << 53) // _SECOND  # seconds that doubles hold to the nanosecond

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
        Size of a tick and a lot; None: the largest power of ten that divides all of them, from
        10**-10 to 10**10.
    sort
        Put events in the order of their times, instead of refusing others.
    """
    frame = _strings(path)
    times = timestamps.read(frame, path)
    if sort:
        order = np.argsort(times, kind="stable")
        frame, times = frame[order.tolist()], times[order]
    elif (late := times[1:] < times[:-1]).any():
        row = int(late.argmax()) + 1
        raise ValueError(
            f"{path} row {row + 2}, column timestamp: {frame['timestamp'][row]} is before the time "
            "of the row above; times must not go back, or be sorted with --sort"
        )
    action = _coded(frame, "action", _ACTIONS, path)
    prices, tick = _whole(frame, "price", tick, path)
    refuse_row(frame, "price", pl.Series(prices <= 0), "is not above 0", path)
    volumes, lot = _whole(frame, "volume", lot, path)
    refuse_row(frame, "volume", pl.Series(volumes < 0), "is below 0", path)
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
        refuse_row(frame, column, frame[column].fill_null("") == "", "is empty", path)
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


def _coded(frame: pl.DataFrame, column: str, codes: dict[str, int], path: Path) -> _Matrix:
    found = frame[column].str.to_lowercase().replace_strict(codes, default=None)
    refuse_row(frame, column, found.is_null(), f"is none of {', '.join(codes)}", path)
    return found.cast(pl.Int64).to_numpy()


def _identified(ids: pl.Series) -> _Matrix:
    """Return ids as whole numbers: as they are, or numbered if one is not written as a number is.

    7 and 007 are two ids.
    """
    numbers = ids.cast(pl.Int64, strict=False)
    if numbers.has_nulls() or (numbers.cast(pl.String) != ids).any():
        numbers = ids.rank("dense").cast(pl.Int64)
    return numbers.to_numpy()


def _whole(
    frame: pl.DataFrame, column: str, quantum: Decimal | None, path: Path
) -> tuple[_Matrix, Decimal]:
    """Return a column as multiples of a quantum, which is inferred if it is not given."""
    what = "tick" if column == "price" else "lot"
    numbers = read_decimals(frame[column])
    refuse_row(frame, column, ~numbers.valid, "is not a number", path)
    if quantum is None:
        many = numbers.decimals > _MOST_DECIMALS
        why = f"has more than {_MOST_DECIMALS} decimals; name by --{what} what divides all values"
        refuse_row(frame, column, many, why, path)
        power = min(numbers.power(), _MOST_DECIMALS)
        quantum = Decimal(10**power) if power > 0 else Decimal(1).scaleb(power)
    if not (quantum.is_finite() and quantum > 0):
        raise ValueError(f"{what} is {quantum}; it must be a finite number above 0")
    ratio = _in_units(quantum)
    if ratio is None:
        raise ValueError(f"{what} is {quantum}; it must have at most {_MOST_DIGITS} digits")
    return _multiples(frame, column, numbers, quantum, *ratio, path), quantum


def _in_units(quantum: Decimal) -> tuple[int, int] | None:
    """Return decimals of a quantum, and what it is of the last of them; None: it has too many."""
    number = read_decimals(pl.Series([str(quantum)]))
    places = number.decimals[0]
    if places is None or places > _MOST_DIGITS:
        return None
    units: int | None = number.units(places)[0]
    return (places, units) if units else None


def _multiples(
    frame: pl.DataFrame,
    column: str,
    numbers: Decimals,
    quantum: Decimal,
    places: int,
    divisor: int,
    path: Path,
) -> _Matrix:
    """Divide numbers by a quantum, of which each must be a multiple: exactly, by their digits."""
    units = numbers.units(places)
    odd = (numbers.decimals > places) | (units % divisor != 0).fill_null(False)
    refuse_row(frame, column, odd, f"is not a multiple of {quantum}", path)
    found = units // divisor
    large = ~found.is_between(-_MOST_UNITS, _MOST_UNITS).fill_null(False)
    refuse_row(frame, column, large, f"is too large: at most 2**62 times {quantum} is held", path)
    return found.to_numpy()


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
