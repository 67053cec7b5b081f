"""Days in LOBSTER's format, from a market written in plain Python that shares no code with ours.

The market holds more than a file shows: orders that were there before the file begins, levels
beyond the window, hidden orders. A message is written if it changes what is shown, or if it is one
of those that never do (hidden executions, crosses, halts).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CENT = 100  # of LOBSTER's prices, which are in 1/10,000 USD
EMPTY = 9_999_999_999
OPEN_NS = 34_200 * 10**9
NEW, CANCEL, DELETE, EXECUTE, HIDDEN, CROSS, HALT = range(1, 8)
BUY, SELL = 1, -1

Matrix = NDArray[np.int64]


@dataclass(eq=False)
class Order:
    number: int
    size: int


@dataclass(eq=False)
class HalfBook:
    """One side: queues by price, and the prices in order, best first by `sign`."""

    sign: int
    queues: dict[int, list[Order]] = field(default_factory=dict)
    totals: dict[int, int] = field(default_factory=dict)
    keys: list[int] = field(default_factory=list)  # -sign * price, ascending

    def add(self, price: int, order: Order) -> None:
        if price not in self.queues:
            self.queues[price] = []
            self.totals[price] = 0
            insort(self.keys, -self.sign * price)
        self.queues[price].append(order)
        self.totals[price] += order.size

    def reduce(self, price: int, order: Order, size: int) -> None:
        order.size -= size
        self.totals[price] -= size
        if order.size == 0:
            self.queues[price].remove(order)
            if not self.queues[price]:
                del self.queues[price], self.totals[price]
                del self.keys[bisect_left(self.keys, -self.sign * price)]

    def price(self, level: int) -> int:
        return -self.sign * self.keys[level]

    def shown(self, levels: int) -> list[int]:
        cells = []
        for key in self.keys[:levels]:
            cells += (-self.sign * key, self.totals[-self.sign * key])
        return cells + [-self.sign * EMPTY, 0] * (levels - len(cells) // 2)


@dataclass(frozen=True, eq=False)
class Day:
    """What a pair of files holds."""

    messages: Matrix  # time in ns, type, id, size, price, direction
    rows: Matrix  # ask price, ask size, bid price, bid size, level by level

    def copy(self) -> Day:
        return Day(self.messages.copy(), self.rows.copy())


class Market:
    """The market of a day, and what is written down of it."""

    def __init__(self, levels: int, seed: int, resting: int, reach: float) -> None:
        self.levels, self.resting, self.reach = levels, resting, reach
        self.rng = np.random.default_rng(seed)
        self.sides = {BUY: HalfBook(BUY), SELL: HalfBook(SELL)}
        self.mid = 500 * 10_000
        self.time = OPEN_NS
        self.numbers = 1_000
        self.live = 0
        self.out_of_turn = 0
        self.messages, self.rows = array("q"), array("q")
        self.uniforms: list[float] = []
        self.row = self.shown()

    # ------------------------------------------------------------------------------- draws

    def draw(self) -> float:
        if not self.uniforms:
            self.uniforms = self.rng.random(100_000).tolist()
        return self.uniforms.pop()

    def below(self, n: int) -> int:
        return int(self.draw() * n)

    def size(self) -> int:
        return 100 if self.draw() < 0.6 else 1 + self.below(700)

    # ------------------------------------------------------------------------------- files

    def shown(self) -> list[int]:
        asks, bids = self.sides[SELL].shown(self.levels), self.sides[BUY].shown(self.levels)
        row = [0] * (4 * self.levels)
        row[0::4], row[1::4], row[2::4], row[3::4] = asks[::2], asks[1::2], bids[::2], bids[1::2]
        return row

    def write(self, kind: int, number: int, size: int, price: int, direction: int) -> None:
        """Write down an event, unless it changed nothing that is shown."""
        row = self.shown()
        if kind < HIDDEN and row == self.row:
            return
        self.row = row
        self.messages.extend((self.time, kind, number, size, price, direction))
        self.rows.extend(row)

    # ------------------------------------------------------------------------------ events

    def new(self) -> None:
        side = BUY if self.draw() < 0.5 else SELL
        other = self.sides[-side]
        ticks = int(self.reach * (self.draw() ** -0.6 - 1))
        own = self.sides[side]
        start = own.price(0) if own.keys else self.mid - side * 5 * CENT
        price = start - side * CENT * (ticks - self.below(4))
        if other.keys and side * (other.price(0) - price) <= 0:
            price = other.price(0) - side * CENT
        self.numbers += 1 + self.below(40)
        order = Order(self.numbers, self.size())
        self.live += 1
        own.add(price, order)
        self.write(NEW, order.number, order.size, price, side)

    def some(self) -> tuple[int, int, Order] | None:
        """Find an order, mostly among the levels shown."""
        side = BUY if self.draw() < 0.5 else SELL
        half = self.sides[side]
        if not half.keys:
            return None
        reach = self.levels + 2 if self.draw() < 0.8 else len(half.keys)
        price = half.price(self.below(min(len(half.keys), reach)))
        queue = half.queues[price]
        return side, price, queue[self.below(len(queue))]

    def cancel(self, kind: int) -> None:
        found = self.some()
        if found is None:
            return
        side, price, order = found
        size = order.size
        if kind == CANCEL:
            if size == 1:
                return
            size = 1 + self.below(size - 1)
        self.live -= kind == DELETE
        self.sides[side].reduce(price, order, size)
        self.write(kind, order.number, size, price, side)

    def execute(self) -> None:
        """Trade a market order: a message for every resting order it meets."""
        side = BUY if self.draw() < 0.5 else SELL  # of the resting orders
        half = self.sides[side]
        left = self.size() * (1 + self.below(4) ** 3 if self.draw() < 0.05 else 1)
        while left > 0 and half.keys:
            price = half.price(0)
            queue = half.queues[price]
            at = len(queue) - 1 if self.draw() < self.out_of_turn else 0
            order = queue[at]
            size = min(left, order.size)
            left -= size
            self.live -= size == order.size
            half.reduce(price, order, size)
            self.write(EXECUTE, order.number, size, price, side)

    def hidden(self) -> None:
        buys, sells = self.sides[BUY].keys, self.sides[SELL].keys
        if buys and sells:
            middle = (self.sides[BUY].price(0) + self.sides[SELL].price(0)) // 2
            self.write(HIDDEN, 0, self.size(), middle, BUY)

    def halt(self) -> None:
        """Stop trading; orders come and go; quoting, then trading, resume."""
        self.write(HALT, 0, 0, -1, -1)
        for _ in range(self.below(20)):
            self.advance()
            self.new() if self.draw() < 0.5 else self.cancel(DELETE)
        self.write(HALT, 0, 0, 0, -1)
        self.write(CROSS, -3, 5_000, self.mid, -1)
        self.write(HALT, 0, 0, 1, -1)

    def advance(self) -> None:
        self.time += int(20_000_000 * self.draw() ** 4)

    def step(self) -> None:
        self.advance()
        if self.draw() < (0.42 if self.live > self.resting else 0.55):
            self.new()
            return
        u = self.draw()
        if u < 0.1:
            self.cancel(CANCEL)
        elif u < 0.75:
            self.cancel(DELETE)
        elif u < 0.88:
            self.execute()
        elif u < 0.9994:
            self.hidden()
        else:
            self.halt()


def lobster_day(
    events: int,
    *,
    levels: int = 10,
    seed: int = 1,
    resting: int = 300,
    reach: float = 20.0,
    out_of_turn: float = 0.0,
) -> Day:
    """Draw a day.

    Parameters
    ----------
    events
        Messages of the file.
    levels
        Levels shown on each side.
    seed
        Of the draws.
    resting
        Orders about which the market's number stays; few leave sides with fewer levels than shown.
    reach
        Scale, in cents, of how far behind the touch orders are placed.
    out_of_turn
        Share of executions that meet the last order of the queue.
    """
    market = Market(levels, seed, resting, reach)
    market.out_of_turn = out_of_turn
    while market.live < resting:
        market.new()
    del market.messages[:], market.rows[:]
    while len(market.messages) < 6 * events:
        market.step()
    messages = np.array(market.messages, np.int64).reshape(-1, 6)[:events]
    rows = np.array(market.rows, np.int64).reshape(-1, 4 * levels)[:events]
    return Day(messages, rows)


def message_text(day: Day) -> str:
    """Write the messages as a file has them: seconds with nine decimals."""
    return "".join(
        f"{time // 10**9}.{time % 10**9:09d},{kind},{number},{size},{price},{direction}\n"
        for time, kind, number, size, price, direction in day.messages.tolist()
    )


def row_text(day: Day) -> str:
    """Write the rows as a file has them."""
    return "".join(",".join(map(str, row)) + "\n" for row in day.rows.tolist())


def write_day(day: Day, folder: Path) -> tuple[Path, Path]:
    """Write a pair of files."""
    stem = "TEST_2024-01-02_34200000_57600000"
    levels = day.rows.shape[1] // 4
    messages = folder / f"{stem}_message_{levels}.csv"
    book = folder / f"{stem}_orderbook_{levels}.csv"
    messages.write_text(message_text(day))
    book.write_text(row_text(day))
    return messages, book
