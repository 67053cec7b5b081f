"""The one number fitted within an economy: how much of its own noise the crowd keeps."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tidegate.analysis import macro, market
from tidegate.model import Market
from tidegate.scenario import HolderSpec, Scenario
from tidegate.scenario.with_macro import with_macro

SEEDS = range(1_000, 1_006)
DAYS = 1_826


def seen(seed: int) -> tuple[float, float]:
    """Return annual volatility, and the mean of 30-day correlations with American technology."""
    bare = Scenario(step_seconds=86_400, holders=HolderSpec(accounts=500))
    world = Market(with_macro(bare), rng=seed)
    world.run_days(DAYS)
    frames = world.frames()
    price = np.log(market.daily(frames["bars"])["price"].to_numpy())
    shares = macro.by_day(frames["macro"])["us_tech"].to_numpy()
    rolled = macro.rolling_correlation(price, shares, 30)
    return float(np.diff(price).std()) * math.sqrt(365.0), float(rolled.mean())


@pytest.mark.evidence
def test_a_market_within_an_economy_is_as_volatile_and_goes_with_shares(
    everywhere: Callable[[Callable[[Any], Any], Any], list[Any]],
    commit_figures: Callable[[str, str], None],
) -> None:
    found = np.array(everywhere(seen, SEEDS))
    volatility, correlation = found.mean(axis=0)
    rows = [f"{seed:>6}  {v:10.3f}  {c:11.3f}" for seed, (v, c) in zip(SEEDS, found, strict=True)]
    head = f"{'seed':>6}  {'volatility':>10}  {'correlation':>11}"
    text = "\n".join((head, *rows, f"{'mean':>6}  {volatility:10.3f}  {correlation:11.3f}"))
    commit_figures("macro_fit", text)
    assert volatility == pytest.approx(0.53, abs=0.04)  # what it is without an economy
    assert correlation == pytest.approx(0.54, abs=0.03)
