"""A target-date fund's glide path: equity by age, and the sleeve of coins inside it."""

from __future__ import annotations

from typing import NamedTuple

from tidegate.scenario.savers import GlideSpec

__all__ = ["GlidePath", "Mix"]


class Mix(NamedTuple):
    """What a target-date fund holds; the three sum to 1."""

    equity: float
    coins: float
    bonds: float


class GlidePath(GlideSpec):
    """Equity that is held, falls to retirement, and lands some years after it."""

    def equity(self, age: float) -> float:
        """Return the share of equity at an age, coins included."""
        if age <= self.held_until:
            return self.start
        if age <= self.retirement:
            down = (age - self.held_until) / (self.retirement - self.held_until)
            return self.start + (self.at_retirement - self.start) * down
        down = min((age - self.retirement) / self.landing_years, 1.0)
        return self.at_retirement + (self.final - self.at_retirement) * down

    def coins(self, age: float, allocation: float) -> float:
        """Return the weight of coins at an age, where the young hold ``allocation``."""
        if self.sleeve == "flat" or self.start <= 0.0:
            return min(allocation, self.equity(age))
        return min(allocation, self.start) * (self.equity(age) / self.start)

    def mix(self, age: float, allocation: float = 0.0) -> Mix:
        """Return the whole fund at an age: coins come out of its equity."""
        equity = self.equity(age)
        coins = self.coins(age, allocation)
        return Mix(equity - coins, coins, 1.0 - equity)
