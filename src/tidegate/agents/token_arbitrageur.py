"""Who takes a token that is off its stock, with a finite capital, and gets even in market hours."""

from __future__ import annotations

import math

from tidegate_core import Kind, Side

from tidegate.agents.token_desk import TokenDesk

__all__ = ["TokenArbitrageur"]

BEYOND = 2.0  # it asks for this many half-spreads of the dealer's: the dealer comes first


class TokenArbitrageur(TokenDesk):
    """Buys tokens that are cheap against the stock and sells those that are dear.

    While nothing can be hedged it carries the risk until the exchange opens, and asks for more.
    """

    def order_token(self, fair: float, hedgeable: bool) -> None:
        """Take whatever is further from fair than it asks for, as far as its capital goes."""
        edge = BEYOND * (self.spec.spread_open if hedgeable else self.spec.spread_shut)
        buy = math.floor(fair * (1.0 - edge) / self.venue.tick)
        sell = math.ceil(fair * (1.0 + edge) / self.venue.tick)
        ask, bid = self.venue.best_ask, self.venue.best_bid
        if ask is not None and 1 <= ask <= buy:
            number = self.venue.cash(self.tokens_at) // (buy * self.venue.tick_value)
            self.venue.send(self.tokens_at, Side.BUY, buy, number, Kind.IOC, self.key())
        elif bid is not None and bid >= sell:
            number = self.venue.shares(self.tokens_at)
            self.venue.send(self.tokens_at, Side.SELL, sell, number, Kind.IOC, self.key())
