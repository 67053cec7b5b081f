"""Price-time order book of one instrument: the Python face of the matching core."""

cimport cython
from cpython.buffer cimport (
    PyBUF_C_CONTIGUOUS,
    PyBUF_FORMAT,
    PyBUF_WRITABLE,
    PyBuffer_Release,
    PyObject_GetBuffer,
)
from cpython.long cimport PyLong_AsLongLongAndOverflow, PyLong_Check
from libc.stdint cimport INT64_MAX, INT64_MIN
from libc.string cimport memcpy, memset

import struct
from operator import index

import numpy as np

from tidegate_core import frames
from tidegate_core.ladder cimport (
    Level,
    ladder_above,
    ladder_check,
    ladder_copy,
    ladder_find,
    ladder_open,
    ladder_ready,
    ladder_start,
    ladder_stop,
)
from tidegate_core.matching cimport (
    FLAG_POST_ONLY,
    FLAG_SELL,
    FLAG_STP_SHIFT,
    Columns,
    Expired,
    submit_wide,
)
from tidegate_core.memory cimport memory_free
from tidegate_core.slab cimport (
    Order,
    slab_check,
    slab_copy,
    slab_find,
    slab_id,
    slab_pack,
    slab_stop,
    slab_unpack,
)
from tidegate_core.types cimport LIMIT, POST_ONLY, SELL, Fill, i32, i64, u64

__all__ = ["EXPIRED_DTYPE", "FILL_DTYPE", "OrderBook"]

FILL_DTYPE = np.dtype(
    [
        ("price", np.int64),
        ("quantity", np.int64),
        ("maker_order", np.int64),
        ("taker_order", np.int64),
        ("sequence", np.int64),
        ("maker", np.int32),
        ("taker", np.int32),
        ("taker_side", np.int32),
        ("instrument", np.int32),
        ("time", np.int64),
    ]
)
EXPIRED_DTYPE = np.dtype(
    [
        ("order", np.int64),
        ("price", np.int64),
        ("quantity", np.int64),
        ("taker_order", np.int64),
        ("owner", np.int32),
        ("side", np.int32),
    ]
)
_SCALARS = struct.Struct("<qqqqqqqqi")
_LEVEL = struct.Struct("<qiiq")
_COLUMNS = ("side", "price", "quantity", "op", "owner", "kind", "stp", "order_id")

cdef enum:
    N_COLUMNS = 8


# -------------------------------------------------------------------------- Python's values

cdef extern from "integers.h":
    int integer_short(object value, i64* out)


cdef inline i64 _integer(object value, str name) except? -1:
    """Argument as a 64-bit integer."""
    cdef i64 number
    if integer_short(value, &number):
        return number
    return _large_integer(value, name)


cdef i64 _large_integer(object value, str name) except? -1:
    """Argument that is no short int."""
    cdef int overflow = 0
    cdef i64 number
    if PyLong_Check(value):
        number = PyLong_AsLongLongAndOverflow(value, &overflow)
        if overflow == 0:
            return number
    return _unusual_integer(value, name)


cdef i64 _unusual_integer(object value, str name) except? -1:
    """Argument that is no plain int of 64 bits: a NumPy integer, or an error."""
    try:
        number = index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, got {value!r}") from None
    if not INT64_MIN <= number <= INT64_MAX:
        raise ValueError(f"{name} must be an integer of at most 64 bits, got {value!r}")
    return number


cdef int _lend(object value, str name, Py_buffer* held, int flags) except -1:
    """Borrow the memory of an int64 column."""
    try:
        PyObject_GetBuffer(value, held, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | flags)
    except TypeError:
        raise TypeError(
            f"{name} must be an int64 array, got {type(value).__name__}"
        ) from None
    except (BufferError, ValueError) as error:  # NumPy raises the latter
        raise ValueError(f"{name} must be a contiguous int64 array: {error}") from None
    form = held.format.decode() if held.format != NULL else "B"
    if held.itemsize != 8 or form.lstrip("@=<") not in ("l", "q"):
        PyBuffer_Release(held)
        kind = getattr(value, "dtype", f"format {form!r}")
        raise TypeError(f"{name} must be an int64 array, got one of {kind}")
    if held.ndim != 1:
        dimensions = held.ndim
        PyBuffer_Release(held)
        raise ValueError(f"{name} must have one dimension, got {dimensions}")
    return 0


