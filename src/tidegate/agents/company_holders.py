"""Who holds one treasury company's shares: institutions, households, placements.

Institutions want the coins and no custody of their own. They value a share by its coins, times a
premium that gives way to whoever sells to them and rises with whoever buys from them: nobody sets
it. Everybody else trades with them.
"""

from __future__ import annotations

from typing import Any

from tidegate_core import Kind, Side
from tidegate_core.draws import exp, log

from tidegate.agents.base import MarketAgent
from tidegate.agents.listed_market import ListedMember, Phase
from tidegate.agents.share_desk import ShareDesk
from tidegate.agents.stock_loans import StockLoans
from tidegate.agents.trading_calendar import Session
from tidegate.agents.treasury_company import TreasuryCompany
from tidegate.books import USD, Books
from tidegate.scenario.company_holders import InstitutionSpec

__all__ = ["CompanyHolders", "Institutions", "SellingPlan"]

MICRO = 1_000_000
WORLD = "world"
RUNGS = (0.001, 0.003, 0.008, 0.02, 0.045, 0.09)  # log distance of a ladder


class Institutions(ListedMember):
    """They quote both sides around the premium at which they hold what they have.

    Parameters
    ----------
    spec : InstitutionSpec
        Their demand.
    company : TreasuryCompany
        Whose shares.
    account : int
        Their account at its exchange.
    books : Books
        Bring the money for what they bid, and take it back.
    path, streams, clock
        The key of their draws.
    """

    def __init__(
        self,
        spec: InstitutionSpec,
        *,
        company: TreasuryCompany,
        account: int,
        loans: StockLoans,
        books: Books,
        path: str,
        streams: Any,
        clock: Any,
    ) -> None:
        self.spec = spec
        self.company = company
        self.listed = company.listed
        self.account = account
        self.loans = loans
        self.books = books
        self.path = path
        self.streams = streams
        self.clock = clock
        self.fair = log(company.premium)  # log premium at which they hold what they have
        self._held = self.shares
        self._funded: object = None

    @property
    def shares(self) -> int:
        """Shares they have, with those lent."""
        return self.listed.shares_held(self.account) + self.loans.lent

    @property
    def slope(self) -> float:
        """Shares that a unit of log premium makes them give up, or take."""
        return self.spec.elasticity * self.company.shares.free_float

    def start(self) -> None:
        """Take what they have now for what they want at the premium there is."""
        self.fair = log(self.company.premium)
        self._held = self.shares

    def leave(self, part: float) -> None:
        """Lose a part of their demand: those who go sell to those who stay."""
        self.fair -= part * self.shares / self.slope

    def quote_listed(self, session: Session, phase: Phase) -> None:
        """Quote a ladder."""
        company = self.company
        if not company.active or company.failed:
            return
        value = company.value
        if session.day != self._funded:
            self._funded = session.day
            self._fund(int(2.0 * self.slope * RUNGS[-1] * value * exp(self.fair) * MICRO))
        arrival = self.streams.integer(
            self.path, f"arrival/{phase}", self.clock.tick, self.clock.round, n=2**62
        )
        slope, last, tick = self.slope, 0.0, self.listed.tick
        free, cash = self.listed.shares(self.account), self.listed.cash(self.account)
        for number, rung in enumerate(RUNGS):
            shares, last = int(slope * (rung - last)), rung
            ask = max(1, round(value * exp(self.fair + rung) / tick))
            bid = max(1, round(value * exp(self.fair - rung) / tick))
            if bid == ask:
                bid = max(1, ask - 1)
            offered = min(shares, free)
            free -= offered
            sought = min(shares, cash // (bid * self.listed.tick_value))
            cash -= sought * bid * self.listed.tick_value
            at = arrival + 2 * number
            self.listed.send(self.account, Side.SELL, ask, offered, Kind.LIMIT, at)
            if bid < ask:
                self.listed.send(self.account, Side.BUY, bid, sought, Kind.LIMIT, at + 1)

    def _fund(self, cash: int) -> None:
        if cash > 0:
            self.books.move(USD, WORLD, self.listed.name, cash)
            self.listed.credit(self.account, USD, cash)

    def settle_listed(self) -> None:
        """Let the premium give way to what was traded."""
        shares = self.shares
        self.fair -= (shares - self._held) / self.slope
        self._held = shares

    def close_listed(self, session: Session) -> None:
        """Take the money home."""
        cash = self.listed.cash(self.account)
        if cash:
            self.listed.debit(self.account, USD, cash)
            self.books.move(USD, self.listed.name, WORLD, cash)


class SellingPlan(ListedMember):
    """Somebody who has shares to sell over some sessions: a placement unlocked, an index fund.

    Parameters
    ----------
    desk : ShareDesk
        Its desk; its account holds the shares.
    sessions : int
        Over how many it sells.
    """

    def __init__(self, desk: ShareDesk, sessions: int) -> None:
        self.desk = desk
        self.sessions = sessions
        self.to_sell = 0  # shares that are to go
        self.per_session = 0
        self._day: object = None

    def sell(self, shares: int) -> None:
        """Sell so many shares from now on."""
        self.to_sell += min(shares, self.desk.shares - self.to_sell)
        self.per_session = -(-self.to_sell // self.sessions)

    def quote_listed(self, session: Session, phase: Phase) -> None:
        """Decide at the opening what goes today."""
        if session.day != self._day:
            self._day = session.day
            today = min(self.to_sell, self.per_session)
            self.desk.backlog = -int(today * self.desk.fund.value * MICRO) if today else 0
            self._before = self.desk.shares
        self.desk.quote_listed(session, phase)

    def order_listed(self, session: Session, phase: Phase, progress: float) -> None:
        """Send what is due."""
        if self.to_sell:
            self.desk.order_listed(session, phase, progress)

    def settle_listed(self) -> None:
        """Book what was sold."""
        self.desk.settle_listed()

    def close_listed(self, session: Session) -> None:
        """Take the proceeds home."""
        if session.day == self._day:
            self.to_sell = max(0, self.to_sell - (self._before - self.desk.shares))
        self.desk.close_listed(session)


class CompanyHolders(MarketAgent):
    """Heeds what happens to a firm's holders outside sessions: lock-ups, indices, scandals.

    Parameters
    ----------
    company : TreasuryCompany
        Whose shares.
    institutions : Institutions
        Its patient holders.
    placement, index : SellingPlan
        Those who bought privately, and index funds.
    scandal_hazard : float
        Rate at which management fails, 1/yr.
    """

    def __init__(
        self,
        model: Any,
        *,
        company: TreasuryCompany,
        institutions: Institutions,
        placement: SellingPlan,
        index: SellingPlan,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.company = company
        self.institutions = institutions
        self.placement = placement
        self.index = index
        self.unlocks: int | None = None  # second at which the lock-up ends
        self.placed_at = 0.0  # USD a share
        self.placed = 0  # shares
        self.placed_on = -1  # day of the run; -1: before it
        self.sells = 0.0  # part of the placement that is sold then
        self._heard: int | None = None
        self._excluded = False
        self._day = -1

    def begin(self) -> None:
        """End a lock-up, heed an index and a scandal."""
        company = self.company
        if not company.active or company.failed:
            return
        if self.unlocks is not None and self.clock.seconds >= self.unlocks:
            self.unlocks = None
            shares = company.shares.unlock(self.placement.desk.account)
            self.placement.sell(int(shares * self.sells))
        levers = company.levers()
        if levers.index_excluded and not self._excluded:
            self.index.sell(self.index.desk.shares)
        self._excluded = levers.index_excluded
        if levers.scandal is not None and levers.scandal != self._heard:
            self._heard = levers.scandal
            self._scandal()
        self._hazard()

    def _hazard(self) -> None:
        rate, day = self.company.spec.scandal_hazard, self.clock.seconds // 86_400
        if not rate or day == self._day:
            return
        self._day = day
        if self.streams.uniform(self.path, "scandal", day) < 1.0 - exp(-rate / 365.0):
            self._scandal()

    def _scandal(self) -> None:
        self.company.scandals += 1
        self.institutions.leave(self.institutions.spec.exit)
