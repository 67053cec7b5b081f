"""Who holds what on margin, and what it amounts to: a full scan for every question.

Shares no code with the core. Nothing is stored that can be worked out: equity, maintenance and
what is available are summed from cash, marks, positions and orders each time they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tidegate_core.codes import EventKind

from tests.oracles.margin_contract import Terms, collateral_value

if TYPE_CHECKING:
    from tidegate_core.perpetual import Collateral, Perpetual

VENUE, CLEARING, FUND, VAULT, DUST, FIRST_CLIENT = range(6)
CROSS = -1


@dataclass
class Position:
    """What an account has in a contract, and how it trades there."""

    leverage: int
    size: int = 0
    entry: int = 0
    margin: int = 0
    isolated: bool = False


@dataclass
class Resting:
    """What the venue knows of an order in the book, beside what the book knows."""

    number: int
    account: int
    side: int
    price: int
    left: int
    margin: int
    reduce_only: bool
    kind: int
    stp: int


class Target(NamedTuple):
    """Who is liquidated: an isolated position, or all cross positions of an account."""

    account: int
    contract: int  # CROSS: all of them


class Event(NamedTuple):
    """One row of the log of liquidations, its time left out."""

    kind: EventKind
    account: int
    contract: int
    quantity: int = 0
    price: int = 0
    value: int = 0
    equity: int = 0
    amount: int = 0
    counterparty: int = -1
    multiplicity: int = 1


class StateOracle:
    """Cash, positions, orders, collateral and marks of one settlement asset."""

    def __init__(
        self, contracts: Sequence[Perpetual], collateral: Sequence[Collateral], accounts: int
    ) -> None:
        self.terms = [Terms(contract) for contract in contracts]
        self.collateral = list(collateral)  # asset k + 1
        self.n_contracts = len(contracts)
        self.n_assets = 1 + len(collateral)
        self.cash = [[0] * self.n_assets for _ in range(accounts)]
        self.people = [1] * accounts  # how many equal ones each stands for
        self.inflow = [0] * self.n_assets
        self.price = [0] * self.n_assets  # of collateral
        self.marks = [0] * self.n_contracts
        self.resting: list[dict[int, Resting]] = [{} for _ in contracts]
        self.positions: dict[tuple[int, int], Position] = {}
        self.liquidating = True
        self.queued: set[Target] = set()
        self.events: list[Event] = []  # since they were last taken
        self.shortfalls: list[Event] = []  # of positions closed by trades of their own

    def position(self, account: int, contract: int) -> Position:
        """Give what there is, or what there would be by default; see `record`."""
        found = self.positions.get((account, contract))
        return found or Position(self.terms[contract].tiers[0].max_leverage)

    def known(self, account: int) -> bool:
        """Tell whether an account may trade and be paid; CLEARING only mirrors the others."""
        return 0 <= account < len(self.cash) and account != CLEARING

    def record(self, account: int, contract: int) -> Position:
        return self.positions.setdefault((account, contract), self.position(account, contract))

    def held(self, account: int, isolated: bool = False) -> Iterator[tuple[int, Position]]:
        """List the positions with a size of an account, all cross or all isolated."""
        for contract in range(self.n_contracts):
            found = self.positions.get((account, contract))
            if found is not None and found.size and found.isolated is isolated:
                yield contract, found

    def value(self, contract: int, size: int) -> int:
        return self.terms[contract].value(self.marks[contract], size)

    def notional(self, contract: int, position: Position) -> int:
        return abs(self.value(contract, position.size)) if self.marks[contract] else 0

    def pnl(self, contract: int, position: Position) -> int:
        if not self.marks[contract]:
            return 0
        return self.value(contract, position.size) - position.entry

    def collateral_worth(self, account: int) -> int:
        return sum(
            collateral_value(self.cash[account][asset], self.price[asset], terms)
            for asset, terms in enumerate(self.collateral, start=1)
        )

    def cross_equity(self, account: int) -> int:
        unrealised = sum(self.pnl(c, p) for c, p in self.held(account))
        return self.cash[account][0] + unrealised + self.collateral_worth(account)

    def equity(self, target: Target) -> int:
        if target.contract == CROSS:
            return self.cross_equity(target.account)
        position = self.position(*target)
        return position.margin + self.pnl(target.contract, position)

    def exposed(self, target: Target) -> list[tuple[int, Position]]:
        """List what would be liquidated of a target."""
        if target.contract == CROSS:
            return list(self.held(target.account))
        position = self.position(*target)
        return [(target.contract, position)] if position.size and position.isolated else []

    def maintenance(self, target: Target) -> int:
        return sum(self.maintenance_of(target.account, c, p) for c, p in self.exposed(target))

    def maintenance_of(self, account: int, contract: int, position: Position) -> int:
        notional = self.notional(contract, position)
        return self.terms[contract].maintenance(notional, self.people[account])

    def due(self, target: Target) -> bool:
        marked = any(self.marks[contract] for contract, _ in self.exposed(target))
        return marked and self.equity(target) <= self.maintenance(target)

    def order_margin(self, account: int) -> int:
        return sum(
            order.margin
            for orders in self.resting
            for order in orders.values()
            if order.account == account
        )

    def available(self, account: int) -> int:
        tied = sum(
            self.terms[c].initial(
                self.notional(c, p) if self.marks[c] else abs(p.entry), p.leverage
            )
            for c, p in self.held(account)
        )
        return self.cross_equity(account) - tied - self.order_margin(account)

    def spendable(self, account: int) -> int:
        """Give what may leave as cash or become isolated margin: coins and gains may not."""
        promised = sum(
            order.margin
            for contract, orders in enumerate(self.resting)
            for order in orders.values()
            if order.account == account and self.position(account, contract).isolated
        )
        return min(self.available(account), self.cash[account][0] - promised)

    def orders_of(self, account: int, contract: int, side: int | None = None) -> list[Resting]:
        return [
            order
            for order in self.resting[contract].values()
            if order.account == account and side in (None, order.side)
        ]

    def resting_lots(self, account: int, contract: int, side: int) -> int:
        return sum(order.left for order in self.orders_of(account, contract, side))

    def targets(self) -> Iterator[Target]:
        """List everything that could be liquidated."""
        clients = range(FIRST_CLIENT, len(self.cash))
        for account in clients:
            yield Target(account, CROSS)
            for contract, _ in self.held(account, isolated=True):
                yield Target(account, contract)
