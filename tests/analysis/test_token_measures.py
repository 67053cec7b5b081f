"""Measures of a stock, its token and coins, by hand."""

from __future__ import annotations

import datetime as dt
import math

import polars as pl
import pytest

from tidegate.analysis import tokens

HOUR = 3_600


def path(stock: list[float], coin: list[float], token: list[float] | None = None) -> pl.DataFrame:
    number = len(stock)
    return pl.DataFrame(
        {
            "seconds": [HOUR * (i + 1) for i in range(number)],
            "open": [False, True] * (number // 2),
            "value": [100.0] * number,
            "stock": stock,
            "token": token or stock,
            "gap": [math.log(t / s) for t, s in zip(token or stock, stock, strict=True)],
            "coin": coin,
            "volume": [10] * number,
            "called_tokens": [2_000_000] * number,
            "called_lots": [10_000_000] * number,
            "raised_lots": [0] * number,
        }
    )


def test_falls_are_the_deepest_within_the_hours() -> None:
    run = path([100.0, 100.0, 95.0, 90.0, 80.0, 100.0], [50.0, 50.0, 60.0, 55.0, 40.0, 50.0])
    found = tokens.falls(run, 2 * HOUR, 2.0)
    assert found["stock_fall"] == pytest.approx(0.10)
    assert found["coin_fall"] == 0.0
    assert tokens.falls(run, 2 * HOUR, 3.0)["coin_fall"] == pytest.approx(0.2)


def test_moves_are_logs_between_two_seconds() -> None:
    run = path([100.0, 100.0, 110.0, 121.0], [50.0, 50.0, 25.0, 25.0])
    found = tokens.moves(run, 2 * HOUR, 4 * HOUR + 59)
    assert found["stock_move"] == pytest.approx(math.log(1.21))
    assert found["coin_move"] == pytest.approx(-math.log(2.0))


def test_half_of_the_news_by_hand() -> None:
    run = path([100.0] * 4 + [104.0, 104.0], [50.0, 50.0, 51.0, 52.0, 52.0, 52.0])
    assert tokens.half_hours(run, "stock", 2 * HOUR, 0.04) == 3.0
    assert tokens.half_hours(run, "coin", 2 * HOUR, 0.04) == 2.0 - 1.0 * (math.log(51 / 50) >= 0.02)
    assert tokens.half_hours(run, "coin", 2 * HOUR, 0.03) == 1.0
    last = run["seconds"].max() / HOUR - 2.0
    assert tokens.half_hours(run, "stock", 2 * HOUR, 0.2) == last  # not by the end of the run
    assert tokens.half_hours(run, "stock", 2 * HOUR, -0.04) == last


def test_gaps_and_weekends() -> None:
    number = 14 * 24
    token = [101.0 if i % 2 else 102.0 for i in range(number)]  # 2 % off at even ticks: shut
    run = path([100.0] * number, [50.0] * number, token)
    first = dt.date(2025, 10, 3)  # a Friday: days 1, 2, 8 and 9 are week-ends
    volume = [3 if (i // 24) % 7 in (1, 2) else 10 for i in range(number)]
    run = run.with_columns(pl.Series("volume", volume))
    found = tokens.gaps(run, number * HOUR, first)
    assert found["gap_open"] == pytest.approx(math.log(1.01))
    assert found["gap_shut"] == pytest.approx(math.log(1.02))
    assert found["weekend_volume"] == pytest.approx(0.3)


def test_coins_are_joined_by_volume() -> None:
    run = path([100.0, 100.0], [1.0, 1.0]).drop("coin")
    bars = pl.DataFrame(
        {
            "seconds": [HOUR, HOUR, 2 * HOUR, 2 * HOUR],
            "venue": ["a", "b", "a", "b"],
            "volume": [3.0, 1.0, 3.0, 1.0],
            "close": [100.0, 200.0, 100.0, 100.0],
        }
    )
    assert tokens.joined(run, bars)["coin"].to_list() == [125.0, 100.0]
    assert tokens.sales(run, 1e-4) == {
        "called_tokens": 2.0, "called_coins": 1.0, "raised_coins": 0.0,
    }  # fmt: skip
