"""What a share is worth by news alone: it moves round the clock, whoever trades.

News of the stock's own is a draw a minute, so that a run at any step length lives through the same
days. It comes slower while the exchange is shut. Posted news moves the value by a beta, as it
moves that of coins.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from tidegate_core.draws import exp

from tidegate.agents.base import MarketAgent
from tidegate.agents.trading_calendar import TradingCalendar
from tidegate.scenario.calendars import XNYS
from tidegate.scenario.etf import EtfLevers
from tidegate.scenario.levers import ShockLevers
from tidegate.scenario.tokens import StockSpec, TokensLevers

__all__ = ["StockValue"]

MINUTE, HOUR, DAY = 60, 3_600, 86_400
OPEN_MINUTES = 390  # of a New York session


class StockValue(MarketAgent):
    """The value of one share, and whether the exchange may trade it.

    Parameters
    ----------
    spec : StockSpec
        Volatility and beta.
    levers : callable
        Returns the levers in force; a bound method, so that a fork reads its own.
    news : callable
        Returns the news posted so far.

    Attributes
    ----------
    value : float
        USD, as of the end of the tick.
    told : float
        Of the posted news, log price of the stock.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: StockSpec,
        levers: Callable[[], TokensLevers] = TokensLevers,
        news: Callable[[], Sequence[ShockLevers]] = tuple,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.spec = spec
        self.levers = levers
        self.news = news
        # News has New York's hours whatever the exchange's: an exchange that never shuts is a
        # change of rules, not of the world.
        self.calendar = TradingCalendar(XNYS, self.clock.start)
        shut = DAY // MINUTE - OPEN_MINUTES
        self._open = spec.volatility / math.sqrt(OPEN_MINUTES + spec.closed_pace * shut)
        self._shut = self._open * math.sqrt(spec.closed_pace)
        self._own = 0.0
        self._second = 0
        self._hour = -1
        self._draws = np.zeros(HOUR // MINUTE)
        self._opens = self._closes = 0
        self.told = 0.0
        self.value = spec.price

    def begin(self) -> None:
        """Live through the news of the tick."""
        self._own += math.fsum(self._moves(self._second, self.clock.end))
        self._second = self.clock.end
        self.told = self.spec.beta * self.known()
        self.value = self.spec.price * exp(self._own + self.told)

    def known(self) -> float:
        """Return what of the posted news is known by the end of the tick, log price of BTC."""
        total = 0.0
        for shock in self.news():
            if shock.started is not None:
                part = (self.clock.end - shock.started) / shock.ramp_seconds
                total += shock.size * min(max(part, 0.0), 1.0)
        return total

    def _moves(self, start: int, end: int) -> list[float]:
        """Return the moves of all minutes, or parts of one, between two seconds."""
        moves = []
        while start < end:
            hour, minute = start // HOUR, start % HOUR // MINUTE
            if hour != self._hour:
                self._take_up(hour)
            until = min((start // MINUTE + 1) * MINUTE, end)
            trades = self._opens <= start < self._closes
            size = self._open if trades else self._shut
            moves.append(size * float(self._draws[minute]) * (until - start) / MINUTE)
            start = until
        return moves

    def _take_up(self, hour: int) -> None:
        """Draw an hour's minutes, and see which of them belong to a session."""
        self.streams.fill_normal(self._draws, self.path, "news", hour)
        self._hour = hour
        session = self.calendar.overlapping(HOUR * hour, HOUR * (hour + 1))
        self._opens, self._closes = (session.opens, session.closes) if session else (0, 0)

    def in_force(self) -> EtfLevers:
        """Return whether the exchange trades the stock, in the words of a listed market."""
        return EtfLevers(listed=self.levers().halted(self.clock.seconds) == "none")

    @property
    def token_trades(self) -> bool:
        """Whether no halt binds the token's venue."""
        return self.levers().halted(self.clock.seconds) != "both"
