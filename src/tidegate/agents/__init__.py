"""Behaviours: who wants to trade, and why; one behaviour a module.

Those for models of one's own are here by name (docs/agents.md); the rest is in the modules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.lazy_names import finder

if TYPE_CHECKING:
    from tidegate.agents.arbitrageur import Arbitrageur
    from tidegate.agents.base import MarketAgent
    from tidegate.agents.desk_agent import DeskAgent
    from tidegate.agents.exchange import Exchange
    from tidegate.agents.market_maker import MarketMaker
    from tidegate.agents.pension_fund import PensionFund
    from tidegate.agents.pension_plan import PensionPlan
    from tidegate.agents.retail_trader import RetailTrader, Views
    from tidegate.agents.sovereign_fund import SovereignFund
    from tidegate.agents.trader import Trader
    from tidegate.agents.trading_desk import TradingDesk

__all__ = [
    "Arbitrageur",
    "DeskAgent",
    "Exchange",
    "MarketAgent",
    "MarketMaker",
    "PensionFund",
    "PensionPlan",
    "RetailTrader",
    "SovereignFund",
    "Trader",
    "TradingDesk",
    "Views",
]

__getattr__ = finder(
    __name__,
    {
        "Arbitrageur": "arbitrageur",
        "DeskAgent": "desk_agent",
        "Exchange": "exchange",
        "MarketAgent": "base",
        "MarketMaker": "market_maker",
        "PensionFund": "pension_fund",
        "PensionPlan": "pension_plan",
        "RetailTrader": "retail_trader",
        "SovereignFund": "sovereign_fund",
        "Trader": "trader",
        "TradingDesk": "trading_desk",
        "Views": "retail_trader",
    },
)
