"""The fund's issuer: baskets in and out, net asset value, the sponsor's fee, and what can fail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tidegate_core.draws import exp

from tidegate.agents.base import MarketAgent
from tidegate.agents.etf_agent import CoinAgent
from tidegate.agents.etf_orders import Creation
from tidegate.agents.etf_tables import EtfTable
from tidegate.agents.etf_trust import NANO, EtfTrust
from tidegate.agents.listed_market import ListedMember
from tidegate.agents.trading_calendar import Session, TradingCalendar
from tidegate.agents.trading_desk import TradingDesk
from tidegate.books import BTC, USD, Books
from tidegate.listed_venue import ListedVenue
from tidegate.scenario.etf import EtfLevers, EtfSpec
from tidegate.venue import Venue

__all__ = ["EtfIssuer"]

MICRO = 1_000_000
DAY = 86_400
YEAR_DAYS = 365.0
WORLD = "world"
TALLY = ("created", "redeemed", "issued", "cancelled", "lots_in", "lots_out", "fee", "lost")


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
        self.table = EtfTable(self.venues[0].lot)
        self.struck = 0.0  # USD per coin at the last strike
        self.planned = 0  # micro-USD of net creations since the start
        self.failed_until = 0  # second until which a failed issuer's fund is frozen
        self._orders: list[Creation] = []
        self._payouts: list[tuple[int, int, int]] = []  # due, account, micro-USD
        self._last: dt.date | None = None
        self._closed = 0  # second of the last close
        self._tally = dict.fromkeys(TALLY, 0)

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

    # -- orders of participants ---------------------------------------------------------------

    def due_to(self, account: int) -> int:
        """Return the shares that an account has ordered and not received."""
        return sum(o.shares for o in self._orders if o.account == account)

    @property
    def settles(self) -> int:
        """Second at which what is ordered now settles."""
        return self.calendar.after(self._closed, self.spec.settlement_sessions).opens

    def _take_fee(self, account: int) -> None:
        fee = round(self.spec.order_fee * MICRO)
        if fee:
            self.listed.debit(account, USD, fee)
            self.books.move(USD, self.listed.name, self.trust.agent, fee)

    def _accept(self, baskets: int, *, window: bool) -> int:
        if baskets < 1 or not window:
            raise ValueError(f"baskets is {baskets}; whole ones are taken while the window is open")
        return baskets * self.spec.basket

    def create_in_kind(
        self, account: int, baskets: int, sources: Sequence[tuple[Venue, int, int]]
    ) -> None:
        """Take an order for shares against coins.

        Parameters
        ----------
        account : int
            Who gets the shares, at the listed venue; it pays the order's fee.
        baskets : int
            How many.
        sources : sequence of (Venue, account, lots)
            Where the coins come from; in sum what the shares take.
        """
        shares = self._accept(baskets, window=self.creates)
        lots = self.trust.lots_in(shares)
        if sum(part for _, _, part in sources) != lots:
            raise ValueError(f"sources must deliver {lots} lots for {baskets} baskets")
        self._take_fee(account)
        due = self.settles
        for venue, source, part in sources:
            if part:
                self.books.withdraw(venue, source, BTC, part, target=self.trust.inbox, arrives=due)
        self._ordered(Creation(account, shares, lots, due, bought_by_agent=False))

    def create_for_cash(self, account: int, baskets: int) -> None:
        """Take an order for shares against cash at the last strike; the agent buys the coins."""
        shares = self._accept(baskets, window=self.creates)
        lots = self.trust.lots_in(shares)
        cost = self.cash_for(shares, 1)
        self._take_fee(account)
        self.listed.debit(account, USD, cost)
        self.books.move(USD, self.listed.name, WORLD, cost)
        self._ordered(Creation(account, shares, lots, self.settles, bought_by_agent=True))

    def _ordered(self, order: Creation) -> None:
        self._orders.append(order)
        self._tally["created"] += order.shares
        self.planned += self.cash_for(order.shares, 0)

    def redeem_in_kind(
        self, account: int, baskets: int, targets: Sequence[tuple[Venue, int, int]]
    ) -> int:
        """Cancel shares and send their coins; return the lots.

        Parameters
        ----------
        account, baskets
            As of `create_in_kind`.
        targets : sequence of (Venue, account, weight)
            Where the coins go, in proportion to whole weights.
        """
        lots = self._cancel(account, baskets)
        due, left, weights = self.settles, lots, sum(weight for _, _, weight in targets)
        for number, (venue, target, weight) in enumerate(targets):
            part = left if number == len(targets) - 1 else lots * weight // weights
            left -= part
            if part:
                self.books.deposit(venue, target, BTC, part, source=self.trust.agent, arrives=due)
        return lots

    def redeem_for_cash(self, account: int, baskets: int) -> int:
        """Cancel shares and pay for them at the last strike; the agent sells their coins."""
        shares = baskets * self.spec.basket
        paid = self.cash_for(shares, -1)
        self.agent.sell(self._cancel(account, baskets))
        self._payouts.append((self.settles, account, paid))
        return paid

    def _cancel(self, account: int, baskets: int) -> int:
        shares = self._accept(baskets, window=self.redeems)
        self._take_fee(account)
        lots = self.trust.cancel(self.listed, account, shares)
        self._tally["redeemed"] += shares
        self._tally["cancelled"] += shares
        self._tally["lots_out"] += lots
        self.planned -= self.cash_for(shares, 0)
        return lots

    def cash_for(self, shares: int, side: int) -> int:
        """Return what shares cost (side 1), bring (-1) or are worth (0) for cash, micro-USD."""
        lots = self.trust.lots_in(shares) if side > 0 else self.trust.lots_out(shares)
        unit = self.struck * self.venues[0].lot * MICRO
        return int(lots * unit * (1.0 + side * self.spec.cash_spread))

    # -- a tick -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Settle what is due; let the agent buy what is owed and sell what is not needed."""
        self.agent.look()
        if not self.frozen:
            self._settle_orders(self.clock.seconds)
        owed = sum(order.lots for order in self._orders if order.bought_by_agent)
        if owed or self.agent.busy:
            self.agent.work(owed, self.spot)

    def _settle_orders(self, now: int) -> None:
        for order in self._orders:
            if order.bought_by_agent and (arrives := self.agent.deliver(order.lots)):
                order.bought_by_agent = False
                order.due = max(order.due, arrives)
        ready = [o for o in self._orders if not o.bought_by_agent and o.due <= now]
        for order in ready:
            if self.books.balance(self.trust.inbox, BTC) < order.lots:
                break
            self._orders.remove(order)
            self.trust.issue(self.listed, order.account, order.shares, order.lots)
            self._tally["issued"] += order.shares
            self._tally["lots_in"] += order.lots
        for due, account, paid in [p for p in self._payouts if p[0] <= now]:
            self._payouts.remove((due, account, paid))
            self.books.move(USD, WORLD, self.listed.name, paid)
            self.listed.credit(account, USD, paid)

    @property
    def pending(self) -> bool:
        """Whether its agent could fill more in this tick."""
        return self.agent.desk.pending

    def trade(self) -> None:
        """Let the agent trade."""
        self.agent.desk.trade()

    # -- a session ----------------------------------------------------------------------------

    def close_listed(self, session: Session) -> None:
        """Strike the net asset value after the fee and whatever was lost."""
        days = (session.day - self._last).days if self._last else 1
        self._last, self._closed = session.day, session.closes
        if not self.frozen:
            fee = self.trust.accrue(self.spec.sponsor_fee, days)
            self._tally["fee"] += fee
            if fee:
                self.agent.sell(fee)
        self._hazards(session.day, days)
        self.struck = self.spot

    def _hazards(self, day: dt.date, days: int) -> None:
        spec = self.spec
        if self._strikes("custody", spec.custody_hazard, day, days):
            self._tally["lost"] += self.trust.lose(spec.custody_loss)
        failed = self.clock.seconds < self.failed_until
        if not failed and self._strikes("issuer", spec.issuer_hazard, day, days):
            self._tally["lost"] += self.trust.lose(spec.issuer_loss)
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
            **self._tally,
        }
        self.table.record(self._last, row)
        self._tally = dict.fromkeys(TALLY, 0)

    # -- proof --------------------------------------------------------------------------------

    def differences(self) -> tuple[str, ...]:
        """Return what is wrong with shares, custody and orders; nothing if all is in order."""
        found = list(self.trust.differences(self.listed.totals()[self.listed.asset]))
        flying = self.books.in_flight(BTC)
        owed = sum(o.lots for o in self._orders if not o.bought_by_agent)
        there = self.books.balance(self.trust.inbox, BTC)
        if not there <= owed <= there + flying:
            found.append(f"{self.trust.inbox}: {there} lots there, {owed} owed, {flying} under way")
        return tuple(found)

    def audit(self) -> None:
        """Assert that shares and coins are in order; raise AssertionError with what is not."""
        found = self.differences()
        assert not found, "; ".join(found)
