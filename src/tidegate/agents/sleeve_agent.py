"""An institution that decides by the month, and whose members share the units of one sleeve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.agents.business_days import DAY_SECONDS, BusinessDays
from tidegate.agents.desk_agent import DeskAgent
from tidegate.agents.month_ends import MonthEnds
from tidegate.agents.sleeve import Sleeve
from tidegate.books import Books
from tidegate.scenario.execution import ExecutionSpec

__all__ = ["SleeveAgent"]


class SleeveAgent(DeskAgent):
    """Decides at the last strike of a month, trades through its sleeve, and records by the day.

    Parameters
    ----------
    holders : tuple of int
        Shape of the column of members.
    accounts, books, execution, daily_volume, rounds
        As for `tidegate.agents.plan_population.PlanPopulation`.

    Attributes
    ----------
    sleeve : Sleeve
        Coins, cash, and the units that own both.
    """

    def __init__(
        self,
        model: Any,
        *,
        holders: tuple[int, ...],
        accounts: Mapping[str, int],
        books: Books,
        execution: ExecutionSpec,
        daily_volume: float,
        rounds: int,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.sleeve = Sleeve(
            path=self.path,
            holders=holders,
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
        self._months = MonthEnds(BusinessDays(first_day=self.clock.start))
        self._days_recorded = 0

    # -- what a subclass does -----------------------------------------------------------------

    def _look(self) -> None:
        """Do what cannot wait for the end of a month."""

    def _month(self) -> None:
        """Do what is due at a month's last strike."""
        raise NotImplementedError

    def _day(self, day: int) -> None:
        """Write down a day that is over."""
        raise NotImplementedError

    # -- a tick -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Do what is due at a month's last strike, and set the desk to work."""
        self.sleeve.look()
        self._look()
        for _ in self._months.due(self.clock.end):
            self._month()
        if not self.sleeve.idle:
            self.sleeve.work()

    def end(self) -> None:
        """Write down the day once it is over."""
        days = self.clock.end // DAY_SECONDS
        if days > self._days_recorded:
            self._days_recorded = days
            self.desk.book_trades()
            self._day(days - 1)

    @property
    def price(self) -> float:
        """The coins' price on all venues by their share, USD."""
        price = 0.0
        for venue in self.venues:
            price += venue.share * venue.price(venue.indicative)
        return price
