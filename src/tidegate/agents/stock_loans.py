"""Loans of shares between accounts of one listed venue: exact, limited, for a daily fee."""

from __future__ import annotations

from tidegate.books import USD
from tidegate.listed_venue import ListedVenue

__all__ = ["StockLoans"]

MICRO = 1_000_000
YEAR_DAYS = 365


class StockLoans:
    """One lender's loans to any number of borrowers.

    Parameters
    ----------
    listed : ListedVenue
        Where lender and borrowers have their accounts.
    lender : int
        Account that lends, and receives the fees.
    fee : float
        Per year of 365 days, on the value lent.
    limit : int
        Most shares lent, all borrowers together.
    """

    def __init__(self, listed: ListedVenue, lender: int, *, fee: float, limit: int) -> None:
        self.listed = listed
        self.lender = lender
        self.fee = fee
        self.limit = limit
        self.owed: dict[int, int] = {}

    @property
    def lent(self) -> int:
        """Shares lent in all."""
        return sum(self.owed.values())

    @property
    def room(self) -> int:
        """Shares that could still be borrowed."""
        return max(0, min(self.limit - self.lent, self.listed.shares(self.lender)))

    def borrow(self, account: int, shares: int) -> int:
        """Lend an account what it asks for, as far as there is room; return the shares lent."""
        shares = min(shares, self.room)
        if shares <= 0:
            return 0
        self.listed.transfer(self.listed.asset, self.lender, account, shares)
        self.owed[account] = self.owed.get(account, 0) + shares
        return shares

    def repay(self, account: int) -> int:
        """Return all free shares of an account against its loan; return their number."""
        shares = min(self.owed.get(account, 0), self.listed.shares(account))
        if shares <= 0:
            return 0
        self.listed.transfer(self.listed.asset, account, self.lender, shares)
        self.owed[account] -= shares
        return shares

    def charge(self, account: int, price: float, days: int) -> int:
        """Take the fee of some days at a price in USD a share; return what was paid, micro-USD."""
        value = self.owed.get(account, 0) * price * MICRO
        paid = min(int(value * self.fee * days / YEAR_DAYS), self.listed.cash(account))
        if paid <= 0:
            return 0
        self.listed.transfer(USD, account, self.lender, paid)
        return paid
