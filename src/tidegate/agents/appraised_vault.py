"""The vault of a property that nobody trades: a figure a quarter, and tokens taken back.

One token is one unit of the property. Who redeems is paid the published figure; the unit is sold
to the rest of the world for what it is worth then. Where the figure is stale, those who stay pay
the difference, out of the vault's cash.
"""

from __future__ import annotations

from tidegate.books import USD, Books
from tidegate.listed_venue import ListedVenue
from tidegate.scenario.appraised import AppraisedSpec

__all__ = ["AppraisedVault"]

MICRO = 1_000_000
WORLD = "world"


class AppraisedVault:
    """Units of the property, the figure, and cash.

    Parameters
    ----------
    books : Books
        Keep the token among their assets.
    venue : ListedVenue
        Where the tokens trade.
    spec : AppraisedSpec
        Terms.

    Attributes
    ----------
    units : int
        Of the property, in the vault.
    figure : float
        USD per unit, as last published.
    redeemed, refused : int
        Tokens taken back, and those asked for beyond the gate or the cash, since the start.
    """

    def __init__(self, books: Books, venue: ListedVenue, spec: AppraisedSpec) -> None:
        self.books = books
        self.venue = venue
        self.spec = spec
        self.party = f"vault/{spec.ticker}"
        self.issuer = f"{self.party}/issuer"
        books.open(self.party)
        books.open(self.issuer, issuer=True)
        self.units = 0
        self.figure = spec.price
        self.redeemed = self.refused = 0

    @property
    def tokens(self) -> int:
        """Tokens outstanding."""
        return -self.books.balance(self.issuer, self.venue.asset)

    @property
    def cash(self) -> int:
        """Micro-USD in the vault."""
        return self.books.balance(self.party, USD)

    def found(self, account: int) -> int:
        """Take in the property and cash, issue all tokens to an account; return their number."""
        if self.tokens:
            raise ValueError(f"{self.party} has issued {self.tokens} tokens; founding is once")
        self.units = max(1, round(self.spec.size / self.spec.price))
        self.books.move(self.venue.asset, self.issuer, self.venue.name, self.units)
        self.venue.credit(account, self.venue.asset, self.units)
        cash = int(self.spec.reserve * self.spec.size * MICRO)
        if cash:
            self.books.move(USD, WORLD, self.party, cash)
        return self.units

    def publish(self, worth: float) -> None:
        """Publish a new figure: part of the way from the last one to what a unit is worth."""
        weight = self.spec.smoothing
        self.figure = weight * worth + (1.0 - weight) * self.figure

    def redeem(self, account: int, wanted: int, worth: float) -> int:
        """Take back what an account asks for, as far as gate and cash go; return the tokens.

        Parameters
        ----------
        account : int
            At the token's venue.
        wanted : int
            Tokens.
        worth : float
            USD that a unit brings in the rest of the world.
        """
        brings, costs = round(worth * MICRO), round(self.figure * MICRO)
        number = min(wanted, int(self.spec.gate * self.tokens), self.units - 1)
        if costs > brings:
            number = min(number, self.cash // (costs - brings))
        number = max(0, number)
        self.refused += wanted - number
        if number:
            self.books.move(USD, WORLD, self.party, number * brings)
            self.venue.debit(account, self.venue.asset, number)
            self.books.move(self.venue.asset, self.venue.name, self.issuer, number)
            self.books.move(USD, self.party, self.venue.name, number * costs)
            self.venue.credit(account, USD, number * costs)
            self.units -= number
            self.redeemed += number
        return number

    def audit(self) -> None:
        """Prove that every token is one unit; raises AssertionError with what is not."""
        held = self.venue.totals()[self.venue.asset]
        assert self.tokens == self.units == held, (
            f"{self.party}: {self.tokens} tokens outstanding, {self.units} units, {held} held"
        )
