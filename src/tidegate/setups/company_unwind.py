"""Treasury companies in a fall, and what happens to them some weeks into it: what may be set.

Buybacks are announced by firms that are worth less than their coins, as those of autumn 2025 were.
"""

from __future__ import annotations

from typing import ClassVar, Final

from tidegate.policies.base import LeverPolicy
from tidegate.scenario.companies import CompanySpec
from tidegate.setups.company import CompanyParameters
from tidegate.study.experiment import parameter

__all__ = ["AFTER", "PAR", "DatUnwind", "event"]

AFTER: Final = 30  # days after a buyback is announced at which its effect is read
PAR: Final = 1.0  # mNAV below which firms announce one: ETHZilla and FG Nexus were (M10)


class DatUnwind(CompanyParameters):
    """What may be set."""

    mild: float = parameter(
        0.15, "The smaller fall, at which nothing was fitted", unit="1", source="half the other",
        gt=0, lt=0.8,
    )  # fmt: skip
    authorised: float = parameter(
        0.5, "Buyback that firms worth less than their coins announce, session by session",
        unit="market cap", ge=0, le=2,
        source="Forward: 1 bn USD on a market cap of 0.9 bn; half of that, more than a run has "
        "sessions for",
    )  # fmt: skip
    cash: float = parameter(
        0.04, "Cash of firms without any, in arms in which it pays for buybacks", unit="coins",
        source="Forward raised 1.65 bn USD and bought coins for 1.58 bn (M10)", ge=0, le=1,
    )  # fmt: skip
    announced: int = parameter(
        25, "Days from the first news to the announcement, or the scandal", unit="days",
        source="9 October to 3 November 2025", ge=0, le=1000,
    )  # fmt: skip
    read_beyond: ClassVar = {"announced": AFTER}

    def balanced(self, firm: CompanySpec, price: float) -> CompanySpec:
        """Return a firm of the sector; where none sells coins for a buyback, each has cash."""
        if self.sells or firm.cash:
            return firm
        return firm.model_copy(update={"cash": self.cash * self.coins_usd(firm, price)})


def event(p: DatUnwind, **levers: float) -> LeverPolicy:
    """Return what happens to all firms some weeks after the first news."""
    day = p.warm_up_days + p.announced
    values = {f"companies.{name}": value for name, value in levers.items()}
    return LeverPolicy(name="event", announcement_day=day, effective_day=day, levers=values)
