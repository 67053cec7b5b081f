"""The fund's issuer: baskets in and out, net asset value, the sponsor's fee, and what can fail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from tidegate_core.draws import exp

from tidegate.agents.base import MarketAgent
from tidegate.agents.etf_agent import CoinAgent
from tidegate.agents.etf_orders import BasketOrders
from tidegate.agents.etf_tables import EtfTable
from tidegate.agents.etf_trust import NANO, EtfTrust
from tidegate.agents.listed_market import ListedMember
from tidegate.agents.trading_calendar import Session, TradingCalendar
from tidegate.agents.trading_desk import TradingDesk
from tidegate.books import BTC, Books
from tidegate.listed_venue import ListedVenue
from tidegate.scenario.etf import EtfLevers, EtfSpec

__all__ = ["EtfIssuer"]

MICRO = 1_000_000
DAY = 86_400
YEAR_DAYS = 365.0


class EtfIssuer(MarketAgent, ListedMember):
    """Issues and cancels whole baskets; its agent buys and sells the fund's coins.

    Parameters
    ----------
    spec : EtfSpec
        Terms.
    trust : EtfTrust
        Shares and custody.
    listed : ListedVenue
        Where shares are held.
    calendar : TradingCalendar
        Its business days: the net asset value is struck at each close.
    accounts : mapping of venue name to account
        Its agent's account at each venue of coins.
    books : Books
        Carry everything.
    daily_volume, rounds
        As of a `TradingDesk`.
    levers : callable, optional
        Returns the levers in force; a bound method, so that a fork reads its own.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: EtfSpec,
        trust: EtfTrust,
        listed: ListedVenue,
        calendar: TradingCalendar,
        accounts: Mapping[str, int],
        books: Books,
        daily_volume: float,
        rounds: int,
        levers: Callable[[], EtfLevers] = EtfLevers,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.spec = spec
        self.trust = trust
        self.listed = listed
        self.calendar = calendar
        self.books = books
        self.levers = levers
        desk = TradingDesk(
            path=self.path,
            venues=self.venues,
            accounts=accounts,
            books=books,
            streams=self.streams,
            clock=self.clock,
            execution=spec.participants.execution,
            daily_volume=daily_volume,
            rounds=rounds,
        )
        self.agent = CoinAgent(trust, books, desk)
        self.orders = BasketOrders(spec, listed, self.agent, self)
        self.table = EtfTable(self.venues[0].lot)
        self.struck = 0.0  # USD per coin at the last strike
        self.failed_until = 0  # second until which a failed issuer's fund is frozen
        self._last: dt.date | None = None
        self._closed = 0  # second of the last close
        self._fee = self._lost = 0  # lots since the last row

    # -- what it is worth ---------------------------------------------------------------------

    @property
    def lots(self) -> int:
        """Lots in custody."""
        return self.trust.lots

    @property
    def spot(self) -> float:
        """Price of the whole market of coins, USD."""
        price = 0.0
        for venue in self.venues:
            price += venue.share * venue.price(venue.indicative)
        return price

    @property
    def value(self) -> float:
        """What a share's coins are worth now, USD."""
        return self.worth(self.spot)

    def worth(self, price: float) -> float:
        """Return what a share's coins are worth at a price, USD."""
        return price * self.venues[0].lot * (self.trust.claim / NANO)

    # -- whether it does business -------------------------------------------------------------

    @property
    def frozen(self) -> bool:
        """Whether the fund is frozen, by law or because its issuer has failed."""
        return self.levers().frozen or self.clock.seconds < self.failed_until

    def in_force(self) -> EtfLevers:
        """Return the levers in force, with the freeze that a failed issuer brings."""
        levers = self.levers()
        return levers.model_copy(update={"frozen": True}) if self.frozen else levers

    @property
    def creates(self) -> bool:
        """Whether the creation window is open."""
        return self.levers().creations and not self.frozen

    @property
    def redeems(self) -> bool:
        """Whether the redemption window is open."""
        return self.levers().redemptions and not self.frozen

    @property
    def settles(self) -> int:
        """Second at which what is ordered now settles."""
        return self.calendar.after(self._closed, self.spec.settlement_sessions).opens

    @property
    def planned(self) -> int:
        """Micro-USD of net creations since the start."""
        return self.orders.planned

    # -- a tick -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Settle what is due; let the agent buy what is owed and sell what is not needed."""
        self.agent.look()
        if not self.frozen:
            self.orders.settle(self.clock.seconds)
        owed = self.orders.to_buy
        if owed or self.agent.busy:
            self.agent.work(owed, self.spot)

    @property
    def pending(self) -> bool:
        """Whether its agent could fill more in this tick."""
        return self.agent.desk.backlog != 0 and self.agent.desk.pending

    def trade(self) -> None:
        """Let the agent trade."""
        if self.agent.desk.backlog:
            self.agent.desk.trade()

    # -- a session ----------------------------------------------------------------------------

    def close_listed(self, session: Session) -> None:
        """Strike the net asset value after the fee and whatever was lost."""
        days = (session.day - self._last).days if self._last else 1
        self._last, self._closed = session.day, session.closes
        if not self.frozen:
            fee = self.trust.accrue(self.spec.sponsor_fee, days)
            self._fee += fee
            if fee:
                self.agent.sell(fee)
        self._hazards(session.day, days)
        self.struck = self.spot

    def _hazards(self, day: dt.date, days: int) -> None:
        spec = self.spec
        if self._strikes("custody", spec.custody_hazard, day, days):
            self._lost += self.trust.lose(spec.custody_loss)
        failed = self.clock.seconds < self.failed_until
        if not failed and self._strikes("issuer", spec.issuer_hazard, day, days):
            self._lost += self.trust.lose(spec.issuer_loss)
            self.failed_until = self.clock.end + round(DAY * spec.issuer_freeze_days)

    def _strikes(self, what: str, hazard: float, day: dt.date, days: int) -> bool:
        if not hazard:
            return False
        chance = 1.0 - exp(-hazard * days / YEAR_DAYS)
        return self.streams.uniform(self.path, what, day.toordinal()) < chance

    def end(self) -> None:
        """Record the session that has closed in this tick."""
        if not self.table.lacks(self._last):
            return
        row = {
            "shares": self.trust.shares,
            "lots": self.trust.lots,
            "claim": self.trust.claim,
            "nav": round(self.worth(self.struck) * MICRO),
            "frozen": int(self.frozen),
            "fee": self._fee,
            "lost": self._lost,
            **self.orders.take_tally(),
        }
        self.table.record(self._last, row)
        self._fee = self._lost = 0

    # -- proof --------------------------------------------------------------------------------

    def differences(self) -> tuple[str, ...]:
        """Return what is wrong with shares, custody and orders; nothing if all is in order."""
        found = list(self.trust.differences(self.listed.totals()[self.listed.asset]))
        flying = self.books.in_flight(BTC)
        owed = self.orders.coming
        there = self.books.balance(self.trust.inbox, BTC)
        if not there <= owed <= there + flying:
            found.append(f"{self.trust.inbox}: {there} lots there, {owed} owed, {flying} under way")
        return tuple(found)

    def audit(self) -> None:
        """Assert that shares and coins are in order; raise AssertionError with what is not."""
        found = self.differences()
        assert not found, "; ".join(found)
