"""A leading person speaks: of the dollar, of shares, of coins."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tidegate.policies.macro_news import MacroNews
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue

__all__ = ["LeaderMessage"]


class LeaderMessage(MacroNews):
    """Words that would move factors by so much if all believed them; few may.

    Words that no deed follows are forgotten (`fade_days`).
    """

    name: str = Field(default="leader_message", description="Name, unique in a run.", min_length=1)
    fade_days: float | None = quantity(
        30.0,
        unit="days",
        source="assumption: a month",
        about="Time constant in which it is forgotten; None: never.",
        gt=0,
    )
    credibility: float = quantity(
        0.5, unit="1", source="assumption", about="Share of it that is believed.", ge=0, le=1
    )
    dollar: float = quantity(
        0.0, unit="log", source="scenario", about="What it says of the dollar.", ge=-1, le=1
    )
    us_tech: float = quantity(
        0.0, unit="log", source="scenario", about="Of American shares.", ge=-1, le=1
    )
    china_tech: float = quantity(
        0.0, unit="log", source="scenario", about="Of Chinese shares.", ge=-1, le=1
    )
    gold: float = quantity(0.0, unit="log", source="scenario", about="Of gold.", ge=-1, le=1)
    btc: float = quantity(0.0, unit="log", source="scenario", about="Of BTC.", ge=-1, le=1)

    def moves(self) -> Mapping[str, LeverValue]:
        """Return what it does to factors: as far as it is believed."""
        said = ("dollar", "us_tech", "china_tech", "gold", "btc")
        return {name: self.credibility * getattr(self, name) for name in said}
