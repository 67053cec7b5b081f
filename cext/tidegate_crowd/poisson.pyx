"""Limit orders, market orders and cancellations as Poisson processes that drive a book."""

from libc.string cimport memcpy

from tidegate_core.book cimport OrderBook
from tidegate_core.draws cimport draw_block, fixed_log, u01
from tidegate_core.matching cimport MatchingBook, book_submit
from tidegate_core.memory cimport memory_free, memory_zeroed
from tidegate_core.types cimport (
    BUY,
    LIMIT,
    MARKET,
    REJECT_MEMORY,
    SELL,
    STP_NONE,
    i32,
    i64,
    u32,
    u64,
)

import numpy as np

from tidegate_core.frames import pack, unpack

__all__ = ["QUOTE_DTYPE", "PoissonFlow"]

QUOTE_DTYPE = np.dtype(
    [
        ("time", "f8"),
        ("bid", "i8"),
        ("ask", "i8"),
        ("bid_quantity", "i8"),
        ("ask_quantity", "i8"),
    ]
)

cdef i64 FIRST_CAPACITY = 1_024
cdef i64 ROOM = 1 << 16              # quotes collected at a time


cdef class PoissonFlow:
    """Send independent Poisson streams of orders to a book.

    Parameters
    ----------
    key : int
        Key of the draws.
    limit : array
        Limit orders per unit of time on each side, by distance from the opposite touch: first
        that of one tick. Orders further away than the array are never sent.
    cancel : array
        Cancellations per unit of time of an order, by its distance; the last holds beyond.
    market : float
        Market orders per unit of time on each side.
    size : int
        Lots of every order.
    mid : int
        Where a book with an empty side is taken to have its touch, in ticks.
    """

    def __cinit__(
        self, u64 key, *, limit, cancel, double market, i64 size=1, i64 mid=1_000_000_000,
    ):
        cdef double[::1] rates = _rates("limit", limit)
        cdef double[::1] cancels = _rates("cancel", cancel)
        if not 0 <= market < 1e12:
            raise ValueError(f"market is {market}; allowed are 0 to 1e12 a unit of time")
        if not 1 <= size <= 1 << 40:
            raise ValueError(f"size is {size}; allowed are 1 to 2**40 lots")
        if not rates.shape[0] < mid < 1 << 60:
            raise ValueError(f"mid is {mid}; allowed are {rates.shape[0] + 1} to 2**60 ticks")
        self.key, self.market, self.size = key, market, size
        self.reach = rates.shape[0]
        self.rates = <double*> memory_zeroed(3 * self.reach * sizeof(double))
        self.orders = <i64*> memory_zeroed(FIRST_CAPACITY * sizeof(i64))
        if self.rates == NULL or self.orders == NULL:
            raise MemoryError
        self.sums = self.rates + self.reach
        self.cancels = self.sums + self.reach
        self.capacity = FIRST_CAPACITY
        self.bid, self.ask = mid, mid + 1
        cdef double total = 0.0
        cdef i64 i
        for i in range(self.reach):
            total += rates[i]
            self.rates[i], self.sums[i] = rates[i], total
            self.cancels[i] = cancels[min(i, cancels.shape[0] - 1)]
            self.fastest = max(self.fastest, self.cancels[i])

    def __dealloc__(self):
        memory_free(self.rates)
        memory_free(self.orders)

    def run(self, OrderBook book not None, double until, i64 most=1 << 40):
        """Send orders until a time and return the touch after every event that changed it.

        Parameters
        ----------
        book : OrderBook
            Driven by this flow alone, since it was empty.
        until : float
            Time at which to stop.
        most : int
            Quotes after which to stop earlier.

        Returns
        -------
        structured array
            Times, prices in ticks, and lots at them; rows in which a side is empty are left out.
        """
        if not until > self.time:
            raise ValueError(f"until is {until}; allowed is after {self.time}")
        if most < 1:
            raise ValueError(f"most is {most}; allowed are 1 and more")
        book._idle()
        cdef i64 room, rows
        cdef unsigned char[::1] view
        found = []
        while most > 0 and self.time < until:
            room = min(most, ROOM)
            part = np.empty(room, dtype=QUOTE_DTYPE)
            view = part.view(np.uint8)
            with nogil:
                rows = self.c_collect(book, <Quote*> &view[0], room, until)
            found.append(part[:rows])
            most -= rows
        return np.concatenate(found)

    @property
    def limit(self):
        """Limit orders per unit of time on each side, by distance."""
        return np.asarray(<double[:self.reach]> self.rates).copy()

    @property
    def cancel(self):
        """Cancellations per unit of time of an order, by distance."""
        return np.asarray(<double[:self.reach]> self.cancels).copy()

    cdef i64 c_collect(
        self, MatchingBook book, Quote* out, i64 room, double until
    ) except -1 nogil:
        cdef i64 rows = 0
        cdef bint known = self.c_quote(book, &out[0])
        cdef Quote last = out[0], quote
        while rows < room and self.c_step(book, until):
            if self.c_quote(book, &quote) and not (known and same_touch(&quote, &last)):
                out[rows] = last = quote
                known = True
                rows += 1
        return rows

    cdef bint c_quote(self, MatchingBook book, Quote* out) noexcept nogil:
        if not (book.c_has(BUY) and book.c_has(SELL)):
            return False
        out.time = self.time
        out.bid, out.ask = book.c_best(BUY), book.c_best(SELL)
        out.bid_quantity = book.c_level_quantity(out.bid)
        out.ask_quantity = book.c_level_quantity(out.ask)
        return True

    # ---- one event -----------------------------------------------------------------------------

    cdef int c_step(self, MatchingBook book, double until) except -1 nogil:
        """Carry out the next event, or none; 0 when it would come after `until`."""
        cdef double limits = self.sums[self.reach - 1]
        cdef double total = 2.0 * (limits + self.market) + self.fastest * self.n_orders
        cdef u32[4] words
        draw_block(self.key, 0, self.counter, words)
        self.counter += 1
        cdef double wait = -fixed_log(u01(<u64> words[0] << 32 | words[1])) / total
        if not self.time + wait < until:
            self.time = until      # the clock has no memory: it starts anew from here
            return 0
        self.time += wait
        cdef double at = u01(<u64> words[2] << 32 | words[3]) * total
        if at < 2.0 * limits:
            self.c_limit(book, at >= limits, at - limits if at >= limits else at)
        elif at < 2.0 * (limits + self.market):
            self.c_market(book, at >= 2.0 * limits + self.market)
        else:
            self.c_cancel(book, (at - 2.0 * (limits + self.market)) / self.fastest)
        return 1

    cdef int c_limit(self, MatchingBook book, int side, double at) except -1 nogil:
        """Send a limit order to where the sum of rates passes `at`."""
        cdef i64 low = 0, high = self.reach - 1, middle, order
        while low < high:
            middle = (low + high) // 2
            if self.sums[middle] > at:
                high = middle
            else:
                low = middle + 1
        if self.n_orders == self.capacity:
            self.c_grow()
        cdef i64 price = self.ask - low - 1 if side == BUY else self.bid + low + 1
        order = book_submit(book, 0, side, price, self.size, LIMIT, STP_NONE)
        if order < 0:
            with gil:
                if order == -REJECT_MEMORY:
                    raise MemoryError
                raise AssertionError(f"the book refused a limit order: {-order}")
        self.orders[self.n_orders] = order
        self.n_orders += 1
        self.events += 1
        self.c_look(book)
        return 0

    cdef void c_market(self, MatchingBook book, int side) noexcept nogil:
        if not book.c_has(1 - side):
            return
        book_submit(book, 1, side, 0, self.size, MARKET, STP_NONE)
        book.c_clear_fills()
        self.events += 1
        self.c_look(book)

    cdef void c_cancel(self, MatchingBook book, double at) noexcept nogil:
        """Cancel the order in whose place `at` falls, if it rests and this is not too soon."""
        cdef i64 row = min(<i64> at, self.n_orders - 1), order = self.orders[row]
        cdef i32 side = book.c_side(order)
        cdef i64 distance
        if side >= 0:
            distance = book.c_price(order) - self.bid
            if side == BUY:
                distance = self.ask - book.c_price(order)
            # What is left of the draw is uniform again.
            if (at - row) * self.fastest >= self.cancels[min(distance, self.reach) - 1]:
                return
            book.c_cancel(order)
            self.events += 1
            self.c_look(book)
        self.n_orders -= 1
        self.orders[row] = self.orders[self.n_orders]

    cdef void c_look(self, MatchingBook book) noexcept nogil:
        if book.c_has(BUY):
            self.bid = book.c_best(BUY)
        if book.c_has(SELL):
            self.ask = book.c_best(SELL)

    cdef int c_grow(self) except -1 nogil:
        cdef i64* larger = <i64*> memory_zeroed(2 * self.capacity * sizeof(i64))
        if larger == NULL:
            with gil:
                raise MemoryError
        memcpy(larger, self.orders, self.n_orders * sizeof(i64))
        memory_free(self.orders)
        self.orders = larger
        self.capacity *= 2
        return 0

    # ---- state ---------------------------------------------------------------------------------

    def copy(self):
        """Return an independent copy, for a copy of the book."""
        return _restored(*self.__reduce__()[1])

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    def snapshot(self):
        """Clock, draws and orders as ``bytes``; not the rates."""
        counts = np.array([self.bid, self.ask, self.events, self.counter], np.int64)
        orders = np.asarray(<i64[:self.capacity]> self.orders)[:self.n_orders]
        return pack("PoissonFlow", [
            np.float64(self.time).tobytes(), counts.tobytes(), orders.tobytes()])

    def restore(self, data):
        """Become what `snapshot` saved of a flow with the same rates."""
        time, counts, orders = unpack("PoissonFlow", data, 3)
        if len(time) != 8 or len(counts) != 32 or len(orders) % 8:
            raise ValueError(f"data is not a snapshot of a PoissonFlow ({len(data)} bytes)")
        cdef i64 n = len(orders) // 8
        while self.capacity < n:
            self.c_grow()
        cdef const unsigned char[::1] view = orders
        if n:
            memcpy(self.orders, &view[0], n * sizeof(i64))
        self.n_orders = n
        self.time = np.frombuffer(time, np.float64)[0]
        self.bid, self.ask, self.events, self.counter = np.frombuffer(counts, np.int64)

    def __reduce__(self):
        terms = (self.limit, self.cancel, self.market, self.size)
        return _restored, (self.key, terms, self.snapshot())

    def _check(self):
        """Assert every invariant."""
        assert self.n_orders <= self.capacity, "more orders than room"
        assert self.bid < self.ask, "the touch is crossed"
        assert self.fastest == self.cancel.max(), "the fastest cancellation is another"
        assert np.allclose(np.cumsum(self.limit), np.asarray(<double[:self.reach]> self.sums))
        held = np.asarray(<i64[:self.capacity]> self.orders)[:self.n_orders]
        assert len(set(held.tolist())) == self.n_orders, "an order is held twice"


cdef inline bint same_touch(const Quote* a, const Quote* b) noexcept nogil:
    return (
        a.bid == b.bid and a.ask == b.ask
        and a.bid_quantity == b.bid_quantity and a.ask_quantity == b.ask_quantity
    )


def _restored(key, terms, data):
    limit, cancel, market, size = terms
    flow = PoissonFlow(key, limit=limit, cancel=cancel, market=market, size=size)
    flow.restore(data)
    return flow


def _rates(name, values):
    found = np.array(values, dtype=np.float64, ndmin=1)
    if found.ndim != 1 or not len(found) or not np.all((found >= 0) & (found < 1e12)):
        raise ValueError(f"{name} is {values}; allowed are one or more rates of 0 to 1e12")
    return found
