"""Securities that trade outside the simulated venues: crypto firms' shares, other coins.

Their prices follow the coin by a beta, and the rest of the world is on the other side of every
trade. Units are exact: the issuer holds the negative of what all holders own.
"""

from __future__ import annotations

from collections.abc import Mapping

from tidegate_core import Reject
from tidegate_core.draws import exp, log
from tidegate_core.ledger import Ledger

from tidegate.books import USD, Books

__all__ = ["ListedAssets"]

PPB = 1_000_000_000


class ListedAssets:
    """A market at given prices; a unit costs a micro-USD at the start.

    Parameters
    ----------
    betas : mapping of str to float
        Beta to the coin by name of the asset.
    books : Books
        Carries the money.
    world : str, optional
        Party in the books on the other side of every trade.
    """

    def __init__(self, betas: Mapping[str, float], books: Books, world: str = "world") -> None:
        self.names = tuple(betas)
        self.betas = dict(betas)
        self.books = books
        self.world = world
        self._ledger = Ledger(self.names)
        self._issuer = self._ledger.add_accounts(1, issuer=True)
        self._holders: dict[str, int] = {}
        self._start = 0.0  # price of the coin at the start, USD
        self._prices = dict.fromkeys(self.names, PPB)  # micro-USD a unit, 1e-9

    def open(self, holder: str) -> None:
        """Open an account for a holder, named like the party that pays for it."""
        if holder in self._holders:
            raise ValueError(f"holder {holder!r} has an account already")
        self._holders[holder] = self._ledger.add_accounts(1)

    def mark(self, coin_price: float) -> None:
        """Set all prices by the coin's, USD; the first call sets the base."""
        if not coin_price > 0.0:
            raise ValueError(f"coin_price must be > 0 USD, got {coin_price!r}")
        self._start = self._start or coin_price
        move = log(coin_price / self._start)
        self._prices = {
            name: max(1, round(PPB * exp(self.betas[name] * move))) for name in self.names
        }

    def units(self, holder: str, name: str) -> int:
        """Return the units that a holder owns."""
        return self._ledger.free(self._holders[holder], self.names.index(name))

    def value(self, holder: str) -> int:
        """Return what a holder's units are worth, micro-USD."""
        account, total = self._holders[holder], 0
        for asset, name in enumerate(self.names):
            total += self._ledger.free(account, asset) * self._prices[name] // PPB
        return total

    def buy(self, holder: str, name: str, budget: int) -> int:
        """Buy for at most a budget in micro-USD; return what was paid."""
        units = budget * PPB // self._prices[name]
        paid = -(-units * self._prices[name] // PPB)
        if units < 1 or paid < 1:
            return 0
        self.books.move(USD, holder, self.world, paid)
        self._move(name, self._issuer, self._holders[holder], units)
        return paid

    def sell_all(self, holder: str) -> int:
        """Sell all that a holder owns; return the proceeds, micro-USD."""
        proceeds = 0
        for name in self.names:
            units = self.units(holder, name)
            if units:
                self._move(name, self._holders[holder], self._issuer, units)
                proceeds += units * self._prices[name] // PPB
        if proceeds:
            self.books.move(USD, self.world, holder, proceeds)
        return proceeds

    def _move(self, name: str, source: int, target: int, units: int) -> None:
        code = self._ledger.transfer(self.names.index(name), source, target, units)
        assert code == Reject.OK, Reject(code).name

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        self._ledger._check()
        assert all(self._ledger.total(asset) == 0 for asset in range(len(self.names)))
