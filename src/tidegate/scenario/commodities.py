"""Commodities beside coins: metals, those who keep them, and those who flee to them."""

from __future__ import annotations

from typing import Final, Self

from pydantic import Field, model_validator

from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.metals import BASKET, GOLD, MetalSpec
from tidegate.scenario.trade_news import TradeNewsSpec

__all__ = [
    "PLAN",
    "CommoditiesSpec",
    "DistrustSpec",
    "HedgersSpec",
    "Purchase",
    "StockpilerSpec",
    "TreasuryGoldSpec",
]


class Purchase(Frozen):
    """What a stockpiler means to spend on one metal."""

    metal: str
    usd: float = quantity(..., unit="USD", source="per plan", about="Budget.", ge=0, le=1e12)


PLAN: Final = (
    Purchase(metal="cobalt", usd=500e6),
    Purchase(metal="antimony", usd=245e6),
    Purchase(metal="tantalum", usd=100e6),
    Purchase(metal="scandium", usd=45e6),
    Purchase(metal="indium", usd=84e6),
)
"""The Pentagon's plan of up to 1 bn USD as the Financial Times reported it in October 2025; for
indium 222 t at the price of the time."""


class StockpilerSpec(Frozen):
    """A state that fills a stockpile."""

    name: str = Field(description="Name, unique.", pattern="^[a-z_]+$")
    plan: tuple[Purchase, ...] = Field(default=PLAN, description="What it spends on what.")
    days: float = quantity(
        365.0,
        unit="days",
        source="assumption: contracts run for up to five years",
        about="Time in which it means to spend it.",
        gt=0,
        le=3650,
    )
    haste: float = quantity(
        1.0,
        unit="share of pace per log price",
        source="assumption: who fears dearer metal buys sooner",
        about="Rise of its pace when the price is higher than at the start; 0: none.",
        ge=0,
        le=100,
    )
    rivalry: float = quantity(
        0.25,
        unit="share of pace per rival",
        source="assumption: who is not alone buys sooner",
        about="Rise of its pace by every other stockpiler that buys; 0: none.",
        ge=0,
        le=10,
    )

    @model_validator(mode="after")
    def _names_metals_once(self) -> Self:
        metals = [part.metal for part in self.plan]
        if len(set(metals)) != len(metals):
            raise ValueError(f"plan of {self.name} must name each metal once, got {metals}")
        return self


class TreasuryGoldSpec(Frozen):
    """A treasury that could revalue its gold, and sell some."""

    tonnes: float = quantity(
        8_133.46, unit="t", source="US Treasury: 261.5 million oz", about="What it owns.", ge=0
    )


class HedgersSpec(Frozen):
    """Those who divide their money by how much they fear: shares, dollars, gold, minerals, coins.

    In fear an asset's weight falls with what they believe it loses when shares lose: weights are in
    proportion to ``base * exp(-intensity * beta * fear)``. Nobody writes down what they buy; that
    follows from the weights, from prices and from what they have already.
    """

    wealth_usd: float = quantity(
        1e12,
        unit="USD",
        source="assumption: gold funds held some 0.45 trillion USD in October 2025, a part of which"
        " is theirs",
        about="What they have in all at the start.",
        ge=0,
        le=5e12,
    )
    dollars: float = quantity(
        0.25, unit="1", source="assumption", about="Of that in dollars.", ge=0, le=1
    )
    gold: float = quantity(
        0.10, unit="1", source="assumption: a tenth, as is often advised", about="In gold.", ge=0
    )
    minerals: float = quantity(
        0.001,
        unit="1",
        source="assumption: physical funds of minor metals are of the order of a billion USD",
        about="In minerals, each by the value of its supply.",
        ge=0,
        le=0.01,
    )
    coins: float = quantity(
        0.02, unit="1", source="assumption: 1-2 % is commonly advised", about="In BTC.", ge=0
    )
    intensity: float = quantity(
        0.20,
        unit="log weight per unit of beta and fear",
        source="assumption: a threat like that of 10 October 2025 then sends some 5 bn USD to gold"
        " within a week or two, of the order of what gold funds took in (not verified)",
        about="How strongly weights follow fear; 0: not at all.",
        ge=0,
        le=5,
    )
    coin_beta: float = quantity(
        1.24,
        unit="1",
        source="computed: correlation 0.54 with the Nasdaq over five years, volatility 53 % beside"
        " some 23 %",
        about="What those who take BTC for a technology share believe of it in bad times.",
        ge=-5,
        le=5,
    )
    digital_gold: float = quantity(
        0.5,
        unit="1",
        source="assumption: the two views of BTC are equally strong (MIN-A8 states both)",
        about="Weight of those who take it for gold: in their eyes its beta is that of gold.",
        ge=0,
        le=1,
    )
    gold_beta: float = quantity(
        0.0,
        unit="1",
        source="Baur and Lucey (2010): gold is on average a hedge against shares",
        about="What they believe gold loses when shares lose.",
        ge=-5,
        le=5,
    )
    mineral_beta: float = quantity(
        0.0,
        unit="1",
        source="assumption: none, as for gold; industrial metals usually fall with shares",
        about="What they believe minerals lose when shares lose.",
        ge=-5,
        le=5,
    )
    pace_days: float = quantity(
        5.0, unit="days", source="assumption", about="Time constant of adjustment.", gt=0, le=365
    )

    @model_validator(mode="after")
    def _leaves_shares(self) -> Self:
        total = self.dollars + self.gold + self.minerals + self.coins
        if total > 1.0 + 1e-9:
            raise ValueError(
                f"dollars, gold, minerals and coins must sum to at most 1, got {total:.6g}; "
                "the rest is in shares"
            )
        return self

    @property
    def shares(self) -> float:
        """Of that in shares: the rest."""
        return max(1.0 - self.dollars - self.gold - self.minerals - self.coins, 0.0)


