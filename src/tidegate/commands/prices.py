"""Price series from files as people have them: csv or parquet, one series or many."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from tidegate.analysis.facts import Floats
from tidegate.commands.price_bars import YEAR_SECONDS
from tidegate.commands.price_rows import Rows, demand_sound, numbers
from tidegate.commands.price_times import (
    MISSING,
    SECOND,
    TIME_NAMES,
    Times,
    first_dates,
    read_times,
)
from tidegate.replay.csv_shape import read_csv
from tidegate.study.names import unknown_name

__all__ = ["PriceSeries", "Selection", "load_table", "read_prices", "read_table"]

NO_VOLUME: Final = "none"
_FEWEST_PER_YEAR: Final = 0.01
_MOST_PER_YEAR: Final = YEAR_SECONDS * SECOND
_TABLES: Final = ("bars.parquet", "paths.parquet")  # of a directory, the first that is there
_PRICE_NAMES: Final = ("close", "price", "mid", "btc", "close_price")
_VOLUME_NAMES: Final = ("volume",)
# Columns that tell the series of a file apart.
_KEYS: Final = ("symbol", "coin", "exchange", "venue", "market", "arm", "point", "seed")
# Columns that do so where times would repeat without them; else a series may change its ticker.
_LIKELY_KEYS: Final = ("ticker", "asset", "pair", "instrument")
_ROW: Final = "row of the file"  # no name that a column of a file has


@dataclass(frozen=True, slots=True)
class Selection:
    """Which series of a file to read, and how.

    Attributes
    ----------
    column, volume, time
        Names of columns; "" for one with a usual name. Volume may also be `NO_VOLUME`.
    symbols
        What series must have in their key columns, in full or as its beginning.
    since, until
        Bars from the first day on, and before the second.
    keep_gaps
        Leave out rows without a price, and take a step over missing bars for one return.
    bars_per_year
        Bars to a year of 365 days; None to derive it from the times.
    """

    column: str = ""
    volume: str = ""
    time: str = ""
    symbols: tuple[str, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    keep_gaps: bool = False
    bars_per_year: float | None = None


@dataclass(frozen=True, slots=True)
class PriceSeries:
    """Prices of regular bars, in the order of their times.

    Attributes
    ----------
    name
        What tells it from others of the file, "" if nothing does.
    column
        The column its prices are from.
    prices, volume
        One value a bar; volume is NaN where a bar has none.
    bar_seconds
        Length of a bar.
    bars_per_year
        Bars to a year of 365 days.
    first, last
        Times of the first bar and the last, "" if the file has none.
    """

    name: str
    column: str
    prices: Floats
    volume: Floats | None
    bar_seconds: float
    bars_per_year: float
    first: str
    last: str


def read_table(path: Path) -> pl.DataFrame:
    """Return the table of a file, sorted by its first column of dates if there is one."""
    frame = load_table(path, parse_dates=True)
    dates = next((name for name, kind in frame.schema.items() if kind.is_temporal()), "")
    return frame.sort(dates) if dates else frame


def load_table(path: Path, *, parse_dates: bool = False) -> pl.DataFrame:
    """Return the table of a csv or parquet file, or that of prices in a directory of results.

    Parameters
    ----------
    path
        The file or directory.
    parse_dates
        Refuse a csv file in which not all that look like dates are dates.
    """
    if path.is_dir():
        found = [path / name for name in _TABLES if (path / name).is_file()]
        if not found:
            raise ValueError(f"{path} holds neither {' nor '.join(_TABLES)}")
        path = found[0]
    kind = path.suffix.lower()
    if kind not in (".csv", ".parquet"):
        raise ValueError(f"the file of prices is {path}; it must end in .csv or .parquet")
    if kind == ".csv":
        return read_csv(
            path, path, first_row=1, try_parse_dates=parse_dates, infer_schema_length=None
        )
    try:
        return pl.read_parquet(path, glob=False, hive_partitioning=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error


def read_prices(path: Path, wanted: Selection) -> list[PriceSeries]:
    """Read the price series of a file, all checked before the first is returned.

    Raises
    ------
    ValueError
        For a file, column or series that is not there, and for the first row of a series that
        breaks it, with what is wrong.
    """
    _check_bars_per_year(wanted.bars_per_year)
    frame = load_table(path)
    price = _column(frame, path, "column", wanted.column, _PRICE_NAMES)
    if not price:
        raise ValueError(
            f"{path} has no column {', '.join(_PRICE_NAMES)}; name one of "
            f"{', '.join(frame.columns)} with --column"
        )
    volume = ""
    if wanted.volume != NO_VOLUME:
        volume = _column(frame, path, "volume", wanted.volume, _VOLUME_NAMES)
    time = _column(frame, path, "time", wanted.time, TIME_NAMES) or first_dates(frame)
    if not time and wanted.bars_per_year is None:
        raise ValueError(
            f"{path} has no column of times; name one with --time, or tell with --bars-per-year "
            "what a row is"
        )
    frame = frame.with_row_index(_ROW, offset=1)
    times = read_times(frame[time]) if time else None
    return [
        _series(part, path, name, price, volume, times, wanted)
        for name, part in _split(frame, path, wanted.symbols, times)
    ]


def _check_bars_per_year(bars: float | None) -> None:
    if bars is not None and not _FEWEST_PER_YEAR <= bars <= _MOST_PER_YEAR:
        raise ValueError(
            f"--bars-per-year is {bars}; it must be above 0, from {_FEWEST_PER_YEAR} (one in a "
            f"century) to {_MOST_PER_YEAR:,} (one a microsecond)"
        )


def _column(frame: pl.DataFrame, path: Path, option: str, given: str, usual: Sequence[str]) -> str:
    """Return the column that is given, or the first with a usual name, "" if there is none."""
    if given:
        if given not in frame.columns:
            raise unknown_name(f"--{option}", given, frame.columns, str(path))
        return given
    for name in usual:
        found = [column for column in frame.columns if _plain(column) == name]
        if len(found) > 1:
            raise ValueError(
                f"{path} has the columns {', '.join(found)}; name the one to read with --{option}"
            )
        if found:
            return found[0]
    return ""


def _plain(column: str) -> str:
    """Return a name as the usual ones are written: headings have blanks and capitals."""
    return column.strip().lower().replace(" ", "_")


def _split(
    frame: pl.DataFrame, path: Path, symbols: Sequence[str], times: Times | None
) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield each series with its name, in the order of their first rows."""
    keys = _keys(frame, times)
    if symbols and not keys:
        raise ValueError(
            f"--symbol is {' '.join(symbols)!r}; {path} holds one series, and no column such as "
            "symbol or venue to choose it by"
        )
    text = frame.with_columns(pl.col(keys).cast(pl.String).fill_null(""))
    telling = [name for name in keys if text[name].n_unique() > 1]
    telling = telling or [name for name in keys if _plain(name) == "symbol"]
    for symbol in symbols:
        text = _having(text, path, keys, symbol)
    if not telling:
        yield "", text
        return
    for values, part in text.group_by(telling, maintain_order=True):
        yield " ".join(map(str, values)), part


