"""The figure of a calibration: returns of the data and of the model, at three bar lengths."""

from __future__ import annotations

import math
from typing import Any, Final

import altair as alt
import polars as pl

from tidegate.analysis.shape import MEMORY, SURVIVAL, Shape
from tidegate.report.drawing import INK, PALETTE

__all__ = ["shape_chart"]

Panel = alt.LayerChart | alt.FacetChart

_WIDTH: Final = 230
_HEIGHT: Final = 200
_TITLES: Final = {
    SURVIVAL: ("size of a return, standard deviations", "share of returns beyond"),
    MEMORY: ("lag, {}s", "autocorrelation of size"),
}
_LEAST: Final = 1e-5  # of a share that is drawn


def shape_chart(data: Shape, model: pl.DataFrame, title: str, note: str) -> alt.TopLevelMixin:
    """Return the figure: tails above, memory below; a column for each length of the bars.

    Parameters
    ----------
    data
        Curves of the data: dots.
    model
        Result of `tidegate.analysis.shape.model_shape`: median and the middle 80 % of seeds.
    title, note
        Head of the figure, and the line below it.
    """
    rows = [
        alt.hconcat(*(_panel(data, model, bar, curve) for bar in data), spacing=26)
        for curve in (SURVIVAL, MEMORY)
    ]
    return alt.vconcat(*rows, spacing=26).properties(
        title=alt.TitleParams(text=title, subtitle=note)
    )


def _panel(data: Shape, model: pl.DataFrame, bar: str, curve: str) -> Panel:
    across, up = _TITLES[curve]
    tails = curve == SURVIVAL
    points: list[dict[str, Any]] = [{"at": at, "value": value} for at, value in data[bar][curve]]
    lines = model.filter((pl.col("bar") == bar) & (pl.col("curve") == curve)).sort("at")
    if tails:
        lines = lines.with_columns(pl.col("median", "p10", "p90").clip(_LEAST, 1.0))
        lowest = 10.0 ** math.floor(math.log10(min(point["value"] for point in points)))
        scale = alt.Scale(type="log", domain=[lowest, 1.0], clamp=True)
    else:
        scale = alt.Scale(zero=True)
    x = alt.X("at:Q", title=across.format(bar), scale=alt.Scale(type="log", nice=False))
    y = alt.Y("value:Q", title=up, scale=scale)
    behind = alt.Chart(alt.InlineData(values=lines.rename({"median": "value"}).to_dicts()))
    band = behind.mark_area(opacity=0.22, color=PALETTE[0], clip=True).encode(
        x=x.axis(tickCount=5), y=alt.Y("p10:Q", scale=scale, title=up), y2="p90:Q"
    )
    line = behind.mark_line(color=PALETTE[0], strokeWidth=2, clip=True).encode(x=x, y=y)
    dots = alt.Chart(alt.InlineData(values=points))
    dot = dots.mark_point(filled=True, size=34, color=INK, opacity=1).encode(x=x, y=y)
    return alt.layer(band, line, dot).properties(
        width=_WIDTH, height=_HEIGHT, title=f"{bar}s" if tails else ""
    )
