"""Dollars lent on chain at a rate that is called safe: an issuer, its claims, and its failure.

A claim is an asset of the books, a micro-USD each, whose issuer holds the negative. Behind every
claim stands a dollar at the issuer, before a failure and after it: what is lost is written off on
both sides at once.
"""

from __future__ import annotations

from tidegate.agents.whole_columns import PPB
from tidegate.books import USD, Books
from tidegate.scenario.strategies import YieldSpec

__all__ = ["CLAIM", "SafeYield"]

CLAIM = "YIELD"
"""Name of the claims in the books."""
DAYS = 365


class SafeYield:
    """Takes dollars, pays interest in claims, and gives dollars back on demand.

    Parameters
    ----------
    spec : YieldSpec
        What it pays.
    books : Books
        Keeps `CLAIM` among its assets; gets accounts for the issuer and for its pool of dollars.
    borrowers : str
        Party that pays the interest: an issuer of dollars.
    estate : str
        Party that keeps what a failure takes.
    """

    issuer, pool = "yield", "yield/pool"

    def __init__(self, spec: YieldSpec, books: Books, *, borrowers: str, estate: str) -> None:
        if CLAIM not in books.assets:
            raise ValueError(f"books must keep {CLAIM}, they keep {', '.join(books.assets)}")
        self.books = books
        self.borrowers, self.estate = borrowers, estate
        self.asset = books.assets.index(CLAIM)
        self._daily = round(spec.rate * PPB / DAYS)
        books.open(self.issuer, issuer=True)
        books.open(self.pool)

    def held(self, owner: str) -> int:
        """Return the claims of a party, micro-USD."""
        return self.books.balance(owner, self.asset)

    def lend(self, owner: str, amount: int) -> None:
        """Take dollars of a party and give it claims."""
        if amount > 0:
            self.books.move(USD, owner, self.pool, amount)
            self.books.move(self.asset, self.issuer, owner, amount)

    def take_back(self, owner: str, amount: int) -> int:
        """Give a party dollars for its claims, no more than it has; return how much."""
        amount = min(amount, self.held(owner))
        if amount > 0:
            self.books.move(self.asset, owner, self.issuer, amount)
            self.books.move(USD, self.pool, owner, amount)
        return max(amount, 0)

    def accrue(self, owner: str) -> None:
        """Credit a party with a day's interest, which borrowers pay."""
        interest = self.held(owner) * self._daily // PPB
        if interest > 0:
            self.books.move(USD, self.borrowers, self.pool, interest)
            self.books.move(self.asset, self.issuer, owner, interest)

    def write_off(self, owner: str, share: int) -> int:
        """Let a share of a party's claims be lost, ppb; return how much was."""
        lost = self.held(owner) * share // PPB
        if lost > 0:
            self.books.move(self.asset, owner, self.issuer, lost)
            self.books.move(USD, self.pool, self.estate, lost)
        return lost

    def audit(self) -> None:
        """Prove that a dollar stands behind every claim; raises AssertionError if not."""
        claims, dollars = -self.held(self.issuer), self.books.balance(self.pool, USD)
        assert claims == dollars, f"{self.pool}: claims {claims}, dollars {dollars}"