class DistrustSpec(Frozen):
    """People who save in coins because they distrust states: a bid that asks for no price."""

    usd_year: float = quantity(
        20e9,
        unit="USD/yr",
        source="assumption: 1 % of what the world's coins are worth; nobody has measured it",
        about="What they would save in coins if distrust were full.",
        ge=0,
        le=1e12,
    )


class CommoditiesSpec(Frozen):
    """Metals beside the market of coins, and all who trade them."""

    gold: MetalSpec = GOLD
    minerals: tuple[MetalSpec, ...] = Field(default=BASKET, description="Beside gold.")
    news: TradeNewsSpec = TradeNewsSpec()
    stockpilers: tuple[StockpilerSpec, ...] = Field(
        default=(
            StockpilerSpec(name="united_states"),
            StockpilerSpec(name="china"),
            StockpilerSpec(name="europe"),
            StockpilerSpec(name="japan"),
        ),
        description="Who would stockpile, if a policy says so; plans of others than the United"
        " States are assumed to be as large.",
    )
    treasury: TreasuryGoldSpec = TreasuryGoldSpec()
    hedgers: HedgersSpec | None = Field(
        default=None, description="Who divides money by fear; None: nobody."
    )
    distrust: DistrustSpec | None = Field(
        default=None, description="Who saves in coins for distrust; None: nobody."
    )
    signal: float = quantity(
        1.0,
        unit="log price per log of 1 and years' supply",
        source="assumption: 0.5-2 (MIN-H9); nobody has measured it",
        about="How much plans that are public add to dealers' view of a price: at 1 they double it"
        " if they ask for a year's supply.",
        ge=0,
        le=100,
    )
    weekends: bool = Field(
        default=False,
        strict=True,
        description="True: metals and shares trade on Saturdays and Sundays too.",
    )

    @model_validator(mode="after")
    def _tells_metals_apart(self) -> Self:
        names = [metal.name for metal in self.metals]
        if self.gold.name != "gold":
            raise ValueError(f"gold must be named gold, got {self.gold.name!r}")
        if len(set(names)) != len(names):
            raise ValueError(f"metals must have different names, got {names}")
        who = [stockpiler.name for stockpiler in self.stockpilers]
        if len(set(who)) != len(who):
            raise ValueError(f"stockpilers must have different names, got {who}")
        planned = {part.metal for one in self.stockpilers for part in one.plan}
        if planned - set(names):
            raise ValueError(
                f"plans must be of metals among {names}, got {sorted(planned - set(names))}"
            )
        if self.hedgers is not None and self.hedgers.minerals and not self.minerals:
            raise ValueError("hedgers.minerals must be 0 where there are no minerals")
        return self

    @property
    def metals(self) -> tuple[MetalSpec, ...]:
        """All metals, gold first."""
        return (self.gold, *self.minerals)
