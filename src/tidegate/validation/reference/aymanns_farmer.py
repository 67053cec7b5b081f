"""The leverage cycle of Aymanns, Caccioli, Farmer and Tan (2016): a bank and a fund, many paths.

The bank's target of leverage follows the variance that it perceives, an average of squared returns
with exponentially falling weights:

    target = level (1 + variance / least)^b

b = -1/2 is value at risk: leverage falls as volatility rises. At b = 0 it is fixed, above that it
is countercyclical. Each step the bank goes a part of the way to its target, by new loans or by
paying some back; its equity is drawn towards a fixed amount, by dividends and new shares that the
fund takes up. The bank always holds the same share of its portfolio in the risky asset. The fund's
share rises when the price is below value, and has noise. The asset, one unit of it, is priced so
that both hold it. Time is in years.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["STEP", "Rule", "Runs", "simulate"]

Floats = NDArray[np.float64]

STEP: Final = 0.1
VALUE: Final = 25.0
RISKY: Final = 0.3  # share of the bank's portfolio
MEMORY: Final = 0.5  # weight a year of the newest return in the variance
HORIZON: Final = 0.1  # over which a loss is reckoned
EQUITY: Final = 2.27  # that the bank's is drawn to
PAYOUT: Final = 10.0  # part of the way there, a year
REVERSION: Final = 0.1  # of the fund, a year
# The paper has 1e-6, at which no price is stable under a countercyclical rule. The level makes
# cycles of value at risk last 10 to 15 years, as there.
LEAST_VARIANCE: Final = 1e-4
LEVEL: Final = 10.0
# GARCH noise of the fund's demand: constant, weight of the last shock, of the last variance.
GARCH: Final = (1e-3, 0.016, 0.87)
LIVING: Final = (0.5, 1e3)  # price outside which the world is taken to have ended


@dataclass(frozen=True, slots=True)
class Rule:
    """How the bank's target follows the variance, and how fast the bank follows the target.

    Attributes
    ----------
    cyclicality
        b.
    level
        Target while no variance is perceived.
    speed
        Part of the way to the target, a year.
    """

    cyclicality: float = -0.5
    level: float = LEVEL
    speed: float = 9.5

    def target(self, variance: Floats) -> Floats:
        """Return leverage by perceived variance."""
        relative: Floats = 1.0 + variance / LEAST_VARIANCE
        return self.level * relative**self.cyclicality


@dataclass(frozen=True, slots=True)
class Runs:
    """Prices and the bank's leverage (paths x steps); NaN from where a world has ended."""

    prices: Floats
    leverage: Floats


def simulate(rule: Rule, seeds: NDArray[np.int64], years: float) -> Runs:
    """Run a path for each seed.

    Parameters
    ----------
    rule
        Of the bank.
    seeds
        Of the fund's noise.
    years
        Length.
    """
    steps, paths = round(years / STEP), len(seeds)
    draws = np.array([np.random.default_rng([s, steps]).standard_normal(steps) for s in seeds])
    world = _World(rule, paths)
    prices, leverage = np.full((2, paths, steps), np.nan)
    shock, spread = np.zeros(paths), np.full(paths, GARCH[0] / (1.0 - GARCH[1] - GARCH[2]))
    for step in range(steps):
        spread = GARCH[0] + GARCH[1] * shock**2 + GARCH[2] * spread
        shock = np.sqrt(spread) * draws[:, step]
        world.advance(rule, shock)
        prices[:, step], leverage[:, step] = world.price, world.leverage()
    return Runs(prices, leverage)


class _World:
    """The state of all paths."""

    def __init__(self, rule: Rule, paths: int) -> None:
        self.variance = np.zeros(paths)
        self.share = np.full(paths, 0.5)  # of the fund's portfolio in the asset
        self.price = np.full(paths, VALUE)
        assets = rule.level * EQUITY
        self.owned = np.full(paths, RISKY * assets / VALUE)  # by the bank, of the one unit there is
        self.debt = np.full(paths, assets - EQUITY)

    def assets(self) -> Floats:
        """Return what the bank's portfolio is worth."""
        worth: Floats = self.owned * self.price / RISKY
        return worth

    def leverage(self) -> Floats:
        """Return the bank's assets over its equity."""
        ratio: Floats = self.assets() / (self.assets() - self.debt)
        return ratio

    def advance(self, rule: Rule, shock: Floats) -> None:
        """Go on by one step."""
        assets = self.assets()
        equity = assets - self.debt
        borrowed = STEP * rule.speed * (rule.target(self.variance) * equity - assets)
        raised = STEP * PAYOUT * (EQUITY - equity)
        pull = STEP * REVERSION * (VALUE - self.price) + np.sqrt(STEP) * shock
        share = self.share * (1.0 + pull / self.price)
        bank_cash = (1.0 - RISKY) * assets + raised
        fund_cash = (1.0 - self.share) * (1.0 - self.owned) * self.price / self.share - raised
        money = RISKY * (bank_cash + borrowed) + share * fund_cash
        price = money / (1.0 - RISKY * self.owned - share * (1.0 - self.owned))
        alive = (price > LIVING[0]) & (price < LIVING[1])
        price = np.where(alive, price, np.nan)
        self.owned = RISKY * (self.owned * price + bank_cash + borrowed) / price
        squared = (np.log(price / self.price) * HORIZON / STEP) ** 2
        self.variance = self.variance + STEP * MEMORY * (squared - self.variance)
        self.share, self.price, self.debt = share, price, self.debt + borrowed
