"""A dial from strict to friendly rules for crypto firms and products, and who pushes it.

The dial has no effect of its own: it writes levers that exist. How far each of them moves between
its two ends is assumed, field by field, and a field that is None leaves its lever alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import Field, model_validator

from tidegate.policies.base import DAY_SECONDS, Policy
from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.levers import LeverValue

__all__ = ["Deregulation", "LobbySpec"]


class LobbySpec(Frozen):
    """Who wants the rules changed: makers of products outside, and interests within."""

    effort: float = quantity(
        0.0,
        unit="1",
        source="scenario; firms lobby for approvals (LEV-A29), how much that does nobody measured",
        about="Lobbying, from none to all that firms can do.",
        ge=0,
        le=1,
    )
    conflict: float = quantity(
        0.0,
        unit="1",
        source="scenario; a family in office earns by a token's trades (LEV-A8)",
        about="Part of those who decide that gain by the change.",
        ge=0,
        le=1,
    )
    effort_odds: float = quantity(
        3.0,
        unit="1",
        source="assumption: full lobbying makes an even chance three in four",
        about="Factor on the odds of the change at full effort.",
        ge=1,
        le=100,
    )
    conflict_odds: float = quantity(
        3.0,
        unit="1",
        source="assumption: as much as lobbying",
        about="Factor on the odds of the change if all who decide gain by it.",
        ge=1,
        le=100,
    )
    haste: float = quantity(
        0.5,
        unit="1",
        source="assumption: full lobbying halves the wait",
        about="Part of the wait from announcement to decision that full effort saves.",
        ge=0,
        le=1,
    )

    def chance(self, alone: float) -> float:
        """Return the chance of the change, given what it is if nobody pushes.

        Effort and conflict multiply the odds, so that what is certain or out of the question
        stays so.
        """
        factor = 1.0 + self.effort * (self.effort_odds - 1.0)
        factor *= 1.0 + self.conflict * (self.conflict_odds - 1.0)
        return alone * factor / (1.0 - alone + alone * factor)

    def wait(self, alone: float) -> float:
        """Return the wait for the decision, in the unit of the wait if nobody pushes."""
        return alone * (1.0 - self.effort * self.haste)


class Deregulation(Policy):
    """Rules at a place between strict (0) and friendly (1), from the effective day on.

    A market without a policy of this kind is as if at 1: foundings were set by those of 2025.
    `effective_day` and `success_probability` are those of a change that nobody pushes.
    """

    name: str = Field(default="deregulation", description="Name, unique in a run.", min_length=1)
    dial: float = quantity(
        1.0,
        unit="1",
        source="1: the friendly rules of 2025 (LEV-A9, LEV-A10)",
        about="0: strict; 1: friendly.",
        ge=0,
        le=1,
    )
    strict_friction: float | None = quantity(
        0.9,
        unit="1",
        source="assumption: above 250 listed holders of coins in late 2025 (LEV-N1), about 70 a "
        "year before after four years of strict rules (general knowledge, not verified): a tenth "
        "of the pace",
        about="Part of foundings that strict rules prevent; friendly ones prevent none.",
        ge=0,
        le=1,
    )
    strict_floor: float | None = quantity(
        None,
        unit="mNAV",
        source="off: Strategy sold shares freely under strict rules; a floor is a lever of M15",
        about="Below which strict rules let no firm sell shares; it falls to 0 with the dial.",
        gt=0,
        le=100,
    )
    funds_from: float | None = quantity(
        None,
        unit="1",
        source="off unless set; an approval is given or not, in between there is nothing",
        about="Dial from which listed funds may create baskets.",
        gt=0,
        le=1,
    )
    strict_cap: int | None = quantity(
        None,
        unit="x",
        source="off; for a market with leverage only. 2x is the least of M15 beside none",
        about="Most leverage under strict rules; between the ends it rises evenly.",
        ge=1,
        le=125,
        strict=True,
    )
    friendly_cap: int = quantity(
        10,
        unit="x",
        source="Coinbase, July 2025: 10x (LEV-N12)",
        about="Most leverage under friendly rules; not read without a strict cap.",
        ge=1,
        le=125,
        strict=True,
    )
    lobby: LobbySpec = LobbySpec()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.strict_cap is not None and self.friendly_cap < self.strict_cap:
            raise ValueError(
                f"friendly_cap is {self.friendly_cap}; it must be at least strict_cap "
                f"({self.strict_cap})"
            )
        if not self.settings():
            raise ValueError(
                "strict_friction, strict_floor, funds_from and strict_cap are all None; "
                "at least one must be set, or the dial moves nothing"
            )
        return self

    @property
    def chance(self) -> float:
        """Chance that it takes effect, with those who push it."""
        return self.lobby.chance(self.success_probability)

    @property
    def effective(self) -> int:
        """Second of the run at which it is decided, with those who push it."""
        alone = self.effective_day - self.announcement_day
        return round((self.announcement_day + self.lobby.wait(alone)) * DAY_SECONDS)

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers that the dial reaches, at its place."""
        tight, levers = 1.0 - self.dial, dict[str, LeverValue]()
        if self.strict_friction is not None:
            levers["companies.friction"] = tight * self.strict_friction
        if self.strict_floor is not None:
            levers["companies.issue_floor"] = tight * self.strict_floor
        if self.funds_from is not None:
            levers["etf.creations"] = self.dial >= self.funds_from
        if self.strict_cap is not None:
            room = self.friendly_cap - self.strict_cap
            levers["leverage.cap"] = self.strict_cap + round(self.dial * room)
        return levers
