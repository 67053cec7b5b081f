"""Depth and spread by venue: a line an arm."""

from __future__ import annotations

import polars as pl

from tidegate.report.drawing import Panel, arm_colours, shown_arms
from tidegate.report.language import ENGLISH, Language
from tidegate.report.path_panels import line_chart
from tidegate.report.summary import Summary
from tidegate.report.wording import digits, shown

__all__ = ["has_spread", "liquidity_panels"]


def has_spread(liquidity: pl.DataFrame) -> bool:
    """Tell whether the tapes of a study know spreads."""
    return liquidity["spread"].drop_nulls().len() > 0


def liquidity_panels(
    summary: Summary, liquidity: pl.DataFrame, language: Language = ENGLISH
) -> list[Panel]:
    """Draw depth, and spread where there is one, at each place: means over seeds."""
    arms = shown_arms(summary)
    means = (
        liquidity.filter(pl.col("arm").is_in(arms))
        .with_columns(pl.col("depth") / 1e6)
        .group_by("arm", "place", "day", maintain_order=True)
        .agg(pl.col("depth", "spread").mean())
        .sort("arm", "place", "day")
    )
    kinds = ["depth", "spread"] if has_spread(means) else ["depth"]
    places = means["place"].unique(maintain_order=True).sort().to_list()
    return [
        panel
        for kind in kinds
        for place in places
        if (panel := _panel(summary, means, kind, place, language)) is not None
    ]


def _panel(
    summary: Summary, means: pl.DataFrame, kind: str, place: str, language: Language
) -> Panel | None:
    known = "million USD" if kind == "depth" else "bp"
    rows = (
        means.filter((pl.col("place") == place) & pl.col(kind).is_not_null())
        .select("arm", "day", pl.col(kind) * shown(known, 1.0, language))
        .filter(pl.col(kind).is_finite())
    )
    if not rows.height:
        return None
    unit = language.unit(known).text
    name = language(f"figure.{kind}_at", place=language.kind(place))
    title = language("figure.with_unit", title=name, unit=unit)
    told = language("semicolon").join(
        f"{language.text(summary.arm(arm).title)} {digits(value, language)}"
        for arm, value in rows.group_by("arm", maintain_order=True).agg(pl.mean(kind)).iter_rows()
    )
    words = language("figure.liquidity_alt", title=title, rows=told)
    return Panel(title, line_chart(rows, kind, arm_colours(summary), language), words)
