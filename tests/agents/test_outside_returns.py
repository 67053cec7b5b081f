"""Days of stocks, bonds and private assets: by hand, and over many of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tidegate.agents.outside_returns import OutsideReturns
from tidegate.scenario.strategies import OutsideSpec
from tidegate.streams import Streams


def returns(seed: int = 1, **spec: float) -> OutsideReturns:
    return OutsideReturns(OutsideSpec(**spec), streams=Streams(seed), path="outside")


def test_what_is_wholly_alike_follows_coins_to_the_digit() -> None:
    """Two usual days of coins down are two of its own: 0.1 / sqrt(365) each, and the growth."""
    found = returns(correlation=1.0, private_correlation=1.0)
    fall = -2.0 * 0.5 / math.sqrt(365)
    balanced, private = found.of_day(3, fall, stress=False)
    assert balanced == pytest.approx(0.064 / 365 - 0.2 / math.sqrt(365), rel=1e-12)
    assert private == pytest.approx(0.099 / 365 - 0.4 / math.sqrt(365), rel=1e-12)


def test_a_crash_cannot_take_more_than_all() -> None:
    assert returns(correlation=1.0).of_day(0, -0.9, stress=False)[0] > -1.0
    wild = returns(correlation=1.0, volatility=1.0, coin_volatility=0.01)
    assert wild.of_day(0, -0.9, stress=False)[0] == -1.0


@pytest.mark.parametrize(("stress", "expected"), [(False, 0.54), (True, 0.80)])
def test_moments_over_many_days_are_those_asked_for(stress: bool, expected: float) -> None:
    """4,000 days: standard errors are 1.1 % of a volatility and at most 0.011 of a correlation."""
    days = 4_000
    coins = np.array([Streams(7).normal("coins", "day", d) for d in range(days)])
    coins *= 0.5 / math.sqrt(365)
    drawn = returns()
    pairs = np.array([drawn.of_day(d, r, stress=stress) for d, r in enumerate(coins.tolist())])
    together = np.corrcoef([coins, *pairs.T])
    assert together[0, 1] == pytest.approx(expected, abs=0.04)
    assert together[1, 2] == pytest.approx(0.8, abs=0.03)
    volatility = pairs.std(axis=0) * math.sqrt(365)
    assert volatility == pytest.approx([0.10, 0.20], rel=0.05)


def test_a_day_is_the_same_whoever_asks_and_in_whatever_order() -> None:
    first, second = returns(), returns()
    forward = [first.of_day(d, 0.01, stress=False) for d in range(5)]
    backward = [second.of_day(d, 0.01, stress=False) for d in reversed(range(5))]
    assert forward == backward[::-1]
    assert returns(seed=2).of_day(0, 0.01, stress=False) != forward[0]
