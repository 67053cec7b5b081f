"""The crypto venue of a token: it trades round the clock, unless a halt binds it too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tidegate.agents.base import MarketAgent
from tidegate.agents.listed_market import ListedMarket
from tidegate.agents.stock_value import StockValue
from tidegate.agents.token_tables import TokenTable
from tidegate.agents.token_trust import TokenTrust
from tidegate.listed_venue import ListedVenue

__all__ = ["TokenMarket", "TokenMember"]

MICRO = 1_000_000


class TokenMember:
    """Who takes part in a token's market; asked in order. Does nothing unless it says so."""

    def quote_token(self, fair: float, hedgeable: bool) -> None:
        """Send orders that rest for this round, around what the stock says a token is worth."""

    def order_token(self, fair: float, hedgeable: bool) -> None:
        """Send orders that take."""

    def settle_token(self) -> None:
        """Book what was traded in a round."""


class TokenMarket(MarketAgent):
    """Runs the token's venue, and records stock and token tick by tick.

    Parameters
    ----------
    venue : ListedVenue
        The token's book.
    stock : ListedMarket
        The stock exchange: its price, carried along with news while it is shut, is what a token
        is held against. It trades before this market does.
    value : StockValue
        What a share is worth by news; says whether a halt binds this venue.
    trust : TokenTrust
        Of the tokens.
    members : sequence of TokenMember
        Who takes part.
    rounds : int
        Rounds of a tick.
    sold : sequence of callables, optional
        Each returns, by column of `token_tables.SOLD`, what somebody has sold so far.
    """

    def __init__(
        self,
        model: Any,
        *,
        venue: ListedVenue,
        stock: ListedMarket,
        value: StockValue,
        trust: TokenTrust,
        members: Sequence[TokenMember],
        rounds: int,
        sold: Sequence[Callable[[], Mapping[str, int]]] = (),
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.venue = venue
        self.stock = stock
        self.value = value
        self.trust = trust
        self.members = tuple(members)
        self.rounds = rounds
        self.sold = tuple(sold)
        self.table = TokenTable(venue.tick, stock.listed.tick)
        self.runs = True  # False: prices come from elsewhere, and it only records them
        self._bid = self._ask = 0
        self.mark = float(venue.last)  # ticks: middle of the quotes, or the last price
        self._volume = self._notional = 0

    @property
    def price(self) -> float:
        """What a token is marked at, USD."""
        return self.mark * self.venue.tick

    @property
    def hedgeable(self) -> bool:
        """Whether the stock exchange trades in this round, so that tokens are minted and burned."""
        return self.stock.trades_now

    def trade(self) -> None:
        """Trade a round: quotes first, then those who take them."""
        if not self.runs or self.clock.round >= self.rounds or not self.value.token_trades:
            return
        fair, hedgeable = self.stock.carried, self.hedgeable
        for member in self.members:
            member.quote_token(fair, hedgeable)
        self.venue.clear()
        self._ask_orders(fair, hedgeable)
        self._bid, self._ask = self.venue.best_bid or 0, self.venue.best_ask or 0
        both = self._bid and self._ask
        self.mark = (self._bid + self._ask) / 2 if both else float(self.venue.last)
        self.venue.empty_book()

    def _ask_orders(self, fair: float, hedgeable: bool) -> None:
        for member in self.members:
            member.order_token(fair, hedgeable)
        self.venue.clear()
        fills = self.venue.take_fills()
        if len(fills):
            self._volume += int(fills["quantity"].sum())
            paid = int((fills["price"] * fills["quantity"]).sum())
            self._notional += paid * self.venue.tick_value
        for member in self.members:
            member.settle_token()

    def audit(self) -> None:
        """Prove that every token is backed."""
        self.trust.audit()

    def end(self) -> None:
        """Record the tick."""
        self.table.record(
            {
                "seconds": self.clock.end,
                "open": int(self.stock.traded_this_tick),
                "value": round(self.value.value * MICRO),
                "auction": self.stock.opened_at,
                "stock": self.stock.listed.last,
                "token": round(2 * self.mark),
                "last": self.venue.last,
                "bid": self._bid,
                "ask": self._ask,
                "tokens": self.trust.tokens,
                "minted": self.trust.minted,
                "burned": self.trust.burned,
                "volume": self._volume,
                "notional": self._notional,
                **{name: n for sold in self.sold for name, n in sold().items()},
            }
        )
        self._volume = self._notional = 0
