"""An exchange with spot and perpetuals: marks, liquidation at its own pace, funding, outages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray
from tidegate_core.engine import Engine
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.mark import FundingClock, MarkPrice, premium
from tidegate_crowd.leveraged import LeveragedCrowd

from tidegate.scenario.coins import CoinSpec
from tidegate.scenario.leveraged import ExchangeSpec
from tidegate.scenario.levers import Levers, OutageLevers
from tidegate.scenario.venue_rules import MarkRule, VenueRules

__all__ = ["LeveragedExchange", "Pace"]

FUND, VAULT = 2, 3  # house accounts of a margin engine
PPB_OF_PPM = 1_000
UP = OutageLevers()


@dataclass(slots=True)
class Pace:
    """Throughput of a liquidation engine, in real accounts; what is not used is not saved up."""

    per_second: float
    credit: float = 0.0

    def grant(self, seconds: float) -> int:
        """Return how many accounts may be worked on in a stretch of time."""
        self.credit = min(self.credit, 0.0) + self.per_second * seconds
        return max(int(self.credit), 0)

    def spend(self, accounts: int) -> None:
        """Take note of what was used; a step that cost more than was left is paid off later."""
        self.credit -= accounts


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
    ) -> None:
        super().__init__(model)
        self.spec = spec
        self.name = spec.name
        self.rules = rules
        self.coins = tuple(coins)
        self.spot = spot
        self.margin = margin
        self.crowd = crowd
        self.pace = Pace(rules.waterfall.throughput_per_second)
        self.marks = [_mark(rules.mark) for _ in self.coins]
        self.clocks = [_clock(rules.mark) for _ in self.coins]
        self.outage = UP
        self.events: list[NDArray[Any]] = []

    # -- state of the venue -------------------------------------------------------------------

    def heed(self, levers: Levers) -> None:
        """Let an outage, or a freeze of all liquidation, begin or end here."""
        here = levers.outage if levers.outage.exchange == self.name else UP
        self.outage = here
        self.margin.accepting = not here.users
        self.margin.liquidating = not (here.engine or levers.leverage.frozen)

    @property
    def waiting(self) -> int:
        """How many targets wait for liquidation."""
        return len(self.margin.queue())

    # -- a round ------------------------------------------------------------------------------

    def mark(self, now: int, index: Sequence[int]) -> None:
        """Set the marks and let the engine find out who is due.

        Parameters
        ----------
        now : int
            Second of the run.
        index : sequence of int
            Spot price of each coin over all exchanges, ticks.
        """
        self.margin.time = now
        marks = []
        for contract, price in enumerate(index):
            bid, ask = self.margin.best_bid(contract), self.margin.best_ask(contract)
            mid = None if bid is None or ask is None else (bid + ask) // 2
            last = self.margin.last_price(contract)
            marks.append(self.marks[contract].update(now, price, mid, last))
            self._fund(contract, now, premium(price, bid, ask))
        self.margin.set_marks(marks)

    def _fund(self, contract: int, now: int, premium_ppb: int) -> None:
        rate = self.clocks[contract].update(now, premium_ppb)
        if rate is not None:
            self.margin.fund(contract, rate)
            self.marks[contract].set_rate(rate)

    def liquidate(self, now: int, seconds: float) -> int:
        """Work through the queue at the engine's pace; return how many events there were."""
        if self.margin.liquidating:
            self.pace.spend(self.margin.liquidate(now, self.pace.grant(seconds)))
        events = self.margin.take_events()
        if len(events):
            self.crowd.notice(self.margin, events)
            self.events.append(events)
        return len(events)

    def take_events(self) -> NDArray[Any]:
        """Hand out the events of liquidation since the last call."""
        if not self.events:
            return self.margin.take_events()
        events = np.concatenate(self.events)
        self.events = []
        return events

    # -- reading ------------------------------------------------------------------------------

    def totals(self) -> tuple[int, ...]:
        """Return what clients hold by asset: USD of both engines, then coins on spot."""
        spot, margin = self.spot.audit(), self.margin.audit()
        cash = sum(spot["USD"][part] for part in ("free", "reserved"))
        coins = [sum(spot[coin.name][part] for part in ("free", "reserved")) for coin in self.coins]
        return cash + margin["assets"]["USD"]["inflow"], *coins

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
        1_000_000_000 if rule.cap_ppm is None else rule.cap_ppm * PPB_OF_PPM,
    )
