"""Between announcement and start: a plan watches prices, and may be postponed by them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from tidegate.agents.dated_plan import DatedPlan
from tidegate.agents.reserve_politics import drawdown, must_wait, shrunk
from tidegate.agents.state_risks import REVIEW_DAYS

__all__ = ["PlanWatch", "Verdict"]

MICRO = 1_000_000


class Verdict(Enum):
    """What a plan does on a day before its start."""

    NOT_DUE = "not due"
    POSTPONE = "postpone"
    BEGIN = "begin"


class PlanWatch:
    """The fall since a plan was announced, and what it does to its date and size.

    Parameters
    ----------
    plan : DatedPlan
        The plan.
    prices : iterable of float
        Prices of the days since its announcement, USD.
    """

    def __init__(self, plan: DatedPlan, prices: Iterable[float]) -> None:
        self.plan = plan
        self.fall = 0.0  # from the peak, today
        self.deepest = 0.0
        self._peak = 0.0
        self._due = plan.start
        for price in prices:
            self.see(price)

    def see(self, price: float) -> None:
        """Note a day's price."""
        self._peak = max(self._peak, price)
        self.fall = drawdown(price, self._peak)
        self.deepest = max(self.deepest, self.fall)

    def decide(self, day: int) -> Verdict:
        """Decide for a day: one that is postponed is looked at again after a review period."""
        terms = self.plan.terms
        if day < self._due:
            return Verdict.NOT_DUE
        # One that waits for a crash looks every day, and may wait for ever.
        patient = terms.dip > 0.0 or day < self.plan.start + terms.wait_days
        if must_wait(terms, self.fall) and patient:
            self._due = day + (1 if terms.dip > 0.0 else REVIEW_DAYS)
            return Verdict.POSTPONE
        return Verdict.BEGIN

    @property
    def size(self) -> int:
        """What is left of the size announced, micro-USD."""
        terms = self.plan.terms
        return shrunk(terms, int(terms.size_usd * MICRO), self.deepest)
