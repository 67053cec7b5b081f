"""What a report draws of any run, besides its metrics: liquidity, trade by kind, liquidations.

Small tables, taken from the frames of a world where it has such frames: any other world has no
views, and its report goes without these figures. ``day`` counts from the announcement.

``liquidity``
    ``day``, ``place`` (a venue, or all exchanges), ``depth`` (USD within 1 % of the price, both
    sides) and ``spread`` (basis points between the best quotes; null where a tape has none).
``trades``
    ``day``, ``buyer`` and ``seller`` (kinds of traders), ``coins`` and ``notional`` (USD), summed
    over stretches of the run.
``forced``
    ``day``, ``exchange``, ``coin``, ``stage`` (book, takeover, adl or vault), ``notional`` (USD)
    closed by liquidation, summed over stretches of the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from tidegate.analysis.crash import CLOSING

__all__ = ["VIEWS", "Span", "views"]

VIEWS: Final = ("liquidity", "trades", "forced")
DAY: Final = 86_400
_POINTS: Final = 120  # of a line; more cannot be seen
_STRETCHES: Final = 48  # columns of a heat map
_BASIS_POINT: Final = 1e-4
_SPOT: Final = {"seconds", "venue", "close", "bid_depth", "ask_depth", "spread"}
_LEVERAGED: Final = {"seconds", "exchange", "coin", "bid_depth", "ask_depth"}
_TRADES: Final = {"day", "buyer", "seller", "coins", "notional"}
_FORCED: Final = {"second", "exchange", "coin", "kind", "notional"}
_LEADING: Final = "BTC"  # the coin whose depth is drawn where there are several


@dataclass(frozen=True, slots=True)
class Span:
    """The part of a run that a report shows, seconds from the start."""

    announcement: float
    end: float

    def stretch(self, parts: int, least: float = 0.0) -> float:
        """Return the seconds of one of so many stretches, no less than some."""
        return max((self.end - self.announcement) / parts, least, 1.0)


def views(frames: Mapping[str, pl.DataFrame], span: Span) -> dict[str, pl.DataFrame]:
    """Return the views that the frames of a run allow, by name.

    Parameters
    ----------
    frames
        The tape of a run.
    span
        What of it is shown.
    """
    found = {
        "liquidity": _liquidity(frames.get("bars"), span),
        "trades": _trades(frames.get("trades"), span),
        "forced": _forced(frames.get("liquidations"), span),
    }
    return {name: frame for name, frame in found.items() if frame is not None}


def _has(frame: pl.DataFrame | None, columns: set[str]) -> bool:
    return frame is not None and columns <= set(frame.columns)


def _binned(column: str, span: Span, width: float) -> pl.Expr:
    """Return the day at which the stretch of a row begins, from its second."""
    since = pl.col(column) - span.announcement
    return ((since / width).floor() * (width / DAY)).alias("day")


def _liquidity(bars: pl.DataFrame | None, span: Span) -> pl.DataFrame | None:
    if bars is None:
        return None
    if _has(bars, _SPOT):
        depth = (pl.col("bid_depth") + pl.col("ask_depth")) * pl.col("close")
        spread = pl.col("spread") / pl.col("close") / _BASIS_POINT
        # A side that is empty has no spread; the tape says 0.
        shown = pl.when(pl.col("spread") > 0).then(spread)
        rows = bars.select("seconds", place="venue", depth=depth, spread=shown)
    elif _has(bars, _LEVERAGED):
        rows = _depth_of_exchanges(bars)
    else:
        return None
    width = span.stretch(_POINTS)
    return (
        rows.filter(pl.col("seconds") > span.announcement)
        # A tick is told by its end, and belongs to the stretch that it closes.
        .with_columns(pl.col("seconds") - 1)
        .group_by(_binned("seconds", span, width), "place", maintain_order=True)
        .agg(pl.col("depth", "spread").mean())
        .sort("day", "place")
    )


def _depth_of_exchanges(bars: pl.DataFrame) -> pl.DataFrame:
    """Return the depth of the leading coin by exchange, its spot and perpetual together."""
    depth = (pl.col("bid_depth") + pl.col("ask_depth")).sum().alias("depth")
    rows = bars.filter(pl.col("coin") == _LEADING)
    sums = rows.group_by("seconds", "exchange", maintain_order=True).agg(depth)
    return sums.select(
        "seconds", pl.col("exchange").alias("place"), "depth", spread=pl.lit(None, pl.Float64)
    )


def _trades(trades: pl.DataFrame | None, span: Span) -> pl.DataFrame | None:
    if trades is None or not _has(trades, _TRADES):
        return None
    rows = trades.with_columns(seconds=pl.col("day") * DAY)
    width = span.stretch(_STRETCHES, least=DAY)
    return (
        rows.filter(pl.col("seconds") >= span.announcement)
        .group_by(_binned("seconds", span, width), "buyer", "seller", maintain_order=True)
        .agg(pl.col("coins", "notional").sum())
        .sort("day", "buyer", "seller")
    )


def _forced(events: pl.DataFrame | None, span: Span) -> pl.DataFrame | None:
    if events is None or not _has(events, _FORCED):
        return None
    width = span.stretch(_STRETCHES)
    return (
        events.filter(
            pl.col("kind").is_in(CLOSING)
            & (pl.col("notional") > 0)
            & (pl.col("second") >= span.announcement)
        )
        .group_by(
            _binned("second", span, width),
            "exchange",
            "coin",
            pl.col("kind").alias("stage"),
            maintain_order=True,
        )
        .agg(pl.col("notional").sum())
        .sort("day", "exchange", "coin", "stage")
    )
