"""Foreign pension systems: they watch how the US fares, and follow in the order of their caution.

A system lets coins in once US plans that list them have held its kind's threshold for its kind's
time, and no collapse fell into it. From then on it builds up its weight. Self-directed savers
ask nobody: they are in from the start, and buy and sell with the past year's gain.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from tidegate.agents.coin_history import CoinHistory
from tidegate.agents.sleeve_agent import SleeveAgent
from tidegate.agents.whole_columns import PPB, Whole, scaled, total
from tidegate.int_table import IntTable
from tidegate.scenario.foreign_systems import ForeignSpec, SystemTerms

__all__ = ["ForeignSystems"]

MICRO = 1_000_000
FASTEST = 5.0  # times the pace of calm
COLUMNS = ("day", "system", "adopted", "watched", "units", "coins", "paid_in", "paid_out")


class ForeignSystems(SleeveAgent):
    """Systems in columns, each with units of a sleeve of its own market abroad.

    Parameters
    ----------
    spec : ForeignSpec
        The systems and what they ask for.
    listing : callable
        Returns the share of US plans' assets whose menus list coins.
    base
        As for `tidegate.agents.sleeve_agent.SleeveAgent`.

    Attributes
    ----------
    adopted : array of int64
        Month in which each let coins in; -1: it has not.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: ForeignSpec,
        listing: Callable[[], float],
        **base: Any,
    ) -> None:
        super().__init__(model, holders=(len(spec.systems),), **base)
        self.spec, self.listing = spec, listing
        n = len(spec.systems)
        self.planned = 0
        self.coins = CoinHistory()
        terms: list[SystemTerms] = [getattr(spec, s.kind) for s in spec.systems]
        self._threshold = np.array([t.threshold for t in terms])
        self._patience = np.array([t.watch_months for t in terms])
        self._alone = np.array([s.kind == "self_directed" for s in spec.systems])
        goal = round(spec.allocation * PPB)
        assets = np.array([s.assets_usd * MICRO for s in spec.systems], dtype=np.int64)
        self._monthly: Whole = scaled(assets, goal, PPB) // spec.ramp_months
        self.adopted: Whole = np.where(self._alone, 0, -1).astype(np.int64)
        self.watched: Whole = np.zeros(n, dtype=np.int64)
        self.paid_in: Whole = np.zeros(n, dtype=np.int64)
        self.paid_out: Whole = np.zeros(n, dtype=np.int64)
        self.table = IntTable(COLUMNS)

    # -- decisions ----------------------------------------------------------------------------

    def _month(self) -> None:
        """Watch for another month, and invest a month's part."""
        if self.spec.closed:
            return
        month = self._months.passed
        calm = self.coins.fall < self.spec.failure
        convinced = calm & (self.listing() >= self._threshold)
        self.watched = np.where(convinced, self.watched + 1, 0)
        waiting = self.adopted < 0
        self.adopted[waiting & convinced & (self.watched > self._patience)] = month
        self._invest(month)

    def _invest(self, month: int) -> None:
        since = month - self.adopted
        building = (self.adopted >= 0) & (since < self.spec.ramp_months) & ~self._alone
        pace = self._timing()
        flow = np.where(building, self._monthly, 0)
        flow = np.where(self._alone, scaled(self._monthly, max(pace, 0), PPB), flow)
        self.sleeve.subscribe(flow)
        self.paid_in += flow
        self.planned += total(flow)
        if pace < 0:
            units = scaled(self.sleeve.trust.units, min(-pace, PPB), PPB)
            owed = self.sleeve.redeem(np.where(self._alone, units, 0))
            self.paid_out += owed
            self.planned -= total(owed)

    def _timing(self) -> int:
        """Return the pace of self-directed flows, ppb of a month's part; below 0: of units."""
        spec = self.spec
        pace = 1.0 + spec.timing * (1.0 - spec.advice) * self.coins.gain
        return round(min(max(pace, -1.0), FASTEST) * PPB)

    # -- records ------------------------------------------------------------------------------

    def _day(self, day: int) -> None:
        self.coins.close(int(self.price * MICRO))
        n = len(self.adopted)
        columns = (
            np.full(n, day),
            np.arange(n),
            self.adopted,
            self.watched,
            self.sleeve.trust.units,
            self.sleeve.trust.value(self.sleeve.assets),
            self.paid_in,
            self.paid_out,
        )
        self.table.extend(np.column_stack(columns).astype(np.int64))

    def frame(self) -> pl.DataFrame:
        """Return the systems by day, USD and units."""
        rows = self.table.rows
        frame = pl.DataFrame({name: rows[:, i] for i, name in enumerate(COLUMNS)})
        names = dict(enumerate(s.name for s in self.spec.systems))
        return frame.with_columns(
            *[pl.col(name) * 1e-6 for name in COLUMNS[4:]],
            pl.col("system").replace_strict(names, return_dtype=pl.Utf8),
        )

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        self.sleeve._check()
        assert total(self.paid_in) >= self.sleeve.paid_in
