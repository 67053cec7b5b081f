"""Founds a fund in any world: its trust, its stock exchange, its participants and its holders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tidegate.agents.authorised_participant import AuthorisedParticipant
from tidegate.agents.base import MarketAgent
from tidegate.agents.etf_holders import EtfHolders
from tidegate.agents.etf_issuer import EtfIssuer
from tidegate.agents.etf_trust import EtfTrust
from tidegate.agents.listed_market import ListedMarket
from tidegate.agents.stock_loans import StockLoans
from tidegate.agents.trading_calendar import TradingCalendar
from tidegate.books import BTC, USD, Books
from tidegate.clock import Clock
from tidegate.listed_venue import ListedVenue
from tidegate.scenario.calendars import CALENDARS
from tidegate.scenario.etf import EtfLevers, EtfSpec
from tidegate.streams import Streams
from tidegate.venue import Venue

__all__ = ["Etf", "found_etf"]

MICRO = 1_000_000
WORLD = "world"


@dataclass(slots=True)
class Etf:
    """A fund and all who belong to it."""

    listed: ListedVenue
    issuer: EtfIssuer
    market: ListedMarket
    participants: tuple[AuthorisedParticipant, ...]
    holders: EtfHolders

    @property
    def agents(self) -> list[MarketAgent]:
        """All agents, in the order in which a model asks them."""
        return [self.issuer, self.market, *self.participants, self.holders]


def found_etf(
    model: Any,
    spec: EtfSpec,
    *,
    venues: Sequence[Venue],
    books: Books,
    streams: Streams,
    clock: Clock,
    price: float,
    supply: float,
    daily_volume: float,
    rounds: int,
    coins_from: str,
    levers: Callable[[], EtfLevers] = EtfLevers,
) -> Etf:
    """Found a fund.

    Parameters
    ----------
    model : mesa.Model
        Any.
    spec : EtfSpec
        Terms; its ticker is one of the books' assets.
    venues : sequence of Venue
        Where its coins trade.
    books, streams, clock
        The world's.
    price : float
        USD per coin at the start.
    supply : float
        Coins in existence.
    daily_volume : float
        Calm volume of the coin, USD per day.
    rounds : int
        Rounds of a tick.
    coins_from : str
        Party in the books that gives up the coins. Cash comes from ``world``.
    levers : callable, optional
        Returns the levers in force; a bound method, so that a fork reads its own.
    """
    return _Founding(
        model, spec, venues, books, streams, clock, price, daily_volume, rounds, coins_from
    ).build(supply, levers)


@dataclass(slots=True)
class _Founding:
    model: Any
    spec: EtfSpec
    venues: Sequence[Venue]
    books: Books
    streams: Streams
    clock: Clock
    price: float
    daily_volume: float
    rounds: int
    coins_from: str

    @property
    def _base(self) -> dict[str, Any]:
        return {"venues": self.venues, "streams": self.streams, "clock": self.clock}

    @property
    def _desk(self) -> dict[str, Any]:
        return {"books": self.books, "daily_volume": self.daily_volume, "rounds": self.rounds}

    @property
    def _prefix(self) -> str:
        return f"etf/{self.spec.ticker}"

    def build(self, supply: float, levers: Callable[[], EtfLevers]) -> Etf:
        spec, listing = self.spec, self.spec.listing
        listed = ListedVenue(
            f"listed/{spec.ticker}", assets=self.books.assets, ticker=spec.ticker, tick=listing.tick
        )
        self.books.open(listed.name)
        trust = EtfTrust(self.books, spec.ticker)
        calendar = TradingCalendar(CALENDARS[listing.calendar], self.clock.start)
        flow, patient = listed.open_accounts(), listed.open_accounts()
        shares = self._issue(listed, trust, flow, patient)
        issuer = EtfIssuer(
            self.model,
            path=f"{self._prefix}/fund",
            spec=spec,
            trust=trust,
            listed=listed,
            calendar=calendar,
            accounts={venue.name: venue.open_accounts() for venue in self.venues},
            levers=levers,
            **self._desk,
            **self._base,
        )
        issuer.struck = self.price
        terms = spec.participants
        loans = StockLoans(
            listed, patient, fee=terms.borrow_fee, limit=int(terms.lendable * shares)
        )
        participants = tuple(
            self._participant(number, issuer, loans) for number in range(terms.count)
        )
        holders = EtfHolders(
            self.model,
            path=f"{self._prefix}/holders",
            spec=spec.holders,
            listed=listed,
            flow_account=flow,
            patient_account=patient,
            loans=loans,
            issuer=issuer,
            supply=supply,
            books=self.books,
            **self._base,
        )
        market = ListedMarket(
            self.model,
            path=f"{self._prefix}/exchange",
            listed=listed,
            calendar=calendar,
            spec=listing,
            issuer=issuer,
            members=(issuer, *participants, holders),
            rounds=self.rounds,
            **self._base,
        )
        return Etf(listed, issuer, market, participants, holders)

    def _issue(self, listed: ListedVenue, trust: EtfTrust, flow: int, patient: int) -> int:
        """Issue the first shares, in whole baskets, and give the patient holders their cash."""
        spec, lot = self.spec, self.venues[0].lot
        lots = int(spec.coins / lot)
        shares = int(spec.coins / spec.coins_per_share) // spec.basket * spec.basket
        if not shares:
            raise ValueError(f"coins is {spec.coins}; less than one basket of {spec.basket} shares")
        trust.found(listed, flow, shares, lots, self.coins_from)
        listed.transfer(listed.asset, flow, patient, int(shares * spec.holders.patient))
        self._pay(listed, patient, int(spec.holders.cash * spec.coins * self.price * MICRO))
        return shares

    def _pay(self, venue: ListedVenue | Venue, account: int, cash: int) -> None:
        if cash:
            self.books.move(USD, WORLD, venue.name, cash)
            venue.credit(account, USD, cash)

    def _participant(
        self, number: int, issuer: EtfIssuer, loans: StockLoans
    ) -> AuthorisedParticipant:
        third = self.spec.participants.capital / 3.0
        account = issuer.listed.open_accounts()
        self._pay(issuer.listed, account, int(third * MICRO))
        accounts = {}
        for venue in self.venues:
            accounts[venue.name] = venue.open_accounts()
            part = third * venue.share
            lots = int(part / (self.price * venue.lot))
            if lots:
                self.books.move(BTC, self.coins_from, venue.name, lots)
                venue.credit(accounts[venue.name], BTC, lots)
            self._pay(venue, accounts[venue.name], int(part * MICRO))
        return AuthorisedParticipant(
            self.model,
            path=f"{self._prefix}/participant/{number}",
            issuer=issuer,
            account=account,
            accounts=accounts,
            loans=loans,
            **self._desk,
            **self._base,
        )
