"""Who holds the stock: patient holders who face every order, and a net flow that has no reason."""

from __future__ import annotations

import math
from typing import Any

from tidegate_core import Kind, Side
from tidegate_core.draws import exp

from tidegate.agents.base import MarketAgent
from tidegate.agents.elastic_holders import ElasticHolders
from tidegate.agents.listed_market import ListedMember, Phase
from tidegate.agents.stock_value import StockValue
from tidegate.agents.trading_calendar import Session
from tidegate.listed_venue import ListedVenue

__all__ = ["StockHolders"]

TOLERANCE = 0.01  # the flow pays at most a hundredth beyond the value
MEMORY_HOURS = 24.0  # after which a position of the flow is mostly given up (assumption)


class StockHolders(MarketAgent, ListedMember):
    """All holders of shares but those behind tokens and those who raise cash.

    Parameters
    ----------
    value : StockValue
        What a share is worth.
    listed : ListedVenue
        Where they trade.
    patient, flow : int
        Their accounts, endowed.
    shares : int
        All shares there are: what the flow is a part of.
    """

    def __init__(
        self,
        model: Any,
        *,
        value: StockValue,
        listed: ListedVenue,
        patient: int,
        flow: int,
        shares: int,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.value = value
        self.listed = listed
        self.holders = ElasticHolders(listed, patient, value.spec.elasticity)
        # Their slope is that of the whole stock, whoever holds the rest.
        self.holders.slope = value.spec.elasticity * shares
        self.flow = flow
        self.flow_home = listed.shares_held(flow)
        self.shares = shares
        self._done = 0.0  # of the session's flow
        self._number = 0

    def _key(self, name: str) -> int:
        return self.streams.integer(
            self.path, name, self.clock.tick, self.clock.round, self._number, n=2**61
        )

    def quote_listed(self, session: Session, phase: Phase) -> None:
        """Quote the patient holders' ladder."""
        self._number += 1
        self.holders.quote(self.value.value, self._key("ladder"))

    def order_listed(self, session: Session, phase: Phase, progress: float) -> None:
        """Send what of the flow has come since the last phase, and give up old positions."""
        if phase == "open":
            self._done = 0.0
        part, self._done = max(0.0, progress - self._done), progress
        draw = self.streams.normal(
            self.path, "flow", self.clock.tick, self.clock.round, self._number
        )
        fresh = self.value.spec.noise * self.shares * math.sqrt(part) * draw
        hours = part * (session.closes - session.opens) / 3600.0
        old = self.listed.shares_held(self.flow) - self.flow_home
        self._send(int(fresh - old * (1.0 - exp(-hours / MEMORY_HOURS))))

    def _send(self, wanted: int) -> None:
        value, listed = self.value.value / self.listed.tick, self.listed
        if wanted > 0:
            limit = max(1, math.floor(value * (1.0 + TOLERANCE)))
            wanted = min(wanted, listed.cash(self.flow) // (limit * listed.tick_value))
            listed.send(self.flow, Side.BUY, limit, wanted, Kind.IOC, self._key("buys"))
        elif wanted < 0:
            limit = max(1, math.ceil(value * (1.0 - TOLERANCE)))
            wanted = min(-wanted, listed.shares(self.flow))
            listed.send(self.flow, Side.SELL, limit, wanted, Kind.IOC, self._key("sells"))
