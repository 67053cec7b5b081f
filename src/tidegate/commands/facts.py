"""`tidegate facts`: stylised facts of any price series beside the reference bands."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import tyro

from tidegate.analysis.facts import DAILY_BANDS, compare, stylised_facts
from tidegate.commands.prices import read_prices

_DAILY: Final = (200.0, 370.0)  # bars a year that the daily bands are meant for


@dataclass(frozen=True)
class Facts:
    """Print the stylised facts of a price series beside the bands in which BTC's lie."""

    prices: Annotated[
        tyro.conf.Positional[Path],
        tyro.conf.arg(metavar="PRICES", help="A csv or parquet file, a bar a row."),
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
        """Print the facts that have a band, if bars are days, then every figure."""
        series = read_prices(self.prices, self.column, self.volume)
        per_year = series.bars_per_year if self.bars_per_year is None else self.bars_per_year
        facts = stylised_facts(series.prices, bars_per_year=per_year, volume=series.volume)
        bars = len(series.prices)
        print(f"{self.prices}: {series.column}, {bars} bars, {per_year:,.6g} a year\n")
        if _DAILY[0] <= per_year <= _DAILY[1]:
            _print_bands(facts)
        print("Every figure")
        for name, value in facts.items():
            print(f"  {name:<22} {value:>10.4g}")
        return 0


def _print_bands(facts: Mapping[str, float]) -> None:
    print(f"  {'fact':<36} {'value':>9} {'band':>16}")
    for row in compare(facts, DAILY_BANDS).iter_rows(named=True):
        mark = "inside" if row["inside"] else "OUTSIDE"
        print(f"  {row['about']:<36.36} {row['value']:>9.3g} {_band(row):>16}  {mark}")
    print()


def _band(row: Mapping[str, float]) -> str:
    if math.isinf(row["low"]):
        return f"to {row['high']:g}"
    return f"{row['low']:g} to {row['high']:g}"
