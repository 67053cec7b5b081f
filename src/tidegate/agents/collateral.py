"""Where pledged coins lie, and how they are sold and bought: one account on every spot engine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from tidegate_core import Kind, Side
from tidegate_core.engine import Engine
from tidegate_crowd.places import Places

from tidegate.agents.leveraged_sampling import apportion

__all__ = ["FIRST_COIN", "USD", "CollateralDesk", "CreditBooks", "SpotExchange"]

USD = 0
FIRST_COIN = 1  # asset of coin 0; coins are instruments in the same order
PPM = 1_000_000


class CreditBooks(Protocol):
    """Where cash lies that is on no exchange."""

    def open(self, name: str, *, issuer: bool = False) -> None:
        """Open an account for a party."""

    def move(self, asset: int, source: str, target: str, amount: int) -> None:
        """Transfer at once between two parties' accounts."""


class SpotExchange(Protocol):
    """An exchange with spot books against USD, as its clients see it."""

    name: str
    spot: Engine

    @property
    def withdrawals_frozen(self) -> bool:
        """Whether nothing can be withdrawn now."""

    def credit(self, account: int, asset: int, amount: int) -> None:
        """Add to a client's free balance."""

    def debit(self, account: int, asset: int, amount: int) -> None:
        """Take from a client's free balance."""


class CollateralDesk:
    """Pledged coins on several exchanges; between two calls it holds no cash.

    Parameters
    ----------
    exchanges : sequence of SpotExchange
        In the order of the places' venues.
    places : Places
        Where is traded: at the places of spot, which are instruments in the order of coins.
    accounts : sequence of int
        An account on each spot engine, empty.
    books : CreditBooks
        Where cash comes from and goes to.
    """

    def __init__(
        self,
        exchanges: Sequence[SpotExchange],
        places: Places,
        accounts: Sequence[int],
        books: CreditBooks,
    ) -> None:
        self.exchanges = tuple(exchanges)
        self.places = places
        self.accounts = tuple(int(account) for account in accounts)
        self.books = books
        self._spot_places = [
            np.flatnonzero((places.coin == coin) & ~places.perpetual)
            for coin in range(places.coins)
        ]

    def pledge(self, coin: int, lots: int, shares: Sequence[float], source: str) -> None:
        """Take in coins from outside, spread over the exchanges."""
        parts = apportion(lots, shares).tolist()
        for exchange, account, part in zip(self.exchanges, self.accounts, parts, strict=True):
            if part:
                self.books.move(FIRST_COIN + coin, source, exchange.name, part)
                exchange.credit(account, FIRST_COIN + coin, part)

    def held(self, coin: int) -> int:
        """Return the lots of a coin on all exchanges."""
        return sum(self._lots(venue, coin) for venue in range(len(self.exchanges)))

    def _lots(self, venue: int, coin: int) -> int:
        return self.exchanges[venue].spot.free(self.accounts[venue], FIRST_COIN + coin)

    def _venues(self, coin: int, side: Side, reach: float) -> list[tuple[int, float]]:
        """Return the venues with depth in a coin, the deepest first, and their shares of it.

        What counts rests within `reach` of each one's own price, where cash can be taken out again.
        """
        venues = self.places.venue[self._spot_places[coin]]
        usd = self.places.depth_within(side, reach)[1][self._spot_places[coin]]
        frozen = [exchange.withdrawals_frozen for exchange in self.exchanges]
        usd = np.where(np.array(frozen)[venues], 0.0, usd)
        total = float(usd.sum())
        ranked = np.argsort(-usd, kind="stable")
        return [(int(venues[at]), float(usd[at]) / total) for at in ranked.tolist() if usd[at] > 0]

    def sell(self, coin: int, lots: int, price: int, slip: float, target: str) -> tuple[int, int]:
        """Sell in proportion to depth, at most `slip` below a price.

        Returns
        -------
        sold, proceeds : int
            Lots, and micro-USD, which the target receives.
        """
        limit = max(1, math.ceil(price * (1.0 - slip)))
        sold = proceeds = carried = 0
        for venue, share in self._venues(coin, Side.BUY, 2.0 * slip):
            exchange, account = self.exchanges[venue], self.accounts[venue]
            held = self._lots(venue, coin)
            wanted = min(math.ceil(lots * share) + carried, lots - sold)
            if wanted and held:
                exchange.spot.submit(coin, account, Side.SELL, limit, min(wanted, held), Kind.IOC)
            filled = held - self._lots(venue, coin)
            carried = wanted - filled
            sold += filled
            proceeds += self._collect(venue, target)
        return sold, proceeds

    def buy(self, coin: int, budget: int, price: int, slip: float, source: str) -> tuple[int, int]:
        """Buy in proportion to depth, at most `slip` above a price.

        Returns
        -------
        bought, spent : int
            Lots, and micro-USD of the source, fees included.
        """
        limit = math.floor(price * (1.0 + slip))
        bought = spent = carried = 0
        for venue, share in self._venues(coin, Side.SELL, 2.0 * slip):
            exchange, account = self.exchanges[venue], self.accounts[venue]
            terms = exchange.spot.instruments[coin]
            fee = PPM + max(terms.maker_ppm, terms.taker_ppm)
            part = min(math.ceil(budget * share) + carried, budget - spent)
            lots = part * PPM // (limit * terms.tick_value * fee)
            if not lots:
                carried = part
                continue
            before = self._lots(venue, coin)
            self.books.move(USD, source, exchange.name, part)
            exchange.credit(account, USD, part)
            exchange.spot.submit(coin, account, Side.BUY, limit, lots, Kind.IOC)
            carried = self._collect(venue, source)
            spent += part - carried
            bought += self._lots(venue, coin) - before
        return bought, spent

    def _collect(self, venue: int, target: str) -> int:
        """Take all cash from the account at an exchange; how much that is."""
        exchange, account = self.exchanges[venue], self.accounts[venue]
        cash = exchange.spot.free(account, USD)
        if cash:
            exchange.debit(account, USD, cash)
            self.books.move(USD, exchange.name, target, cash)
        return cash

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        for exchange, account in zip(self.exchanges, self.accounts, strict=True):
            assert exchange.spot.free(account, USD) == 0
            for asset in range(FIRST_COIN + self.places.coins):
                assert exchange.spot.reserved(account, asset) == 0
