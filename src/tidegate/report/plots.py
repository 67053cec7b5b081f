"""Drawings that stand alone: a file each for pages that scale and for those that do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import altair as alt
import vl_convert

from tidegate.report.drawing import GRID, INK, MUTED

__all__ = ["write_plot"]

_PIXELS: Final = 2.0  # of the bitmap, to a unit of the drawing

_CONFIG: Final[dict[str, Any]] = {
    "background": "white",
    "font": "DejaVu Sans, Segoe UI, Roboto, Helvetica, Arial, sans-serif",
    "padding": 14,
    "view": {"stroke": None},
    "title": {"color": INK, "subtitleColor": MUTED, "fontSize": 14, "subtitleFontSize": 12}
    | {"anchor": "start", "fontWeight": "normal", "offset": 12},
    "axis": {
        "labelColor": INK,
        "titleColor": MUTED,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 320,
        "gridColor": GRID,
        "domainColor": MUTED,
        "tickColor": MUTED,
    },
    "legend": {"labelColor": INK, "labelFontSize": 12, "labelLimit": 320, "title": None},
}


def write_plot(chart: alt.TopLevelMixin, folder: Path, name: str) -> list[Path]:
    """Write a chart as ``NAME.svg`` and ``NAME.png`` and return both paths."""
    spec: dict[str, Any] = {**chart.to_dict(), "config": _CONFIG}
    version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    svg, png = folder / f"{name}.svg", folder / f"{name}.png"
    svg.write_text(vl_convert.vegalite_to_svg(spec, vl_version=version), encoding="utf-8")
    png.write_bytes(vl_convert.vegalite_to_png(spec, vl_version=version, scale=_PIXELS))
    return [svg, png]
