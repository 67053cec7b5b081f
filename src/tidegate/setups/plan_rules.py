"""What studies of the rules around pension plans may set: suits, cases, and who acts on news.

Rules are announced, rejected, in force with and without a safe harbour; coins fall under them, and
a firm fails in which one fund has a stake.
"""

from __future__ import annotations

from typing import ClassVar, Final

from tidegate.policies.base import LeverPolicy, Policy
from tidegate.policies.plan_rules import FirmFailure
from tidegate.scenario import Scenario
from tidegate.scenario.anticipation import AnticipationSpec
from tidegate.scenario.defined_benefit import examples
from tidegate.scenario.infrastructure import InfrastructureSpec
from tidegate.scenario.plan_sponsors import LitigationSpec, PrecedentSpec, SponsorSpec
from tidegate.setups.pension import PlanParameters
from tidegate.study.experiment import parameter

__all__ = ["LATER", "PensionRules"]

LATER: Final = 120  # days after the rule was decided at which what is left is read


class PensionRules(PlanParameters):
    """What may be set."""

    wait: int = parameter(
        180, "Days from the announcement to the decision", unit="days", ge=0, le=5000,
        source="order 14330 gave agencies 180 days",
    )  # fmt: skip
    capital: float = parameter(
        2e9, "Most that is bought ahead of the rule", unit="USD", source="assumption", ge=0
    )
    fall: float = parameter(
        -0.7, "Fall of value", unit="log price", ge=-2, le=0, source="assumption: half of it"
    )
    dread: float = parameter(
        0.15, "Mean friction of the fear of suits", unit="1/yr", source="LitigationSpec", ge=0
    )
    suits: float = parameter(
        0.5, "Rate of suits per fall beyond 40 %", unit="1/yr", source="LitigationSpec", ge=0
    )
    publicity: float = parameter(
        0.1, "Friction that a bad case adds for all", unit="1/yr", source="PrecedentSpec", ge=0
    )
    exponent: float = parameter(
        0.0, "Power of a case's loss in it", unit="1", source="PEN-H13; rival 1", ge=0, le=1
    )
    strength: float = parameter(
        1.0, "How much a pension share improves standards", unit="1", source="assumption", ge=0
    )

    def sponsors(self) -> SponsorSpec:
        """Return the sponsors, who fear suits and read the papers."""
        return super().sponsors().model_copy(
            update={
                "litigation": LitigationSpec(dread=self.dread, suit_hazard=self.suits),
                "precedent": PrecedentSpec(
                    publicity=self.publicity, loss_exponent=self.exponent
                ),
            }
        )  # fmt: skip

    read_beyond: ClassVar = {"wait": LATER}

    def scenario(self) -> Scenario:
        """Return the market with plans, a fund with a stake, and those who act on news."""
        return super().scenario().model_copy(
            update={
                "defined_benefit": examples()[:1],
                "anticipation": AnticipationSpec(capital=self.capital),
                "infrastructure": InfrastructureSpec(strength=self.strength),
            }
        )  # fmt: skip

    # -- days ---------------------------------------------------------------------------------

    @property
    def eve(self) -> int:
        """Last day before the announcement."""
        return self.warm_up_days - 1

    @property
    def break_day(self) -> int:
        """Days from the opening to the fall, in the arms that have one."""
        return self.days // 2

    # -- policies -----------------------------------------------------------------------------

    def announced(self) -> tuple[Policy, ...]:
        """Return a rule that is public at once and in force after the wait, with a safe harbour."""
        return (self.opening(after=self.wait), self.harbour())

    def rejection(self) -> Policy:
        """Return the decision, when the wait is over, that the rule shall not be."""
        levers = {"plans.opened": None}
        return LeverPolicy(name="rejected", levers=levers, **self.on(self.wait))

    def case(self) -> Policy:
        """Return the failure, when the wait is over, of the firm in which one fund has a stake."""
        return FirmFailure(firm="FTX", **self.on(self.wait))

    def crash(self) -> Policy:
        """Return news that takes half of the coins' value."""
        return self.news(self.fall, self.break_day)
