"""What studies of savers in pension plans may set: what they know, what they pay, who was early.

Routes are opened with a safe harbour, so that it is savers who are looked at.
"""

from __future__ import annotations

from typing import Final

from tidegate.agents.savers import group_means
from tidegate.policies.base import Policy
from tidegate.policies.plan_rules import PlanFee, SaverEducation
from tidegate.scenario.plan_levers import PlanRoute
from tidegate.scenario.plan_population import PlanPopulationSpec
from tidegate.scenario.plan_sponsors import FeeFriction, SponsorSpec
from tidegate.scenario.savers import BehaviourSpec, SaverSpec
from tidegate.setups.pension import PlanParameters
from tidegate.study.experiment import parameter

__all__ = ["OLD", "YOUNG", "PensionSavers"]

# 60 and above: at most five years from retirement.
OLD: Final = ("boomers_younger", "boomers_older")
YOUNG: Final = ("gen_z", "millennials_younger", "millennials_older")
GROUPS = 20  # of early holders


class PensionSavers(PlanParameters):
    """What may be set."""

    education: float = parameter(
        0.5, "Mean education of savers", unit="1", source="assumption (PEN-A22)", ge=0, le=1
    )
    untaught: float = parameter(
        0.1, "Education of those who know little", unit="1", source="assumption", ge=0, le=1
    )
    taught: float = parameter(
        0.9, "Least education after teaching", unit="1", source="assumption", ge=0, le=1
    )
    panic: float = parameter(
        0.2,
        "Share of the untaught who sell in a month, per fall beyond 30 %",
        unit="1/month",
        source="assumption",
        ge=0,
        le=5,
    )
    chase: float = parameter(
        2.0,
        "Rise of the untaught's pace per gain of the past year",
        unit="1 per log return",
        source="assumption: after a doubling they act 2.4 times as fast",
        ge=0,
        le=20,
    )
    dear: float = parameter(
        0.02, "Fee of a dear fund", unit="1/yr", source="private funds ask for 2 % and more", ge=0
    )
    fee_weight: float = parameter(
        10.0, "Friction per fee gap", unit="1/yr per 1/yr", source="assumption (PEN-H11)", ge=0
    )
    swing: float = parameter(
        -0.8, "Fall of value", unit="log price", ge=-2, le=0,
        source="one year in twenty at 49 % volatility: 1.645 standard deviations",
    )  # fmt: skip
    early_holders: float = parameter(
        300e6, "Heads who held coins before", unit="heads", source="assumption", gt=0
    )

    def sponsors(self) -> SponsorSpec:
        """Return the sponsors, who mind fees."""
        return super().sponsors().model_copy(update={"fees": FeeFriction(weight=self.fee_weight)})

    def population(self) -> PlanPopulationSpec:
        """Return the plans of savers who know so much."""
        habits = BehaviourSpec(education=self.education, panic=self.panic, chase=self.chase)
        return super().population().model_copy(update={"savers": SaverSpec(behaviour=habits)})

    def early_sizes(self) -> tuple[float, ...]:
        """Return the mean wealth of each group of early holders, against that of all."""
        return group_means(GROUPS, self.scenario().holders.wealth_sigma)

    # -- policies -----------------------------------------------------------------------------

    def opened(self, route: PlanRoute) -> tuple[Policy, ...]:
        """Return a route that is opened, with a safe harbour."""
        return (self.opening(route), self.harbour())

    def dear_fund(self) -> Policy:
        """Return the fee of a dear fund, in place of that of a fund of coins."""
        return PlanFee(fee=self.dear, **self.on())

    def teaching(self) -> Policy:
        """Return the teaching of savers, from the opening on."""
        return SaverEducation(education=self.taught, **self.on())

    def there_and_back(self) -> tuple[Policy, ...]:
        """Return news that takes value after 3/8 of the time, and gives all back after 6/8."""
        fall, back = 3 * self.days // 8, 6 * self.days // 8
        return (self.news(self.swing, fall), self.news(-self.swing, back, "return"))
