"""Entries of positions that are still open: random walks that never touched their own barrier.

The log price of a position's past is a random walk that ends now. Given age and entry it is a
bridge, which stayed on the safe side of a barrier with probability

    1 - exp(-2 d0 d1 / (volatility^2 age))

d0 and d1 being the log distances of entry and of today's price from it. Age and entry are drawn
until a bridge survives; so few triggers lie near the price, as on any morning.

Prices are relative to today's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tidegate_core import draws
from tidegate_core.perpetual import Perpetual, deductions

__all__ = ["MarginTiers", "Survivors", "liquidation_prices"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

MILLION = 1_000_000
ATTEMPTS = 64  # at a survivor; whoever finds none opened just now
FIRST_TICK = 16  # of the draws; one tick an attempt, with three draws
AGE, STEP, TOUCH = range(3)


class MarginTiers:
    """Margin tiers of a contract, looked up by columns.

    Parameters
    ----------
    terms : Perpetual
        The contract.
    """

    def __init__(self, terms: Perpetual) -> None:
        self._caps = np.array([tier.cap for tier in terms.tiers[:-1]], dtype=np.int64)
        self._rates = np.array([tier.maintenance_ppm for tier in terms.tiers], dtype=np.int64)
        self._leverage = np.array([tier.max_leverage for tier in terms.tiers], dtype=np.int64)
        self._cums = np.array(deductions(terms.tiers), dtype=np.int64)

    def _tier(self, notional: _Ints, multiplicity: _Ints) -> NDArray[np.intp]:
        return np.searchsorted(self._caps, -(-notional // multiplicity))

    def max_leverage(self, notional: _Ints, multiplicity: _Ints) -> _Ints:
        """Return the highest leverage allowed at a notional of `multiplicity` accounts together."""
        return self._leverage[self._tier(notional, multiplicity)]

    def maintenance(self, notional: _Ints, multiplicity: _Ints) -> _Ints:
        """Return the maintenance margin, exactly."""
        tier = self._tier(notional, multiplicity)
        whole, rest = np.divmod(notional, MILLION)
        due = whole * self._rates[tier] - (-rest * self._rates[tier] // MILLION)
        return due - multiplicity * self._cums[tier]

    def line(self, notional: _Ints, multiplicity: _Ints) -> tuple[_Floats, _Floats]:
        """Return the maintenance rate, and the deduction as a share of today's notional."""
        tier = self._tier(notional, multiplicity)
        return self._rates[tier] / MILLION, multiplicity * self._cums[tier] / notional


def liquidation_prices(
    entry: _Floats, side: _Ints, margin_rate: _Floats, line: tuple[_Floats, _Floats]
) -> _Floats:
    """Return where margin is down to maintenance; 0 or less: at no price.

    Parameters
    ----------
    entry : column of float
        Entry prices.
    side : column of int
        1 long, -1 short.
    margin_rate : column of float
        Isolated margin over entry cost.
    line : pair of columns
        As `MarginTiers.line` gives it; the tier is that of today's notional.
    """
    rate, deduction = line
    return (entry * (1.0 - side * margin_rate) - side * deduction) / (1.0 - side * rate)


@dataclass(frozen=True, slots=True)
class Survivors:
    """Positions whose entries are to be drawn, as columns.

    Parameters
    ----------
    ids : column of uint64
        Index of each position's draws.
    side : column of int
        1 long, -1 short.
    margin_rate : column of float
        Isolated margin over entry cost.
    line : pair of columns
        As `MarginTiers.line` gives it.
    way : column of float
        How far the barrier is on the way from entry to liquidation: 1 without a stop.
    mean_age : column of float
        Days, before anything is closed.
    """

    ids: NDArray[np.uint64]
    side: _Ints
    margin_rate: _Floats
    line: tuple[_Floats, _Floats]
    way: _Floats
    mean_age: _Floats

    def _rows(self, rows: NDArray[np.intp]) -> Survivors:
        rate, deduction = self.line
        return Survivors(
            self.ids[rows],
            self.side[rows],
            self.margin_rate[rows],
            (rate[rows], deduction[rows]),
            self.way[rows],
            self.mean_age[rows],
        )

    def _attempt(self, key: int, attempt: int, volatility: float, nearest: float) -> _Floats:
        """Draw one age and entry each; NaN where its bridge was closed on the way."""
        tick, n = FIRST_TICK + attempt, len(self.ids)
        age, step, touch = np.empty(n), np.empty(n), np.empty(n)
        draws.fill_exponential(age, key, tick, AGE, self.ids)
        draws.fill_normal(step, key, tick, STEP, self.ids)
        draws.fill_uniform(touch, key, tick, TOUCH, self.ids)
        spread = volatility * np.sqrt(age * self.mean_age)
        walk = spread * step
        entry = np.asarray(draws.exp(walk))
        liquidation = liquidation_prices(entry, self.side, self.margin_rate, self.line)
        barrier = entry + self.way * (np.maximum(liquidation, 0.0) - entry)
        finite = barrier > 0.0
        away = np.asarray(draws.log(np.where(finite, barrier, 1.0)))
        from_entry, from_now = self.side * (walk - away), -self.side * away
        closed = np.asarray(draws.exp(-2.0 * from_entry * from_now / (spread * spread)))
        open_now = (from_entry > 0.0) & (from_now > nearest) & (touch >= closed)
        return np.where(open_now | ~finite, entry, np.nan)

    def entries(self, key: int, volatility: float, nearest: float) -> _Floats:
        """Draw entry prices.

        Parameters
        ----------
        key : int
            Key of the draws (64 bits).
        volatility : float
            Standard deviation of the log price over a day.
        nearest : float
            No barrier is nearer than this to today's price, in logs.
        """
        entry = np.ones(len(self.ids))
        rows = np.arange(len(self.ids))
        waiting = self
        for attempt in range(ATTEMPTS):
            found = waiting._attempt(key, attempt, volatility, nearest)
            failed = np.isnan(found)
            entry[rows[~failed]] = found[~failed]
            left = np.flatnonzero(failed)
            if not len(left):
                break
            rows, waiting = rows[left], waiting._rows(left)
        return entry
