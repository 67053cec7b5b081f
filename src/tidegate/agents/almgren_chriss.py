"""Optimal execution after Almgren and Chriss (2000), in whole units that sum exactly.

A large order moves the price for good (linearly, by gamma a unit) and for the moment (linearly,
by eta per unit a day), while waiting carries risk. The holdings that minimise expected cost plus
lambda times its variance fall along a hyperbolic sine.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

from tidegate_core.draws import exp, log

__all__ = ["AlmgrenChriss", "cumulative"]

SCALE = 10**15
STEEP = 300.0  # beyond it everything is done in the first period


@dataclass(frozen=True, slots=True)
class AlmgrenChriss:
    """Costs and schedule of one order of size X worked over N periods.

    Parameters
    ----------
    total
        X, units to trade, >= 0.
    periods
        N, number of periods, >= 1.
    period_days
        tau, length of a period in days, > 0.
    volatility
        sigma, USD per unit and square root of a day, >= 0.
    temporary
        eta, USD per unit for every unit a day.
    permanent
        gamma, USD per unit for every unit, >= 0.
    risk_aversion
        lambda, 1/USD, >= 0; 0 trades evenly.
    half_spread
        epsilon, USD per unit, >= 0: the fixed cost.
    """

    total: int
    periods: int
    period_days: float = 1.0
    volatility: float = 0.0
    temporary: float = 1.0
    permanent: float = 0.0
    risk_aversion: float = 0.0
    half_spread: float = 0.0

    def __post_init__(self) -> None:
        _require("total", self.total, self.total >= 0, ">= 0")
        _require("periods", self.periods, self.periods >= 1, ">= 1")
        _require("period_days", self.period_days, self.period_days > 0.0, "> 0")
        for name in ("volatility", "permanent", "risk_aversion", "half_spread"):
            value = getattr(self, name)
            _require(name, value, value >= 0.0, ">= 0")
        least = self.permanent * self.period_days / 2.0
        _require("temporary", self.temporary, self.temporary > least, f"> {least:g}")

    @property
    def net_temporary(self) -> float:
        """Temporary cost net of the permanent impact within a period, eta - gamma tau / 2."""
        return self.temporary - self.permanent * self.period_days / 2.0

    @property
    def kappa(self) -> float:
        """Urgency, 1/day: 1/kappa is the time in which an unhurried order is worked."""
        square = self.risk_aversion * self.volatility * self.volatility / self.net_temporary
        half = square * self.period_days * self.period_days / 2.0
        return log(1.0 + half + sqrt(half * (half + 2.0))) / self.period_days

    def holdings(self) -> tuple[int, ...]:
        """Return what is left to trade at the end of periods 0 to N."""
        done = cumulative(self.total, self.periods, self.kappa * self.period_days)
        return tuple(self.total - traded for traded in done)

    def trades(self) -> tuple[int, ...]:
        """Return what is traded in each period; sums to the total."""
        left = self.holdings()
        return tuple(before - after for before, after in pairwise(left))

    @property
    def expected_cost(self) -> float:
        """Expected shortfall of this schedule, USD."""
        squares = float(sum(n * n for n in self.trades())) / self.period_days
        return (
            0.5 * self.permanent * self.total * self.total
            + self.half_spread * self.total
            + self.net_temporary * squares
        )

    @property
    def variance(self) -> float:
        """Variance of the shortfall, USD squared."""
        squares = float(sum(x * x for x in self.holdings()[1:]))
        return self.volatility * self.volatility * self.period_days * squares


def cumulative(total: int, periods: int, urgency: float) -> tuple[int, ...]:
    """Return what is traded by the end of periods 0 to N, rising to exactly the total.

    Parameters
    ----------
    total
        Units to trade, >= 0.
    periods
        N, >= 1.
    urgency
        kappa tau: how much more is traded early, per period; 0 trades evenly.
    """
    _require("urgency", urgency, urgency >= 0.0, ">= 0")
    if urgency < 1e-9:
        return tuple(total * k // periods for k in range(periods + 1))
    left = (round(SCALE * _left(urgency, periods, k)) for k in range(1, periods))
    return (0, *(total - total * share // SCALE for share in left), total)


def _left(urgency: float, periods: int, k: int) -> float:
    """Return sinh(u (N - k)) / sinh(u N), written so that nothing overflows."""
    if urgency * k > STEEP:
        return 0.0
    rest = _decayed(min(2.0 * urgency * (periods - k), STEEP))
    return exp(-urgency * k) * rest / _decayed(min(2.0 * urgency * periods, STEEP))


def _decayed(x: float) -> float:
    """Return 1 - exp(-x), to the last digits where x is small too."""
    if x > 1e-3:
        return 1.0 - exp(-x)
    return x * (1.0 - x / 2.0 * (1.0 - x / 3.0 * (1.0 - x / 4.0 * (1.0 - x / 5.0))))


def _require(name: str, value: object, allowed: bool, rule: str) -> None:
    if not allowed:
        raise ValueError(f"{name} must be {rule}, got {value!r}")
