"""A class of those who wait and watch: they take coins up as their peers do and fare, and buy.

Members decide at the last strike of a month, on a network of their own. Who takes coins up builds
up a weight over some months; who gives them up sells.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from tidegate.agents.business_days import DAY_SECONDS, BusinessDays
from tidegate.agents.coin_history import CoinHistory
from tidegate.agents.desk_agent import DeskAgent
from tidegate.agents.diffusion import AdoptionNetwork
from tidegate.agents.month_ends import MonthEnds
from tidegate.agents.sleeve import Sleeve
from tidegate.agents.whole_columns import PPB, Whole, total
from tidegate.books import Books
from tidegate.int_table import IntTable
from tidegate.scenario.execution import ExecutionSpec
from tidegate.scenario.followers import FollowersSpec

__all__ = ["Followers"]

MICRO = 1_000_000
MONTHS = 12
COLUMNS = ("day", "holding", "joined", "value", "paid_in", "paid_out")
MONEY = COLUMNS[3:]


class Followers(DeskAgent):
    """Members in columns, each with units of one sleeve.

    Parameters
    ----------
    spec : FollowersSpec
        Who they are.
    network : AdoptionNetwork
        On which they decide; a candidate per member.
    accounts, books, execution, daily_volume, rounds
        As for `tidegate.agents.plan_population.PlanPopulation`.

    Attributes
    ----------
    planned : int
        Money for coins decided since the start less what was redeemed, micro-USD.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: FollowersSpec,
        network: AdoptionNetwork,
        accounts: Mapping[str, int],
        books: Books,
        execution: ExecutionSpec,
        daily_volume: float,
        rounds: int,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        if len(network.names) != spec.members:
            raise ValueError(
                f"network must have {spec.members} candidates, a member each, "
                f"got {len(network.names)}"
            )
        self.spec, self.network = spec, network
        self.sleeve = Sleeve(
            path=self.path,
            holders=(spec.members,),
            venues=self.venues,
            accounts=accounts,
            books=books,
            streams=self.streams,
            clock=self.clock,
            execution=execution,
            daily_volume=daily_volume,
            rounds=rounds,
        )
        self.desk = self.sleeve.desk
        each = spec.assets_usd * MICRO // spec.members
        self._monthly = each * round(spec.allocation * PPB) // PPB // spec.ramp_months
        self.coins = CoinHistory()
        self.planned = 0
        self.paid_in = 0
        self.paid_out = 0
        self.joined = 0  # times a member has taken coins up
        self.table = IntTable(COLUMNS)
        self._months = MonthEnds(BusinessDays(first_day=self.clock.start))
        self._bought: Whole = np.zeros(spec.members, dtype=np.int64)  # months' parts
        self._days_recorded = 0

    # -- a tick -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Do what is due at a month's last strike, and set the desk to work."""
        self.sleeve.look()
        for _ in self._months.due(self.clock.end):
            self._decide()
            self._invest()
        if not self.sleeve.idle:
            self.sleeve.work()

    def end(self) -> None:
        """Take down the day's close, and write down the day once it is over."""
        days = self.clock.end // DAY_SECONDS
        if days > self._days_recorded:
            self._days_recorded = days
            price = 0.0
            for venue in self.venues:
                price += venue.share * venue.price(venue.indicative)
            self.coins.close(int(price * MICRO))
            self._record(days - 1)

    # -- decisions ----------------------------------------------------------------------------

    def _decide(self) -> None:
        """Let a month of watching pass; who gives coins up sells them."""
        example = 1.0 + self.spec.success_weight * self.coins.gain
        joined, left = self.network.step(
            self._months.passed,
            1.0 / MONTHS,
            success=min(max(example, -1.0), 3.0),
            drawdown=self.coins.fall,
            friction=self.spec.friction,
        )
        self.joined += len(joined)
        self._bought[joined] = 0
        units = np.zeros_like(self._bought)
        units[left] = self.sleeve.trust.units[left]
        owed = total(self.sleeve.redeem(units))
        self.paid_out += owed
        self.planned -= owed

    def _invest(self) -> None:
        """Buy a month's part for those who are building up their weight."""
        building = self.network.adopted & (self._bought < self.spec.ramp_months)
        self._bought += building
        flow: Whole = np.where(building, self._monthly, 0)
        self.sleeve.subscribe(flow)
        self.paid_in += total(flow)
        self.planned += total(flow)

    # -- records ------------------------------------------------------------------------------

    def _record(self, day: int) -> None:
        self.desk._book_trades()
        value = total(self.sleeve.trust.value(self.sleeve.assets))
        row = (day, self.network.count, self.joined, value, self.paid_in, self.paid_out)
        self.table.extend(np.array([row], dtype=np.int64))

    def frame(self) -> pl.DataFrame:
        """Return a row a day: who holds, how often one joined, and USD held, put in, taken out."""
        frame = pl.DataFrame(self.table.rows, schema=list(COLUMNS), orient="row")
        return frame.with_columns([(pl.col(name) * 1e-6).alias(name) for name in MONEY])

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        self.sleeve._check()
        self.network._check()
        assert self.paid_in >= self.sleeve.paid_in
        assert (self._bought >= 0).all()
