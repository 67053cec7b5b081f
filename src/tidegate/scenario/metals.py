"""Metals: what is mined and used of each, who keeps stocks, and how much either gives way to price.

Gold is a stock: what investors hold is ten times what a year brings, so price is set by who wants
to hold it. The minerals of defence and chips are a flow: a few months' supply is in store, and what
is bought beyond that must come from mines or be taken from industry.
"""

from __future__ import annotations

from typing import Final

from pydantic import Field

from tidegate.scenario.frozen import Frozen, quantity

__all__ = [
    "ANTIMONY",
    "BASKET",
    "COBALT",
    "GOLD",
    "INDIUM",
    "OUNCE_GRAMS",
    "SCANDIUM",
    "TANTALUM",
    "MetalSpec",
]

OUNCE_GRAMS: Final = 31.1034768


class MetalSpec(Frozen):
    """One metal: its market at the start, and how supply, use and stocks answer to price."""

    name: str = Field(description="Name, lower case; an asset of the books.", pattern="^[a-z]+$")
    price: float = quantity(
        ..., unit="USD/kg", source="per metal", about="Price at the start.", gt=0, le=1e6
    )
    supply: float = quantity(
        ...,
        unit="t/yr",
        source="per metal",
        about="Mined and recycled a year at that price; as much is used.",
        gt=0,
        le=1e7,
    )
    stock: float = quantity(
        ...,
        unit="t",
        source="per metal",
        about="What dealers and investors hold at that price, beside those who are named.",
        gt=0,
        le=1e6,
    )
    supply_elasticity: float = quantity(
        ...,
        unit="log per log price",
        source="per metal",
        about="Rise of supply within a year when the price is higher.",
        ge=0,
        le=10,
    )
    demand_elasticity: float = quantity(
        ...,
        unit="log per log price",
        source="per metal",
        about="Fall of use when the price is higher.",
        ge=0,
        le=10,
    )
    stock_elasticity: float = quantity(
        ...,
        unit="share of stock per log price",
        source="per metal",
        about="What dealers and investors part with when the price is above their view of it.",
        gt=0,
        le=10,
    )
    controlled: float = quantity(
        0.0,
        unit="1",
        source="per metal",
        about="Share of supply that an export control of its largest supplier can stop.",
        ge=0,
        le=1,
    )


GOLD: Final = MetalSpec(
    name="gold",
    price=4_029.0 / OUNCE_GRAMS * 1_000.0,  # futures, 10 October 2025
    supply=4_974.0,  # mines and scrap, World Gold Council for 2024
    stock=48_600.0,  # bars, coins and funds, World Gold Council for the end of 2024
    supply_elasticity=0.2,  # assumption: mines hardly answer within a year, scrap does
    demand_elasticity=0.5,  # assumption: jewellery
    # 100 t of net purchases lift the price by 1.7 % (Goldman Sachs, 2025; not verified)
    stock_elasticity=0.12,
)
"""Of 216,000 t above ground; the rest is jewellery and reserves, which do not trade here.

Amounts: World Gold Council, 2024 (general knowledge, not verified).
"""

COBALT: Final = MetalSpec(
    name="cobalt",
    price=45.0,
    supply=290_000.0,
    stock=72_500.0,
    supply_elasticity=0.32,  # Boer, Pescatori and Stuermer (2021; from memory, not verified)
    demand_elasticity=0.2,
    stock_elasticity=1.0,
    controlled=0.8,  # refined in China
)
ANTIMONY: Final = MetalSpec(
    name="antimony",
    price=60.0,
    supply=100_000.0,
    stock=25_000.0,
    supply_elasticity=0.2,
    demand_elasticity=0.2,
    stock_elasticity=1.0,
    controlled=0.6,
)
TANTALUM: Final = MetalSpec(
    name="tantalum",
    price=240.0,
    supply=2_100.0,
    stock=525.0,
    supply_elasticity=0.2,
    demand_elasticity=0.2,
    stock_elasticity=1.0,
    controlled=0.1,
)
SCANDIUM: Final = MetalSpec(
    name="scandium",
    price=1_200.0,
    supply=40.0,
    stock=10.0,
    supply_elasticity=0.1,  # a by-product of others
    demand_elasticity=0.2,
    stock_elasticity=1.0,
    controlled=0.75,
)
INDIUM: Final = MetalSpec(
    name="indium",
    price=380.0,
    supply=1_080.0,
    stock=270.0,
    supply_elasticity=0.1,  # a by-product of zinc
    demand_elasticity=0.2,
    stock_elasticity=1.0,
    controlled=0.7,
)
BASKET: Final = (COBALT, ANTIMONY, TANTALUM, SCANDIUM, INDIUM)
"""Minerals of defence and chips.

Supply: US Geological Survey, Mineral Commodity Summaries 2025, for 2024; scandium as oxide. Prices:
trade press, October 2025, rounded. Both are general knowledge, not verified. Stocks of a quarter's
supply, elasticities other than that of cobalt's supply, and the shares of supply from China are
assumptions: minor metals are by-products, hard to replace, and mostly refined in China.
"""
