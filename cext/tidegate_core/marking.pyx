"""The marks of a venue's contracts from an index and its own books, all contracts at once."""

from tidegate_core.book cimport OrderBook
from tidegate_core.contract cimport whole_between
from tidegate_core.margin cimport MarginHouse
from tidegate_core.mark cimport FundingClock, MarkPrice, Sample, premium_of
from tidegate_core.types cimport BUY, SELL, i32, i64

from tidegate_core.mark import MAX_PRICE, MAX_TIME

__all__ = ["take_marks"]


def take_marks(MarginHouse house not None, time, index, list marks not None, list clocks not None):
    """Take the prices of a venue at a time: `MarkPrice.update` and `FundingClock.update` of each.

    Of a contract's book the marks see the middle, rounded down, and the last trade, the clocks the
    best prices as impact prices.

    Parameters
    ----------
    house : MarginHouse
        The venue; its own marks are not set.
    time : int
        Seconds, not before the last time.
    index : sequence of int
        Index price of each contract, ticks.
    marks : list of MarkPrice
    clocks : list of FundingClock
        One a contract.

    Returns
    -------
    marks : list of int
        Of each contract, ticks.
    due : list of tuples
        Contract and rate in ppb, where funding falls due.
    """
    cdef i32 contract
    cdef i64 now = whole_between("time", time, 0, MAX_TIME), bid, ask, rate = 0
    cdef MarkPrice mark
    cdef FundingClock clock
    _need(house, now, index, marks, clocks)
    found, due = [], []
    for contract in range(house.n_contracts):
        mark, clock = marks[contract], clocks[contract]
        bid, ask = _best(house, contract, BUY), _best(house, contract, SELL)
        found.append(mark.c_update(
            now, index[contract], (bid + ask) // 2 if bid and ask else 0,
            house.contracts[contract].last_price))
        if clock.c_update(now, premium_of(index[contract], bid, ask), &rate):
            due.append((contract, rate))
    return found, due


cdef int _need(MarginHouse house, i64 now, index, list marks, list clocks) except -1:
    """Refuse what any contract would refuse, before one of them has changed."""
    cdef i32 contract
    cdef Sample* newest
    for name, column in (("index", index), ("marks", marks), ("clocks", clocks)):
        if len(column) != house.n_contracts:
            raise ValueError(
                f"{name} has {len(column)} entries; there are {house.n_contracts} contracts")
    for contract in range(house.n_contracts):
        whole_between(f"index[{contract}]", index[contract], 1, MAX_PRICE)
        newest = (<MarkPrice?> marks[contract]).c_newest()
        if newest != NULL and now < newest.time:
            raise ValueError(f"time is {now}; marks[{contract}] is at {newest.time}")
        if now < (<FundingClock?> clocks[contract]).state.time:
            raise ValueError(
                f"time is {now}; clocks[{contract}] is at "
                f"{(<FundingClock> clocks[contract]).state.time}")
    return 0


cdef i64 _best(MarginHouse house, i32 contract, i32 side) noexcept nogil:
    """Find the best price of a side, 0 if nothing rests there."""
    cdef void* book = house.books[contract]
    return (<OrderBook> book).c_best(side) if (<OrderBook> book).c_has(side) else 0
