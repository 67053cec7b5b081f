"""The figure of a search: every trial, and the frontier among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import altair as alt
import polars as pl

from tidegate.report.drawing import INK, MUTED, PALETTE

__all__ = ["frontier_chart"]

_SIZE: Final = 330
_LABELLED: Final = 24  # trials of a frontier; more numbers cannot be read

Panel = alt.LayerChart | alt.FacetChart


def frontier_chart(
    trials: pl.DataFrame, objectives: Sequence[tuple[str, str]], title: str, note: str
) -> alt.TopLevelMixin:
    """Return the figure: the first objective against each of the others.

    Parameters
    ----------
    trials
        Columns `trial`, `frontier` and the objectives.
    objectives
        The columns of the objectives, and what to call their axes.
    title, note
        Head of the figure, and the line below it.
    """
    (_, first_title), *others = objectives
    named = trials.rename({name: f"y{place}" for place, (name, _) in enumerate(objectives)})
    rows = named.select("trial", "frontier", *(f"y{place}" for place in range(len(objectives))))
    panels = [
        _panel(rows.drop_nulls(), f"y{place}", other_title, first_title)
        for place, (_, other_title) in enumerate(others, 1)
    ]
    return alt.hconcat(*panels, spacing=50).properties(
        title=alt.TitleParams(text=title, subtitle=note)
    )


def _panel(rows: pl.DataFrame, other: str, other_title: str, first_title: str) -> Panel:
    scale = alt.Scale(zero=False)
    x = alt.X(f"{other}:Q", title=other_title, scale=scale).axis(tickCount=5)
    y = alt.Y("y0:Q", title=first_title, scale=scale).axis(tickCount=5)
    behind = alt.Chart(_data(rows.filter(~pl.col("frontier"))))
    best = alt.Chart(_data(rows.filter("frontier").sort("y0"))).encode(x=x, y=y)
    layers = [
        behind.mark_point(size=45, color=MUTED, opacity=0.8).encode(x=x, y=y),
        best.mark_point(size=90, filled=True, opacity=1, color=PALETTE[0]),
    ]
    if rows["frontier"].sum() <= _LABELLED:
        layers.append(
            best.mark_text(align="left", dx=7, dy=-7, fontSize=11, color=INK).encode(text="trial:N")
        )
    return alt.layer(*layers).properties(width=_SIZE, height=_SIZE)


def _data(rows: pl.DataFrame) -> alt.InlineData:
    return alt.InlineData(values=rows.to_dicts())
