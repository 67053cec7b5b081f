"""The economy as an agent: it trades nothing, moves by itself, and the public hears of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from tidegate.agents.base import MarketAgent
from tidegate.agents.easing import Public
from tidegate.agents.macro_path import MacroPath, taken_up
from tidegate.int_table import IntTable
from tidegate.scenario.macro import MacroSpec
from tidegate.scenario.macro_levers import MacroLevers, RiskyTheme

__all__ = ["MacroEconomy"]

ONE = 10**9  # of any factor's unit, in the table
HALF = 0.5  # of a call: from when on it is heard, and until it is forgotten


def no_news() -> tuple[MacroLevers, ...]:
    """Return no news."""
    return ()


class MacroEconomy(MarketAgent):
    """Moves the factors and tells the public what they do to the value of BTC.

    In `begin` it tells what is known by the end of the tick, so that the sum does not depend on the
    length of steps. In a market it comes before all who look at factors.

    Parameters
    ----------
    spec : MacroSpec
        Factors and links.
    public : Public
        Who hears of it.
    posted : callable, optional
        Returns the news posted so far, ever more of it; a bound method, so that a fork reads its
        own.

    Attributes
    ----------
    factors : MacroPath
        Where the factors stand at the end of the tick.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: MacroSpec,
        public: Public,
        posted: Callable[[], tuple[MacroLevers, ...]] = no_news,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.spec, self.public, self.posted = spec, public, posted
        self.factors = MacroPath(spec, self.streams, self.path)
        self.table = IntTable(("tick", "seconds", *spec.names, "value", "recession"))
        self._told = 0.0

    def begin(self) -> None:
        """Move on to the end of the tick, and let the public hear of it."""
        self.factors.advance(self.clock.end, self.posted())
        if self.factors.value != self._told:
            self.public.hear(self.factors.value - self._told)
            self._told = self.factors.value

    @property
    def recession(self) -> bool:
        """Whether a recession is plain to see: by output, or by a call that is still heard."""
        now = self.clock.end
        called = (item for item in self.posted() if item.recession)
        return self.factors.recession or any(taken_up(item, now) >= HALF for item in called)

    def odds(self, theme: RiskyTheme) -> float:
        """Return the factor on the odds of a theme: what has been said of it, multiplied."""
        factor = 1.0
        for item in self.posted():
            if item.theme == theme:
                factor *= 1.0 + (item.odds - 1.0) * taken_up(item, self.clock.end)
        return factor

    def end(self) -> None:
        """Write the tick down."""
        levels = [self.factors.level(name) for name in self.spec.names]
        row = (
            self.clock.tick,
            self.clock.end,
            *(round(ONE * level) for level in levels),
            round(ONE * self.factors.value),
            int(self.recession),
        )
        self.table.extend(np.array([row], dtype=np.int64))

    def frame(self) -> pl.DataFrame:
        """Return a row a tick, as of its end.

        Columns are ``tick``, ``seconds`` (of its end), every factor by name, in its unit since the
        start; ``value``, what they have done to the log value of BTC; and ``recession``.
        """
        rows = self.table.rows
        names = (*self.spec.names, "value")
        return pl.DataFrame(
            {
                "tick": rows[:, 0],
                "seconds": rows[:, 1],
                **{name: rows[:, 2 + at] / ONE for at, name in enumerate(names)},
                "recession": rows[:, -1] == 1,
            }
        )
