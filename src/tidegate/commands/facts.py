"""`tidegate facts`: stylised facts of any price series beside the reference bands."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import tyro

from tidegate.analysis.facts import (
    BANDS,
    TAILS,
    Band,
    hill_interval,
    log_returns,
    stylised_facts,
)
from tidegate.commands.price_bars import length_text
from tidegate.commands.prices import PriceSeries, Selection, read_prices

# What is printed of every series, in this order, by the names of `stylised_facts`.
_LABELS: Final = {
    "returns": "n",
    "annual_volatility": "vol/yr",
    "skewness": "skew",
    "kurtosis_1": "ex.kurt",
    "kurtosis_5": "ex.kurt, 5 bars",
    "kurtosis_20": "ex.kurt, 20 bars",
    **{f"hill_{100 * share:g}": f"Hill {100 * share:g} %" for share in TAILS},
    **{f"acf_return_{lag}": f"ac r {lag}" for lag in (1, 5, 20, 100)},
    **{f"acf_size_{lag}": f"ac |r| {lag}" for lag in (1, 5, 20, 100)},
    "leverage_effect": "lev L1",
    "max_drawdown": "maxDD",
    "volume_volatility": "corr log V, |r|",
}
_PLACES: Final = {True: "inside", False: "OUTSIDE", None: "too short"}


@dataclass(frozen=True)
class Facts:
    """Print the stylised facts of price series beside the bands in which BTC's lie."""

    prices: Annotated[
        tyro.conf.Positional[Path],
        tyro.conf.arg(
            metavar="PRICES",
            help="A csv or parquet file, a bar a row; or a directory of results with such a file.",
        ),
    ]
    column: Annotated[
        str, tyro.conf.arg(help="Column of prices; by default close, price, mid or btc.")
    ] = ""
    volume: Annotated[
        str, tyro.conf.arg(help="Column of volumes; by default volume. 'none' for none.")
    ] = ""
    time: Annotated[
        str, tyro.conf.arg(help="Column of times; by default one so called, or of dates.")
    ] = ""
    symbol: Annotated[
        tuple[str, ...],
        tyro.conf.arg(
            metavar="WORD ...",
            help="Which series of a file with several: what stands in columns such as symbol or "
            "venue, or its beginning. By default all.",
        ),
    ] = ()
    since: Annotated[
        str, tyro.conf.arg(name="from", metavar="YYYY-MM-DD", help="First day to use.")
    ] = ""
    until: Annotated[
        str, tyro.conf.arg(metavar="YYYY-MM-DD", help="First day not to use any more.")
    ] = ""
    gaps: Annotated[
        Literal["refuse", "keep"],
        tyro.conf.arg(
            help="Where bars are missing: refuse the file, or keep what there is, the step over a "
            "gap as one return, rows without a price left out.",
        ),
    ] = "refuse"
    bars_per_year: Annotated[
        float | None,
        tyro.conf.arg(help="Bars to a year of 365 days; by default from the times."),
    ] = None
    json: Annotated[bool, tyro.conf.arg(help="Print the figures as JSON.")] = False

    def run(self) -> int:
        """Print a table a series: value, interval, band, and whether it is inside."""
        chosen = Selection(
            column=self.column,
            volume=self.volume,
            time=self.time,
            symbols=self.symbol,
            since=_day("from", self.since),
            until=_day("until", self.until),
            keep_gaps=self.gaps == "keep",
            bars_per_year=self.bars_per_year,
        )
        found = [_Measured.of(series) for series in read_prices(self.prices, chosen)]
        if self.json:
            data = {"file": str(self.prices), "series": [each.as_data() for each in found]}
            print(json.dumps(data, indent=1, allow_nan=False))
        else:
            print("\n\n".join("\n".join(each.lines(self.prices)) for each in found))
        return 0


def _day(option: str, text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise ValueError(f"--{option} is {text!r}; it must be YYYY-MM-DD") from None


@dataclass(frozen=True, slots=True)
class _Measured:
    """A series with its facts, the intervals of its tail exponents, and the bands of its bars."""

    series: PriceSeries
    facts: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    bands: Mapping[str, Band]

    @classmethod
    def of(cls, series: PriceSeries) -> _Measured:
        """Measure a series."""
        facts = stylised_facts(
            series.prices, bars_per_year=series.bars_per_year, volume=series.volume
        )
        returns = log_returns(series.prices)
        intervals = {f"hill_{100 * share:g}": hill_interval(returns, share) for share in TAILS}
        bands = BANDS.get(round(series.bar_seconds), ())
        return cls(series, facts, intervals, {band.fact: band for band in bands})

    def as_data(self) -> dict[str, Any]:
        """Return it as it stands in JSON; NaN is null, and neither inside a band nor outside."""
        series = self.series
        return {
            "name": series.name,
            "column": series.column,
            "bars": len(series.prices),
            "bar_seconds": series.bar_seconds,
            "bars_per_year": series.bars_per_year,
            "first": series.first,
            "last": series.last,
            "facts": {name: _finite(value) for name, value in self.facts.items()},
            "intervals": {name: [*map(_finite, ends)] for name, ends in self.intervals.items()},
            "bands": [
                {
                    "fact": name,
                    "low": _finite(band.low),
                    "high": _finite(band.high),
                    "inside": _inside(band, self.facts[name]),
                    "source": band.source,
                }
                for name, band in self.bands.items()
                if name in self.facts
            ],
        }

    def lines(self, path: Path) -> Iterator[str]:
        """Yield the lines of its table."""
        series = self.series
        yield f"{path}{f', {series.name}' if series.name else ''}: {series.column}"
        span = f", {series.first} to {series.last}" if series.first else ""
        yield (
            f"{len(series.prices):,} bars of {length_text(series.bar_seconds)}{span}, "
            f"{series.bars_per_year:,.6g} a year"
        )
        yield f" {'':<34} {'value':>9} {'95 %':>12}" + f" {'band':>13}" * bool(self.bands)
        for name, label in _LABELS.items():
            if name in self.facts:
                yield self._line(name, label)
        for name, band in self.bands.items():
            if name in self.facts and name not in _LABELS:
                yield self._line(name, band.about)

    def _line(self, name: str, label: str) -> str:
        value = self.facts[name]
        shown = f"{value:.0f}" if name == "returns" else f"{value:.3g}"
        ends = ""
        if name in self.intervals:
            ends = "{:.3g} to {:.3g}".format(*self.intervals[name])
        line = f" {label:<34} {shown:>9} {ends:>12}"
        if band := self.bands.get(name):
            line += f" {_band_text(band):>13} {_PLACES[_inside(band, value)]}"
        return line.rstrip()


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _inside(band: Band, value: float) -> bool | None:
    """Tell whether a figure lies in its band; one that a series is too short for does neither."""
    return None if math.isnan(value) else band.holds(value)


def _band_text(band: Band) -> str:
    return f"to {band.high:g}" if math.isinf(band.low) else f"{band.low:g} to {band.high:g}"
