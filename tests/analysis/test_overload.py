"""Orders that waited or were refused, summed by hand."""

from __future__ import annotations

import polars as pl
import pytest

from tidegate.analysis import overload

COLUMNS = ("seconds", "exchange", "waiting", "sent", "refused", "delayed", "longest", "waited")
LOAD = pl.DataFrame(
    [
        (60, "a", 0, 100, 0, 0, 0, 0),
        (60, "b", 0, 10, 0, 0, 0, 0),
        (120, "a", 70, 400, 50, 30, 90, 600),
        (120, "b", 5, 40, 0, 20, 25, 40),
        (180, "a", 0, 500, 50, 100, 90, 2_700),
        (180, "b", 0, 45, 0, 25, 25, 50),
    ],
    schema=list(COLUMNS),
    orient="row",
).with_columns(late=pl.col("waited") * 2.5)


def test_totals_are_of_the_stretch_and_of_the_exchange() -> None:
    assert overload.orders(LOAD, "sent", 60, 120) == 330
    assert overload.orders(LOAD, "sent", 60, 180, exchange="b") == 35
    assert overload.orders(LOAD, "sent", 0, 60) == 110
    assert overload.orders(LOAD, "sent", 180, 900) == 0


def test_the_longest_queue_is_that_of_one_exchange() -> None:
    assert overload.longest_queue(LOAD) == 90
    assert overload.longest_queue(LOAD, exchange="b") == 25


def test_waits_and_refusals_are_means_and_shares() -> None:
    assert overload.mean_wait(LOAD, 60, 180, exchange="a") == 27.0
    assert overload.mean_wait(LOAD, 60, 180) == pytest.approx(2_750 / 125)
    assert overload.refused_share(LOAD, 60, 120, exchange="a") == pytest.approx(50 / 300)
    assert overload.late_loss(LOAD, 60, 120) == 640 * 2.5


def test_where_nothing_is_limited_nothing_waited() -> None:
    none = LOAD.clear()
    assert overload.longest_queue(none) == 0.0
    assert overload.mean_wait(none, 0, 1e9) == 0.0
    assert overload.refused_share(none, 0, 1e9) == 0.0
    assert overload.late_loss(none, 0, 1e9) == 0.0
