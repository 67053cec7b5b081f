"""What a treasury company owes, claim by claim; its lenders hold the other side of the ledger.

Bills that have fallen due are a claim of their own, the first to be paid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tidegate_core import Reject
from tidegate_core.ledger import Ledger

from tidegate.agents.mnav import interest
from tidegate.books import USD, Books
from tidegate.scenario.companies import CompanySpec
from tidegate.scenario.company_terms import ConvertibleSpec

__all__ = ["BILLS", "LOAN", "Bond", "CompanyDebt"]

MICRO = 1_000_000
DAY = 86_400
WORLD = "world"
BILLS, LOAN = 0, 1


@dataclass(slots=True)
class Bond:
    """A convertible: its claim, its terms, and whether the date of its put has passed."""

    claim: int
    terms: ConvertibleSpec
    put_passed: bool = False


class CompanyDebt:
    """Claims on one firm, micro-USD.

    Parameters
    ----------
    spec : CompanySpec
        What is owed at first.
    books : Books
        Carry the money.
    bank : str
        Party in the books that pays.
    """

    def __init__(self, spec: CompanySpec, books: Books, bank: str) -> None:
        bonds = [f"convertible {number}" for number in range(len(spec.convertibles))]
        preferreds = [f"preferred {number}" for number in range(len(spec.preferreds))]
        self.names = ("bills", "loan", *bonds, *preferreds)
        self.books = books
        self.bank = bank
        self.loan = spec.loan
        self.bonds = [Bond(2 + at, terms) for at, terms in enumerate(spec.convertibles)]
        self.total = 0  # micro-USD, all claims together
        self._ledger = Ledger(self.names)
        self._firm = self._ledger.add_accounts(1, issuer=True)
        self._lenders = self._ledger.add_accounts(1)
        self._rates = {bond.claim: bond.terms.coupon for bond in self.bonds}
        for bond in self.bonds:
            self.owe(bond.claim, round(bond.terms.usd * MICRO))
        for at, preferred in enumerate(spec.preferreds):
            claim = 2 + len(bonds) + at
            self._rates[claim] = preferred.dividend
            self.owe(claim, round(preferred.usd * MICRO))
        if spec.loan is not None:
            self._rates[LOAN] = spec.loan.rate
            self.owe(LOAN, round(spec.loan.usd * MICRO))
        self.paid = 0  # micro-USD to lenders and suppliers, since the start
        self.written_off = 0  # micro-USD that will not be paid

    def owed(self, claim: int) -> int:
        """Return what is owed on a claim."""
        return -self._ledger.free(self._firm, claim)

    def owe(self, claim: int, amount: int) -> None:
        """Add to a claim, or take off it where negative."""
        source, target = (self._firm, self._lenders) if amount >= 0 else (self._lenders, self._firm)
        code = self._ledger.transfer(claim, source, target, abs(amount))
        assert code == Reject.OK, Reject(code).name
        self.total += amount

    def pay(self, claim: int, amount: int) -> int:
        """Pay up to an amount of a claim from the bank; return what was paid."""
        amount = min(amount, self.owed(claim), self.books.balance(self.bank, USD))
        if amount <= 0:
            return 0
        self.books.move(USD, self.bank, WORLD, amount)
        self.owe(claim, -amount)
        self.paid += amount
        return amount

    def yearly(self) -> int:
        """Return coupons, dividends and interest of a year."""
        return sum(interest(self.owed(claim), rate, 365) for claim, rate in self._rates.items())

    def accrue(self, days: int) -> None:
        """Let coupons, dividends and interest of some days fall due."""
        due = sum(interest(self.owed(claim), rate, days) for claim, rate in self._rates.items())
        self.owe(BILLS, due)

    def falling_due(self, second: int) -> Iterator[tuple[Bond, bool]]:
        """Yield bonds on which holders may decide by a second, and whether they have matured."""
        for bond in self.bonds:
            if not self.owed(bond.claim):
                continue
            put = bond.terms.put_days
            if second >= bond.terms.maturity_days * DAY:
                yield bond, True
            elif put is not None and not bond.put_passed and second >= put * DAY:
                bond.put_passed = True
                yield bond, False

    def call_in(self, bond: Bond) -> None:
        """Let a bond's face fall due in cash."""
        face = self.owed(bond.claim)
        self.owe(bond.claim, -face)
        self.owe(BILLS, face)

    def write_off(self) -> None:
        """Give up all claims: there is nothing to pay them with."""
        self.written_off += self.total
        for claim in range(len(self.names)):
            self.owe(claim, -self.owed(claim))

    def differences(self) -> tuple[str, ...]:
        """Return every claim that firm and lenders do not agree on."""
        claims = sum(self.owed(claim) for claim in range(len(self.names)))
        found = [] if claims == self.total else [f"{self.bank}: owes {claims}, not {self.total}"]
        found += [
            f"{self.bank}: {name} sums to {self._ledger.total(at)}, not 0"
            for at, name in enumerate(self.names)
            if self._ledger.total(at) or self.owed(at) < 0
        ]
        return tuple(found)
