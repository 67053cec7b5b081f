"""Rebalancing: the rule that returns a holding to its weight after prices have moved it.

A rule that buys what fell and sells what rose is the contrarian half of a pension fund; "none"
lets the weight drift.
"""

from __future__ import annotations

from tidegate.agents.business_days import BusinessDays
from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.levers import RebalancingRule

__all__ = ["Rebalancing"]

PPB = 1_000_000_000
QUARTER_ENDS = (3, 6, 9, 12)


class Rebalancing(Frozen):
    """When a holding is returned to its target, and by how much."""

    rule: RebalancingRule = quantity(
        "band",
        unit="none | calendar | band",
        source="M9: target-date funds rebalance by themselves within a band",
        about="Never; at the last strike of a quarter; at any strike outside the band.",
    )
    band: float = quantity(
        0.02,
        unit="1",
        source="about 2 percentage points (M9: general knowledge, not verified)",
        about="Largest drift left alone: a share of the pool, or of the target if relative.",
        gt=0,
        lt=1,
    )
    relative: bool = quantity(
        False,
        unit="yes/no",
        source="M9 states the band in points of the pool",
        about="Measure the band relative to the target, the only one a 1 % sleeve can leave "
        "downwards.",
    )

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
