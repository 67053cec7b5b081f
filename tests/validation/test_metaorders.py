"""Metaorders in a market: traded in full, paired with the market without them, audited."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.model import Market
from tidegate.validation.metaorders import Plan, outsider, work


def test_a_plan_takes_the_longest_step_that_gives_it_twenty_slices() -> None:
    assert (Plan(1e-4, 0.1).step, Plan(1e-4, 0.1).slices) == (4, 22)
    assert (Plan(1e-2, 0.1).step, Plan(1e-2, 0.1).slices) == (120, 72)
    assert Plan(1e-2, 0.05).slices == 144


@pytest.mark.parametrize("lots", [50_001, -50_001])
def test_an_outsider_trades_its_order_exactly_and_the_books_close(lots: int) -> None:
    world = Market(rng=1, **{"step_seconds": 60, "holders.accounts": 2_000})
    world.run_until(5)
    trader = outsider(world, lots, 300, 900)
    world.run_until(10)
    assert 0.4 < trader.filled / lots < 0.6
    world.run_until(17)
    assert trader.filled == lots
    world.audit()


def test_impact_is_measured_against_the_same_market_without() -> None:
    small = {"holders.accounts": 2_000}
    alone = work([Plan(1e-3, 0.1, 1.0)], 3, small)[0]
    beside = work([Plan(1e-3, 0.1, 1.0), Plan(2e-4, 0.1)], 3, small)
    assert np.array_equal(alone.path, beside[0].path)
    assert alone.filled == pytest.approx(1.0, abs=1e-3)
    assert (alone.slices, len(alone.path)) == (29, 58)
    assert alone.peak == alone.path[28]


@pytest.mark.slow
def test_impact_is_positive_concave_and_fades() -> None:
    found = [work([Plan(3e-3, 0.1, 10.0), Plan(3e-4, 0.1)], seed) for seed in range(6)]
    large, little = (np.mean([run[k].peak for run in found]) for k in (0, 1))
    assert 0.5 < large / 3e-3**0.5 < 1.6
    assert 2.0 < large / little < 6.0  # ten times the size: 3.2 by the law, 10 if linear
    left = np.mean([run[0].path[-1] for run in found])
    assert left < 0.5 * large
