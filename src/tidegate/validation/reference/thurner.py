"""Leveraged value funds and a noise trader (Thurner, Farmer and Geanakoplos 2012), many paths.

A fund with aggression beta wants the share min(beta m, limit) of its wealth in the asset while the
mispricing m = V - p is positive, and none else; a limit above 1 is bought with loans. The noise
trader's cash wanders around N V. Investors follow what a fund has earned lately. A fund whose
wealth falls below a tenth of the first is out, and comes back after a while.

Supply and demand may meet at several prices: the one nearest to the last is taken. Demand is a
quadratic of the price between the prices where a fund's limit begins to bind, where its wealth is
gone, and V, so the roots are exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Limit", "Runs", "simulate"]

Floats = NDArray[np.float64]

SUPPLY: Final = 1_000.0
VALUE: Final = 1.0
PERSISTENCE: Final = 0.99
NOISE: Final = 0.035
AGGRESSION: Final = np.arange(5.0, 51.0, 5.0)
WEALTH: Final = 2.0
OUT_BELOW: Final = 0.1  # of the first wealth
ABSENCE: Final = 100  # steps
MEMORY: Final = 0.1  # weight of the last step in what investors remember
FLOW: Final = 0.15  # of wealth, per unit of return beyond the benchmark
BENCHMARK: Final = 0.005


@dataclass(frozen=True, slots=True)
class Limit:
    """What lenders allow.

    Attributes
    ----------
    ceiling
        Largest leverage.
    target
        Sd of returns up to which the ceiling is allowed; beyond, leverage falls as its inverse,
        but not below 1. None: the ceiling holds always.
    window
        Steps over which lenders measure that sd.
    """

    ceiling: float
    target: float | None = None
    window: int = 10


@dataclass(frozen=True, slots=True)
class Runs:
    """Log returns (paths x steps), defaults a path, and mean leverage of the active funds."""

    returns: Floats
    defaults: Floats
    leverage: Floats


def simulate(limits: list[Limit], seeds: NDArray[np.int64], steps: int) -> Runs:
    """Run a path for each limit, with the noise of the seed beside it."""
    world = _World(limits)
    noise = _noise(seeds, steps)
    logs = np.empty((len(limits), steps))
    cash = np.zeros(len(limits))
    for step in range(steps):
        cash = PERSISTENCE * cash + NOISE * noise[:, step]
        logs[:, step] = np.log(world.advance(SUPPLY * VALUE * np.exp(cash)))
    return Runs(np.diff(logs, axis=1), world.defaults, world.leverage / steps)


def _noise(seeds: NDArray[np.int64], steps: int) -> Floats:
    """Return a row of normal draws a path; paths with equal seeds share it."""
    rows = {
        s: np.random.default_rng([s, steps]).standard_normal(steps) for s in set(seeds.tolist())
    }
    return np.array([rows[s] for s in seeds.tolist()])


class _World:
    """The state of all paths: funds are columns."""

    def __init__(self, limits: list[Limit]) -> None:
        paths, funds = len(limits), len(AGGRESSION)
        self.price = np.full(paths, VALUE)
        self.shares = np.zeros((paths, funds))
        self.cash = np.full((paths, funds), WEALTH)
        self.earned = np.full((paths, funds), BENCHMARK)
        self.absent = np.zeros((paths, funds), dtype=np.int64)
        self.defaults = np.zeros(paths)
        self.leverage = np.zeros(paths)
        self._ceiling = np.array([limit.ceiling for limit in limits])
        self._target = np.array([limit.target or math.inf for limit in limits])
        self._memory = np.array([1.0 / limit.window for limit in limits])
        self._variance = np.zeros(paths)

    def advance(self, noise_cash: Floats) -> Floats:
        """Clear the market, settle the funds, and return the prices."""
        limit = self._limit()
        active = self.absent == 0
        price = _clear(self.price, limit, self.shares, self.cash, active, noise_cash)
        self._settle(price, limit, active)
        change = np.log(price / self.price)
        self._variance += self._memory * (change**2 - self._variance)
        self.price = price
        return price

    def _limit(self) -> Floats:
        spread = np.sqrt(self._variance)
        calm = spread <= self._target
        scaled = self._ceiling * self._target / np.where(calm, 1.0, spread)
        return np.where(calm, self._ceiling, np.maximum(scaled, 1.0))

    def _settle(self, price: Floats, limit: Floats, active: NDArray[np.bool_]) -> None:
        before = self.cash + self.shares * self.price[:, None]
        wealth = self.cash + self.shares * price[:, None]
        share = _wanted_share(price[:, None], limit[:, None])
        self.shares = np.where(active, share * np.maximum(wealth, 0.0) / price[:, None], 0.0)
        self.leverage += np.sum(share * active, axis=1) / np.maximum(active.sum(axis=1), 1)
        # Investors look at what the fund's trades earned, then add or take out cash.
        earned = np.where(active, wealth / np.where(active, before, 1.0) - 1.0, 0.0)
        self.earned += np.where(active, MEMORY * (earned - self.earned), 0.0)
        flow = np.maximum(FLOW * (self.earned - BENCHMARK), -1.0) * wealth
        self.cash = np.where(active, wealth - self.shares * price[:, None] + flow, self.cash)
        self._default(wealth + flow, active)

    def _default(self, wealth: Floats, active: NDArray[np.bool_]) -> None:
        gone = active & (wealth < OUT_BELOW * WEALTH)
        self.defaults += gone.sum(axis=1)
        self.absent = np.where(gone, ABSENCE, np.maximum(self.absent - 1, 0))
        new = gone | (~active & (self.absent == 0))
        self.shares[new], self.cash[new], self.earned[new] = 0.0, WEALTH, BENCHMARK


def _wanted_share(price: Any, limit: Any) -> Any:
    return np.clip(AGGRESSION * (VALUE - price), 0.0, limit)


def _clear(
    last: Floats,
    limit: Floats,
    shares: Floats,
    cash: Floats,
    active: NDArray[np.bool_],
    noise_cash: Floats,
) -> Floats:
    """Return the price nearest to the last one at which the funds and the noise hold the supply."""
    paths = len(last)
    held = np.where(active, shares, 0.0)
    # A fund that owes more than this price makes its shares worth has no demand.
    broke_below = np.where(held > 0.0, -cash / np.where(held > 0.0, held, 1.0), -math.inf)
    capped_below = VALUE - limit[:, None] / AGGRESSION
    edges = np.concatenate(
        [np.zeros((paths, 1)), broke_below, capped_below, np.full((paths, 1), VALUE)], axis=1
    )
    edges = np.sort(np.clip(edges, 0.0, VALUE), axis=1)
    lows = edges
    highs = np.concatenate([edges[:, 1:], np.full((paths, 1), math.inf)], axis=1)
    middle = np.where(np.isinf(highs), lows + 1.0, (lows + highs) / 2)[:, :, None]
    buys = active[:, None, :] & (middle > broke_below[:, None, :]) & (middle < VALUE)
    capped = buys & (middle < capped_below[:, None, :])
    free = buys & ~capped
    # Money demanded: sum of share x (cash + held p), less the supply's worth, plus the noise.
    strength, lends = free * AGGRESSION, capped * limit[:, None, None]
    own, has = cash[:, None, :], held[:, None, :]
    square = -np.sum(strength * has, axis=2)
    linear = np.sum(strength * (VALUE * has - own) + lends * has, axis=2) - SUPPLY
    constant = np.sum(strength * VALUE * own + lends * own, axis=2) + noise_cash[:, None]
    roots = _roots(square, linear, constant)
    inside = (roots >= lows[..., None] - 1e-12) & (roots <= highs[..., None] + 1e-12)
    gaps = np.where(inside & (roots > 0), np.abs(roots - last[:, None, None]), math.inf)
    best = np.argmin(gaps.reshape(paths, -1), axis=1)
    found: Floats = roots.reshape(paths, -1)[np.arange(paths), best]
    return found


def _roots(a: Floats, b: Floats, c: Floats) -> Floats:
    """Return both roots of a x^2 + b x + c, NaN where there are none; b is never 0 with a 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        root = np.sqrt(b * b - 4.0 * a * c)
        q = -0.5 * (b + np.copysign(root, b))
        return np.stack([q / a, c / q], axis=-1)
