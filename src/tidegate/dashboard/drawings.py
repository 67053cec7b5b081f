"""Which drawings a market calls for, with their titles."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
from matplotlib.figure import Figure

from tidegate.dashboard import figures, readings
from tidegate.dashboard.stage import Stage
from tidegate.world import World

__all__ = ["drawings"]

HOURLY = 3.0  # days up to which time is told in hours


def drawings(stage: Stage) -> list[tuple[str, Figure | None]]:
    """Return titles and figures of all futures on stage, in the order of the page.

    There is None in place of a figure that would have nothing in it yet.
    """
    runs = [(future.title, future.world) for future in stage.futures]
    paths = [(title, readings.paths(world)) for title, world in runs]
    found = [
        ("Price, USD", _history(stage, paths, "price")),
        ("Order book: USD within each 0.1 % of price", _ladder(runs)),
    ]
    leveraged = "interest" in paths[0][1].columns
    if leveraged:
        found += [
            ("Open interest, one side, USD", _history(stage, paths, "interest")),
            ("Liquidated in a tick, USD", _history(stage, paths, "liquidated")),
            (f"Where positions would be liquidated, USD: {runs[-1][0]}", _triggers(runs[-1][1])),
            ("Funding, % in eight hours", _bars(runs, readings.funding, "%")),
        ]
    what = "Positions in BTC perpetuals" if leveraged else "Who holds the coins"
    return [*found, (what, _bars(runs, readings.holdings, "BTC"))]


def _history(stage: Stage, paths: list[tuple[str, pl.DataFrame]], column: str) -> Figure | None:
    """Draw a column over hours in a short run, over days in a long one."""
    if not any((frame[column] != 0).any() for _, frame in paths):
        return None
    short = float(paths[0][1]["day"][-1]) <= HOURLY
    scale, unit = (24.0, "hours") if short else (1.0, "days")
    timed = [(title, frame.with_columns(pl.col("day") * scale)) for title, frame in paths]
    parted = None if stage.forked_at is None else stage.forked_at / 86_400 * scale
    return figures.history(timed, column, f"{unit} since the start", parted)


def _ladder(runs: list[tuple[str, World]]) -> Figure | None:
    books = [(title, readings.ladder(world)) for title, world in runs]
    return figures.ladder(books) if any(len(book) for _, book in books) else None


def _triggers(world: World) -> Figure | None:
    triggers = readings.triggers(world)
    return figures.map_of_triggers(triggers) if len(triggers) else None


def _bars(
    runs: list[tuple[str, World]], read: Callable[[World], dict[str, float]], label: str
) -> Figure | None:
    values = [(title, read(world)) for title, world in runs]
    drawn = any(any(by_name.values()) for _, by_name in values)
    return figures.bars_of(values, label) if drawn else None
