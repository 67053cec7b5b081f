"""Which drawings a market calls for, with their titles."""

from __future__ import annotations

import polars as pl
from matplotlib.figure import Figure

from tidegate.dashboard import figures, readings
from tidegate.dashboard.stage import Stage

__all__ = ["drawings"]

HOURLY = 3.0  # days up to which time is told in hours


def drawings(stage: Stage) -> list[tuple[str, Figure]]:
    """Return titles and figures of all futures on stage, in the order of the page."""
    runs = [(future.title, future.world) for future in stage.futures]
    paths = [(title, readings.paths(world)) for title, world in runs]
    books = [(title, readings.ladder(world)) for title, world in runs]
    held = [(title, readings.holdings(world)) for title, world in runs]
    found = [("Order book: USD within each 0.1 % of price", figures.ladder(books))]
    leveraged = "interest" in paths[0][1].columns
    if len(paths[0][1]):
        columns = [("price", "Price, USD")]
        if leveraged:
            columns += [("interest", "Open interest, one side, USD")]
            columns += [("liquidated", "Liquidated in a tick, USD")]
        drawn = [(title, _history(stage, paths, column)) for column, title in columns]
        found = [drawn[0], *found, *drawn[1:]]
    if leveraged:
        last = runs[-1]
        triggers = figures.map_of_triggers(readings.triggers(last[1]))
        rates = [(title, readings.funding(world)) for title, world in runs]
        found.append((f"Where positions would be liquidated, USD: {last[0]}", triggers))
        found.append(("Funding, % in eight hours", figures.bars_of(rates, "%")))
    what = "Positions in BTC perpetuals" if leveraged else "Who holds the coins"
    return [*found, (what, figures.bars_of(held, "BTC"))]


def _history(stage: Stage, paths: list[tuple[str, pl.DataFrame]], column: str) -> Figure:
    """Draw a column over hours in a short run, over days in a long one."""
    short = float(paths[0][1]["day"][-1]) <= HOURLY
    scale, unit = (24.0, "hours") if short else (1.0, "days")
    timed = [(title, frame.with_columns(pl.col("day") * scale)) for title, frame in paths]
    parted = None if stage.forked_at is None else stage.forked_at / 86_400 * scale
    return figures.history(timed, column, f"{unit} since the start", parted)
