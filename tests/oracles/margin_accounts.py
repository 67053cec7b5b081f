"""What trades, cash, marks and funding do to accounts on margin: Python ints and full scans."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate_core.codes import EventKind, Reject

from tests.oracles.margin_contract import BILLION, MILLION, divided, sign
from tests.oracles.margin_state import (
    CLEARING,
    DUST,
    FIRST_CLIENT,
    FUND,
    VENUE,
    Event,
    Position,
    StateOracle,
    Target,
)

MAX_DEPOSITS = 2**61
MAX_COLLATERAL = 2**58


class AccountsOracle(StateOracle):
    """Accounts that trade with nobody in particular."""

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
            lacking = -position.margin
            paid = self.cover(account, lacking)
            row = Event(EventKind.SHORTFALL, account, contract, value=paid, amount=lacking)
            self.shortfalls.append(row._replace(multiplicity=self.people[account]))
        self.pay(0, CLEARING, account, position.margin)
        position.margin = 0

    def cover(self, account: int, lacking: int) -> int:
        """Pay a shortfall: first the fund, then the venue; what the fund paid."""
        from_fund = min(lacking, max(self.cash[FUND][0] + self.collateral_worth(FUND), 0))
        self.pay(0, FUND, account, from_fund)
        self.pay(0, VENUE, account, lacking - from_fund)
        return from_fund

    def pay(self, asset: int, source: int, target: int, amount: int) -> None:
        self.cash[source][asset] -= amount
        self.cash[target][asset] += amount

    # ---- settings, cash --------------------------------------------------------------------

    def settled(self, account: int, contract: int) -> bool:
        """Tell whether settings may change: no size, no orders, not in the queue by itself."""
        if Target(account, contract) in self.queued:
            return False
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
            return Reject.LEVERAGE
        self.record(account, contract).isolated = isolated
        return Reject.OK

    def countable(self, asset: int, inflow: int, price: int) -> bool:
        """Tell whether all of an asset could be one account's, and be valued."""
        return asset == 0 or inflow * price // MILLION < MAX_COLLATERAL

    def deposit(self, account: int, asset: int, amount: int) -> int:
        if not self.known(account):
            return Reject.ACCOUNT
        if amount < 0:
            return Reject.QUANTITY
        inflow = self.inflow[asset] + amount
        if inflow >= MAX_DEPOSITS or not self.countable(asset, inflow, self.price[asset]):
            return Reject.OVERFLOW
        self.cash[account][asset] += amount
        self.inflow[asset] = inflow
        return Reject.OK

    def withdraw(self, account: int, asset: int, amount: int) -> int:
        if not self.known(account):
            return Reject.ACCOUNT
        cash = self.cash[account]
        if amount < 0:
            return Reject.QUANTITY
        if amount > cash[asset]:
            return Reject.FUNDS
        cash[asset] -= amount
        left = self.available(account) if asset else self.spendable(account)
        if amount and account >= FIRST_CLIENT and left < 0:
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
            if amount > self.spendable(account):
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

    def endow(
        self,
        contract: int,
        accounts: Sequence[int],
        sizes: Sequence[int],
        entries: Sequence[int],
        margins: Sequence[int],
    ) -> None:
        """Put positions in place that were traded before the venue opened."""
        for account, size, entry, margin in zip(accounts, sizes, entries, margins, strict=True):
            position = self.record(account, contract)
            position.size, position.entry, position.margin = size, entry, margin
            position.isolated = margin > 0
            self.pay(0, account, CLEARING, margin)

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
