"""Plans in a foreign Mesa model: a stall, levers to turn, and peers as simple as can be."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tidegate_core import draws

from tests.agents.conftest import Stall
from tidegate.agents.plan_population import PlanPopulation
from tidegate.scenario import ExecutionSpec
from tidegate.scenario.plan_levers import PlansLevers
from tidegate.scenario.plan_population import PlanPopulationSpec
from tidegate.scenario.plan_sponsors import SponsorSpec

DAY = 86_400
MICRO = 1_000_000


class Crowd:
    """Everybody sees everybody (Bass's world), by the rule of S20's extension."""

    def __init__(self, members: int, *, p: float = 0.03, q: float = 0.38, d: float = 0.5) -> None:
        self.adopted = np.zeros(members, dtype=np.bool_)
        self.p, self.q, self.d = p, q, d

    def step(
        self,
        tick_key: int,
        years: float,
        *,
        success: NDArray[np.float64],
        drawdown: float,
        friction: NDArray[np.float64],
        open: NDArray[np.bool_],
    ) -> None:
        pull = self.q * float(success[self.adopted].sum()) / len(success)
        hazard = np.maximum(self.p + pull - self.d * drawdown - friction, 0.0)
        luck = np.empty(len(success))
        draws.fill_uniform(luck, 77, tick_key)
        self.adopted |= open & (luck < 1.0 - np.exp(-hazard * years))

    def move(self, tick_key: int, joined: Any, left: Any) -> None:
        self.adopted[joined] = True
        self.adopted[left] = False


class Everybody(Crowd):
    """Whoever may join does at once."""

    def step(self, tick_key: int, years: float, *, open: Any, **seen: Any) -> None:
        self.adopted |= open


class Dial:
    """Levers that a test turns; a bound method of it survives a fork."""

    def __init__(self, **levers: Any) -> None:
        self.now = PlansLevers(**levers)

    def read(self) -> PlansLevers:
        return self.now

    def turn(self, **levers: Any) -> None:
        self.now = self.now.model_copy(update=levers)


def small(plans: int = 12, **changes: Any) -> PlanPopulationSpec:
    fields: dict[str, Any] = {
        "assets_usd": 10**10,
        "contributions_usd": 10**9,
        "growth": 0.0,
        "pay_growth": 0.0,
        "sponsors": SponsorSpec(plans=plans),
        **changes,
    }
    return PlanPopulationSpec(**fields)


class PlanStall(Stall):
    """A stall at which plans trade with one dealer."""

    def __init__(
        self,
        spec: PlanPopulationSpec,
        dial: Dial,
        *,
        peers: Crowd | None = None,
        step: int = DAY,
        execution: ExecutionSpec | None = None,
        daily_volume: float = 1e11,
        names: tuple[str, ...] = ("stall",),
    ) -> None:
        super().__init__(names, step=step)
        self.clock.tick = -1
        self.dial = dial
        self.fund_ = PlanPopulation(
            self,
            path="plans/0",
            spec=spec,
            levers=dial.read,
            peers=peers or Everybody(spec.sponsors.plans),
            accounts={v.name: self.fund(v) for v in self.venues},
            books=self.books,
            execution=execution or ExecutionSpec(participation=1.0, sweep=1.0),
            daily_volume=daily_volume,
            rounds=1,
            **self.base,
        )

    @property
    def plans(self) -> PlanPopulation:
        return self.fund_

    def days(self, days: int, price: float = 100_000.0, lots: int = 10**9) -> None:
        for _ in range(days * DAY // self.clock.step_seconds):
            self.clock.tick += 1
            self.clock.round = 0
            self.books.settle(self.clock.seconds, self.venues)
            for venue in self.venues:
                self.quote(venue, price, lots)
            self.fund_.begin()
            self.fund_.trade()
            for venue in self.venues:
                venue.clear()
            self.fund_.end()
            self.audit()
            self.fund_.sleeve.look()
            self.fund_._check()
