"""Chartists who switch mood and trade (Lux and Marchesi 1999, 2000), paths as columns.

Of N traders some are fundamentalists, some optimists, some pessimists. Optimists and pessimists
infect each other and follow the trend; chartists and fundamentalists switch to what pays more. A
market maker moves the price by single ticks, which come as often as excess demand and noise say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Runs", "Terms", "simulate"]

Floats = NDArray[np.float64]

TRADERS: Final = 500
TICK: Final = 0.001
STEPS: Final = 100  # a unit of time
TREND_STEPS: Final = 20  # over which the trend is measured
FEWEST: Final = 4  # of a group: none dies out


@dataclass(frozen=True, slots=True)
class Terms:
    """Parameters (set I of the 2000 paper, and its price block)."""

    mood_rate: float = 3.0  # v1
    switch_rate: float = 2.0  # v2
    herding: float = 0.6  # a1
    trend: float = 0.2  # a2
    profit: float = 0.5  # a3
    value: float = 10.0  # p_f
    speed: float = 6.0  # beta
    chartist_volume: float = 10.0  # T_c, of all traders
    fundamental_volume: float = 5.0  # T_f
    dividend: float = 0.004  # r
    yield_elsewhere: float = 0.0004  # R
    discount: float = 0.75  # s
    noise: float = 0.05  # sigma_mu
    switching: bool = True  # off: everybody stays what they are


@dataclass(frozen=True, slots=True)
class Runs:
    """Log returns of unit time and the share of chartists at each unit's start (paths x units)."""

    returns: Floats
    chartists: Floats


def simulate(terms: Terms, seeds: Sequence[int], units: int, warm_up: int = 50) -> Runs:
    """Run a path a seed; the draws of all paths come from one stream of the first seed's."""
    rng = np.random.default_rng([*seeds[:1], len(seeds)])
    paths = len(seeds)
    price = np.full(paths, terms.value)
    # Rows: fundamentalists, optimists, pessimists.
    groups = np.tile(np.array([[0.8], [0.1], [0.1]]) * TRADERS, (1, paths))
    past = np.tile(price, (TREND_STEPS, 1))
    logs, chartists = np.empty((paths, units + 1)), np.empty((paths, units + 1))
    for unit in range(-warm_up, units + 1):
        if unit >= 0:
            logs[:, unit] = np.log(price)
            chartists[:, unit] = 1.0 - groups[0] / TRADERS
        for step in range(STEPS):
            slope = (price - past[step % TREND_STEPS]) * (STEPS / TREND_STEPS)
            past[step % TREND_STEPS] = price
            if terms.switching:
                groups = _switch(terms, groups, price, slope, rng)
            price = _trade(terms, groups, price, rng)
    return Runs(np.diff(logs, axis=1), chartists[:, :-1])


def _switch(
    terms: Terms, groups: Floats, price: Floats, slope: Floats, rng: np.random.Generator
) -> Floats:
    """Move traders between the groups over one step."""
    value, up, down = groups
    chart = up + down
    mood = terms.herding * (up - down) / chart + terms.trend / terms.mood_rate * slope / price
    change = (terms.dividend + slope / terms.switch_rate) / price - terms.yield_elsewhere
    pays = terms.discount * np.abs(terms.value - price) / price
    optimist, pessimist = terms.profit * (change - pays), terms.profit * (-change - pays)
    moods = terms.mood_rate * chart / TRADERS
    rates = np.stack(
        [
            moods * np.exp(-mood),  # optimists who turn pessimists, and back
            moods * np.exp(mood),
            terms.switch_rate * up / TRADERS * np.exp(optimist),  # fundamentalists to optimists
            terms.switch_rate * value / TRADERS * np.exp(-optimist),  # and back
            terms.switch_rate * down / TRADERS * np.exp(pessimist),
            terms.switch_rate * value / TRADERS * np.exp(-pessimist),
        ]
    )
    from_group = np.stack([up, down, value, up, value, down]).astype(np.int64)
    moved = rng.binomial(from_group, -np.expm1(-np.minimum(rates, STEPS) / STEPS))
    new = np.stack(
        [
            value - moved[2] + moved[3] - moved[4] + moved[5],
            up - moved[0] + moved[1] + moved[2] - moved[3],
            down + moved[0] - moved[1] + moved[4] - moved[5],
        ]
    )
    # A path in which a group would die out stays as it was for a step.
    kept: Floats = np.where(new.min(axis=0) >= FEWEST, new, groups)
    return kept


def _trade(terms: Terms, groups: Floats, price: Floats, rng: np.random.Generator) -> Floats:
    value, up, down = groups
    demand = (up - down) * terms.chartist_volume / TRADERS
    demand = demand + value * terms.fundamental_volume / TRADERS * (terms.value - price)
    demand = demand + terms.noise * rng.standard_normal(len(price))
    ticks = terms.speed * demand / (STEPS * TICK)
    whole = np.floor(ticks + rng.random(len(price)))  # the mean is kept
    moved: Floats = np.maximum(price + whole * TICK, TICK)
    return moved
