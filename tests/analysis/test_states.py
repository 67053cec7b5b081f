"""Measures of what states did, against a table written by hand."""

from __future__ import annotations

import polars as pl
import pytest

from tidegate.analysis.states import frozen_share, granted, on_time, placed, sold, worst_loss

COLUMNS = (
    *("day", "state", "phase", "fx", "frozen_fx", "received", "seized", "deployed"),
    *("cost", "loss"),
)


@pytest.fixture
def table() -> pl.DataFrame:
    """Two states and three days: `a` buys from day 1 on, `b` waits for a day and sells on the next.

    The budget pays `a` 30 and 40; proceeds of crime bring `b` 5 and 15.
    """
    rows = [
        (0, "a", "announced", 60.0, 0.0, 100.0, 0.0, 0.0, 0.0, 0.0),
        (0, "b", "holding", 40.0, 0.0, 50.0, 0.0, 20.0, 20.0, 18.0),
        (1, "a", "buying", 60.0, 0.0, 130.0, 0.0, 30.0, 30.0, 5.0),
        (1, "b", "postponed", 20.0, 20.0, 55.0, 5.0, 20.0, 20.0, 5.0),
        (2, "a", "holding", 60.0, 0.0, 170.0, 0.0, 70.0, 70.0, 0.0),
        (2, "b", "liquidating", 20.0, 20.0, 70.0, 20.0, 20.0, 20.0, 9.0),
    ]
    return pl.DataFrame(rows, schema=list(COLUMNS), orient="row")


def test_money_is_summed_over_states(table: pl.DataFrame) -> None:
    assert placed(table) == 90.0
    assert granted(table, 0) == 70.0
    assert granted(table, 1) == 40.0


def test_a_plan_is_on_time_if_it_buys_on_the_day_it_is_due(table: pl.DataFrame) -> None:
    assert on_time(table, {"a": 1, "b": 1}) == 0.5
    assert on_time(table, {"a": 1}) == 1.0
    assert on_time(table, {"a": 0, "b": 1}) == 0.0


def test_who_sells_has_given_up_and_who_holds_has_not(table: pl.DataFrame) -> None:
    assert sold(table) == 0.5
    assert sold(table.filter(pl.col("day") < 2)) == 0.0


def test_the_worst_loss_is_that_of_the_worst_day(table: pl.DataFrame) -> None:
    """Day 1: 10 of 50; day 2: 9 of 90. Day 0, 18 of 20, is before."""
    assert worst_loss(table, 0) == pytest.approx(0.2)
    assert worst_loss(table, 1) == pytest.approx(0.1)
    nothing = table.with_columns(pl.lit(0.0).alias("cost"))
    assert worst_loss(nothing, 0) == 0.0


def test_a_freeze_is_measured_on_all_foreign_exchange(table: pl.DataFrame) -> None:
    assert frozen_share(table) == pytest.approx(0.2)
    assert frozen_share(table.filter(pl.col("state") == "a")) == 0.0
    bare = table.with_columns(pl.lit(0.0).alias("fx"), pl.lit(0.0).alias("frozen_fx"))
    assert frozen_share(bare) == 0.0
