"""A margin venue that is obviously right: the plain book, and accounts that are summed anew.

Shares no code with the core. Refusals are negative `Reject` codes, as in the core; an order is
known by its contract and its number in the plain book of that contract.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate_core.codes import Reject

from tests.oracles.book import IOC, LIMIT, MARKET, POST_ONLY, PlainBook
from tests.oracles.margin_accounts import AccountsOracle
from tests.oracles.margin_contract import fee
from tests.oracles.margin_state import FIRST_CLIENT, Resting, Target

if TYPE_CHECKING:
    from tidegate_core.perpetual import Collateral, Perpetual

BUY, SELL = 0, 1
MAX_LOTS = 2**40
MAX_EXPOSURE = 2**57

OrderId = tuple[int, int]


@dataclass(frozen=True)
class Request:
    """An order that asks to be let in."""

    contract: int
    account: int
    side: int
    price: int
    quantity: int
    kind: int
    stp: int
    reduce_only: bool
    ahead: bool = False  # of a stop: it closes what there is, whatever rests

    @property
    def sign(self) -> int:
        return 1 if self.side == BUY else -1

    @property
    def can_rest(self) -> bool:
        return self.kind in (LIMIT, POST_ONLY)


class Refusal(Exception):  # noqa: N818
    """Carries the `Reject` of a request."""

    def __init__(self, code: Reject) -> None:
        super().__init__(code.name)
        self.code = code


class MarginOracle(AccountsOracle):
    """Accounts that trade with each other in one book a contract."""

    def __init__(
        self, contracts: Sequence[Perpetual], collateral: Sequence[Collateral], accounts: int
    ) -> None:
        super().__init__(contracts, collateral, accounts)
        self.books = [PlainBook() for _ in contracts]
        self.halted = [False] * self.n_contracts
        self.accepting = True
        self.fills: list[tuple[int, ...]] = []  # since they were last taken
        self.last = [0] * self.n_contracts  # price of the last trade in the book
        self.traded = [0] * self.n_contracts  # fills ever

    # ---- letting an order in ---------------------------------------------------------------

    def check_form(self, request: Request) -> None:
        """Check all that does not depend on the account's position."""
        if not 0 <= request.contract < self.n_contracts:
            raise Refusal(Reject.INSTRUMENT)
        if not self.known(request.account):
            raise Refusal(Reject.ACCOUNT)
        if not (0 <= request.side <= 1 and 0 <= request.kind <= 4 and 0 <= request.stp <= 3):
            raise Refusal(Reject.CODE)
        if self.halted[request.contract] or self.silenced(request.account):
            raise Refusal(Reject.HALTED)
        if not 1 <= request.quantity <= MAX_LOTS:
            raise Refusal(Reject.QUANTITY)
        mark, terms = self.marks[request.contract], self.terms[request.contract]
        if request.kind == MARKET:
            if not mark:
                raise Refusal(Reject.PRICE)
            return
        if not 1 <= request.price <= terms.max_price:
            raise Refusal(Reject.PRICE)
        if mark and terms.band_ppm:
            low, high = terms.band(mark)
            if not low <= request.price <= high:
                raise Refusal(Reject.BAND)

    def silenced(self, account: int) -> bool:
        return not self.accepting and account >= FIRST_CLIENT

    def admit(self, request: Request) -> tuple[int, int]:
        """Give the quantity let in and the margin it needs; raise `Refusal` instead."""
        self.check_form(request)
        contract, account = request.contract, request.account
        terms, position = self.terms[contract], self.position(account, contract)
        quantity, size = request.quantity, position.size
        beside = 0 if request.ahead else self.resting_lots(account, contract, request.side)
        if request.reduce_only:
            room = abs(size) - beside
            if size * request.sign >= 0 or room <= 0:
                raise Refusal(Reject.REDUCE)
            quantity = min(quantity, room)
        after = size + request.sign * (quantity + beside)
        if not (self.bearable(contract, after) and self.bearable(contract, quantity + beside)):
            raise Refusal(Reject.OVERFLOW)
        if account < FIRST_CLIENT:
            return quantity, 0
        if abs(after) > abs(size):
            people = self.people[account]
            tier = terms.tiers[terms.tier(abs(terms.value(self.dearest(request), after)), people)]
            if position.leverage > tier.max_leverage:
                raise Refusal(Reject.LEVERAGE)
        opening = self.opening(request, quantity, size)
        notional = abs(terms.value(self.dearest(request), opening))
        needed = terms.needed(notional, position.leverage)
        room = self.spendable(account) if position.isolated else self.available(account)
        if needed and needed > room:
            raise Refusal(Reject.MARGIN)
        return quantity, needed

    def bearable(self, contract: int, size: int) -> bool:
        """Tell whether a size may be held, whatever the price."""
        terms = self.terms[contract]
        largest = 1 if terms.inverse else terms.max_price
        return abs(size) * terms.factor * largest < MAX_EXPOSURE

    def opening(self, request: Request, quantity: int, size: int) -> int:
        """Give the lots of an order that margin is asked for."""
        if size * request.sign >= 0:
            return quantity
        if request.can_rest and not request.reduce_only:
            return quantity
        return max(0, quantity - abs(size))

    def dearest(self, request: Request) -> int:
        """Give the price at which margin is asked for."""
        mark = self.marks[request.contract]
        if request.kind == MARKET:
            return mark
        if not mark:
            return request.price
        if self.terms[request.contract].inverse:
            return min(request.price, mark) if request.side == BUY else request.price
        return request.price if request.side == BUY else max(request.price, mark)

    # ---- orders ----------------------------------------------------------------------------

    def submit(
        self,
        contract: int,
        account: int,
        side: int,
        price: int,
        quantity: int,
        kind: int = LIMIT,
        stp: int = 0,
        reduce_only: bool = False,
        ahead: bool = False,
    ) -> int:
        """Carry out an order: its number in the contract's book, or minus a `Reject`."""
        request = Request(contract, account, side, price, quantity, kind, stp, reduce_only, ahead)
        try:
            lots, needed = self.admit(request)
        except Refusal as refusal:
            return -refusal.code
        if kind == MARKET and self.terms[contract].band_ppm:
            low, high = self.terms[contract].band(self.marks[contract])
            kind, price = IOC, high if side == BUY else low
        number = self.books[contract].submit(side, price, lots, account, kind, stp)
        if number > 0:
            self.settle_book(contract)
            self.keep(request, number, lots, needed)
            self.after_event()
        return number

    def keep(self, request: Request, number: int, quantity: int, needed: int) -> None:
        """Note what rests of an order."""
        rests = self.books[request.contract].orders.get(number)
        if rests is None:
            return
        self.resting[request.contract][number] = Resting(
            number,
            request.account,
            request.side,
            request.price,
            rests.quantity,
            needed * rests.quantity // quantity,
            request.reduce_only,
            request.kind,
            request.stp,
        )

    def settle_book(self, contract: int, desk: Target | None = None) -> int:
        """Settle what the book has traded since, maker first; the sum of |V| of the fills.

        `desk` is the target whose order the taker's is, when the liquidation desk sent it.
        """
        book, orders, total = self.books[contract], self.resting[contract], 0
        for maker_order, taker_order, price, lots, maker, taker in book.trades:
            known = orders[maker_order]
            known.margin -= known.margin * lots // known.left
            known.left -= lots
            if not known.left:
                del orders[maker_order]
            if known.reduce_only:
                assert self.shrinks(maker, contract, -lots if known.side == SELL else lots)
            terms = self.terms[contract]
            signed = lots if known.side == SELL else -lots  # the taker's
            notional = abs(terms.value(price, lots))
            taker_fee = 0 if desk else fee(notional, terms.taker_ppm)
            self.trade(maker, contract, price, -signed, fee(notional, terms.maker_ppm))
            self.trade(taker, contract, price, signed, taker_fee, liquidated=bool(desk))
            self.traded[contract] += 1
            self.last[contract] = price
            self.fills.append((contract, maker_order, taker_order, price, lots, maker, taker))
            total += notional
        for number, *_ in book.expired:
            del orders[number]
        book.trades.clear()
        book.expired.clear()
        return total

    def shrinks(self, account: int, contract: int, lots: int) -> bool:
        """Tell whether signed lots make a position smaller and do not turn it."""
        size = self.position(account, contract).size
        return size * lots < 0 and abs(lots) <= abs(size)

    def remove(self, contract: int, number: int) -> None:
        self.books[contract].cancel(number)
        del self.resting[contract][number]

    def after_event(self) -> None:
        """Do what must hold again after every order and every trade."""
        self.enforce_reduce_only()

    def enforce_reduce_only(self) -> None:
        """Cancel reduce-only orders, newest first, until those of no position exceed it."""
        for contract, orders in enumerate(self.resting):
            for order in sorted(orders.values(), key=lambda o: -o.number):
                if not order.reduce_only:
                    continue
                size = self.position(order.account, contract).size
                closing = SELL if size > 0 else BUY
                resting = self.resting_lots(order.account, contract, order.side)
                if not size or order.side != closing or resting > abs(size):
                    self.remove(contract, order.number)

    def cancel(self, order: OrderId) -> int:
        contract, number = order
        if not 0 <= contract < self.n_contracts or number not in self.resting[contract]:
            return -Reject.UNKNOWN_ORDER
        if self.silenced(self.resting[contract][number].account):
            return -Reject.HALTED
        self.remove(contract, number)
        return 0

    def cancel_all(self, account: int, contract: int | None = None) -> int:
        if self.silenced(account):
            return -Reject.HALTED
        return self.withdraw_orders(account, contract)

    def withdraw_orders(self, account: int, contract: int | None = None) -> int:
        """Cancel an account's orders, whoever asks for it; how many."""
        where = range(self.n_contracts) if contract is None else [contract]
        gone = [(c, order.number) for c in where for order in self.orders_of(account, c)]
        for c, number in gone:
            self.remove(c, number)
        return len(gone)

    def replace(self, order: OrderId, price: int, quantity: int) -> int:
        """Change an order: its number from now on, or minus a `Reject`."""
        contract, number = order
        if not 0 <= contract < self.n_contracts or number not in self.resting[contract]:
            return -Reject.UNKNOWN_ORDER
        old = self.resting[contract].pop(number)  # so that it does not stand in its own way
        request = Request(
            contract, old.account, old.side, price, quantity, old.kind, old.stp, old.reduce_only
        )
        try:
            lots, needed = self.admit(request)
        except Refusal as refusal:
            self.resting[contract][number] = old
            return -refusal.code
        self.resting[contract][number] = old
        new = self.books[contract].replace(number, price, lots)
        if new > 0:
            del self.resting[contract][number]
            self.settle_book(contract)
            self.keep(request, new, lots, needed)
            self.after_event()
        return new

    # ---- what must always hold -------------------------------------------------------------

    def audit(self) -> None:
        super().audit()
        for contract in range(self.n_contracts):
            self.audit_orders(contract)

    def audit_orders(self, contract: int) -> None:
        book = self.books[contract]
        assert book.orders.keys() == self.resting[contract].keys()
        for number, order in self.resting[contract].items():
            assert book.orders[number].quantity == order.left > 0
            assert order.margin >= 0
            if order.reduce_only:
                size = self.position(order.account, contract).size
                assert size * (1 if order.side == SELL else -1) > 0
                assert self.resting_lots(order.account, contract, order.side) <= abs(size)
