"""Loans on margin against coins and tokens together.

A lender values what is pledged at the last prices. Where a loan exceeds `call` of that, it sells
the same part of the coins and of the tokens until the loan is at `target` again. So a fall of
coins makes it sell tokens, and a fall of the stock makes it sell coins: the pool is the channel.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tidegate_core import Kind, Side

from tidegate.agents.desk_agent import DeskAgent
from tidegate.agents.token_market import TokenMarket, TokenMember
from tidegate.agents.trading_desk import TradingDesk
from tidegate.books import USD, Books
from tidegate.listed_venue import ListedVenue
from tidegate.scenario.execution import ExecutionSpec
from tidegate.scenario.tokens import TokenLoanSpec

__all__ = ["TokenLoans", "part_to_sell", "shared_out"]

MICRO = 1_000_000
DESK = ExecutionSpec(window_hours=0.25, participation=0.5, sweep=0.5, funding_hours=0.0)


def part_to_sell(debt: float, value: float, target: float) -> float:
    """Return the part of the collateral whose sale brings a loan down to `target` of the rest.

    With debt D, collateral V and target t it is (D - t V) / (V (1 - t)), at most all of it.
    """
    if value <= 0.0:
        return 0.0
    return min(1.0, max(0.0, (debt - target * value) / (value * (1.0 - target))))


def shared_out(total: int, weights: NDArray[np.int64]) -> NDArray[np.int64]:
    """Share a whole number out by weights, exactly; whoever comes later gets what rounds up."""
    sums = [int(x) for x in np.cumsum(weights)]
    if not sums or sums[-1] == 0:
        return np.zeros(len(weights), dtype=np.int64)
    ends = [total * s // sums[-1] for s in sums]
    bounds = np.array([0, *ends], dtype=np.int64)
    return bounds[1:] - bounds[:-1]


class TokenLoans(DeskAgent, TokenMember):
    """All borrowers, a column each for coins, tokens and debt; what is pledged lies with one desk.

    Parameters
    ----------
    spec : TokenLoanSpec
        Terms and spread of loans.
    venue : ListedVenue
        The token's.
    account : int
        There, with the pledged tokens.
    accounts : mapping of venue name to account
        At each venue of coins, with the pledged coins.
    books : Books
        Carry the lenders' party, ``lenders`` after the path, which receives what is repaid.
    price : float
        USD per token at the start.
    daily_volume, rounds
        As of a `TradingDesk`.

    Attributes
    ----------
    lent, repaid, lost : int
        Micro-USD; what is still owed is the first less the others.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: TokenLoanSpec,
        venue: ListedVenue,
        account: int,
        accounts: Mapping[str, int],
        books: Books,
        price: float,
        daily_volume: float,
        rounds: int,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.spec = spec
        self.venue = venue
        self.account = account
        self.market: TokenMarket | None = None  # told once it exists: it asks its members
        self.books = books
        self.lenders = f"{self.path}/lenders"
        books.open(self.lenders)
        self.desk = TradingDesk(
            path=self.path,
            venues=self.venues,
            accounts=accounts,
            books=books,
            streams=self.streams,
            clock=self.clock,
            execution=DESK,
            daily_volume=daily_volume,
            rounds=rounds,
            payer=self.lenders,
        )
        self._open_loans(price)
        self.called_tokens = self.called_lots = 0
        self.repaid = self.lost = self.returned = 0
        self._lots, self._invested = self.desk.lots, 0
        self._called = np.zeros(spec.accounts, dtype=bool)
        self._due_tokens = np.zeros(spec.accounts, dtype=np.int64)
        self._due_lots = np.zeros(spec.accounts, dtype=np.int64)

    def _open_loans(self, price: float) -> None:
        """Lend at loan-to-values spread evenly, in an order that luck decides."""
        n, spec = self.spec.accounts, self.spec
        even = np.ones(n, dtype=np.int64)
        self.pledged_tokens = shared_out(self.venue.shares_held(self.account), even)
        self.pledged_lots = shared_out(self.desk.lots, even)
        luck = [self.streams.uniform(self.path, "ltv", 0, 0, i) for i in range(n)]
        ltv = [spec.ltv_low + (spec.ltv_high - spec.ltv_low) * u for u in luck]
        coin = self._coin()
        self.debt = np.array(
            [
                int(r * (int(t) * price + int(c) * coin) * MICRO)
                for r, t, c in zip(ltv, self.pledged_tokens, self.pledged_lots, strict=True)
            ],
            dtype=np.int64,
        )
        self.lent = int(self.debt.sum())

    def _coin(self) -> float:
        """Return what a lot is worth now, USD."""
        return float(sum(v.share * v.lot * v.price(v.indicative) for v in self.venues))

    # -- a tick -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Book what was sold, call what is short, and set out to sell coins."""
        self.desk.look()
        self._book_coins()
        assert self.market is not None
        coin, token = self._coin(), self.market.price
        self._call(coin, token)
        self.desk.backlog = -int(int(self._due_lots.sum()) * coin * MICRO)
        self.desk.work()

    def _call(self, coin: float, token: float) -> None:
        """Find who is short, and how much of each of theirs has to go."""
        value = self.pledged_tokens * token + self.pledged_lots * coin
        debt = self.debt / MICRO
        self._called |= debt > self.spec.call * value
        self._called &= debt > self.spec.target * value
        self._due_tokens[:] = 0
        self._due_lots[:] = 0
        for who in np.flatnonzero(self._called):
            part = part_to_sell(float(debt[who]), float(value[who]), self.spec.target)
            self._due_tokens[who] = int(part * int(self.pledged_tokens[who]))
            self._due_lots[who] = int(part * int(self.pledged_lots[who]))
            if value[who] <= 0.0:
                self.lost += int(self.debt[who])
                self.debt[who] = 0

    def _book_coins(self) -> None:
        """Take the coins sold since the last look off those whose they were."""
        sold, self._lots = self._lots - self.desk.lots, self.desk.lots
        got, self._invested = self._invested - self.desk.invested, self.desk.invested
        if sold > 0:
            parts = np.minimum(shared_out(sold, self._due_lots), self.pledged_lots)
            parts = self._rest(parts, sold, self.pledged_lots)
            self.pledged_lots -= parts
            self.called_lots += sold
            self._repay(got, parts)

    @staticmethod
    def _rest(parts: NDArray[np.int64], total: int, held: NDArray[np.int64]) -> NDArray[np.int64]:
        """Find somebody for what rounding has left over: who has most."""
        left = total - int(parts.sum())
        while left > 0:
            who = int(np.argmax(held - parts))
            take = min(left, int(held[who] - parts[who]))
            parts[who] += take
            left -= take
        return parts

    def _repay(self, got: int, parts: NDArray[np.int64]) -> None:
        """Repay with what a sale brought; what exceeds a debt is its borrower's own."""
        shares = shared_out(got, parts)
        paid = np.minimum(shares, self.debt)
        self.debt -= paid
        self.repaid += int(paid.sum())
        self.returned += int((shares - paid).sum())

    # -- the token's market -------------------------------------------------------------------

    def order_token(self, fair: float, hedgeable: bool) -> None:
        """Sell the tokens that have to go."""
        number = min(int(self._due_tokens.sum()), self.venue.shares(self.account))
        assert self.market is not None
        limit = max(1, round(self.market.mark * (1.0 - self.spec.slip)))
        arrival = self.streams.integer(
            self.path, "tokens", self.clock.tick, self.clock.round, n=2**62
        )
        self.venue.send(self.account, Side.SELL, limit, number, Kind.IOC, arrival)

    def settle_token(self) -> None:
        """Take the tokens sold off those whose they were, and repay."""
        sold = int(self.pledged_tokens.sum()) - self.venue.shares_held(self.account)
        cash = self.venue.cash(self.account)
        if sold <= 0:
            return
        parts = np.minimum(shared_out(sold, self._due_tokens), self.pledged_tokens)
        parts = self._rest(parts, sold, self.pledged_tokens)
        self.pledged_tokens -= parts
        self._due_tokens = np.maximum(0, self._due_tokens - parts)
        self.called_tokens += sold
        self.venue.debit(self.account, USD, cash)
        self.books.move(USD, self.venue.name, self.lenders, cash)
        self._repay(cash, parts)

    def sold(self) -> Mapping[str, int]:
        """Return what lenders have sold since the start, by column of the table."""
        return {"called_tokens": self.called_tokens, "called_lots": self.called_lots}

    def audit(self) -> None:
        """Prove that debts and collateral add up; raises AssertionError with what does not."""
        owed = self.lent - self.repaid - self.lost
        assert int(self.debt.sum()) == owed, f"{self.path}: {self.debt.sum()} owed, not {owed}"
        held = self.venue.shares_held(self.account)
        assert int(self.pledged_tokens.sum()) == held, f"{self.path}: {held} tokens, not as pledged"
        lots = int(self.pledged_lots.sum())  # what was sold in the tick is booked in the next
        assert lots == self._lots >= self.desk.lots, f"{self.path}: {lots} lots, not as pledged"
        assert (self.debt >= 0).all(), f"{self.path}: a debt is below 0"
