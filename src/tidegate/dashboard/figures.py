"""Drawings of a running market's readings, as SVG that needs no network and no script."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import matplotlib as mpl
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from tidegate.dashboard.readings import RANGE

__all__ = ["bars_of", "history", "ladder", "map_of_triggers", "svg"]

# Okabe and Ito's palette: told apart by the colour-blind, on light and dark grounds.
COLOURS: Final = ("#0072B2", "#E69F00", "#009E73", "#CC79A7")
INK: Final = "#808080"  # readable on white and on black
SIDES: Final = {"buy": COLOURS[2], "sell": COLOURS[3], "long": COLOURS[0], "short": COLOURS[1]}
WIDTH, HEIGHT = 5.6, 2.7  # inches
STYLE: Final[dict[str, Any]] = {
    "svg.fonttype": "none",  # text stays text: it can be read aloud and searched
    "font.size": 9.0,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": INK,
    "grid.alpha": 0.2,
    "legend.frameon": False,
}
LARGE: Final = ((1e12, "T"), (1e9, "bn"), (1e6, "M"), (1e3, "k"))


def svg(figure: Figure) -> str:
    """Return a figure as an SVG element that fits the width it is given."""
    out = io.StringIO()
    with mpl.rc_context(STYLE):  # what text becomes is settled only here
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    text = out.getvalue()
    return text[text.index("<svg") :]


def history(
    runs: Sequence[tuple[str, pl.DataFrame]], column: str, across: str, parted: float | None
) -> Figure:
    """Draw a column of every future over its `day`; where they part stands a line."""
    with mpl.rc_context(STYLE):
        figure, axes = _empty(across)
        for (title, frame), colour in zip(
            reversed(runs), reversed(COLOURS[: len(runs)]), strict=True
        ):
            dot = "o" if len(frame) == 1 else ""  # a line of one point is not to be seen
            axes.plot(
                frame["day"], frame[column], dot + "-", color=colour, label=title, linewidth=1.4
            )
        if parted is not None:
            axes.axvline(parted, color=INK, linestyle=":", linewidth=1.0)
        if len(runs) > 1:
            axes.legend(loc="best")
        return figure


def ladder(runs: Sequence[tuple[str, pl.DataFrame]]) -> Figure:
    """Draw what rests by distance from the mid: bids to the left, asks to the right."""
    with mpl.rc_context(STYLE):
        figure, axes = _empty("distance from the mid, %")
        axes.set_xlim(
            -100 * RANGE, 100 * RANGE
        )  # the same at every tick, so that a thin side shows as one
        for number, (_, frame) in enumerate(runs):
            for side, sign in (("buy", -1.0), ("sell", 1.0)):
                rows = frame.filter(pl.col("side") == side)
                if number == 0:
                    axes.bar(sign * rows["distance"], rows["resting"], 0.09, color=SIDES[side])
                else:  # the other future as an outline
                    axes.step(
                        sign * rows["distance"], rows["resting"], where="mid", color=INK, lw=1.2
                    )
        return figure


def map_of_triggers(frame: pl.DataFrame, bins: int = 60, reach: float = 30.0) -> Figure:
    """Draw the notional that would be liquidated by how far the mark must move, %."""
    with mpl.rc_context(STYLE):
        figure, axes = _empty("move of the mark until liquidation, %")
        for side in ("long", "short"):
            rows = frame.filter(pl.col("side") == side)
            axes.hist(
                rows["distance"],
                bins=bins,
                range=(-reach, reach),
                weights=rows["notional"],
                color=SIDES[side],
                label=f"{side}s",
            )
        axes.axvline(0.0, color=INK, linewidth=1.0)
        axes.legend(loc="best")
        return figure


def bars_of(runs: Sequence[tuple[str, Mapping[str, float]]], label: str) -> Figure:
    """Draw values by name, a bar for each future."""
    names = list(dict.fromkeys(name for _, values in runs for name in values))
    with mpl.rc_context(STYLE):
        figure, axes = _empty(label, height=max(HEIGHT, 0.32 * len(names) + 0.8), left=0.22)
        thick = 0.8 / max(1, len(runs))
        for number, (title, values) in enumerate(runs):
            at = [row + (number - (len(runs) - 1) / 2) * thick for row in range(len(names))]
            shown = [values.get(name, 0.0) for name in names]
            axes.barh(at, shown, thick, color=COLOURS[number], label=title)
        axes.set_yticks(range(len(names)), names)
        axes.invert_yaxis()
        axes.xaxis.set_major_formatter(FuncFormatter(_short))
        axes.yaxis.set_major_formatter(lambda value, _: names[int(value)])
        return figure


def _empty(across: str, height: float = HEIGHT, left: float = 0.15) -> tuple[Figure, Axes]:
    # Not pyplot, which keeps every figure and belongs to one thread.
    figure = Figure(figsize=(WIDTH, height))
    # On the right, room for half of the last tick's label.
    axes = figure.add_axes((left, 0.55 / height, 0.94 - left, 1.0 - 0.65 / height))
    axes.set_xlabel(across)
    axes.yaxis.set_major_formatter(FuncFormatter(_short))
    return figure, axes


def _short(value: float, _: Any = None) -> str:
    """Return a number as 12.3 M or 4 bn."""
    for size, name in LARGE:
        if abs(value) >= size:
            return f"{value / size:,.6g} {name}"
    return f"{value:,.6g}"
