"""Tokens of a stock and the shares behind them: one to one, in the books, at every moment."""

from __future__ import annotations

from tidegate.books import Books
from tidegate.listed_venue import ListedVenue

__all__ = ["TokenTrust"]


class TokenTrust:
    """Mints tokens against shares that come into custody, and burns them against shares that leave.

    Parameters
    ----------
    books : Books
        Keep both names among their assets.
    listed : ListedVenue
        Where the shares trade.
    venue : ListedVenue
        Where the tokens do.

    Attributes
    ----------
    minted, burned : int
        Tokens since the founding.
    """

    def __init__(self, books: Books, listed: ListedVenue, venue: ListedVenue) -> None:
        self.books = books
        self.listed = listed
        self.venue = venue
        prefix = f"tokens/{venue.ticker}"
        self.issuer = f"{prefix}/issuer"
        self.custodian = f"{prefix}/custodian"
        books.open(self.issuer, issuer=True)
        books.open(self.custodian)
        self.minted = self.burned = 0

    @property
    def tokens(self) -> int:
        """Tokens outstanding."""
        return -self.books.balance(self.issuer, self.venue.asset)

    @property
    def shares(self) -> int:
        """Shares in custody."""
        return self.books.balance(self.custodian, self.listed.asset)

    def found(self, source: str, account: int, number: int) -> None:
        """Take the first shares from a party of the books and give their tokens to an account."""
        if self.tokens or number < 1:
            raise ValueError(f"number is {number}; founding takes place once, with 1 or more")
        self.books.move(self.listed.asset, source, self.custodian, number)
        self._issue(account, number)

    def mint(self, shares_of: int, tokens_to: int, number: int) -> None:
        """Turn shares of an account at the stock exchange into tokens of one at the venue."""
        self.listed.debit(shares_of, self.listed.asset, number)
        self.books.move(self.listed.asset, self.listed.name, self.custodian, number)
        self._issue(tokens_to, number)
        self.minted += number

    def burn(self, tokens_of: int, shares_to: int, number: int) -> None:
        """Turn tokens of an account at the venue into shares of one at the stock exchange."""
        self.venue.debit(tokens_of, self.venue.asset, number)
        self.books.move(self.venue.asset, self.venue.name, self.issuer, number)
        self.books.move(self.listed.asset, self.custodian, self.listed.name, number)
        self.listed.credit(shares_to, self.listed.asset, number)
        self.burned += number

    def _issue(self, account: int, number: int) -> None:
        self.books.move(self.venue.asset, self.issuer, self.venue.name, number)
        self.venue.credit(account, self.venue.asset, number)

    def audit(self) -> None:
        """Prove that every token is one share; raises AssertionError with what is not."""
        held = self.venue.totals()[self.venue.asset]
        assert self.tokens == self.shares, (
            f"{self.issuer}: {self.tokens} tokens outstanding, {self.shares} shares in custody"
        )
        assert held == self.tokens, f"{self.issuer}: {self.tokens} tokens, {held} held by clients"
