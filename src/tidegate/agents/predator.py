"""A predator: sells a perpetual into the liquidations of others and buys back what they must sell.

Whether that pays is the market's answer: it trades by real orders against its own capital, pays
fees, and can be liquidated itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import mesa
import numpy as np
from numpy.typing import NDArray
from tidegate_core import Kind, Side
from tidegate_core.margin_engine import MarginEngine
from tidegate_crowd.places import Places

from tidegate.scenario.coins import CoinSpec
from tidegate.scenario.predator import PredatorSpec

__all__ = ["Cluster", "MarginExchange", "Predator"]

_Ints = NDArray[np.int64]

MICRO = 1_000_000
PER_CENT = 100.0
SPENT = 0.9  # of what it could sell short: the rest is for fees
BEYOND = 1e-3  # how far past its goal it sells, so that the mark gets there
APART = 2e-3  # from the goal to its first bid, below what it sells at itself


class MarginExchange(Protocol):
    """An exchange for perpetuals."""

    name: str
    margin: MarginEngine


@dataclass(frozen=True, slots=True)
class Cluster:
    """Liquidations that wait below the mark of a contract.

    Attributes
    ----------
    contract : int
        Where.
    goal : int
        Price in ticks to which it has to be pushed.
    end : int
        Price in ticks at which the cluster ends.
    notional : float
        USD that will be sold.
    gain : float
        Forced sales over depth, both per 1 %.
    lots : int
        What is to be sold to get to the goal.
    """

    contract: int
    goal: int
    end: int
    notional: float
    gain: float
    lots: int


@dataclass(slots=True)
class _Hunt:
    """A hunt under way."""

    cluster: Cluster
    began: int
    start: int  # mark when it began, ticks
    sold: bool = False  # has it been short?
    leaving: int = 0  # lots that it was short by when it began to leave; 0: it has not


class Predator(mesa.Agent):  # type: ignore[misc]
    """A trader with an eye on others' liquidation prices.

    From time to time it looks at the long positions whose triggers lie a little below the mark.
    Where what they would have to sell is large against the depth in between, it sells short until
    the price is among them, and waits for their sales with bids further down. It leaves when it has
    bought all back, when the price rises against it, or when its patience is over.

    Parameters
    ----------
    model : mesa.Model
        The model it belongs to; nothing of it is read.
    exchange : MarginExchange
        Where it hunts; contracts are in the order of coins.
    places : Places
        All books, for depth.
    account : int
        Its account on the margin engine, funded and without positions.
    coins : sequence of CoinSpec
        Units of the contracts.
    spec : PredatorSpec
        What it has, sees and dares.

    Attributes
    ----------
    hunts : int
        Hunts since the start.
    """

    def __init__(
        self,
        model: Any,
        *,
        exchange: MarginExchange,
        places: Places,
        account: int,
        coins: Sequence[CoinSpec],
        spec: PredatorSpec,
    ) -> None:
        super().__init__(model)
        self.exchange = exchange
        self.places = places
        self.account = int(account)
        self.coins = tuple(coins)
        self.spec = spec
        self.hunts = 0
        self._hunt: _Hunt | None = None
        self._next_look = 0
        margin = exchange.margin
        self.capital = margin.equity(self.account)
        self._leverage = [
            min(spec.leverage, terms.tiers[0].max_leverage) for terms in margin.contracts
        ]
        for contract, leverage in enumerate(self._leverage):
            margin.set_leverage(self.account, contract, leverage)
        self._own = [engine is margin for engine in places.engines]

    # -- a round ------------------------------------------------------------------------------

    def act(self, now: int, seconds: int, spot: _Ints) -> None:
        """Go on with the hunt, or look for one when it is time.

        Parameters
        ----------
        now : int
            Second of the run.
        seconds : int
            Length of the round that ends now.
        spot : array of int64
            Price of each coin, ticks; it goes by the marks instead.
        """
        if self._hunt is None and now >= self._next_look:
            self._next_look = now + self.spec.look_seconds
            self._hunt = self._set_out(now)
        if self._hunt is not None:
            self._go_on(self._hunt, now, seconds)

    def _set_out(self, now: int) -> _Hunt | None:
        found = self.look()
        if found is None or found.gain <= self.spec.threshold:
            return None
        start = self._mark(found.contract)
        if found.lots > self._room(found.contract, start):
            return None
        self.hunts += 1
        return _Hunt(found, now, start)

    def _go_on(self, hunt: _Hunt, now: int, seconds: int) -> None:
        contract = hunt.cluster.contract
        mark = self._mark(contract)
        self._withdraw(contract)
        short = self._short(contract)
        if hunt.sold and not short:
            self._hunt = None
            self._next_look = now + self.spec.rest_seconds
            return
        late = now - hunt.began >= self.spec.patience_seconds
        if not hunt.leaving and (late or mark > hunt.start * (1.0 + self.spec.stop)):
            hunt.leaving = max(short, 1)
            hunt.sold = True
        if hunt.leaving:
            self._leave(hunt, mark, short, seconds)
            return
        if mark > hunt.cluster.goal:
            self._push(hunt, mark, seconds)
        self._wait(hunt)

    def _mark(self, contract: int) -> int:
        return self.exchange.margin.mark(contract) or 0

    # -- what it sees -------------------------------------------------------------------------

    def look(self) -> Cluster | None:
        """Return the cluster with the largest gain over all contracts, if there is any."""
        seen = [
            cluster
            for contract in range(len(self.coins))
            if (cluster := self._cluster(contract)) is not None
        ]
        return max(seen, key=lambda cluster: cluster.gain, default=None)

    def _cluster(self, contract: int) -> Cluster | None:
        mark = self._mark(contract)
        if not mark or self.exchange.margin.halted(contract):
            return None
        top, end = int(mark * (1.0 - self.spec.near)), int(mark * (1.0 - self.spec.far))
        found = self._seen(contract, top, end) if self.spec.visible else self._guessed(contract)
        if found is None:
            return None
        notional, goal = found
        depth, lots = self._in_the_way(contract, 1.0 - goal / mark)
        if not depth:
            return None
        released = notional / (PER_CENT * (self.spec.far - self.spec.near))
        return Cluster(contract, goal, end, notional, released / depth, lots)

    def _seen(self, contract: int, top: int, end: int) -> tuple[float, int] | None:
        """Sum up the longs that are due between two prices; USD, and where the push has to end."""
        table = self.exchange.margin.positions()
        trigger = table["trigger"]
        chosen = (table["contract"] == contract) & (table["size"] > 0)
        chosen &= (end <= trigger) & (trigger <= top) & (table["account"] != self.account)
        rows = table[chosen]
        if not len(rows):
            return None
        order = np.lexsort((rows["account"], -rows["trigger"]))
        lots = np.cumsum(rows["size"][order])
        reached = int(np.searchsorted(lots, self.spec.ignite * lots[-1]))
        goal = int(rows["trigger"][order[reached]])
        return float(lots[-1]) * top * self.coins[contract].unit, goal

    def _guessed(self, contract: int) -> tuple[float, int] | None:
        """Guess from open interest, spread evenly, what `_seen` would know."""
        spec, mark = self.spec, self._mark(contract)
        lots = spec.guess * self.exchange.margin.open_interest(contract)
        if not lots:
            return None
        goal = int(mark * (1.0 - spec.near - spec.ignite * (spec.far - spec.near)))
        return lots * mark * self.coins[contract].unit, goal

    def _in_the_way(self, contract: int, way: float) -> tuple[float, int]:
        """Return bids per 1 % of price, USD, and the lots that stand in the way of a push."""
        usd = self.places.depth_within(Side.BUY, way)[1]
        here = self.places.coin == contract
        own = here & self.places.perpetual & np.array(self._own)
        bids = math.fsum(usd[own]) + self.spec.linked * math.fsum(usd[here & ~own])
        mark = self._mark(contract)
        return bids / (PER_CENT * way), math.ceil(bids / (mark * self.coins[contract].unit))

    # -- what it does -------------------------------------------------------------------------

    def _short(self, contract: int) -> int:
        """Return the lots that it is short by."""
        position = self.exchange.margin.position(self.account, contract)
        return 0 if position is None else max(0, -int(position["size"]))

    def _room(self, contract: int, mark: int) -> int:
        """Return the lots that it can still sell short: its equity is finite."""
        spare = (
            SPENT * self._leverage[contract] * max(0, self.exchange.margin.available(self.account))
        )
        return int(spare / (mark * self.coins[contract].tick_value))

    def _withdraw(self, contract: int) -> None:
        self.exchange.margin.cancel_all(self.account, contract)

    def _push(self, hunt: _Hunt, mark: int, seconds: int) -> None:
        """Sell into the book, no deeper than to the cluster."""
        contract, goal = hunt.cluster.contract, hunt.cluster.goal
        pace = math.ceil(hunt.cluster.lots * seconds / self.spec.push_seconds)
        lots = min(pace, self._room(contract, mark))
        if lots > 0:
            limit = math.ceil(goal * (1.0 - BEYOND))
            self.exchange.margin.submit(contract, self.account, Side.SELL, limit, lots, Kind.IOC)
        hunt.sold = hunt.sold or self._short(contract) > 0

    def _wait(self, hunt: _Hunt) -> None:
        """Bid for all it is short by, evenly from the cluster's beginning to its end."""
        contract, levels = hunt.cluster.contract, self.spec.levels
        short = self._short(contract)
        top = int(hunt.cluster.goal * (1.0 - APART))
        step = max(0, top - hunt.cluster.end) / levels
        for level in range(levels):
            lots = short * (level + 1) // levels - short * level // levels
            if lots:
                self._bid(contract, max(1, int(top - step * level)), lots, Kind.LIMIT)

    def _leave(self, hunt: _Hunt, mark: int, short: int, seconds: int) -> None:
        """Buy back at the market, as fast as it has sold."""
        pace = math.ceil(hunt.leaving * seconds / self.spec.push_seconds)
        lots = min(short, pace)
        if lots:
            limit = int(mark * (1.0 + self.spec.slip))
            self._bid(hunt.cluster.contract, limit, lots, Kind.IOC)

    def _bid(self, contract: int, price: int, lots: int, kind: Kind) -> None:
        """Buy back at most what it is short by."""
        self.exchange.margin.submit(
            contract, self.account, Side.BUY, price, lots, kind, reduce_only=True
        )

    # -- reading ------------------------------------------------------------------------------

    @property
    def hunting(self) -> bool:
        """Whether a hunt is under way."""
        return self._hunt is not None

    @property
    def profit(self) -> int:
        """Profit since the start at the marks, fees paid, micro-USD."""
        return int(self.exchange.margin.equity(self.account)) - self.capital

    @property
    def short(self) -> int:
        """What it is short by at the marks, micro-USD."""
        return sum(
            self._short(contract) * self._mark(contract) * coin.tick_value
            for contract, coin in enumerate(self.coins)
        )

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        margin = self.exchange.margin
        hunted = None if self._hunt is None else self._hunt.cluster.contract
        for contract in range(len(self.coins)):
            position = margin.position(self.account, contract)
            size = 0 if position is None else position["size"]
            assert size <= 0, f"long by {size} in contract {contract}"
            assert size == 0 or contract == hunted, f"short by {-size}, but no hunt"
            assert contract == hunted or not margin.orders(self.account, contract)
