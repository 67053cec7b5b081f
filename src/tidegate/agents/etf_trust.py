"""The trust behind a fund's shares: what stands in custody, and what a share may claim of it.

A share's claim is declared, in 1e-9 lots, and only fees and losses lower it. Creations deliver
rounded up and redemptions pay out rounded down, so that at every moment

    shares outstanding x claim <= coins in custody.
"""

from __future__ import annotations

from typing import Protocol

from tidegate.books import BTC, Books

__all__ = ["NANO", "EtfTrust", "ShareRegister"]

NANO = 1_000_000_000
YEAR_DAYS = 365


class ShareRegister(Protocol):
    """Where shares are held: a listed venue."""

    name: str
    asset: int

    def credit(self, account: int, asset: int, amount: int) -> None:
        """Add to a client's free balance."""

    def debit(self, account: int, asset: int, amount: int) -> None:
        """Take from a client's free balance."""


class EtfTrust:
    """Shares and coins of one fund, in the books.

    Parameters
    ----------
    books : Books
        Keep the ticker among their assets.
    ticker : str
        The share.

    Attributes
    ----------
    claim : int
        What a share claims, 1e-9 lots.
    """

    def __init__(self, books: Books, ticker: str) -> None:
        if ticker not in books.assets:
            raise ValueError(f"ticker is {ticker!r}; the books keep {books.assets}")
        self.books = books
        self.asset = books.assets.index(ticker)
        self.claim = 0
        prefix = f"etf/{ticker}"
        self.issuer = f"{prefix}/issuer"
        self.custodian = f"{prefix}/custodian"
        self.inbox = f"{prefix}/inbox"
        self.agent = f"{prefix}/agent"
        self.lost = f"{prefix}/lost"
        books.open(self.issuer, issuer=True)
        for party in (self.custodian, self.inbox, self.agent, self.lost):
            books.open(party)

    @property
    def shares(self) -> int:
        """Shares outstanding."""
        return -self.books.balance(self.issuer, self.asset)

    @property
    def lots(self) -> int:
        """Lots in custody."""
        return self.books.balance(self.custodian, BTC)

    def lots_in(self, shares: int) -> int:
        """Return the lots that a creation delivers, rounded up."""
        return -(-shares * self.claim // NANO)

    def lots_out(self, shares: int) -> int:
        """Return the lots that a redemption pays, rounded down."""
        return shares * self.claim // NANO

    def found(
        self, venue: ShareRegister, account: int, shares: int, lots: int, source: str
    ) -> None:
        """Take in the first coins from a party and issue the first shares for them."""
        if self.shares or not 0 < shares <= lots * NANO:
            raise ValueError(f"shares is {shares}; founding takes place once, with shares and lots")
        self.claim = lots * NANO // shares
        self.books.move(BTC, source, self.inbox, lots)
        self.issue(venue, account, shares, lots)

    def issue(self, venue: ShareRegister, account: int, shares: int, lots: int) -> None:
        """Issue shares to an account against lots that have come in."""
        if lots < self.lots_in(shares):
            raise ValueError(f"lots is {lots}; {shares} shares take {self.lots_in(shares)}")
        self.books.move(BTC, self.inbox, self.custodian, lots)
        self.books.move(self.asset, self.issuer, venue.name, shares)
        venue.credit(account, self.asset, shares)

    def cancel(self, venue: ShareRegister, account: int, shares: int) -> int:
        """Cancel an account's shares and hand their lots to the agent; return the lots."""
        venue.debit(account, self.asset, shares)
        self.books.move(self.asset, venue.name, self.issuer, shares)
        lots = self.lots_out(shares)
        self.books.move(BTC, self.custodian, self.agent, lots)
        return lots

    def accrue(self, fee: float, days: int) -> int:
        """Take the sponsor's fee of some days in coins, which go to the agent; return the lots.

        Parameters
        ----------
        fee : float
            A year of 365 days, as a share of the coins.
        days : int
            Calendar days.
        """
        self.claim -= self.claim * round(fee * NANO) * days // (YEAR_DAYS * NANO)
        lots = self.lots - self.lots_in(self.shares) if fee else 0
        if lots > 0:
            self.books.move(BTC, self.custodian, self.agent, lots)
        return lots

    def lose(self, share: float) -> int:
        """Lose a share of the coins in custody and write the claim down; return the lots."""
        lots = min(self.lots, int(self.lots * share))
        if lots > 0:
            self.books.move(BTC, self.custodian, self.lost, lots)
            if self.shares:
                self.claim = min(self.claim, self.lots * NANO // self.shares)
        return lots

    def differences(self, held: int) -> tuple[str, ...]:
        """Return what is wrong, nothing if all is in order.

        Parameters
        ----------
        held : int
            Shares that the listed venues hold for clients.
        """
        found = []
        if held != self.shares:
            found.append(f"{self.issuer}: {self.shares} shares issued, {held} held")
        if self.shares * self.claim > self.lots * NANO:
            found.append(
                f"{self.custodian}: {self.lots} lots, but {self.shares} shares claim "
                f"{self.claim}e-9 each"
            )
        return tuple(found)
