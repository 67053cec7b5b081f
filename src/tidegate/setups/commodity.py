"""What studies of metals and trade share: what may be set, and the world that is built of it."""

from __future__ import annotations

from typing import Any, Literal

from tidegate.model import Market
from tidegate.scenario import Scenario
from tidegate.scenario.commodities import PLAN, CommoditiesSpec, HedgersSpec
from tidegate.scenario.metals import GOLD
from tidegate.scenario.trade_news import TradeNewsSpec
from tidegate.setups.market import MarketParameters
from tidegate.study.experiment import Timeline, parameter

__all__ = ["CommodityParameters", "commodity_market", "timeline"]

HEDGERS = HedgersSpec()


class CommodityParameters(MarketParameters):
    """A market of coins beside metals, with hedgers between them; an experiment adds its own."""

    accounts: int = parameter(
        1_000, "Simulated holders per venue", unit="accounts", source="resolution", ge=500,
        le=1_000_000,
    )  # fmt: skip
    step_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24] = parameter(
        24, "Length of a tick", unit="h", source="resolution; metals are priced once a tick"
    )
    warm_up_days: int = parameter(
        60, "Days before the news, which then breaks on a Friday", unit="days",
        source="10 October 2025 was one", ge=5, le=2000,
    )  # fmt: skip
    days: int = parameter(
        120, "Days after the news", unit="days", source="assumption: four months", ge=30, le=3650
    )
    wealth: float = parameter(
        1.0, "What hedgers have", unit="trillion USD", source="assumption: HedgersSpec", ge=0, le=5
    )
    intensity: float = parameter(
        HEDGERS.intensity, "How strongly hedgers' weights follow fear", unit="log weight",
        source="assumption: HedgersSpec", ge=0, le=5,
    )  # fmt: skip
    digital_gold: float = parameter(
        HEDGERS.digital_gold, "Weight of hedgers who take BTC for gold", unit="1",
        source="assumption: MIN-A8 states both views", ge=0, le=1,
    )  # fmt: skip
    gold_elasticity: float = parameter(
        GOLD.stock_elasticity, "Elasticity of investors' gold", unit="share of stock per log price",
        source="100 t move it by 1.7 % (Goldman Sachs, 2025; not verified)", gt=0, le=10,
    )  # fmt: skip
    thin_elasticity: float = parameter(
        1.0, "Elasticity of dealers' minerals", unit="share of stock per log price",
        source="assumption", gt=0, le=10,
    )  # fmt: skip

    def news(self) -> TradeNewsSpec:
        """Return what news of trade does by assumption."""
        return TradeNewsSpec()

    def commodities(self) -> CommoditiesSpec:
        """Return metals, news and all who deal in either."""
        bare = CommoditiesSpec()
        gold = bare.gold.model_copy(update={"stock_elasticity": self.gold_elasticity})
        thin = {"stock_elasticity": self.thin_elasticity}
        changes: dict[str, Any] = {
            "gold": gold,
            "minerals": tuple(metal.model_copy(update=thin) for metal in bare.minerals),
            "news": self.news(),
            "hedgers": HedgersSpec(
                wealth_usd=1e12 * self.wealth,
                intensity=self.intensity,
                digital_gold=self.digital_gold,
            ),
        }
        return bare.model_copy(update=changes)

    @property
    def plan_weights(self) -> dict[str, float]:
        """Weights of minerals in a basket: what a plan spends on each."""
        return {part.metal: part.usd for part in PLAN}

    def scenario(self) -> Scenario:
        """Return the market with them."""
        return super().scenario().model_copy(update={"commodities": self.commodities()})


def commodity_market(p: CommodityParameters, seed: int) -> Market:
    """Return a world at tick 0."""
    return Market(p.scenario(), rng=seed)


def timeline(p: CommodityParameters) -> Timeline:
    """Return when arms part and when they end."""
    per_day = p.scenario().ticks_per_day
    return Timeline(p.warm_up_days * per_day, (p.warm_up_days + p.days) * per_day, float(p.days))
