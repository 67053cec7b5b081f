"""News of trade: who tells the public what a threat, its enactment or a softer tone is worth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import polars as pl
from tidegate_core.draws import exp

from tidegate.agents.base import MarketAgent
from tidegate.agents.threats import ThreatPath
from tidegate.agents.weekdays import is_open
from tidegate.int_table import IntTable
from tidegate.scenario.commodity_levers import MetalLevers, TradeLevers
from tidegate.scenario.levers import Announcement
from tidegate.scenario.trade_news import TradeNewsSpec

__all__ = ["TradeNews"]

DAY = 86_400
ONE = 10**12
COLUMNS = ("day", "expected", "fear", "value", "shares", "dollar", "gold")


class Public(Protocol):
    """Whoever values coins; `tidegate.agents.retail_crowd.RetailCrowd` does."""

    def hear(self, log_jump: float) -> None:
        """Value coins higher by that, for good."""
        ...


class TradeNews(MarketAgent):
    """Follows an escalation and says what it does to values by assumption.

    Coins are told at once, at any hour; shares and metals hear of it when their markets are open.
    It trades nothing. Where the venues match no orders it sets their prices to what the news alone
    does, so that a market without trading shows what is assumed.

    Parameters
    ----------
    spec : TradeNewsSpec
        Direct effects and hazards.
    public : Public
        Who values coins.
    pending : callable
        Returns the policies that are public and not decided.
    levers : callable
        Returns the group `trade` of the board of levers.
    metals : callable
        Returns its group `metals`: plans of stockpilers, once public, are a bad sign.
    weekends : bool
        Whether shares and metals trade on weekends.

    Attributes
    ----------
    known : ThreatPath
        What is public of the escalation.
    shares, dollar, gold, minerals : float
        What it has done to their log values since the start, as their markets last heard.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: TradeNewsSpec,
        public: Public,
        pending: Callable[[], Sequence[Announcement]] = tuple,
        levers: Callable[[], TradeLevers] = TradeLevers,
        metals: Callable[[], MetalLevers] = MetalLevers,
        weekends: bool = False,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.spec = spec
        self.public = public
        self.announced = pending
        self.levers = levers
        self.metals = metals
        self.weekends = weekends
        self.known = ThreatPath(spec)
        self.shares = 0.0
        self.dollar = 0.0
        self.gold = 0.0
        self.minerals = 0.0
        self.first = tuple(venue.indicative for venue in self.venues)
        self.table = IntTable(COLUMNS)
        self._told = 0.0
        self._days = 0

    def begin(self) -> None:
        """Take up what is public, and let everybody hear what it is worth by the tick's end."""
        self.known = self.known.seeing(self.announced(), self.levers(), self._disclosed())
        value = self.known.value(self.clock.end)
        if value != self._told:
            self.public.hear(value - self._told)
            self._told = value
            self._move_frozen(value)
        if is_open(self.clock, self.weekends):
            for name in ("shares", "dollar", "gold", "minerals"):
                setattr(self, name, self.known.moved(getattr(self.spec, name), self.clock.end))

    def _disclosed(self) -> tuple[int, float] | None:
        levers = self.metals()
        known = levers.disclosed is not None and levers.disclosed < self.clock.end
        return (levers.disclosed or 0, float(levers.stockpilers)) if known else None

    def _move_frozen(self, value: float) -> None:
        """Put the news into prices that no trading can move."""
        for venue, first in zip(self.venues, self.first, strict=True):
            if not venue.accepts:
                venue.indicative = first * exp(value)

    @property
    def fear(self) -> float:
        """What hedgers fear by the end of the tick."""
        return self.known.fear(self.clock.end)

    def view(self, metal: str) -> float:
        """Return what the news has done to what a metal is thought to be worth, log price."""
        return self.gold if metal == "gold" else self.minerals

    def end(self) -> None:
        """Record every day that has ended."""
        days = self.clock.end // DAY
        while self._days < days:
            self._days += 1
            state = (self.known.expected(self.clock.end), self.fear, self._told)
            readings = (self.shares, self.dollar, self.gold)
            row = [self._days - 1, *(round(ONE * x) for x in (*state, *readings))]
            self.table.extend(np.array([row], dtype=np.int64))

    def frame(self) -> pl.DataFrame:
        """Return a row a day, as of its end.

        ``expected``: size of the escalation that is expected; ``fear``: what hedgers fear;
        ``value``: what the news has done to the log value of BTC; ``shares``, ``dollar``,
        ``gold``: what it has done to theirs, as their markets have heard.
        """
        rows = self.table.rows
        named = {name: rows[:, at] / ONE for at, name in enumerate(COLUMNS) if at}
        return pl.DataFrame({"day": rows[:, 0], **named})
