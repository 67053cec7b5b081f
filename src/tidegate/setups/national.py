"""What studies of a country's route may set: like states side by side, and their households.

A route decides whether states hold a reserve and whether households may hold coins. All states are
alike, so that a share of them may have to give their policy up; households of all of them are one
class, which looks at its states and at falls.
"""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal

from tidegate.scenario import Scenario
from tidegate.scenario.diffusion import ImitationSpec
from tidegate.scenario.followers import FollowersSpec, LinksSpec
from tidegate.scenario.reserve_plan import PlanSpec
from tidegate.scenario.sovereign import StateSpec, StatesSpec
from tidegate.scenario.state_peers import StatePeers
from tidegate.scenario.state_perils import LenderSpec
from tidegate.setups.market import MarketParameters
from tidegate.study.experiment import Timeline, parameter

__all__ = ["NationalParameters", "Route", "timeline"]

Route = Literal["private", "ban", "state"]
# States neither imitate nor tire of each other here: what they do is the route.
ALONE: Final = ImitationSpec(innovation=0.0, imitation=0.0, drawdown_aversion=0.0, retreat=0.0)


class NationalParameters(MarketParameters):
    """An emerging economy several times over, its route, and what counts as a point of a score."""

    accounts: int = parameter(
        500, "Simulated holders per venue", unit="accounts", source="resolution", ge=500, le=10**6
    )
    step_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24] = parameter(
        24, "Length of a tick", unit="h", source="resolution: decisions are daily"
    )
    route: Route = parameter("private", "Who leads", unit="", source="arms set it")
    legal_tender: bool = parameter(
        False, "Full adoption rather than a small reserve", unit="yes/no", source="an arm sets it"
    )
    states: int = parameter(
        6, "Like states side by side", unit="states", source="resolution", ge=1, le=30
    )
    savings_usd: float = parameter(
        50e9,
        "Savings of a country's households",
        unit="USD",
        source="assumption: order of magnitude of deposits in Kazakhstan",
        ge=1e9,
        le=1e12,
    )
    invested: float = parameter(
        0.05,
        "Share of savings that a household that takes coins up puts into them",
        unit="1",
        source="assumption",
        ge=0,
        le=1,
    )
    reserve_usd: float = parameter(
        750e6, "Reserve, paid by the budget", unit="USD", source="KZ-N1, the middle", gt=0, le=1e11
    )
    loan: float = parameter(
        0.04,
        "Loan of a lender with conditions, over GDP",
        unit="1",
        source="El Salvador: 1.4 of about 35 bn USD",
        ge=0,
        le=2,
    )
    ban: float = parameter(
        0.1,
        "What a ban takes off households' rate of adoption",
        unit="1/yr",
        source="assumption: more than those who wait for nobody",
        ge=0,
        le=10,
    )
    example: float = parameter(
        0.1,
        "What their own state's example adds to it",
        unit="1/yr",
        source="assumption: a quarter of what all of one's peers would",
        ge=0,
        le=10,
    )
    aversion: float = parameter(
        0.38,
        "What a fall of 1 from the year's high takes off households' rate of adoption",
        unit="1/yr",
        source="assumption: as much as the pull of peers who have all adopted",
        ge=0,
        le=10,
    )
    tax: float = parameter(
        0.1,
        "Tax on households' gains where there is no ban",
        unit="1",
        source="assumption",
        ge=0,
        le=1,
    )
    undone: float = parameter(
        0.05,
        "Rate at which a route without a reserve is given up",
        unit="1/yr",
        source="assumption: bans have been lifted, and licences withdrawn",
        ge=0,
        le=10,
    )
    point_adoption: float = parameter(
        0.1, "Households that count as a point", unit="1", source="assumption", gt=0
    )
    point_imported: float = parameter(
        0.01, "Volatility that costs a point", unit="1", source="assumption", gt=0
    )
    point_fiscal: float = parameter(
        0.01, "Savings' share that counts as a point", unit="1", source="assumption", gt=0
    )
    point_reversal: float = parameter(
        0.25, "Chance of reversal that costs a point", unit="1", source="assumption", gt=0
    )
    days: int = parameter(
        1826, "Days after the start", unit="days", source="KZ-H9: five years", ge=60, le=5000
    )

    def scenario(self) -> Scenario:
        """Return the market with the states and households of the route."""
        spec = super().scenario()
        parts = {
            "states": StatesSpec(states=tuple(self._state(spec, n) for n in range(self.states))),
            "state_peers": StatePeers(rule=ALONE),
            "followers": (self._households(),),
            "links": LinksSpec(strength=self.example),
        }
        return spec.model_copy(update=parts)

    def _state(self, spec: Scenario, number: int) -> StateSpec:
        start = spec.start + dt.timedelta(days=self.warm_up_days)
        leads = self.route == "state"
        plan = PlanSpec(
            size_usd=self.reserve_usd if leads else 0.0,
            start=start if leads else None,
            funding_credibility=1.0,
            date_credibility=1.0,
        )
        return StateSpec(
            code=f"em{number}",
            name=f"Emerging economy {number}",
            budget_usd=10 * self.reserve_usd,
            legal_tender=self.legal_tender,
            plan=plan,
            lender=LenderSpec(loan_to_gdp=self.loan),
        )

    def _households(self) -> FollowersSpec:
        """Return the households of all states together, alike."""
        return FollowersSpec(
            name="households",
            assets_usd=round(self.savings_usd) * self.states,
            allocation=self.invested,
            rule=ImitationSpec(drawdown_aversion=self.aversion),
            friction=self.ban if self.route == "ban" else 0.0,
        )

    @property
    def points(self) -> dict[str, float]:
        """What of each end counts as a point; below 0 where less is better."""
        return {
            "adoption": self.point_adoption,
            "imported": -self.point_imported,
            "fiscal": self.point_fiscal,
            "reversal": -self.point_reversal,
        }


def timeline(p: NationalParameters) -> Timeline:
    """Return when arms part and when they end."""
    per_day = p.scenario().ticks_per_day
    return Timeline(p.warm_up_days * per_day, (p.warm_up_days + p.days) * per_day, float(p.days))
