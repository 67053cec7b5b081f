"""Those who fill stockpiles by plan, and a treasury that sells gold by plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from tidegate.agents.base import MarketAgent
from tidegate.agents.metal_markets import MetalMarkets
from tidegate.books import USD, Books
from tidegate.int_table import IntTable
from tidegate.scenario.commodities import StockpilerSpec
from tidegate.scenario.commodity_levers import MetalLevers

__all__ = ["GoldTreasury", "Stockpiler"]

DAY = 86_400
MICRO = 1_000_000
WORLD = "world"
TONNE = 1_000_000
COLUMNS = ("day", "metal", "grams", "spent")


class Stockpiler(MarketAgent):
    """Spends a plan's money on metals, evenly unless it fears to come too late.

    Parameters
    ----------
    spec : StockpilerSpec
        Its plan and its nerves.
    rank : int
        Its place among stockpilers: it buys if the levers say that so many of them do.
    markets : MetalMarkets
        Where it buys.
    books : Books
        Pays, from ``world`` by way of its own party, which has its path for a name.
    levers : callable
        Returns the group `metals` of the board of levers.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: StockpilerSpec,
        rank: int,
        markets: MetalMarkets,
        books: Books,
        levers: Callable[[], MetalLevers] = MetalLevers,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.spec = spec
        self.rank = rank
        self.markets = markets
        self.books = books
        self.levers = levers
        self.funded = 0  # micro-USD that its state has paid in
        self.table = IntTable(COLUMNS)
        self._first: dict[str, float] = {}  # log prices when it began
        self._last: int | None = None  # second up to which it has ordered
        self._days = 0
        books.open(self.path)

    def begin(self) -> None:
        """Order what is due of every metal."""
        levers = self.levers()
        if levers.stocked is None or self.rank >= levers.stockpilers:
            return
        if self.clock.end <= levers.stocked or not self.markets.is_open:
            return
        start = max(levers.stocked, self.clock.seconds) if self._last is None else self._last
        ends = levers.stocked + round(self.spec.days * DAY)
        part = (self.clock.end - start) / max(ends - start, self.clock.end - start)
        rivals = levers.stockpilers - 1
        wanted = 0
        for purchase in self.spec.plan:
            metal = purchase.metal
            left = round(levers.plan * purchase.usd * MICRO) - self.spent(metal)
            due = min(int(left * min(part * self._pace(metal, rivals), 1.0)), left)
            if due > 0:
                self.markets.buy(self.path, metal, due)
                wanted += due
        self._fund(wanted)
        self._last = self.clock.end

    def _pace(self, metal: str, rivals: int) -> float:
        """Return how much faster than evenly it buys: prices have risen, rivals buy too."""
        risen = self.markets.risen(metal)
        dearer = max(risen - self._first.setdefault(metal, risen), 0.0)
        return 1.0 + self.spec.haste * dearer + self.spec.rivalry * rivals

    def spent(self, metal: str) -> int:
        """Return what it has paid for a metal since the start, micro-USD."""
        return self.markets.spent.get((self.path, metal), 0)

    def _fund(self, wanted: int) -> None:
        lacking = wanted - self.books.balance(self.path, USD)
        if lacking > 0:
            self.books.move(USD, WORLD, self.path, lacking)
            self.funded += lacking

    def end(self) -> None:
        """Record every day that has ended; markets are cleared after."""
        days = self.clock.end // DAY
        while self._days < days:
            self._days += 1
            for metal in (part.metal for part in self.spec.plan):
                at, grams = self.markets.number(metal), self.markets.held(self.path, metal)
                row = [self._days - 1, at, grams, self.spent(metal)]
                self.table.extend(np.array([row], dtype=np.int64))

    def frame(self) -> pl.DataFrame:
        """Return a row a day and metal: t in the stockpile, and USD spent since the start."""
        frame = pl.DataFrame(self.table.rows, schema=list(COLUMNS), orient="row")
        names = dict(enumerate(self.markets.names))
        return frame.select(
            "day",
            pl.col("metal").replace_strict(names, return_dtype=pl.Utf8),
            (pl.col("grams") / TONNE).alias("tonnes"),
            pl.col("spent") / MICRO,
        )

    def audit(self) -> None:
        """Prove that all it was paid is spent or at hand; raises AssertionError if not."""
        spent = sum(self.spent(part.metal) for part in self.spec.plan)
        left = self.funded - spent
        assert self.books.balance(self.path, USD) == left, f"{self.path}: {left} is not at hand"


class GoldTreasury(MarketAgent):
    """A treasury with gold, which sells as much as levers say, evenly over some days.

    Parameters
    ----------
    tonnes : float
        What it owns, t.
    markets, books, levers
        As for `Stockpiler`.
    """

    def __init__(
        self,
        model: Any,
        *,
        tonnes: float,
        markets: MetalMarkets,
        books: Books,
        levers: Callable[[], MetalLevers] = MetalLevers,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.markets = markets
        self.levers = levers
        self.owned = round(tonnes * TONNE)
        self.table = IntTable(("day", "grams", "proceeds"))
        self._days = 0
        books.open(self.path)
        if self.owned:
            markets.endow(self.path, "gold", self.owned)

    def begin(self) -> None:
        """Offer what is due by the end of the tick."""
        levers = self.levers()
        if levers.gold_sold is None or not self.markets.is_open:
            return
        passed = (self.clock.end - levers.gold_sold) / (levers.gold_days * DAY)
        goal = int(self.owned * levers.gold_share * min(max(passed, 0.0), 1.0))
        gone = self.owned - self.markets.held(self.path, "gold")
        self.markets.sell(self.path, "gold", max(goal - gone, 0))

    def end(self) -> None:
        """Record every day that has ended; markets are cleared after."""
        days = self.clock.end // DAY
        while self._days < days:
            self._days += 1
            gone = self.owned - self.markets.held(self.path, "gold")
            earned = -self.markets.spent.get((self.path, "gold"), 0)
            row = [self._days - 1, gone, earned]
            self.table.extend(np.array([row], dtype=np.int64))

    def frame(self) -> pl.DataFrame:
        """Return a row a day: t sold since the start, and USD earned by it."""
        rows = self.table.rows
        return pl.DataFrame(
            {"day": rows[:, 0], "sold": rows[:, 1] / TONNE, "proceeds": rows[:, 2] / MICRO}
        )
