"""The trading desk of a private portfolio: it sells by the lot, and can be robbed of its coins."""

from __future__ import annotations

from typing import Any

from tidegate.agents.trading_desk import MICRO, TradingDesk
from tidegate.agents.whole_columns import PPB
from tidegate.books import BTC, USD

__all__ = ["PortfolioDesk"]

DUST = 1_000 * MICRO  # an order for less is not worth the trouble


class PortfolioDesk(TradingDesk):
    """Buys for a sum, or sells a share of what it has, and knows what it has paid and got.

    Parameters
    ----------
    ready : bool
        Whether the payer's dollars stand at the venues at all times, so that a purchase need not
        wait for them.
    **desk
        As of `TradingDesk`. Its payer is a party that cannot overdraw.

    Attributes
    ----------
    bought, sold : int
        Micro-USD paid for coins and got for them since the start, fees included.
    """

    def __init__(self, *, ready: bool, **desk: Any) -> None:
        super().__init__(**desk)
        self.ready = ready
        self.bought = 0
        self.sold = 0
        self._kept: int | None = None  # lots to keep while selling; None: nothing is sold

    @property
    def idle(self) -> bool:
        """Whether it has nothing to trade and nothing to wire."""
        if self.backlog or self._wires or self._kept is not None:
            return False
        waiting = self.books.balance(self.payer, USD) if self.ready else self._cash
        return waiting < MICRO

    @property
    def spent(self) -> int:
        """Micro-USD paid for coins less what they brought, up to this moment."""
        return self.invested + self._cash - self.cash

    @property
    def available(self) -> int:
        """Dollars that it could spend, micro-USD: its payer's, and those sent already."""
        return self.books.balance(self.payer, USD) + self._cash + self.in_transit

    def _need(self) -> int:
        return self.available if self.ready else min(max(self.backlog, 0), self.available)

    def buy(self, amount: int) -> int:
        """Set out to spend micro-USD, in place of what it was about; return what can be."""
        self._kept = None
        self.backlog = max(0, min(amount, self.available))
        return self.backlog

    def sell(self, share: float) -> None:
        """Set out to sell a share of its lots, in place of what it was about."""
        self.backlog = 0
        self._kept = self.lots - round(share * self.lots)
        self._aim()

    def stop(self) -> None:
        """Give up what it was about."""
        self.backlog, self._kept, self._slice = 0, None, 0

    def look(self) -> None:
        """Start a tick: book what was done, and price what is still to be sold."""
        super().look()
        self._aim()
        if self._kept is None and self.backlog < DUST:
            self.backlog = 0

    def _aim(self) -> None:
        """Let a sale be for what the lots fetch now: it is of lots, not for a sum."""
        if self._kept is None:
            return
        lots = self.lots
        left = lots - self._kept
        worth = self.value * left // lots if left > 0 else 0
        if worth < DUST:
            self.stop()
        else:
            self.backlog = -worth

    def book_trades(self) -> None:
        """Take note of what was traded, apart by side."""
        before = self.invested
        super().book_trades()
        spent = self.invested - before
        if self._kept is None:  # a purchase that cost a little more than planned is no sale
            self.backlog, self._slice = max(self.backlog, 0), max(self._slice, 0)
        self.bought += max(spent, 0)
        self.sold += max(-spent, 0)

    def seize(self, share: int, estate: str) -> int:
        """Hand a share of coins and dollars at every venue, ppb, to an estate; return the dollars.

        It goes on with what it was about, as far as what is left allows.
        """
        self.book_trades()
        taken = 0
        for venue in self.venues:
            account = self.accounts[venue.name]
            for asset, held in ((USD, venue.cash(account)), (BTC, venue.coins(account))):
                lost = held * share // PPB
                if lost > 0:
                    venue.debit(account, asset, lost)
                    self.books.move(asset, venue.name, estate, lost)
                    taken += lost if asset == USD else 0
        self._cash -= taken
        if self._kept is None:
            self.backlog = min(self.backlog, self.available)
        else:
            self._kept -= self._kept * share // PPB
            self._aim()
        return taken
