"""How returns are spread and how long their size is remembered, in tables small enough to commit.

Two curves tell most of what returns are like: the share of them beyond a size, in standard
deviations, and the autocorrelation of their size by lag. They are measured at days, hours and
minutes, on windows as long as the data's.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from tidegate.analysis.ecologies import Ecology
from tidegate.analysis.facts import autocorrelation, log_returns
from tidegate.analysis.moments import to_prices

__all__ = [
    "MEMORY",
    "SURVIVAL",
    "committed_shape",
    "model_shape",
    "parse_shape",
    "seed_shape",
    "shape",
    "shape_toml",
]

Floats = NDArray[np.float64]
Curve = list[tuple[float, float]]
Shape = dict[str, dict[str, Curve]]  # by bar, then by SURVIVAL or MEMORY

SURVIVAL: Final = "survival"
MEMORY: Final = "memory"
SIZES: Final = (0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 16.0)
LAGS: Final = {
    "day": (1, 2, 3, 4, 5, 7, 10, 14, 20, 30, 45, 60),
    "hour": (1, 2, 3, 5, 8, 12, 18, 24, 36, 48, 72, 96, 120, 168, 240, 336),
    "minute": (1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 100, 150, 240, 480, 720, 1440),
}


def shape(prices: ArrayLike, bar: str) -> dict[str, Curve]:
    """Measure both curves of a price series.

    Parameters
    ----------
    prices : array_like
        Closing prices of regular bars.
    bar : {"day", "hour", "minute"}
        Length of the bars, which decides the lags.

    Returns
    -------
    dict
        By `SURVIVAL`: sizes, in standard deviations, with the share of absolute returns beyond;
        sizes that no return reaches are left out. By `MEMORY`: lags in bars, with the
        autocorrelation of absolute returns.
    """
    returns = log_returns(prices)
    size = np.abs(returns) / returns.std()
    beyond = [(x, float(np.mean(size > x))) for x in SIZES]
    return {
        SURVIVAL: [(x, share) for x, share in beyond if share > 0.0],
        MEMORY: [(float(lag), autocorrelation(size, lag)) for lag in LAGS[bar] if lag < len(size)],
    }


def seed_shape(
    ecology: Ecology, values: Mapping[str, float], seed: int, windows: Mapping[str, int]
) -> Shape:
    """Measure the curves of one seed of an ecology, on windows of so many returns."""
    days = max(windows["day"] + 1, windows["hour"] // 24 + 2, windows["minute"] // 1440 + 2)
    paths = ecology.simulate(values, seed, days)
    found = {"day": paths.day, "hour": paths.hour, "minute": paths.minutes}
    return {bar: shape(to_prices(logs[: windows[bar] + 1]), bar) for bar, logs in found.items()}


def model_shape(seeds: Sequence[Shape]) -> pl.DataFrame:
    """Put the curves of many seeds together.

    Returns
    -------
    polars.DataFrame
        Columns bar, curve, at, median, p10, p90. Where a seed has no return beyond a size, its
        share is 0.
    """
    rows = [
        {"bar": bar, "curve": curve, "at": at, "value": value}
        for one in seeds
        for bar, curves in one.items()
        for curve, points in curves.items()
        for at, value in points
    ]
    lists = pl.DataFrame(rows).group_by("bar", "curve", "at", maintain_order=True).agg("value")
    rows = []
    for bar, curve, at, values in lists.iter_rows():
        whole = [*values, *[0.0] * (len(seeds) - len(values))]
        p10, median, p90 = np.quantile(whole, (0.1, 0.5, 0.9)).tolist()
        rows.append(
            {"bar": bar, "curve": curve, "at": at, "median": median, "p10": p10, "p90": p90}
        )
    return pl.DataFrame(rows)


# ---- Files ------------------------------------------------------------------------------------


def shape_toml(found: Shape, windows: Mapping[str, int], source: str) -> str:
    """Write the curves of a series as the text of a TOML file."""
    lines = [
        "# Absolute returns: share beyond a size in standard deviations, and autocorrelation by",
        "# lag in bars. Written by `tidegate calibrate` from the prices it was given.",
        "",
        f'source = "{source}"',
    ]
    for bar, curves in found.items():
        lines += ["", f"[{bar}]", f"returns = {windows[bar]}"]
        for curve, points in curves.items():
            cells = [f"    [{at:g}, {value:.4g}]," for at, value in points]
            lines += [f"{curve} = [", *cells, "]"]
    return "\n".join(lines) + "\n"


def parse_shape(text: str) -> tuple[Shape, dict[str, int], str]:
    """Read what `shape_toml` wrote: curves, returns of each bar, source."""
    table = tomllib.loads(text)
    bars = [name for name in table if name in LAGS]
    found: Shape = {
        bar: {
            curve: [(float(at), float(value)) for at, value in table[bar][curve]]
            for curve in (SURVIVAL, MEMORY)
        }
        for bar in bars
    }
    return found, {bar: table[bar]["returns"] for bar in bars}, table["source"]


def committed_shape() -> tuple[Shape, dict[str, int], str]:
    """Return the committed curves of BTC."""
    return parse_shape(resources.files("tidegate.data").joinpath("btc_shape.toml").read_text())
