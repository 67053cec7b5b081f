"""Stockpiles and gold: what states say they will buy, what they buy, what a treasury sells."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tidegate.policies.base import Policy
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue

__all__ = ["GoldSale", "StockpileNews", "StockpilePurchases"]


class _Stockpiling(Policy):
    """Plans of stockpilers: how many have one, and how large."""

    stockpilers: int = quantity(
        1, unit="1", source="scenario", about="How many have a plan.", ge=0, le=100
    )
    plan: float = quantity(
        1.0, unit="1", source="scenario", about="Size of each over its default.", ge=0, le=100
    )

    def _plans(self) -> dict[str, LeverValue]:
        return {"metals.stockpilers": self.stockpilers, "metals.plan": self.plan}


class StockpileNews(_Stockpiling):
    """Plans become public; by itself this buys nothing."""

    name: str = Field(default="stockpile_news", description="Name, unique in a run.", min_length=1)

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers that disclose the plans."""
        return {"metals.disclosed": self.effective, **self._plans()}


class StockpilePurchases(_Stockpiling):
    """Stockpilers buy; by itself this tells nobody."""

    name: str = Field(default="stockpile", description="Name, unique in a run.", min_length=1)

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers that start the purchases."""
        return {"metals.stocked": self.effective, **self._plans()}


class GoldSale(Policy):
    """A treasury sells a share of its gold."""

    name: str = Field(default="gold_sale", description="Name, unique in a run.", min_length=1)
    share: float = quantity(
        0.1, unit="1", source="MAC-H7 spans 0-1", about="Share of its gold.", ge=0, le=1
    )
    days: float = quantity(
        365.0, unit="days", source="assumption: a year", about="Length of the sale.", gt=0, le=3650
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers of the sale."""
        return {
            "metals.gold_sold": self.effective,
            "metals.gold_share": self.share,
            "metals.gold_days": self.days,
        }
