"""Populations by measured permanent multiplier, at equal volatility."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tidegate.analysis.facts import log_returns
from tidegate.analysis.market import daily
from tidegate.model import Market
from tidegate.validation.multiplier import permanent

SEEDS = range(10_000, 10_016)
ELASTICITIES = {1: 1.0, 5: 0.2, 12: 0.0833, 30: 0.0333, 60: 0.0167}
DAYS = 365


def measured(task: tuple[float, int]) -> tuple[float, float]:
    elasticity, seed = task
    changes = {"holders.elasticity": elasticity}
    world = Market(rng=seed, **changes)
    world.run_days(DAYS)
    returns = log_returns(daily(world.frames()["bars"])["price"].to_numpy())
    return permanent(seed, changes), float(np.std(returns)) * 365.0**0.5


@pytest.mark.evidence
def test_populations_have_their_multiplier_at_equal_volatility(
    everywhere: Callable[..., list[tuple[float, float]]], commit_figures: Callable[..., Any]
) -> None:
    tasks = [(elasticity, seed) for elasticity in ELASTICITIES.values() for seed in SEEDS]
    found = np.array(everywhere(measured, tasks)).reshape(len(ELASTICITIES), len(SEEDS), 2)
    lines = [f"{len(SEEDS)} pairs from seed {SEEDS.start}, steps of 4 h; {DAYS} days", ""]
    lines.append(f"{'elasticity':>10}{'near':>6}{'M':>9}{'error':>8}{'annual volatility':>19}")
    for (near, elasticity), rows in zip(ELASTICITIES.items(), found, strict=True):
        mean, volatility = rows.mean(axis=0)
        error = rows[:, 0].std(ddof=1) / len(rows) ** 0.5
        lines.append(f"{elasticity:>10}{near:>6}{mean:>9.2f}{error:>8.2f}{volatility:>19.3f}")
    commit_figures("multiplier", "\n".join(lines))
    multipliers, volatilities = found.mean(axis=1).T
    assert multipliers == pytest.approx(list(ELASTICITIES), rel=0.3)
    assert volatilities == pytest.approx(np.full(len(volatilities), volatilities[1]), rel=0.15)
