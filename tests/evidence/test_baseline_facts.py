"""Baseline BTC at daily bars: the laws S1.1 to S1.6 on seeds that no calibration has seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from tidegate.analysis import market
from tidegate.analysis.facts import autocorrelation, excess_kurtosis, hill_exponent, log_returns
from tidegate.model import Market
from tidegate.scenario import Scenario

DAYS = 2_000
SEEDS = range(10_000, 10_020)
BANDS = {
    "annual volatility": (0.35, 0.75),
    "excess kurtosis": (2.5, 12.0),
    "Hill index at 5 %": (2.5, 4.0),
    "largest |ACF(r)|, lags 1-5": (0.0, 0.10),
    "ACF|r|(1)": (0.10, 0.30),
}


def daily_facts(seed: int) -> dict[str, float]:
    world = Market(Scenario(), rng=seed)
    world.run_days(DAYS)
    world.audit()
    returns = log_returns(market.daily(world.frames()["bars"])["price"].to_numpy())
    sizes = np.abs(returns)
    return {
        "annual volatility": float(np.std(returns)) * 365.0**0.5,
        "excess kurtosis": excess_kurtosis(returns),
        "Hill index at 5 %": hill_exponent(returns, 0.05),
        "largest |ACF(r)|, lags 1-5": max(abs(autocorrelation(returns, k)) for k in range(1, 6)),
        "ACF|r|(1)": autocorrelation(sizes, 1),
    }


@pytest.mark.evidence
def test_daily_bars_look_like_bitcoin(
    everywhere: Callable[..., list[dict[str, float]]], commit_figures: Callable[..., Any]
) -> None:
    frame = pl.DataFrame(everywhere(daily_facts, SEEDS))
    lines = [f"{len(SEEDS)} seeds from {SEEDS.start}, {DAYS} days, steps of 4 h", ""]
    lines.append(f"{'fact':<28}{'band':>14}{'median':>9}{'10 %':>8}{'90 %':>8}{'inside':>8}")
    shares = {}
    for fact, (low, high) in BANDS.items():
        values = frame[fact].to_numpy()
        shares[fact] = float(np.mean((values >= low) & (values <= high)))
        low_tail, median, high_tail = np.quantile(values, [0.1, 0.5, 0.9])
        lines.append(
            f"{fact:<28}{f'{low:g}-{high:g}':>14}{median:>9.3f}{low_tail:>8.3f}{high_tail:>8.3f}"
            f"{shares[fact]:>8.2f}"
        )
    commit_figures("baseline_facts", "\n".join(lines))
    assert min(shares.values()) >= 0.8, shares
