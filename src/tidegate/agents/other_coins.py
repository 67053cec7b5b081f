"""Coins other than BTC in a market that has none: prices follow BTC, and luck of their own.

The rest of the world is on the other side of every trade, at the price and what the square-root
law takes of it; trades leave no mark on the price. Units are exact: the issuer holds the negative
of what all owners have.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tidegate_core import Reject
from tidegate_core.draws import exp, log
from tidegate_core.ledger import Ledger

from tidegate.agents.base import MarketAgent
from tidegate.books import USD, Books
from tidegate.scenario.company_terms import CoinFactorSpec

__all__ = ["LOT", "OtherCoins", "spot_price"]

MICRO = 1_000_000
LOT = 1e-4  # coins
HOUR = 3_600
YEAR_HOURS = 24 * 365
IMPACT = 0.026  # log price moved by a day's volume, as of participants in a fund
WORLD = "world"


def spot_price(venues: Sequence[Any]) -> float:
    """Return the price of the whole market of BTC: venues' indicative prices by share, USD."""
    price = 0.0
    for venue in venues:
        price += venue.share * venue.price(venue.indicative)
    return price


class OtherCoins(MarketAgent):
    """Prices of other coins, and who owns how many of them.

    A draw an hour and coin, whatever the length of a tick, so that runs at other resolutions see
    the same luck.

    Parameters
    ----------
    factors : sequence of CoinFactorSpec
        The coins.
    books : Books
        Carry the money.
    """

    def __init__(
        self, model: Any, *, factors: Sequence[CoinFactorSpec], books: Books, **base: Any
    ) -> None:
        super().__init__(model, **base)
        self.factors = {factor.name: factor for factor in factors}
        self.names = tuple(self.factors)
        self.books = books
        self._ledger = Ledger(self.names or ("none",))
        self._issuer = self._ledger.add_accounts(1, issuer=True)
        self._owners: dict[str, int] = {}
        self._own = dict.fromkeys(self.names, 0.0)  # log, their own luck since the start
        self._hours = 0
        self._first = spot_price(self.venues)

    # -- prices -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Draw what has happened to each coin by itself since the last tick."""
        hours = self.clock.seconds // HOUR
        for name, factor in self.factors.items():
            step = factor.own_volatility / math.sqrt(YEAR_HOURS)
            for hour in range(self._hours, hours):
                self._own[name] += step * self.streams.normal(self.path, name, hour)
        self._hours = max(self._hours, hours)

    def price(self, name: str) -> float:
        """Return a coin's price now, USD."""
        factor = self.factors[name]
        followed = factor.beta * log(spot_price(self.venues) / self._first)
        return factor.price * exp(followed + self._own[name])

    def unit(self, name: str) -> float:
        """Return a lot's price now, micro-USD."""
        return self.price(name) * LOT * MICRO

    def _slip(self, name: str, amount: int) -> float:
        """Return what a trade of an amount in micro-USD costs by the square-root law, mean."""
        size = amount / MICRO / self.factors[name].daily_volume
        return 2.0 / 3.0 * IMPACT * math.sqrt(size)

    # -- owners -------------------------------------------------------------------------------

    def open(self, owner: str) -> None:
        """Open an account for an owner, named like the party that pays for it."""
        if owner in self._owners:
            raise ValueError(f"owner {owner!r} has an account already")
        self._owners[owner] = self._ledger.add_accounts(1)

    def endow(self, owner: str, name: str, lots: int) -> None:
        """Give an owner coins that it has had before the run."""
        self._move(name, self._issuer, self._owners[owner], lots)

    def lots(self, owner: str, name: str) -> int:
        """Return what an owner has, pledged or not."""
        return self.free(owner, name) + self.pledged(owner, name)

    def free(self, owner: str, name: str) -> int:
        """Return what an owner could sell."""
        return self._ledger.free(self._owners[owner], self.names.index(name))

    def pledged(self, owner: str, name: str) -> int:
        """Return what an owner has pledged."""
        return self._ledger.reserved(self._owners[owner], self.names.index(name))

    def pledge(self, owner: str, name: str, lots: int) -> None:
        """Pledge free coins; a negative number releases them."""
        account, coin = self._owners[owner], self.names.index(name)
        if lots >= 0:
            code = self._ledger.reserve(account, coin, lots)
        else:
            code = self._ledger.release(account, coin, -lots)
        assert code == Reject.OK, Reject(code).name

    def buy(self, owner: str, name: str, budget: int) -> int:
        """Buy for at most a budget in micro-USD; return what was paid."""
        unit = self.unit(name) * (1.0 + self._slip(name, budget))
        lots = int(budget / unit)
        paid = min(budget, math.ceil(lots * unit))
        if lots < 1 or paid < 1:
            return 0
        self.books.move(USD, owner, WORLD, paid)
        self._move(name, self._issuer, self._owners[owner], lots)
        return paid

    def sell(self, owner: str, name: str, lots: int) -> int:
        """Sell free coins; return the proceeds, micro-USD."""
        lots = min(lots, self.free(owner, name))
        value = lots * self.unit(name)
        proceeds = int(value * (1.0 - self._slip(name, int(value))))
        if lots < 1 or proceeds < 1:
            return 0
        self._move(name, self._owners[owner], self._issuer, lots)
        self.books.move(USD, WORLD, owner, proceeds)
        return proceeds

    def _move(self, name: str, source: int, target: int, lots: int) -> None:
        code = self._ledger.transfer(self.names.index(name), source, target, lots)
        assert code == Reject.OK, Reject(code).name

    def differences(self) -> tuple[str, ...]:
        """Return every coin whose units do not sum to zero with the issuer's."""
        return tuple(
            f"{name}: sums to {self._ledger.total(at)}, not 0"
            for at, name in enumerate(self.names)
            if self._ledger.total(at)
        )
