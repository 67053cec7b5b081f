"""The figure of a sensitivity study: indices, and the effect by the parameter that leads them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt
import polars as pl

from tidegate.analysis.sensitivity import Indices
from tidegate.report.drawing import BAND, INK, MUTED, PALETTE

__all__ = ["INDEX_TITLES", "Ranges", "indices_chart", "sensitivity_chart"]

INDEX_TITLES: Final[Mapping[str, str]] = {
    "total": "total: alone and with others",
    "first": "first: alone",
    "second": "second: the pair",
    "mu_star": "mu*: size of the steps",
    "mu": "mu: their mean",
    "sigma": "sigma: their spread",
    "median": "median over ranges",
    "maximum": "greatest of the ranges",
}
_AXIS_TITLES: Final[Mapping[str, str]] = {
    "sobol": "share of the variance among points",
    "morris": "change of the outcome over a parameter's whole range",
    "pawn": "distance of distributions, 0 to 1",
}
Panel = alt.LayerChart | alt.FacetChart

_EFFECT: Final = "effect / smallest that matters"
_WIDTH: Final = 270
_HEIGHT: Final = 272
_STEP: Final = 34
_DRAWN: Final = 20  # parameters; more cannot be read
_SHAPES: Final = ("circle", "diamond", "triangle-up")
_PARTS: Final = ("low third of the range", "middle third", "high third")
_PART_COLOURS: Final = (PALETTE[5], INK, PALETTE[1])


@dataclass(frozen=True, slots=True)
class Ranges:
    """The effect over the smallest that matters, as of `analysis.outcomes.by_parameter`.

    Parameters
    ----------
    thirds
        By thirds of each parameter's range.
    name, bins
        By ranges of the one that matters most.
    log
        Whether the axis of that is logarithmic.
    """

    thirds: Mapping[str, pl.DataFrame]
    name: str
    bins: pl.DataFrame
    log: bool


def sensitivity_chart(
    indices: Indices, title: str, note: str, ranges: Ranges | None = None
) -> alt.TopLevelMixin:
    """Return the figure: indices, and where there is a claim the effects by ranges."""
    panels: list[Panel] = [indices_chart(indices)]
    if ranges is not None:
        panels.append(_thirds_chart(ranges.thirds))
        panels.append(_effect_chart(ranges.bins, ranges.name, ranges.log))
    figure = alt.hconcat(*panels, spacing=36).resolve_scale(
        color="independent", shape="independent", yOffset="independent"
    )
    drawn: alt.TopLevelMixin = figure.properties(title=alt.TitleParams(text=title, subtitle=note))
    return drawn


def indices_chart(indices: Indices) -> Panel:
    """Return the indices of each parameter with their intervals, the greatest on top."""
    drawn = indices.main()["parameter"].head(_DRAWN).to_list()
    shown = indices.table.filter(pl.col("other") == "").filter(pl.col("parameter").is_in(drawn))
    names = shown["index"].unique(maintain_order=True).to_list()
    titles = [INDEX_TITLES[name] for name in names]
    rows = shown.with_columns(
        kind=pl.col("index").replace_strict(dict(zip(names, titles, strict=True)))
    )
    colours = [MUTED if name == "sigma" else PALETTE[place] for place, name in enumerate(names)]
    legend = alt.Legend(orient="top", direction="vertical", symbolSize=90)
    base = alt.Chart(alt.InlineData(values=rows.to_dicts())).encode(
        y=alt.Y("parameter:N", sort=drawn, title=None).axis(ticks=False, domain=False),
        yOffset=alt.YOffset("kind:N", sort=titles),
        color=alt.Color("kind:N", scale=alt.Scale(domain=titles, range=colours), legend=legend),
    )
    x_title = _AXIS_TITLES[indices.method]
    spans = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", title=x_title).axis(tickCount=5), x2="high:Q"
    )
    points = base.mark_point(size=70, filled=True, opacity=1).encode(
        x="value:Q",
        shape=alt.Shape(
            "kind:N", scale=alt.Scale(domain=titles, range=list(_SHAPES[: len(titles)]))
        ),
    )
    zero = alt.Chart(alt.InlineData(values=[{"at": 0}])).mark_rule(color=MUTED).encode(x="at:Q")
    return alt.layer(zero, spans, points).properties(width=_WIDTH, height=_STEP * len(drawn))


def _thirds_chart(thirds: Mapping[str, pl.DataFrame]) -> Panel:
    """Return the effects by thirds of each parameter's range, in the order of the indices."""
    drawn = list(thirds)[:_DRAWN]
    values = [
        {"parameter": name, "part": _PARTS[place], **row}
        for name in drawn
        for place, row in enumerate(thirds[name].to_dicts()[: len(_PARTS)])
    ]
    reach = _clipped(values)
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    x = alt.X("effect:Q", title=_EFFECT, scale=scale).axis(tickCount=5)
    base = alt.Chart(alt.InlineData(values=values)).encode(
        y=alt.Y("parameter:N", sort=drawn, axis=None),
        yOffset=alt.YOffset("part:N", sort=list(_PARTS)),
        color=alt.Color(
            "part:N",
            scale=alt.Scale(domain=list(_PARTS), range=list(_PART_COLOURS)),
            legend=alt.Legend(orient="top", direction="vertical", symbolSize=90),
        ),
    )
    band = (
        alt.Chart(alt.InlineData(values=[{"low": -1, "high": 1}]))
        .mark_rect(color=BAND)
        .encode(x=alt.X("low:Q", scale=scale), x2="high:Q")
    )
    zero = alt.Chart(alt.InlineData(values=[{"effect": 0}])).mark_rule(color=MUTED).encode(x=x)
    spans = base.mark_rule(strokeWidth=2, clip=True).encode(
        x=alt.X("low:Q", scale=scale), x2="high:Q"
    )
    points = base.mark_point(size=55, filled=True, opacity=1).encode(
        x=x,
        shape=alt.Shape("part:N", scale=alt.Scale(domain=list(_PARTS), range=list(_SHAPES))),
    )
    return alt.layer(band, zero, spans, points).properties(width=_WIDTH, height=_STEP * len(drawn))


