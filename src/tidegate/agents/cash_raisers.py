"""Holders of shares and tokens who want out after bad news, and sell what is open.

A wish arises with the news, as large as it. Those with shares wait for the stock exchange and give
up a part of the wish with every hour they wait; those with tokens sell them at any hour; and while
the exchange is shut, holders of shares sell coins. That they do is assumed, with its size; what it
moves is the market's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate_core import Kind, Side
from tidegate_core.draws import exp

from tidegate.agents.desk_agent import DeskAgent
from tidegate.agents.listed_market import ListedMarket, ListedMember, Phase
from tidegate.agents.stock_value import StockValue
from tidegate.agents.token_market import TokenMember
from tidegate.agents.trading_calendar import Session
from tidegate.agents.trading_desk import TradingDesk
from tidegate.books import Books
from tidegate.listed_venue import ListedVenue
from tidegate.scenario.execution import ExecutionSpec
from tidegate.scenario.tokens import CashRaiserSpec

__all__ = ["CashRaisers"]

MICRO = 1_000_000
HOUR = 3600.0
LN2 = 0.6931471805599453
TOLERANCE = 0.05  # below the price they do not sell within an order
DESK = ExecutionSpec(window_hours=1.0, participation=0.25, funding_hours=0.0)


class CashRaisers(DeskAgent, ListedMember, TokenMember):
    """All who sell for cash after bad news of the stock.

    Parameters
    ----------
    spec : CashRaiserSpec
        How many, how fast, and how long they wait.
    value : StockValue
        Whose news they hear.
    venue : ListedVenue
        The token's.
    shares_at, tokens_at : int
        Their accounts, endowed.
    shares, tokens : int
        All shares that are not behind tokens, and all tokens: what wishes are parts of.
    accounts : mapping of venue name to account
        Their account at each venue of coins, endowed.
    books, daily_volume, rounds
        As of a `TradingDesk`.

    Attributes
    ----------
    raised_shares, raised_tokens : int
        Sold since the start.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: CashRaiserSpec,
        value: StockValue,
        listed: ListedVenue,
        venue: ListedVenue,
        shares_at: int,
        tokens_at: int,
        shares: int,
        tokens: int,
        accounts: Mapping[str, int],
        books: Books,
        daily_volume: float,
        rounds: int,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.spec = spec
        self.value = value
        self.listed, self.venue = listed, venue
        self.shares_at, self.tokens_at = shares_at, tokens_at
        self.shares, self.tokens = shares, tokens
        self.stock: ListedMarket | None = None  # told once it exists: it asks its members
        self.desk = TradingDesk(
            path=self.path,
            venues=self.venues,
            accounts=accounts,
            books=books,
            streams=self.streams,
            clock=self.clock,
            execution=DESK,
            daily_volume=daily_volume,
            rounds=rounds,
        )
        self._home = (listed.shares_held(shares_at), venue.shares_held(tokens_at), self.desk.lots)
        self._heard = 0.0
        self._wishes = {"shares": 0.0, "tokens": 0.0, "coins": 0.0}  # log of news
        self._owed = {"shares": 0.0, "tokens": 0.0}  # shares and tokens to be sold by now
        self._progress = 0.0

    # -- what they did ------------------------------------------------------------------------

    @property
    def raised_shares(self) -> int:
        """Shares sold since the start."""
        return self._home[0] - self.listed.shares_held(self.shares_at)

    @property
    def raised_tokens(self) -> int:
        """Tokens sold since the start."""
        return self._home[1] - self.venue.shares_held(self.tokens_at)

    def sold(self) -> Mapping[str, int]:
        """Return what was sold since the start, by column of the table."""
        return {
            "raised_shares": self.raised_shares,
            "raised_tokens": self.raised_tokens,
            "raised_lots": self._home[2] - self.desk.lots,
        }

    # -- a tick -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Hear the news; wait, or sell coins, where the stock exchange is shut."""
        self.desk.look()
        fresh = max(0.0, self._heard - self.value.told)
        self._heard = self.value.told
        for name in self._wishes:
            self._wishes[name] += fresh
        hours = self.clock.step_seconds / HOUR
        kept = exp(-LN2 * hours / self.spec.fade_hours)
        if self._shut:
            self._wishes["shares"] *= kept
            part = self._part("coins", hours)
            self.desk.backlog -= int(part * self.spec.coins * MICRO)
        else:
            self._wishes["coins"] = 0.0
        if not self.value.token_trades:
            self._wishes["tokens"] *= kept
        self.desk.work()

    @property
    def _shut(self) -> bool:
        assert self.stock is not None
        calendar = self.stock.calendar
        session = calendar.overlapping(self.clock.seconds, self.clock.end)
        return session is None or not self.value.in_force().listed

    def _part(self, name: str, hours: float) -> float:
        """Take out of a wish what some hours carry out of it."""
        part = self._wishes[name] * (1.0 - exp(-hours / self.spec.window_hours))
        self._wishes[name] -= part
        return part

    # -- the two markets ----------------------------------------------------------------------

    def order_listed(self, session: Session, phase: Phase, progress: float) -> None:
        """Sell the shares that are due by now."""
        if phase == "open":
            self._progress = 0.0
        passed, self._progress = max(0.0, progress - self._progress), progress
        hours = passed * (session.closes - session.opens) / HOUR
        self._owed["shares"] += self._part("shares", hours) * self.spec.pressure * self.shares
        self._sell(self.listed, self.shares_at, self.listed.last, "shares", self.raised_shares)

    def order_token(self, fair: float, hedgeable: bool) -> None:
        """Sell the tokens that are due by now."""
        hours = self.clock.step_seconds / HOUR
        self._owed["tokens"] += self._part("tokens", hours) * self.spec.pressure * self.tokens
        price = round(fair / self.venue.tick)
        self._sell(self.venue, self.tokens_at, price, "tokens", self.raised_tokens)

    def _sell(self, market: ListedVenue, account: int, price: int, name: str, done: int) -> None:
        number = min(int(self._owed[name]) - done, market.shares(account))
        limit = max(1, round(price * (1.0 - TOLERANCE)))
        arrival = self.streams.integer(
            self.path, name, self.clock.tick, self.clock.round, done % 2**32, n=2**62
        )
        market.send(account, Side.SELL, limit, number, Kind.IOC, arrival)
