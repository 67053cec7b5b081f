"""What a study of coins held for good may set: who buys them, and the probe that comes after.

States, companies and a probe are holders alike, who buy from a purse without bottom what a policy
tells them to; pensions buy as their sponsors open up. All is bought within a year.
"""

from __future__ import annotations

from typing import Final, Literal

from tidegate.policies.base import Policy
from tidegate.policies.pension_access import PensionAccess, PensionFreeze
from tidegate.policies.sovereign_reserve import SovereignReserve
from tidegate.scenario import Scenario
from tidegate.scenario.reserve_plan import PlanSpec
from tidegate.scenario.sovereign import StateSpec, StatesSpec
from tidegate.scenario.state_perils import PoliticsSpec
from tidegate.setups.market import MarketParameters
from tidegate.study.experiment import Timeline, parameter

__all__ = ["PROBE_DAYS", "YEAR", "FloatParameters", "timeline"]

YEAR: Final = 365  # days
PROBE_DAYS: Final = 10  # in which the sum is spent, and after which the price is read
RAMP: Final = 0.75 * YEAR / 30.4375  # months from 5 % to 95 % of sponsors: all is over in a year


class FloatParameters(MarketParameters):
    """Three classes that buy within a year and hold, and somebody who buys after another."""

    accounts: int = parameter(
        1_000, "Simulated holders per venue", unit="accounts", source="resolution", ge=500, le=10**6
    )
    step_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24] = parameter(
        24, "Length of a tick", unit="h", source="resolution"
    )
    each_usd: float = parameter(
        75e9,
        "What states, and companies, buy within a year",
        unit="USD",
        source="assumption: 3.4 % of all coins; states held 2.6 %, companies about 5 % in 2025",
        gt=0,
        le=1e12,
    )
    allocation: float = parameter(
        0.1,
        "Share of pension savings in reach that is invested within a year",
        unit="1",
        source="PEN-H1; as much as the others",
        gt=0,
        le=1,
    )
    probe_usd: float = parameter(
        20e9, "What the probe buys", unit="USD", source="assumption: half a day's volume", gt=0
    )

    def scenario(self) -> Scenario:
        """Return the market with holders who never sell."""
        holders = StatesSpec(states=tuple(_holder(code) for code in ("st", "co", "probe")))
        return super().scenario().model_copy(update={"states": holders})

    @property
    def probe_day(self) -> int:
        """Day on which the probe starts."""
        return self.warm_up_days + 2 * YEAR

    def states(self, times: float = 1.0) -> tuple[Policy, ...]:
        """Return what states buy, over the usual sum."""
        return (self._purchase("st", times * self.each_usd, self.warm_up_days, YEAR),)

    def companies(self, times: float = 1.0) -> tuple[Policy, ...]:
        """Return what companies buy, over the usual sum."""
        # A day later: the lever speaks to one holder at a time.
        return (self._purchase("co", times * self.each_usd, self.warm_up_days + 1, YEAR - 1),)

    def pensions(self, times: float = 1.0) -> tuple[Policy, ...]:
        """Return what pensions buy, over the usual allocation, and the end of it after a year."""
        day = self.warm_up_days
        access = PensionAccess(
            announcement_day=day,
            effective_day=day,
            allocation=min(1.0, times * self.allocation),
            ramp_months=RAMP,
            rebalancing="none",
        )
        return (access, PensionFreeze(announcement_day=day, effective_day=day + YEAR))

    def probe(self) -> tuple[Policy, ...]:
        """Return what somebody else buys, a year after all others have bought."""
        return (self._purchase("probe", self.probe_usd, self.probe_day, PROBE_DAYS),)

    def _purchase(self, code: str, usd: float, day: int, days: int) -> Policy:
        return SovereignReserve(
            name=f"purchase_{code}",
            state=code,
            announcement_day=self.warm_up_days,
            effective_day=day,
            size_usd=usd,
            days=days,
        )


def _holder(code: str) -> StateSpec:
    """Return somebody who buys from a purse without bottom what it is told to, and never sells."""
    return StateSpec(
        code=code,
        name=code,
        budget_usd=1e12,
        plan=PlanSpec(funding_credibility=1.0, date_credibility=1.0),
        politics=PoliticsSpec(never_sells=True),
    )


def timeline(p: FloatParameters) -> Timeline:
    """Return when arms part and when they end."""
    per_day, days = p.scenario().ticks_per_day, 2 * YEAR + 2 * PROBE_DAYS
    return Timeline(p.warm_up_days * per_day, (p.warm_up_days + days) * per_day, float(days))
