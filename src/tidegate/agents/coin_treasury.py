"""Coins of one owner: received, kept in custody, sent to venues to be sold for money needed.

Custody is a party in the books. What is to be sold is a sum of money; coins follow it to the
venues as its price asks for, and what is left there still counts as held.
"""

from __future__ import annotations

from tidegate.agents.trading_desk import TradingDesk
from tidegate.books import BTC, Books
from tidegate.clock import Clock

__all__ = ["CoinTreasury"]

MICRO = 1_000_000


class CoinTreasury:
    """Holds coins and sells some of them through a trading desk.

    Call `look` and then `work` at the start of every tick, `order` when money is needed.

    Parameters
    ----------
    party : str
        Custody account, which the books know.
    desk : TradingDesk
        Sells; its payer receives the proceeds.
    books, clock
        Carry the coins; tell when they arrive.
    deposit_seconds : int
        Time that coins take to a venue.
    """

    def __init__(
        self, *, party: str, desk: TradingDesk, books: Books, clock: Clock, deposit_seconds: int
    ) -> None:
        self.party = party
        self.desk = desk
        self.books = books
        self.clock = clock
        self.deposit_seconds = deposit_seconds
        self.received = 0  # lots since the start
        self.ordered = 0  # micro-USD of sales decided since the start
        self._sent: list[tuple[int, int]] = []  # arrival, lots

    @property
    def held(self) -> int:
        """Lots it owns: in custody, under way, and unsold at the venues."""
        return self.books.balance(self.party, BTC) + self.in_flight + self.desk.lots

    @property
    def sold(self) -> int:
        """Lots sold since the start."""
        return self.received - self.held

    @property
    def in_flight(self) -> int:
        """Lots on their way to the venues."""
        return sum(lots for _, lots in self._sent)

    @property
    def unit(self) -> float:
        """Micro-USD per lot at the venues' indicative prices, by their share of the market."""
        total = 0.0
        for venue in self.desk.venues:
            total += venue.share * venue.lot * venue.price(venue.indicative)
        return total * MICRO

    def receive(self, source: str, lots: int) -> None:
        """Take coins from another party into custody."""
        if lots:
            self.books.move(BTC, source, self.party, lots)
            self.received += lots

    def order(self, amount: int) -> int:
        """Sell for an amount in micro-USD; return what the coins held do not cover."""
        self.desk.look()
        most = int(self.held * self.unit) + min(self.desk.backlog, 0)
        taken = min(amount, max(most, 0))
        self.desk.backlog -= taken
        self.ordered += taken
        return amount - taken

    def look(self) -> None:
        """Start a tick: note what has arrived and what was sold."""
        now = self.clock.seconds
        self._sent = [(at, lots) for at, lots in self._sent if at > now]
        self.desk.look()

    def work(self) -> None:
        """Send the venues the coins that sales ask for, and set the tick's slice."""
        self.send(self.clock.seconds)
        self.desk.work()

    def send(self, second: int) -> None:
        """Send the venues, at a second of the run, the coins that sales ask for."""
        unit = self.unit
        if self.desk.backlog > -MICRO or unit <= 0.0:
            return
        needed = int(-self.desk.backlog / unit) + 1 - self.desk.lots - self.in_flight
        lots = min(needed, self.books.balance(self.party, BTC))
        if lots <= 0:
            return
        arrives = second + self.deposit_seconds
        left = lots
        for number, venue in enumerate(self.desk.venues):
            last = number == len(self.desk.venues) - 1
            part = left if last else int(lots * venue.share)
            left -= part
            if part > 0:
                account = self.desk.accounts[venue.name]
                self.books.deposit(venue, account, BTC, part, source=self.party, arrives=arrives)
        self._sent.append((arrives, lots))
