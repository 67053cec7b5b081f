"""Those who buy what a rule would bring before it brings anything: announcement before flow.

A desk with capital of its own reads which policies are pending and how likely they are, buys
ahead of the flow that they would open, and sells into it; or at once, if the rule lapses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tidegate.agents.desk_agent import DeskAgent
from tidegate.agents.trading_desk import MICRO, TradingDesk
from tidegate.books import Books
from tidegate.clock import Clock
from tidegate.scenario.anticipation import AnticipationSpec
from tidegate.scenario.execution import ExecutionSpec
from tidegate.scenario.levers import Announcement

__all__ = ["Anticipator", "expected_flow"]

DAY = 86_400


def expected_flow(pending: Sequence[Announcement], lever: str, assets: int) -> float:
    """Return the flow that pending policies would open, times their chance, micro-USD.

    Parameters
    ----------
    pending
        Policies announced and not yet decided.
    lever
        Name of the lever that sets an allocation, ``"plans.allocation"``.
    assets
        What it is an allocation of, micro-USD.
    """
    flow = 0.0
    for policy in pending:
        for name, value in policy.levers:
            if name == lever and isinstance(value, float):
                flow += policy.probability * value * assets
    return flow


class Anticipator(DeskAgent):
    """A desk that trades ahead of announced policies.

    Parameters
    ----------
    spec : AnticipationSpec
        Its capital and what it believes.
    pending : callable
        Returns the policies announced and not yet decided.
    assets_usd : int
        What the allocation is an allocation of, USD.
    accounts, books, execution, daily_volume, rounds
        As for `TradingDesk`.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: AnticipationSpec,
        pending: Callable[[], Sequence[Announcement]],
        assets_usd: int,
        accounts: Mapping[str, int],
        books: Books,
        execution: ExecutionSpec,
        daily_volume: float,
        rounds: int,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.spec, self.pending_policies = spec, pending
        self.assets = assets_usd * MICRO
        clock: Clock = self.clock
        self.desk = TradingDesk(
            path=self.path,
            venues=self.venues,
            accounts=accounts,
            books=books,
            streams=self.streams,
            clock=clock,
            execution=execution,
            daily_volume=daily_volume,
            rounds=rounds,
        )
        self.planned = 0
        self.bought = 0  # micro-USD set out to buy ahead
        self._sold_days = 0
        self._since: int | None = None

    def begin(self) -> None:
        """Compare the position with what is expected, and trade the difference."""
        self.desk.look()
        capital = round(self.spec.capital * MICRO)
        wanted = expected_flow(self.pending_policies(), self.spec.lever, self.assets)
        goal = min(int(self.spec.share * wanted), capital)
        if goal > self.bought:
            self._set_out(goal - self.bought)
            self.bought, self._since = goal, None
        elif goal == 0 and self.bought:
            self._leave()
        if self.desk.backlog or self.desk.cash:
            self.desk.work()

    def _leave(self) -> None:
        """Sell a day's part of what is left, until nothing is."""
        now = self.clock.seconds
        if self._since is None:
            self._since, self._sold_days = now, 0
            self.desk.backlog = min(self.desk.backlog, 0)
        days = (self.clock.end - self._since) // DAY
        left = max(self.spec.exit_days - self._sold_days, 1)
        due = min(days - self._sold_days, left)
        if due > 0:
            self._sold_days += due
            part = (self.desk.value + min(self.desk.backlog, 0)) * due // left
            self._set_out(-part)
            if self._sold_days >= self.spec.exit_days and self.desk.value <= self.bought // 1000:
                self.bought = 0

    def _set_out(self, amount: int) -> None:
        self.desk.backlog += amount
        self.planned += amount
