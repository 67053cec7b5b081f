"""The register of a treasury company's shares: issued, under lock-up, held at the exchange."""

from __future__ import annotations

from tidegate.books import Books
from tidegate.listed_venue import ListedVenue

__all__ = ["CompanyShares"]


class CompanyShares:
    """Issues and cancels shares of one firm, in the books.

    Parameters
    ----------
    books : Books
        Keep the ticker among their assets.
    ticker : str
        The share.
    listed : ListedVenue
        Where shares that are free trade.
    """

    def __init__(self, books: Books, ticker: str, listed: ListedVenue) -> None:
        if ticker not in books.assets:
            raise ValueError(f"ticker is {ticker!r}; the books keep {books.assets}")
        self.books = books
        self.listed = listed
        self.asset = books.assets.index(ticker)
        self.issuer = f"company/{ticker}/issuer"
        self.lock = f"company/{ticker}/locked"
        self.own = listed.open_accounts()  # where the firm sells new shares and buys old ones
        self.retired = 0  # shares bought back since the start
        books.open(self.issuer, issuer=True)
        books.open(self.lock)

    @property
    def issued(self) -> int:
        """Shares that exist, those the firm has in hand included."""
        return -self.books.balance(self.issuer, self.asset)

    @property
    def outstanding(self) -> int:
        """Shares that somebody else holds."""
        return self.issued - self.listed.shares_held(self.own)

    @property
    def locked(self) -> int:
        """Shares under lock-up."""
        return self.books.balance(self.lock, self.asset)

    @property
    def free_float(self) -> int:
        """Shares that may be traded."""
        return max(1, self.outstanding - self.locked)

    def issue(self, account: int, shares: int) -> None:
        """Issue shares to an account at the exchange."""
        if shares > 0:
            self.books.move(self.asset, self.issuer, self.listed.name, shares)
            self.listed.credit(account, self.asset, shares)

    def cancel(self, account: int, shares: int) -> None:
        """Take shares off an account at the exchange, for good."""
        if shares > 0:
            self.listed.debit(account, self.asset, shares)
            self.books.move(self.asset, self.listed.name, self.issuer, shares)

    def place(self, shares: int) -> None:
        """Issue shares under lock-up."""
        if shares > 0:
            self.books.move(self.asset, self.issuer, self.lock, shares)

    def unlock(self, account: int) -> int:
        """End the lock-up: shares may be traded from an account; return how many."""
        shares = self.locked
        if shares:
            self.books.move(self.asset, self.lock, self.listed.name, shares)
            self.listed.credit(account, self.asset, shares)
        return shares

    def differences(self) -> tuple[str, ...]:
        """Return what is wrong, nothing if all is in order."""
        held = self.listed.totals()[self.asset]
        if held + self.locked == self.issued:
            return ()
        return (f"{self.issuer}: {self.issued} shares issued, {held} + {self.locked} held",)
