"""The central bank as an agent: it decides by the calendar or a policy, and the public hears it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import polars as pl

from tidegate.agents.base import MarketAgent
from tidegate.agents.rate_path import Decision, RatePath
from tidegate.int_table import IntTable
from tidegate.scenario.easing import EasingSpec, RateLevers

__all__ = ["CentralBank", "Public"]

DAY = 86_400
VALUE_ONE = 10**12
COLUMNS = ("day", "lower", "upper", "expected", "balance", "value")


class Public(Protocol):
    """Whoever values coins; `tidegate.agents.retail_crowd.RetailCrowd` does."""

    def hear(self, log_jump: float) -> None:
        """Value coins higher by that, for good."""
        ...


class CentralBank(MarketAgent):
    """Sets the policy rate and buys assets; what surprises the public moves what coins are worth.

    It trades nothing. In `begin` it tells the public what news of rates does to value by the end of
    the tick, so that the sum does not depend on the length of steps.

    Parameters
    ----------
    spec : EasingSpec
        Rates at the start, the calendar, and the response.
    public : Public
        Who hears of it.
    levers : callable
        Returns the group `rates` of the board of levers.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: EasingSpec,
        public: Public,
        levers: Callable[[], RateLevers] = RateLevers,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.spec = spec
        self.public = public
        self.levers = levers
        self.rates = RatePath.scheduled(spec, self.clock.start)
        self.table = IntTable(COLUMNS)
        self._heeded = RateLevers()
        self._told = 0.0
        self._days = 0

    def begin(self) -> None:
        """Take up a new decision, and let the public hear what it knows by the end of the tick."""
        levers = self.levers()
        if levers != self._heeded:
            self._heeded = levers
            if levers.decided is not None:
                self.rates = self.rates.adding([Decision.of(levers, self.spec)])
        value = self.rates.value(self.clock.end)
        if value != self._told:
            self.public.hear(value - self._told)
            self._told = value

    def end(self) -> None:
        """Record every day that has ended."""
        days = self.clock.end // DAY
        while self._days < days:
            self._days += 1
            self._record(self._days)

    def _record(self, days: int) -> None:
        now, path = days * DAY, self.rates
        lower, upper = path.target_bp(now)
        rates = (lower, upper, path.expected_bp(now))
        row = [
            days - 1,
            *(round(1_000 * rate) for rate in rates),
            path.balance(now),
            round(VALUE_ONE * path.value(now)),
        ]
        self.table.extend(np.array([row], dtype=np.int64))

    @property
    def policy_rate_bp(self) -> float:
        """Middle of the target range at the end of the tick."""
        lower, upper = self.rates.target_bp(self.clock.end)
        return (lower + upper) / 2.0

    def frame(self) -> pl.DataFrame:
        """Return a row a day, as of its end.

        ``lower_bp``, ``upper_bp``: target range. ``expected_bp``: lower end expected after the
        next decision. ``balance_usd``: the bank's assets. ``value``: what news of rates has done to
        the log value of BTC.
        """
        rows = self.table.rows
        rates = {
            f"{name}_bp": rows[:, at] / 1_000
            for at, name in ((1, "lower"), (2, "upper"), (3, "expected"))
        }
        return pl.DataFrame(
            {
                "day": rows[:, 0],
                **rates,
                "balance_usd": rows[:, 4],
                "value": rows[:, 5] / VALUE_ONE,
            }
        )
