"""Measures of credit and of hunts, by hand on small tables."""

from __future__ import annotations

import math

import polars as pl
import pytest

from tidegate.analysis import credit, hunting

LOANS = pl.DataFrame(
    {
        "seconds": [60, 60, 120, 120, 180, 180],
        "house": ["a", "b"] * 3,
        "lender": ["a", "b"] * 3,
        "stock": [30.0, 70.0, 33.0, 77.0, 20.0, 60.0],
        "sold": [0.0, 0.0, 1.0, 2.0, 4.0, 8.0],
        "failed": [False, False, False, False, True, False],
    }
)
HUNTS = pl.DataFrame({"seconds": [60, 120, 180], "hunts": [0, 1, 3], "profit": [0.0, -5.0, 7.0]})


def test_the_stock_is_that_of_all_lenders_at_the_last_record() -> None:
    assert credit.loan_stock(LOANS, 60) == 100
    assert credit.loan_stock(LOANS, 150) == 110
    assert credit.stock_change(LOANS, 60, 180) == pytest.approx(math.log(0.8))
    assert credit.stock_path(LOANS)["stock"].to_list() == pytest.approx([1.0, 1.1, 0.8])


def test_what_grew_is_a_difference_of_sums() -> None:
    assert credit.since(LOANS, "sold", 60, 180) == 12
    assert credit.since(LOANS, "sold", 120, 180) == 9


def test_failed_lenders_count_by_what_they_had_lent_before() -> None:
    assert credit.failed_share(LOANS, 120, 180) == pytest.approx(0.3)
    assert credit.failed_share(LOANS, 60, 120) == 0


def test_without_lenders_or_hunters_all_is_nothing() -> None:
    none = LOANS.clear()
    assert math.isnan(credit.stock_change(none, 60, 180))
    assert credit.since(none, "sold", 60, 180) == credit.failed_share(none, 60, 180) == 0
    assert hunting.gained(HUNTS.clear(), "profit", 60, 180) == 0


def test_a_gain_is_counted_between_two_seconds() -> None:
    assert hunting.gained(HUNTS, "profit", 60, 180) == 7
    assert hunting.gained(HUNTS, "profit", 130, 180) == 12
    assert hunting.gained(HUNTS, "hunts", 0, 120) == 1


def test_the_mean_fall_is_of_one_exchanges_perpetuals() -> None:
    rows = [
        (60, "here", "perp", "X", 100.0),
        (120, "here", "perp", "X", 80.0),
        (180, "here", "perp", "X", 90.0),
        (60, "here", "perp", "Y", 50.0),
        (120, "here", "perp", "Y", 60.0),
        (180, "here", "perp", "Y", 40.0),
        (120, "here", "spot", "X", 1.0),
        (120, "there", "perp", "X", 1.0),
    ]
    columns = ["seconds", "exchange", "market", "coin", "mid"]
    bars = pl.DataFrame(rows, schema=columns, orient="row")
    by_hand = (math.log(100 / 80) + math.log(50 / 40)) / 2
    assert hunting.mean_fall(bars, "here", 60, 180) == pytest.approx(by_hand)
    assert hunting.mean_fall(bars, "here", 60, 120) == pytest.approx(math.log(100 / 80) / 2)
    assert math.isnan(hunting.mean_fall(bars, "nowhere", 60, 180))
