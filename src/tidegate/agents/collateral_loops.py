"""Loops: coins bought with dollars that the exchange lent against them.

A loop has no position: it is due by the price that the exchange values the coin at, and by nothing
else. Debt carries no interest: what is looked at here takes hours.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from tidegate_core.engine import Engine

from tidegate.agents.collateral_sale import Haste
from tidegate.agents.leveraged_sampling import apportion, split
from tidegate.agents.loans import LoanBook
from tidegate.books import Books

__all__ = ["LoopDesk", "open_loops"]

_Ints = NDArray[np.int64]

USD = 0
MICRO = 1_000_000


class LoanExchange(Protocol):
    """An exchange that lends, as its loan desk sees it."""

    name: str
    spot: Engine
    outage: Any


def open_loops(
    lots: int, unit: float, tick_value: int, n: int, ltv: tuple[float, float], threshold: float
) -> LoanBook:
    """Return loops of equal collateral whose debts over its value are evenly spread.

    Parameters
    ----------
    lots : int
        Coins of all of them.
    unit : float
        USD of a lot.
    tick_value : int
        Micro-USD of a tick on a lot.
    n : int
        How many loops.
    ltv : tuple of float
        Least and most debt over value.
    threshold : float
        Debt over value from which on a loop is due.
    """
    low, high = ltv
    wanted = low + (high - low) * (np.arange(n) + 0.5) / n
    coins = apportion(lots, np.ones(n))
    zeros = np.zeros(n, dtype=np.int64)
    return LoanBook(
        kind=zeros,
        coin=zeros,
        coins=coins,
        debt=np.floor(coins * (unit * MICRO) * wanted).astype(np.int64),
        reserve=zeros,
        thresholds=[threshold],
        tick_values=[tick_value],
        wanted=wanted,
        watching=np.zeros(n, dtype=np.bool_),
    )


class LoopDesk:
    """An exchange's loan desk for one coin: it sells the collateral of whoever is due.

    Parameters
    ----------
    exchange : LoanExchange
        The exchange; the coins lie on its spot engine and are sold in its book.
    books : Books
        Keep the cash that sales bring; get a party for it.
    loans : LoanBook
        The loops.
    haste : Haste
        How the desk sells.
    name : str
        The coin's.
    account : int
        Spot account that holds the coins of all loops.
    instrument : int
        The coin's on the spot engine.

    Attributes
    ----------
    sold, brought, repaid, lost : int
        Since the start: lots sold; micro-USD that they brought, that debts were repaid with, and
        that no coins were left for.
    """

    def __init__(
        self,
        exchange: LoanExchange,
        books: Books,
        loans: LoanBook,
        haste: Haste,
        *,
        name: str,
        account: int,
        instrument: int,
    ) -> None:
        self.exchange = exchange
        self.books = books
        self.loans = loans
        self.haste = haste
        self.account = account
        self.instrument = instrument
        self.sold = self.brought = self.repaid = self.lost = 0
        self._opening = int(loans.debt.sum())
        self._asset = exchange.spot.assets.index(exchange.spot.instruments[instrument].base)
        self._tick_value = exchange.spot.instruments[instrument].tick_value
        self.party = f"loops/{name}/{exchange.name}"
        books.open(self.party)

    def act(self, seconds: int, value: int) -> None:
        """Sell for whoever is due.

        Parameters
        ----------
        seconds : int
            Length of the round that ends now.
        value : int
            What the exchange values a lot at, ticks.
        """
        due = self.loans.crossed(0, value)
        bid = self.exchange.spot.best_bid(self.instrument)
        if not len(due) or bid is None or self.exchange.outage.engine:
            return
        wanted = self._wanted(due, bid)
        lots = self.haste.part(int(wanted.sum()), seconds)
        sold, brought = self.haste.sell(self.exchange.spot, self.instrument, self.account, lots)
        if sold:
            self._repay(due, wanted, sold, brought)

    def waiting(self, value: int) -> int:
        """Return how many loops are due at what the exchange values a lot at, ticks."""
        return len(self.loans.crossed(0, value))

    def _wanted(self, due: _Ints, bid: int) -> _Ints:
        """Return the lots of each loop that its debt would take at the bid."""
        need = -(-self.loans.debt[due] // (bid * self._tick_value))
        wanted: _Ints = np.minimum(self.loans.coins[due], need)
        return wanted

    def _repay(self, due: _Ints, wanted: _Ints, sold: int, brought: int) -> None:
        """Share out what a sale took and brought among loops, in proportion to their lots."""
        loans = self.loans
        taken = split(sold, wanted.tolist())
        paid = np.minimum(split(brought, taken.tolist()), loans.debt[due])
        loans.coins[due] -= taken
        loans.debt[due] -= paid
        empty = due[loans.coins[due] == 0]
        self.lost += int(loans.debt[empty].sum())
        loans.debt[empty] = 0
        loans.refresh(due)
        self.sold += sold
        self.brought += brought
        self.repaid += int(paid.sum())
        code = self.exchange.spot.withdraw(self.account, USD, brought)
        assert code == 0, f"{self.exchange.name} could not collect {brought}: {code}"
        self.books.move(USD, self.exchange.name, self.party, brought)

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        self.loans._check()
        spot = self.exchange.spot
        assert spot.free(self.account, self._asset) == int(self.loans.coins.sum())
        assert spot.free(self.account, USD) == 0
        assert self.books.balance(self.party, USD) == self.brought >= self.repaid
        assert self._opening == int(self.loans.debt.sum()) + self.repaid + self.lost
