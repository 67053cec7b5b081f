"""Rebalancing: the rule that returns a holding to its weight after prices have moved it.

A rule that buys what fell and sells what rose is the contrarian half of a pension fund; "none"
lets the weight drift.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from tidegate.agents.business_days import BusinessDays
from tidegate.scenario.levers import RebalancingRule

__all__ = ["Rebalancing"]

PPB = 1_000_000_000
QUARTER_ENDS = (3, 6, 9, 12)


@dataclass(frozen=True, slots=True)
class Rebalancing:
    """When a holding is returned to its target, and by how much.

    Parameters
    ----------
    rule
        ``"none"``: never; ``"calendar"``: at the last strike of a quarter; ``"band"``: at any
        strike at which it has left the band.
    band
        Largest drift left alone, between 0 and 1: a share of the pool.
    relative
        Whether the band is a share of the target instead.
    """

    rule: RebalancingRule
    band: float = 0.02
    relative: bool = False

    def __post_init__(self) -> None:
        if self.rule not in get_args(RebalancingRule):
            allowed = ", ".join(get_args(RebalancingRule))
            raise ValueError(f"rule must be one of {allowed}, got {self.rule!r}")
        if not 0.0 < self.band < 1.0:
            raise ValueError(f"band must be between 0 and 1, exclusive, got {self.band}")

    def due(self, days: BusinessDays, start: int, end: int) -> bool:
        """Tell whether the rule looks at the weights at a strike in [start, end)."""
        if self.rule == "none":
            return False
        strikes = days.strikes(start, end)
        if self.rule == "band":
            return bool(strikes)
        return any(
            day.month in QUARTER_ENDS and day == days.month_end(day.year, day.month)
            for day in strikes
        )

    def trade(self, holding: int, target: int, pool: int) -> int:
        """Return the signed amount to trade now; positive buys.

        Parameters
        ----------
        holding, target
            Value of the holding and what it should be, micro-units of cash, >= 0.
        pool
            Value of the portfolio the holding is part of, micro-units of cash.
        """
        for name, value in (("holding", holding), ("target", target)):
            if not 0 <= value <= pool:
                raise ValueError(f"{name} must be in 0 .. pool ({pool}), got {value}")
        if self.rule == "none":
            return 0
        gap = target - holding
        base = target if self.relative else pool
        inside = abs(gap) * PPB <= round(self.band * PPB) * base
        return 0 if self.rule == "band" and inside else gap
