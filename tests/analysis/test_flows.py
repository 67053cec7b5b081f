"""Flows from outside: the promise, what came of it, and what it moved."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from tidegate.analysis.flows import (
    Headline,
    Stretch,
    daily_paths,
    flow_metrics,
    half_days,
    multiplier,
)

SUPPLY = 1000.0
HEADLINE = Headline(assets=1e12, btc_share=0.5, cap=4e11)
ON = Stretch(start=9, stop=19, end=29)


def policies(*allocations: float) -> pl.DataFrame:
    rows = [("pension.allocation", str(a)) for a in allocations] + [("pension.route", "menu")]
    return pl.DataFrame(rows, schema=["lever", "value"], orient="row")


@pytest.fixture
def days() -> pl.DataFrame:
    """Thirty days: from day 10 to 19 ten coins a day leave, and the price rises by 1 % a day."""
    day = np.arange(30)
    bought = np.clip(day - 9, 0, 10)
    return pl.DataFrame(
        {
            "day": day,
            "price": 100.0 * np.exp(0.01 * bought),
            "offset": 0.5 + 0.01 * bought,
            "depth": np.full(30, 3e6),
            "float_coins": 900.0 - 10.0 * bought,
            "outside_coins": 10.0 * bought,
            "outside_flow": 2e9 * bought,
        }
    )


def test_a_headline_moves_a_share_of_all_assets() -> None:
    assert HEADLINE.flow(policies(0.1)) == pytest.approx(5e10)
    assert HEADLINE.flow(policies(0.1, 0.02)) == pytest.approx(6e10)
    assert HEADLINE.over_cap(policies(0.1)) == pytest.approx(0.25)
    assert HEADLINE.flow(policies()) == 0.0


def test_half_of_a_flow_has_come_on_its_middle_day(days: pl.DataFrame) -> None:
    assert half_days(days, ON.start) == 4.0  # four days end with less than half
    assert half_days(days, 12) == 1.0
    assert half_days(days.with_columns(pl.lit(0.0).alias("outside_flow")), ON.start) == 0.0


def test_the_multiplier_is_the_move_over_the_share_taken(days: pl.DataFrame) -> None:
    # Means of five days: before it nothing has moved, afterwards all of 10 % has.
    assert multiplier(days, ON.start, ON.end, SUPPLY) == pytest.approx(0.1 / 0.1)
    assert multiplier(days, ON.start, ON.stop, SUPPLY) == pytest.approx(0.08 / 0.1)
    fallen = days.with_columns(-pl.col("offset"))
    assert multiplier(fallen, ON.start, ON.end, SUPPLY) == pytest.approx(-1.0)


def test_there_is_no_multiplier_where_next_to_nothing_was_taken(days: pl.DataFrame) -> None:
    assert math.isnan(multiplier(days, ON.start, ON.end, 2e6))


def test_the_metrics_of_a_flow(days: pl.DataFrame) -> None:
    found = flow_metrics(days, policies(0.1), HEADLINE, ON, SUPPLY)
    assert found == pytest.approx(
        {
            "float": 0.8,
            "flow": 20.0,
            "article": 0.25,
            "unrealised": 0.6,
            "half_days": 4.0,
            "multiplier": 1.0,
            "multiplier_ramp": 0.8,
        }
    )


def test_without_a_promise_nothing_is_unrealised(days: pl.DataFrame) -> None:
    none = days.with_columns(pl.lit(0.0).alias(name) for name in ("outside_coins", "outside_flow"))
    found = flow_metrics(none, policies(), HEADLINE, ON, SUPPLY)
    assert (found["unrealised"], found["article"], found["half_days"]) == (0.0, 0.0, 0.0)
    assert math.isnan(found["multiplier"])


def test_paths_count_days_from_the_announcement(days: pl.DataFrame) -> None:
    paths = daily_paths(days, 10, SUPPLY)
    assert paths.columns == ["day", "price", "depth", "float", "outside"]
    assert paths["day"].to_list() == list(range(-10, 20))
    last = paths.row(-1, named=True)
    assert last == pytest.approx(
        {"day": 19, "price": 100 * math.exp(0.1), "depth": 3.0, "float": 0.8, "outside": 0.1}
    )
