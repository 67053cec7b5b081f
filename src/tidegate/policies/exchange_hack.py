"""An exchange is robbed: what of its clients' reserves is taken, and who may help."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tidegate.policies.base import Policy
from tidegate.scenario.frozen import quantity
from tidegate.scenario.hack_levers import HackLevers, Wallet
from tidegate.scenario.levers import LeverValue

__all__ = ["ExchangeHack"]

STATUS_QUO = HackLevers()


class ExchangeHack(Policy):
    """A theft at the effective moment, public some time after.

    What is taken and how loud the news is are assumptions. Who leaves, whether the exchange
    survives and what it does to prices and funds are results.
    """

    name: str = Field(default="exchange_hack", description="Name, unique in a run.", min_length=1)
    exchange: str = Field(default="bybit", description="Who is robbed.", min_length=1)
    usd: float = quantity(
        STATUS_QUO.usd, unit="USD", source="Bybit, 21 February 2025", about="Taken.", ge=0, le=2e11
    )
    share: float | None = quantity(
        None,
        unit="share of claims",
        source="none: `usd` says how much",
        about="In place of `usd`.",
        ge=0,
        le=1,
    )
    wallet: Wallet = Field(default="cold", description="Out of which reserves: hot, cold, all.")
    disclosed_hours: float = quantity(
        STATUS_QUO.disclosed_hours, unit="h", source="Bybit", about="Until it is public.", ge=0
    )
    publicity: float = quantity(
        1.0, unit="fear", source="1 by definition", about="Fear that the news starts.", ge=0, le=10
    )
    statement: bool = Field(
        default=True, strict=True, description="False: the management keeps silent."
    )
    loans: bool = Field(default=True, strict=True, description="False: nobody lends.")
    outsiders: bool = Field(
        default=True, strict=True, description="False: neither owner nor new shareholders pay."
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers that post the theft at the effective moment."""
        return {
            "hack.started": self.effective,
            "hack.exchange": self.exchange,
            "hack.usd": self.usd,
            "hack.share": self.share,
            "hack.wallet": self.wallet,
            "hack.disclosed_hours": self.disclosed_hours,
            "hack.publicity": self.publicity,
            "hack.statement": self.statement,
            "hack.loans": self.loans,
            "hack.outsiders": self.outsiders,
        }
