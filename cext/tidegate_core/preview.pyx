"""What a book would give, read without touching it: cost of a quantity, depth up to a price."""

from tidegate_core.book cimport OrderBook
from tidegate_core.engine cimport Engine
from tidegate_core.types cimport BUY, SELL, i32, i64

__all__ = ["depth_to", "impact"]


cdef OrderBook book_of(Engine engine, i64 instrument):
    engine.c_idle()
    if not 0 <= instrument < engine.n_instruments:
        raise ValueError(
            f"instrument is {instrument}; there are {engine.n_instruments}, numbered from 0")
    return engine._books[instrument]


cdef i32 side_of(i64 side) except -1:
    if side != BUY and side != SELL:
        raise ValueError(f"side is {side}; it must be Side.BUY (0) or Side.SELL (1)")
    return <i32> side


def impact(Engine engine not None, i64 instrument, i64 side, i64 quantity):
    """Return what an order for `quantity` lots would meet, levels first to last.

    Parameters
    ----------
    engine : Engine
        The venue's engine.
    instrument : int
        Index of the instrument.
    side : Side
        Side of the order: a buy meets the asks.
    quantity : int
        Lots, at least 1.

    Returns
    -------
    filled : int
        Lots it would trade, at most `quantity`.
    value : float
        Sum of price x lots, in ticks x lots: value / filled is the mean price.
    worst : int or None
        Price of the last level met, None if there is none.
    """
    cdef OrderBook book = book_of(engine, instrument)
    cdef i32 meets = SELL if side_of(side) == BUY else BUY
    cdef i64 price = 0, filled = 0, take, worst = 0
    cdef double value = 0.0
    cdef bint more
    if quantity < 1:
        raise ValueError(f"quantity is {quantity}; it must be at least 1")
    more = book.c_has(meets)
    if more:
        price = book.c_best(meets)
    while more and filled < quantity:
        take = min(book.c_level_quantity(price), quantity - filled)
        filled += take
        value += <double> price * <double> take
        worst = price
        more = book.c_next_price(meets, price, &price)
    return filled, value, worst if filled else None


def depth_to(Engine engine not None, i64 instrument, i64 side, i64 price):
    """Return the lots that rest on a side from the touch up to a price, that price included.

    Parameters
    ----------
    engine : Engine
        The venue's engine.
    instrument : int
        Index of the instrument.
    side : Side
        Side of the resting orders.
    price : int
        Ticks; the lowest bid or the highest ask counted.
    """
    cdef OrderBook book = book_of(engine, instrument)
    cdef i32 resting = side_of(side)
    cdef i64 level = 0, lots = 0
    cdef bint more = book.c_has(resting)
    if more:
        level = book.c_best(resting)
    while more and (level >= price if resting == BUY else level <= price):
        lots += book.c_level_quantity(level)
        more = book.c_next_price(resting, level, &level)
    return lots
