"""Cross-venue arbitrage with finite capital and transfers that take time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import permutations
from typing import Any

from tidegate_core import Kind, Side

from tidegate.agents.base import MarketAgent
from tidegate.books import BTC, USD, Books
from tidegate.scenario import ArbitrageSpec
from tidegate.venue import Venue

__all__ = ["Arbitrageur"]

LOW_STOCK = 0.25  # below this share of its home stock a venue is refilled from the richest one


class Arbitrageur(MarketAgent):
    """Buys where the coin is cheap and sells where it is dear, from stock on both sides.

    Parameters
    ----------
    accounts : mapping of venue name to account
        Its account at each venue, funded with coins and cash.
    spec : ArbitrageSpec
        Edge and transfer time.
    books : Books
        Carries its transfers.
    """

    def __init__(
        self,
        model: Any,
        *,
        accounts: Mapping[str, int],
        spec: ArbitrageSpec,
        books: Books,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.accounts = dict(accounts)
        self.spec = spec
        self.books = books
        self.home = {
            asset: {v.name: self._free(v, asset) for v in self.venues} for asset in (USD, BTC)
        }
        self.flying: list[tuple[int, int]] = []

    def _free(self, venue: Venue, asset: int) -> int:
        account = self.accounts[venue.name]
        return venue.cash(account) if asset == USD else venue.coins(account)

    def begin(self) -> None:
        """Refill the venue that runs low from the one that has most, if nothing is under way."""
        self.flying = [(end, asset) for end, asset in self.flying if end > self.clock.seconds]
        for asset in (USD, BTC):
            if any(a == asset for _, a in self.flying) or len(self.venues) < 2:
                continue
            home = self.home[asset]
            known = [v for v in self.venues if home[v.name] > 0]
            if len(known) < 2:
                continue
            fill = {v.name: self._free(v, asset) / home[v.name] for v in known}
            poor = min(known, key=lambda v: fill[v.name])
            rich = max(known, key=lambda v: fill[v.name])
            if fill[poor.name] < LOW_STOCK < fill[rich.name]:
                self._refill(rich, poor, asset)

    def _refill(self, rich: Venue, poor: Venue, asset: int) -> None:
        want = self.home[asset][poor.name] - self._free(poor, asset)
        amount = min(want, self._free(rich, asset) // 2)
        if amount < 1:
            return
        arrives = self.clock.seconds + round(60 * self.spec.transfer_minutes)
        source, target = self.accounts[rich.name], self.accounts[poor.name]
        self.books.send((rich, source), (poor, target), asset, amount, arrives=arrives)
        self.flying.append((arrives, asset))

    def trade(self) -> None:
        """Send both legs wherever the price difference pays fees and edge."""
        for cheap, dear in permutations(self.venues, 2):
            self._trade(cheap, dear)

    def _trade(self, cheap: Venue, dear: Venue) -> None:
        ask, bid = cheap.best_ask, dear.best_bid
        if ask is None or bid is None:
            return
        cost = (cheap.taker_ppm + dear.taker_ppm) * 1e-6 + self.spec.edge
        ask_usd, bid_usd = cheap.price(ask), dear.price(bid)
        if bid_usd <= ask_usd * (1.0 + cost):
            return
        # Both legs stop at one price that still pays half of the cost each.
        middle = math.sqrt(ask_usd * bid_usd)
        buy_limit = cheap.ticks(middle * (1.0 - 0.5 * cost))
        sell_limit = dear.ticks(middle * (1.0 + 0.5 * cost))
        spend = min(0.99, 0.999 / (1.0 + cheap.taker_ppm * 1e-6))  # the rest pays the fee
        lots = min(
            cheap.depth_to(Side.SELL, buy_limit),
            dear.depth_to(Side.BUY, sell_limit),
            self._free(dear, BTC),
            int(self._free(cheap, USD) * spend / (buy_limit * cheap.tick * cheap.lot * 1e6)),
        )
        if lots < 1:
            return
        arrival = self.streams.integer(
            self.path, "arrival", self.clock.tick, self.clock.round, n=2**62
        )
        buyer, seller = self.accounts[cheap.name], self.accounts[dear.name]
        cheap.send(buyer, Side.BUY, buy_limit, lots, Kind.IOC, arrival)
        dear.send(seller, Side.SELL, sell_limit, lots, Kind.IOC, arrival)
