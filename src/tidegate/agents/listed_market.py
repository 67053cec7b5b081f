"""The stock exchange of a fund: sessions on a run's clock, auctions, halts, and who takes part.

A round of a tick stands for a stretch of time. The session's part in it is traded: the opening
auction if the session opens in it, continuous trading, the closing auction if it closes in it.
So a step of a day holds one session, and a step of an hour a part of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol

from tidegate.agents.base import MarketAgent
from tidegate.agents.etf_tables import ListedTable
from tidegate.agents.trading_calendar import Session, TradingCalendar
from tidegate.listed_venue import ListedVenue
from tidegate.scenario.etf import ListingSpec

__all__ = ["Fund", "ListedMarket", "ListedMember", "Phase"]

Phase = Literal["open", "continuous", "close"]
MICRO = 1_000_000


class Trading(Protocol):
    """Whether shares trade."""

    @property
    def listed(self) -> bool:
        """Whether the stock exchange trades them."""

    @property
    def frozen(self) -> bool:
        """Whether they are frozen."""


class Fund(Protocol):
    """What a listed market has to know of the fund, or firm, whose shares it trades."""

    @property
    def value(self) -> float:
        """What a share's coins are worth now, USD."""

    def in_force(self) -> Trading:
        """Return the levers in force."""


class ListedMember:
    """Who takes part in a listed market; asked in order. Does nothing unless it says so."""

    def quote_listed(self, session: Session, phase: Phase) -> None:
        """Send orders that rest."""

    def order_listed(self, session: Session, phase: Phase, progress: float) -> None:
        """Send orders that take; `progress` is the part of the session's flow that is due."""

    def settle_listed(self) -> None:
        """Book what was traded in a phase."""

    def close_listed(self, session: Session) -> None:
        """Do what is done once a session, after its close; also if it could not trade."""


