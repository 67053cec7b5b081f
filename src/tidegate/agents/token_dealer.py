"""The authorised dealer: quotes a token round the clock, wide while it cannot hedge."""

from __future__ import annotations

import math
from typing import Any

from tidegate_core import Kind, Side

from tidegate.agents.token_desk import TokenDesk
from tidegate.agents.trading_calendar import Session

__all__ = ["TokenDealer"]

STEPS = (0.0, 0.0025, 0.01)  # log price beyond the half-spread, a third of what it trades each


class TokenDealer(TokenDesk):
    """Quotes both sides around the stock's price.

    While it cannot hedge it trades no more, since the exchange last traded, than a part of its
    tokens and of its cash, and moves its quotes against what it has taken on.
    """

    def __init__(self, model: Any, **terms: Any) -> None:
        super().__init__(model, **terms)
        self._level = 0  # its excess when it could last hedge

    def close_listed(self, session: Session) -> None:
        """Note with what it goes into the night."""
        self._level = self.excess

    def quote_token(self, fair: float, hedgeable: bool) -> None:
        """Quote a short ladder on both sides."""
        tokens, cash = self.venue.shares(self.tokens_at), self.venue.cash(self.tokens_at)
        half, centre, price = self.spec.spread_open, 0.0, fair * 1e6
        buys, sells = int(cash / price), tokens
        if hedgeable:
            self._level = self.excess
        else:
            taken = self.excess - self._level
            limit = max(1, int(self.spec.limit * self.home))
            buys = max(0, min(buys, limit - taken))
            sells = max(0, min(sells, limit + taken))
            half = self.spec.spread_shut
            centre = -half * max(-1.0, min(1.0, taken / limit))
        self._show(Side.BUY, fair * (1.0 + centre - half), buys, cash)
        self._show(Side.SELL, fair * (1.0 + centre + half), sells, cash)

    def _show(self, side: Side, price: float, number: int, cash: int) -> None:
        """Rest a third at each step."""
        tick, away = self.venue.tick, -1.0 if side is Side.BUY else 1.0
        for step in STEPS:
            raw = price * (1.0 + away * step) / tick
            at = max(1, math.floor(raw) if side is Side.BUY else math.ceil(raw))
            part = number // len(STEPS)
            if side is Side.BUY:
                part = min(part, cash // (at * self.venue.tick_value))
                cash -= part * at * self.venue.tick_value
            self.venue.send(self.tokens_at, side, at, part, Kind.LIMIT, self.key())
