"""An institution's desk for listed shares: works a backlog through sessions, sends money home.

The listed counterpart of `TradingDesk`. It takes part in a `ListedMarket` as a member; what it
wants in a session is spread over it, auctions included, at limits around what a share is worth.
"""

from __future__ import annotations

import datetime as dt

from tidegate_core import Kind, Side

from tidegate.agents.listed_market import Fund, ListedMember, Phase
from tidegate.agents.trading_calendar import Session
from tidegate.books import USD, Books
from tidegate.clock import Clock
from tidegate.listed_venue import ListedVenue
from tidegate.streams import Streams

__all__ = ["ShareDesk"]

MICRO = 1_000_000
WORLD = "world"


class ShareDesk(ListedMember):
    """Trades one fund's shares for one account.

    Parameters
    ----------
    path : str
        Stable name: the key of its draws.
    listed : ListedVenue
        Where it trades.
    account : int
        Its account there.
    fund : Fund
        Says what a share's coins are worth.
    books : Books
        Bring cash from the payer and take it back at each close.
    streams, clock
        Keyed random numbers; the world's clock.
    tolerance : float
        Premium it pays, or discount it bears, at the most.
    payer : str, optional
        Party in the books that pays for purchases and receives proceeds.

    Attributes
    ----------
    backlog : int
        Micro-USD still to trade; positive buys. What a session leaves stays for the next.
    """

    def __init__(
        self,
        *,
        path: str,
        listed: ListedVenue,
        account: int,
        fund: Fund,
        books: Books,
        streams: Streams,
        clock: Clock,
        tolerance: float,
        payer: str = WORLD,
    ) -> None:
        self.path = path
        self.listed = listed
        self.account = account
        self.fund = fund
        self.books = books
        self.streams = streams
        self.clock = clock
        self.tolerance = tolerance
        self.payer = payer
        self.backlog = 0
        self.wanted = 0  # micro-USD, the backlog at the session's opening
        self.done = 0  # micro-USD of it traded
        self.invested = 0  # micro-USD spent on shares less proceeds, since the start
        self._day: dt.date | None = None
        self._cash = 0
        self._sent = 0

    @property
    def shares(self) -> int:
        """Shares it has."""
        return self.listed.shares_held(self.account)

    @property
    def value(self) -> int:
        """What its shares' coins are worth, micro-USD."""
        return int(self.shares * self.fund.value * MICRO)

    def quote_listed(self, session: Session, phase: Phase) -> None:
        """Fund a session's purchases at its first phase."""
        if session.day == self._day:
            return
        self._day = session.day
        self.wanted, self.done, self._sent = self.backlog, 0, 0
        purse = int(self.wanted * (1.0 + self.tolerance)) + MICRO if self.wanted > 0 else 0
        if self.payer != WORLD:
            purse = min(purse, self.books.balance(self.payer, USD))
        if purse > 0:
            self.books.move(USD, self.payer, self.listed.name, purse)
            self.listed.credit(self.account, USD, purse)
        self._cash = self.listed.cash(self.account)

    def order_listed(self, session: Session, phase: Phase, progress: float) -> None:
        """Send what is due by now and not done."""
        left = int(self.wanted * progress) - self.done
        value = self.fund.value
        if value <= 0 or abs(left) < MICRO or (left > 0) != (self.wanted > 0):
            return
        shares = int(abs(left) / (value * MICRO))
        slack = self.tolerance if left > 0 else -self.tolerance
        limit = max(1, int(value * (1.0 + slack) / self.listed.tick))
        if left > 0:
            shares = min(shares, self.listed.cash(self.account) // (limit * self.listed.tick_value))
        else:
            shares = min(shares, self.listed.shares(self.account))
        arrival = self.streams.integer(
            self.path, "listed", self.clock.tick, self.clock.round, self._sent, n=2**62
        )
        self._sent += 1
        side = Side.BUY if left > 0 else Side.SELL
        self.listed.send(self.account, side, limit, shares, Kind.IOC, arrival)

    def settle_listed(self) -> None:
        """Take what was traded off the backlog."""
        cash = self.listed.cash(self.account)
        spent = self._cash - cash
        self._cash = cash
        self.done += spent
        self.backlog -= spent
        self.invested += spent

    def close_listed(self, session: Session) -> None:
        """Send home what was not spent, and the proceeds."""
        cash = self.listed.cash(self.account)
        if cash:
            self.listed.debit(self.account, USD, cash)
            self.books.move(USD, self.listed.name, self.payer, cash)
        self._cash = 0
        if session.day != self._day:
            self.wanted = self.done = 0
