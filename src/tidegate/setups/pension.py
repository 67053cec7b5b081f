"""What studies of single plans and their savers share: the market they are in, and news."""

from __future__ import annotations

from typing import Any, Final, Literal

from tidegate.analysis import saving
from tidegate.policies.base import Policy
from tidegate.policies.plan_rules import PlanOpening, SafeHarbour
from tidegate.policies.trade_shock import TradeShock
from tidegate.scenario import Scenario
from tidegate.scenario.diffusion import ImitationSpec
from tidegate.scenario.plan_levers import PlanRoute
from tidegate.scenario.plan_population import PlanPopulationSpec
from tidegate.scenario.plan_sponsors import SponsorSpec
from tidegate.setups.market import MarketParameters
from tidegate.study.experiment import Timeline, parameter

__all__ = ["YEAR", "PlanParameters"]

YEAR: Final = 365  # days


class PlanParameters(MarketParameters):
    """A market with plans, sponsor by sponsor, at a size that years can afford."""

    accounts: int = parameter(
        500, "Simulated holders per venue", unit="accounts", source="resolution", ge=500, le=10**6
    )
    step_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24] = parameter(
        24, "Length of a tick", unit="h", source="resolution: decisions are monthly"
    )
    plans: int = parameter(
        100, "Plans simulated", unit="plans", source="resolution", ge=10, le=10_000
    )
    initiative: float = parameter(
        0.3,
        "Rate at which sponsors offer coins who wait for nobody",
        unit="1/yr",
        source="assumption: ten times the average product's (Sultan et al. 1990: 0.03), at which "
        "falls keep nearly all out for years",
        gt=0,
        le=10,
    )
    allocation: float = parameter(
        0.05,
        "Weight of coins that a route suggests",
        unit="1",
        source="assumption: within the 0-0.1 of PEN-H1",
        gt=0,
        le=1,
    )
    days: int = parameter(
        720, "Days after the opening", unit="days", source="S3: at least 250", ge=30, le=5000
    )

    def sponsors(self) -> SponsorSpec:
        """Return the sponsors."""
        return SponsorSpec(plans=self.plans, imitation=ImitationSpec(innovation=self.initiative))

    def population(self) -> PlanPopulationSpec:
        """Return the plans."""
        return PlanPopulationSpec(sponsors=self.sponsors())

    def scenario(self) -> Scenario:
        """Return the market with plans in it."""
        return super().scenario().model_copy(update={"plans": self.population()})

    def timeline(self) -> Timeline:
        """Return when arms part and when they end."""
        per_day = self.scenario().ticks_per_day
        first = self.warm_up_days
        return Timeline(first * per_day, (first + self.days) * per_day, float(self.days))

    @property
    def last_day(self) -> int:
        """Last day of the run."""
        return self.warm_up_days + self.days - 1

    def month(self, day: int) -> int:
        """Return the month ends until the end of a day of the run."""
        return saving.month_of(self.scenario().start, day)

    # -- policies -----------------------------------------------------------------------------

    def on(self, after: int = 0) -> dict[str, Any]:
        """Return the dates of a policy that is public and decided some days after the opening."""
        day = self.warm_up_days + after
        return {"announcement_day": day, "effective_day": day}

    def opening(self, route: PlanRoute = "default", *, after: int = 0) -> PlanOpening:
        """Return the rule that opens a route, public at once and in force some days later."""
        day = self.warm_up_days
        return PlanOpening(
            announcement_day=day,
            effective_day=day + after,
            route=route,
            allocation=self.allocation,
        )

    def harbour(self) -> SafeHarbour:
        """Return the protection of sponsors from suits."""
        return SafeHarbour(**self.on())

    def news(self, size: float, after: int, name: str = "fall") -> Policy:
        """Return news that moves what coins are worth within a day, for good."""
        return TradeShock(name=name, size=size, ramp_minutes=1440.0, **self.on(after))
