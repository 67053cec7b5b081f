"""A trader of one's own: a base that can look, buy and sell, and keeps a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from tidegate_core import Kind, Side

from tidegate.agents.base import MarketAgent
from tidegate.int_table import IntTable
from tidegate.venue import Venue

__all__ = ["Trader"]

MICRO = 1_000_000
DAY = 86_400  # seconds


class Trader(MarketAgent):
    """Trades with accounts of its own at every venue; a subclass says when, in `trade`.

    It borrows nothing: it buys with the cash that it has and sells the coins that it has. Orders
    take what rests within a limit and leave nothing behind; the exchange clears them in the order
    of a key drawn for each, not of creation.

    Parameters
    ----------
    model : mesa.Model
        The model it belongs to.
    accounts : mapping of venue name to account
        Its client account at each venue.
    **base
        As of `MarketAgent`: path, venues, streams and clock.

    Attributes
    ----------
    accounts : dict of venue name to account
        Its client accounts.
    """

    def __init__(self, model: Any, *, accounts: Mapping[str, int], **base: Any) -> None:
        super().__init__(model, **base)
        missing = [venue.name for venue in self.venues if venue.name not in accounts]
        if missing:
            raise ValueError(f"accounts lacks {', '.join(missing)}; there must be one a venue")
        self.accounts = dict(accounts)
        self._sent = 0  # orders of this round
        self._record = IntTable(("tick", "lots", "cash"))

    # -- looking ------------------------------------------------------------------------------

    @property
    def price(self) -> float:
        """Price of the market it trades in: venues' indicative prices by share, USD."""
        total = sum(venue.share for venue in self.venues)
        return float(sum(v.share * v.price(v.indicative) for v in self.venues) / total)

    @property
    def coins(self) -> float:
        """Coins on all its accounts, those that wait in orders left out."""
        return float(sum(v.coins(self.accounts[v.name]) * v.lot for v in self.venues))

    @property
    def usd(self) -> float:
        """Cash on all its accounts, likewise, USD."""
        return sum(v.cash(self.accounts[v.name]) for v in self.venues) / MICRO

    # -- trading ------------------------------------------------------------------------------

    def buy(self, usd: float, *, slip: float = 0.01) -> None:
        """Send orders for coins, spread over venues by their share of the market.

        Parameters
        ----------
        usd : float
            What may be spent, fees included; no more than there is at each venue is.
        slip : float, default 0.01
            Most that is paid over the indicative price, as a share of it.
        """
        self._check_order("usd", usd, slip)
        for venue, part in self._parts(usd):
            limit = round(venue.indicative * (1.0 + slip))
            cash = min(int(part * MICRO), venue.cash(self.accounts[venue.name]))
            fee = max(venue.maker_ppm, venue.taker_ppm, 0)
            lot = venue.lot * venue.price(limit) * (MICRO + fee)  # micro-USD at the worst
            self._send(venue, Side.BUY, limit, int(cash / lot) if lot > 0 else 0)

    def sell(self, coins: float, *, slip: float = 0.01) -> None:
        """Send orders to sell coins, likewise; no more than there are at each venue."""
        self._check_order("coins", coins, slip)
        for venue, part in self._parts(coins):
            limit = max(1, round(venue.indicative * (1.0 - slip)))
            held = venue.coins(self.accounts[venue.name])
            self._send(venue, Side.SELL, limit, min(venue.lots(part), held))

    def _check_order(self, what: str, amount: float, slip: float) -> None:
        if not 0.0 <= amount < float("inf"):
            raise ValueError(f"{what} is {amount}; it must be finite and >= 0")
        if not 0.0 <= slip < 1.0:
            raise ValueError(f"slip is {slip}; it must be in [0, 1)")

    def _parts(self, amount: float) -> list[tuple[Venue, float]]:
        total = sum(venue.share for venue in self.venues)
        return [(venue, amount * venue.share / total) for venue in self.venues]

    def _send(self, venue: Venue, side: Side, limit: int, lots: int) -> None:
        if lots < 1 or venue.indicative <= 0:
            return
        arrival = self.streams.integer(
            self.path,
            f"arrival/{venue.name}",
            self.clock.tick,
            self.clock.round,
            index=self._sent,
            n=2**62,
        )
        self._sent += 1
        venue.send(self.accounts[venue.name], side, limit, lots, Kind.IOC, arrival)

    # -- the record ---------------------------------------------------------------------------

    def withdraw(self) -> None:
        """Start a round: nothing of it rests."""
        self._sent = 0

    def end(self) -> None:
        """End a tick: record what it holds."""
        lots = sum(v.coins(self.accounts[v.name]) for v in self.venues)
        cash = sum(v.cash(self.accounts[v.name]) for v in self.venues)
        self._record.extend(np.array([[self.clock.tick, lots, cash]], dtype=np.int64))

    def table(self) -> pl.DataFrame:
        """Return what it held at the end of every tick: `day`, `coins` and `usd`."""
        tick, lots, cash = self._record.rows.T
        day = tick * self.clock.step_seconds // DAY
        return pl.DataFrame({"day": day, "coins": lots * self.venues[0].lot, "usd": cash / MICRO})
