"""Standards at work: what pension money asks for lowers thefts from custody and makers' spreads.

How much a share of pensions improves either is assumed (`tidegate.agents.infrastructure`); how
large that share becomes, and what narrower quotes do, the market decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from tidegate.agents.base import MarketAgent
from tidegate.agents.business_days import DAY_SECONDS, YEAR_SECONDS
from tidegate.agents.desk_agent import DeskAgent
from tidegate.agents.infrastructure import Infrastructure
from tidegate.agents.market_maker import MarketMaker
from tidegate.books import BTC, Books
from tidegate.int_table import IntTable
from tidegate.scenario.infrastructure import InfrastructureSpec

__all__ = ["Standards"]

MICRO = 1_000_000
PPB = 1_000_000_000
COLUMNS = ("day", "share", "spread_factor", "spread", "loss_rate", "stolen")


class Standards(MarketAgent):
    """Sets makers' spreads by the pension share, and lets thieves have what custody loses.

    What is stolen is the mean of what would be: no luck is drawn.

    Parameters
    ----------
    spec : InfrastructureSpec
        What is assumed.
    holders : sequence of DeskAgent
        Whose money is pension money.
    makers : sequence of MarketMaker
        Who quote.
    books : Books
        Carries the coins in custody and those stolen.
    supply : float
        All coins there are.
    custody, thieves : str
        Party whose coins are in custody; party to open for what is stolen.

    Attributes
    ----------
    share : float
        Share of all coins that pensions hold or have set out to buy.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: InfrastructureSpec,
        holders: Sequence[DeskAgent],
        makers: Sequence[MarketMaker],
        books: Books,
        supply: float,
        custody: str,
        thieves: str,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.infrastructure = Infrastructure(**dict(spec))
        self.holders, self.makers = tuple(holders), tuple(makers)
        self.books, self.supply = books, supply
        self.custody, self.thieves = custody, thieves
        self.share = 0.0
        self._due = 0.0  # lots lost, of which whole ones are moved
        self._days = 0
        self.table = IntTable(COLUMNS)
        books.open(thieves)

    def begin(self) -> None:
        """Look at the share, and let quotes and custody follow."""
        self.share = self._share()
        factor = self.infrastructure.spread_factor(self.share)
        for maker in self.makers:
            maker.spread_factor = factor
        self._steal()

    def _share(self) -> float:
        """Return the share of coins that pensions hold, or have set out to buy."""
        price = sum(v.share * v.price(v.indicative) for v in self.venues)
        held = sum(holder.desk.lots for holder in self.holders) * self.venues[0].lot
        coming = sum(max(holder.desk.backlog, 0) for holder in self.holders) / MICRO
        coins = held + (coming / price if price > 0.0 else 0.0)
        return min(coins / self.supply, 1.0)

    def _steal(self) -> None:
        years = self.clock.step_seconds / YEAR_SECONDS
        at_risk = self.books.balance(self.custody, BTC)
        self._due += self.infrastructure.custody_loss(self.share) * at_risk * years
        lots = int(self._due)
        self._due -= lots
        if lots:
            self.books.move(BTC, self.custody, self.thieves, lots)

    def end(self) -> None:
        """Write down the day once it is over."""
        days = self.clock.end // DAY_SECONDS
        if days > self._days:
            self._days = days
            self._record(days - 1)

    def _record(self, day: int) -> None:
        rates = (
            self.share,
            self.infrastructure.spread_factor(self.share),
            sum(2.0 * maker.half_spread for maker in self.makers) / max(len(self.makers), 1),
            self.infrastructure.custody_loss(self.share),
        )
        stolen = self.books.balance(self.thieves, BTC)
        row = [day, *(round(rate * PPB) for rate in rates), stolen]
        self.table.extend(np.array([row], dtype=np.int64))

    def frame(self) -> pl.DataFrame:
        """Return a row a day.

        ``share``: of all coins, pensions'. ``spread_factor``: what it makes of makers' spreads.
        ``spread``: what makers quote on the mean, over price; 0 where they do not. ``loss_rate``:
        1/yr. ``stolen``: coins so far.
        """
        rows = self.table.rows
        rates = {name: rows[:, at] / PPB for at, name in enumerate(COLUMNS[1:5], start=1)}
        return pl.DataFrame({"day": rows[:, 0], **rates, "stolen": rows[:, 5] * self.venues[0].lot})
