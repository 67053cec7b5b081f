"""Accounts and positions on margin: dicts, Python ints, and a full scan for every question.

Shares no code with the core. Nothing is stored that can be worked out: equity, maintenance and
what is available are summed from cash, marks, positions and orders each time they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tidegate_core.codes import EventKind, Reject

from tests.oracles.margin_contract import BILLION, MILLION, Terms, collateral_value, divided, sign

if TYPE_CHECKING:
    from tidegate_core.perpetual import Collateral, Perpetual

VENUE, CLEARING, FUND, VAULT, DUST, FIRST_CLIENT = range(6)
MAX_DEPOSITS = 2**61
MAX_COLLATERAL = 2**58
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


class AccountsOracle:
    """Cash, positions, collateral, marks and funding of one settlement asset."""

    def __init__(
        self, contracts: Sequence[Perpetual], collateral: Sequence[Collateral], accounts: int
    ) -> None:
        self.terms = [Terms(contract) for contract in contracts]
        self.collateral = list(collateral)  # asset k + 1
        self.n_contracts = len(contracts)
        self.n_assets = 1 + len(collateral)
        self.cash = [[0] * self.n_assets for _ in range(accounts)]
        self.inflow = [0] * self.n_assets
        self.price = [0] * self.n_assets  # of collateral
        self.marks = [0] * self.n_contracts
        self.resting: list[dict[int, Resting]] = [{} for _ in contracts]
        self.positions: dict[tuple[int, int], Position] = {}
        self.liquidating = True
        self.queued: set[Target] = set()
        self.events: list[Event] = []  # since they were last taken
        self.before = 0  # equity of whoever is liquidated, before the step

    # ---- reading ---------------------------------------------------------------------------

    def position(self, account: int, contract: int) -> Position:
        """Give what there is, or what there would be by default; see `record`."""
        found = self.positions.get((account, contract))
        return found or Position(self.terms[contract].tiers[0].max_leverage)

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
        return sum(self.terms[c].maintenance(self.notional(c, p)) for c, p in self.exposed(target))

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
            self.terms[c].initial(self.notional(c, p), p.leverage) for c, p in self.held(account)
        )
        return self.cross_equity(account) - tied - self.order_margin(account)

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

    # ---- trades ----------------------------------------------------------------------------

    def trade(
        self,
        account: int,
        contract: int,
        price: int,
        lots: int,
        charge: int = 0,
        liquidated: bool = False,
    ) -> None:
        """Let an account trade signed lots at a price, then pay a fee."""
        terms, position = self.terms[contract], self.record(account, contract)
        value = terms.value(price, lots)
        closed = min(abs(lots), abs(position.size)) if lots * position.size < 0 else 0
        closing_lots = sign(lots) * closed
        closing = terms.value(price, closing_lots) if closed < abs(lots) else value
        if closed:
            self.close(account, position, closing_lots, closing, liquidated)
        if closed < abs(lots):
            self.open(account, position, lots - closing_lots, value - closing)
        self.charge(account, position, charge)
        if not position.size and position.isolated and not liquidated:
            self.close_out(account, contract)

    def close(
        self, account: int, position: Position, lots: int, value: int, liquidated: bool
    ) -> None:
        before, closed = abs(position.size), abs(lots)
        released = divided(position.entry, closed, before)
        realised = -value - released
        position.entry -= released
        position.size += lots
        if not position.isolated:
            self.pay(0, CLEARING, account, realised)
        elif liquidated:
            position.margin += realised
        else:
            share = divided(max(position.margin, 0), closed, before)
            if closed == before:
                share = position.margin
            position.margin -= share
            out = share + realised
            if out >= 0:
                self.pay(0, CLEARING, account, out)
            else:
                position.margin += out

    def open(self, account: int, position: Position, lots: int, value: int) -> None:
        position.entry += value
        position.size += lots
        if position.isolated:
            margin = -(-abs(value) // position.leverage)
            margin = min(margin, max(self.cash[account][0], 0))
            self.pay(0, account, CLEARING, margin)
            position.margin += margin

    def charge(self, account: int, position: Position, amount: int) -> None:
        """Take a fee, or hand out a rebate."""
        cash = self.cash[account]
        if position.isolated and amount > 0 and cash[0] < amount:
            from_margin = amount - max(cash[0], 0)
            position.margin -= from_margin
            self.pay(0, CLEARING, account, from_margin)
        self.pay(0, account, VENUE, amount)

    def close_out(self, account: int, contract: int) -> None:
        """Empty the margin of an isolated position that is gone."""
        position = self.record(account, contract)
        if position.margin < 0:
            self.cover(account, contract, -position.margin)
        self.pay(0, CLEARING, account, position.margin)
        position.margin = 0

    def cover(self, account: int, contract: int, lacking: int) -> None:
        """Pay somebody's shortfall out of the fund, then out of the venue's own pocket."""
        from_fund = min(lacking, max(self.cash[FUND][0], 0))
        self.pay(0, FUND, account, from_fund)
        self.pay(0, VENUE, account, lacking - from_fund)
        self.log(EventKind.SHORTFALL, Target(account, contract), amount=lacking, value=from_fund)

    def log(self, kind: EventKind, target: Target, **facts: int) -> None:
        """Add to the log; a keyword replaces what is known of the target."""
        row = {"account": target.account, "contract": target.contract, "equity": self.before}
        self.events.append(Event(kind, **{**row, **facts}))

    def pay(self, asset: int, source: int, target: int, amount: int) -> None:
        self.cash[source][asset] -= amount
        self.cash[target][asset] += amount

    # ---- settings, cash --------------------------------------------------------------------

    def settled(self, account: int, contract: int) -> bool:
        """Tell whether settings may change: no size, no orders."""
        return not (self.position(account, contract).size or self.orders_of(account, contract))

    def set_leverage(self, account: int, contract: int, leverage: int) -> int:
        if account < FIRST_CLIENT:
            return Reject.ACCOUNT
        allowed = 1 <= leverage <= self.terms[contract].tiers[0].max_leverage
        if not allowed or not self.settled(account, contract):
            return Reject.LEVERAGE
        self.record(account, contract).leverage = leverage
        return Reject.OK

    def set_mode(self, account: int, contract: int, isolated: bool) -> int:
        if account < FIRST_CLIENT:
            return Reject.ACCOUNT
        if not self.settled(account, contract):
            return Reject.MARGIN
        self.record(account, contract).isolated = isolated
        return Reject.OK

    def countable(self, asset: int, inflow: int, price: int) -> bool:
        """Tell whether all of an asset could be one account's, and be valued."""
        return asset == 0 or inflow * price // MILLION < MAX_COLLATERAL

    def deposit(self, account: int, asset: int, amount: int) -> int:
        if amount < 0:
            return Reject.QUANTITY
        inflow = self.inflow[asset] + amount
        if inflow >= MAX_DEPOSITS or not self.countable(asset, inflow, self.price[asset]):
            return Reject.OVERFLOW
        self.cash[account][asset] += amount
        self.inflow[asset] = inflow
        return Reject.OK

    def withdraw(self, account: int, asset: int, amount: int) -> int:
        cash = self.cash[account]
        if amount < 0:
            return Reject.QUANTITY
        if amount > cash[asset]:
            return Reject.FUNDS
        cash[asset] -= amount
        if amount and account >= FIRST_CLIENT and self.available(account) < 0:
            cash[asset] += amount
            return Reject.MARGIN
        self.inflow[asset] -= amount
        return Reject.OK

    def add_margin(self, account: int, contract: int, amount: int) -> int:
        """Move cash into the margin of an isolated position, or some of the margin out again."""
        position = self.position(account, contract)
        if not position.isolated or not position.size:
            return Reject.MARGIN
        if amount > 0:
            if amount > min(self.cash[account][0], self.available(account)):
                return Reject.MARGIN
        elif not self.marks[contract]:
            return Reject.PRICE
        elif amount:
            kept = position.margin + min(0, self.pnl(contract, position)) + amount
            notional = self.notional(contract, position)
            if kept < self.terms[contract].initial(notional, position.leverage):
                return Reject.MARGIN
        self.pay(0, account, CLEARING, amount)
        position.margin += amount
        return Reject.OK

    # ---- marks and funding -----------------------------------------------------------------

    def set_marks(self, marks: Sequence[int]) -> set[Target]:
        """Store marks (0 leaves one as it is); the targets that are newly due."""
        self.marks = [new or old for new, old in zip(marks, self.marks, strict=True)]
        return self.examine()

    def set_collateral_price(self, asset: int, price: int) -> int:
        if not self.countable(asset, self.inflow[asset], price):
            return Reject.OVERFLOW
        self.price[asset] = price
        self.examine()
        return Reject.OK

    def examine(self) -> set[Target]:
        if not self.liquidating:
            return set()
        fresh = {t for t in self.targets() if t not in self.queued and self.due(t)}
        self.queued |= fresh
        return fresh

    def fund(self, contract: int, rate_ppb: int) -> int:
        """Let longs pay shorts, or the other way round; what rounding leaves stays in DUST."""
        if not self.marks[contract]:
            return Reject.PRICE
        for (account, where), position in self.positions.items():
            if where != contract or not position.size:
                continue
            exact = abs(self.value(contract, position.size)) * abs(rate_ppb)
            paying = position.size * rate_ppb > 0
            amount = -(-exact // BILLION) if paying else -(exact // BILLION)
            if position.isolated:
                position.margin -= amount
                self.pay(0, CLEARING, DUST, amount)
            else:
                self.pay(0, account, DUST, amount)
        return Reject.OK

    # ---- what must always hold -------------------------------------------------------------

    def audit(self) -> None:
        """Assert the invariants of the venue as a whole."""
        for asset in range(self.n_assets):
            assert sum(row[asset] for row in self.cash) == self.inflow[asset]
        held = self.positions.values()
        assert self.cash[CLEARING][0] == sum(p.margin - p.entry for p in held)
        for contract in range(self.n_contracts):
            sizes = [p.size for (_, c), p in self.positions.items() if c == contract]
            assert sum(sizes) == 0
