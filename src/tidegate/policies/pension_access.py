"""Opening retirement savings to crypto: how much, by which route, how fast, and if at all."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tidegate.policies.base import Policy
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue, PensionTerms

__all__ = ["PensionAccess", "PensionFreeze", "PensionPause"]


class PensionAccess(PensionTerms, Policy):
    """A rule that lets 401(k) savings hold crypto from its effective day.

    The order of 7 August 2025 asked for such a rule and opened nothing: between announcement
    and effect lie months, and it may lapse.
    """

    name: str = Field(
        default="pension_access",
        description="Name, unique in a run; the key of its decision.",
        min_length=1,
    )
    allocation: float = quantity(
        0.01,
        unit="1",
        source="PEN-H1 spans 0-0.1; headlines say 0.01 or 0.1",
        about="Share that the money within reach of the route puts into crypto.",
        ge=0,
        le=1,
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the pension levers that open the route on the effective day."""
        return {
            "pension.opened": self.effective,
            "pension.allocation": self.allocation,
            "pension.route": self.route,
            "pension.ramp_months": self.ramp_months,
            "pension.rebalancing": self.rebalancing,
        }


class PensionPause(Policy):
    """A stop to new access, as when a regulator turns cautious after losses.

    No further sponsor offers the route and no further saver takes it; who has it keeps it, and
    contributes on. (A reversal that unwinds holdings is a `PensionAccess` of allocation 0.)
    """

    name: str = Field(
        default="pension_pause",
        description="Name, unique in a run; the key of its decision.",
        min_length=1,
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the lever that ends adoption on the effective day."""
        return {"pension.opened": None}


class PensionFreeze(Policy):
    """The end of all trading by the sector: what remains of its impact can be read afterwards.

    Not a proposal of anybody's; experiments use it to tell permanent from transient impact.
    """

    name: str = Field(
        default="pension_freeze",
        description="Name, unique in a run; the key of its decision.",
        min_length=1,
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the lever that ends trading on the effective day."""
        return {"pension.frozen": True}
