"""The figures of a study: which there are, from the tables that it left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from tidegate.report.drawing import Panel, arm_colours, shown_arms
from tidegate.report.effect_panels import effect_panels
from tidegate.report.forced_panels import STAGES, darkest, heat_panels, stage_panels
from tidegate.report.language import ENGLISH, Language
from tidegate.report.liquidity_panels import has_spread, liquidity_panels
from tidegate.report.path_panels import fan_panels, median_panels
from tidegate.report.summary import Summary
from tidegate.report.trade_panels import net_panels, trade_panels

__all__ = ["Figure", "figures_of"]

Frames = Mapping[str, pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Figure:
    """Panels under one heading.

    Parameters
    ----------
    name
        What files of its panels are called.
    heading, caption
        What stands above them.
    panels
        The drawings.
    legend
        Colours and what they stand for; empty where panels say it themselves.
    """

    name: str
    heading: str
    caption: str
    panels: list[Panel]
    legend: Mapping[str, str] = field(default_factory=dict)


def figures_of(summary: Summary, frames: Frames, language: Language = ENGLISH) -> list[Figure]:
    """Return the figures that the tables of a study allow, in the order of a report."""
    fan, around = _over_time(summary, frames, language)
    found = [
        fan,
        _effects(summary, language),
        around,
        *_liquidations(summary, frames, language),
        _liquidity(summary, frames, language),
        *_trades(summary, frames, language),
    ]
    return [figure for figure in found if figure is not None and figure.panels]


def _table(frames: Frames, name: str) -> pl.DataFrame | None:
    table = frames.get(name)
    return table if table is not None and table.height else None


def _arm_legend(summary: Summary, language: Language) -> dict[str, str]:
    colours = arm_colours(summary)
    return {language.text(summary.arm(a).title): colours[a] for a in shown_arms(summary)}


def _over_time(
    summary: Summary, frames: Frames, language: Language
) -> tuple[Figure | None, Figure | None]:
    """Return the fan of the first series and the medians of all others."""
    paths = _table(frames, "paths")
    if paths is None or not summary.series:
        return None, None
    first, *others = summary.series
    fan = Figure(
        "fan",
        language("figure.fan", series=language.text(first.title)),
        language("figure.fan_note"),
        fan_panels(summary, paths, first, language),
    )
    around = Figure(
        "around",
        language("figure.around"),
        language("figure.around_note"),
        median_panels(summary, paths, others, language),
        _arm_legend(summary, language),
    )
    return fan, around


def _effects(summary: Summary, language: Language) -> Figure:
    baseline = language.text(summary.arm(summary.baseline).title)
    return Figure(
        "effects",
        language("figure.forest"),
        language("figure.forest_note", baseline=baseline),
        effect_panels(summary, language),
    )


def _liquidations(summary: Summary, frames: Frames, language: Language) -> list[Figure]:
    forced = _table(frames, "forced")
    if forced is None:
        return []
    return [
        Figure(
            "liquidations",
            language("figure.heat"),
            language("figure.heat_note", most=darkest(summary, forced, language)),
            heat_panels(summary, forced, language),
        ),
        Figure(
            "waterfall",
            language("figure.stages"),
            language("figure.stages_note"),
            stage_panels(summary, forced, language),
            {language.kind(stage): colour for stage, colour in STAGES.items()},
        ),
    ]


def _liquidity(summary: Summary, frames: Frames, language: Language) -> Figure | None:
    liquidity = _table(frames, "liquidity")
    if liquidity is None:
        return None
    spread = has_spread(liquidity)
    return Figure(
        "liquidity",
        language("figure.liquidity" if spread else "figure.depth"),
        language("figure.liquidity_note" if spread else "figure.depth_note"),
        liquidity_panels(summary, liquidity, language),
        _arm_legend(summary, language),
    )


def _trades(summary: Summary, frames: Frames, language: Language) -> list[Figure]:
    trades = _table(frames, "trades")
    if trades is None:
        return []
    return [
        Figure(
            "trades",
            language("figure.trades"),
            language("figure.trades_note"),
            trade_panels(summary, trades, language),
        ),
        Figure(
            "net",
            language("figure.net"),
            language("figure.net_note"),
            net_panels(summary, trades, language),
        ),
    ]