def _keys(frame: pl.DataFrame, times: Times | None) -> list[str]:
    """Return the columns that tell the series of a file apart."""
    sure = [name for name in frame.columns if _plain(name) in _KEYS]
    if times is None:
        return sure
    moments = frame.select(*sure, pl.Series(_ROW, times.values))
    if not moments.filter(pl.col(_ROW) != MISSING).is_duplicated().any():
        return sure
    return [*sure, *(name for name in frame.columns if _plain(name) in _LIKELY_KEYS)]


def _having(text: pl.DataFrame, path: Path, keys: Sequence[str], symbol: str) -> pl.DataFrame:
    """Return the rows that have a symbol in a key column; in full if any has it so."""
    lower, word = [pl.col(name).str.to_lowercase() for name in keys], symbol.lower()
    for tests in ([name == word for name in lower], [name.str.starts_with(word) for name in lower]):
        if tests and (found := text.filter(pl.any_horizontal(tests))).height:
            return found
    known = sorted({str(value) for name in keys for value in text[name].unique()})
    raise unknown_name("--symbol", symbol, known, str(path))


def _series(
    part: pl.DataFrame,
    path: Path,
    name: str,
    price: str,
    volume: str,
    times: Times | None,
    wanted: Selection,
) -> PriceSeries:
    places = part[_ROW].to_numpy()
    rows = Rows(
        owner=f"{path}, {name}" if name else str(path),
        column=price,
        volume_column=volume,
        places=places,
        prices=numbers(part[price]),
        volume=numbers(part[volume]) if volume else None,
        clock=times,
        times=times.values[places - 1] if times else np.zeros(part.height, dtype=np.int64),
    )
    rows = rows.between(wanted.since, wanted.until)
    if wanted.keep_gaps:
        rows = rows.priced()
    demand_sound(rows, keep_gaps=wanted.keep_gaps)
    bar_seconds = rows.bar.seconds or YEAR_SECONDS / (wanted.bars_per_year or 1.0)
    return PriceSeries(
        name=name,
        column=price,
        prices=rows.prices.values,
        volume=rows.volume.values if rows.volume is not None else None,
        bar_seconds=bar_seconds,
        bars_per_year=wanted.bars_per_year or YEAR_SECONDS / bar_seconds,
        first=rows.time_of(0),
        last=rows.time_of(-1),
    )
