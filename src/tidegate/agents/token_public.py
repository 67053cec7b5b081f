"""Who holds tokens: people with crypto accounts, who hold them against the stock's last price."""

from __future__ import annotations

import math
from typing import Any

from tidegate_core import Kind, Side
from tidegate_core.draws import exp

from tidegate.agents.base import MarketAgent
from tidegate.agents.elastic_holders import ElasticHolders
from tidegate.agents.token_market import TokenMember
from tidegate.listed_venue import ListedVenue
from tidegate.scenario.tokens import TokenPublicSpec

__all__ = ["TokenPublic"]

DAY = 86_400
FRIDAY = 4
TOLERANCE = 0.25  # a small order in a thin book takes what it meets
MEMORY_HOURS = 24.0  # after which a position of the flow is mostly given up (assumption)


class TokenPublic(MarketAgent, TokenMember):
    """Patient holders who face every order, and a net flow that has no reason.

    Parameters
    ----------
    spec : TokenPublicSpec
        How they behave.
    venue : ListedVenue
        Where they trade.
    patient, flow : int
        Their accounts, endowed.
    tokens : int
        All tokens at the start: what slope and flow are parts of.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: TokenPublicSpec,
        venue: ListedVenue,
        patient: int,
        flow: int,
        tokens: int,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.spec = spec
        self.venue = venue
        self.holders = ElasticHolders(venue, patient, spec.elasticity)
        self.holders.slope = spec.elasticity * tokens
        self.flow = flow
        self.flow_home = venue.shares_held(flow)
        self.tokens = tokens

    @property
    def present(self) -> float:
        """Part of the public that trades now: less of it at week-ends (UTC)."""
        return self.spec.weekend if self.clock.now.weekday() > FRIDAY else 1.0

    def _key(self, name: str) -> int:
        return self.streams.integer(self.path, name, self.clock.tick, self.clock.round, n=2**61)

    def quote_token(self, fair: float, hedgeable: bool) -> None:
        """Quote the patient holders' ladder."""
        self.holders.quote(fair, self._key("ladder"), self.present)

    def order_token(self, fair: float, hedgeable: bool) -> None:
        """Send what of the flow has come, and give up old positions."""
        days = self.clock.step_seconds / DAY
        draw = self.streams.normal(self.path, "flow", self.clock.tick, self.clock.round)
        fresh = self.spec.noise * self.present * self.tokens * math.sqrt(days) * draw
        old = self.venue.shares_held(self.flow) - self.flow_home
        wanted = int(fresh - old * (1.0 - exp(-24.0 * days / MEMORY_HOURS)))
        side = Side.BUY if wanted > 0 else Side.SELL
        slack = TOLERANCE if wanted > 0 else -TOLERANCE
        limit = max(1, round(fair * (1.0 + slack) / self.venue.tick))
        if wanted > 0:
            number = min(wanted, self.venue.cash(self.flow) // (limit * self.venue.tick_value))
        else:
            number = min(-wanted, self.venue.shares(self.flow))
        self.venue.send(self.flow, side, limit, number, Kind.IOC, self._key("flow"))
