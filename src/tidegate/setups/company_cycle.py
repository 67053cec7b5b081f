"""Treasury companies while coins rise, then fall: what may be set, and the news of both halves.

A few firms of the sector stand for all of it, and shells stand by that may be founded: in a wave
that heeds how dear firms are, or at a steady rate that heeds nothing.
"""

from __future__ import annotations

import math
from typing import Final, Literal, Self

from pydantic import model_validator

from tidegate.policies.base import Policy
from tidegate.scenario import Scenario
from tidegate.scenario.companies import CompaniesSpec, CompanySpec, FoundingSpec
from tidegate.scenario.company_holders import RetailShareSpec, ShareholdersSpec
from tidegate.scenario.company_terms import IssuanceSpec
from tidegate.setups.company import CompanyParameters, news
from tidegate.study.experiment import parameter

__all__ = ["DatCycle", "cycle"]

FIRMS: Final = ("Strategy", "Forward Industries", "BTC 0", "BTC 2", "BTC 3", "ETH 0")
LEAST_RISE: Final = 30  # days


class DatCycle(CompanyParameters):
    """What may be set."""

    step_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24] = parameter(
        12, "Length of a tick", unit="h", source="resolution: months of sessions"
    )
    days: int = parameter(
        210, "Days after the first news", unit="days", source="assumption: half up, half down",
        ge=120, le=5000,
    )  # fmt: skip
    fall_days: int = parameter(
        105,
        "Days of the fall, after those of the rise",
        unit="days",
        source="assumption",
        ge=60,
        le=2000,
    )
    rise: float = parameter(
        0.5, "What news adds to the value of BTC in the first half", unit="1",
        source="BTC from April to October 2025: from about 80 to 122 thousand USD", gt=0, le=5,
    )  # fmt: skip
    pace: float = parameter(
        1.0, "What firms issue, over what is assumed", unit="1", source="arms set it", ge=0, le=10
    )
    candidates: int = parameter(
        20, "Shells that may be founded", unit="firms", source="resolution: each stands for five",
        ge=0, le=100,
    )  # fmt: skip
    raised: float = parameter(
        3.25, "What one raises", unit="bn USD",
        source="148 bn USD announced by 228 firms until October 2025, times five", gt=0, le=100,
    )  # fmt: skip
    dearer: float = parameter(
        1.5, "mNAV of firms at the start over that of October 2025", unit="1",
        source="Strategy: about 2 in spring 2025 (general knowledge, not verified), 1.35 then",
        gt=0, le=10,
    )  # fmt: skip
    locked_days: float = parameter(
        60.0, "Lock-up of placements", unit="days", source="weeks to months (general knowledge, "
        "not verified)", ge=0, le=1000,
    )  # fmt: skip
    locked: bool = parameter(
        True, "False: placements may be sold at once", unit="", source="arms set it"
    )
    steady: float = parameter(
        0.0, "Rate of foundings that heeds no price; 0: a wave that does", unit="1/yr", ge=0, le=20,
        source="arms set it",
    )  # fmt: skip
    households: bool = parameter(
        True, "False: households may not buy such shares", unit="", source="arms set it"
    )

    @model_validator(mode="after")
    def _rises_first(self) -> Self:
        if self.half < LEAST_RISE:
            raise ValueError(
                f"fall_days is {self.fall_days}; of the run's {self.days} days at least "
                f"{LEAST_RISE} must be left for the rise"
            )
        return self

    @property
    def half(self) -> int:
        """Days of the rise."""
        return self.days - self.fall_days

    @property
    def turn(self) -> int:
        """Day on which the news of the fall begins."""
        return self.warm_up_days + self.half

    @property
    def last(self) -> int:
        """The last day."""
        return self.warm_up_days + self.days - 1

    def scenario(self) -> Scenario:
        """Return the market with fewer firms, and shells."""
        spec = super().scenario()
        assert spec.companies is not None
        kept = tuple(firm for firm in spec.companies.companies if firm.name in FIRMS)
        found = CompaniesSpec(
            companies=kept,
            holders=spec.companies.holders,
            founding=self.founding(),
        )
        return spec.model_copy(update={"companies": found})

    def founding(self) -> FoundingSpec:
        """Return how firms are founded."""
        rate = {"hazard": self.steady, "imitation": 0.0} if self.steady else {}
        return FoundingSpec(
            candidates=self.candidates,
            raised=self.raised * 1e9,
            locked_days=self.locked_days if self.locked else 0.0,
            **rate,
        )

    def balanced(self, firm: CompanySpec, price: float) -> CompanySpec:
        """Return a firm of the sector as dear, and issuing as fast, as is set."""
        rule = firm.issuance
        paced = {"rate": rule.rate * self.pace, "rich_rate": rule.rich_rate * self.pace}
        issuance = IssuanceSpec.model_validate({**dict(rule), **paced})
        ratio = firm.mnav * self.dearer
        return firm.model_copy(update={"issuance": issuance, "mnav": ratio})

    def shareholders(self) -> ShareholdersSpec:
        """Return who holds shares."""
        holders = super().shareholders()
        if self.households:
            return holders
        nobody = RetailShareSpec(chase=0.0, noise=0.0)
        return holders.model_copy(update={"retail": nobody, "retail_share": 0.0})


def cycle(p: DatCycle) -> tuple[Policy, ...]:
    """Return news that lifts coins, and then the news of the fall."""
    up = news(math.log1p(p.rise), p.warm_up_days, p.half)
    return (*up, *news(math.log1p(-p.fall), p.turn, p.fall_days))
