"""Figures of a study as small inline SVGs.

Every panel is narrow enough to be read at full size on a phone; the page lays them out side
by side where there is room. Colours of text, rules and arms are fixed values that the page's
style sheet maps to its own, so that one drawing serves light and dark.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt
import polars as pl
import vl_convert

from tidegate.report.summary import ArmRow, Metric, Series, Summary
from tidegate.report.wording import (
    delta_text,
    effect_number,
    effect_text,
    effect_unit,
    interval_text,
    shown_delta,
)

# Okabe and Ito's palette, safe for colour-blind readers; black is the baseline's.
PALETTE: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442")
INK: Final = "#111111"
MUTED: Final = "#767676"
GRID: Final = "#DDDDDD"
BAND: Final = "#EEEEEE"

_WIDTH: Final = 340
_HEIGHT: Final = 170
_LABEL_CHARACTERS: Final = 46  # of an arm's name on one line
_POINTS: Final = 160  # along the time axis; more cannot be seen
_QUANTILES: Final = {"q10": 0.10, "q25": 0.25, "q50": 0.50, "q75": 0.75, "q90": 0.90}


@dataclass(frozen=True, slots=True)
class Panel:
    """One drawing with its caption and its text for those who cannot see it."""

    title: str
    svg: str
    alt: str


def arm_colours(summary: Summary) -> dict[str, str]:
    """Return a colour for each arm; the baseline is drawn in ink, frozen twins like theirs."""
    colours = {summary.baseline: INK}
    for arm in _market_arms(summary):
        if arm.label not in colours:
            colours[arm.label] = PALETTE[(len(colours) - 1) % len(PALETTE)]
    for arm in summary.arms:
        if arm.frozen_twin_of is not None:
            colours[arm.label] = colours.get(arm.frozen_twin_of, MUTED)
    return colours


def fan_panels(summary: Summary, paths: pl.DataFrame, series: Series) -> list[Panel]:
    """Draw one arm a panel: quantile bands over seeds, with the baseline's median behind."""
    bands = quantile_bands(paths, series)
    colours = arm_colours(summary)
    arms = [a for a in _market_arms(summary) if bands.filter(pl.col("arm") == a.label).height]
    shown = bands.filter(pl.col("arm").is_in([arm.label for arm in arms]))
    domain = _domain(shown)
    baseline = bands.filter(pl.col("arm") == summary.baseline)
    panels = []
    for arm in arms:
        mine = bands.filter(pl.col("arm") == arm.label)
        chart = _fan(mine, baseline, series, colours[arm.label], domain)
        panels.append(Panel(arm.title, to_svg(chart), _fan_words(arm, series, mine)))
    return panels


def median_panels(summary: Summary, paths: pl.DataFrame, chosen: Sequence[Series]) -> list[Panel]:
    """Draw one series a panel: the median over seeds of every arm."""
    colours = arm_colours(summary)
    panels = []
    for series in chosen:
        bands = quantile_bands(paths, series).filter(
            pl.col("arm").is_in([arm.label for arm in _market_arms(summary)])
        )
        ends = bands.group_by("arm", maintain_order=True).last()
        words = ", ".join(
            f"{summary.arm(arm).title} {value:,.4g}"
            for arm, value in ends["arm", "q50"].iter_rows()
        )
        chart = _medians(bands, series, colours)
        title = f"{series.title}{f' ({series.unit})' if series.unit else ''}"
        panels.append(Panel(title, to_svg(chart), f"Median {series.title} at the end: {words}."))
    return panels


def effect_panels(summary: Summary) -> list[Panel]:
    """Draw one metric a panel: effects with 95 % intervals beside the size that matters."""
    colours = arm_colours(summary)
    panels = []
    for metric in summary.metrics:
        rows = _forest_rows(summary, metric)
        if rows.height:
            chart = _forest(rows, metric, colours)
            panels.append(Panel(metric.title, to_svg(chart), _forest_words(metric, rows)))
    return panels


