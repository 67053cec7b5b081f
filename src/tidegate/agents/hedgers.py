"""Those who divide their money between shares, dollars, metals and coins by how much they fear.

Each tick they close a part of the gap between what they hold and what their weights ask for. Shares
trade at a price from outside, metals in their markets, coins on the venues; dollars are what is
left. A fall of an asset makes them buy it back, fear makes them leave what they expect to fall:
which is stronger is not written down anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from tidegate_core.draws import exp

from tidegate.agents.desk_agent import DeskAgent
from tidegate.agents.haven_weights import ASSETS, Weights, base_weights, weights
from tidegate.agents.metal_markets import MetalMarkets
from tidegate.agents.trade_news import TradeNews
from tidegate.agents.trading_desk import MICRO, TradingDesk
from tidegate.books import BTC, USD, Books
from tidegate.int_table import IntTable
from tidegate.scenario.commodities import HedgersSpec
from tidegate.scenario.execution import ExecutionSpec
from tidegate.scenario.metals import MetalSpec

__all__ = ["SHARES", "Hedgers"]

SHARES = "shares"
DAY = 86_400
WORLD = "world"
COLUMNS = ("day", *ASSETS, *(f"{name}_bought" for name in ASSETS))


class Hedgers(DeskAgent):
    """All of them as one trader.

    Parameters
    ----------
    spec : HedgersSpec
        What they have and believe.
    news : TradeNews
        Says what there is to fear, and what shares cost.
    markets : MetalMarkets
        Where they trade metals.
    minerals : sequence of MetalSpec
        Minerals they hold, each by the value of its supply.
    books : Books
        Keeps what they own under their path; ``shares`` must be an asset of it.
    coins_from : str
        Party that has held the coins they start with.
    accounts, execution, daily_volume, rounds
        As for `TradingDesk`.

    Notes
    -----
    A share is worth 1 USD at the start. ``world`` trades shares at any amount.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: HedgersSpec,
        news: TradeNews,
        markets: MetalMarkets,
        minerals: Sequence[MetalSpec],
        books: Books,
        coins_from: str,
        accounts: Mapping[str, int],
        execution: ExecutionSpec,
        daily_volume: float,
        rounds: int,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.spec = spec
        self.news = news
        self.markets = markets
        self.books = books
        values = [metal.price * metal.supply for metal in minerals]
        self.parts = {m.name: v / sum(values) for m, v in zip(minerals, values, strict=True)}
        self.asset = books.assets.index(SHARES)
        books.open(self.path)
        self.desk = TradingDesk(
            path=self.path,
            venues=self.venues,
            accounts=accounts,
            books=books,
            streams=self.streams,
            clock=self.clock,
            execution=execution,
            daily_volume=daily_volume,
            rounds=rounds,
            payer=self.path,
        )
        self.pace = 1.0 - exp(-self.clock.step_seconds / (spec.pace_days * DAY))
        self.shares_bought = 0  # micro-USD spent on shares less proceeds
        self.endowed = int(base_weights(spec).dollars * spec.wealth_usd * MICRO)
        self.table = IntTable(COLUMNS)
        self._free = 0  # micro-USD at the bank that no order of this tick has taken
        self._days = 0
        self._endow(coins_from)

    def _endow(self, coins_from: str) -> None:
        """Hand out what they own at the start, at the first prices."""
        base, wealth = base_weights(self.spec), self.spec.wealth_usd
        self.books.move(self.asset, WORLD, self.path, int(base.shares * wealth))
        self.books.move(USD, WORLD, self.path, self.endowed)
        metals = {"gold": base.gold} | {m: base.minerals * p for m, p in self.parts.items()}
        for metal, weight in metals.items():
            grams = int(weight * wealth * MICRO) * 1_000 // self.markets.price(metal)
            self.markets.endow(self.path, metal, grams)
        for venue in self.venues:
            unit = venue.lot * venue.price(venue.indicative)
            lots = int(base.coins * wealth * venue.share / unit)
            self.books.move(BTC, coins_from, venue.name, lots)
            venue.credit(self.desk.accounts[venue.name], BTC, lots)

    # -- position -----------------------------------------------------------------------------

    def _paid(self, metal: str) -> int:
        """Return what they have paid for a metal less proceeds, micro-USD."""
        return self.markets.spent.get((self.path, metal), 0)

    def bought(self) -> Weights:
        """Return what they have bought since the start less what they sold, USD."""
        spent = (
            self.shares_bought,
            self._paid("gold"),
            sum(self._paid(metal) for metal in self.parts),
            self.desk.invested,
        )
        shares, gold, minerals, coins = (amount / MICRO for amount in spent)
        return Weights(shares, -sum(spent) / MICRO, gold, minerals, coins)

    @property
    def cash(self) -> int:
        """Dollars at the bank, at venues and on their way, micro-USD."""
        metals = sum(self._paid(metal) for metal in ("gold", *self.parts))
        return self.endowed - self.shares_bought - metals - self.desk.invested

    def values(self) -> Weights:
        """Return what they hold of every asset, USD."""
        minerals = sum(self.markets.worth(self.path, metal) for metal in self.parts)
        return Weights(
            self.books.balance(self.path, self.asset) * exp(self.news.shares),
            self.cash / MICRO,
            self.markets.worth(self.path, "gold") / MICRO,
            minerals / MICRO,
            self.desk.value / MICRO,
        )

    @property
    def planned(self) -> int:
        """Micro-USD that they have decided to put into coins since the start."""
        return self.desk.invested + self.desk.backlog

    # -- a tick -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Close a part of every gap between what is held and what is wanted."""
        self.desk.look()
        held = self.values()
        total = sum(held)
        wanted = weights(self.spec, self.news.fear)
        gaps = Weights(
            *(
                self.pace * (weight * total - value)
                for weight, value in zip(wanted, held, strict=True)
            )
        )
        self._free = self.books.balance(self.path, USD)
        if self.markets.is_open:
            self._trade_shares(gaps.shares)
            self._trade_metal("gold", gaps.gold)
            for metal, part in self.parts.items():
                self._trade_metal(metal, part * gaps.minerals)
        most = self._free + self.desk.cash + self.desk.in_transit
        self.desk.backlog = min(int(gaps.coins * MICRO), most)
        self.desk.work()

    def _trade_shares(self, gap: float) -> None:
        """Trade shares with the world at their price; sales come first into what is free."""
        price = exp(self.news.shares)
        units = int(min(gap, self._free / MICRO) / price)
        paid = int(units * price * MICRO)
        if units > 0:
            self.books.move(self.asset, WORLD, self.path, units)
            self.books.move(USD, self.path, WORLD, paid)
        elif units < 0:
            self.books.move(self.asset, self.path, WORLD, -units)
            self.books.move(USD, WORLD, self.path, -paid)
        self.shares_bought += paid
        self._free -= paid

    def _trade_metal(self, metal: str, gap: float) -> None:
        """Order a metal, or offer some of it."""
        if gap > 0.0:
            amount = min(int(gap * MICRO), self._free)
            self.markets.buy(self.path, metal, amount)
            self._free -= amount
        else:
            grams = int(-gap * MICRO) * 1_000 // self.markets.price(metal)
            self.markets.sell(self.path, metal, min(grams, self.markets.held(self.path, metal)))

    def end(self) -> None:
        """Record every day that has ended; markets of metals are cleared after."""
        days = self.clock.end // DAY
        while self._days < days:
            self._days += 1
            amounts = (*self.values(), *self.bought())
            row = [self._days - 1, *(round(amount) for amount in amounts)]
            self.table.extend(np.array([row], dtype=np.int64))

    def frame(self) -> pl.DataFrame:
        """Return a row a day: USD held of every asset, and bought of it since the start, net."""
        return pl.DataFrame(self.table.rows, schema=list(COLUMNS), orient="row")

    def audit(self) -> None:
        """Prove that every dollar they should have is somewhere; raises AssertionError if not."""
        self.desk.book_trades()
        home = self.books.bound_for(self.path, USD)
        bank = self.books.balance(self.path, USD)
        there = bank + self.desk.cash + self.desk.in_transit + home
        assert there == self.cash, f"{self.path}: {there} micro-USD are there, not {self.cash}"
