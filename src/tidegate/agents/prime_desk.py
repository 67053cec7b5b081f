"""A trading desk with working capital of its own at the venues, and a payer that can run dry."""

from __future__ import annotations

from typing import Any

from tidegate.agents.trading_desk import TradingDesk
from tidegate.books import USD
from tidegate.venue import Venue

__all__ = ["PrimeDesk"]

PPM = 1_000_000


class PrimeDesk(TradingDesk):
    """Keeps cash at the venues, so that a hedge need not wait for a wire: at each by its share.

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

    def _weights(self) -> list[int]:
        return [round(venue.share * PPM) for venue in self.venues]

    def _placed(self, want: int) -> list[int]:
        """Send cash to where it is short of a venue's share."""
        return self._towards_shares(want)

    def _drawn(self, surplus: int) -> list[int]:
        """Take cash from where there is more than a venue's share."""
        return [-part for part in self._towards_shares(-surplus)]

    def _towards_shares(self, change: int) -> list[int]:
        """Return how cash changes at each venue, so that all come nearest to their shares.

        It trades where most rests, which is not by shares of the market: cash that came and went
        by a fixed rule would pile up at one venue, and the desk could buy at that one only.
        """
        held = [venue.cash(self.accounts[venue.name]) for venue in self.venues]
        after, weights = sum(held) + change, self._weights()
        gaps = [
            after * weight // sum(weights) - have
            for weight, have in zip(weights, held, strict=True)
        ]
        gaps = [max(gap, 0) if change > 0 else min(gap, 0) for gap in gaps]
        parts = [change * gap // sum(gaps) for gap in gaps]
        parts[gaps.index(max(gaps, key=abs))] += change - sum(parts)
        return parts

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
            (venue, self.accounts[venue.name], weight)
            for venue, weight in zip(self.venues, self._weights(), strict=True)
        ]
