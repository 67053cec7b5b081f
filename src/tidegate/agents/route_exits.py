"""A state that leaves: coins through venues, shares through the stock exchange's sessions.

It has a tranche for every exit. Each begins with a decision, at which the tranche is worth what
its coins cost in the market; coins then leave custody for the venues, shares wait for a session.
What time and prices made of it is a row of the table ``exits``. In an exit with an outage the
largest venue takes nobody's orders for a while. Where prices are frozen as a control, nothing is
sold on either market.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import polars as pl

from tidegate.agents.base import MarketAgent
from tidegate.agents.etf_founding import Etf
from tidegate.agents.etf_trust import NANO
from tidegate.agents.share_desk import ShareDesk
from tidegate.agents.trading_desk import TradingDesk
from tidegate.books import BTC, Books
from tidegate.int_table import IntTable
from tidegate.scenario.exits import ExitSpec

__all__ = ["SITUATIONS", "RouteExits"]

MICRO = 1_000_000
HOUR, DAY = 3_600, 86_400
WEEK = 7
Situation = Literal["calm", "outage", "weekend"]
SITUATIONS: tuple[Situation, ...] = get_args(Situation)
WEEKDAYS: dict[Situation, int] = {"calm": 1, "outage": 1, "weekend": 5}
COLUMNS = (
    "situation",
    "decided",  # second
    "worth",  # micro-USD at the decision
    "proceeds",  # micro-USD, fees taken off
    "unsold",  # micro-USD at the limit
    "waited",  # seconds, mean by what was sold; what was not counts to the limit
)


@dataclass(slots=True)
class Exit:
    """One exit under way."""

    situation: int
    decided: int
    worth: int
    proceeds: int = 0
    waited: int = 0  # micro-USD times seconds


class RouteExits(MarketAgent):
    """Sells one tranche after the other.

    Parameters
    ----------
    spec : ExitSpec
        Size, route and times.
    etf : Etf
        The fund; its holders give up the shares of all tranches at the start.
    accounts : mapping of venue name to account
        Client account at each venue of coins.
    books : Books
        Carry coins and cash.
    daily_volume, rounds
        As of a `TradingDesk`.
    coins_from : str, optional
        Party in the books that gives up the coins of all tranches at the start.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: ExitSpec,
        etf: Etf,
        accounts: Mapping[str, int],
        books: Books,
        daily_volume: float,
        rounds: int,
        coins_from: str = "others",
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.spec = spec
        self.books = books
        self.rounds = rounds
        self.etf = etf
        self.table = IntTable(COLUMNS)
        self.custody, self.cash = f"{self.path}/coins", f"{self.path}/cash"
        for party in (self.custody, self.cash):
            books.open(party)
        self.desk = TradingDesk(
            path=self.path,
            venues=self.venues,
            accounts=accounts,
            books=books,
            streams=self.streams,
            clock=self.clock,
            execution=spec.execution,
            daily_volume=daily_volume,
            rounds=rounds,
            payer=self.cash,
        )
        self._vault = etf.listed.open_accounts()
        self.shares = ShareDesk(
            path=f"{self.path}/shares",
            listed=etf.listed,
            account=etf.listed.open_accounts(),
            fund=etf.issuer,
            books=books,
            streams=self.streams,
            clock=self.clock,
            tolerance=spec.tolerance,
            payer=self.cash,
        )
        etf.market.admit(self.shares)
        self._endow(coins_from)
        self._decided = 0  # exits so far
        self._exit: Exit | None = None
        self._largest = max(self.venues, key=lambda venue: venue.share)
        self._trades = self._largest.accepts  # not where prices are frozen as a control
        self._down_until = 0
        self._invested = [0, 0]  # of both desks when last looked, micro-USD

    def _endow(self, coins_from: str) -> None:
        """Take over the coins and shares of all tranches."""
        spec, listed = self.spec, self.etf.listed
        lots = int(spec.coins / self.venues[0].lot)
        in_fund = int(lots * spec.fund)
        self.lots = lots - in_fund
        self.tranche = int(in_fund * NANO / self.etf.issuer.trust.claim)
        holders, shares = self.etf.holders.desk.account, spec.count * self.tranche
        if shares > listed.shares(holders):
            raise ValueError(
                f"{spec.count} exits of {spec.coins:g} coins, {spec.fund:g} of them in the fund, "
                f"take {shares} shares; its holders can spare {listed.shares(holders)}"
            )
        if self.lots:
            self.books.move(BTC, coins_from, self.custody, spec.count * self.lots)
        if shares:
            listed.transfer(listed.asset, holders, self._vault, shares)

    # -- times --------------------------------------------------------------------------------

    def situation(self, number: int) -> Situation:
        """Return what an exit finds."""
        return SITUATIONS[number % len(SITUATIONS)]

    def decides_at(self, number: int) -> int:
        """Return the second from which an exit is decided."""
        first = self.spec.first_day
        monday = first + -(self.clock.start.weekday() + first) % WEEK
        day = monday + WEEK * self.spec.weeks * number + WEEKDAYS[self.situation(number)]
        return day * DAY + self.spec.hour * HOUR

    def _moment(self, rounds: float) -> int:
        """Return the second after some rounds of this tick, not beyond its end."""
        return self.clock.seconds + int(
            self.clock.step_seconds * min(rounds, self.rounds - 0.5) / self.rounds
        )

    # -- a tick -------------------------------------------------------------------------------

    def begin(self) -> None:
        """End an exit, decide on one, bring a venue back, and set what is to be sold."""
        now = self.clock.seconds
        self.desk.look()
        if self._exit is not None and now >= self._exit.decided + self.spec.limit_days * DAY:
            self._finish(self._exit)
        number = self._decided
        if number < self.spec.count and now >= self.decides_at(number):
            self._decide(number)
        self._largest.accepts = self._trades and now >= self._down_until
        if self._exit is not None and self._trades:
            self.desk.backlog = -int(self.desk.lots * self._unit)
            self.shares.backlog = -self.shares.value
        self.desk.work()

    @property
    def _unit(self) -> float:
        """Micro-USD per lot in the market of coins."""
        return self.etf.issuer.spot * self.venues[0].lot * MICRO

    @property
    def pending(self) -> bool:
        """Whether more of the tick's slice can be sold in it."""
        return self.desk.backlog != 0 and self.desk.pending

    def trade(self) -> None:
        """Sell coins; book what sessions brought, and what coins brought in the round before."""
        self._book()
        if self.desk.backlog:
            self.desk.trade()

    def end(self) -> None:
        """Book the tick's last sales."""
        self.desk.look()
        self._book()

    def _book(self) -> None:
        """Book proceeds: of coins in rounds over, of shares in this round too."""
        done = self.clock.round
        desks: tuple[tuple[TradingDesk | ShareDesk, float], ...] = (
            (self.desk, done - 0.5),
            (self.shares, done + 0.5),
        )
        for number, (desk, rounds) in enumerate(desks):
            proceeds = self._invested[number] - desk.invested
            self._invested[number] = desk.invested
            if proceeds and self._exit is not None:
                self._exit.proceeds += proceeds
                self._exit.waited += proceeds * (self._moment(rounds) - self._exit.decided)

    # -- an exit ------------------------------------------------------------------------------

    def _decide(self, number: int) -> None:
        """Value a tranche, send its coins to the venues and its shares to the desk."""
        now, listed, situation = self.clock.seconds, self.etf.listed, self.situation(number)
        self._decided += 1
        if self.tranche:
            listed.transfer(listed.asset, self._vault, self.shares.account, self.tranche)
        worth = int(self.lots * self._unit) + self.shares.value
        self._exit = Exit(SITUATIONS.index(situation), now, worth)
        self._send(now + round(self.spec.custody_hours * HOUR))
        if situation == "outage":
            self._down_until = now + round(self.spec.outage_hours * HOUR)

    def _send(self, arrives: int) -> None:
        """Send a tranche of coins to the venues, by their share of the market."""
        left = self.lots
        for number, venue in enumerate(self.venues):
            last = number == len(self.venues) - 1
            part = left if last else int(self.lots * venue.share)
            left -= part
            client = self.desk.accounts[venue.name]
            if part and arrives > self.clock.seconds:
                self.books.deposit(venue, client, BTC, part, source=self.custody, arrives=arrives)
            elif part:  # they lie there
                self.books.move(BTC, self.custody, venue.name, part)
                venue.credit(client, BTC, part)

    def _finish(self, over: Exit) -> None:
        """Take back what was not sold, and write the exit down."""
        limit, listed = self.spec.limit_days * DAY, self.etf.listed
        shares, lots = self.shares.shares, self.desk.lots
        unsold = self.shares.value + int(lots * self._unit)
        if shares:
            listed.transfer(listed.asset, self.shares.account, self._vault, shares)
        for venue in self.venues:
            client = self.desk.accounts[venue.name]
            if rest := venue.coins(client):
                self.books.withdraw(
                    venue, client, BTC, rest, target=self.custody, arrives=self.clock.seconds
                )
        total = over.proceeds + unsold
        waited = (over.waited + unsold * limit) // max(total, 1)
        row = (over.situation, over.decided, over.worth, over.proceeds, unsold, waited)
        self.table.extend(np.array([row], dtype=np.int64))
        self._exit = None
        self.desk.backlog = self.shares.backlog = 0

    def frame(self) -> pl.DataFrame:
        """Return the table ``exits`` in units: USD, hours, days; a row per exit that is over."""
        frame = pl.DataFrame(self.table.rows, schema=list(COLUMNS), orient="row")
        return frame.select(
            pl.col("situation").replace_strict(dict(enumerate(SITUATIONS)), return_dtype=pl.Utf8),
            (pl.col("decided") / DAY).alias("day"),
            *[(pl.col(name) / MICRO).alias(name) for name in ("worth", "proceeds", "unsold")],
            (pl.col("waited") / HOUR).alias("hours"),
        )
