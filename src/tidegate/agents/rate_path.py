"""The policy rate's path: decisions, what was expected of them, and what they do to value.

Everything is a function of the second of the run, so steps of any length see the same path.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from tidegate_core.draws import exp

from tidegate.scenario.easing import EasingSpec, RateLevers

__all__ = ["Decision", "RatePath"]

DAY = 86_400
MONTH = 2_629_746  # seconds, a twelfth of 365.2425 days
TRILLION = 1e12


@dataclass(frozen=True, slots=True)
class Decision:
    """What the central bank decides at one moment.

    Attributes
    ----------
    second
        When it is public; before the run if < 0.
    change_bp, expected_bp
        Change of the target range, and the part of it that was expected on the eve.
    surprise_bp
        Surprise in the two-year yield, that of purchases included.
    priced
        Second at which the expected part came to be expected; None: before the run.
    usd_month, months
        Purchases of assets that it starts.
    """

    second: int
    change_bp: float
    expected_bp: float
    surprise_bp: float
    priced: int | None = None
    usd_month: float = 0.0
    months: float = 0.0

    @classmethod
    def of(cls, levers: RateLevers, spec: EasingSpec) -> Self:
        """Return the decision that a board of levers shows; it must show one."""
        if levers.decided is None:
            raise ValueError("decided is None; these levers show no decision")
        change = -levers.cut_bp
        purchases = levers.balance_usd_month * levers.balance_months / TRILLION
        return cls(
            second=levers.decided,
            change_bp=change,
            expected_bp=change * (1.0 - levers.surprise_share),
            surprise_bp=levers.surprise_share * (change + spec.purchases_bp * purchases),
            usd_month=levers.balance_usd_month,
            months=levers.balance_months,
        )


@dataclass(frozen=True, slots=True)
class RatePath:
    """The decisions of a run, and all that follows from them.

    Parameters
    ----------
    spec : EasingSpec
        Where rates start, and how value responds.
    decisions : tuple of Decision
        In order of time.
    """

    spec: EasingSpec
    decisions: tuple[Decision, ...] = ()

    @classmethod
    def scheduled(cls, spec: EasingSpec, start: dt.date) -> Self:
        """Return the path of the calendar's meetings for a run from midnight of ``start``.

        What was decided before is in the range at the start, and counts no more.
        """
        decisions = []
        for meeting in spec.meetings:
            second = (meeting.day - start).days * DAY + spec.statement_second
            if second < 0:
                continue
            early = meeting.priced_days
            decision = Decision(
                second=second,
                change_bp=meeting.change_bp,
                expected_bp=meeting.expected_bp,
                surprise_bp=meeting.surprise_bp,
                priced=None if early is None else second - round(early * DAY),
            )
            decisions.append(decision)
        return cls(spec, tuple(decisions))

    def adding(self, decisions: Iterable[Decision]) -> Self:
        """Return the path with more decisions on it."""
        both = sorted((*self.decisions, *decisions), key=lambda decision: decision.second)
        return type(self)(self.spec, tuple(both))

    # -- rates and the balance sheet ----------------------------------------------------------

    def target_bp(self, second: int) -> tuple[float, float]:
        """Return the target range in force; it ends at 0 below."""
        lower = self.spec.lower_bp
        for decision in self.decisions:
            if decision.second <= second:
                lower = max(lower + decision.change_bp, 0.0)
        return lower, lower + self.spec.width_bp

    def expected_bp(self, second: int) -> float:
        """Return the lower end that the market expects after the next decision."""
        lower, _ = self.target_bp(second)
        ahead = next((d for d in self.decisions if d.second > second), None)
        if ahead is None or (ahead.priced is not None and second < ahead.priced):
            return lower
        return max(lower + ahead.expected_bp, 0.0)

    def balance(self, second: int) -> int:
        """Return the assets of the central bank, whole USD."""
        total = int(self.spec.balance_usd)
        total += int(self.spec.balance_usd_month) * second // MONTH
        for decision in self.decisions:
            last = round(decision.months * MONTH)
            bought = min(max(second - decision.second, 0), last)
            total += int(decision.usd_month) * bought // MONTH
        return max(total, 0)

    # -- value --------------------------------------------------------------------------------

    def value(self, second: int) -> float:
        """Return what all news of rates since the start has done to the log value of BTC."""
        return self._news(second) - self._news(0)

    def _news(self, second: int) -> float:
        spec, total = self.spec, 0.0
        for decision in self.decisions:
            expected = spec.anticipated * decision.expected_bp
            total += (decision.surprise_bp + expected) * self._taken_up(second - decision.second)
            if decision.priced is not None:
                total += decision.expected_bp * self._taken_up(second - decision.priced)
        return spec.response * total

    def _taken_up(self, seconds: int) -> float:
        """Return the part of a surprise's day-0 effect that is there after a time; may exceed 1."""
        if seconds <= 0:
            return 0.0
        spec = self.spec
        ramp = min(seconds / (60.0 * spec.ramp_minutes), 1.0)
        return ramp + spec.drift * (1.0 - exp(-seconds / (DAY * spec.drift_days)))