def quantile_bands(paths: pl.DataFrame, series: Series) -> pl.DataFrame:
    """Return quantiles over seeds of a series in its unit, an arm and day a row, thinned."""
    value = pl.col(series.name) * (100 if series.unit == "%" else 1)
    days = paths["day"].unique().sort()
    kept = days.gather_every(max(1, len(days) // _POINTS)).append(days.tail(1)).unique()
    return (
        paths.filter(pl.col("day").is_in(kept.to_list()) & pl.col(series.name).is_not_null())
        .group_by("arm", "day", maintain_order=True)
        .agg(value.quantile(q, "linear").alias(n) for n, q in _QUANTILES.items())
        .sort("arm", "day")
    )


def to_svg(chart: alt.TopLevelMixin) -> str:
    """Return a chart as SVG to be placed inside a page."""
    spec: dict[str, Any] = chart.to_dict()
    # Panels of one width are drawn to one scale, whatever the width of their labels.
    spec["autosize"] = {"type": "fit-x", "contains": "padding"}
    version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    svg: str = vl_convert.vegalite_to_svg({**spec, "config": _CONFIG}, vl_version=version)
    svg = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", svg)
    return svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)


_CONFIG: Final[dict[str, Any]] = {
    "background": None,
    "font": "system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": GRID,
        "domainColor": MUTED,
        "tickColor": MUTED,
    },
}


def _market_arms(summary: Summary) -> list[ArmRow]:
    return [arm for arm in summary.arms if arm.frozen_twin_of is None]


def _domain(bands: pl.DataFrame) -> list[float]:
    """Return one range of values for all panels, so that they can be compared by eye."""
    low, high = bands.select(pl.min("q10"), pl.max("q90").alias("q90")).row(0)
    margin = 0.04 * (high - low) or 0.04 * abs(high) or 1.0
    return [low - margin, high + margin]


def _day_axis() -> alt.X:
    return alt.X("day:Q", title="days from the announcement").axis(grid=False, tickCount=6)


def _fan(
    bands: pl.DataFrame, baseline: pl.DataFrame, series: Series, colour: str, domain: list[float]
) -> alt.TopLevelMixin:
    def values(low: str) -> alt.Y:
        scale = alt.Scale(domain=domain, zero=False, nice=False)
        return alt.Y(f"{low}:Q", title=series.unit or None, scale=scale).axis(
            tickCount=5, format=_number_format(domain)
        )

    base = alt.Chart(_rows(bands)).encode(x=_day_axis())
    outer = base.mark_area(color=colour, opacity=0.16).encode(y=values("q10"), y2="q90:Q")
    inner = base.mark_area(color=colour, opacity=0.26).encode(y=values("q25"), y2="q75:Q")
    median = base.mark_line(color=colour, strokeWidth=2.2).encode(y=values("q50"))
    behind = (
        alt.Chart(_rows(baseline))
        .mark_line(color=INK, strokeWidth=1.2, strokeDash=[4, 3])
        .encode(x=_day_axis(), y=values("q50"))
    )
    return alt.layer(outer, inner, behind, median).properties(width=_WIDTH, height=_HEIGHT)


def _number_format(domain: Sequence[float]) -> str:
    return "~s" if max(map(abs, domain), default=0.0) >= 10_000 else ",~r"


def _fan_words(arm: ArmRow, series: Series, bands: pl.DataFrame) -> str:
    first, last = bands.row(0, named=True), bands.row(-1, named=True)
    return (
        f"{series.title} under {arm.title}: median {first['q50']:,.4g} {series.unit} at day "
        f"{first['day']:g} and {last['q50']:,.4g} at day {last['day']:g}, where eight of ten "
        f"seeds lie between {last['q10']:,.4g} and {last['q90']:,.4g}."
    )


def _medians(bands: pl.DataFrame, series: Series, colours: dict[str, str]) -> alt.TopLevelMixin:
    arms = [arm for arm in colours if arm in bands["arm"]]
    scale = alt.Scale(domain=arms, range=[colours[arm] for arm in arms])
    colour = alt.Color("arm:N", scale=scale, legend=None)
    extent = bands["q50"].to_list()
    axis = alt.Axis(tickCount=5, format=_number_format(extent))
    line = (
        alt.Chart(_rows(bands))
        .mark_line(strokeWidth=2)
        .encode(
            x=_day_axis(),
            y=alt.Y("q50:Q", title=None, scale=alt.Scale(zero=False), axis=axis),
            color=colour,
        )
    )
    return alt.layer(line).properties(width=_WIDTH, height=_HEIGHT)


