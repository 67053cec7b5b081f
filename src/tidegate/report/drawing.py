"""What all figures share: colours, panels, and how a chart becomes a drawing.

Colours of text, rules and marks are fixed values that the page's style sheet maps to its own, so
that one drawing serves light and dark.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import altair as alt
import polars as pl
import vl_convert

from tidegate.report.summary import ArmRow, Summary

__all__ = [
    "BAND",
    "COLOUR_NAMES",
    "FONTS",
    "GRID",
    "INK",
    "MUTED",
    "PALETTE",
    "WIDTH",
    "Chart",
    "Panel",
    "arm_colours",
    "data_of",
    "market_arms",
    "number_labels",
    "shown_arms",
    "to_svg",
    "vegalite_version",
]

# Okabe and Ito's palette, safe for colour-blind readers; black is the baseline's.
PALETTE: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442")
INK: Final = "#111111"
MUTED: Final = "#767676"
GRID: Final = "#DDDDDD"
BAND: Final = "#EEEEEE"
# What the style sheet calls them.
COLOUR_NAMES: Final = {
    INK: "ink",
    MUTED: "muted",
    GRID: "grid",
    BAND: "band",
    **dict(
        zip(
            PALETTE,
            ("blue", "vermillion", "green", "purple", "orange", "sky", "yellow"),
            strict=True,
        )
    ),
}
# Japanese where the system has it: Apple's, Microsoft's, Debian's.
FONTS: Final = (
    "system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, Hiragino Sans, "
    "Yu Gothic UI, Meiryo, Noto Sans CJK JP, IPAGothic, sans-serif"
)
WIDTH: Final = 340
Chart = alt.LayerChart | alt.Chart | alt.FacetChart

_LINES: Final = 7  # arms in one panel; more cannot be told apart


@dataclass(frozen=True, slots=True)
class Panel:
    """One drawing with its caption and its text for those who cannot see it."""

    title: str
    chart: Chart
    alt: str


def market_arms(summary: Summary) -> list[ArmRow]:
    """Return the arms whose prices are not frozen."""
    return [arm for arm in summary.arms if arm.frozen_twin_of is None]


def shown_arms(summary: Summary) -> list[str]:
    """Return the arms drawn together in one panel: the baseline, those of claims, then others.

    More than can be told apart are left out; tables have all.
    """
    claimed = [arm for row in summary.verdicts for arm in (row.treated, row.control)]
    others = [arm.label for arm in market_arms(summary)]
    order = [a for a in dict.fromkeys([summary.baseline, *claimed, *others]) if a in others]
    return [arm for arm in others if arm in order[:_LINES]]


def arm_colours(summary: Summary) -> dict[str, str]:
    """Return a colour for each arm; the baseline is drawn in ink, frozen twins like theirs."""
    colours = {summary.baseline: INK}
    drawn_together = shown_arms(summary)
    rest = [arm.label for arm in market_arms(summary) if arm.label not in drawn_together]
    for label in [*drawn_together, *rest]:
        if label not in colours:
            colours[label] = PALETTE[(len(colours) - 1) % len(PALETTE)]
    for arm in summary.arms:
        if arm.frozen_twin_of is not None:
            colours[arm.label] = colours.get(arm.frozen_twin_of, MUTED)
    return colours


def data_of(frame: pl.DataFrame) -> alt.InlineData:
    """Return a frame as inline data, without the detour through a plotting data frame."""
    return alt.InlineData(values=frame.to_dicts())


def number_labels(values: Iterable[float], *, signed: bool = False) -> str:
    """Return the expression of the labels of an axis that holds some values.

    Zero is written without a sign, which would look like a rounded number, and without a thousand.
    """
    kind = "~s" if max(map(abs, values), default=0.0) >= 10_000 else ",~r"
    return f"datum.value == 0 ? '0' : format(datum.value, '{'+' if signed else ''}{kind}')"


def vegalite_version() -> str:
    """Return the version of Vega-Lite that charts are written for."""
    return ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])


def to_svg(chart: Chart) -> str:
    """Return a chart as SVG to be placed inside a page."""
    spec: dict[str, Any] = chart.to_dict()
    # Panels of one width are drawn to one scale, whatever the width of their labels.
    spec["autosize"] = {"type": "fit-x", "contains": "padding"}
    spec["config"] = _CONFIG
    svg: str = vl_convert.vegalite_to_svg(spec, vl_version=vegalite_version())
    svg = _IN_VAIN.sub("", svg)
    svg = re.sub("<[^>]*>", _rounded, svg)  # places on the drawing, never what is written there
    return svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)


def _rounded(tag: re.Match[str]) -> str:
    """Return a tag with its numbers to a hundredth, finer than can be seen."""
    return re.sub(r"\d+\.\d{3,}", lambda n: f"{float(n.group()):.2f}", tag.group())


# What the page says itself: the text for the whole figure, of which parts would be read out one by
# one, the fonts, and what is so by default.
_IN_VAIN: Final = re.compile(
    r"""\s(?:xmlns(?::\w+)?|aria-[\w-]+|role|font-family|pointer-events)="[^"]*"|\sopacity="1\""""
)
_CONFIG: Final[dict[str, Any]] = {
    "background": None,
    "font": FONTS,
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "labelFontSize": 12,
        "labelOverlap": True,  # leaves every other out where they would touch
        "labelSeparation": 6,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelFont": FONTS,
        "titleFont": FONTS,
        "gridColor": GRID,
        "domainColor": MUTED,
        "tickColor": MUTED,
    },
    "text": {"font": FONTS},
}
