"""Streams of order events as crypto recorders publish them, from an exchange in plain Python.

A taker is created across the touch; then its makers' and its own events come, in either order;
then it is deleted with nothing left, or rests. Orders from before the file have no creation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.replay.lobster_days import BUY, SELL, HalfBook, Order

Event = tuple[int, int, int, int, str, int]  # id, ms, price in cents, satoshis, action, side


@dataclass(frozen=True)
class Recording:
    """Events, and what the exchange knows of them."""

    events: list[Event]
    trades: int
    resting: dict[int, int]  # satoshis by id
    takers: int

    def text(self, deleted_volumes: str = "what was left") -> str:
        """Write a file; recorders differ in what volume they give deleted orders."""
        last: dict[int, int] = {}
        lines = ["id,timestamp,exchange.timestamp,price,volume,action,direction"]
        for number, time, price, volume, action, side in self.events:
            shown = volume
            if action == "deleted" and deleted_volumes != "what was left":
                shown = 0 if deleted_volumes == "always 0" else last[number]
            last[number] = shown
            lines.append(
                f"{number},{time},{time - 40},{price // 100}.{price % 100:02d},"
                f"{shown // 10**8}.{shown % 10**8:08d},{action},{'bid' if side == BUY else 'ask'}"
            )
        return "\n".join(lines) + "\n"


class Exchange:
    """Limit orders in price-time order, every event published."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.sides = {BUY: HalfBook(BUY), SELL: HalfBook(SELL)}
        self.orders: dict[int, tuple[int, int, Order]] = {}
        self.events: list[Event] = []
        self.time = 1_430_524_800_000
        self.number = 65_000_000
        self.trades = self.takers = 0

    def publish(self, number: int, price: int, volume: int, action: str, side: int) -> None:
        self.events.append((number, self.time, price, volume, action, side))

    def submit(self, side: int, price: int, volume: int) -> None:
        self.number += 1
        taker = Order(self.number, volume)
        other = self.sides[-side]
        self.publish(taker.number, price, volume, "created", side)
        self.takers += bool(other.keys) and side * (price - other.price(0)) >= 0
        while taker.size and other.keys and side * (price - other.price(0)) >= 0:
            self.trade(taker, side, price, other.price(0))
        if taker.size:
            self.sides[side].add(price, taker)
            self.orders[taker.number] = (side, price, taker)

    def trade(self, taker: Order, side: int, limit: int, price: int) -> None:
        maker = self.sides[-side].queues[price][0]
        size = min(taker.size, maker.size)
        self.sides[-side].reduce(price, maker, size)
        taker.size -= size
        self.trades += 1
        if not maker.size:
            del self.orders[maker.number]
        both = [(maker, price, -side), (taker, limit, side)]
        for order, at, whose in both if self.rng.random() < 0.5 else reversed(both):
            self.publish(
                order.number, at, order.size, "changed" if order.size else "deleted", whose
            )

    def cancel(self, number: int) -> None:
        side, price, order = self.orders.pop(number)
        self.publish(number, price, order.size, "deleted", side)
        self.sides[side].reduce(price, order, order.size)

    def step(self) -> None:
        self.time += int(self.rng.exponential(30))
        u = self.rng.random()
        if u < 0.35 and len(self.orders) > 20:
            self.cancel(int(self.rng.choice(list(self.orders))))
            return
        side = BUY if self.rng.random() < 0.5 else SELL
        half = self.sides[side]
        touch = half.price(0) if half.keys else 23_100 - 5 * side
        away = int(8 * (self.rng.random() ** -0.7 - 1)) if u < 0.9 else -int(self.rng.integers(30))
        self.submit(side, max(touch - side * away, 100), 1 + int(self.rng.integers(5 * 10**8)))


def recording(events: int, seed: int = 1, unseen: int = 100) -> Recording:
    """Record events, after some of which nothing was recorded."""
    exchange = Exchange(seed)
    for _ in range(unseen):
        exchange.step()
    before, exchange.trades, exchange.takers = len(exchange.events), 0, 0
    while len(exchange.events) < before + events:
        exchange.step()
    resting = {number: order.size for number, (_, _, order) in exchange.orders.items()}
    return Recording(exchange.events[before:], exchange.trades, resting, exchange.takers)
