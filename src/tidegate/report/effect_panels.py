"""Effects on every metric: a forest of intervals beside the size that matters."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence
from typing import Final

import altair as alt
import polars as pl

from tidegate.report.drawing import (
    BAND,
    INK,
    MUTED,
    WIDTH,
    Chart,
    Panel,
    arm_colours,
    data_of,
    market_arms,
    number_labels,
)
from tidegate.report.language import ENGLISH, Language
from tidegate.report.summary import Metric, Summary
from tidegate.report.wording import (
    delta_text,
    effect_number,
    effect_text,
    effect_unit,
    interval_text,
    shown_delta,
)

__all__ = ["axis_reach", "effect_panels", "matters"]

_LABEL_CHARACTERS: Final = 46  # of an arm's name on one line; wide ones count twice


def effect_panels(summary: Summary, language: Language = ENGLISH) -> list[Panel]:
    """Draw one metric a panel: effects with 95 % intervals beside the size that matters.

    Metrics of claims come first, then those that lead the report.
    """
    colours = arm_colours(summary)
    claimed = [row.metric for row in summary.verdicts]
    leading = summary.lead.metrics if summary.lead else ()
    order = dict.fromkeys([*claimed, *leading, *(metric.name for metric in summary.metrics)])
    panels = []
    for metric in map(summary.metric, order):
        rows = _rows(summary, metric, language)
        if rows.height:
            chart = _forest(rows, metric, colours, language)
            words = _words(metric, rows, language)
            panels.append(Panel(language.text(metric.title), chart, words))
    return panels


def _rows(summary: Summary, metric: Metric, language: Language) -> pl.DataFrame:
    """Return the effects on one metric as readers see them, an arm a row."""
    arms = {arm.label: arm for arm in market_arms(summary)}
    rows = []
    for effect in summary.effects:
        if effect.metric != metric.name or effect.arm not in arms or effect.effect is None:
            continue
        if effect.arm == effect.control:
            continue
        ends = [
            None if end is None else effect_number(metric, end, language)
            for end in (effect.low, effect.high)
        ]
        rows.append(
            {
                "arm": effect.arm,
                "label": language.text(arms[effect.arm].title),
                "effect": effect_number(metric, effect.effect, language),
                "low": ends[0],
                "high": ends[1],
                "words": effect_text(metric, effect.effect, True, language),
                "span": interval_text(metric, effect.low, effect.high, language),
                "matters": matters(summary, metric, effect.arm, effect.control),
            }
        )
    schema = dict.fromkeys(("effect", "low", "high", "matters"), pl.Float64)
    return pl.DataFrame(rows, schema_overrides=schema) if rows else pl.DataFrame()


def matters(summary: Summary, metric: Metric, arm: str, control: str) -> float:
    """Return the least effect of an arm that matters, on the metric's scale.

    A claim on this very effect says so itself, and its card is judged by that; where several do,
    the strictest counts. Elsewhere it is the metric's own.
    """
    asked = [
        row.delta
        for row in summary.verdicts
        if (row.metric, row.treated, row.control) == (metric.name, arm, control) and not row.beyond
    ]
    return min(asked, default=metric.delta)


def _forest(
    rows: pl.DataFrame, metric: Metric, colours: dict[str, str], language: Language
) -> Chart:
    order = rows["arm"].to_list()
    scale = alt.Scale(domain=order, range=[colours[arm] for arm in order])
    colour = alt.Color("arm:N", scale=scale, legend=None)
    deltas = [shown_delta(metric, delta, language) for delta in rows["matters"]]
    reach = 1.08 * axis_reach(max(deltas), rows.select("effect", "low", "high").rows())
    names = _stacked(rows["label"].to_list())
    step = 34 + 15 * (names[0].count("\n") + 1)
    rows = rows.with_columns(
        pl.Series("lines", names),
        pl.col("low").fill_null(-2 * reach),  # an open end runs off the edge
        pl.col("high").fill_null(2 * reach),
        pl.Series("band_low", [-delta for delta in deltas]),
        pl.Series("band_high", deltas),
    )
    x_scale = alt.Scale(domain=[-reach, reach], nice=False)
    labels = number_labels([reach], signed=True)
    unit = effect_unit(metric, language)
    title = language("figure.effect_in", unit=unit) if unit else language("figure.effect")
    x = alt.X("effect:Q", scale=x_scale, title=title).axis(
        tickCount=5, labelExpr=labels, labelFlush=False
    )
    whole = alt.Scale(paddingInner=0, paddingOuter=0)  # bands of neighbours meet
    base = alt.Chart(data_of(rows)).encode(y=alt.Y("arm:N", sort=order, axis=None, scale=whole))
    band = base.mark_rect(color=BAND).encode(x=alt.X("band_low:Q", scale=x_scale), x2="band_high:Q")
    zero = alt.Chart(data_of(pl.DataFrame({"effect": [0.0]}))).mark_rule(color=MUTED).encode(x=x)
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
    return alt.layer(band, zero, spans, points, text).properties(width=WIDTH, height=alt.Step(step))


def _stacked(names: Sequence[str]) -> list[str]:
    """Return names broken into lines, as many for each, so that all end right over their points."""
    broken = [_wrapped(name) for name in names]
    tallest = max(len(lines) for lines in broken)
    return ["\n".join([" "] * (tallest - len(lines)) + lines) for lines in broken]


def _wrapped(name: str) -> list[str]:
    """Return the lines of a name; a script that has no spaces is broken anywhere."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in name)
    width = _LABEL_CHARACTERS if not wide else _LABEL_CHARACTERS * len(name) // (len(name) + wide)
    return textwrap.wrap(name, width)


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


def _words(metric: Metric, rows: pl.DataFrame, language: Language) -> str:
    even = rows["matters"].n_unique() == 1
    parts = [
        language(
            "figure.forest_row" if even else "figure.forest_row_delta",
            arm=row["label"],
            effect=row["words"],
            span=row["span"],
            delta=delta_text(metric, row["matters"], language),
        )
        for row in rows.iter_rows(named=True)
    ]
    told = language("semicolon").join(parts)
    title, key = language.text(metric.title), "figure.forest_alt" if even else "figure.forest_alts"
    return language(
        key, metric=title, rows=told, delta=delta_text(metric, rows["matters"][0], language)
    )
