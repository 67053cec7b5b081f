"""Price series from files as people have them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from tidegate.analysis.facts import Floats

_PRICE_NAMES: Final = ("close", "price", "btc")
_YEAR_SECONDS: Final = 365 * 86_400


@dataclass(frozen=True, slots=True)
class PriceSeries:
    """Prices in the order of their dates, bars without a price left out."""

    column: str
    prices: Floats
    volume: Floats | None
    bars_per_year: float


def read_prices(path: Path, column: str = "", volume: str = "") -> PriceSeries:
    """Read a csv or parquet file.

    Parameters
    ----------
    path
        The file, a bar a row.
    column
        Column of prices; "" for close, price or btc, in whatever case.
    volume
        Column of volumes; "" for none.
    """
    frame = read_table(path)
    for name in filter(None, (column, volume)):
        if name not in frame.columns:
            raise ValueError(f"{path} has no column {name!r}; it has {', '.join(frame.columns)}")
    chosen = column or _price_column(frame, path)
    used = frame.filter(pl.col(chosen).is_not_null())
    return PriceSeries(
        column=chosen,
        prices=_numbers(used, chosen),
        volume=_numbers(used, volume) if volume else None,
        bars_per_year=_bars_per_year(frame),
    )


def read_table(path: Path) -> pl.DataFrame:
    """Return the table of a file, sorted by its first column of dates if there is one."""
    kind = path.suffix.lower()
    if kind not in (".csv", ".parquet"):
        raise ValueError(f"the file of prices is {path}; it must end in .csv or .parquet")
    try:
        if kind == ".csv":
            frame = pl.read_csv(path, try_parse_dates=True, infer_schema_length=None)
        else:
            frame = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    return frame.sort(dates) if (dates := _dates(frame)) else frame


def _dates(frame: pl.DataFrame) -> str:
    return next((name for name, kind in frame.schema.items() if kind.is_temporal()), "")


def _price_column(frame: pl.DataFrame, path: Path) -> str:
    for wanted in _PRICE_NAMES:
        for name in frame.columns:
            if name.lower() == wanted:
                return name
    raise ValueError(
        f"{path} has no column {', '.join(_PRICE_NAMES)}; name one of "
        f"{', '.join(frame.columns)} with --column"
    )


def _numbers(frame: pl.DataFrame, column: str) -> Floats:
    if not frame[column].dtype.is_numeric():
        raise ValueError(f"column {column!r} holds {frame[column].dtype}; it must be numbers")
    return frame[column].cast(pl.Float64).fill_null(0.0).to_numpy()


def _bars_per_year(frame: pl.DataFrame) -> float:
    """Return the bars to a year by the typical distance of dates, 365 where there are none."""
    if dates := _dates(frame):
        seconds = frame[dates].cast(pl.Datetime).diff().dt.total_seconds().median()
        if isinstance(seconds, int | float) and seconds > 0:
            return _YEAR_SECONDS / seconds
    return 365.0
