"""Liquidations: when and in which coins, and which step of the waterfall took them over."""

from __future__ import annotations

from typing import Final

import altair as alt
import polars as pl

from tidegate.report.bars import named_bars
from tidegate.report.drawing import (
    PALETTE,
    WIDTH,
    Chart,
    Panel,
    data_of,
    market_arms,
)
from tidegate.report.language import ENGLISH, Language
from tidegate.report.summary import Summary
from tidegate.report.wording import digits, duration_text, in_hours, joined, shown

__all__ = ["STAGES", "darkest", "heat_panels", "stage_panels"]

# Steps of a waterfall in the order in which a position falls through them, with their colours.
STAGES: Final = {
    "book": PALETTE[0],
    "takeover": PALETTE[5],
    "vault": PALETTE[3],
    "adl": PALETTE[1],
}
_ROW: Final = 34
_MINUTES: Final = 24 * 60


def heat_panels(
    summary: Summary, forced: pl.DataFrame, language: Language = ENGLISH
) -> list[Panel]:
    """Draw what was liquidated by time and coin, one arm a panel, all on one scale."""
    rates = _rates(summary, forced)
    most = rates["rate"].max()
    coins = rates.group_by("coin", maintain_order=True).agg(pl.col("rate").sum())
    order = coins.sort("rate", "coin", descending=[True, False])["coin"].to_list()
    width = _width(forced)
    shaded = rates.with_columns((pl.col("rate") / most).sqrt().alias("shade"))
    return [
        Panel(
            name := language.text(arm.title),
            _heat(rows, order, width, summary.horizon_days, language),
            _heat_words(name, rows, width, language),
        )
        for arm in market_arms(summary)
        if (rows := shaded.filter(pl.col("arm") == arm.label)).height
    ]


def darkest(summary: Summary, forced: pl.DataFrame, language: Language = ENGLISH) -> str:
    """Return what the darkest cell of the heat maps stands for, with its unit."""
    return _usd(_rates(summary, forced)["rate"].max(), language)


def _rates(summary: Summary, forced: pl.DataFrame) -> pl.DataFrame:
    """Return USD per minute by arm, day and coin, a mean over the seeds that were run."""
    minutes = _width(forced) * _MINUTES
    runs = pl.DataFrame(
        {"arm": [a.label for a in summary.arms], "runs": [max(a.runs, 1) for a in summary.arms]}
    )
    return (
        forced.filter(pl.col("arm").is_in([arm.label for arm in market_arms(summary)]))
        .group_by("arm", "day", "coin", maintain_order=True)
        .agg(pl.col("notional").sum())
        .join(runs, on="arm")
        .select("arm", "day", "coin", rate=pl.col("notional") / (minutes * pl.col("runs")))
        .sort("arm", "day", "coin")
    )


def _width(forced: pl.DataFrame) -> float:
    """Return the days of a stretch: the least distance of two that were liquidated in."""
    steps = forced["day"].unique().sort().diff().drop_nulls()
    return float(steps.min()) if steps.len() else 1 / _MINUTES  # type: ignore[arg-type]


def _usd(value: object, language: Language) -> str:
    usd = language.unit("USD")
    return joined(digits(float(value or 0.0) * usd.factor, language), usd.text)  # type: ignore[arg-type]


def _heat(
    rows: pl.DataFrame, coins: list[str], width: float, horizon: float, language: Language
) -> Chart:
    hours = in_hours([0.0, horizon])
    factor = 24.0 if hours else 1.0
    cells = rows.with_columns(start=pl.col("day") * factor, end=(pl.col("day") + width) * factor)
    scale = alt.Scale(domain=[0.0, horizon * factor], nice=False)
    x = alt.X("start:Q", title=language("axis.hours" if hours else "axis.days"), scale=scale)
    chart = (
        alt.Chart(data_of(cells))
        .mark_rect(color=PALETTE[1], clip=True)
        .encode(
            x=x.axis(grid=False, tickCount=6),
            x2="end:Q",
            y=alt.Y("coin:N", title=None, scale=alt.Scale(domain=coins)).axis(
                ticks=False, domain=False
            ),
            opacity=alt.Opacity(
                "shade:Q", scale=alt.Scale(domain=[0, 1], range=[0.04, 1]), legend=None
            ),
        )
    )
    return alt.layer(chart).properties(width=WIDTH, height=max(_ROW * len(coins), 80))


def _heat_words(arm: str, rows: pl.DataFrame, width: float, language: Language) -> str:
    top = rows.sort("rate", descending=True).row(0, named=True)
    total = float(rows["rate"].sum()) * width * _MINUTES
    return language(
        "figure.heat_alt",
        arm=arm,
        coin=top["coin"],
        most=_usd(top["rate"], language),
        time=duration_text(top["day"], language),
        total=_usd(total, language),
    )


def stage_panels(
    summary: Summary, forced: pl.DataFrame, language: Language = ENGLISH
) -> list[Panel]:
    """Draw what was liquidated by exchange and by step of its waterfall, one arm a panel."""
    runs = {arm.label: max(arm.runs, 1) for arm in summary.arms}
    factor = shown("bn USD", 1e-9, language)
    sums = (
        forced.group_by("arm", "exchange", "stage", maintain_order=True)
        .agg(pl.col("notional").sum() * factor)
        .with_columns(pl.col("notional") / pl.col("arm").replace_strict(runs))
        .sort("arm", "exchange", "stage")
    )
    drawn = [arm for arm in market_arms(summary) if arm.label in set(sums["arm"])]
    totals = sums.group_by("arm", "exchange", maintain_order=True).agg(pl.col("notional").sum())
    reach = 1.05 * float(totals["notional"].max() or 1.0)  # type: ignore[arg-type]
    places = totals.group_by("exchange", maintain_order=True).agg(pl.col("notional").sum())
    order = places.sort("notional", "exchange", descending=[True, False]).select("exchange")
    unit = language.unit("bn USD").text
    panels = []
    for arm in drawn:
        mine = sums.filter(pl.col("arm") == arm.label)
        rows = order.join(mine, on="exchange", how="left", maintain_order="left").select(
            pl.col("exchange").map_elements(language.kind, return_dtype=pl.Utf8).alias("name"),
            pl.col("stage").fill_null("book").alias("part"),
            pl.col("notional").fill_null(0.0).alias("value"),
        )
        chart = named_bars(rows, colours=dict(STAGES), domain=(0.0, reach), title=unit)
        told = language("semicolon").join(
            f"{place}, {language.kind(stage)} {value:,.3g} {unit}"
            for place, stage, value in rows.iter_rows()
        )
        name = language.text(arm.title)
        panels.append(Panel(name, chart, language("figure.stages_alt", arm=name, rows=told)))
    return panels
