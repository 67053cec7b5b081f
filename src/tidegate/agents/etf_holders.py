"""Those who hold a fund's shares: flows that chase returns, and patient holders who face them.

The flow of a session is decided at its opening and worked through it. Patient holders quote a
ladder around the premium at which they would hold what they have: their demand falls by
`elasticity` of all shares per log premium. Where participants can create and redeem, they rarely
trade; where nobody can, the premium is theirs to make.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from tidegate_core import Kind, Side
from tidegate_core.draws import exp, log

from tidegate.agents.base import MarketAgent
from tidegate.agents.carry_trade import CarryTrade
from tidegate.agents.etf_issuer import EtfIssuer
from tidegate.agents.etf_tables import HolderTable
from tidegate.agents.listed_market import ListedMember, Phase
from tidegate.agents.share_desk import ShareDesk
from tidegate.agents.stock_loans import StockLoans
from tidegate.agents.trading_calendar import Session
from tidegate.books import Books
from tidegate.listed_venue import ListedVenue
from tidegate.scenario.etf import FlowSpec, ShareHolderSpec

__all__ = ["EtfHolders", "FlowRule"]

MICRO = 1_000_000
DAY = 86_400
RUNGS = (0.0005, 0.001, 0.002, 0.005, 0.015, 0.064)  # log distance of a ladder


def unmoved() -> float:
    """Return that no fear drives anybody out."""
    return 0.0


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

    Attributes
    ----------
    carry : CarryTrade or None
        Basis traders among them; None: there are none.
    scared : callable
        Returns the share of the fund that fear drives out in a session; a bound method, so that a
        fork asks its own.
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
        self.patient_account = patient_account
        self.loans = loans
        self.issuer = issuer
        self.supply = supply
        self.rule = FlowRule(spec.flow)
        self.table = HolderTable()
        self.desk = ShareDesk(
            path=f"{self.path}/flow",
            listed=listed,
            account=flow_account,
            fund=issuer,
            books=books,
            streams=self.streams,
            clock=self.clock,
            tolerance=spec.tolerance,
        )
        self.outstanding = issuer.trust.shares  # at the start: the scale of patient demand
        self.home_shares = self.patient_shares
        self.carry: CarryTrade | None = None
        self.scared: Callable[[], float] = unmoved
        self._feared = self._carried = 0  # micro-USD wanted in the session, of all that is wanted
        self._day: dt.date | None = None
        self._closed: dt.date | None = None
        self._before = 0.0  # price at the last opening
        self._arrival = 0

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
        whole = self.issuer.value * self.outstanding
        self._feared = -int((self._fear() + self.scared()) * whole * MICRO)
        self._carried = self._carry(day, price)
        # What a session leaves is given up.
        self.desk.backlog = int(wanted * MICRO) + self._feared + self._carried

    def _carry(self, day: dt.date, price: float) -> int:
        """Return what basis traders buy in a session, micro-USD; below 0, sell."""
        if self.carry is None or price <= 0.0:
            return 0
        shift = self.issuer.levers().basis_shift
        return int(self.carry.decide(day.toordinal(), price, shift) * self.issuer.value * MICRO)

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
        self.desk.quote_listed(session, phase)
        value = self.issuer.value
        if value <= 0:
            return
        self._arrival = self.streams.integer(
            self.path, f"arrival/{phase}", self.clock.tick, self.clock.round, n=2**62
        )
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
            self._send(Side.SELL, ask, offered)
            self._send(Side.BUY, bid, sought)

    def order_listed(self, session: Session, phase: Phase, progress: float) -> None:
        """Send what of the flow is due and not done."""
        self.desk.order_listed(session, phase, progress)

    def _send(self, side: Side, price: int, shares: int) -> None:
        self._arrival += 1
        self.listed.send(self.patient_account, side, price, shares, Kind.LIMIT, self._arrival)

    def settle_listed(self) -> None:
        """Book what of the flow was done."""
        self.desk.settle_listed()

    def close_listed(self, session: Session) -> None:
        """Take home the cash that the flow has not spent, and what it was paid."""
        self.desk.close_listed(session)
        self._closed = session.day

    def end(self) -> None:
        """Record the session that has closed in this tick."""
        if not self.table.lacks(self._closed):
            return
        row = {
            "wanted": self.desk.wanted,
            "done": self.desk.done,
            "feared": self._feared,
            "carried": self._carried,
            "flow_shares": self.desk.shares,
            "patient_shares": self.patient_shares,
            "patient_cash": self.listed.cash_held(self.patient_account),
        }
        self.table.record(self._closed, row)
