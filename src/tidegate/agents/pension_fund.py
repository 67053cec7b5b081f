"""The pension sector as a trader: its plan's flows, executed on real venues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.agents.desk_agent import DeskAgent
from tidegate.agents.pension_plan import PensionPlan
from tidegate.agents.trading_desk import TradingDesk
from tidegate.books import Books
from tidegate.levers import Board
from tidegate.scenario.execution import ExecutionSpec

__all__ = ["PensionFund"]

MICRO = 1_000_000


class PensionFund(DeskAgent):
    """Buys, holds and rebalances what a `PensionPlan` asks for.

    Every tick the plan's flow (paydays, shifting of existing assets, rebalancing, less fees)
    joins a backlog. The part that buys BTC is wired to the venues and worked in slices over the
    execution window, within a share of the market's volume; the rest of the flow into crypto is
    accounted to the rest of the world.

    Parameters
    ----------
    plan : PensionPlan
        What the sector wants; levers on the board change it.
    accounts : mapping of venue name to account
        Its client account at each venue.
    books : Books
        Carries its bank account (named like its path) and its transfers.
    board : Board
        The levers in force.
    execution : ExecutionSpec
        How it trades.
    daily_volume : float
        Calm volume of the whole market, USD per day: the base of the participation cap.
    rounds : int
        Rounds of a tick over which a slice is spread.
    """

    def __init__(
        self,
        model: Any,
        *,
        plan: PensionPlan,
        accounts: Mapping[str, int],
        books: Books,
        board: Board,
        execution: ExecutionSpec,
        daily_volume: float,
        rounds: int,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.plan = plan
        self.board = board
        self.desk = TradingDesk(
            path=self.path,
            venues=self.venues,
            accounts=accounts,
            books=books,
            streams=self.streams,
            clock=self.clock,
            execution=execution,
            daily_volume=daily_volume,
            rounds=rounds,
        )
        self.planned = 0  # micro-USD of new money for coins since the start, before any trade
        self.elsewhere = 0  # micro-USD of the flow that went to other coins
        self.pool = 0.0  # micro-USD within reach of the route, without gains on the sleeve

    # -- the fund's position ------------------------------------------------------------------

    @property
    def cash(self) -> int:
        """Cash it holds on all venues, micro-USD."""
        return self.desk.cash

    @property
    def value(self) -> int:
        """Value of its coins at the indicative prices, micro-USD."""
        return self.desk.value

    @property
    def backlog(self) -> int:
        """What is decided and not traded yet, micro-USD; positive buys."""
        return self.desk.backlog

    @property
    def invested(self) -> int:
        """What was spent on coins less proceeds, fees included, micro-USD."""
        return self.desk.invested

    # -- planning -----------------------------------------------------------------------------

    def begin(self) -> None:
        """Take up the levers, add the tick's flow to the backlog and fund the venues."""
        self.desk.look()
        self._follow_levers()
        if self._idle():
            return
        self._plan_flow()
        self.desk.work()

    def _idle(self) -> bool:
        """Whether there is nothing to plan: never opened, or frozen by the levers."""
        plan = self.plan
        closed = plan.adoption_start is None and not (plan.held_assets or plan.held_contributions)
        return self.board.now.pension.frozen or (closed and not self.backlog)

    def _follow_levers(self) -> None:
        levers = self.board.now.pension
        if levers == self.plan.levers:
            return
        if levers.route != self.plan.levers.route or not self.pool:
            self.pool = (
                self.plan.assets_usd * MICRO * getattr(self.plan.routes, levers.route).asset_reach
            )
        self.plan = self.plan.with_levers(levers, self.clock.seconds)

    def _plan_flow(self) -> None:
        start, end = self.clock.seconds, self.clock.end
        plan, value = self.plan, self.value
        flow = plan.flow(start, end)
        self.pool += plan.contributions(start, end) * plan.route.contribution_reach
        btc, rest = plan.split(flow)
        self.planned += btc
        if plan.btc_share:
            btc_again, rest_again = plan.split(self._rebalancing(btc))
            btc, rest = btc + btc_again, rest + rest_again
        self.elsewhere += rest
        self.desk.backlog += btc - plan.fee(value, start, end)

    def _rebalancing(self, coming: int) -> int:
        """Return what the rule trades, given the flow into BTC that is `coming` in this tick.

        Other coins are taken to move with BTC: the whole sleeve follows from the BTC part.
        """
        plan, value = self.plan, self.value
        sleeve = int((value + max(self.backlog + coming, -value)) / plan.btc_share)
        pool = int(self.pool + (value - self.invested) / plan.btc_share)
        if sleeve > pool:
            return 0
        return plan.rebalancing_flow(self.clock.seconds, self.clock.end, sleeve, pool)
