"""A buyer of coins on spot that keeps what it buys: inflow that never leaves, or a last resort."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray
from tidegate_crowd.places import Places

from tidegate.agents.collateral import USD, CollateralDesk, CreditBooks, SpotExchange
from tidegate.agents.metaorder import Metaorder
from tidegate.scenario.spot_buyers import SpotBuyerSpec

__all__ = ["SpotBuyer"]

MICRO = 1_000_000
HOUR = 3_600
LOOK = 60  # seconds between two looks at the price, and between two orders
WAITING = -1


class SpotBuyer(mesa.Agent):  # type: ignore[misc]
    """Works one metaorder in dollars at the spot books, by their depth, and holds on.

    Once a minute it looks and sends its order. Its cash lies in the books until an order needs it;
    its coins lie on its spot accounts.

    Parameters
    ----------
    model : mesa.Model
        The model it belongs to; nothing of it is read.
    exchanges : sequence of SpotExchange
        In the order of the places' venues.
    places : Places
        Where it buys: at the places of spot.
    accounts : sequence of int
        Its account on each spot engine, empty.
    books : CreditBooks
        Keeps its cash; gets an account for it.
    coin : int
        Index of the coin it buys.
    spec : SpotBuyerSpec
        How much, when and how fast.
    cash_from : str
        Party of the books that issues cash.

    Attributes
    ----------
    began : int
        Second at which it began to buy; -1: it has not.
    spent : int
        Micro-USD, fees included.
    bought : int
        Lots.
    """

    def __init__(
        self,
        model: Any,
        *,
        exchanges: Sequence[SpotExchange],
        places: Places,
        accounts: Sequence[int],
        books: CreditBooks,
        coin: int,
        spec: SpotBuyerSpec,
        cash_from: str = "world",
    ) -> None:
        super().__init__(model)
        self.desk = CollateralDesk(exchanges, places, accounts, books)
        self.spec = spec
        self.coin = coin
        self.party = f"buyer/{spec.name}"
        self.size = round(spec.size * MICRO)
        books.open(self.party)
        books.move(USD, cash_from, self.party, self.size)
        self.spent = self.bought = 0
        self.began = WAITING
        self._order: Metaorder | None = None
        self._highest = 0  # ticks, since it watches
        self._limit = math.inf  # ticks: the most it pays

    def act(self, now: int, seconds: int, spot: NDArray[np.int64]) -> None:
        """Begin if it is time, and buy what is due by now.

        Parameters
        ----------
        now : int
            Second of the run.
        seconds : int
            Length of the round that ends now.
        spot : array of int64
            Price of each coin, ticks.
        """
        if now // LOOK == (now - seconds) // LOOK:
            return
        price = int(spot[self.coin])
        if self._order is None:
            self._watch(now, price)
        if self._order is None or price >= self._limit:
            return
        slip = min(self.spec.slip, self._limit / price - 1.0)
        budget = self._order.slice(now, self.spent)
        if budget and slip > 0.0:
            lots, paid = self.desk.buy(self.coin, budget, price, slip, self.party)
            self.bought += lots
            self.spent += paid

    def _watch(self, now: int, price: int) -> None:
        """Begin where the price is low enough; without a trigger at the first chance."""
        begin = round(self.spec.begin_hours * HOUR)
        if now < begin:
            return
        self._highest = max(self._highest, price)
        trigger = self._highest * (1.0 - self.spec.fall)
        if price > trigger:
            return
        if self.spec.fall:
            begin, self._limit = now, trigger
        self.began = now
        self._order = Metaorder(self.size, begin, begin + max(1, round(self.spec.hours * HOUR)))

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        self.desk._check()
        assert 0 <= self.spent <= self.size, f"{self.party} has spent {self.spent} of {self.size}"
        held = self.desk.held(self.coin)
        assert held == self.bought, f"{self.party} holds {held} lots, has bought {self.bought}"
        assert (self._order is None) == (self.began == WAITING)
