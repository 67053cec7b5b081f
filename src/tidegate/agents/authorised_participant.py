"""An authorised participant: it alone turns coins into shares, and shares into coins, when it pays.

It offers shares where selling them and creating anew pays its costs, and bids where buying and
redeeming does. What it sells it borrows until the creation settles; what it is short or long of in
coins it hedges at once: on the venues of coins where baskets are in kind, with futures where they
are for cash, as brokers who may not touch coins do. All within finite capital.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

from tidegate_core import Kind, Side

from tidegate.agents.base import MarketAgent
from tidegate.agents.etf_issuer import EtfIssuer
from tidegate.agents.etf_tables import ParticipantTable
from tidegate.agents.etf_trust import NANO
from tidegate.agents.futures_hedge import FuturesHedge
from tidegate.agents.impact_ladder import impact_ladder
from tidegate.agents.listed_market import ListedMember, Phase
from tidegate.agents.participant_position import ParticipantPosition
from tidegate.agents.prime_desk import PrimeDesk
from tidegate.agents.stock_loans import StockLoans
from tidegate.agents.trading_calendar import Session
from tidegate.books import Books

__all__ = ["AuthorisedParticipant"]

MICRO = 1_000_000
HEDGE_ROUNDS = 4  # for each of a tick's own rounds; then the rest of a hedge waits for the next


class AuthorisedParticipant(MarketAgent, ListedMember):
    """Keeps the share near what its coins are worth, for a gain.

    Parameters
    ----------
    issuer : EtfIssuer
        Where it creates and redeems.
    account : int
        Its account at the listed venue, with cash.
    accounts : mapping of venue name to account
        Its account at each venue of coins, with coins and cash.
    loans : StockLoans
        Where it borrows shares.
    books : Books
        Carry its bank account, named like its path.
    daily_volume, rounds
        As of a `TradingDesk`.
    """

    def __init__(
        self,
        model: Any,
        *,
        issuer: EtfIssuer,
        account: int,
        accounts: Mapping[str, int],
        loans: StockLoans,
        books: Books,
        daily_volume: float,
        rounds: int,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.issuer = issuer
        self.spec = issuer.spec
        terms = self.spec.participants
        self.listed = issuer.listed
        self.account = account
        self.loans = loans
        books.open(self.path)
        self.desk = PrimeDesk(
            path=self.path,
            venues=self.venues,
            accounts=accounts,
            books=books,
            streams=self.streams,
            clock=self.clock,
            execution=terms.execution,
            daily_volume=daily_volume,
            rounds=rounds,
            payer=self.path,
            working_cash=sum(v.cash(accounts[v.name]) for v in self.venues),
        )
        self.table = ParticipantTable(self.venues[0].lot)
        self.daily_volume = daily_volume
        self.rungs = impact_ladder(terms.impact)
        self.position = ParticipantPosition(
            path=self.path,
            issuer=issuer,
            account=account,
            desk=self.desk,
            loans=loans,
            books=books,
            futures=FuturesHedge(
                books,
                self.path,
                lot=self.venues[0].lot,
                impact=terms.impact,
                volume=daily_volume / max(1, terms.count),
            ),
        )
        self._created = self._redeemed = self._fees = 0
        self._closed: dt.date | None = None
        self._busy = True  # there is something to do at the start of the next tick
        self._arrival = 0

    @property
    def in_kind(self) -> bool:
        """Whether baskets are in kind."""
        return self.position.in_kind

    # -- a tick -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Take in what has settled, pay back shares, move cash to where it is short, hedge."""
        if not self._busy:
            return
        self.position.settle(self.clock.seconds)
        self.position.balance_cash()
        self.position.hedge()
        self._busy = self.position.unsettled

    @property
    def pending(self) -> bool:
        """Whether its desk could fill more of the hedge in this tick, and may still try."""
        may = self.clock.round < HEDGE_ROUNDS * self.desk.rounds
        return may and self.desk.backlog != 0 and self.desk.pending

    def trade(self) -> None:
        """Send this round's part of the hedge to the venues of coins."""
        if self.desk.backlog:
            self.desk.trade()

    # -- the listed market --------------------------------------------------------------------

    def _hedgeable(self) -> bool:
        return not self.in_kind or any(venue.accepts for venue in self.venues)

    def quote_listed(self, session: Session, phase: Phase) -> None:
        """Offer at the upper edge of the arbitrage band, bid at the lower."""
        value = self.issuer.value
        if value <= 0 or not self._hedgeable():
            return
        self._arrival = self.streams.integer(
            self.path, f"listed/{phase}", self.clock.tick, self.clock.round, n=2**62
        )
        fee = max(venue.taker_ppm for venue in self.venues)
        band = self.spec.band(fee, value)
        if self.issuer.creates:
            self._ladder(Side.SELL, value, band, self._offered(value))
        if self.issuer.redeems:
            self._ladder(Side.BUY, value, band, self._sought(value))

    def _ladder(self, side: Side, value: float, band: float, left: int) -> None:
        """Quote each size at what it costs to hedge after the sizes before it."""
        share = self.daily_volume / (self.spec.participants.count * value)
        sign = 1.0 if side is Side.SELL else -1.0
        for part, moved in self.rungs:
            price = value * (1.0 + sign * (band + moved)) / self.listed.tick
            shares = min(int(part * share), left)
            left -= shares
            self._send(side, math.ceil(price) if sign > 0 else math.floor(price), shares)

    def _offered(self, value: float) -> int:
        """Return the shares it can sell, and borrow those that it does not have."""
        if self.in_kind:
            capital = self.desk.cash - max(self.desk.backlog, 0)
        else:
            short = max(0, -self.position.long) * value * MICRO
            capital = int(self.spec.participants.capital * MICRO - short)
        shares = int(capital * 0.99 / (value * MICRO))
        free = self.listed.shares(self.account)
        return min(shares, free + self.loans.borrow(self.account, shares - free))

    def _sought(self, value: float) -> int:
        """Return the shares it can pay for, and hedge out of its coins."""
        shares = int(self.listed.cash(self.account) / (value * MICRO))
        if self.in_kind:
            stock = self.desk.lots - max(-self.position.gap, 0)
            shares = min(shares, stock * NANO // max(1, self.issuer.trust.claim))
        return max(0, shares)

    def _send(self, side: Side, price: int, shares: int) -> None:
        self._arrival += 1
        self.listed.send(self.account, side, price, shares, Kind.LIMIT, self._arrival)

    def settle_listed(self) -> None:
        """Hedge what was traded."""
        self._busy = True
        self.position.hedge()

    def close_listed(self, session: Session) -> None:
        """Create for the shares it is short of, redeem those it has too many of."""
        self._busy = True
        self.loans.repay(self.account)
        days = (session.day - self._closed).days if self._closed else 1
        self._closed = session.day
        self._fees = self.loans.charge(self.account, self.issuer.value, days)
        self.position.futures.settle(self.issuer.spot)
        baskets = -self.position.long // self.spec.basket if self.position.long < 0 else 0
        if baskets and self.issuer.creates:
            self._create(baskets)
        baskets = min(self.position.long, self.listed.shares(self.account)) // self.spec.basket
        if baskets > 0 and self.issuer.redeems:
            self._redeem(baskets)
        self.position.refill()
        self.position.balance_cash()

    def _create(self, baskets: int) -> None:
        fee = round(self.spec.order_fee * MICRO)
        cash = self.listed.cash(self.account) - fee
        if self.in_kind:
            lots = self.issuer.trust.lots_in(self.spec.basket)
            baskets = min(baskets, self.desk.lots // max(1, lots)) if cash >= 0 else 0
            if baskets > 0:
                sources = self.desk.sources(self.issuer.trust.lots_in(baskets * self.spec.basket))
                self.issuer.orders.create_in_kind(self.account, baskets, sources)
        else:
            cost = self.issuer.orders.cash_for(self.spec.basket, 1) + 1
            baskets = min(baskets, cash // max(1, cost))
            if baskets > 0:
                self.issuer.orders.create_for_cash(self.account, baskets)
        self._created += max(0, baskets) * self.spec.basket

    def _redeem(self, baskets: int) -> None:
        if self.listed.cash(self.account) < round(self.spec.order_fee * MICRO):
            return
        due = self.issuer.settles
        if self.in_kind:
            targets = self.desk.targets()
            lots = self.issuer.orders.redeem_in_kind(self.account, baskets, targets)
            self.position.await_lots(due, lots)
        else:
            paid = self.issuer.orders.redeem_for_cash(self.account, baskets)
            self.position.await_cash(due, paid)
        self._redeemed += baskets * self.spec.basket

    # -- the record ---------------------------------------------------------------------------

    def end(self) -> None:
        """Record the session that has closed in this tick."""
        if not self.table.lacks(self._closed):
            return
        row = {
            "shares": self.listed.shares_held(self.account),
            "borrowed": self.position.borrowed,
            "due": self.position.shares_due,
            "lots": self.desk.lots,
            "futures": self.position.futures.lots,
            "cash": self.position.cash,
            "created": self._created,
            "redeemed": self._redeemed,
            "fees": self._fees,
            "paid_in": self.position.paid_in,
        }
        self.table.record(self._closed, row)
        self._created = self._redeemed = self._fees = 0
