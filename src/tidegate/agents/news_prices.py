"""Prices of a market in which nobody trades, moved by news alone: a control for studies of falls.

Where matching is off, prices stand still, and what states or funds make of a fall cannot show.
Here they do what news does to value by assumption, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tidegate_core.draws import exp

from tidegate.agents.base import MarketAgent
from tidegate.agents.easing import CentralBank
from tidegate.agents.macro_economy import MacroEconomy
from tidegate.scenario.levers import ShockLevers, known_news

__all__ = ["NewsPrices"]


class NewsPrices(MarketAgent):
    """Sets every venue's price to what news makes of the first one.

    It comes after those who watch prices, so they see at the start of a tick what is known by the
    end of the one before.

    Parameters
    ----------
    bank : CentralBank, optional
        Whose news of rates it is.
    economy : MacroEconomy, optional
        Whose factors it is; it must have moved before.
    news : callable, optional
        Returns the other news posted so far.
    """

    def __init__(
        self,
        model: Any,
        *,
        bank: CentralBank | None = None,
        economy: MacroEconomy | None = None,
        news: Callable[[], Sequence[ShockLevers]] = tuple,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        for venue in self.venues:
            if venue.accepts:
                raise ValueError(f"venue {venue.name} matches orders; its price is the market's")
        self.bank, self.economy, self.news = bank, economy, news
        self.first = tuple(venue.indicative for venue in self.venues)

    def begin(self) -> None:
        """Move the prices."""
        value = known_news(self.news(), self.clock.end)
        if self.bank is not None:
            value += self.bank.rates.value(self.clock.end)
        if self.economy is not None:
            value += self.economy.factors.value
        moved = exp(value)
        for venue, first in zip(self.venues, self.first, strict=True):
            venue.indicative = first * moved
