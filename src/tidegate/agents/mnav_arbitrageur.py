"""Who trades a share's premium against its coins: sells it dear, buys it cheap.

The coins' side is held in futures against the rest of the world, as other hedges are. Shares sold
short are borrowed from institutions, as far as they lend. Losses shrink the position: it is closed
where the premium has run against it, which is when it would have helped most.
"""

from __future__ import annotations

from typing import Any

from tidegate_core import Kind, Side
from tidegate_core.draws import log

from tidegate.agents.base import MarketAgent
from tidegate.agents.futures_hedge import FuturesHedge
from tidegate.agents.listed_market import ListedMember, Phase
from tidegate.agents.stock_loans import StockLoans
from tidegate.agents.trading_calendar import Session
from tidegate.agents.treasury_company import TreasuryCompany
from tidegate.books import USD, Books
from tidegate.scenario.company_holders import ArbitrageurSpec

__all__ = ["MnavArbitrageur"]

MICRO = 1_000_000
IMPACT = 0.026  # log price moved by a day's volume of coins, as of participants in a fund
PART = 0.1  # of what is missing, traded in a phase
IDLE = 0.05  # of a full position: less is not worth an order


class MnavArbitrageur(MarketAgent, ListedMember):
    """Arbitrages one firm's share.

    Parameters
    ----------
    spec : ArbitrageurSpec
        Capital and patience.
    company : TreasuryCompany
        Whose share.
    account : int
        Its account at the exchange, endowed with its capital.
    loans : StockLoans
        Where it borrows shares.
    books : Books
        Carry its futures' gains.
    volume : float
        Daily volume of the coin, USD: what a hedge costs.
    tolerance : float
        How far from the last price it trades.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: ArbitrageurSpec,
        company: TreasuryCompany,
        account: int,
        loans: StockLoans,
        books: Books,
        volume: float,
        tolerance: float,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.spec = spec
        self.company = company
        self.listed = company.listed
        self.account = account
        self.loans = loans
        self.books = books
        self.tolerance = tolerance
        self.party = f"bank/{self.path}"
        books.open(self.party)
        lot = company.coins.lot
        self.futures = FuturesHedge(books, self.party, lot=lot, impact=IMPACT, volume=volume)
        self._sent = 0
        self._closed: Any = None

    # -- position -----------------------------------------------------------------------------

    @property
    def owed(self) -> int:
        """Shares it has borrowed."""
        return self.loans.owed.get(self.account, 0)

    @property
    def position(self) -> int:
        """Shares it is long, or short where negative."""
        return self.listed.shares_held(self.account) - self.owed

    @property
    def _coin_price(self) -> float:
        coins = self.company.coins
        return coins.unit / MICRO / coins.lot

    @property
    def equity(self) -> float:
        """What it would be left with if it closed everything at last prices, USD."""
        gain = self.futures.gain(self._coin_price)
        held = self.listed.cash_held(self.account) + gain
        return held / MICRO + self.position * self.company.price

    @property
    def target(self) -> int:
        """Shares it wants to be long or short at the premium there is."""
        spec, price = self.spec, self.company.price
        premium = log(self.company.premium)
        size = min(1.0, max(0.0, abs(premium) - spec.entry) / (spec.full - spec.entry))
        shares = int(size * max(0.0, self.equity) * spec.leverage / price)
        return -shares if premium > 0.0 else shares

    # -- a session ----------------------------------------------------------------------------

    def order_listed(self, session: Session, phase: Phase, progress: float) -> None:
        """Trade a part of what is missing."""
        company = self.company
        if not company.active or company.failed:
            return
        if not self.position and abs(log(company.premium)) <= self.spec.entry:
            return
        price = company.price
        gap = self.target - self.position
        full = self.spec.leverage * max(1.0, self.equity) / price
        enough = abs(gap) < IDLE * full and self.target != 0
        if not gap or enough:
            return
        shares = max(1, int(abs(gap) * PART))
        side = Side.BUY if gap > 0 else Side.SELL
        slack = self.tolerance if gap > 0 else -self.tolerance
        limit = max(1, int(price * (1.0 + slack) / self.listed.tick))
        if side is Side.SELL:
            missing = shares - self.listed.shares(self.account)
            if missing > 0:
                self.loans.borrow(self.account, missing)
            shares = min(shares, self.listed.shares(self.account))
        else:
            cash = self.listed.cash(self.account)
            shares = min(shares, cash // (limit * self.listed.tick_value))
        arrival = self.streams.integer(
            self.path, "listed", self.clock.tick, self.clock.round, self._sent, n=2**62
        )
        self._sent += 1
        self.listed.send(self.account, side, limit, shares, Kind.IOC, arrival)

    def close_listed(self, session: Session) -> None:
        """Give back what is not short any more, pay for loans, settle futures and hedge anew."""
        days = (session.day - self._closed).days if self._closed else 1
        self._closed = session.day
        if not self.company.active:
            return
        if self.owed:
            self.loans.repay(self.account)
            self.loans.charge(self.account, self.company.price, days)
        self._settle_futures()
        self._hedge()

    def _settle_futures(self) -> None:
        if not self.futures.lots:
            return
        cash = self.listed.cash(self.account)
        self.listed.debit(self.account, USD, cash)
        self.books.move(USD, self.listed.name, self.party, cash)
        self.futures.settle(self._coin_price)
        cash = self.books.balance(self.party, USD)
        self.books.move(USD, self.party, self.listed.name, cash)
        self.listed.credit(self.account, USD, cash)

    def _hedge(self) -> None:
        """Hold as much of the coin against the shares as they are worth."""
        price = self._coin_price
        wanted = -int(self.position * self.company.price / (price * self.company.coins.lot))
        if self.company.failed:
            wanted = 0
        change = wanted - self.futures.lots
        if abs(change) > IDLE * max(abs(wanted), 1):
            self.futures.trade(change, price)
