"""Horizontal bars whose names stand above them, so that none is ever cut."""

from __future__ import annotations

from typing import Final

import altair as alt
import polars as pl

from tidegate.report.drawing import INK, MUTED, WIDTH, Chart, data_of, number_labels

__all__ = ["named_bars"]

_ROW: Final = 42  # height of a name and its bar
_BAR: Final = 13
_DOWN: Final = 9  # from the middle of a row to that of its bar


def named_bars(
    rows: pl.DataFrame,
    *,
    colours: dict[str, str],
    domain: tuple[float, float],
    title: str,
    signed: bool = False,
) -> Chart:
    """Return bars, one row a name, in the order of the rows.

    Parameters
    ----------
    rows
        ``name`` (what stands above a bar), ``value``, ``part`` (of a row with several bars, side by
        side in the order of `colours`) and, where a mark is wanted, ``before``.
    colours
        By part, in the order of the parts.
    domain
        Ends of the axis, the same for all panels that are compared.
    title
        Of the axis.
    signed
        Whether numbers on the axis have a sign.
    """
    scale = alt.Scale(domain=list(domain), nice=False)
    labels = number_labels(domain, signed=signed)
    x = alt.X("value:Q", title=title, scale=scale, stack="zero").axis(
        tickCount=5, labelExpr=labels, labelFlush=False
    )
    names = rows["name"].unique(maintain_order=True).to_list()
    order = {part: place for place, part in enumerate(colours)}
    placed = rows.with_columns(pl.col("part").replace_strict(order).alias("step"))
    y = alt.Y("name:N", sort=names, axis=None)
    base = alt.Chart(data_of(placed)).encode(y=y)
    scheme = alt.Scale(domain=list(colours), range=list(colours.values()))
    bars = base.mark_bar(height=_BAR, yOffset=_DOWN).encode(
        x=x, color=alt.Color("part:N", scale=scheme, legend=None), order="step:O"
    )
    zero = alt.Chart(data_of(pl.DataFrame({"value": [0.0]}))).mark_rule(color=MUTED).encode(x=x)
    text = (
        alt.Chart(data_of(pl.DataFrame({"name": names})))
        .mark_text(align="left", baseline="middle", yOffset=-8, fontSize=12.5, color=INK)
        .encode(y=y, x=alt.value(2), text="name:N")
    )
    layers: list[alt.Chart] = [bars, zero, text]
    if "before" in rows.columns:
        mark = base.mark_tick(color=INK, thickness=2, size=_BAR + 8, yOffset=_DOWN)
        layers.insert(1, mark.encode(x=alt.X("before:Q", scale=scale)))
    return alt.layer(*layers).properties(width=WIDTH, height=_ROW * len(names))
