"""Central banks abroad sell American paper when the dollar rises, and book what that loses."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from tidegate_core.draws import exp

from tidegate.agents.base import MarketAgent
from tidegate.agents.business_days import DAY_SECONDS, BusinessDays
from tidegate.agents.macro_path import MacroPath
from tidegate.agents.month_ends import MonthEnds
from tidegate.agents.whole_columns import PPB, Whole, scaled
from tidegate.int_table import IntTable
from tidegate.scenario.reserve_defence import ReserveDefenceSpec

__all__ = ["ReserveDefence", "yield_of"]

MICRO = 1_000_000
BP = 1e-4
LONG = 10.0  # years: the paper whose premium is the factor
COLUMNS = ("day", "bank", "reserves", "sold", "lost")


def yield_of(factors: MacroPath, maturity_years: float) -> float:
    """Return how far a yield stands above its start, bp.

    A bill's spread, and the premium on long bonds in proportion to the time the paper runs.
    """
    premium = factors.level("term_premium") * min(maturity_years / LONG, 1.0)
    return factors.level("bill_spread") + premium


class ReserveDefence(MarketAgent):
    """Banks in columns. At the end of a month with a new high of the dollar each sells a share.

    Paper is on the books at the yield at which it was bought, on average: that follows the market's
    as paper runs off. What is sold at a higher yield loses the difference over its duration.
    Reserves at book value and what was sold of them always sum to those of the start.

    Parameters
    ----------
    spec : ReserveDefenceSpec
        The banks.
    factors : MacroPath
        The dollar and yields.

    Attributes
    ----------
    reserves, sold, lost : array of int64
        Micro-USD by bank: still there and sold so far, at book value; lost on what was sold (below
        0: gained).
    """

    def __init__(
        self, model: Any, *, spec: ReserveDefenceSpec, factors: MacroPath, **base: Any
    ) -> None:
        super().__init__(model, **base)
        self.spec, self.factors = spec, factors
        each = [round(bank.reserves_usd) * MICRO for bank in spec.banks]
        self.reserves: Whole = np.array(each, dtype=np.int64)
        self.sold: Whole = np.zeros_like(self.reserves)
        self.lost: Whole = np.zeros_like(self.reserves)
        self.table = IntTable(COLUMNS)
        self._start = self.reserves.copy()
        self._months = MonthEnds(BusinessDays(first_day=self.clock.start))
        self._days = 0
        self._book_bp = 0.0
        self._highest = spec.tolerated

    def begin(self) -> None:
        """Defend at the end of a month."""
        for _ in self._months.due(self.clock.end):
            self._month()

    def _month(self) -> None:
        now = self.factors.level("dollar")
        rise = max(now - self._highest, 0.0)
        self._highest += rise
        market = yield_of(self.factors, self.spec.maturity_years)
        keep = exp(-1.0 / (12.0 * self.spec.maturity_years))
        self._book_bp = keep * self._book_bp + (1.0 - keep) * market
        share = min(self.spec.defence * rise, 1.0)
        sold = scaled(self.reserves, round(share * PPB), PPB)
        loss = self.spec.maturity_years * (market - self._book_bp) * BP
        lost = scaled(sold, round(abs(min(loss, 1.0)) * PPB), PPB)
        self.reserves -= sold
        self.sold += sold
        self.lost += lost if loss >= 0.0 else -lost

    def end(self) -> None:
        """Write the banks down by the day."""
        days = self.clock.end // DAY_SECONDS
        while self._days < days:
            n = len(self.reserves)
            columns = (
                np.full(n, self._days),
                np.arange(n),
                self.reserves,
                self.sold,
                self.lost,
            )
            self.table.extend(np.column_stack(columns).astype(np.int64))
            self._days += 1

    def frame(self) -> pl.DataFrame:
        """Return a row a day and bank: USD of reserves, sold so far, and lost on that."""
        rows = self.table.rows
        names = [bank.name for bank in self.spec.banks]
        frame = pl.DataFrame({name: rows[:, i] for i, name in enumerate(COLUMNS)})
        return frame.with_columns(
            pl.col("bank").replace_strict(dict(enumerate(names)), return_dtype=pl.Utf8),
            *[(pl.col(name) * 1e-6).alias(name) for name in COLUMNS[2:]],
        )

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        assert (self.reserves + self.sold == self._start).all()
        assert (self.reserves >= 0).all()
