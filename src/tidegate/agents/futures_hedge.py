"""A hedge with futures against the rest of the world, settled in cash once a session."""

from __future__ import annotations

import math

from tidegate.books import USD, Books

__all__ = ["FuturesHedge"]

MICRO = 1_000_000
WORLD = "world"


class FuturesHedge:
    """A position in futures on coins; the coins' own market does not see it.

    Parameters
    ----------
    books : Books
        Carry its variation margin.
    owner : str
        Party in the books that pays and receives it.
    lot : float
        Coins per lot.
    impact : float
        What trading a whole day's volume moves, log price.
    volume : float
        A day's volume of coins, USD, as far as it is there for this owner.

    Attributes
    ----------
    lots : int
        The position; positive is long.
    cost : int
        Micro-USD at which it stands, since it was last settled.
    """

    def __init__(
        self, books: Books, owner: str, *, lot: float, impact: float, volume: float
    ) -> None:
        self.books = books
        self.owner = owner
        self.lot = lot
        self.impact = impact
        self.volume = volume
        self.lots = 0
        self.cost = 0

    def trade(self, lots: int, price: float) -> None:
        """Buy lots, or sell, at a price that they move by the square-root law."""
        size = abs(lots) * price * self.lot
        moved = 2.0 / 3.0 * self.impact * math.sqrt(size / self.volume)
        self.lots += lots
        self.cost += int((lots + abs(lots) * moved) * price * self.lot * MICRO)

    def gain(self, price: float) -> int:
        """Return what it has gained since it was last settled, micro-USD."""
        return int(self.lots * price * self.lot * MICRO) - self.cost

    def settle(self, price: float) -> int:
        """Receive the gain or pay the loss, as far as there is cash; return the amount."""
        gain = self.gain(price)
        if gain > 0:
            self.books.move(USD, WORLD, self.owner, gain)
        elif gain < 0:
            gain = -min(-gain, self.books.balance(self.owner, USD))
            if gain:
                self.books.move(USD, self.owner, WORLD, -gain)
        self.cost += gain
        return gain