def _forest_rows(summary: Summary, metric: Metric) -> pl.DataFrame:
    """Return the effects on one metric as readers see them, an arm a row."""
    arms = {arm.label: arm for arm in _market_arms(summary)}
    rows = []
    for effect in summary.effects:
        if effect.metric != metric.name or effect.arm not in arms or effect.effect is None:
            continue
        if effect.arm == effect.control:
            continue
        at = effect_number(metric, effect.effect)
        words = effect_text(metric, effect.effect)
        span = interval_text(metric, effect.low, effect.high)
        rows.append(
            {
                "arm": effect.arm,
                "label": arms[effect.arm].title,
                "effect": at,
                "low": None if effect.low is None else effect_number(metric, effect.low),
                "high": None if effect.high is None else effect_number(metric, effect.high),
                "words": f"{words} ({span})",
            }
        )
    return pl.DataFrame(rows)


def _forest(rows: pl.DataFrame, metric: Metric, colours: dict[str, str]) -> alt.TopLevelMixin:
    order = rows["label"].to_list()
    scale = alt.Scale(domain=rows["arm"].to_list(), range=[colours[arm] for arm in rows["arm"]])
    colour = alt.Color("arm:N", scale=scale, legend=None)
    delta = shown_delta(metric, metric.delta)
    reach = 1.08 * axis_reach(delta, rows.select("effect", "low", "high").rows())
    names = _stacked(order)
    step = 34 + 15 * (names[0].count("\n") + 1)
    rows = rows.with_columns(
        pl.Series("lines", names),
        pl.col("low").fill_null(-2 * reach),  # an open end runs off the edge
        pl.col("high").fill_null(2 * reach),
    )
    x_scale = alt.Scale(domain=[-reach, reach], nice=False)
    # A zero with a sign looks like a rounded number.
    labels = "datum.value == 0 ? '0' : format(datum.value, '+,~r')"
    title = f"effect, {effect_unit(metric)}" if effect_unit(metric) else "effect"
    x = alt.X("effect:Q", scale=x_scale, title=title).axis(tickCount=5, labelExpr=labels)
    y = alt.Y("label:N", sort=order, axis=None)
    base = alt.Chart(_rows(rows)).encode(y=y)
    band = (
        alt.Chart(_rows(pl.DataFrame({"low": [-delta], "high": [delta]})))
        .mark_rect(color=BAND)
        .encode(x=alt.X("low:Q", scale=x_scale), x2="high:Q")
    )
    zero = alt.Chart(_rows(pl.DataFrame({"effect": [0.0]}))).mark_rule(color=MUTED).encode(x=x)
    low = step / 2 - 13
    spans = base.mark_rule(strokeWidth=3, yOffset=low, clip=True).encode(
        x=alt.X("low:Q", scale=x_scale), x2="high:Q", color=colour
    )
    points = base.mark_point(size=80, filled=True, opacity=1, yOffset=low).encode(x=x, color=colour)
    text = base.mark_text(
        align="left",
        baseline="top",
        yOffset=7 - step / 2,
        fontSize=12.5,
        lineBreak="\n",
        color=INK,
    ).encode(x=alt.value(2), text="lines:N")
    return alt.layer(band, zero, spans, points, text).properties(
        width=_WIDTH, height=alt.Step(step)
    )


def _stacked(names: Sequence[str]) -> list[str]:
    """Return names broken into lines, as many for each, so that all end right over their points."""
    broken = [textwrap.wrap(name, _LABEL_CHARACTERS) for name in names]
    tallest = max(len(lines) for lines in broken)
    return ["\n".join([" "] * (tallest - len(lines)) + lines) for lines in broken]


def axis_reach(delta: float, effects: Sequence[tuple[float, float | None, float | None]]) -> float:
    """Return how far an axis of effects must reach on either side of zero.

    From few pairs an interval may be a thousand times its effect; one that is drawn whole
    would hide every other, so beyond three times the effect it runs off the edge.
    """
    reach = 1.4 * delta
    for at, *ends in effects:
        most = 3 * max(abs(at), delta)
        reach = max(reach, abs(at), *(min(abs(end), most) for end in ends if end is not None))
    return reach


def _forest_words(metric: Metric, rows: pl.DataFrame) -> str:
    parts = (f"{row['label']} {row['words']}" for row in rows.iter_rows(named=True))
    return (
        f"Effect on {metric.title} with 95 % interval: {'; '.join(parts)}. "
        f"It matters from {delta_text(metric, metric.delta)}."
    )


def _rows(frame: pl.DataFrame) -> alt.InlineData:
    """Return a frame as inline data, without the detour through a plotting data frame."""
    return alt.InlineData(values=frame.to_dicts())
