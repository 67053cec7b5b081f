"""Gain, branching ratio and the theory of cascades, on cases known by hand."""

import math

import numpy as np
import pytest

from tidegate.analysis.cascade import (
    amplification,
    branching_ratio,
    cascade_gain,
    critical_leverage,
    depth_per_percent,
    kyle_equilibrium,
    released_per_percent,
    steepest_gain,
    total_fall,
)


def hawkes(n: float, events: int, seed: int) -> tuple[np.ndarray, float]:
    """Simulate a branching process: immigrants at rate 1 - n, children after unit mean delays."""
    rng = np.random.default_rng(seed)
    length = float(events)
    generation = rng.uniform(0, length, rng.poisson((1 - n) * length))
    times = [generation]
    while len(generation):
        children = np.repeat(generation, rng.poisson(n, len(generation)))
        generation = children + rng.exponential(1.0, len(children))
        times.append(generation)
    return np.concatenate(times), length


@pytest.mark.parametrize("n", [0.0, 0.5, 0.8])
def test_branching_ratio_of_a_simulated_process(n: float) -> None:
    times, length = hawkes(n, 100_000, seed=11)
    assert branching_ratio(times, 0, length, window=100) == pytest.approx(n, abs=0.03)


def test_branching_ratio_of_half_over_seeds() -> None:
    found = [
        branching_ratio(*_stretch(hawkes(0.5, 100_000, seed)), window=100) for seed in range(20)
    ]
    assert np.mean(found) == pytest.approx(0.5, abs=0.01)
    assert np.std(found) < 0.02


def _stretch(process: tuple[np.ndarray, float]) -> tuple[np.ndarray, float, float]:
    times, length = process
    return times, 0.0, length


def test_branching_ratio_without_anything_to_say() -> None:
    assert math.isnan(branching_ratio([], 0, 100, 10))
    assert math.isnan(branching_ratio([1, 2, 3], 0, 10, 10))
    assert branching_ratio(np.arange(0.5, 100), 0, 100, 10) == 0  # as regular as can be
    with pytest.raises(ValueError, match="window is 0"):
        branching_ratio([1], 0, 10, 0)


def test_gain_of_a_ladder_and_a_book() -> None:
    triggers, notionals = [100, 99.5, 98.5, 97.9, 90], [10, 20, 30, 40, 50]
    assert released_per_percent(triggers, notionals, 100, 0.02) == pytest.approx(30)
    assert depth_per_percent([100, 99, 98], [1, 2, 9], 100, 0.02) == pytest.approx(149)
    assert cascade_gain(30, 60) == 0.5
    with pytest.raises(ValueError, match="depth is 0"):
        cascade_gain(30, 0)
    with pytest.raises(ValueError, match="notionals has shape"):
        released_per_percent([1, 2], [1], 100, 0.02)


def test_fall_of_a_linear_loop() -> None:
    assert total_fall(0.02, 0.5) == pytest.approx(0.04)
    assert total_fall(0.02, 0.8) == pytest.approx(0.10)
    assert total_fall(0.02, 1.0) == math.inf
    assert amplification(0.10, 0.02) == pytest.approx(5)


def test_steepest_part_of_a_curve() -> None:
    assert steepest_gain([0, 0.5, 1, 2], [1, 2, 10, 11]) == 0.75
    with pytest.raises(ValueError, match="ascending"):
        steepest_gain([1, 0], [0, 1])


@pytest.mark.parametrize(("impact", "leverage"), [(0.10, 15), (0.05, 30), (0.20, 7.5)])
def test_critical_leverage(impact: float, leverage: float) -> None:
    assert critical_leverage(impact) == pytest.approx(leverage)


def test_kyle_single_auction() -> None:
    assert kyle_equilibrium(2, 1) == (1, 2)
