"""The agent that trades a fund's coins: buys what cash orders owe, sells what the fund gives up."""

from __future__ import annotations

from tidegate.agents.etf_trust import EtfTrust
from tidegate.agents.trading_desk import TradingDesk
from tidegate.books import BTC, Books

__all__ = ["CoinAgent"]

MICRO = 1_000_000
SLACK = 8  # lots bought beyond need, so that rounding never leaves an order open


class CoinAgent:
    """Keeps the coins that are owed, and no more, on the venues of coins.

    Parameters
    ----------
    trust : EtfTrust
        Whose coins it trades.
    books : Books
        Carry its coins between custodian and venues.
    desk : TradingDesk
        Where it trades; the rest of the world pays for purchases and receives proceeds.
    """

    def __init__(self, trust: EtfTrust, books: Books, desk: TradingDesk) -> None:
        self.trust = trust
        self.books = books
        self.desk = desk
        self._coming: list[tuple[int, int]] = []  # due at the venues, lots

    @property
    def lots(self) -> int:
        """Lots that it has at the venues or on their way there."""
        return self.desk.lots + sum(lots for _, lots in self._coming)

    @property
    def busy(self) -> bool:
        """Whether there is anything to trade, on its way, or to be sent home."""
        desk = self.desk
        idle = not (self._coming or desk.backlog or desk.in_transit)
        return not idle or desk.cash >= MICRO or desk.lots >= 2 * SLACK

    def look(self) -> None:
        """Start a tick: take in what has arrived."""
        now = self.desk.clock.seconds
        self._coming = [(at, lots) for at, lots in self._coming if at > now]
        self.desk.look()

    def work(self, owed: int, price: float) -> None:
        """Set out to hold the lots that are owed, at a price in USD per coin."""
        gap = owed - self.lots
        if gap > 0:
            gap += SLACK
        elif gap > -2 * SLACK:
            gap = 0
        venues = self.desk.venues
        fee = 1.0 + 1e-6 * max(venue.taker_ppm for venue in venues)
        self.desk.backlog = int(gap * price * venues[0].lot * MICRO * fee)
        self.desk.work()

    def sell(self, lots: int) -> None:
        """Send coins that the trust has handed over to the venues, to be sold there."""
        arrives, left, venues = self.desk.clock.seconds + 1, lots, self.desk.venues
        for number, venue in enumerate(venues):
            part = left if number == len(venues) - 1 else int(lots * venue.share)
            left -= part
            if part:
                account = self.desk.accounts[venue.name]
                self.books.deposit(
                    venue, account, BTC, part, source=self.trust.agent, arrives=arrives
                )
        self._coming.append((arrives, lots))

    def deliver(self, lots: int) -> int:
        """Send coins to the custodian if there are enough; return when they arrive, or 0."""
        if self.desk.lots < lots:
            return 0
        arrives = self.desk.clock.seconds + 1
        for venue in self.desk.venues:
            account = self.desk.accounts[venue.name]
            part = min(lots, venue.coins(account))
            if part:
                self.books.withdraw(
                    venue, account, BTC, part, target=self.trust.inbox, arrives=arrives
                )
                lots -= part
        return arrives
