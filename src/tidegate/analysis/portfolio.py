"""What a small weight of coins does to a portfolio: volatility, Sharpe ratio, drawdown, wealth.

Closed forms, with yearly figures in shares (0.1 for 10 %): what a simulation of plans should
agree with, and what most claims about a half per cent can be settled by.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tidegate_core.draws import normal_quantile

__all__ = ["CoinMix", "max_drawdown", "money_weighted_return", "timing_gap"]


@dataclass(frozen=True, slots=True)
class CoinMix:
    """A portfolio of which a share is coins, rebalanced.

    Parameters
    ----------
    weight
        Share of coins, 0 to 1.
    base_return, coin_return
        Expected yearly return of the rest and of coins above the riskless rate.
    base_volatility, coin_volatility
        Yearly volatility of both, > 0.
    correlation
        Between them, -1 to 1.
    """

    weight: float
    base_return: float = 0.04
    coin_return: float = 0.10
    base_volatility: float = 0.10
    coin_volatility: float = 0.50
    correlation: float = 0.0

    def __post_init__(self) -> None:
        for name, inside, rule in (
            ("weight", 0.0 <= self.weight <= 1.0, "in [0, 1]"),
            ("base_volatility", self.base_volatility > 0.0, "> 0"),
            ("coin_volatility", self.coin_volatility > 0.0, "> 0"),
            ("correlation", -1.0 <= self.correlation <= 1.0, "in [-1, 1]"),
        ):
            if not inside:
                raise ValueError(f"{name} must be {rule}, got {getattr(self, name)!r}")

    @property
    def expected(self) -> float:
        """Expected excess return."""
        return (1.0 - self.weight) * self.base_return + self.weight * self.coin_return

    @property
    def volatility(self) -> float:
        """Volatility of the whole."""
        rest = (1.0 - self.weight) * self.base_volatility
        coins = self.weight * self.coin_volatility
        return math.sqrt(rest * rest + coins * coins + 2.0 * self.correlation * rest * coins)

    @property
    def sharpe(self) -> float:
        """Expected excess return per volatility."""
        return self.expected / self.volatility

    @property
    def risk_share(self) -> float:
        """Share of the variance that is due to coins."""
        coins = self.weight * self.coin_volatility
        rest = (1.0 - self.weight) * self.base_volatility
        return coins * (coins + self.correlation * rest) / self.volatility**2

    @property
    def required_return(self) -> float:
        """Excess return that coins must promise for a first small weight to raise the ratio."""
        return self.correlation * self.coin_volatility * self.base_return / self.base_volatility

    @property
    def least_risk_weight(self) -> float:
        """Weight of coins at which volatility is least, not below 0."""
        base, coin = self.base_volatility, self.coin_volatility
        covariance = self.correlation * base * coin
        spread = base * base + coin * coin - 2.0 * covariance
        return min(max((base * base - covariance) / spread, 0.0), 1.0) if spread > 0.0 else 0.0

    def stress_loss(self, coin_fall: float, base_fall: float = 0.0) -> float:
        """Return the loss of the whole when coins and the rest fall by these shares at once."""
        return self.weight * coin_fall + (1.0 - self.weight) * base_fall

    def expected_drawdown(self, years: float) -> float:
        """Return the expected largest log drawdown of a driftless portfolio (Magdon-Ismail)."""
        return math.sqrt(math.pi / 2.0) * self.volatility * math.sqrt(years)

    def wealth(self, probability: float, years: float) -> float:
        """Return the quantile of lognormal terminal wealth, per unit invested at the start."""
        drift = (self.expected - 0.5 * self.volatility**2) * years
        return math.exp(
            drift + self.volatility * math.sqrt(years) * float(normal_quantile(probability))
        )


def max_drawdown(values: Sequence[float]) -> float:
    """Return the largest fall from a high to a later low, as a share of the high."""
    high, worst = 0.0, 0.0
    for value in values:
        high = max(high, value)
        if high > 0.0:
            worst = max(worst, 1.0 - value / high)
    return worst


def money_weighted_return(years: Sequence[float], flows: Sequence[float], value: float) -> float:
    """Return the yearly log return at which flows grow to a value: that of the money, not of time.

    Parameters
    ----------
    years
        Time of each flow before the end, >= 0.
    flows
        Money in (positive) or out, as often as there are times.
    value
        Value at the end, > 0.
    """
    if len(years) != len(flows):
        raise ValueError(f"years and flows must be as many, got {len(years)} and {len(flows)}")

    def excess(rate: float) -> float:
        grown = [f * math.exp(rate * y) for y, f in zip(years, flows, strict=True)]
        return math.fsum(grown) - value

    low, high = -20.0, 20.0
    if excess(low) * excess(high) > 0.0:
        raise ValueError("no rate between -20 and 20 per year grows the flows to the value")
    rising = excess(high) > 0.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        if (excess(middle) > 0.0) == rising:
            high = middle
        else:
            low = middle
    return 0.5 * (low + high)


def timing_gap(
    years: Sequence[float], flows: Sequence[float], prices: Sequence[float], last: float
) -> float:
    """Return the log return a year that the timing of flows cost, or (below 0) gained.

    Parameters
    ----------
    years, flows
        As for `money_weighted_return`, the earliest flow first.
    prices
        Price at which each flow was invested, > 0.
    last
        Price at the end, > 0.
    """
    units = math.fsum(f / p for f, p in zip(flows, prices, strict=True))
    held = math.log(last / prices[0]) / years[0]
    return held - money_weighted_return(years, flows, units * last)
