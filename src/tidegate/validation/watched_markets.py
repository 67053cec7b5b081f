"""Leveraged markets that keep what their tape does not: who was deleveraged, and makers' flow.

Tests import this where they use it: no others need the leveraged market.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tidegate_core.codes import EventKind

from tidegate.agents.leveraged_exchange import LeveragedExchange
from tidegate.leveraged_model import LeveragedMarket

__all__ = ["CLOSED", "Deleveraging", "Flow", "makers_wealth"]

CLOSED: Final = np.dtype(
    [("exchange", "i8"), ("account", "i8"), ("contract", "i8"), ("profit", "f8"), ("left", "i8")]
)
MICRO: Final = 1_000_000


class Deleveraging(LeveragedMarket):
    """A market that knows of everybody deleveraged what that closed, and what was left."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.closed: list[NDArray[Any]] = []

    def closed_positions(self) -> NDArray[Any]:
        """Return a row per position of which something was taken: profit in all, least left."""
        rows = np.concatenate([np.zeros(0, CLOSED), *self.closed])
        keys = rows[["exchange", "account", "contract"]]
        _, first, at = np.unique(keys, return_index=True, return_inverse=True)
        found = rows[first]
        found["profit"] = np.bincount(at, rows["profit"], minlength=len(found))
        np.minimum.at(found["left"], at, rows["left"])
        return found

    def _liquidate(self, seconds: int, spot: NDArray[np.int64]) -> None:
        before = [exchange.margin.positions() for exchange in self.exchanges]
        told = [len(exchange.events) for exchange in self.exchanges]
        super()._liquidate(seconds, spot)
        for number, exchange in enumerate(self.exchanges):
            for events in exchange.events[told[number] :]:
                taken = events[events["kind"] == int(EventKind.ADL)]
                if len(taken):
                    self.closed.append(_closed(number, exchange, before[number], taken))


def _closed(
    number: int, exchange: LeveragedExchange, before: NDArray[Any], events: NDArray[Any]
) -> NDArray[Any]:
    """Return a row per closing of a counterparty: its profit (USD), and the lots it has left."""
    held = {(row["account"], row["contract"]): row for row in before[before["size"] != 0]}
    left = {key: abs(int(row["size"])) for key, row in held.items()}
    found = np.zeros(len(events), dtype=CLOSED)
    for at, event in enumerate(events):
        key = event["counterparty"], event["contract"]
        lots, position = abs(int(event["quantity"])), held[key]
        left[key] -= lots
        # The target's change is negative where the counterparty is short and buys back.
        side = 1 if event["quantity"] > 0 else -1
        cost = position["entry"] / position["size"]  # micro-USD a lot, above 0
        worth = int(event["price"]) * exchange.units[event["contract"]]
        profit = side * lots * (worth - cost) / MICRO
        found[at] = number, *key, profit, left[key]
    return found


class Flow(LeveragedMarket):
    """A market that keeps what makers sold and bought, and how prices and news moved, by round.

    Attributes
    ----------
    rounds
        A row per round: second, BTC's log price and log value as it ended, USD that makers sold
        net in it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rounds: list[tuple[float, float, float, float]] = []
        self._btc = np.flatnonzero(self.places.coin == 0)

    def _round(self, seconds: int) -> None:
        ended, price, value = self.now, self.places.mids()[self._btc].mean(), self.news.value[0]
        super()._round(seconds)
        # Makers look at what was taken from them as they quote again: it is of the round before.
        net = float((self.quotes.sold - self.quotes.bought)[self._btc].sum())
        self.rounds.append((ended, price, value, net))


def makers_wealth(market: LeveragedMarket) -> float:
    """Return what the makers own on all exchanges at the prices of the moment, USD."""
    total = 0
    accounts = market.quotes.accounts.reshape(len(market.exchanges), 2, -1)
    for exchange, (spot, margin) in zip(market.exchanges, accounts, strict=True):
        free, reserved = exchange.spot.balances()
        own = (free + reserved)[spot[0]].tolist()
        prices = (i * unit for i, unit in zip(exchange.index, exchange.units, strict=True))
        total += own[0] + sum(n * price for n, price in zip(own[1:], prices, strict=False))
        total += exchange.margin.equity(int(margin[0]))
    return total / MICRO
