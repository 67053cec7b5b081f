"""The pension sector as a trader: its plan's flows, executed on real venues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate_core import Kind, Side
from tidegate_core.draws import exp

from tidegate.agents.base import MarketAgent
from tidegate.agents.pension_plan import PensionPlan
from tidegate.books import USD, Books
from tidegate.levers import Board
from tidegate.scenario.execution import ExecutionSpec
from tidegate.venue import Venue

__all__ = ["PensionFund"]

MICRO = 1_000_000
WORLD = "world"
ROUNDING = 1e-9  # kept back of what cash could buy, so that floats never overspend


class PensionFund(MarketAgent):
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
        self.accounts = dict(accounts)
        self.books = books
        self.board = board
        self.execution = execution
        self.rounds = rounds
        self.backlog = 0  # micro-USD still to trade; positive buys
        self.planned = 0  # micro-USD of new money for coins since the start, before any trade
        self.elsewhere = 0  # micro-USD of the flow that went to other coins
        self.invested = 0  # micro-USD spent on coins less proceeds, fees included
        self.pool = 0.0  # micro-USD within reach of the route, without gains on the sleeve
        self._slice = 0
        self._wires: list[tuple[int, int]] = []
        self._cash = 0
        # What a tick works off: a cap from the market's volume, a pace from the window.
        step = self.clock.step_seconds
        self._cap = int(execution.participation * daily_volume * step / 86_400 * MICRO)
        self._pace = 1.0 - exp(-step / (3600.0 * execution.window_hours))
        self.bank = f"bank/{self.path}"
        books.open(self.bank)

    # -- the fund's position ------------------------------------------------------------------

    @property
    def lots(self) -> int:
        """Lots it holds on all venues."""
        return sum(v.coins(self.accounts[v.name]) for v in self.venues)

    @property
    def cash(self) -> int:
        """Cash it holds on all venues, micro-USD."""
        return sum(v.cash(self.accounts[v.name]) for v in self.venues)

    @property
    def value(self) -> int:
        """Value of its coins at the indicative prices, micro-USD."""
        total = 0.0
        for v in self.venues:
            total += v.coins(self.accounts[v.name]) * v.lot * v.price(v.indicative)
        return int(total * MICRO)

    # -- planning -----------------------------------------------------------------------------

    def begin(self) -> None:
        """Take up the levers, add the tick's flow to the backlog and fund the venues."""
        self._cash += self._arrived()
        self._book_trades()
        self._slice = 0
        self._follow_levers()
        if self._idle():
            return
        self._plan_flow()
        self._fund()
        self._return_surplus()
        self._slice = self._next_slice()

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
        self.backlog += btc - plan.fee(value, start, end)

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

    def _fund(self) -> None:
        """Wire the cash that the backlog needs; the world pays (payroll, sale of other assets)."""
        want = self.backlog - self._cash - sum(amount for _, amount in self._wires)
        if want < MICRO:
            return
        arrives = self.clock.seconds + round(3600 * self.execution.funding_hours)
        self.books.move(USD, WORLD, self.bank, want)
        left = want
        for number, venue in enumerate(self.venues):
            last = number == len(self.venues) - 1
            part = left if last else int(want * venue.share)
            left -= part
            if part > 0:
                account = self.accounts[venue.name]
                self.books.deposit(venue, account, USD, part, source=self.bank, arrives=arrives)
        self._wires.append((arrives, want))

    def _return_surplus(self) -> None:
        """Send home the cash that no purchase needs, such as the proceeds of sales."""
        surplus = self._cash - max(self.backlog, 0)
        if surplus < MICRO:
            return
        for venue in self.venues:
            account = self.accounts[venue.name]
            part = min(venue.cash(account), surplus)
            if part > 0:
                arrives = self.clock.seconds + round(3600 * self.execution.funding_hours)
                self.books.withdraw(venue, account, USD, part, target=WORLD, arrives=arrives)
                surplus -= part
                self._cash -= part

    def _arrived(self) -> int:
        """Return the cash that has reached the venues since the last look."""
        now = self.clock.seconds
        arrived = sum(amount for at, amount in self._wires if at <= now)
        self._wires = [(at, amount) for at, amount in self._wires if at > now]
        return arrived

    def _next_slice(self) -> int:
        size = min(int(abs(self.backlog) * self._pace) or abs(self.backlog), self._cap)
        return min(size, self._cash) if self.backlog > 0 else -size

    # -- trading ------------------------------------------------------------------------------

    def _book_trades(self) -> None:
        """Take what was traded since the last look off the backlog and the slice."""
        spent = self._cash - self.cash
        self._progress = spent != 0
        self._cash -= spent
        self.backlog -= spent
        self._slice -= spent
        self.invested += spent

    @property
    def pending(self) -> bool:
        """Whether more of the slice than a thousandth of the cap is open and can be filled.

        A round that filled nothing ends it: the next would not either.
        """
        self._book_trades()
        return self._progress and abs(self._slice) > max(self._cap // 1000, MICRO) and self._able()

    def _able(self) -> bool:
        if not any(venue.accepts for venue in self.venues):
            return False
        return self.cash > MICRO if self._slice > 0 else self.lots > 0

    def trade(self) -> None:
        """Send this round's part of the slice to the venues, by their share of the market."""
        self._book_trades()
        if abs(self._slice) < MICRO:
            return
        part = self._slice // max(1, self.rounds - self.clock.round)
        for venue in self.venues:
            self._send(venue, part)

    def _send(self, venue: Venue, part: int) -> None:
        side = Side.BUY if part > 0 else Side.SELL
        account = self.accounts[venue.name]
        unit = venue.lot * venue.price(venue.indicative) * MICRO
        if unit <= 0:
            return
        slack = self.execution.protection if side is Side.BUY else -self.execution.protection
        limit = max(1, round(venue.indicative * (1.0 + slack)))
        if side is Side.BUY:
            fee = max(venue.maker_ppm, venue.taker_ppm, 0) * 1e-6
            worst = venue.lot * venue.price(limit) * MICRO * (1.0 + fee)
            affordable = int(venue.cash(account) / worst * (1.0 - ROUNDING))
            weight = venue.cash(account) / max(1, self.cash)
        else:
            affordable = venue.coins(account)
            weight = affordable / max(1, self.lots)
        resting = venue.depth_to(Side.SELL if side is Side.BUY else Side.BUY, limit)
        sweep = int(resting * self.execution.sweep)
        lots = min(int(abs(part) * weight / unit), affordable, sweep)
        if lots < 1:
            return
        arrival = self.streams.integer(
            self.path, f"arrival/{venue.name}", self.clock.tick, self.clock.round, n=2**62
        )
        venue.send(account, side, limit, lots, Kind.IOC, arrival)
