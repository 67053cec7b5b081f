"""What an authorised participant has, owes and gets; how it hedges; where its capital comes from.

Coins and cash stand at the venues of coins, cash at the listed venue, the rest in its bank. It
returns to its home stock: what it has at the start, in coins; in cash, a third of its capital each
at the listed venue and at the venues of coins.
"""

from __future__ import annotations

from tidegate.agents.etf_issuer import EtfIssuer
from tidegate.agents.etf_trust import NANO
from tidegate.agents.futures_hedge import FuturesHedge
from tidegate.agents.prime_desk import PrimeDesk
from tidegate.agents.stock_loans import StockLoans
from tidegate.books import USD, Books

__all__ = ["ParticipantPosition"]

MICRO = 1_000_000
WORLD = "world"
HEDGE_LOTS = 100  # a smaller mismatch waits


class ParticipantPosition:
    """One participant's position in shares, coins, futures and cash.

    Parameters
    ----------
    path : str
        Name of its bank account in the books, which is open.
    issuer : EtfIssuer
        Of the fund.
    account : int
        Its account at the listed venue.
    desk : PrimeDesk
        Trades coins for it.
    loans : StockLoans
        Where it borrows shares.
    books : Books
        Carry its bank account.
    futures : FuturesHedge
        Its futures, where baskets are for cash.
    """

    def __init__(
        self,
        *,
        path: str,
        issuer: EtfIssuer,
        account: int,
        desk: PrimeDesk,
        loans: StockLoans,
        books: Books,
        futures: FuturesHedge,
    ) -> None:
        self.path = path
        self.issuer = issuer
        self.account = account
        self.desk = desk
        self.loans = loans
        self.books = books
        self.futures = futures
        self.listed = issuer.listed
        self.in_kind = issuer.spec.creation == "in_kind"
        self.paid_in = 0  # micro-USD from its parent since the start, less what was paid out
        self.home_lots = desk.lots
        self.home_cash = self.listed.cash(account)
        self._first = issuer.struck  # price when its capital was raised
        self._lots_due: list[tuple[int, int]] = []  # arrives, lots
        self._cash_due: list[tuple[int, int]] = []  # arrives, micro-USD

    # -- what it has --------------------------------------------------------------------------

    @property
    def borrowed(self) -> int:
        """Shares it owes."""
        return self.loans.owed.get(self.account, 0)

    @property
    def shares_due(self) -> int:
        """Shares it has ordered that are not issued yet."""
        return self.issuer.orders.due_to(self.account)

    @property
    def long(self) -> int:
        """Shares it has and gets, less those it owes."""
        return self.listed.shares_held(self.account) + self.shares_due - self.borrowed

    @property
    def gap(self) -> int:
        """Lots that it is short of (positive) or has too many of, with its hedges."""
        claimed = self.long * self.issuer.trust.claim // NANO
        coming = sum(lots for _, lots in self._lots_due)
        return self.home_lots - (self.desk.lots + coming + claimed + self.futures.lots)

    @property
    def cash(self) -> int:
        """Its cash, wherever it is, micro-USD."""
        there = self.listed.cash_held(self.account)
        under_way = self.desk.in_transit + self.books.balance(self.path, USD)
        return there + self.desk.cash + under_way + sum(cash for _, cash in self._cash_due)

    @property
    def equity(self) -> int:
        """What it is worth at the moment's prices, micro-USD."""
        price = self.issuer.spot
        lots = self.desk.lots + sum(lots for _, lots in self._lots_due)
        coins = int(lots * price * self.desk.venues[0].lot * MICRO)
        shares = int(self.long * self.issuer.value * MICRO)
        return self.cash + coins + shares + self.futures.gain(price)

    @property
    def unsettled(self) -> bool:
        """Whether anything is still on its way."""
        under_way = self._lots_due or self._cash_due or self.shares_due
        return bool(under_way or self.desk.backlog or self.desk.in_transit)

    # -- what changes it ----------------------------------------------------------------------

    def await_lots(self, at: int, lots: int) -> None:
        """Note coins of a redemption that arrive at a second."""
        self._lots_due.append((at, lots))

    def await_cash(self, at: int, cash: int) -> None:
        """Note cash of a redemption that arrives at a second."""
        self._cash_due.append((at, cash))

    def settle(self, now: int) -> None:
        """Take in what has arrived, and pay back shares."""
        self._lots_due = [(at, lots) for at, lots in self._lots_due if at > now]
        self._cash_due = [(at, cash) for at, cash in self._cash_due if at > now]
        self.loans.repay(self.account)

    def hedge(self) -> None:
        """Bring coins, or futures, in line with the shares."""
        gap, price = self.gap, self.issuer.spot
        if not self.in_kind:
            self.futures.trade(gap, price)
            gap = 0
        if abs(gap) < HEDGE_LOTS:
            gap = 0
        self.desk.look()
        self.desk.backlog = int(gap * price * self.desk.venues[0].lot * MICRO)
        self.desk.work()

    def balance_cash(self) -> None:
        """Keep home cash at the listed venue; the bank holds the rest for the desk."""
        surplus = self.listed.cash(self.account) - self.home_cash
        bank = self.books.balance(self.path, USD)
        if surplus > 0:
            self.listed.debit(self.account, USD, surplus)
            self.books.move(USD, self.listed.name, self.path, surplus)
        elif surplus < 0 and bank > 0:
            amount = min(-surplus, bank)
            self.books.move(USD, self.path, self.listed.name, amount)
            self.listed.credit(self.account, USD, amount)

    def refill(self) -> None:
        """Take from its parent a part of the capital it has lost, or pay out of what it gained.

        Capital keeps pace with the price of the coin.
        """
        terms = self.issuer.spec.participants
        target = int(terms.capital * MICRO * self.issuer.spot / self._first)
        self.home_cash = self.desk.working_cash = target // 3
        paid = int(terms.refill * (target - self.equity))
        if paid < 0:
            paid = -min(-paid, self.books.balance(self.path, USD))
        if paid > 0:
            self.books.move(USD, WORLD, self.path, paid)
        elif paid < 0:
            self.books.move(USD, self.path, WORLD, -paid)
        self.paid_in += paid
