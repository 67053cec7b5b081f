"""Estimators of persistence in signs and of diffusion in prices."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from tidegate_core import Kind, Side, draws
from tidegate_core.engine import Engine

from tidegate.analysis import signs
from tidegate.analysis.facts import autocorrelation

Floats = NDArray[np.float64]


def normals(n: int, key: int = 3) -> Floats:
    out = np.empty(n)
    draws.fill_normal(out, key, 0)
    return out


def test_a_taker_that_meets_many_makers_makes_one_trade() -> None:
    engine = Engine(
        assets=("USD", "BTC"),
        instruments=[{"name": "BTC-USD", "base": "BTC", "quote": "USD", "tick_value": 1}],
    )
    makers = engine.add_accounts(4)
    for account in range(makers, makers + 4):
        engine.deposit(account, 0, 10**9)
        engine.deposit(account, 1, 10**6)
    for price in (101, 102, 103):
        engine.submit(0, makers, Side.SELL, price, 5, Kind.LIMIT)
    engine.submit(0, makers + 1, Side.BUY, 100, 9, Kind.LIMIT)
    engine.submit(0, makers + 2, Side.BUY, 103, 12, Kind.IOC)  # three fills
    engine.submit(0, makers + 2, Side.BUY, 103, 1, Kind.IOC)
    engine.submit(0, makers + 3, Side.SELL, 100, 4, Kind.IOC)
    fills = engine.take_fills()
    assert len(fills) == 5
    assert signs.trade_signs(fills).tolist() == [1, 1, -1]
    assert signs.trade_signs(fills[:0]).tolist() == []


@pytest.mark.parametrize("length", [2, 3, 50, 1_000])
def test_autocorrelations_are_those_of_the_sums(length: int) -> None:
    values = np.cumsum(normals(length)) + 5.0
    lags = min(length - 1, 40)
    expected = [autocorrelation(values, lag) for lag in range(1, lags + 1)]
    np.testing.assert_allclose(signs.autocorrelations(values, lags), expected, atol=1e-12)


def test_a_constant_has_no_autocorrelation() -> None:
    assert np.isnan(signs.autocorrelations(np.ones(10), 3)).all()


@pytest.mark.parametrize("first", [1, 10])
@pytest.mark.parametrize("exponent", [0.3, 0.5, 1.2])
def test_the_exponent_of_a_power_law_is_found(exponent: float, first: int) -> None:
    power = 0.4 * np.arange(1.0, 301) ** -exponent
    assert signs.decay_exponent(power, first) == pytest.approx(exponent, abs=0.01)
    noisy = power * (1.0 + 0.3 * normals(300))
    assert signs.decay_exponent(noisy, first) == pytest.approx(exponent, abs=0.2)


def test_where_correlations_vanish_there_is_no_exponent() -> None:
    assert math.isnan(signs.decay_exponent(np.append(0.5, np.zeros(99))))
    assert math.isnan(signs.decay_exponent(-np.ones(100)))


def test_variance_ratio_by_hand() -> None:
    returns = np.array([1.0, -1.0, 1.0, -1.0])
    assert signs.variance_ratio(returns, 1) == 1.0
    assert signs.variance_ratio(returns, 2) == 0.0
    # Sums of two about a mean of 0: 2, 0, -2; mean square 8/3, over 2.
    assert signs.variance_ratio(np.array([1.0, 1.0, -1.0, -1.0]), 2) == pytest.approx(4 / 3)


def test_variance_ratio_of_a_random_walk_and_of_an_autoregression() -> None:
    shocks = normals(200_000)
    assert signs.variance_ratio(shocks, 30) == pytest.approx(1.0, abs=0.05)
    rho = 0.3
    path = np.empty_like(shocks)
    last = 0.0
    for i, shock in enumerate(shocks):
        last = path[i] = rho * last + shock
    # Lo & MacKinlay: 1 + 2 sum (1 - k / q) rho_k.
    theory = 1 + 2 * sum((1 - k / 5) * rho**k for k in range(1, 5))
    assert signs.variance_ratio(path, 5) == pytest.approx(theory, rel=0.02)


def test_wrong_lengths_are_named() -> None:
    with pytest.raises(ValueError, match="lags is 10; allowed is 1 to 9"):
        signs.autocorrelations(np.zeros(10), 10)
    with pytest.raises(ValueError, match="bars is 0; allowed is 1 to 10"):
        signs.variance_ratio(np.zeros(10), 0)
