"""Trade as policy: a threat and what comes of it, a softer tone, goods that do not arrive."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tidegate.policies.base import Policy
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue

__all__ = ["Distrust", "Escalation", "GoodsShock", "Softening"]


class Escalation(Policy):
    """A tariff or an export control: threatened when announced, carried out or not when due.

    What the public believes of a threat is the scenario's hazard (`TradeNewsSpec`), whatever
    `success_probability` really is. Announced and due on one day it comes without a threat.
    """

    name: str = Field(default="escalation", description="Name, unique in a run.", min_length=1)
    size: float = quantity(
        1.0,
        unit="threat of 10 October 2025",
        source="10 October 2025: a tariff of 100 % and controls on software (M6)",
        about="How large it is.",
        ge=0,
        le=10,
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers that put it in force."""
        return {"trade.enacted": self.effective, "trade.size": self.size}


class Softening(Policy):
    """A softer tone, which takes away a part of what is threatened or in force by then."""

    name: str = Field(default="softening", description="Name, unique in a run.", min_length=1)
    strength: float = quantity(
        0.55,
        unit="1",
        source="computed: 12 and 13 October 2025 gave back 0.5 of BTC's and 0.6 of the S&P's fall",
        about="Share of the escalation, or of its chance, that goes.",
        ge=0,
        le=1,
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers that post it."""
        return {"trade.softened": self.effective, "trade.strength": self.strength}


class GoodsShock(Policy):
    """Goods that do not arrive: controlled minerals, machines for miners. It tells no prices."""

    name: str = Field(default="goods_shock", description="Name, unique in a run.", min_length=1)
    lost: float = quantity(
        0.5,
        unit="1",
        source="assumption: licences for half of what is asked for",
        about="Share of controlled supply that does not arrive.",
        ge=0,
        le=1,
    )
    days: float = quantity(
        180.0, unit="days", source="assumption", about="For how long.", gt=0, le=3650
    )
    hardware_price: float = quantity(
        2.0, unit="1", source="assumption", about="Factor on the price of machines.", gt=0, le=100
    )
    hardware_supply: float = quantity(
        0.25, unit="1", source="assumption", about="Factor on their deliveries.", ge=0, le=100
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers of the shock; that to machines does not end by itself."""
        return {
            "metals.disrupted": self.effective,
            "metals.lost": self.lost,
            "metals.lost_days": self.days,
            "mining.hardware_price": self.hardware_price,
            "mining.hardware_supply": self.hardware_supply,
        }


class Distrust(Policy):
    """A level of distrust in states and scarce goods, from some day on."""

    name: str = Field(default="distrust", description="Name, unique in a run.", min_length=1)
    level: float = quantity(
        0.5, unit="1", source="assumption; nobody has measured it", about="From 0 to 1.", ge=0, le=1
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the lever."""
        return {"trade.distrust": self.level}
