"""A stall at which states trade along a price path that nobody moves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from tests.agents.conftest import MICRO, Stall
from tidegate.agents.sovereign_fund import SovereignFund
from tidegate.agents.sovereign_market import Sovereigns
from tidegate.books import BTC, USD
from tidegate.scenario.execution import ExecutionSpec
from tidegate.scenario.reserve_levers import ReserveLevers
from tidegate.scenario.reserve_plan import FundingMix, PlanSpec
from tidegate.scenario.sovereign import StateSpec, StatesSpec

DAY = 86_400
START = dt.date(2026, 1, 5)  # a Monday
LOT = 1e-4
FAST = ExecutionSpec(window_hours=1.0, participation=1.0, sweep=1.0)
FIRM = {"funding_credibility": 1.0, "date_credibility": 1.0}


def funding(source: str) -> FundingMix:
    return FundingMix.model_validate({"budget": 0.0, source: 1.0})


def plan(**changes: Any) -> PlanSpec:
    """Return a plan of 100 M USD in ten days from the first day, in which nothing is random."""
    fields: dict[str, Any] = {
        "size_usd": 100e6,
        "announced": START,
        "start": START,
        "days": 10,
        "lapse_rate": 0.0,
    }
    return PlanSpec(**{**fields, **changes})


def state(**changes: Any) -> StateSpec:
    fields: dict[str, Any] = {
        "code": "kz",
        "name": "Kazakhstan",
        "fx_usd": 1e9,
        "funding": funding("fx"),
        "plan": plan(),
    }
    return StateSpec(**{**fields, **changes})


class LeverCard:
    """Levers on a card: a bound method of it is what states ask."""

    def __init__(self) -> None:
        self.now = ReserveLevers()

    def read(self) -> ReserveLevers:
        return self.now


class StateStall(Stall):
    """One venue, one dealer, and states."""

    def __init__(self, *, hours: int = 4, seed: int = 1, terms: StatesSpec | None = None) -> None:
        super().__init__(step=3600 * hours)
        self.streams = type(self.streams)(seed)
        self.clock.tick = -1
        self.terms = terms or StatesSpec(execution=FAST)
        self.books.open("others")
        self.books.move(BTC, "network", "others", 10**11)
        self.card = LeverCard()
        self.players: list[SovereignFund | Sovereigns] = []

    def fund_of(self, spec: StateSpec, **changes: Any) -> SovereignFund:
        """Add a state as a fund of its own."""
        fund = SovereignFund(
            self,
            spec=spec,
            accounts=self._accounts(),
            books=self.books,
            daily_volume=40e9,
            terms=self.terms,
            levers=self.card.read,
            **changes,
            **self.base,
        )
        self.players.append(fund)
        return fund

    def states(self, *specs: StateSpec, **changes: Any) -> Sovereigns:
        """Add states as one agent."""
        market = Sovereigns(
            self,
            path="states",
            spec=self.terms.model_copy(update={"states": specs}),
            accounts=[self._accounts() for _ in specs],
            books=self.books,
            daily_volume=40e9,
            levers=self.card.read,
            **changes,
            **self.base,
        )
        self.players.append(market)
        return market

    def _accounts(self) -> dict[str, int]:
        return {venue.name: venue.open_accounts() for venue in self.venues}

    def tick(self, price: float) -> None:
        """Advance by a tick at a price in USD."""
        self.clock.tick += 1
        self.clock.round = 0
        self.books.settle(self.clock.seconds, self.venues)
        for venue in self.venues:
            self.quote(venue, price)
        for player in self.players:
            player.begin()
        while True:
            for player in self.players:
                player.trade()
            for venue in self.venues:
                venue.clear()
            self.clock.round += 1
            pending = [player.pending for player in self.players]
            if self.clock.round > 20 or not any(pending):
                break
        for player in self.players:
            player.end()

    def run(self, prices: Sequence[float], each: Callable[[], None] = lambda: None) -> None:
        """Run a day for each price, and call something after every tick."""
        for price in prices:
            for _ in range(self.clock.ticks_per_day):
                self.tick(price)
                each()

    def prove(self) -> None:
        """Prove that every unit is accounted for, by books and by states."""
        self.audit()
        for player in self.players:
            player._check()

    def total_coins(self) -> int:
        """Return all lots that anybody holds."""
        return -self.books.balance("network", BTC)

    def total_usd(self) -> int:
        return -self.books.balance("world", USD)


__all__ = ["DAY", "FAST", "FIRM", "LOT", "MICRO", "START", "StateStall", "funding", "plan", "state"]
