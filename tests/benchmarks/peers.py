"""One replay of a stream for each book that is measured: CPU nanoseconds a message.

Every replay fills its book with the preload first, which is not timed. What a user must do to
get a right answer is part of the time; so is the loop over the messages.
"""

from collections.abc import Callable
from functools import lru_cache
from time import thread_time_ns

import numpy as np
from tidegate_core import Kind, Op, OrderBook, Side

from tests.benchmarks.streams import Column, Stream
from tests.oracles.book import PlainBook

CANCEL, MARKET, BUY = int(Op.CANCEL), int(Kind.MARKET), int(Side.BUY)
Rows = list[tuple[int, ...]]
Replay = Callable[[Stream], float]
CHUNK = 1_000
BATCH = 50_000


def rows_of(stream: Stream, start: int, stop: int) -> Rows:
    """Messages as tuples of plain ints."""
    columns = (
        stream.op,
        stream.side,
        stream.price,
        stream.quantity,
        stream.owner,
        stream.kind,
        stream.target,
    )
    return list(zip(*(column[start:stop].tolist() for column in columns), strict=True))


def timed(play: Callable[[Rows], object], stream: Stream) -> float:
    """Play the preload, then the messages against the clock.

    The messages become Python objects a little before they are played, as they would in a
    simulation: what is measured is the book, not the reading of a long list from memory.
    """
    play(rows_of(stream, 0, stream.preload))
    taken = 0
    for start in range(stream.preload, len(stream.op), CHUNK):
        rows = rows_of(stream, start, start + CHUNK)
        before = thread_time_ns()
        play(rows)
        taken += thread_time_ns() - before
    return taken / len(stream)


def calls(book: OrderBook | PlainBook) -> Callable[[Rows], None]:
    """Replay by `submit` and `cancel`, one call a message."""
    ids: list[int] = []
    submit, cancel, keep = book.submit, book.cancel, ids.append

    def play(rows: Rows) -> None:
        for op, side, price, quantity, owner, kind, target in rows:
            if op == CANCEL:
                keep(cancel(ids[target]))
            else:
                keep(submit(side, price, quantity, owner, kind))

    return play


def per_call(stream: Stream) -> float:
    """Time our book, one call a message."""
    return timed(calls(OrderBook()), stream)


def plain(stream: Stream) -> float:
    """Time the book in plain Python."""
    return timed(calls(PlainBook()), stream)


def bourse(stream: Stream) -> float:
    """Time the bourse package; it loses orders unless its clock moves before each of them."""
    from bourse.core import OrderBook as Bourse

    book = Bourse(0, 1, True)
    ids: list[int | None] = []
    place, cancel, set_time, keep = book.place_order, book.cancel_order, book.set_time, ids.append

    def play(rows: Rows) -> None:
        for op, side, price, quantity, owner, kind, target in rows:
            if op == CANCEL:
                keep(cancel(ids[target]))
            else:
                set_time(len(ids))
                if kind == MARKET:
                    keep(place(side == BUY, quantity, owner))
                else:
                    keep(place(side == BUY, quantity, owner, price))

    return timed(play, stream)


def limit_order_book(stream: Stream) -> float:
    """Time the limit-order-book package, which records no trades."""
    from limit_order_book import LimitOrderBook

    book = LimitOrderBook()
    buy, sell, cancel = book.limit_buy, book.limit_sell, book.cancel
    market_buy, market_sell = book.market_buy, book.market_sell
    number = 0

    def play(rows: Rows) -> None:
        nonlocal number
        for op, side, price, quantity, _, kind, target in rows:
            if op == CANCEL:
                cancel(target)
            elif kind == MARKET:
                (market_buy if side == BUY else market_sell)(number, quantity)
            else:
                (buy if side == BUY else sell)(number, quantity, price)
            number += 1

    return timed(play, stream)


def columns(stream: Stream) -> float:
    """Time our book in batches, and the taking of the trades after each."""
    book, batch = filled(stream), batch_of(stream)
    parts = [
        {name: column[start : start + BATCH] for name, column in batch.items()}
        for start in range(0, len(stream), BATCH)
    ]
    start = thread_time_ns()
    for part in parts:
        book.submit_many(**part)
        book.take_trades()
    return (thread_time_ns() - start) / len(stream)


def filled(stream: Stream) -> OrderBook:
    """Fill our book with the preload."""
    book, first = OrderBook(), stream.preload
    book.submit_many(
        side=stream.side[:first], price=stream.price[:first], quantity=stream.quantity[:first]
    )
    return book


@lru_cache(maxsize=4)
def batch_of(stream: Stream) -> dict[str, Column]:
    """Make the arguments of `submit_many` for what follows the preload; cancels name ids."""
    ids = OrderBook().submit_many(
        op=stream.op,
        side=stream.side,
        price=stream.price,
        quantity=stream.quantity,
        kind=stream.kind,
        order_id=np.where(stream.target >= 0, -1 - stream.target, 0),
    )
    assert not ids[stream.op == CANCEL].any(), "every cancel finds its order"
    names = ("op", "side", "price", "quantity", "owner", "kind")
    batch = {name: getattr(stream, name)[stream.preload :] for name in names}
    named = np.where(stream.target >= 0, ids[stream.target], 0)
    return batch | {"order_id": named[stream.preload :]}
