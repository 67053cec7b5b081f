"""Prices of coins, stock and token by news alone, where nobody trades: a control for studies.

What comes out the same here follows from what is assumed of news and of hours, not from trading.
"""

from __future__ import annotations

from typing import Any

from tidegate_core.draws import exp

from tidegate.agents.base import MarketAgent
from tidegate.agents.listed_market import ListedMarket
from tidegate.agents.stock_value import StockValue
from tidegate.agents.token_market import TokenMarket

__all__ = ["TokenNewsPrices"]


class TokenNewsPrices(MarketAgent):
    """Sets coins and token to what is known, and the stock too while its exchange is open.

    Parameters
    ----------
    stock : ListedMarket
        Whose sessions count; it is not run.
    value : StockValue
        What is known of the stock, and of posted news.
    market : TokenMarket
        The token's, which only records.
    """

    def __init__(
        self,
        model: Any,
        *,
        stock: ListedMarket,
        value: StockValue,
        market: TokenMarket,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        for each in self.venues:
            if each.accepts:
                raise ValueError(f"venue {each.name} matches orders; its price is the market's")
        self.stock = stock
        self.value = value
        self.market = market
        self.first = tuple(each.indicative for each in self.venues)

    def begin(self) -> None:
        """Move the prices."""
        moved = exp(self.value.known())
        for venue, first in zip(self.venues, self.first, strict=True):
            venue.indicative = first * moved
        worth = self.value.value
        session = self.stock.calendar.overlapping(self.clock.seconds, self.clock.end)
        trades = session is not None and self.value.in_force().listed
        self.stock.traded_this_tick = trades
        if session is not None and trades:
            self.stock.listed.last = round(worth / self.stock.listed.tick)
            if self.clock.seconds <= session.opens:
                self.stock.opened_at = self.stock.listed.last
        if self.value.token_trades:
            self.market.mark = worth / self.market.venue.tick
