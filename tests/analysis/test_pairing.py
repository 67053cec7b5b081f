"""What sharing noise earns, against closed forms."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from tidegate.analysis.contrast import studentised_interval
from tidegate.analysis.pairing import gain, gains_over_time, pairs_needed
from tidegate.analysis.scales import Scale


@pytest.mark.parametrize("correlation", [-0.5, 0.0, 0.9])
def test_the_ratio_is_that_of_correlated_normals(correlation: float) -> None:
    rng = np.random.default_rng(7)
    covariance = [[1.0, correlation], [correlation, 1.0]]
    control, treated = rng.multivariate_normal([0.0, 3.0], covariance, size=20_000).T
    found = gain(treated, control)
    assert found.ratio == pytest.approx(1 / math.sqrt(1 - correlation), rel=0.03)
    assert found.spread == pytest.approx(math.sqrt(2 * (1 - correlation)), rel=0.03)


def test_logs_are_compared_where_the_scale_says_so() -> None:
    rng = np.random.default_rng(8)
    noise = np.exp(rng.normal(size=100))
    assert gain(2.0 * noise, noise, Scale.LOG).ratio == math.inf
    assert gain(2.0 * noise, noise).ratio < math.inf


def test_seeds_without_a_value_do_not_count() -> None:
    found = gain(np.array([1.0, math.nan, 3.0, 5.0]), np.array([0.5, 1.0, math.nan, 5.0]))
    assert found.pairs == 2


def test_where_nothing_varies_there_is_no_ratio() -> None:
    assert math.isnan(gain(np.full(5, 2.0), np.full(5, 1.0)).ratio)
    assert math.isnan(gain(np.array([1.0]), np.array([2.0])).ratio)


@pytest.mark.parametrize("rows", [1, 8])
def test_an_effect_of_twice_delta_is_found_as_often_as_promised(rows: int) -> None:
    spread, delta = 0.05, 0.02
    pairs = pairs_needed(spread, delta, Scale.LEVEL, rows=rows)
    rng = np.random.default_rng(9)
    found = 0
    for trial in range(400):
        differences = rng.normal(2 * delta, spread, size=pairs)
        interval = studentised_interval(
            differences, level=1 - 0.05 / rows, resamples=1_000, seed=trial
        )
        found += interval.low > delta
    assert 0.72 <= found / 400 <= 0.9


def test_more_rows_and_more_spread_ask_for_more_pairs() -> None:
    one = pairs_needed(0.05, 0.01, Scale.LEVEL)
    assert one == math.ceil((1.959964 + 0.841621) ** 2 * 25) + 2
    assert pairs_needed(0.05, 0.01, Scale.LEVEL, rows=8) > one
    assert pairs_needed(0.1, 0.01, Scale.LEVEL) > 3 * one
    with pytest.raises(ValueError, match=r"delta is 0.0; it must be above 0"):
        pairs_needed(0.1, 0.0, Scale.LEVEL)
    with pytest.raises(ValueError, match=r"spread is nan"):
        pairs_needed(math.nan, 0.1, Scale.LEVEL)


def test_paths_are_read_at_the_last_record_up_to_a_day() -> None:
    rng = np.random.default_rng(10)
    noise = rng.normal(size=30)
    rows = [
        {"seed": seed, "arm": arm, "day": day, "price": math.exp(day * noise[seed] + shift)}
        for seed in range(30)
        for arm, shift in (("a", 0.0), ("b", 0.1 * rng.normal()))
        for day in (0.0, 1.0, 2.0)
    ]
    found = dict(gains_over_time(pl.DataFrame(rows), "price", "b", "a", [0.5, 1.5, 9.0]))
    assert list(found) == [0.5, 1.5, 9.0]
    assert found[0.5].ratio < found[1.5].ratio < found[9.0].ratio
    assert found[0.5].pairs == 30