def _clipped(values: Sequence[dict[str, Any]]) -> float:
    """Return how far an axis of effects must reach; open ends are set to run off its edge."""
    ends = [abs(row[key]) for row in values for key in ("low", "high")]
    reach: float = 1.08 * max([1.4, *(end for end in ends if math.isfinite(end))])
    for row in values:
        row["low"] = max(row["low"], -2 * reach) if math.isfinite(row["low"]) else -2 * reach
        row["high"] = min(row["high"], 2 * reach) if math.isfinite(row["high"]) else 2 * reach
    return reach


def _effect_chart(bins: pl.DataFrame, name: str, log: bool) -> Panel:
    """Return the effect over the smallest that matters, by ranges of one parameter."""
    numeric, values = bins["from"].dtype.is_numeric(), bins.drop_nulls().to_dicts()
    for row in values:
        row["at"] = _middle(row["from"], row["to"], log) if numeric else row["from"]
    reach = _clipped(values)
    y_scale = alt.Scale(domain=[-reach, reach], nice=False)
    if numeric:
        x = alt.X(
            "at:Q",
            title=name,
            scale=alt.Scale(type="log" if log else "linear", zero=False, nice=False),
        ).axis(grid=False, values=_ticks(values), format=".2~g")
    else:
        x = alt.X("at:N", title=name, sort=None).axis(labelAngle=0)
    y = alt.Y("effect:Q", title=_EFFECT, scale=y_scale).axis(tickCount=6)
    band = (
        alt.Chart(alt.InlineData(values=[{"low": -1, "high": 1}]))
        .mark_rect(color=BAND)
        .encode(y=alt.Y("low:Q", scale=y_scale), y2="high:Q")
    )
    zero = alt.Chart(alt.InlineData(values=[{"effect": 0}])).mark_rule(color=MUTED).encode(y=y)
    base = alt.Chart(alt.InlineData(values=values)).encode(x=x)
    words = (
        alt.Chart(alt.InlineData(values=[{"at": 1, "text": "too small to matter"}]))
        .mark_text(align="right", baseline="top", dx=-4, dy=4, color=MUTED, fontSize=12)
        .encode(x=alt.value(_WIDTH), y=alt.Y("at:Q", scale=y_scale), text="text:N")
    )
    layers = [band, zero, words]
    if numeric:
        widths = alt.Chart(alt.InlineData(values=values)).mark_rule(color=INK, strokeWidth=2)
        layers.append(widths.encode(x=alt.X("from:Q", title=name), x2="to:Q", y=y))
    layers.append(
        base.mark_rule(color=INK, strokeWidth=2, clip=True).encode(
            y=alt.Y("low:Q", scale=y_scale), y2="high:Q"
        )
    )
    layers.append(base.mark_point(size=80, filled=True, opacity=1, color=INK).encode(y=y))
    return alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT)


def _ticks(values: Sequence[dict[str, Any]]) -> list[float]:
    """Return where ranges begin, every other one, and the end of the last."""
    return [row["from"] for row in values[::2]] + [values[-1]["to"]]


def _middle(low: float, high: float, log: bool) -> float:
    return math.sqrt(low * high) if log else (low + high) / 2
