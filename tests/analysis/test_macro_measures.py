"""Measures of a market beside its economy, on series whose answer is known."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from tidegate.analysis import macro

RNG = np.random.default_rng(1)
NOISE = RNG.normal(size=(3, 4_000))


def test_correlation_is_that_of_changes_over_so_many_days() -> None:
    shares = np.cumsum(NOISE[0])
    price = np.cumsum(0.6 * NOISE[0] + 0.8 * NOISE[1])
    assert macro.correlation(price, shares) == pytest.approx(0.6, abs=0.03)
    by_hand = np.corrcoef(price[5:] - price[:-5], shares[5:] - shares[:-5])[0, 1]
    assert macro.correlation(price, shares, 5) == pytest.approx(by_hand, rel=1e-14)
    assert math.isnan(macro.correlation(np.ones(100), shares[:100]))
    assert math.isnan(macro.correlation(price[:5], shares[:5], 5))


def test_a_rolling_correlation_is_numpys_in_every_window() -> None:
    price, shares = np.cumsum(NOISE[0][:60]), np.cumsum(NOISE[0][:60] + NOISE[1][:60])
    rolled = macro.rolling_correlation(price, shares, 30)
    assert len(rolled) == 30
    for start in (0, 7, 29):
        one, other = (np.diff(x)[start : start + 30] for x in (price, shares))
        assert rolled[start] == pytest.approx(np.corrcoef(one, other)[0, 1], abs=1e-13)


def test_what_is_shares_by_the_day_and_gold_in_the_long_run_is_told() -> None:
    mood = np.zeros(4_000)
    for day in range(1, 4_000):
        mood[day] = 0.8 * mood[day - 1] + NOISE[0][day]
    shares, gold = np.cumsum(NOISE[0]), np.cumsum(NOISE[1])
    fleeting = mood + 0.5 * gold
    assert macro.horizon_difference(fleeting, shares, gold, long=60) < -0.5
    lasting = shares + 0.5 * gold
    assert abs(macro.horizon_difference(lasting, shares, gold, long=60)) < 0.15


def test_sums_of_tables() -> None:
    allocators = pl.DataFrame(
        {"day": [0, 1], "crypto": [1, 2], "us_tech": [2, 5], "china_tech": [1, 1], "safe": [9, 9]}
    )
    assert macro.risky_share(allocators, 0) == 0.25
    assert macro.risky_share(allocators, 1) == 0.25
    defence = pl.DataFrame(
        {
            "day": [0, 0, 1, 1],
            "reserves": [60.0, 40.0, 50.0, 40.0],
            "sold": [0.0, 0.0, 10.0, 0.0],
            "lost": [0.0, 0.0, 0.5, -0.1],
        }
    )
    assert macro.reserve_loss(defence) == pytest.approx(0.004)
    ticks = pl.DataFrame({"seconds": [43_200, 86_400, 129_600], "value": [1.0, 2.0, 3.0]})
    assert macro.by_day(ticks)["value"].to_list() == [2.0, 3.0]
