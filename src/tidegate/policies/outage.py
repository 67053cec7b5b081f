"""An exchange that is down: for its users, for its liquidation engine, or for withdrawals."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tidegate.policies.base import Policy
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue

__all__ = ["Outage", "Recovery"]


class Outage(Policy):
    """From its effective moment parts of one exchange do not work, until a `Recovery`."""

    name: str = Field(default="outage", description="Name, unique in a run.", min_length=1)
    exchange: str = Field(default="binance", description="Name of the exchange.", min_length=1)
    users: bool = Field(
        default=True, strict=True, description="True: the public's orders do not get through."
    )
    desks: bool = Field(
        default=False, strict=True, description="True: nor do those of makers and arbitrageurs."
    )
    engine: bool = Field(
        default=False, strict=True, description="True: the liquidation engine stops too."
    )
    withdrawals: bool = Field(
        default=True, strict=True, description="True: nothing can be withdrawn."
    )

    compensation: float = quantity(
        0.0,
        unit="1",
        source="assumption; Binance paid 283 M USD and more after 10 October 2025",
        about="Share of what users lose to liquidation meanwhile that is paid.",
        ge=0,
        le=1,
    )
    settled_hours: float = quantity(
        0.0,
        unit="h",
        source="0: at the recovery; Binance took prices of 00:00 UTC on 11 October 2025, hours on",
        about="From the recovery to the prices at which losses are marked, and paid.",
        ge=0,
        le=8_760,
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers that take parts of the exchange down."""
        return {
            "outage.exchange": self.exchange,
            "outage.users": self.users,
            "outage.desks": self.desks,
            "outage.engine": self.engine,
            "outage.withdrawals": self.withdrawals,
            "outage.compensation": self.compensation,
            "outage.settled_hours": self.settled_hours,
        }


class Recovery(Policy):
    """The end of an outage, of one exchange or of all."""

    name: str = Field(default="recovery", description="Name, unique in a run.", min_length=1)
    exchange: str | None = Field(
        default=None, description="Name of the exchange; None: all that are down.", min_length=1
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers that bring everything back."""
        return {
            "outage.exchange": self.exchange,
            "outage.users": False,
            "outage.desks": False,
            "outage.engine": False,
            "outage.withdrawals": False,
            "outage.compensation": 0.0,
            "outage.settled_hours": 0.0,
        }