class ListedMarket(MarketAgent):
    """Runs one listed venue.

    Parameters
    ----------
    listed : ListedVenue
        The venue it runs.
    calendar : TradingCalendar
        When it trades.
    spec : ListingSpec
        Auctions and halts.
    issuer : Fund
        Says what a share's coins are worth and whether the fund is frozen.
    members : sequence of ListedMember
        Who takes part.
    rounds : int
        Rounds of a tick.
    """

    def __init__(
        self,
        model: Any,
        *,
        listed: ListedVenue,
        calendar: TradingCalendar,
        spec: ListingSpec,
        issuer: Fund,
        members: Sequence[ListedMember],
        rounds: int,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.listed = listed
        self.calendar = calendar
        self.spec = spec
        self.issuer = issuer
        self.members = tuple(members)
        self.rounds = rounds
        self.table = ListedTable(listed.tick)
        self.opened_at = 0  # ticks, price of the opening auction
        self.volume = 0
        self.notional = 0
        self.halts = 0
        self.trades_now = False  # whether it trades in the round
        self.traded_this_tick = False
        self._halted_until: int | None = None
        self._last_value = 0.0  # USD, a share's coins when it last traded

    def admit(self, member: ListedMember) -> None:
        """Let one more take part: an institution's desk for shares."""
        self.members = (*self.members, member)

    # -- time ---------------------------------------------------------------------------------

    def _stretch(self) -> tuple[int, int]:
        """Return the seconds for which this round stands."""
        start, step = self.clock.seconds, self.clock.step_seconds
        number = self.clock.round
        return start + number * step // self.rounds, start + (number + 1) * step // self.rounds

    def _progress(self, session: Session, phase: Phase, second: int) -> float:
        """Return the part of a session's flow that is due."""
        if phase == "open":
            return self.spec.opening
        if phase == "close":
            return 1.0
        lasts = max(1, session.closes - session.opens)
        elapsed = min(max(second - session.opens, 0), lasts) / lasts
        return self.spec.opening + (1.0 - self.spec.opening - self.spec.closing) * elapsed

    # -- trading ------------------------------------------------------------------------------

    def begin(self) -> None:
        """Start a tick: it has not traded yet."""
        self.trades_now = self.traded_this_tick = False

    def trade(self) -> None:
        """Trade the session's part in this round."""
        self.trades_now = False
        if self.clock.round >= self.rounds:
            return
        start, end = self._stretch()
        session = self.calendar.overlapping(start, end)
        if session is None:
            return
        if start <= session.opens:
            self.opened_at = 0
        levers = self.issuer.in_force()
        if levers.listed and not levers.frozen:
            self.trades_now = self.traded_this_tick = True
            self._session_part(session, start, end)
        if session.closes <= end:
            self._close(session, shut=not levers.listed or levers.frozen)

    def _session_part(self, session: Session, start: int, end: int) -> None:
        if start <= session.opens:
            self._auction(session, "open", end)
        if self._halted_until is not None and max(start, session.opens) >= self._halted_until:
            self._halted_until = None
            self._auction(session, "continuous", end)  # trading resumes by a call
        if self._halted_until is None:
            self._continuous(session, end)
        if session.closes <= end:
            self._halted_until = None
            self._auction(session, "close", end)

    def _ask_quotes(self, session: Session, phase: Phase) -> None:
        self.listed.empty_book()
        for member in self.members:
            member.quote_listed(session, phase)

    def _ask_orders(self, session: Session, phase: Phase, end: int) -> None:
        progress = self._progress(session, phase, end)
        for member in self.members:
            member.order_listed(session, phase, progress)

    def _auction(self, session: Session, phase: Phase, end: int) -> None:
        self._ask_quotes(session, phase)
        self._ask_orders(session, phase, end)
        fair = round(self.issuer.value / self.listed.tick)
        reference = fair if phase == "open" or not self.listed.last else self.listed.last
        call = self.listed.call(max(1, reference))
        if phase == "open" and call.price is not None:
            self.opened_at = call.price
        self._settle()

    def _continuous(self, session: Session, end: int) -> None:
        self._ask_quotes(session, "continuous")
        reference = self._carried()
        low = max(1, round(reference * (1.0 - self.spec.band)))
        high = round(reference * (1.0 + self.spec.band))
        self.listed.clear(low, high)  # quotes are there before those who take them
        self._ask_orders(session, "continuous", end)
        self.listed.clear(low, high)
        traded = self._settle()
        if traded and not low < self.listed.last < high:
            self.halts += 1
            self._halted_until = min(end, self.clock.end) + self.spec.halt_seconds

    def _carried(self) -> float:
        """Return the last price carried along with the value, ticks.

        A step may be hours long: that the coins moved in it is no reason to halt the share.
        """
        value = self.issuer.value
        if self._last_value <= 0 or not self.listed.last:
            return max(1.0, value / self.listed.tick)
        return self.listed.last * value / self._last_value

    @property
    def carried(self) -> float:
        """The last price carried along with the value, USD: what is thought of it while shut."""
        return self._carried() * self.listed.tick

    def _settle(self) -> bool:
        fills = self.listed.take_fills()
        if len(fills):
            self.volume += int(fills["quantity"].sum())
            paid = int((fills["price"] * fills["quantity"]).sum())
            self.notional += paid * self.listed.tick_value
            self._last_value = self.issuer.value
        for member in self.members:
            member.settle_listed()
        return len(fills) > 0

    def _close(self, session: Session, *, shut: bool) -> None:
        self.listed.empty_book()
        value = round(self.issuer.value * MICRO)  # before the fee of the day is taken
        for member in self.members:
            member.close_listed(session)
        row = {
            "open": self.opened_at,
            "close": self.listed.last,
            "value": value,
            "volume": self.volume,
            "notional": self.notional,
            "halts": self.halts,
            "shut": int(shut),
        }
        self.table.record(session.day, row)
        self.volume = self.notional = self.halts = 0

    @property
    def premium(self) -> float:
        """Last price over what a share's coins are worth now, less one; stale while closed."""
        return self.listed.last * self.listed.tick / self.issuer.value - 1.0
