"""A firm that may turn shares into tokens and back: what it has, and how it gets even.

It returns to the tokens it began with. In market hours it burns what it has too many of and sells
the shares; what it is short of it buys as shares and mints. While the exchange is shut, or halted,
it can do neither.
"""

from __future__ import annotations

from typing import Any

from tidegate_core import Kind, Side

from tidegate.agents.base import MarketAgent
from tidegate.agents.listed_market import ListedMember, Phase
from tidegate.agents.token_market import TokenMember
from tidegate.agents.token_trust import TokenTrust
from tidegate.agents.trading_calendar import Session
from tidegate.books import USD, Books
from tidegate.scenario.tokens import TokenDealerSpec

__all__ = ["TokenDesk"]

MICRO = 1_000_000
UNEVEN = 0.25  # below this part of its cash at one market it sends some from the other


class TokenDesk(MarketAgent, ListedMember, TokenMember):
    """An account at the stock exchange, one at the token's venue, and the right to convert.

    Parameters
    ----------
    spec : TokenDealerSpec
        Its terms.
    trust : TokenTrust
        Where it mints and burns.
    shares_at, tokens_at : int
        Its accounts, with cash at both and tokens at the second.
    books : Books
        Carry its cash between the two.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: TokenDealerSpec,
        trust: TokenTrust,
        shares_at: int,
        tokens_at: int,
        books: Books,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.spec = spec
        self.trust = trust
        self.listed, self.venue = trust.listed, trust.venue
        self.shares_at, self.tokens_at = shares_at, tokens_at
        self.books = books
        self.home = self.venue.shares_held(tokens_at)
        self._number = 0
        self._arrives = 0

    # -- position -----------------------------------------------------------------------------

    @property
    def excess(self) -> int:
        """Tokens and shares beyond the tokens it began with."""
        held = self.venue.shares_held(self.tokens_at) + self.listed.shares_held(self.shares_at)
        return held - self.home

    @property
    def cash(self) -> int:
        """Cash at both markets, micro-USD; what is under way is not counted."""
        return self.listed.cash_held(self.shares_at) + self.venue.cash_held(self.tokens_at)

    def begin(self) -> None:
        """Send cash to where it is short, unless some is on its way."""
        if self.clock.seconds < self._arrives:
            return
        here, there = self.venue.cash(self.tokens_at), self.listed.cash(self.shares_at)
        half = (here + there) // 2
        if min(here, there) >= UNEVEN * (here + there) or half < MICRO:
            return
        ends = ((self.venue, self.tokens_at), (self.listed, self.shares_at))
        source, target = ends if here > there else ends[::-1]
        self._arrives = self.clock.seconds + 1
        self.books.send(source, target, USD, max(here, there) - half, arrives=self._arrives)

    def key(self) -> int:
        """Return the arrival key of its next order."""
        self._number += 1
        return self.streams.integer(
            self.path, "arrival", self.clock.tick, self.clock.round, self._number, n=2**61
        )

    # -- the stock exchange -------------------------------------------------------------------

    def order_listed(self, session: Session, phase: Phase, progress: float) -> None:
        """Burn what it has too many of and sell the shares; buy shares for what it lacks."""
        self._burn()
        self._mint()
        price, tolerance = self.listed.last, self.spec.tolerance
        if price <= 0:
            return
        held = self.listed.shares(self.shares_at)
        if held > 0:
            limit = max(1, round(price * (1.0 - tolerance)))
            self.listed.send(self.shares_at, Side.SELL, limit, held, Kind.IOC, self.key())
        elif self._lacking > 0:
            limit = round(price * (1.0 + tolerance))
            affordable = self.listed.cash(self.shares_at) // (limit * self.listed.tick_value)
            number = min(self._lacking, affordable)
            self.listed.send(self.shares_at, Side.BUY, limit, number, Kind.IOC, self.key())

    def settle_listed(self) -> None:
        """Mint for what was bought."""
        self._mint()

    @property
    def _lacking(self) -> int:
        """Tokens that it has fewer than at the start."""
        return self.home - self.venue.shares_held(self.tokens_at)

    def _burn(self) -> None:
        number = min(-self._lacking, self.venue.shares(self.tokens_at))
        if number > 0:
            self.trust.burn(self.tokens_at, self.shares_at, number)

    def _mint(self) -> None:
        number = min(self._lacking, self.listed.shares(self.shares_at))
        if number > 0:
            self.trust.mint(self.shares_at, self.tokens_at, number)
