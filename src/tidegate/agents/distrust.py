"""People who save in coins because they distrust states: a bid at any price, and no sale."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl

from tidegate.agents.desk_agent import DeskAgent
from tidegate.agents.trading_desk import MICRO, TradingDesk
from tidegate.books import Books
from tidegate.int_table import IntTable
from tidegate.scenario.commodities import DistrustSpec
from tidegate.scenario.commodity_levers import TradeLevers
from tidegate.scenario.execution import ExecutionSpec

__all__ = ["Distrustful"]

DAY = 86_400
YEAR = 31_557_600
COLUMNS = ("day", "lots", "spent")


class Distrustful(DeskAgent):
    """All of them as one buyer; what the price makes of it is not theirs to say.

    Parameters
    ----------
    spec : DistrustSpec
        What they would save if distrust were full.
    levers : callable
        Returns the group `trade` of the board of levers, which says how far they distrust.
    accounts, books, execution, daily_volume, rounds
        As for `TradingDesk`.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: DistrustSpec,
        levers: Callable[[], TradeLevers] = TradeLevers,
        accounts: Mapping[str, int],
        books: Books,
        execution: ExecutionSpec,
        daily_volume: float,
        rounds: int,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.spec = spec
        self.levers = levers
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
        self.planned = 0  # micro-USD that they have set aside for coins
        self.table = IntTable(COLUMNS)
        self._days = 0

    def begin(self) -> None:
        """Set a tick's savings aside, and buy."""
        self.desk.look()
        rate = self.levers().distrust * self.spec.usd_year * MICRO / YEAR
        saved = int(rate * self.clock.end) - int(rate * self.clock.seconds)
        self.desk.backlog += saved
        self.planned += saved
        if self.desk.backlog or self.desk.cash:
            self.desk.work()

    def end(self) -> None:
        """Record every day that has ended."""
        days = self.clock.end // DAY
        while self._days < days:
            self._days += 1
            row = [self._days - 1, self.desk.lots, self.planned - self.desk.backlog]
            self.table.extend(np.array([row], dtype=np.int64))

    def frame(self) -> pl.DataFrame:
        """Return a row a day: coins they hold, and USD they have spent on them."""
        rows = self.table.rows
        return pl.DataFrame(
            {
                "day": rows[:, 0],
                "coins": rows[:, 1] * self.venues[0].lot,
                "spent": rows[:, 2] / MICRO,
            }
        )
