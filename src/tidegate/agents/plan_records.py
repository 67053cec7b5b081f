"""What a population of plans writes down: the sector by day, plans and savers by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tidegate.agents.whole_columns import PPB
from tidegate.int_table import IntTable

if TYPE_CHECKING:
    from tidegate.agents.plan_population import PlanPopulation

__all__ = ["PlanRecords"]

MICRO = 1e-6
SECTOR = (
    "day",
    "units",
    "unit_price",
    "lots",
    "assets",
    "cash",
    "owed",
    "backlog",
    "paid_in",
    "paid_out",
    "invested",
    "made_good",
    "planned",
    "elsewhere",
    "saved_usd",
    "earned_usd",
    "drawn_usd",
    "offering",
    "suits",
    "closing",
    "listing",
    "chill",
)
PLANS = ("month", "plan", "offers", "units", "money_usd", "paid_usd")
SAVERS = (
    "month",
    "cohort",
    "group",
    "heads",
    "units",
    "money_usd",
    "coins_usd",
    "paid_usd",
    "takers_usd",  # all that those have who have taken the route
    "scared_usd",  # and those who sold in a panic, and have not got over it
)
IN_MICRO_USD = frozenset(
    {
        "unit_price",
        "assets",
        "cash",
        "owed",
        "backlog",
        "paid_in",
        "paid_out",
        "invested",
        "made_good",
        "planned",
        "elsewhere",
    }
)


class PlanRecords:
    """Three tables of whole numbers.

    Parameters
    ----------
    plans : PlanPopulation
        Whose records they are.
    """

    def __init__(self, plans: PlanPopulation) -> None:
        self._of = plans
        self.sector = IntTable(SECTOR)
        self.plans = IntTable(PLANS)
        self.savers = IntTable(SAVERS)

    def day(self, number: int) -> None:
        """Write down the sector at the end of a day."""
        of, sleeve = self._of, self._of.sleeve
        sleeve.desk.book_trades()
        assets = sleeve.assets
        row = (
            number,
            sleeve.trust.outstanding,
            sleeve.trust.redemption_price(assets),
            of.lots,
            assets,
            sleeve.cash,
            sleeve.owed,
            sleeve.desk.backlog,
            sleeve.paid_in,
            sleeve.paid_out,
            sleeve.desk.invested,
            sleeve.made_good,
            of.held.planned,
            of.held.elsewhere,
            of.held.saved // 1_000_000,
            of.held.earned // 1_000_000,
            of.held.drawn // 1_000_000,
            *of.sponsors.counts.values(),
            round(of.listing_share() * PPB),
            round(of.sponsors.chill * PPB),
        )
        self.sector.extend(np.array([row], dtype=np.int64))

    def month(self, number: int) -> None:
        """Write down plans and savers at the end of a month."""
        of = self._of
        units, other, paid = of.sleeve.trust.units, of.savers.other, of.held.paid
        plans = len(other)
        rows = np.empty((plans, len(PLANS)), dtype=np.int64)
        rows[:, 0] = number
        rows[:, 1] = np.arange(plans)
        rows[:, 2] = of.sponsors.offers
        for column, amounts in enumerate((units, other // 1_000_000, paid // 1_000_000), start=3):
            rows[:, column] = amounts.sum(axis=(1, 2))
        self.plans.extend(rows)
        self.savers.extend(self._by_class(number))

    def _by_class(self, number: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        of = self._of
        _, cohorts, groups = of.savers.shape
        heads = np.rint(of.savers.heads / groups).astype(np.int64)
        rows = np.empty((cohorts, groups, len(SAVERS)), dtype=np.int64)
        rows[:, :, 0] = number
        rows[:, :, 1] = np.arange(cohorts)[:, None]
        rows[:, :, 2] = np.arange(groups)[None, :]
        rows[:, :, 3] = heads[:, None]
        amounts = (of.savers.other, of.held.coins, of.held.paid, *of.takers())
        rows[:, :, 4] = of.sleeve.trust.units.sum(axis=0)
        for column, money in enumerate(amounts, start=5):
            rows[:, :, column] = (money // 1_000_000).sum(axis=0)
        return rows.reshape(-1, len(SAVERS))

    def frame(self) -> pl.DataFrame:
        """Return the sector by day: USD, units, lots, counts, and chill in 1/yr."""
        rows = self.sector.rows
        frame = pl.DataFrame({name: rows[:, i] for i, name in enumerate(SECTOR)})
        money = [pl.col(name) * MICRO for name in SECTOR if name in IN_MICRO_USD]
        rates = [pl.col(name) / PPB for name in ("listing", "chill")]
        return frame.with_columns(pl.col("units") * MICRO, *money, *rates)

    def plan_frame(self) -> pl.DataFrame:
        """Return the plans by month."""
        rows = self.plans.rows
        frame = pl.DataFrame({name: rows[:, i] for i, name in enumerate(PLANS)})
        return frame.with_columns(pl.col("units") * MICRO, pl.col("offers") == 1)

    def saver_frame(self) -> pl.DataFrame:
        """Return the savers by month, cohort and wealth group."""
        rows = self.savers.rows
        frame = pl.DataFrame({name: rows[:, i] for i, name in enumerate(SAVERS)})
        names = dict(enumerate(c.name for c in self._of.spec.savers.cohorts))
        return frame.with_columns(
            pl.col("units") * MICRO,
            pl.col("cohort").replace_strict(names, return_dtype=pl.Utf8),
        )
