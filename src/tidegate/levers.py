"""The board on which the levers in force are posted: written by the model, read by agents."""

from __future__ import annotations

from dataclasses import dataclass, field

from tidegate.scenario.commodity_levers import MetalLevers, TradeLevers
from tidegate.scenario.companies import CompanyLevers
from tidegate.scenario.easing import RateLevers
from tidegate.scenario.etf import EtfLevers
from tidegate.scenario.hack_levers import HackLevers
from tidegate.scenario.hype import HypeLevers
from tidegate.scenario.levers import Announcement, Levers, ShockLevers
from tidegate.scenario.macro_levers import MacroLevers
from tidegate.scenario.mining_levers import MiningLevers
from tidegate.scenario.plan_levers import PlansLevers
from tidegate.scenario.reserve_levers import ReserveLevers
from tidegate.scenario.strategy_levers import StrategyLevers
from tidegate.scenario.tokens import TokensLevers

__all__ = ["Board"]


@dataclass(slots=True)
class Board:
    """The levers in force now."""

    now: Levers = field(default_factory=Levers)

    # Methods, to be passed on bound: a copy of a world then reads its own board.

    def mining(self) -> MiningLevers:
        """Return the levers of mining in force."""
        return self.now.mining

    def rates(self) -> RateLevers:
        """Return the levers of the policy rate in force."""
        return self.now.rates

    def reserve(self) -> ReserveLevers:
        """Return the levers of states' reserves in force."""
        return self.now.reserve

    def plans(self) -> PlansLevers:
        """Return the levers of pension plans in force."""
        return self.now.plans

    def failed(self) -> tuple[str, ...]:
        """Return the firms that have failed."""
        firm = self.now.plans.failed_firm
        return () if firm is None else (firm,)

    def news(self) -> tuple[ShockLevers, ...]:
        """Return the news posted so far."""
        return self.now.shocks

    def macro(self) -> tuple[MacroLevers, ...]:
        """Return the news of the economy posted so far."""
        return self.now.macro_news

    def etf(self) -> EtfLevers:
        """Return the levers of the fund in force."""
        return self.now.etf

    def strategies(self) -> StrategyLevers:
        """Return what has failed of those who keep portfolios' holdings."""
        return self.now.strategies

    def hype(self) -> HypeLevers:
        """Return the word that has been spoken."""
        return self.now.hype

    def tokens(self) -> TokensLevers:
        """Return the levers of tokenised stocks in force."""
        return self.now.tokens

    def trade(self) -> TradeLevers:
        """Return the levers of trade in force."""
        return self.now.trade

    def metals(self) -> MetalLevers:
        """Return the levers of metals in force."""
        return self.now.metals

    def companies(self) -> CompanyLevers:
        """Return the levers of treasury companies in force."""
        return self.now.companies

    def hacks(self) -> tuple[HackLevers, ...]:
        """Return the robberies so far."""
        return self.now.hacks

    def pending(self) -> tuple[Announcement, ...]:
        """Return the policies that are public but not decided."""
        return self.now.pending
