"""`tidegate facts`: stylised facts of any price series beside the reference bands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import polars as pl
import tyro

from tidegate.analysis.facts import DAILY_BANDS, Floats, compare, stylised_facts

_PRICE_NAMES: Final = ("close", "price", "btc")
_YEAR_SECONDS: Final = 365 * 86_400
_DAILY: Final = (200.0, 370.0)  # bars a year that the daily bands are meant for


@dataclass(frozen=True)
class Facts:
    """Print the stylised facts of a price series beside the bands in which BTC's lie."""

    prices: Annotated[
        tyro.conf.Positional[Path], tyro.conf.arg(help="A csv or parquet file, a bar a row.")
    ]
    column: Annotated[
        str, tyro.conf.arg(help="Column of prices; by default close, price or btc.")
    ] = ""
    volume: Annotated[str, tyro.conf.arg(help="Column of volumes, if there is one.")] = ""
    bars_per_year: Annotated[
        float | None,
        tyro.conf.arg(help="Bars to a year of 365 days; by default from the column of dates."),
    ] = None

    def run(self) -> int:
        """Print a line a fact."""
        frame = self._read()
        column = self._named("--column", self.column, frame) or _price_column(frame, self.prices)
        volume = self._named("--volume", self.volume, frame)
        bars_per_year = self.bars_per_year or _bars_per_year(frame)
        used = frame.filter(pl.col(column).is_not_null())
        facts = stylised_facts(
            _numbers(used, column),
            bars_per_year=bars_per_year,
            volume=_numbers(used, volume) if volume else None,
        )
        print(f"{self.prices}: {column}, {used.height} bars, {bars_per_year:,.6g} a year\n")
        if _DAILY[0] <= bars_per_year <= _DAILY[1]:
            _print_bands(facts)
        print("Every figure")
        for name, value in facts.items():
            print(f"  {name:<22} {value:>10.4g}")
        return 0

    def _read(self) -> pl.DataFrame:
        kind = self.prices.suffix.lower()
        if kind not in (".csv", ".parquet"):
            raise ValueError(f"PRICES is {self.prices}; it must end in .csv or .parquet")
        try:
            if kind == ".csv":
                frame = pl.read_csv(self.prices, try_parse_dates=True, infer_schema_length=None)
            else:
                frame = pl.read_parquet(self.prices)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise ValueError(f"PRICES is {self.prices}, which cannot be read: {error}") from error
        return frame.sort(_dates(frame)) if _dates(frame) else frame

    @staticmethod
    def _named(flag: str, name: str, frame: pl.DataFrame) -> str:
        if name and name not in frame.columns:
            raise ValueError(f"{flag} is {name!r}; the file has {', '.join(frame.columns)}")
        return name


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


def _dates(frame: pl.DataFrame) -> str:
    """Return the first column of dates or times, "" where there is none."""
    return next((name for name, kind in frame.schema.items() if kind.is_temporal()), "")


def _bars_per_year(frame: pl.DataFrame) -> float:
    """Return the bars to a year by the typical distance of dates, 365 where there are none."""
    if dates := _dates(frame):
        seconds = frame[dates].cast(pl.Datetime).diff().dt.total_seconds().median()
        if isinstance(seconds, int | float) and seconds > 0:
            return _YEAR_SECONDS / seconds
    return 365.0


def _print_bands(facts: dict[str, float]) -> None:
    print(f"  {'fact':<36} {'value':>9} {'band':>16}")
    for row in compare(facts, DAILY_BANDS).iter_rows(named=True):
        mark = "inside" if row["inside"] else "OUTSIDE"
        print(f"  {row['about']:<36.36} {row['value']:>9.3g} {_band(row):>16}  {mark}")
    print()


def _band(row: dict[str, float]) -> str:
    if math.isinf(row["low"]):
        return f"to {row['high']:g}"
    return f"{row['low']:g} to {row['high']:g}"
