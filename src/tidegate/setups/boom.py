"""What a study of booms that end in a bust may set: a cut of rates, and when the bad news comes.

The cut lifts value by what a surprise of its size does in a day, evenly over the boom; it lets
borrowers against coins want more debt, and adds to the leverage that calm would have permitted.
Pension money and calm are those of `tidegate.setups.patient`.
"""

from __future__ import annotations

from typing import Final

from tidegate.agents.credit_response import leverage_factor
from tidegate.policies.base import Policy
from tidegate.policies.rate_decision import RateDecision
from tidegate.policies.trade_shock import TradeShock
from tidegate.scenario.easing import EasingSpec
from tidegate.scenario.lending import LendingSpec
from tidegate.scenario.leveraged import LeveragedScenario
from tidegate.scenario.loan_rates import LoanRatesSpec
from tidegate.setups.crash import DAY, HOUR, Day
from tidegate.setups.patient import PatientParameters
from tidegate.study.experiment import Timeline, parameter

__all__ = ["BoomParameters", "timeline"]

EASING: Final = EasingSpec()
RATES: Final = LoanRatesSpec()


class BoomParameters(PatientParameters):
    """A boom before the one post, and a central bank that may have begun it."""

    boom_hours: float = parameter(
        1.5,
        "Hours from the cut to the bad news; value rises evenly in them",
        unit="h",
        source="assumption: its last hours stand for a boom of months",
        ge=0.1,
        le=240,
    )
    cut_bp: float = parameter(
        100.0, "Cut of the policy rate", unit="bp", source="assumption: a year of easing", ge=0,
        le=300,
    )  # fmt: skip
    surprise: float = parameter(
        0.25, "Share of it that nobody expected", unit="1", source="assumption: one step of four",
        ge=0, le=1,
    )  # fmt: skip
    eased: bool = parameter(False, "Rates are cut", unit="", source="arms set it")

    def spans(self) -> dict[str, float]:
        """Return the seconds before the cut, of the boom, and after it."""
        return {**super().spans(), "boom_hours": self.boom_hours * HOUR}

    @property
    def day(self) -> Day:
        """When the boom begins, when bad news ends it, and when the run ends."""
        step = self.step_seconds
        bust = self.first + round(self.boom_hours * HOUR / step) * step
        return Day(self.first, bust, bust + round(self.hours * HOUR / step) * step)

    @property
    def looser(self) -> float:
        """What leverage permitted and open interest are over today's: by calm, and by rates."""
        eased = self.eased and self.answered > 0.0
        rate = max(0.0, RATES.policy_bp - self.cut_bp) if eased else RATES.policy_bp
        return super().looser * leverage_factor(rate, RATES.policy_bp, RATES.response)

    def scenario(self) -> LeveragedScenario:
        """Return the market with lenders who hear of rates."""
        return super().scenario().model_copy(update={"lending": LendingSpec(rates=RATES)})

    def events(self, *, held: float = 0.0, eased: bool = False) -> tuple[Policy, ...]:
        """Return the cut, if there is one, and the bad news."""
        at = self.day.second / DAY
        bust = tuple(
            post.model_copy(update={"name": "bust", "announcement_day": at, "effective_day": at})
            for post in self.post(held)
        )
        return (*self._cut(), *bust) if eased else bust

    def _cut(self) -> tuple[Policy, ...]:
        value = -EASING.response * self.surprise * self.cut_bp
        at = self.first / DAY
        return (
            RateDecision(
                cut_bp=self.cut_bp,
                surprise_share=self.surprise,
                announcement_day=at,
                effective_day=at,
            ),
            TradeShock(
                name="the cut",
                size=value,
                ramp_minutes=60 * self.boom_hours,
                announcement_day=at,
                effective_day=at,
            ),
        )


def timeline(p: BoomParameters) -> Timeline:
    """Return when arms part and when they end."""
    day, step = p.day, p.step_seconds
    return Timeline(day.first // step, day.end // step, (day.end - day.first) / DAY)
