"""Days of the whole market from bars, against figures worked out by hand."""

from __future__ import annotations

import math

import polars as pl
import pytest

from tests.market.conftest import small_spec
from tidegate.analysis import market
from tidegate.model import Market

HALF = 43_200


def bars(closes: list[tuple[float, float]], **columns: list[float]) -> pl.DataFrame:
    """Return half-day bars of two venues with three quarters of the volume on the first."""
    rows = []
    for tick, pair in enumerate(closes):
        for venue, close in zip(("east", "west"), pair, strict=True):
            rows.append(
                {
                    "tick": tick,
                    "venue": venue,
                    "seconds": (tick + 1) * HALF,
                    "close": close,
                    "volume": 30.0 if venue == "east" else 10.0,
                    "bid_depth": 1.0,
                    "ask_depth": 2.0,
                    "float_coins": 600.0 if venue == "east" else 400.0,
                    "outside_coins": 50.0 * tick,
                    "outside_flow": 7.0 * tick,
                    "consensus": 100.0,
                }
            )
    return pl.DataFrame(rows).with_columns(
        **{name: pl.Series(values) for name, values in columns.items()}
    )


def test_a_day_is_the_market_at_its_end() -> None:
    days = market.daily(bars([(100.0, 104.0), (110.0, 118.0), (120.0, 120.0), (80.0, 84.0)]))
    assert days.to_dicts() == [
        {
            "day": 0,
            "price": 112.0,  # 0.75 x 110 + 0.25 x 118
            "volume": 80.0,
            "depth": 648.0,  # mean of 3 x (100 + 104) and 3 x (110 + 118)
            "float_coins": 1000.0,
            "outside_coins": 50.0,
            "outside_flow": 7.0,
            "consensus": 100.0,
            "offset": pytest.approx(math.log(1.12)),
        },
        {
            "day": 1,
            "price": 81.0,
            "volume": 80.0,
            "depth": 606.0,
            "float_coins": 1000.0,
            "outside_coins": 150.0,
            "outside_flow": 21.0,
            "consensus": 100.0,
            "offset": pytest.approx(math.log(0.81)),
        },
    ]


def test_venues_weigh_the_same_where_nothing_trades() -> None:
    days = market.daily(bars([(100.0, 104.0)] * 2, volume=[0.0] * 4))
    assert days["price"].to_list() == [102.0]


def test_the_last_second_of_a_day_belongs_to_it() -> None:
    days = market.daily(bars([(1.0, 1.0)] * 6))
    assert days["day"].to_list() == [0, 1, 2]


def frame(prices: list[float]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "day": range(len(prices)),
            "price": prices,
            "depth": [4.0, 6.0] * (len(prices) // 2),
            "outside_coins": [10.0 * day for day in range(len(prices))],
        }
    )


def test_windows_are_half_open_and_prices_means_of_the_days_before() -> None:
    days = frame([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert market.between(days, 1, 3)["day"].to_list() == [1, 2]
    assert market.price_at(days, 5) == 4.0
    assert market.price_at(days, 5, window=2) == 5.5
    assert math.isnan(market.price_at(days, 99))
    assert market.outside_share(days, 3, 300.0) == pytest.approx(0.1)
    assert math.isnan(market.outside_share(days, 99, 300.0))


def test_a_swing_is_from_the_high_to_the_low_after_it() -> None:
    days = frame([100.0, 50.0, 200.0, 120.0, 80.0, 160.0])
    assert market.swing(days) == pytest.approx({"swing": math.log(2.5), "high": math.log(2.0)})
    assert market.fall(days) == 0.5
    assert market.fall(market.between(days, 2, 6)) == pytest.approx(0.6)
    assert market.fall(market.between(days, 4, 6)) == 0.0


def test_calm_is_what_it_says() -> None:
    up, down = math.log(1.1), math.log(0.9)
    prices = [100.0, 110.0, 99.0, 108.9]
    days = frame(prices + [108.9] * 28)
    found = market.calm(days)
    returns = [up, down, up] + [0.0] * 28
    mean = sum(returns) / 31
    variance = sum((r - mean) ** 2 for r in returns) / 31
    fourth = sum((r - mean) ** 4 for r in returns) / 31
    assert found["volatility"] == pytest.approx(math.sqrt(365 * variance))
    assert found["kurtosis"] == pytest.approx(fourth / variance**2 - 3.0)
    assert found["drawdown"] == pytest.approx(0.1)
    assert found["depth"] == 5.0


def test_frozen_prices_have_no_logarithm_of_calm() -> None:
    days = frame([100.0] * 32).with_columns(depth=pl.lit(0.0))
    found = market.calm(days)
    assert math.isnan(found["volatility"])
    assert math.isnan(found["depth"])
    assert math.isnan(found["kurtosis"])
    assert found["drawdown"] == 0.0


def test_a_market_of_any_step_has_one_row_a_day() -> None:
    for step in (3_600, 86_400):
        world = Market(small_spec(step_seconds=step), rng=1)
        world.run_days(3)
        days = market.daily(world.frames()["bars"])
        assert days["day"].to_list() == [0, 1, 2]
        assert days["price"][-1] == pytest.approx(world.price, rel=0.002)
        assert days["float_coins"][-1] == pytest.approx(
            sum(world.crowd.coins(v) for v in world.venues) * 1e-4
        )
