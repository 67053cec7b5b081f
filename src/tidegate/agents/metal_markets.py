"""Markets of metals: orders are collected over a tick and cleared together at its end.

Every gram is in the books. ``mines`` issues what is dug up, ``industry`` holds what was used,
``dealers`` hold the stock that is traded, beside stockpilers, hedgers and treasuries under their
own names. Who buys names a sum, who sells names grams; all pay and get the clearing price.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import polars as pl
from tidegate_core.draws import exp, log

from tidegate.agents.base import MarketAgent
from tidegate.agents.metal_clearing import (
    TONNE,
    Session,
    clearing_price,
    mined_in,
    used_in,
)
from tidegate.agents.weekdays import is_open
from tidegate.books import USD, Books
from tidegate.int_table import IntTable
from tidegate.scenario.commodity_levers import MetalLevers
from tidegate.scenario.metals import MetalSpec

__all__ = ["DEALERS", "INDUSTRY", "MINES", "MetalMarkets"]

DAY = 86_400
MICRO = 1_000_000
ONE = 10**12
MINES, INDUSTRY, DEALERS, WORLD = "mines", "industry", "dealers", "world"
COLUMNS = ("day", "metal", "price", "view", "stock", "mined", "used", "bought", "sold")
AMOUNTS = COLUMNS[4:]


class Views(Protocol):
    """Who says what news has done to what metals are thought to be worth."""

    def view(self, metal: str) -> float:
        """Return a log change of value."""
        ...


class Order(NamedTuple):
    """What somebody wants: to spend micro-USD, or to sell grams."""

    party: str
    metal: int
    spend: int
    grams: int


class MetalMarkets(MarketAgent):
    """Clears every metal once a tick while its market is open.

    Parameters
    ----------
    metals : sequence of MetalSpec
        The metals; each must be an asset of the books.
    books : Books
        Keeps metal and pays for it; parties `mines`, `industry` and `dealers` are opened in it.
    news : Views, optional
        What news does to dealers' views.
    levers : callable
        Returns the group `metals` of the board of levers.
    plans : sequence of mappings of metal to grams, optional
        What stockpilers ask for at first prices, in the order in which levers count them.
    signal : float
        What public plans add to dealers' view, log price over the log of one and years' supply.
    matching : bool
        False freezes prices but for what news is assumed to do; orders fill while there is stock.
    weekends : bool
        Whether it is open on weekends.
    """

    def __init__(
        self,
        model: Any,
        *,
        metals: Sequence[MetalSpec],
        books: Books,
        news: Views | None = None,
        levers: Callable[[], MetalLevers] = MetalLevers,
        plans: Sequence[dict[str, int]] = (),
        signal: float = 0.0,
        matching: bool = True,
        weekends: bool = False,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.metals = tuple(metals)
        self.names = tuple(metal.name for metal in self.metals)
        self.books = books
        self.news = news
        self.levers = levers
        self.plans = tuple(plans)
        self.signal = signal
        self.matching = matching
        self.weekends = weekends
        self.assets = tuple(books.assets.index(name) for name in self.names)
        self.normal = tuple(round(metal.stock * TONNE) for metal in self.metals)
        self.log_price = [0.0] * len(self.metals)
        self.mined = [0] * len(self.metals)  # grams since the start
        self.used = [0] * len(self.metals)
        self.bought = [0] * len(self.metals)
        self.sold = [0] * len(self.metals)
        self.spent: dict[tuple[str, str], int] = {}  # micro-USD less proceeds, by party and metal
        self.table = IntTable(COLUMNS)
        self._issued = list(self.normal)
        self._orders: list[Order] = []
        self._part = [[0.0, 0.0] for _ in self.metals]  # of a gram not yet mined, not yet used
        self._waited = 0
        self._days = 0
        for party, issuer in ((MINES, True), (INDUSTRY, False), (DEALERS, False)):
            books.open(party, issuer=issuer)
        for asset, grams in zip(self.assets, self.normal, strict=True):
            books.move(asset, MINES, DEALERS, grams)

    # -- for those who trade ------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether orders of this tick are cleared."""
        return is_open(self.clock, self.weekends)

    def number(self, metal: str) -> int:
        """Return the place of a metal."""
        try:
            return self.names.index(metal)
        except ValueError:
            raise ValueError(f"metal must be one of {list(self.names)}, got {metal!r}") from None

    def price(self, metal: str) -> int:
        """Return the last price, micro-USD per kg."""
        at = self.number(metal)
        return max(round(self.metals[at].price * MICRO * exp(self.log_price[at])), 1)

    def risen(self, metal: str) -> float:
        """Return the log price over the first one."""
        return self.log_price[self.number(metal)]

    def held(self, party: str, metal: str) -> int:
        """Return a party's grams."""
        return self.books.balance(party, self.assets[self.number(metal)])

    def worth(self, party: str, metal: str) -> int:
        """Return what they are worth at the last price, micro-USD."""
        return self.held(party, metal) * self.price(metal) // 1_000

    def endow(self, party: str, metal: str, grams: int) -> None:
        """Give a party what it has from before the start."""
        at = self.number(metal)
        self.books.move(self.assets[at], MINES, party, grams)
        self._issued[at] += grams

    def buy(self, party: str, metal: str, amount: int) -> None:
        """Order metal for some micro-USD, which the party must have in the books by then."""
        if amount < 0:
            raise ValueError(f"amount must be >= 0, got {amount}")
        if amount and self.is_open:
            self._orders.append(Order(party, self.number(metal), amount, 0))

    def sell(self, party: str, metal: str, grams: int) -> None:
        """Offer grams, which the party must have in the books at the end of the tick."""
        if grams < 0:
            raise ValueError(f"grams must be >= 0, got {grams}")
        if grams and self.is_open:
            self._orders.append(Order(party, self.number(metal), 0, grams))

    # -- a tick -------------------------------------------------------------------------------

    def end(self) -> None:
        """Clear all markets if they are open, and record the days that have ended."""
        self._waited += self.clock.step_seconds
        if self.is_open:
            orders = sorted(self._orders)  # by name: a tie is broken the same way in every run
            for at in range(len(self.metals)):
                self._clear(at, [order for order in orders if order.metal == at])
            self._orders, self._waited = [], 0
        days = self.clock.end // DAY
        while self._days < days:
            self._days += 1
            self._record(self._days - 1)

    def _clear(self, at: int, orders: Sequence[Order]) -> None:
        spec, asset = self.metals[at], self.assets[at]
        session = Session(
            stock=float(self.books.balance(DEALERS, asset)),
            normal=float(self.normal[at]),
            view=self.view(at),
            seconds=float(self._waited),
            lost=self._lost(spec),
            bids=sum(order.spend for order in orders) / MICRO,
            offers=float(sum(order.grams for order in orders)),
        )
        if self.matching:
            self.log_price[at] = clearing_price(spec, session, self.log_price[at])
        else:
            self.log_price[at] = session.view
        self._settle_flows(at, session)
        price = self.price(spec.name)
        for order in orders:
            self._fill(at, order, price)

    def _settle_flows(self, at: int, session: Session) -> None:
        """Let mines deliver and industry take what they do at the price, in whole grams."""
        spec, asset, price = self.metals[at], self.assets[at], self.log_price[at]
        parts = self._part[at]
        parts[0] += mined_in(spec, session, price)
        parts[1] += used_in(spec, session, price)
        dug = int(parts[0])
        parts[0] -= dug
        self.books.move(asset, MINES, DEALERS, dug)
        taken = min(int(parts[1]), self.books.balance(DEALERS, asset))
        parts[1] -= int(parts[1])
        self.books.move(asset, DEALERS, INDUSTRY, taken)
        self.mined[at] += dug
        self.used[at] += taken

    def _fill(self, at: int, order: Order, price: int) -> None:
        """Settle one order at the price; who buys gets no more than dealers have."""
        asset, books = self.assets[at], self.books
        if order.grams:
            proceeds = order.grams * price // 1_000
            books.move(asset, order.party, DEALERS, order.grams)
            books.move(USD, WORLD, order.party, proceeds)
            self.sold[at] += order.grams
            self._book(order, -proceeds)
            return
        grams = min(order.spend * 1_000 // price, books.balance(DEALERS, asset))
        paid = grams * price // 1_000
        books.move(USD, order.party, WORLD, paid)
        books.move(asset, DEALERS, order.party, grams)
        self.bought[at] += grams
        self._book(order, paid)

    def _book(self, order: Order, paid: int) -> None:
        key = order.party, self.names[order.metal]
        self.spent[key] = self.spent.get(key, 0) + paid

    def view(self, at: int) -> float:
        """Return what dealers think a metal is worth, log price over the first."""
        spec, levers = self.metals[at], self.levers()
        told = 0.0 if self.news is None else self.news.view(spec.name)
        if levers.disclosed is None or levers.disclosed >= self.clock.end:
            return told
        public = self.plans[: levers.stockpilers]
        asked = levers.plan * sum(plan.get(spec.name, 0) for plan in public)
        return told + self.signal * log(1.0 + asked / (spec.supply * TONNE))

    def _lost(self, spec: MetalSpec) -> float:
        """Return the share of supply that does not arrive in this tick."""
        levers = self.levers()
        if levers.disrupted is None:
            return 0.0
        since = self.clock.seconds - levers.disrupted
        gone = 0 <= since < levers.lost_days * DAY
        return levers.lost * spec.controlled if gone else 0.0

    # -- records ------------------------------------------------------------------------------

    def _record(self, day: int) -> None:
        for at, name in enumerate(self.names):
            amounts = (self.mined[at], self.used[at], self.bought[at], self.sold[at])
            stock = self.books.balance(DEALERS, self.assets[at])
            row = [day, at, self.price(name), round(ONE * self.view(at)), stock, *amounts]
            self.table.extend(np.array([row], dtype=np.int64))

    def frame(self) -> pl.DataFrame:
        """Return a row a day and metal.

        ``price``: USD per kg; ``view``: log change of what dealers think it is worth; ``stock``:
        what they hold, ``mined``, ``used``, ``bought`` from them and ``sold`` to them since the
        start, t.
        """
        frame = pl.DataFrame(self.table.rows, schema=list(COLUMNS), orient="row")
        names = dict(enumerate(self.names))
        return frame.with_columns(
            pl.col("metal").replace_strict(names, return_dtype=pl.Utf8),
            pl.col("price") / MICRO,
            pl.col("view") / ONE,
            *[pl.col(name) / TONNE for name in AMOUNTS],
        )

    def audit(self) -> None:
        """Prove that every gram was there at the start, mined, or is where it was moved.

        Raises
        ------
        AssertionError
            With the metal whose grams do not add up.
        """
        for at, (name, asset) in enumerate(zip(self.names, self.assets, strict=True)):
            stock = self.books.balance(DEALERS, asset)
            dug = -self.books.balance(MINES, asset)
            assert dug == self._issued[at] + self.mined[at], f"{name}: {dug} g issued"
            assert self.books.balance(INDUSTRY, asset) == self.used[at], f"{name}: use"
            gone = self.used[at] + self.bought[at] - self.sold[at]
            expected = self.normal[at] + self.mined[at] - gone
            assert stock == expected >= 0, f"{name}: dealers hold {stock} g, not {expected}"
