"""What studies of metals that states hold may set: stockpiles to be filled, gold to be revalued."""

from __future__ import annotations

from typing import Any

from tidegate.analysis.reserves import revaluation_gain
from tidegate.policies.rate_decision import RateDecision
from tidegate.policies.stockpiling import GoldSale, StockpileNews, StockpilePurchases
from tidegate.scenario import Scenario
from tidegate.scenario.commodities import CommoditiesSpec
from tidegate.scenario.easing import EasingSpec
from tidegate.scenario.trade_news import TradeNewsSpec
from tidegate.setups.commodity import CommodityParameters
from tidegate.study.experiment import parameter

__all__ = ["GoldRevaluation", "StateMetalParameters", "Stockpile"]

BILLION = 1e9
STATUTORY = 42.2222  # USD per troy ounce, 31 USC 5117
MONTHS = 12.0
YEAR_DAYS = 365.0


class StateMetalParameters(CommodityParameters):
    """A market in which a state deals in metals; a study adds what it buys or sells."""

    days: int = parameter(
        365, "Days after the news", unit="days", source="assumption: a year", ge=30, le=3650
    )

    def on(self) -> dict[str, Any]:
        """Return the dates of a policy that is public and decided on the day of the news."""
        return dict.fromkeys(("announcement_day", "effective_day"), self.warm_up_days)


class Stockpile(StateMetalParameters):
    """What may be set."""

    purchase_days: float = parameter(
        365.0, "Time in which a plan is to be spent", unit="days",
        source="assumption: contracts run for up to five years", gt=0, le=3650,
    )  # fmt: skip
    signal: float = parameter(
        1.0, "What dealers make of a plan that is public", unit="log price per log years' supply",
        source="assumption: 0.5-2; nobody has measured it", ge=0, le=100,
    )  # fmt: skip
    haste: float = parameter(
        1.0, "How much faster a stockpiler buys when prices rise", unit="1 per log price",
        source="assumption", ge=0, le=100,
    )  # fmt: skip
    rivalry: float = parameter(
        0.25, "How much faster it buys for every rival", unit="1", source="assumption", ge=0, le=10
    )
    scare: float = parameter(
        0.5, "Fear that news of a stockpile adds", unit="threat of 10 October 2025",
        source="assumption: MIN-H10 states the sign", ge=0, le=10,
    )  # fmt: skip

    def news(self) -> TradeNewsSpec:
        """Return news in which stockpiling is a bad sign."""
        return TradeNewsSpec(stockpile_scare=self.scare)

    def commodities(self) -> CommoditiesSpec:
        """Return metals with stockpilers of these nerves."""
        spec = super().commodities()
        nerves = {"days": self.purchase_days, "haste": self.haste, "rivalry": self.rivalry}
        stockpilers = tuple(one.model_copy(update=nerves) for one in spec.stockpilers)
        return spec.model_copy(update={"stockpilers": stockpilers, "signal": self.signal})

    def word(self) -> StockpileNews:
        """Return a plan that is known."""
        return StockpileNews(**self.on())

    def deed(self, stockpilers: int = 1, *, plan: float = 1.0) -> StockpilePurchases:
        """Return purchases of some stockpilers, each of a plan over its usual size."""
        return StockpilePurchases(stockpilers=stockpilers, plan=plan, **self.on())


class GoldRevaluation(StateMetalParameters):
    """What may be set."""

    days: int = parameter(
        365, "Days after the decision", unit="days", source="assumption: a year", ge=30, le=3650
    )
    tonnes: float = parameter(
        8_133.0, "Gold of the United States", unit="t", source="US Treasury", gt=0, le=8_133.46
    )
    valued_at: float = parameter(
        2_920.0, "Price at which it is carried from now on", unit="USD/oz",
        source="market price of February 2025: a gain of 752 bn USD", gt=STATUTORY, le=100_000,
    )  # fmt: skip
    bonds: float = parameter(
        0.5, "Part of what is spent that stands in for bonds not sold", unit="1",
        source="assumption: bills move the two-year yield little, bonds as purchases do",
        ge=0, le=1,
    )  # fmt: skip
    share: float = parameter(
        0.25, "Share of the gold that is sold, in arms that sell", unit="1",
        source="MAC-H7 spans 0-1", gt=0, le=1,
    )  # fmt: skip

    @property
    def fund(self) -> float:
        """What revaluation brings, bn USD."""
        return revaluation_gain(self.tonnes, self.valued_at, STATUTORY) / BILLION

    def scenario(self) -> Scenario:
        """Return the market with a central bank that makes the money."""
        return super().scenario().model_copy(update={"easing": EasingSpec()})

    def spent(self, bonds: float) -> RateDecision:
        """Return the fund, spent within a year, a part of it in place of bonds."""
        return RateDecision(
            cut_bp=0.0,
            surprise_share=1.0,
            balance_usd_month=bonds * self.fund * BILLION / MONTHS,
            balance_months=MONTHS,
            **self.on(),
        )

    def sold(self, share: float) -> GoldSale:
        """Return the sale of a share of the gold within a year."""
        return GoldSale(share=share, days=YEAR_DAYS, **self.on())
