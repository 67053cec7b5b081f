"""An exchange with spot and perpetuals: marks, liquidation at its pace, funding, faults."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray
from tidegate_core.engine import Engine
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.mark import FundingClock, MarkPrice
from tidegate_core.marking import take_marks
from tidegate_crowd.leveraged import LeveragedCrowd

from tidegate.agents.account_tally import AccountTally
from tidegate.agents.circuit_breaker import CircuitBreaker
from tidegate.agents.lockout import Lockout, LockoutLoss, Settlement
from tidegate.agents.pace import Pace
from tidegate.scenario.coins import CoinSpec
from tidegate.scenario.leveraged import ExchangeSpec
from tidegate.scenario.levers import Levers, OutageLevers
from tidegate.scenario.venue_rules import MarkRule, VenueRules

__all__ = ["BeyondRangeError", "LeveragedExchange"]

VENUE, FUND, VAULT = 0, 2, 3  # house accounts of a margin engine
USD = 0
MICRO = 1_000_000
HOUR = 3_600
PPB = 1_000_000_000
PPB_OF_PPM = 1_000
UP = OutageLevers()


class BeyondRangeError(ArithmeticError):
    """A price has run further than an exchange's engine can count."""


class LeveragedExchange(mesa.Agent):  # type: ignore[misc]
    """Runs one exchange: spot books, perpetual contracts, and what happens below maintenance.

    Parameters
    ----------
    model : mesa.Model
        The model it belongs to.
    spec : ExchangeSpec
        Its name and shares.
    rules : VenueRules
        Margin, marks, waterfall, fees.
    coins : sequence of CoinSpec
        What it lists, in the order of instruments and contracts.
    spot : Engine
        Spot books against USD.
    margin : MarginEngine
        Perpetuals settled in USD.
    crowd : LeveragedCrowd
        The public that trades on margin here.
    assets : sequence of str, optional
        All that the books keep, in their order; by default USD and the coins.
    tolerance : float, optional
        Loss in an outage, USD a real account, beyond which users leave; by default none does.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: ExchangeSpec,
        rules: VenueRules,
        coins: Sequence[CoinSpec],
        spot: Engine,
        margin: MarginEngine,
        crowd: LeveragedCrowd,
        assets: Sequence[str] = (),
        tolerance: float | None = None,
    ) -> None:
        super().__init__(model)
        self.spec = spec
        self.name = spec.name
        self.rules = rules
        self.coins = tuple(coins)
        self.spot = spot
        self.margin = margin
        self.crowd = crowd
        self.assets = tuple(assets) or ("USD", *(coin.name for coin in coins))
        self.pace = Pace(rules.waterfall.throughput_per_second)
        self.marks = [_mark(rules.mark) for _ in self.coins]
        self.clocks = [_clock(rules.mark) for _ in self.coins]
        self.breaker = CircuitBreaker(rules.breaker, len(self.coins))
        self.outage = UP
        self.frozen = False  # nobody is liquidated, by a rule of all exchanges
        self.leverage_cap: int | None = None  # of new positions
        self.lockout = Lockout()
        self.unsettled: list[Settlement] = []  # outages whose users' losses are not marked yet
        self.overloaded = False
        self.frozen_until = 0  # second at which an overload stops to freeze withdrawals
        self.tolerance = tolerance
        self.paid: list[LockoutLoss] = []  # not yet on the tape
        self.events: list[NDArray[Any]] = []
        self.fills_digest = b""
        self.units = [coin.tick_value for coin in self.coins]
        self.index = [round(coin.price / coin.tick) for coin in self.coins]  # of the last marks
        self.tally = AccountTally(
            margin,
            crowd.first,
            crowd.n,
            self.units,
            self.index,
        )

    # -- state of the venue -------------------------------------------------------------------

    def heed(self, levers: Levers) -> int:
        """Let an outage, a cap on leverage or a freeze of all liquidation begin or end here.

        Users who could not act are compensated as they can act again, or as many hours later as
        the outage says. Who became due meanwhile and is closed only then counts among them.

        Returns
        -------
        int
            Micro-USD that the exchange's owners had to bring for that.
        """
        before = self.outage
        self.outage = levers.outage_of(self.name)
        self.margin.accepting = not self.outage.desks
        self.leverage_cap = levers.leverage.cap
        self.frozen = levers.leverage.frozen
        self._switch_engine()
        if before.users and not self.outage.users:
            self._end_lockout(before)
        return self._settle(self.margin.time)

    def _end_lockout(self, outage: OutageLevers) -> None:
        due = self.margin.time + round(outage.settled_hours * HOUR)
        late = set() if self.frozen else {account for account, _ in self.margin.queue()}
        self.unsettled.append(Settlement(due, outage.compensation, self.lockout, late))
        self.lockout = Lockout()

    def _settle(self, now: int) -> int:
        """Mark and pay the losses that are due; return micro-USD that owners bring."""
        if not self.unsettled:
            return 0
        late = any(entry.late for entry in self.unsettled)
        waiting = {account for account, _ in self.margin.queue()} if late else set()
        brought = 0
        for entry in self.unsettled:
            brought += self._compensate(entry.settle(now, waiting, self.index, self.units))
        self.unsettled = [entry for entry in self.unsettled if not entry.done]
        return brought

    def _switch_engine(self) -> None:
        jammed = self.overloaded and not self.rules.outage.engine_runs_on
        self.margin.liquidating = not (self.outage.engine or self.frozen or jammed)

    def _compensate(self, losses: Sequence[LockoutLoss]) -> int:
        self.paid += losses
        self._let_go(losses)
        due = [loss for loss in losses if loss.paid]
        total = sum(loss.paid for loss in due)
        lacking = max(0, total - self.margin.balance(VENUE))
        if not total:
            return 0
        account = np.array([loss.account for loss in due], dtype=np.int64)
        amount = np.array([loss.paid for loss in due], dtype=np.int64)
        codes = [self.margin.deposit(VENUE, USD, lacking), self.margin.withdraw(VENUE, USD, total)]
        codes += self.margin.deposit_many(account=account, asset=USD, amount=amount).tolist()
        assert not any(codes), f"{self.name} could not pay {total} micro-USD to its users"
        self.tally.pay(account, amount)
        return lacking

    def _let_go(self, losses: Sequence[LockoutLoss]) -> None:
        """Let those leave for good who are left with more than they bear."""
        if self.tolerance is None:
            return
        many, most = self.margin.multiplicity, self.tolerance * MICRO
        gone = [row.account for row in losses if row.loss - row.paid > most * many(row.account)]
        self.crowd.leave(self.margin, np.array(gone, dtype=np.int64))

    @property
    def waiting(self) -> int:
        """How many targets wait for liquidation."""
        return self.margin.waiting

    @property
    def busy(self) -> bool:
        """Whether its engine has somebody to liquidate."""
        return self.margin.liquidating and self.margin.waiting > 0

    # -- a round ------------------------------------------------------------------------------

    def admit(
        self,
        now: int,
        stress: NDArray[np.float64],
        momentum: NDArray[np.float64],
        appetite: NDArray[np.float64] | None = None,
    ) -> int:
        """Let the public renew, stop and top up, if it can reach the exchange.

        Parameters
        ----------
        now : int
            Second of the run.
        stress, momentum, appetite : column of float
            By coin, see `LeveragedCrowd.wake`.

        Returns
        -------
        int
            Micro-USD of new money that came with it.
        """
        margin = self.margin
        open_to_all, margin.accepting = margin.accepting, not self.outage.users
        brought = self.crowd.wake(margin, now, stress, momentum, self.leverage_cap, appetite)
        brought += self.crowd.alert(margin)
        margin.accepting = open_to_all
        return brought + self._watch_load(now) + self._settle(now)

    def _watch_load(self, now: int) -> int:
        """Let an overload begin or end; return micro-USD that owners bring for who waited."""
        before, self.overloaded = self.overloaded, self.crowd.intake.overloaded
        if self.overloaded != before:
            self._switch_engine()
        if self.overloaded:
            self.frozen_until = now + self.rules.outage.withdrawal_freeze_seconds
        elif before and not self.outage.users:
            share = self.rules.outage.compensation
            return self._compensate(self.lockout.settle(self.index, self.units, share))
        return 0

    @property
    def withdrawals_frozen(self) -> bool:
        """Whether nothing can be withdrawn now."""
        return self.outage.withdrawals or self.margin.time < self.frozen_until

    def mark(self, now: int, index: Sequence[int]) -> None:
        """Set the marks and let the engine find out who is due.

        Parameters
        ----------
        now : int
            Second of the run.
        index : sequence of int
            Spot price of each coin over all exchanges, ticks.

        Raises
        ------
        BeyondRangeError
            When a mark is above the highest price of its contract: the run cannot go on.
        """
        self.margin.time = now
        self.index = list(index)
        marks, due = take_marks(self.margin, now, index, self.marks, self.clocks)
        for contract, rate in due:
            self._fund(contract, rate)
        try:
            self.margin.set_marks(marks)
        except ValueError as error:
            raise BeyondRangeError(
                f"{self.spec.name} cannot mark its perpetuals at second {now}, as a price has "
                f"risen further than its engine counts: {error}"
            ) from error
        self._pause(now, marks)
        self._book_trades()
        self._chain_fills(self.spot)

    def _book_trades(self, *, liquidation: bool = False) -> None:
        """Tell everybody whom it concerns of the trades in perpetuals since the last call."""
        self.tally.trade(self.margin, liquidation=liquidation)
        self._chain_fills(self.margin)

    def _chain_fills(self, engine: Engine | MarginEngine) -> None:
        """Take an engine's fills since the last call and chain them into the digest."""
        if len(engine):
            chain = self.fills_digest + engine.take_log()
            self.fills_digest = blake2b(chain, digest_size=16).digest()

    def _pause(self, now: int, marks: Sequence[int]) -> None:
        """Halt the perpetuals whose marks moved too far, and resume those whose time is over."""
        before, after = self.breaker.paused, self.breaker.watch(now, marks)
        if before == after:
            return
        for contract in set(before) - set(after):
            self.margin.resume(contract)
        for contract in set(after) - set(before):
            self.margin.halt(contract)

    def _fund(self, contract: int, rate: int) -> None:
        rate = max(-PPB, min(rate, PPB))  # of long ticks' intervals: no more than all that is held
        self.tally.fund(self.margin, contract, rate)
        self.margin.fund(contract, rate)
        self.marks[contract].set_rate(self.clocks[contract].rate_ppb)  # the last interval's alone

    def liquidate(self, now: int, seconds: float) -> int:
        """Work through the queue at the engine's pace; return how many events there were."""
        if self.margin.liquidating:
            with self._engine_in_pauses():
                self.pace.spend(self.margin.liquidate(now, self.pace.grant(seconds)))
        return self._take_note()

    def _take_note(self) -> int:
        """Tell everybody whom it concerns of the engine's events; return how many there were."""
        if not self.margin.has_events:
            return 0
        events = self.margin.take_events()
        self._book_trades(liquidation=True)
        self.tally.liquidate(events)
        self._record_losses(events)
        self.crowd.notice(self.margin, events)
        self.events.append(events)
        return len(events)

    def _record_losses(self, events: NDArray[Any]) -> None:
        """Keep what liquidation takes from who cannot act, or could not when it became due."""
        for entry in self.unsettled:
            events = entry.record(events)
        if self.outage.users:
            self.lockout.record(events)
        elif self.overloaded:
            self.lockout.record(events[self.crowd.held_up(events["account"])])

    @contextmanager
    def _engine_in_pauses(self) -> Iterator[None]:
        """Let the liquidation engine trade in paused contracts, if the rule says so."""
        open_to_it = self.breaker.paused if self.rules.breaker.engine_runs_during_pause else ()
        for contract in open_to_it:
            self.margin.resume(contract)
        try:
            yield
        finally:
            for contract in open_to_it:
                self.margin.halt(contract)

    def take_paid(self) -> list[LockoutLoss]:
        """Hand out the losses in outages that were settled since the last call."""
        paid, self.paid = self.paid, []
        return paid

    def take_events(self) -> NDArray[Any]:
        """Hand out the events of liquidation since the last call."""
        self._take_note()
        events = self.events or [self.margin.take_events()]
        self.events = []
        return np.concatenate(events, dtype=events[0].dtype)

    # -- reading ------------------------------------------------------------------------------

    def totals(self) -> tuple[int, ...]:
        """Return what clients hold by asset, on both engines."""
        spot, margin = self.spot.audit(), self.margin.audit()["assets"]
        return tuple(
            spot[name]["free"] + spot[name]["reserved"] + margin.get(name, {"held": 0})["held"]
            for name in self.assets
        )

    def interest(self) -> int:
        """Return the open interest of one side at the marks, micro-USD."""
        return sum(
            self.margin.open_interest(contract) * (self.margin.mark(contract) or 0) * c.tick_value
            for contract, c in enumerate(self.coins)
        )

    def credit(self, account: int, asset: int, amount: int) -> None:
        """Add to a spot account's free balance."""
        if self.spot.deposit(account, asset, amount):
            raise ValueError(f"credit of {amount} on account {account} of {self.name} refused")

    def debit(self, account: int, asset: int, amount: int) -> None:
        """Take from a spot account's free balance."""
        if self.withdrawals_frozen:
            raise ValueError(
                f"withdrawals from {self.name} are frozen; it takes them again after its outage"
            )
        if self.spot.withdraw(account, asset, amount):
            raise ValueError(f"debit of {amount} on account {account} of {self.name} refused")

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails); slow."""
        self.spot._check()
        self.margin._check()
        self.crowd._check(self.margin)


def _mark(rule: MarkRule) -> MarkPrice:
    return MarkPrice(rule.method, rule.basis_window_seconds, rule.funding_hours)


def _clock(rule: MarkRule) -> FundingClock:
    return FundingClock(
        rule.funding_hours,
        rule.interest_ppm * PPB_OF_PPM,
        rule.clamp_ppm * PPB_OF_PPM,
        PPB if rule.cap_ppm is None else rule.cap_ppm * PPB_OF_PPM,
    )
