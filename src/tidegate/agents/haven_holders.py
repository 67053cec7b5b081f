"""Savers who come to coins in a recession, if they believe in it, and leave after it."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from tidegate.agents.macro_economy import MacroEconomy
from tidegate.agents.sleeve_agent import SleeveAgent
from tidegate.agents.whole_columns import Whole, total
from tidegate.int_table import IntTable
from tidegate.scenario.allocators import HavenSpec

__all__ = ["HavenHolders"]

MICRO = 1_000_000
COLUMNS = ("day", "wanted", "value", "flow")


class HavenHolders(SleeveAgent):
    """A class with one sleeve; at the end of a month it comes a step nearer to what it wants.

    It counts what it has put in, not what that is worth: it neither chases nor rebalances.

    Parameters
    ----------
    spec : HavenSpec
        How much, and who believes.
    economy : MacroEconomy
        Tells whether a recession is plain to see.
    base
        As for `tidegate.agents.sleeve_agent.SleeveAgent`.

    Attributes
    ----------
    planned : int
        Money for coins decided since the start less what was redeemed, micro-USD.
    """

    def __init__(self, model: Any, *, spec: HavenSpec, economy: MacroEconomy, **base: Any) -> None:
        super().__init__(model, holders=(1,), **base)
        self.spec, self.economy = spec, economy
        self.planned = 0
        self.table = IntTable(COLUMNS)
        self._most = int(spec.assets_usd * spec.share * spec.credibility) * MICRO
        self._in = 0  # micro-USD put in, of what is still there

    @property
    def wanted(self) -> int:
        """What it wants to have put into coins as things are, micro-USD."""
        return self._most if self.economy.recession else int(self._most * self.spec.outside)

    def _month(self) -> None:
        step = self._most // self.spec.ramp_months
        gap = self.wanted - self._in
        if gap > 0:
            amount = min(gap, step)
            self.sleeve.subscribe(np.array([amount], dtype=np.int64))
            self._in += amount
            self.planned += amount
        elif gap < 0:
            self._leave(min(-gap, step))

    def _leave(self, part: int) -> None:
        """Redeem as large a part of the units as of what was put in."""
        held = int(self.sleeve.trust.units[0])
        units: Whole = np.array([held * part // self._in], dtype=np.int64)
        self._in -= part
        self.planned -= total(self.sleeve.redeem(units))

    def _day(self, day: int) -> None:
        value = total(self.sleeve.trust.value(self.sleeve.assets))
        row = (day, self.wanted, value, self.planned)
        self.table.extend(np.array([row], dtype=np.int64))

    def frame(self) -> pl.DataFrame:
        """Return a row a day: USD wanted, held, and put in less taken out so far."""
        frame = pl.DataFrame(self.table.rows, schema=list(COLUMNS), orient="row")
        return frame.with_columns([(pl.col(name) * 1e-6).alias(name) for name in COLUMNS[1:]])

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        self.sleeve._check()
        assert 0 <= self._in <= self._most
