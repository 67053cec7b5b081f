"""Drawings that stand alone: a file each for pages that scale and for those that do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import altair as alt
import vl_convert

from tidegate.report.drawing import GRID, INK, MUTED, Chart, vegalite_version
from tidegate.report.figures import Figure

__all__ = ["KINDS", "export_figures", "write_plot"]

KINDS: Final = ("svg", "png")
_PIXELS: Final = 2.0  # of the bitmap, to a unit of the drawing
_SWATCHES: Final = 2  # of a legend, in a row
_FONTS: Final = "DejaVu Sans, Segoe UI, Roboto, Helvetica, Arial, sans-serif"
# Where a text is not Latin, the first of these that the machine has draws all of it: Debian's
# fonts-noto-cjk and fonts-ipafont, Apple's, Microsoft's.
_FONTS_OF: Final = {
    "ja": "Noto Sans CJK JP, Noto Sans JP, Hiragino Sans, Yu Gothic UI, Meiryo, IPAPGothic, "
    "IPAGothic, sans-serif"
}

_CONFIG: Final[dict[str, Any]] = {
    "background": "white",
    "font": _FONTS,
    "padding": 14,
    "view": {"stroke": None},
    "title": {"color": INK, "subtitleColor": MUTED, "fontSize": 14, "subtitleFontSize": 12}
    | {"anchor": "start", "fontWeight": "normal", "offset": 12},
    "axis": {
        "labelColor": INK,
        "titleColor": MUTED,
        "labelFontSize": 12,
        "labelOverlap": True,
        "labelSeparation": 6,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 320,
        "gridColor": GRID,
        "domainColor": MUTED,
        "tickColor": MUTED,
    },
    "legend": {"labelColor": INK, "labelFontSize": 12, "labelLimit": 320, "title": None},
}


def write_plot(
    chart: alt.TopLevelMixin,
    folder: Path,
    name: str,
    kinds: Sequence[str] = KINDS,
    language: str = "en",
) -> list[Path]:
    """Write a chart as ``NAME.svg`` and ``NAME.png``, or one of them, and return the paths."""
    font = _FONTS_OF.get(language, _FONTS)
    spec: dict[str, Any] = {**chart.to_dict(), "config": {**_CONFIG, "font": font}}
    version = vegalite_version()
    written = []
    for kind in kinds:
        path = folder / f"{name}.{kind}"
        if kind == "svg":
            svg = vl_convert.vegalite_to_svg(spec, vl_version=version)
            path.write_text(svg, encoding="utf-8")
        else:
            png = vl_convert.vegalite_to_png(spec, vl_version=version, scale=_PIXELS)
            path.write_bytes(png)
        written.append(path)
    return written


def export_figures(
    figures: Sequence[Figure], folder: Path, kinds: Sequence[str], language: str = "en"
) -> list[Path]:
    """Write every panel of the figures of a report as files that stand alone.

    Parameters
    ----------
    figures
        What a report shows, in its language.
    folder
        Where the files go, made if it is not there. They are called by the figure and the place of
        the panel in it, such as ``fan-1.png``.
    kinds
        Of `KINDS`.
    language
        Of the figures, which decides their fonts.

    Returns
    -------
    list of Path
        The files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for figure in figures:
        for place, panel in enumerate(figure.panels, start=1):
            title = alt.TitleParams(text=panel.title, subtitle=figure.heading)
            chart = panel.chart.properties(title=title)
            drawn: Chart | alt.VConcatChart = chart
            if figure.legend:
                drawn = alt.vconcat(chart, _legend(figure.legend), spacing=12)
            written += write_plot(drawn, folder, f"{figure.name}-{place}", kinds, language)
    return written


def _legend(names: Mapping[str, str]) -> Chart:
    """Return the legend that a page has above its panels, as a drawing of its own."""
    rows = [
        {"name": name, "column": place % _SWATCHES, "row": place // _SWATCHES}
        for place, name in enumerate(names)
    ]
    scale = alt.Scale(domain=list(names), range=list(names.values()))
    hidden = alt.Scale(domain=[0, _SWATCHES], nice=False)
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("column:Q", scale=hidden, axis=None), y=alt.Y("row:O", axis=None)
    )
    swatch = base.mark_square(size=90, opacity=1, xOffset=6).encode(
        color=alt.Color("name:N", scale=scale, legend=None)
    )
    text = base.mark_text(align="left", dx=16, fontSize=11, color=INK, limit=230)
    return alt.layer(swatch, text.encode(text="name:N")).properties(width=500, height=alt.Step(18))
