"""A listed firm that holds coins: sells shares above their coins, buys them back below, pays bills.

Its rules are those that such firms have stated. What its shares are worth, the market of shares
decides; what its coins are, that of coins. So a fall of coins reaches it through its lender, a fall
of the premium through what it can issue, and both end in what it buys or sells.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from tidegate_core.draws import exp

from tidegate.agents.base import MarketAgent
from tidegate.agents.company_coins import CompanyCoins
from tidegate.agents.company_debt import BILLS, CompanyDebt
from tidegate.agents.company_loan import CoinCovenant
from tidegate.agents.company_offers import ShareOffers
from tidegate.agents.company_shares import CompanyShares
from tidegate.agents.listed_market import ListedMember, Phase
from tidegate.agents.mnav import conversion_shares, equity_per_share, mnav
from tidegate.agents.share_desk import ShareDesk
from tidegate.agents.trading_calendar import Session
from tidegate.books import USD, Books
from tidegate.listed_venue import ListedVenue
from tidegate.scenario.companies import CompanyLevers, CompanySpec

__all__ = ["LastPrice", "TreasuryCompany"]

MICRO = 1_000_000
YEAR_DAYS = 365.0


class LastPrice:
    """What a share last traded at, carried along with the coins since: what orders go by."""

    def __init__(self, company: TreasuryCompany) -> None:
        self.company = company

    @property
    def value(self) -> float:
        """USD a share."""
        return self.company.value * self.company.premium

    def in_force(self) -> CompanyLevers:
        """Return the levers in force."""
        return self.company.in_force()


class TreasuryCompany(MarketAgent, ListedMember):
    """A firm with its balance sheet, rules and shares.

    Parameters
    ----------
    spec : CompanySpec
        Balance sheet and rules.
    listed : ListedVenue
        Where its shares trade.
    shares : CompanyShares
        Their register.
    coins : CompanyCoins
        Its treasury.
    books : Books
        Carry its money.
    bank : str
        Its bank account in the books.
    bondholders : int
        Account at the exchange that gets the shares of bonds that convert.
    premium : float
        Price of a share over what coins and cash leave for it, before the first trade.
    tolerance : float
        How far from the last price its own orders go.
    active : bool
        False: it is a shell that may be founded.
    trading : bool
        False: its shares never trade, and keep the premium they begin with.
    levers : callable, optional
        Returns the levers in force; a bound method, so that a fork reads its own.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: CompanySpec,
        listed: ListedVenue,
        shares: CompanyShares,
        coins: CompanyCoins,
        books: Books,
        bank: str,
        bondholders: int,
        premium: float,
        tolerance: float,
        active: bool = True,
        trading: bool = True,
        levers: Callable[[], CompanyLevers] = CompanyLevers,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.spec = spec
        self.listed = listed
        self.shares = shares
        self.coins = coins
        self.books = books
        self.bank = bank
        self.premium = premium
        self.active = active
        self.trading = trading
        self.levers = levers
        self.debt = CompanyDebt(spec, books, bank)
        self.covenant = CoinCovenant(self.debt, coins)
        self.last_price = LastPrice(self)
        self.failed = False
        self.scandals = 0
        desk = ShareDesk(
            path=f"{self.path}/desk",
            listed=listed,
            account=shares.own,
            fund=self.last_price,
            books=books,
            streams=self.streams,
            clock=self.clock,
            tolerance=tolerance,
            payer=bank,
        )
        self.offers = ShareOffers(self, desk)
        self.bondholders = bondholders
        self._traded = 0  # shares at the exchange so far
        self._planned_for: dt.date | None = None
        self._closed: dt.date | None = None

    # -- balance sheet ------------------------------------------------------------------------

    @property
    def cash(self) -> int:
        """Money in the bank, at the exchanges and on its way, micro-USD."""
        here = self.books.balance(self.bank, USD) + self.coins.cash
        return here + self.listed.cash_held(self.shares.own)

    @property
    def coin_value(self) -> float:
        """What its coins are worth, USD."""
        return self.coins.lots * self.coins.unit / MICRO

    @property
    def value(self) -> float:
        """What coins and cash leave for a share once debts are paid, USD."""
        if not self.active:
            return 1.0
        cash, debt = self.cash / MICRO, self.debt.total / MICRO
        worth = equity_per_share(self.coin_value, cash, debt, self.shares.outstanding)
        return max(worth, self.listed.tick)

    @property
    def price(self) -> float:
        """Last price of a share, carried along with its coins, USD."""
        return self.last_price.value

    @property
    def cap(self) -> float:
        """Market capitalisation, USD."""
        return self.price * self.shares.outstanding

    @property
    def mnav(self) -> float:
        """(Market cap + debt - cash) over coins; 0 where it has none."""
        if not self.active or not self.coins.lots:
            return 0.0
        return mnav(self.cap, self.debt.total / MICRO, self.cash / MICRO, self.coin_value)

    @property
    def solvent(self) -> bool:
        """Whether coins and cash exceed its debts: otherwise nobody buys new shares."""
        return self.coin_value + (self.cash - self.debt.total) / MICRO > 0.0

    @property
    def sells_shares(self) -> bool:
        """Whether shares would be sold to pay bills."""
        least = max(self.spec.issuance.bills_above, self.levers().issue_floor)
        return self.solvent and self.mnav >= least

    @property
    def lots(self) -> int:
        """Lots of BTC that it owns."""
        return self.coins.lots if self.spec.coin == "BTC" else 0

    @property
    def planned(self) -> int:
        """What it has put into BTC since the start, less what it has taken out, micro-USD."""
        return self.coins.bought - self.coins.sold_for if self.spec.coin == "BTC" else 0

    def in_force(self) -> CompanyLevers:
        """Return the levers in force; a shell is not listed, a failed firm frozen."""
        levers = self.levers()
        if self.active and self.trading and not self.failed:
            return levers
        listed = self.active and self.trading
        return levers.model_copy(update={"listed": listed, "frozen": self.failed})

    # -- a tick -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Heed the lender and pay bills as far as there is money; set coins on their way."""
        if not self.active or self.failed:
            return
        self.coins.look()
        self.covenant.look()
        self._pay()
        self.coins.work()

    @property
    def pending(self) -> bool:
        """Whether more coins could be traded in this tick."""
        return self.coins.pending

    def trade(self) -> None:
        """Trade coins."""
        self.coins.trade()

    def end(self) -> None:
        """Count what was traded."""
        self.coins.settle()

    def _pay(self) -> None:
        """Pay bills; what the lender is to get is not touched."""
        free = self.books.balance(self.bank, USD) - self.covenant.marked
        self.debt.pay(BILLS, max(0, free))

    @property
    def free_cash(self) -> int:
        """Cash in the bank beyond bills, the lender's part and what is kept for bills to come."""
        bills = self.debt.owed(BILLS) + self.covenant.marked
        return self.books.balance(self.bank, USD) - bills - self._kept

    @property
    def _kept(self) -> int:
        yearly = self.debt.yearly() + int(self.spec.costs * MICRO)
        return int(yearly * self.spec.reserve_days / YEAR_DAYS)

    # -- a session ----------------------------------------------------------------------------

    def quote_listed(self, session: Session, phase: Phase) -> None:
        """Decide at the opening what is issued or bought back today."""
        if not self.active or self.failed:
            return
        if session.day != self._planned_for:
            self._planned_for = session.day
            self.offers.open(self.levers())
        self.offers.desk.quote_listed(session, phase)

    def order_listed(self, session: Session, phase: Phase, progress: float) -> None:
        """Sell new shares, or buy old ones, as the session goes on."""
        if self.active and not self.failed and self.offers.desk.wanted:
            self.offers.desk.order_listed(session, phase, progress)

    def settle_listed(self) -> None:
        """Note what was traded, and at which premium."""
        if not self.active or self.failed:
            return
        self.offers.desk.settle_listed()
        traded = self.listed.engine.traded(0)["volume"]
        if traded > self._traded:
            self._traded = traded
            self.premium = self.listed.last * self.listed.tick / self.value

    def close_listed(self, session: Session) -> None:
        """Cancel what was bought or not sold; let the day's bills fall due; invest."""
        if not self.active or self.failed:
            return
        self.offers.desk.close_listed(session)
        self.offers.close()
        days = (session.day - self._closed).days if self._closed else 1
        self._closed = session.day
        self._bills(days)
        self._bonds()
        self._pay()
        self._invest()
        self._make_money()

    def _bills(self, days: int) -> None:
        self.debt.accrue(days)
        self.debt.owe(BILLS, int(self.spec.costs * MICRO * days / YEAR_DAYS))
        free = self.coins.lots
        self.coins.earn(int(free * (exp(self.spec.staking * days / YEAR_DAYS) - 1.0)))

    def _bonds(self) -> None:
        """Let holders of bonds convert, take their money, or wait."""
        for bond, matured in self.debt.falling_due(self.clock.end):
            terms, face = bond.terms, self.debt.owed(bond.claim)
            if self.price >= terms.conversion_price:
                if matured:
                    self.debt.owe(bond.claim, -face)
                    self.shares.issue(
                        self.bondholders, conversion_shares(face, terms.conversion_price)
                    )
            else:
                self.debt.call_in(bond)

    def _invest(self) -> None:
        amount = min(self.free_cash, self.offers.to_invest)
        if amount >= MICRO:
            self.offers.to_invest -= amount
            self.coins.buy(amount)

    def _make_money(self) -> None:
        """Sell coins for bills that shares cannot pay; fail where there are none."""
        coming = self.coins.selling + self.coins.cash - self.covenant.marked
        short = self.debt.owed(BILLS) - max(0, coming)
        if short <= 0 or self.sells_shares:
            return
        self.covenant.release()
        uncovered = self.coins.sell(short)
        nothing = self.coins.lots * self.coins.unit < MICRO and self.cash < MICRO
        if uncovered > 0 and nothing:
            self.debt.write_off()
            self.failed = True

    # -- proof --------------------------------------------------------------------------------

    def differences(self) -> tuple[str, ...]:
        """Return what is wrong with shares and debts; nothing if all is in order."""
        return (*self.shares.differences(), *self.debt.differences())
