"""Everything off the venues, in one exact ledger: banks, custody, transfers in flight.

Every claim is an asset whose issuer holds the negative, so each asset sums to zero. What a venue
owes its clients stands here as the balance of its omnibus account; `audit` proves that it equals
what the venue's own ledger holds, to the last unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Protocol

from tidegate_core import Reject
from tidegate_core.ledger import Ledger

__all__ = ["BTC", "USD", "Audit", "Books", "Omnibus"]

USD = 0
BTC = 1
ASSETS = ("USD", "BTC")
MOST = 2**63 - 1  # units of an account, in either direction


class Omnibus(Protocol):
    """A venue as the books see it: client balances that come in and go out."""

    name: str

    def credit(self, account: int, asset: int, amount: int) -> None:
        """Add to a client's free balance."""

    def debit(self, account: int, asset: int, amount: int) -> None:
        """Take from a client's free balance; raises ValueError if it does not suffice."""

    def totals(self) -> tuple[int, ...]:
        """Sum of all client balances by asset, USD in micro-units and coins in lots."""


@dataclass(frozen=True, slots=True, order=True)
class Transfer:
    """Something on its way: it leaves at once and arrives later."""

    arrives: int
    number: int
    asset: int
    amount: int
    target: str
    account: int | None


@dataclass(frozen=True, slots=True)
class Audit:
    """Result of an audit: every difference found, empty when all is accounted for."""

    tick: int
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every unit is accounted for."""
        return not self.differences


class Books:
    """Off-venue balances of named parties, in micro-USD and lots.

    Parameters
    ----------
    assets : sequence of str, optional
        What is kept; USD comes first.
    """

    def __init__(self, assets: Sequence[str] = ASSETS) -> None:
        self.assets = tuple(assets)
        self._ledger = Ledger(self.assets)
        self._names: dict[str, int] = {}
        self._flights: list[Transfer] = []
        self._flown = 0
        self.open("transit")

    def open(self, name: str, *, issuer: bool = False) -> None:
        """Open an account for a party; issuers may hold the negative of what they issued."""
        if name in self._names:
            raise ValueError(f"name {name!r} has an account already")
        self._names[name] = self._ledger.add_accounts(1, issuer=issuer)

    def balance(self, name: str, asset: int) -> int:
        """Return a party's balance, micro-USD or lots."""
        return self._ledger.free(self._names[name], asset)

    def move(self, asset: int, source: str, target: str, amount: int) -> None:
        """Transfer at once between two parties' accounts.

        Raises
        ------
        ValueError
            If the source cannot pay, naming both parties and the amount.
        """
        code = self._ledger.transfer(asset, self._names[source], self._names[target], amount)
        if code != Reject.OK:
            limit = f"; an account holds, or owes, {MOST} units at most"
            raise ValueError(
                f"transfer of {amount} {self.assets[asset]} from {source!r} to {target!r} "
                f"refused: {Reject(code).name}{limit if code == Reject.OVERFLOW else ''}"
            )

    def deposit(
        self, venue: Omnibus, account: int, asset: int, amount: int, *, source: str, arrives: int
    ) -> None:
        """Send from a party's account to a client account of a venue.

        Parameters
        ----------
        venue
            Where it goes.
        account
            Client account at the venue.
        asset, amount
            USD in micro-units or coins in lots.
        source
            Party that pays.
        arrives
            Second (from the start) at which it can be used there.
        """
        self.move(asset, source, "transit", amount)
        self._fly(Transfer(arrives, self._flown, asset, amount, venue.name, account))

    def withdraw(
        self, venue: Omnibus, account: int, asset: int, amount: int, *, target: str, arrives: int
    ) -> None:
        """Send from a client account of a venue to a party's account."""
        venue.debit(account, asset, amount)
        self.move(asset, venue.name, "transit", amount)
        self._fly(Transfer(arrives, self._flown, asset, amount, target, None))

    def send(
        self,
        source: tuple[Omnibus, int],
        target: tuple[Omnibus, int],
        asset: int,
        amount: int,
        *,
        arrives: int,
    ) -> None:
        """Send from a client account of one venue to one of another."""
        source[0].debit(source[1], asset, amount)
        self.move(asset, source[0].name, "transit", amount)
        self._fly(Transfer(arrives, self._flown, asset, amount, target[0].name, target[1]))

    def _fly(self, transfer: Transfer) -> None:
        self._flown += 1
        heappush(self._flights, transfer)

    def settle(self, now: int, venues: Iterable[Omnibus]) -> None:
        """Deliver what has arrived by second `now`, in order of arrival."""
        if not self._flights or self._flights[0].arrives > now:
            return
        by_name = {venue.name: venue for venue in venues}
        while self._flights and self._flights[0].arrives <= now:
            transfer = heappop(self._flights)
            self.move(transfer.asset, "transit", transfer.target, transfer.amount)
            if transfer.account is not None:
                venue = by_name[transfer.target]
                venue.credit(transfer.account, transfer.asset, transfer.amount)

    def in_flight(self, asset: int) -> int:
        """Return what is under way, micro-USD or lots."""
        return self.balance("transit", asset)

    def bound_for(self, name: str, asset: int) -> int:
        """Return what is under way to a party's own account, micro-USD or lots."""
        flights = (t for t in self._flights if t.target == name and t.account is None)
        return sum(t.amount for t in flights if t.asset == asset)

    def audit(self, tick: int, venues: Iterable[Omnibus]) -> Audit:
        """Compare every total with every other; any difference is our bug."""
        found: list[str] = []
        for asset, name in enumerate(self.assets):
            total = self._ledger.total(asset)
            if total != 0:
                found.append(f"books: {name} sums to {total}, not 0")
            flying = sum(t.amount for t in self._flights if t.asset == asset)
            if flying != self.in_flight(asset):
                found.append(f"transit: {name} {self.in_flight(asset)}, transfers {flying}")
        for venue in venues:
            for asset, held in enumerate(venue.totals()):
                owed = self.balance(venue.name, asset)
                if held != owed:
                    name = self.assets[asset]
                    found.append(f"{venue.name}: {name} held {held}, owed to clients {owed}")
        return Audit(tick, tuple(found))

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        self._ledger._check()
        assert len({t.number for t in self._flights}) == len(self._flights)