cdef object _records(const void* start, i64 count, size_t size, dtype):
    """A copy of C records as a structured array."""
    return np.frombuffer(bytearray((<const char*>start)[:count * size]), dtype)


# ------------------------------------------------------------------------------- the book

@cython.final
cdef class OrderBook(MatchingBook):
    """Price-time order book of one instrument.

    Limit, market, immediate-or-cancel, fill-or-kill and post-only orders; cancels and
    replacements; self-trade prevention in the taker's mode. Trades happen at the maker's
    price. An order id names one order for ever: stale ids are refused. A refusal is a
    negative `Reject` code and changes nothing.

    A book may be used by one thread at a time; while a batch runs, every other use raises
    `RuntimeError`.

    Parameters
    ----------
    max_orders
        Most orders that may rest at once, 1 to 2**31 - 2.

    Attributes
    ----------
    time
        Clock value stamped on trades; yours to set.
    instrument
        Index stamped on trades; yours to set.
    """

    cdef int _idle(self) except -1:
        """Refuse to touch a book that a batch is working on."""
        if self.busy:
            raise RuntimeError("this book is busy with a batch in another thread")
        return 0

    cdef i64 _side(self, object side) except -1:
        cdef i64 code = _integer(side, "side")
        self._idle()
        if <u64>code > SELL:
            raise ValueError(f"side must be 0 (buy) or 1 (sell), got {side!r}")
        return code

    # One call per order: methods of the plain C kind, which the interpreter calls at once, with
    # the signature that their text gives.

    @cython.binding(False)
    @cython.embedsignature.format("clinic")
    def submit(self, side, price, quantity, owner=0, kind=0, stp=0):
        """Submit an order; its id, or minus a `Reject` code.

        Parameters
        ----------
        side
            `Side`: 0 buys, 1 sells.
        price
            Limit in ticks, any 64-bit integer; ignored by market orders.
        quantity
            Lots, 1 to 2**62.
        owner
            Who submits it, a 32-bit integer.
        kind
            `Kind`: limit, market, immediate-or-cancel, fill-or-kill, post-only.
        stp
            `SelfTrade` prevention mode, which decides when this order is the taker.
        """
        if self.busy:
            self._idle()
        return submit_wide(
            self,
            _integer(owner, "owner"),
            _integer(side, "side"),
            _integer(price, "price"),
            _integer(quantity, "quantity"),
            _integer(kind, "kind"),
            _integer(stp, "stp"),
        )

    @cython.binding(False)
    @cython.embedsignature.format("clinic")
    def cancel(self, order_id):
        """Cancel a resting order; 0, or minus a `Reject` code."""
        if self.busy:
            self._idle()
        return -self.c_cancel(_integer(order_id, "order_id"))

    @cython.binding(False)
    @cython.embedsignature.format("clinic")
    def replace(self, order_id, price, quantity):
        """Change price and remaining quantity of a resting order; its id now, or minus a `Reject`.

        A smaller quantity at the same price keeps the order's place in the queue and its id.
        Any other change loses both, and the order may trade at once. Owner, side, self-trade
        mode and post-only condition stay.
        """
        if self.busy:
            self._idle()
        return self.c_replace(
            _integer(order_id, "order_id"), _integer(price, "price"), _integer(quantity, "quantity")
        )

    def submit_many(
        self, *, side, price, quantity, op=None, owner=None, kind=None, stp=None, order_id=None
    ):
        """Carry out a batch of rows in order, without the GIL.

        Columns are contiguous int64 arrays of one length (anything with such a buffer); they
        are not copied. What a column means is said at `submit`; the optional ones default
        like its arguments. An invalid row is refused like a call would be; an invalid column
        raises before anything happens.

        Parameters
        ----------
        side, price, quantity, owner, kind, stp
            One order a row. A cancel ignores them; a replacement reads price and quantity.
        op
            `Op` of each row; submits if left out. Needs `order_id`.
        order_id
            Order that a cancel, replacement or cancel-and-submit names: an id, or -1 - n for
            the order that row n of this batch submitted. Submits ignore it.

        Returns
        -------
        numpy.ndarray
            For each row the order id (0 for a cancel), or minus a `Reject` code. Of a
            cancel-and-submit, which submits even if there was nothing to cancel, the
            submit's.
        """
        cdef Py_buffer[N_COLUMNS + 1] held
        cdef Columns columns
        cdef int n_held = 0, i
        cdef (const i64*)[N_COLUMNS] pointers
        self._idle()
        given = (side, price, quantity, op, owner, kind, stp, order_id)
        if op is not None and order_id is None:
            raise TypeError("order_id must be an int64 array when op is given, got None")
        try:
            for i in range(N_COLUMNS):
                pointers[i] = NULL
                if given[i] is None and i >= 3:
                    continue
                _lend(given[i], _COLUMNS[i], &held[n_held], 0)
                n_held += 1
                if held[n_held - 1].len != held[0].len:
                    raise ValueError(
                        f"{_COLUMNS[i]} must have as many rows as side ({held[0].len // 8}), "
                        f"got {held[n_held - 1].len // 8}"
                    )
                pointers[i] = <const i64*>held[n_held - 1].buf
            columns.rows = held[0].len // 8
            result = np.empty(columns.rows, np.int64)
            _lend(result, "result", &held[n_held], PyBUF_WRITABLE)
            columns.result = <i64*>held[n_held].buf
            n_held += 1
            columns.side, columns.price, columns.quantity = pointers[0], pointers[1], pointers[2]
            columns.op, columns.owner, columns.kind = pointers[3], pointers[4], pointers[5]
            columns.stp, columns.order_id = pointers[6], pointers[7]
            self.busy = True
            with nogil:
                self.c_submit_many(&columns)
            self.busy = False
        finally:
            for i in range(n_held):
                PyBuffer_Release(&held[i])
        return result

    # ------------------------------------------------------------------------- the market

    def __len__(self):
        """Count the resting orders."""
        return self.c_len()

    def __repr__(self):
        return f"OrderBook(bid={self.best_bid}, ask={self.best_ask}, orders={len(self)})"

    @property
    def best_bid(self):
        """Highest price bid, None without bids."""
        return self.best[0] if self.resting[0] > 0 else None

    @property
    def best_ask(self):
        """Lowest price asked, None without asks."""
        return self.best[1] if self.resting[1] > 0 else None

    def depth(self, side, levels=10):
        """Prices and total lots of the best levels of a side, best first, as two int64 arrays."""
        cdef i32 code = self._side(side)
        cdef i64 price = self.best[code], left = _integer(levels, "levels")
        cdef bint more = self.resting[code] > 0
        if left < 0:
            raise ValueError(f"levels must not be negative, got {levels!r}")
        prices, quantities = [], []
        while more and left > 0:
            prices.append(price)
            quantities.append(self.c_level_quantity(price))
            more = self.c_next_price(code, price, &price)
            left -= 1
        return np.array(prices, np.int64), np.array(quantities, np.int64)

    def queue(self, price):
        """Orders resting at a price, first in the queue first: (order id, owner, lots) each."""
        cdef const Level* level = ladder_find(&self.ladder, _integer(price, "price"))
        cdef const Order* order
        cdef i32 slot = level.head if level != NULL else 0
        self._idle()
        found = []
        while slot != 0:
            order = &self.slab.at[slot]
            found.append((slab_id(&self.slab, slot), order.owner, order.quantity))
            slot = order.next
        return found

    def order(self, order_id):
        """Describe a resting order; None if the id is unknown or stale."""
        cdef i32 slot = slab_find(&self.slab, _integer(order_id, "order_id"))
        cdef const Order* order = &self.slab.at[slot]
        self._idle()
        if slot == 0:
            return None
        return {
            "order_id": slab_id(&self.slab, slot),
            "owner": order.owner,
            "side": order.tag & FLAG_SELL,
            "price": order.price,
            "quantity": order.quantity,
            "kind": POST_ONLY if order.tag & FLAG_POST_ONLY else LIMIT,
            "stp": order.tag >> FLAG_STP_SHIFT & 3,
        }

    def impact(self, side, quantity):
        """What a market order would do now: lots filled, ticks x lots, worst price (or None)."""
        cdef i32 opposite = 1 - self._side(side)
        cdef i64 price = self.best[opposite], left = _integer(quantity, "quantity"), lots
        cdef bint more = self.resting[opposite] > 0
        if left < 0:
            raise ValueError(f"quantity must not be negative, got {quantity!r}")
        filled, notional, worst = 0, 0, None
        while more and left > 0:
            lots = min(left, self.c_level_quantity(price))
            filled += lots
            notional += <object>lots * <object>price
            worst = price
            left -= lots
            more = self.c_next_price(opposite, price, &price)
        return filled, notional, worst

    # ------------------------------------------------------------------------------ trades

    def trades(self):
        """Trades since the last `clear_trades`, as a structured array (see `FILL_DTYPE`)."""
        self._idle()
        return _records(self.fills, self.n_fills, sizeof(Fill), FILL_DTYPE)

    def expirations(self):
        """Orders that self-trade prevention cancelled since then (see `EXPIRED_DTYPE`)."""
        self._idle()
        return _records(self.expired, self.n_expired, sizeof(Expired), EXPIRED_DTYPE)

    def clear_trades(self):
        """Forget the trades and expirations so far."""
        self._idle()
        self.c_clear_fills()

    def take_trades(self):
        """Return `trades` and clear them."""
        found = self.trades()
        self.c_clear_fills()
        return found

    # -------------------------------------------------------------------- copies and checks

    cdef int _assign(self, OrderBook other) except -1:
        """Take over the state and the memory of another book, which is left without any."""
        slab_stop(&self.slab)
        ladder_stop(&self.ladder)
        memory_free(self.fills)
        memory_free(self.expired)
        self.slab, self.ladder = other.slab, other.ladder
        self.fills, self.expired = other.fills, other.expired
        self.n_fills, self.n_expired = other.n_fills, other.n_expired
        self.fills_capacity, self.expired_capacity = other.fills_capacity, other.expired_capacity
        self._copy_scalars(other)
        memset(&other.slab, 0, sizeof(other.slab))
        ladder_start(&other.ladder)
        other.fills = NULL
        other.expired = NULL
        return 0

    cdef void _copy_scalars(self, OrderBook other) noexcept:
        cdef int side
        for side in range(2):
            self.best[side] = other.best[side]
            self.resting[side] = other.resting[side]
        self.sequence = other.sequence
        self.time = other.time
        self.instrument = other.instrument
        self.last_filled = other.last_filled
        self.last_remaining = other.last_remaining

    cdef int _copy_logs(
        self, const void* fills, i64 n_fills, const void* expired, i64 n_expired
    ) except -1:
        """Fill the empty buffers of trades and expirations."""
        if not self.c_reserve(n_fills, n_expired):
            raise MemoryError("no memory for the trades of an order book")
        if n_fills:
            memcpy(self.fills, fills, <size_t>n_fills * sizeof(Fill))
        if n_expired:
            memcpy(self.expired, expired, <size_t>n_expired * sizeof(Expired))
        self.n_fills, self.n_expired = n_fills, n_expired
        return 0

    def copy(self):
        """An equal, independent book."""
        cdef OrderBook other = OrderBook()
        self._idle()
        slab_stop(&other.slab)
        if not slab_copy(&other.slab, &self.slab) or not ladder_copy(&other.ladder, &self.ladder):
            raise MemoryError("no memory for a copy of an order book")
        other._copy_logs(self.fills, self.n_fills, self.expired, self.n_expired)
        other._copy_scalars(self)
        return other

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    def snapshot(self):
        """Everything, queues and trades included, as ``bytes``; equal books give equal bytes."""
        cdef i64 price = INT64_MIN
        cdef const Level* level
        cdef bint more
        self._idle()
        scalars = _SCALARS.pack(
            self.best[0] if self.resting[0] else 0,
            self.best[1] if self.resting[1] else 0,
            self.resting[0],
            self.resting[1],
            self.sequence,
            self.time,
            self.last_filled,
            self.last_remaining,
            self.instrument,
        )
        levels = []
        level = ladder_find(&self.ladder, price)
        more = (level != NULL and level.head != 0) or ladder_above(&self.ladder, price, &price)
        while more:
            level = ladder_find(&self.ladder, price)
            levels.append(_LEVEL.pack(price, level.head, level.tail, level.total))
            more = ladder_above(&self.ladder, price, &price)
        header, records = slab_pack(&self.slab)
        return frames.pack(
            "OrderBook",
            [
                scalars,
                header,
                records,
                b"".join(levels),
                (<const char*>self.fills)[:self.n_fills * <i64>sizeof(Fill)],
                (<const char*>self.expired)[:self.n_expired * <i64>sizeof(Expired)],
            ],
        )

    cdef int _load(self, list parts) except -1:
        """Fill a book without state from the parts of a snapshot."""
        cdef Level* level
        cdef i64 price, anchor
        scalars, header, records, levels, fills, expired = parts
        (
            self.best[0],
            self.best[1],
            self.resting[0],
            self.resting[1],
            self.sequence,
            self.time,
            self.last_filled,
            self.last_remaining,
            self.instrument,
        ) = _SCALARS.unpack(scalars)
        anchor = self.best[0] if self.resting[0] > 0 else self.best[1]
        slab_stop(&self.slab)
        slab_unpack(&self.slab, header, records)
        for row in _LEVEL.iter_unpack(levels):
            price = row[0]
            if row[1] <= 0 or not ladder_ready(&self.ladder, price, anchor):
                raise ValueError("a level has no orders, or no memory")
            level = ladder_open(&self.ladder, price)
            level.head, level.tail, level.total = row[1], row[2], row[3]
        if len(fills) % sizeof(Fill) or len(expired) % sizeof(Expired):
            raise ValueError("a trade is cut off")
        return self._copy_logs(
            <const char*>fills,
            len(fills) // sizeof(Fill),
            <const char*>expired,
            len(expired) // sizeof(Expired),
        )

    def restore(self, data):
        """Become what `snapshot` saved; `ValueError`, and nothing changed, if it is damaged."""
        cdef OrderBook other = OrderBook()
        self._idle()
        parts = frames.unpack("OrderBook", data, 6)
        try:
            other._load(parts)
            other._check()
        except (AssertionError, struct.error, ValueError) as error:
            raise ValueError(f"data is a damaged snapshot of an order book: {error}") from None
        self._assign(other)

    def __reduce__(self):
        return _restored, (self.snapshot(),)

    cdef i64 _check_side(self, int side) except -1:
        """Assert the queues of a side, from the touch outwards; its number of orders."""
        cdef i64 price = self.best[side], count = 0
        cdef bint more = self.resting[side] > 0
        cdef const Level* level
        cdef const Order* order
        cdef i32 slot, before
        cdef u64 total
        while more:
            level = ladder_find(&self.ladder, price)
            assert level != NULL and level.head != 0, "the touch is no level"
            slot, before, total = level.head, 0, 0
            while slot != 0:
                assert 0 < slot < self.slab.used, "a queue leaves the slab"
                order = &self.slab.at[slot]
                assert order.quantity > 0, "a freed order is queued"
                assert order.price == price, "an order is queued at another price"
                assert <int>(order.tag & FLAG_SELL) == side, "an order is queued on the wrong side"
                assert order.prev == before, "a queue's links disagree"
                total += <u64>order.quantity
                count += 1
                assert count <= self.resting[side], "more orders queued than counted"
                before, slot = slot, order.next
            assert level.tail == before, "a queue ends before its tail"
            assert <u64>level.total == total, "a level's total differs from its orders"
            more = self.c_next_price(side, price, &price)
        return count

    def _check(self):
        """Assert every invariant of the book."""
        cdef i64 price, n_levels = 0
        self._idle()
        slab_check(&self.slab)
        ladder_check(&self.ladder)
        assert self.resting[0] >= 0 and self.resting[1] >= 0, "negative number of orders"
        for side in range(2):
            assert self._check_side(side) == self.resting[<int>side], "orders are not queued"
            if self.resting[<int>side] > 0:
                n_levels += 1
                price = self.best[<int>side]
                while self.c_next_price(side, price, &price):
                    n_levels += 1
        assert n_levels == self.ladder.levels, "the touch hides a level"
        assert self.slab.live == self.c_len(), "live orders are not queued"
        if self.resting[0] and self.resting[1]:
            assert self.best[0] < self.best[1], "the book is crossed"
        assert 0 <= self.n_fills <= self.fills_capacity, "trades overflow their buffer"
        assert 0 <= self.n_expired <= self.expired_capacity, "expirations overflow their buffer"
        assert self.n_fills <= self.sequence, "more trades than ever happened"


def _restored(data):
    book = OrderBook()
    book.restore(data)
    return book
