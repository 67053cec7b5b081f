"""Households' trend-following in shares of treasury companies, and the attention they share.

A household buys what has risen, the premium included. All look at the same few firms: what they
put into the risen ones together, in a session, is limited, and each firm gets its part.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from tidegate_core import Side
from tidegate_core.draws import log

from tidegate.agents.listed_market import ListedMember, Phase
from tidegate.agents.share_desk import ShareDesk
from tidegate.agents.trading_calendar import Session
from tidegate.agents.treasury_company import TreasuryCompany
from tidegate.scenario.company_holders import RetailShareSpec
from tidegate.streams import Streams

__all__ = ["Attention", "RetailShares", "Trend"]

MICRO = 1_000_000
BUY = Side.BUY


@dataclass(slots=True)
class Trend:
    """A share's returns, fading over some sessions: what a return adds is answered in full."""

    memory: float
    value: float = 0.0
    _last: float = 0.0

    def see(self, price: float) -> float:
        """Take in the price of another session; return the trend, log return a session."""
        change = log(price / self._last) if self._last > 0.0 else 0.0
        self._last = price
        self.value += (change - self.value) / self.memory
        return self.value


@dataclass
class Attention:
    """What households want of each firm today, scaled to what they pay attention to."""

    limit: float  # USD a session
    crowds: list[RetailShares] = field(default_factory=list)
    _day: dt.date | None = None

    def decide(self, day: dt.date) -> None:
        """Decide a session's flows once, for all firms together."""
        if day == self._day:
            return
        self._day = day
        chasing = [crowd.chased(day) for crowd in self.crowds]
        wanted = sum(flow for flow in chasing if flow > 0.0)
        part = min(1.0, self.limit / wanted) if wanted > 0.0 else 1.0
        for crowd, flow in zip(self.crowds, chasing, strict=True):
            crowd.decide(flow * part if flow > 0.0 else flow, day)


class RetailShares(ListedMember):
    """The households that hold one firm's shares.

    Parameters
    ----------
    spec : RetailShareSpec
        How they behave.
    company : TreasuryCompany
        Whose shares.
    desk : ShareDesk
        Trades for them.
    attention : Attention
        What they share with those of other firms.
    path : str
        Stable name: the key of their draws.
    """

    def __init__(
        self,
        spec: RetailShareSpec,
        *,
        company: TreasuryCompany,
        desk: ShareDesk,
        attention: Attention,
        path: str,
        streams: Streams,
    ) -> None:
        self.spec = spec
        self.company = company
        self.desk = desk
        self.attention = attention
        self.path = path
        self.streams = streams
        self.trend = Trend(spec.memory)
        self.bought = self.sold = 0  # micro-USD since the start
        self._done = 0
        attention.crowds.append(self)

    def chased(self, day: dt.date) -> float:
        """Return what the trend makes them want, USD."""
        if not self.company.active or self.company.failed:
            return 0.0
        price = self.company.price
        return self.company.shares.free_float * price * self.spec.chase * self.trend.see(price)

    def decide(self, chased: float, day: dt.date) -> None:
        """Add what is for other reasons, and set out; they sell no more than they have."""
        if not self.company.active or self.company.failed:
            self.desk.backlog = 0
            return
        price = self.company.price
        luck = self.streams.normal(self.path, "flow", day.toordinal())
        other = self.company.shares.free_float * price * self.spec.noise * luck
        held = self.desk.shares * price
        self.desk.backlog = int(max(chased + other, -held) * MICRO)

    def quote_listed(self, session: Session, phase: Phase) -> None:
        """Decide at the opening."""
        self.attention.decide(session.day)
        self.desk.quote_listed(session, phase)

    def order_listed(self, session: Session, phase: Phase, progress: float) -> None:
        """Send what is due and not done."""
        self.desk.order_listed(session, phase, progress)

    def settle_listed(self) -> None:
        """Book what was done."""
        self.desk.settle_listed()
        done, self._done = self.desk.invested - self._done, self.desk.invested
        self.bought += max(done, 0)
        self.sold += max(-done, 0)

    def close_listed(self, session: Session) -> None:
        """Take home what was not spent."""
        self.desk.close_listed(session)
