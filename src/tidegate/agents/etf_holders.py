"""Those who hold a fund's shares: flows that chase returns, and patient holders who face them.

The flow of a session is decided at its opening and worked through it. Patient holders quote a
ladder around the premium at which they would hold what they have: their demand falls by
`elasticity` of all shares per log premium. Where participants can create and redeem, they rarely
trade; where nobody can, the premium is theirs to make.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from tidegate_core import Kind, Side
from tidegate_core.draws import exp, log

from tidegate.agents.base import MarketAgent
from tidegate.agents.etf_issuer import EtfIssuer
from tidegate.agents.etf_tables import HolderTable
from tidegate.agents.listed_market import ListedMember, Phase
from tidegate.agents.stock_loans import StockLoans
from tidegate.agents.trading_calendar import Session
from tidegate.books import USD, Books
from tidegate.listed_venue import ListedVenue
from tidegate.scenario.etf import FlowSpec, ShareHolderSpec

__all__ = ["EtfHolders", "FlowRule"]

MICRO = 1_000_000
DAY = 86_400
WORLD = "world"
RUNGS = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064)  # log distance of a ladder


class FlowRule:
    """What holders in sum want to put in, session by session, as a share of capitalisation.

    Parameters
    ----------
    spec : FlowSpec
        The regression.
    """

    def __init__(self, spec: FlowSpec) -> None:
        self.spec = spec
        self.flow = spec.drift / (1.0 - spec.persistence)  # its mean

    def next(self, change: float, shock: float) -> float:
        """Return the flow after a log return of the coin, with a standard normal shock."""
        spec = self.spec
        self.flow = (
            spec.drift + spec.persistence * self.flow + spec.chase * change + spec.noise * shock
        )
        return self.flow


class EtfHolders(MarketAgent, ListedMember):
    """All holders of one fund, in two accounts.

    Parameters
    ----------
    spec : ShareHolderSpec
        How they behave.
    listed : ListedVenue
        Where they trade.
    flow_account, patient_account : int
        Their accounts, endowed with the shares.
    loans : StockLoans
        What the patient holders have lent.
    issuer : EtfIssuer
        Says what a share's coins are worth.
    supply : float
        Coins in existence: with the price, what flows are a share of.
    books : Books
        Bring their money from the rest of the world and take it back.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: ShareHolderSpec,
        listed: ListedVenue,
        flow_account: int,
        patient_account: int,
        loans: StockLoans,
        issuer: EtfIssuer,
        supply: float,
        books: Books,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.spec = spec
        self.listed = listed
        self.flow_account = flow_account
        self.patient_account = patient_account
        self.loans = loans
        self.issuer = issuer
        self.supply = supply
        self.books = books
        self.rule = FlowRule(spec.flow)
        self.table = HolderTable()
        self.wanted = 0  # micro-USD in this session
        self.done = 0
        self.outstanding = issuer.trust.shares  # at the start: the scale of patient demand
        self.home_shares = self.patient_shares
        self._day: dt.date | None = None
        self._closed: dt.date | None = None
        self._before = 0.0  # price at the last opening
        self._base = 0
        self._sent = 0

    # -- position -----------------------------------------------------------------------------

    @property
    def patient_shares(self) -> int:
        """Shares of the patient holders, with those they have lent."""
        return self.listed.shares_held(self.patient_account) + self.loans.lent

    @property
    def fair_premium(self) -> float:
        """Log premium at which the patient holders would hold what they have."""
        slope = self.spec.elasticity * max(1, self.outstanding)
        return (self.home_shares - self.patient_shares) / slope

    # -- flows --------------------------------------------------------------------------------

    def _decide(self, day: dt.date) -> None:
        """Decide a session's flow at its opening."""
        price = self.issuer.spot
        change = log(price / self._before) if self._before > 0 else 0.0
        self._before = price
        shock = self.streams.normal(self.path, "flow", day.toordinal())
        wanted = self.rule.next(change, shock) * self.supply * price
        wanted -= self._fear() * self.issuer.value * self.outstanding
        self.wanted = int(wanted * MICRO)
        self.done = 0
        if self.wanted > 0:
            purse = int(self.wanted * (1.0 + self.spec.tolerance)) + MICRO
            self.books.move(USD, WORLD, self.listed.name, purse)
            self.listed.credit(self.flow_account, USD, purse)
        self._base = self.listed.cash(self.flow_account)

    def _fear(self) -> float:
        """Return the part of the fund that leaves in a session because of a hack elsewhere."""
        hacked, flow = self.issuer.levers().hacked, self.spec.flow
        if hacked is None or not flow.hack_outflow or self.clock.end <= hacked:
            return 0.0
        days = max(0.0, (self.clock.seconds - hacked) / DAY)
        over = days > flow.hack_sessions * 7.0 / 5.0
        return 0.0 if over else flow.hack_outflow / flow.hack_sessions

    def quote_listed(self, session: Session, phase: Phase) -> None:
        """Quote the patient holders' ladder, and decide the session's flow first."""
        if session.day != self._day:
            self._day = session.day
            self._decide(session.day)
        value = self.issuer.value
        if value <= 0:
            return
        slope = self.spec.elasticity * self.outstanding
        centre, last = self.fair_premium, 0.0
        free = self.listed.shares(self.patient_account)
        cash = self.listed.cash(self.patient_account)
        for rung in RUNGS:
            shares = int(slope * (rung - last))
            last = rung
            ask = round(value * exp(centre + rung) / self.listed.tick)
            bid = max(1, round(value * exp(centre - rung) / self.listed.tick))
            offered = min(shares, free)
            free -= offered
            sought = min(shares, cash // (bid * self.listed.tick_value))
            cash -= sought * bid * self.listed.tick_value
            self._send(self.patient_account, Side.SELL, ask, offered, Kind.LIMIT)
            self._send(self.patient_account, Side.BUY, bid, sought, Kind.LIMIT)

    def order_listed(self, session: Session, phase: Phase, progress: float) -> None:
        """Send what of the flow is due and not done."""
        left = int(self.wanted * progress) - self.done
        value = self.issuer.value
        if value <= 0 or abs(left) < MICRO:
            return
        if self.wanted > 0 and left > 0:
            limit = max(1, int(value * (1.0 + self.spec.tolerance) / self.listed.tick))
            worst = limit * self.listed.tick_value
            cash = self.listed.cash(self.flow_account)
            shares = min(int(left / (value * MICRO)), cash // worst)
            self._send(self.flow_account, Side.BUY, limit, shares, Kind.IOC)
        elif self.wanted < 0 and left < 0:
            limit = max(1, int(value * (1.0 - self.spec.tolerance) / self.listed.tick))
            held = self.listed.shares(self.flow_account)
            shares = min(int(-left / (value * MICRO)), held)
            self._send(self.flow_account, Side.SELL, limit, shares, Kind.IOC)

    def _send(self, account: int, side: Side, price: int, shares: int, kind: Kind) -> None:
        arrival = self.streams.integer(
            self.path, "arrival", self.clock.tick, self.clock.round, self._sent, n=2**62
        )
        self._sent += 1
        self.listed.send(account, side, price, shares, kind, arrival)

    def settle_listed(self) -> None:
        """Book what of the flow was done."""
        cash = self.listed.cash(self.flow_account)
        self.done += self._base - cash
        self._base = cash

    def close_listed(self, session: Session) -> None:
        """Take home the cash that the flow has not spent, and what it was paid."""
        self._sent = 0
        cash = self.listed.cash(self.flow_account)
        if cash:
            self.listed.debit(self.flow_account, USD, cash)
            self.books.move(USD, self.listed.name, WORLD, cash)
        self._base = 0
        if session.day != self._day:
            self.wanted = self.done = 0
        self._closed = session.day

    def end(self) -> None:
        """Record the session that has closed in this tick."""
        if not self.table.lacks(self._closed):
            return
        row = {
            "wanted": self.wanted,
            "done": self.done,
            "flow_shares": self.listed.shares_held(self.flow_account),
            "patient_shares": self.patient_shares,
            "patient_cash": self.listed.cash_held(self.patient_account),
        }
        self.table.record(self._closed, row)
