"""Series over time: the fan of each arm, and medians of all arms beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import altair as alt
import polars as pl

from tidegate.report.drawing import (
    INK,
    WIDTH,
    Chart,
    Panel,
    arm_colours,
    data_of,
    market_arms,
    number_labels,
    shown_arms,
)
from tidegate.report.language import ENGLISH, Language
from tidegate.report.summary import ArmRow, Series, Summary
from tidegate.report.wording import digits, in_hours, joined, shown

__all__ = ["fan_panels", "line_chart", "median_panels", "quantile_bands"]

_HEIGHT: Final = 170
_POINTS: Final = 160  # along the time axis; more cannot be seen
_QUANTILES: Final = {"q10": 0.10, "q25": 0.25, "q50": 0.50, "q75": 0.75, "q90": 0.90}


def fan_panels(
    summary: Summary, paths: pl.DataFrame, series: Series, language: Language = ENGLISH
) -> list[Panel]:
    """Draw one arm a panel: quantile bands over seeds, with the baseline's median behind."""
    bands = quantile_bands(paths, series, language)
    colours = arm_colours(summary)
    arms = [a for a in market_arms(summary) if bands.filter(pl.col("arm") == a.label).height]
    drawn = bands.filter(pl.col("arm").is_in([arm.label for arm in arms]))
    domain = _domain(drawn)
    baseline = bands.filter(pl.col("arm") == summary.baseline)
    panels = []
    for arm in arms:
        mine = bands.filter(pl.col("arm") == arm.label)
        unit = language.unit(series.unit).text
        chart = _fan(mine, baseline, unit, colours[arm.label], domain, language)
        words = _fan_words(arm, series, mine, language)
        panels.append(Panel(language.text(arm.title), chart, words))
    return panels


def median_panels(
    summary: Summary, paths: pl.DataFrame, chosen: Sequence[Series], language: Language = ENGLISH
) -> list[Panel]:
    """Draw one series a panel: the median over seeds of the arms that go into one panel."""
    arms = shown_arms(summary)
    panels = []
    for series in chosen:
        bands = quantile_bands(paths, series, language).filter(pl.col("arm").is_in(arms))
        ends = bands.group_by("arm", maintain_order=True).last()
        words = language("semicolon").join(
            f"{language.text(summary.arm(arm).title)} {digits(value, language)}"
            for arm, value in ends["arm", "q50"].iter_rows()
        )
        chart = line_chart(bands, "q50", arm_colours(summary), language)
        unit = language.unit(series.unit).text
        name = language.text(series.title)
        title = language("figure.with_unit", title=name, unit=unit) if unit else name
        told = language("figure.median_alt", series=name, rows=words)
        panels.append(Panel(title, chart, told))
    return panels


def quantile_bands(
    paths: pl.DataFrame, series: Series, language: Language = ENGLISH
) -> pl.DataFrame:
    """Return quantiles over seeds of a series in its unit, an arm and day a row, thinned."""
    value = pl.col(series.name) * shown(series.unit, 1.0, language)
    days = paths["day"].unique().sort()
    kept = days.gather_every(max(1, len(days) // _POINTS)).append(days.tail(1)).unique()
    return (
        paths.filter(pl.col("day").is_in(kept.to_list()) & pl.col(series.name).is_not_null())
        .group_by("arm", "day", maintain_order=True)
        .agg(value.quantile(q, "linear").alias(n) for n, q in _QUANTILES.items())
        .sort("arm", "day")
    )


def _time_axis(days: pl.Series, language: Language) -> alt.X:
    """Return the axis of the column `at`, which `_timed` makes: days, or hours of a short run."""
    title = language("axis.hours" if in_hours(days) else "axis.days")
    # A label that is flush with its end would be pushed towards its neighbour.
    return alt.X("at:Q", title=title).axis(grid=False, tickCount=6, labelFlush=False)


def _timed(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame with its days as they stand on the time axis."""
    factor = 24.0 if in_hours(frame["day"]) else 1.0
    return frame.with_columns(at=pl.col("day") * factor)


def _domain(bands: pl.DataFrame) -> list[float]:
    """Return one range of values for all panels, so that they can be compared by eye."""
    low, high = bands.select(pl.min("q10"), pl.max("q90").alias("q90")).row(0)
    margin = 0.04 * (high - low) or 0.04 * abs(high) or 1.0
    return [low - margin, high + margin]


def _fan(
    bands: pl.DataFrame,
    baseline: pl.DataFrame,
    unit: str,
    colour: str,
    domain: list[float],
    language: Language,
) -> Chart:
    def values(low: str) -> alt.Y:
        scale = alt.Scale(domain=domain, zero=False, nice=False)
        return alt.Y(f"{low}:Q", title=unit or None, scale=scale).axis(
            tickCount=5, labelExpr=number_labels(domain)
        )

    x = _time_axis(bands["day"], language)
    base = alt.Chart(data_of(_timed(bands))).encode(x=x)
    outer = base.mark_area(color=colour, opacity=0.16).encode(y=values("q10"), y2="q90:Q")
    inner = base.mark_area(color=colour, opacity=0.26).encode(y=values("q25"), y2="q75:Q")
    median = base.mark_line(color=colour, strokeWidth=2.2).encode(y=values("q50"))
    behind = (
        alt.Chart(data_of(_timed(baseline)))
        .mark_line(color=INK, strokeWidth=1.2, strokeDash=[4, 3])
        .encode(x=x, y=values("q50"))
    )
    return alt.layer(outer, inner, behind, median).properties(width=WIDTH, height=_HEIGHT)


def _fan_words(arm: ArmRow, series: Series, bands: pl.DataFrame, language: Language) -> str:
    first, last = bands.row(0, named=True), bands.row(-1, named=True)
    unit = language.unit(series.unit).text
    return language(
        "figure.fan_alt",
        series=language.text(series.title),
        arm=language.text(arm.title),
        first=joined(digits(first["q50"], language), unit),
        start=_moment(first["day"], bands["day"], language),
        last=joined(digits(last["q50"], language), unit),
        end=_moment(last["day"], bands["day"], language),
        low=digits(last["q10"], language),
        high=digits(last["q90"], language),
    )


def _moment(day: float, days: pl.Series, language: Language) -> str:
    """Return a moment of a run in words, in the unit of its time axis."""
    if in_hours(days):
        return language("figure.hour", n=f"{24 * day:.3g}")
    return language("figure.day", n=f"{day:,.4g}")


def line_chart(
    rows: pl.DataFrame, value: str, colours: dict[str, str], language: Language = ENGLISH
) -> Chart:
    """Return lines over `day`, one an arm, in the arms' colours."""
    arms = [arm for arm in colours if arm in rows["arm"]]
    scale = alt.Scale(domain=arms, range=[colours[arm] for arm in arms])
    axis = alt.Axis(tickCount=5, labelExpr=number_labels(rows[value].drop_nulls()))
    line = (
        alt.Chart(data_of(_timed(rows)))
        .mark_line(strokeWidth=2)
        .encode(
            x=_time_axis(rows["day"], language),
            y=alt.Y(f"{value}:Q", title=None, scale=alt.Scale(zero=False), axis=axis),
            color=alt.Color("arm:N", scale=scale, legend=None),
        )
    )
    return alt.layer(line).properties(width=WIDTH, height=_HEIGHT)
