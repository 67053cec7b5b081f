"""A trading desk with working capital of its own at the venues, and a payer that can run dry."""

from __future__ import annotations

from typing import Any

from tidegate.agents.trading_desk import TradingDesk
from tidegate.books import USD
from tidegate.venue import Venue

__all__ = ["PrimeDesk"]

PPM = 1_000_000


class PrimeDesk(TradingDesk):
    """Keeps cash at the venues, so that a hedge need not wait for a wire.

    Parameters
    ----------
    working_cash : int
        Cash to keep at the venues, all together, micro-USD.
    **desk
        As of `TradingDesk`. Its payer is a party that cannot overdraw.
    """

    def __init__(self, *, working_cash: int, **desk: Any) -> None:
        super().__init__(**desk)
        self.working_cash = working_cash

    def _need(self) -> int:
        there = self._cash + self.in_transit
        payable = there + self.books.balance(self.payer, USD)
        return min(max(self.backlog, self.working_cash), payable)

    def sources(self, lots: int) -> list[tuple[Venue, int, int]]:
        """Return where lots are taken from: venue, account and part, each by what is there."""
        held = [venue.coins(self.accounts[venue.name]) for venue in self.venues]
        parts = [min(have, lots * have // max(1, sum(held))) for have in held]
        left = lots - sum(parts)
        for at, have in enumerate(held):
            more = min(left, have - parts[at])
            parts[at] += more
            left -= more
        return [
            (venue, self.accounts[venue.name], part)
            for venue, part in zip(self.venues, parts, strict=True)
        ]

    def targets(self) -> list[tuple[Venue, int, int]]:
        """Return where coins are sent to: venue, account and weight, by share of the market."""
        return [
            (venue, self.accounts[venue.name], round(venue.share * PPM)) for venue in self.venues
        ]
