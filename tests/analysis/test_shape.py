"""The curves of returns: tails and memory, against what is known of them."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from tidegate_core import draws

from tidegate.analysis import shape
from tidegate.analysis.ecologies import FCN
from tidegate.analysis.facts import stylised_facts
from tidegate.analysis.moments import to_prices
from tidegate.analysis.shape import MEMORY, SURVIVAL


def normals(n: int) -> np.ndarray:
    z = np.empty(n)
    draws.fill_normal(z, 3, 0)
    return z


def test_the_survival_of_normal_returns_is_that_of_the_normal_law() -> None:
    found = shape.shape(to_prices(np.append(0.0, np.cumsum(0.01 * normals(40_000)))), "hour")
    curve = dict(found[SURVIVAL])
    for size in (0.5, 1.0, 2.0, 3.0):
        assert curve[size] == pytest.approx(math.erfc(size / math.sqrt(2)), rel=0.15)
    assert 6.0 not in curve
    assert all(abs(value) < 0.02 for _, value in found[MEMORY])


def test_memory_is_the_autocorrelation_of_size() -> None:
    z = normals(3000)
    returns = 0.01 * z * np.exp(0.5 * np.convolve(z, np.ones(20) / 4.0)[:3000])
    prices = to_prices(np.append(0.0, np.cumsum(returns)))
    facts = stylised_facts(prices)
    curve = dict(shape.shape(prices, "day")[MEMORY])
    assert curve[1.0] == pytest.approx(facts["acf_size_1"])
    assert curve[20.0] == pytest.approx(facts["acf_size_20"])
    assert max(curve) == 60.0


def test_lags_beyond_the_series_are_left_out() -> None:
    prices = to_prices(np.cumsum(0.01 * normals(41)))
    assert max(dict(shape.shape(prices, "day")[MEMORY])) == 30.0


def test_a_seed_is_measured_on_windows_of_the_data() -> None:
    windows = {"day": 35, "hour": 200, "minute": 3000}
    found = shape.seed_shape(FCN, {}, 9, windows)
    paths = FCN.simulate({}, 9, 36)
    assert found["minute"] == shape.shape(to_prices(paths.minutes[:3001]), "minute")
    assert found["day"] == shape.shape(to_prices(paths.day), "day")


def test_seeds_that_do_not_reach_a_size_count_as_none_beyond() -> None:
    one = {"day": {SURVIVAL: [(1.0, 0.4), (2.0, 0.1)], MEMORY: [(1.0, 0.2)]}}
    two = {"day": {SURVIVAL: [(1.0, 0.2)], MEMORY: [(1.0, 0.4)]}}
    table = shape.model_shape([one, two])
    tails = table.filter(pl.col("curve") == SURVIVAL)
    assert tails["median"].to_list() == pytest.approx([0.3, 0.05])
    assert table.filter(pl.col("curve") == MEMORY)["median"].to_list() == pytest.approx([0.3])


def test_curves_survive_their_file() -> None:
    found, windows, source = shape.committed_shape()
    assert set(found) == set(windows) == set(shape.LAGS)
    text = shape.shape_toml(found, windows, source)
    assert shape.parse_shape(text) == (found, windows, source)
    assert "BTCUSDT" in source
    for bar, expected in (("day", 0.142), ("hour", 0.278), ("minute", 0.288)):
        assert dict(found[bar][MEMORY])[1.0] == pytest.approx(expected, rel=5e-3)
