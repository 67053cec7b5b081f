"""What an exchange's capacity did to its users' orders.

The frame is ``load`` of a leveraged market, a row per tick and exchange whose capacity is limited:
``seconds``, ``exchange``, and in orders of real accounts ``waiting`` at that moment and, since the
start of the run, ``sent``, ``served``, ``refused``, ``withdrawn``, ``delayed`` (served after they
waited) and ``longest`` (most that waited at once); ``waited`` (seconds, over all the delayed) and
``late`` (USD that stops lost by coming late). Without such exchanges it has no rows, and nothing
waited.
"""

from __future__ import annotations

import polars as pl

__all__ = ["late_loss", "longest_queue", "mean_wait", "orders", "refused_share"]


def orders(
    load: pl.DataFrame, what: str, start: float, end: float, *, exchange: str | None = None
) -> float:
    """Return how much a running total of the frame grew in ``start < seconds <= end``.

    Parameters
    ----------
    load
        The frame.
    what
        Its column: ``sent``, ``refused``, ``delayed``, ``waited``, ``late`` ...
    start, end
        Seconds of the run.
    exchange
        The exchange; by default all together.
    """
    return _at(load, what, end, exchange) - _at(load, what, start, exchange)


def _at(load: pl.DataFrame, what: str, second: float, exchange: str | None) -> float:
    rows = load.filter(pl.col("seconds") <= second)
    if exchange is not None:
        rows = rows.filter(pl.col("exchange") == exchange)
    return float(
        rows.group_by("exchange", maintain_order=True).agg(pl.col(what).last())[what].sum()
    )


def longest_queue(load: pl.DataFrame, *, exchange: str | None = None) -> float:
    """Return the most orders that waited at once at one exchange."""
    rows = load if exchange is None else load.filter(pl.col("exchange") == exchange)
    return float(rows["longest"].max() or 0)  # type: ignore[arg-type]


def mean_wait(
    load: pl.DataFrame, start: float, end: float, *, exchange: str | None = None
) -> float:
    """Return for how long an order that was delayed waited, seconds; 0 if none was."""
    delayed = orders(load, "delayed", start, end, exchange=exchange)
    return orders(load, "waited", start, end, exchange=exchange) / delayed if delayed else 0.0


def refused_share(
    load: pl.DataFrame, start: float, end: float, *, exchange: str | None = None
) -> float:
    """Return the part of the orders sent that were refused; an order sent again counts again."""
    sent = orders(load, "sent", start, end, exchange=exchange)
    return orders(load, "refused", start, end, exchange=exchange) / sent if sent else 0.0


def late_loss(
    load: pl.DataFrame, start: float, end: float, *, exchange: str | None = None
) -> float:
    """Return what stops lost to the price while they waited or were refused, USD."""
    return orders(load, "late", start, end, exchange=exchange)
