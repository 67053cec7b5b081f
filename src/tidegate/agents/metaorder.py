"""A metaorder: a large trade worked over time in slices that sum to it exactly.

Progress is planned as a cumulative amount due at each second, so the slices of any step length
sum to the same total, and what a capped step could not trade is due in the next. `Outsider` works
one in a market for no reason that has to do with its price.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidegate_core import Kind, Side

from tidegate.agents.base import MarketAgent
from tidegate.venue import Venue

__all__ = ["Metaorder", "Outsider"]

PPM = 1_000_000
PROTECTION = 0.1  # an outsider pays at most 10 % beyond the indicative price


@dataclass(frozen=True, slots=True)
class Metaorder:
    """A signed amount to trade evenly in time, within a share of the market's volume.

    Parameters
    ----------
    amount
        Micro-units of cash (or lots); positive buys, negative sells.
    begin, end
        Seconds of the run between which it is due evenly, 0 <= begin < end.
    participation_ppm
        Largest share of the market's volume to trade, parts per million, in 1 .. 1,000,000.
        The default of 10 % is an assumption within what execution desks use.
    """

    amount: int
    begin: int
    end: int
    participation_ppm: int = 100_000

    def __post_init__(self) -> None:
        if not 0 <= self.begin < self.end:
            raise ValueError(
                f"begin, end must be seconds with 0 <= begin < end, got {self.begin}, {self.end}"
            )
        if not 1 <= self.participation_ppm <= PPM:
            raise ValueError(
                f"participation_ppm must be in 1 .. 1,000,000, got {self.participation_ppm}"
            )

    def due(self, second: int) -> int:
        """Return the amount due by ``second``, rounded towards zero; all of it from ``end``."""
        worked = min(max(second, self.begin), self.end) - self.begin
        size = abs(self.amount) * worked // (self.end - self.begin)
        return size if self.amount >= 0 else -size

    def slice(self, second: int, done: int, volume: int | None = None) -> int:
        """Return what to trade now so as to have traded what is due by ``second``.

        Parameters
        ----------
        second
            End of the step.
        done
            Amount already traded, of the metaorder's sign.
        volume
            Market volume of the step in the metaorder's unit, >= 0; None trades without a cap.
        """
        if not min(self.amount, 0) <= done <= max(self.amount, 0):
            raise ValueError(f"done must be between 0 and amount {self.amount}, got {done}")
        size = max(abs(self.due(second)) - abs(done), 0)
        if volume is not None:
            if volume < 0:
                raise ValueError(f"volume must be >= 0, got {volume}")
            size = min(size, volume * self.participation_ppm // PPM)
        return size if self.amount >= 0 else -size


class Outsider(MarketAgent):
    """Works one metaorder in lots at the market, on all venues by their share, and holds on.

    Parameters
    ----------
    accounts : mapping of venue name to account
        Its account at each venue: with cash to buy, or coins to sell.
    order : Metaorder
        What it trades, in lots.
    """

    def __init__(
        self, model: Any, *, accounts: Mapping[str, int], order: Metaorder, **base: Any
    ) -> None:
        super().__init__(model, **base)
        self.accounts = dict(accounts)
        self.order = order
        self.home = {v.name: v.coins(self.accounts[v.name]) for v in self.venues}

    def done(self, venue: Venue) -> int:
        """Return the lots it has traded on a venue, positive for bought."""
        return venue.coins(self.accounts[venue.name]) - self.home[venue.name]

    @property
    def filled(self) -> int:
        """The lots it has traded on all venues."""
        return sum(self.done(venue) for venue in self.venues)

    def trade(self) -> None:
        """Send what is due by the end of the tick and is not traded yet."""
        due = self.order.due(self.clock.end)
        left = due
        for number, venue in enumerate(self.venues):
            last = number == len(self.venues) - 1
            part = left if last else int(due * venue.share)
            left -= part
            self._send(venue, part - self.done(venue))

    def _send(self, venue: Venue, lots: int) -> None:
        side = Side.BUY if lots > 0 else Side.SELL
        if lots == 0 or (lots > 0) != (self.order.amount > 0):
            return
        slack = PROTECTION if lots > 0 else -PROTECTION
        limit = max(1, round(venue.indicative * (1.0 + slack)))
        arrival = self.streams.integer(
            self.path, f"arrival/{venue.name}", self.clock.tick, self.clock.round, n=2**62
        )
        venue.send(self.accounts[venue.name], side, limit, abs(lots), Kind.IOC, arrival)
