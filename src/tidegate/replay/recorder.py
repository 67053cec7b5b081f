"""Writes down what happens in an order book, as a day in LOBSTER's format."""

from __future__ import annotations

from array import array
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tidegate_core import Op, Reject
from tidegate_core.book import OrderBook

from tidegate.replay.lobster import EMPTY_PRICE, Day, MessageType

__all__ = ["LobsterRecorder"]

_Levels = dict[int, int]  # lots by price, best first
_BUY: Final = 0
_SUBMITS: Final = (Op.SUBMIT, Op.CANCEL_SUBMIT)
NEW, CANCEL, DELETE, EXECUTE, EXECUTE_HIDDEN = list(MessageType)[:5]


class LobsterRecorder:
    """An order book whose session becomes a day in LOBSTER's format.

    A taker leaves a message for every maker it trades with, and its remainder one of its own; an
    order that self-trade prevention cancels is a deletion. As in LOBSTER's files a message that
    changes nothing among the levels shown is left out. Ids are those of the book.

    Parameters
    ----------
    book
        The book to trade in, empty or not; do so through the recorder only.
    levels
        Levels of each side to show.
    unit
        What a tick is in the file's prices, which are in 1/10,000 USD.

    Attributes
    ----------
    book
        The book. Its `time` is taken for nanoseconds after midnight; its trades are the
        recorder's, which `take_trades` returns.
    """

    def __init__(self, book: OrderBook, levels: int = 10, unit: int = 100) -> None:
        if levels < 1 or unit < 1:
            raise ValueError(f"levels and unit must be 1 or more, got {levels} and {unit}")
        self.book = book
        self._levels = levels
        self._unit = unit
        self._sides = [self._depth(0), self._depth(1)]
        self._row = self._shown()
        self._messages = array("q")
        self._rows = array("q")
        self._trades: list[NDArray[np.void]] = []

    # ------------------------------------------------------------------------------ trading

    def submit(
        self, side: int, price: int, quantity: int, owner: int = 0, kind: int = 0, stp: int = 0
    ) -> int:
        """Submit an order, as `OrderBook.submit` does."""
        order = self.book.submit(side, price, quantity, owner, kind, stp)
        if order > 0:
            self._write_taker(order, side)
        return order

    def cancel(self, order_id: int) -> int:
        """Cancel an order, as `OrderBook.cancel` does."""
        resting = self.book.order(order_id)
        outcome = self.book.cancel(order_id)
        if resting is not None and outcome == 0:
            side = resting["side"]
            self._sides[side] = self._depth(side)
            self._write(DELETE, order_id, resting["quantity"], resting["price"], side)
        return outcome

    def replace(self, order_id: int, price: int, quantity: int) -> int:
        """Change an order, as `OrderBook.replace` does: a cancellation, or a deletion and an order.

        An order whose id the book keeps has become smaller, or stayed as it is.
        """
        resting = self.book.order(order_id)
        now = self.book.replace(order_id, price, quantity)
        if now < 0 or resting is None:
            return now
        side, lots = resting["side"], resting["quantity"]
        if now == order_id:
            self._sides[side] = self._depth(side)
            self._write(CANCEL, order_id, lots - quantity, price, side)
            return now
        # The deletion comes first, while what the order is going to take is still there.
        gone = {resting["price"]: lots}
        levels = {at: left - gone.get(at, 0) for at, left in self._sides[side].items()}
        self._sides[side] = {at: left for at, left in levels.items() if left}
        self._write(DELETE, order_id, lots, resting["price"], side)
        self._write_taker(now, side)
        return now

    def submit_many(
        self,
        *,
        side: NDArray[np.int64],
        price: NDArray[np.int64],
        quantity: NDArray[np.int64],
        op: NDArray[np.int64] | None = None,
        owner: NDArray[np.int64] | None = None,
        kind: NDArray[np.int64] | None = None,
        stp: NDArray[np.int64] | None = None,
        order_id: NDArray[np.int64] | None = None,
    ) -> NDArray[np.int64]:
        """Carry out a batch, as `OrderBook.submit_many` does."""
        if op is not None and order_id is None:
            raise TypeError("order_id must be an int64 array when op is given, got None")
        zeros = np.zeros(len(side), np.int64)
        given = (side, price, quantity, owner, kind, stp, op, order_id)
        columns = [(zeros if column is None else column).tolist() for column in given]
        results: list[int] = []
        for *order, code, named in zip(*columns, strict=True):
            target = results[-1 - named] if -len(results) <= named < 0 else named
            if code in (Op.CANCEL, Op.CANCEL_SUBMIT):
                outcome = self.cancel(target)
            if code == Op.REPLACE:
                outcome = self.replace(target, order[1], order[2])
            elif code != Op.CANCEL:
                outcome = self.submit(*order) if code in _SUBMITS else -Reject.CODE
            results.append(outcome)
        return np.array(results, np.int64)

    def take_trades(self) -> NDArray[np.void]:
        """Return the trades since the last call, as `OrderBook.take_trades` does."""
        trades = np.concatenate([*self._trades, self.book.take_trades()])
        self._trades.clear()
        return trades

    # ------------------------------------------------------------------------------ writing

    def note_hidden(self, price: int, quantity: int, side: int) -> None:
        """Write the execution of a hidden order on a side, which leaves the book as it is."""
        self._write(EXECUTE_HIDDEN, 0, quantity, price, side)

    def day(self) -> Day:
        """Return everything written so far."""
        return Day(
            np.array(self._messages, np.int64).reshape(-1, 6),
            np.array(self._rows, np.int64).reshape(-1, 4 * self._levels),
        )

    def _write_taker(self, order: int, side: int) -> None:
        """Write what an accepted order met, then what rests of it."""
        opposite = 1 - side
        states = []
        steps = self._steps(side)
        state = self._depth(opposite)
        for _, _, size, price in reversed(steps):
            states.append(state)
            # Backwards, from the worst price to the best: what was there goes to the front.
            state = {price: state.get(price, 0) + size} | {
                at: lots for at, lots in state.items() if at != price
            }
        for (kind, maker, size, price), after in zip(steps, reversed(states), strict=True):
            self._sides[opposite] = after
            self._write(kind, maker, size, price, opposite)
        resting = self.book.order(order)
        if resting is not None:
            self._sides[side] = self._depth(side)
            self._write(NEW, order, resting["quantity"], resting["price"], side)

    def _steps(self, side: int) -> list[tuple[int, int, int, int]]:
        """Return type, order, size and price of each change on the other side, best price first.

        At each price orders that self-trade prevention cancels go before those that trade, which
        leaves the queue as it was for these.
        """
        expired = self.book.expirations()[["order", "quantity", "price"]].tolist()
        trades = self.book.take_trades()
        fills = trades[["maker_order", "quantity", "price"]].tolist()
        if fills:
            self._trades.append(trades)
        steps = [(DELETE, *row) for row in expired] + [(EXECUTE, *row) for row in fills]
        return sorted(steps, key=lambda step: step[3] if side == _BUY else -step[3])

    def _write(self, kind: int, order: int, size: int, price: int, side: int) -> None:
        """Write a message with its row, unless it changes nothing that is shown."""
        row = self._shown()
        if row == self._row and kind != EXECUTE_HIDDEN:
            return
        self._row = row
        direction = 1 if side == _BUY else -1
        time = self.book.time
        self._messages.extend((time, kind, order, size, price * self._unit, direction))
        self._rows.extend(row)

    def _depth(self, side: int) -> _Levels:
        """Return the levels to show and one more, which comes into sight when another goes."""
        prices, lots = self.book.depth(side, self._levels + 1)
        return dict(zip(prices.tolist(), lots.tolist(), strict=True))

    def _shown(self) -> list[int]:
        """Return the row of the book as it is being written."""
        row = [EMPTY_PRICE, 0, -EMPTY_PRICE, 0] * self._levels
        for side, offset in ((0, 2), (1, 0)):
            for level, (price, lots) in enumerate(self._sides[side].items()):
                if level == self._levels:
                    break
                row[4 * level + offset] = price * self._unit
                row[4 * level + offset + 1] = lots
        return row
