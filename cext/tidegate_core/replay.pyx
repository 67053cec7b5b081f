"""Recorded order streams replayed through an order book, held against what was recorded."""

cimport cython
from libc.string cimport memcpy, memset

import numpy as np

from tidegate_core.book cimport OrderBook
from tidegate_core.ladder cimport Level, ladder_above, ladder_below, ladder_find
from tidegate_core.matching cimport FLAG_SELL, book_submit, book_withdraw
from tidegate_core.memory cimport memory_free, memory_zeroed
from tidegate_core.order_ids cimport (
    ORDER_GONE,
    ORDER_NONE,
    IdCell,
    ids_cell,
    ids_put,
    ids_start,
    ids_stop,
)
from tidegate_core.slab cimport Order, slab_find, slab_id
from tidegate_core.types cimport (
    BUY,
    IOC,
    POST_ONLY,
    REJECT_MEMORY,
    SELL,
    STP_NONE,
    i32,
    i64,
    u64,
)

__all__ = ["FAULTS", "MISMATCH_DTYPE", "LobsterReplay"]

FAULTS = (
    "none",
    "a level differs",
    "the message names an order that is not there",
    "the message contradicts the order that it names",
    "the order cannot rest in the book",
    "the row does not show what its message says",
)
MISMATCH_DTYPE = np.dtype(
    [
        (name, np.int64)
        for name in (
            "row", "fault", "side", "level", "shown_price", "shown_size", "held_price", "held_size"
        )
    ]
)

cdef enum:
    FIRST_MISMATCHES = 64
    EVENT_COLUMNS = 6          # fields of `Event`, in its order

cdef i64 EMPTY_PRICE = 9999999999  # of an ask that is not there, with size 0; of a bid with a minus


# ------------------------------------------------------------------------------ small steps

cdef inline bint _beyond(OrderBook book, i32 side, i64 price, i64* out) noexcept nogil:
    """Next level of a side away from the touch."""
    if side == BUY:
        return ladder_below(&book.ladder, price, out)
    return ladder_above(&book.ladder, price, out)


cdef inline bint _is_further(i32 side, i64 price, i64 bound) noexcept nogil:
    """Is a price of a side further from the touch than another?"""
    return price < bound if side == BUY else price > bound


cdef inline const i64* _cell(const i64* row, i32 side, i64 level) noexcept nogil:
    """Price and size of a level of a row: ask price, ask size, bid price, bid size, and so on."""
    return row + 4 * level + (2 if side == BUY else 0)


cdef inline bint _is_empty(const i64* cell) noexcept nogil:
    """Does a row show no level here?"""
    return cell[1] == 0 and (cell[0] == EMPTY_PRICE or cell[0] == -EMPTY_PRICE)


cdef inline bint _is_crossed(const i64* row) noexcept nogil:
    """Does a row show bids at or above asks?"""
    return not _is_empty(row) and not _is_empty(row + 2) and row[2] >= row[0]


# ------------------------------------------------------------------------------- the replay

@cython.final
cdef class LobsterReplay:
    """Replays messages in LOBSTER's format and holds the book against the rows recorded.

    Parameters
    ----------
    levels
        Levels of each side in a row, 1 or more.
    tick
        What divides all prices. The book counts in ticks, and is the faster the fewer ticks
        lie between its levels; nothing else depends on it.

    Attributes
    ----------
    book
        The order book after the last event, prices in ticks, `time` in nanoseconds.
    """

    def __cinit__(self, levels, tick=1):
        if levels < 1:
            raise ValueError(f"levels must be 1 or more, got {levels!r}")
        if tick < 1:
            raise ValueError(f"tick must be 1 or more, got {tick!r}")
        self.levels = levels
        self.tick = tick
        self.book = OrderBook()
        self.capacity = FIRST_MISMATCHES
        self.found = <Mismatch*>memory_zeroed(FIRST_MISMATCHES * sizeof(Mismatch))
        if not ids_start(&self.ids) or self.found == NULL:
            raise MemoryError("no memory for a replay")

    def __dealloc__(self):
        ids_stop(&self.ids)
        memory_free(self.found)

    def replay(
        self, const i64[:, ::1] messages not None, const i64[:, ::1] rows not None
    ):
        """Replay the next messages of the day; the first ever only seeds the book.

        Parameters
        ----------
        messages
            Time in nanoseconds, type, order id, size, price and direction, a message a row.
        rows
            The book after each message: ask price, ask size, bid price, bid size, level by
            level.

        Returns
        -------
        int
            0; or a price that is no multiple of the tick, at which the replay has broken off
            and is of no use any more.
        """
        cdef i64 at, n = messages.shape[0]
        cdef const Event* events
        cdef i32 fault = NO_FAULT
        if messages.shape[1] != EVENT_COLUMNS:
            raise ValueError(f"messages must have 6 columns, got {messages.shape[1]}")
        if rows.shape[0] != n or rows.shape[1] != 4 * self.levels:
            raise ValueError(
                f"rows must be {n} rows of {4 * self.levels} columns, as many as there are "
                f"messages, got {rows.shape[0]} of {rows.shape[1]}"
            )
        if n == 0:
            return self.odd
        for at in range(n):
            if not NEW <= messages[at, 1] <= HALT:
                raise ValueError(f"messages have types from 1 to 7, got {messages[at, 1]}")
        events = <const Event*>&messages[0, 0]
        self.book._idle()
        self.book.busy = True
        with nogil:
            for at in range(n):
                fault = self._step(
                    &events[at], &rows[at, 0], &events[at + 1] if at + 1 < n else NULL
                )
                if fault == FAULT_MEMORY or self.odd != 0:
                    break
        self.book.busy = False
        if fault == FAULT_MEMORY:
            raise MemoryError("no memory for the orders of a replay")
        return self.odd

    cdef i32 _step(
        self, const Event* event, const i64* row, const Event* following
    ) noexcept nogil:
        """Carry out one message and hold the book against its row."""
        cdef Event scaled = event[0]
        cdef i32 fault
        self.events += 1
        self.book.time = event.time
        self.tally.messages[event.kind & (N_TYPES - 1)] += 1
        if event.kind == HALT:
            self.halted = event.price < 1
        if (self.lost or self.halted) and self._stay_lost(row):
            return NO_FAULT
        if event.kind <= EXECUTE and not self._in_ticks(event.price, &scaled.price):
            return NO_FAULT
        fault = self._seed(&scaled, row) if self.events == 1 else self._apply(&scaled)
        return self._judge(fault, row, following) if fault != FAULT_MEMORY else fault

    cdef i32 _judge(self, i32 fault, const i64* row, const Event* following) noexcept nogil:
        """Hold the book against a row; record a mismatch and find what to go on from."""
        cdef bint[2] windowed = self.windowed
        cdef Mismatch first
        cdef i64 differ
        memset(&first, 0, sizeof(first))
        first.row = self.events - 1
        first.side = -1
        differ = self._hold_side(SELL, row, &first) + self._hold_side(BUY, row, &first)
        if differ == 0 and fault == NO_FAULT:
            return NO_FAULT
        first.fault = fault if fault != NO_FAULT else FAULT_LEVEL
        if differ > 1 or fault != NO_FAULT or not self._next_agrees(
            &first, following, row + 4 * self.levels
        ):
            self._take_over(row)
        elif first.held_size == 0:
            # What is not there hid what came into the window: it is known to the last level held.
            self.windowed[first.side] = windowed[first.side]
        return NO_FAULT if self._note(&first) else FAULT_MEMORY

    cdef bint _in_ticks(self, i64 price, i64* ticks) noexcept nogil:
        """Convert a price; false, and it is noted, if it is no multiple of the tick."""
        ticks[0] = price // self.tick
        if ticks[0] * self.tick == price:
            return True
        self.odd = price
        return False

    # ------------------------------------------------------------------------- the messages

    cdef i32 _apply(self, const Event* event) noexcept nogil:
        """Carry out a message."""
        cdef i32 side = BUY if event.direction == 1 else SELL
        cdef const IdCell* cell
        cdef i32 slot = 0, fault
        if event.kind >= EXECUTE_HIDDEN:
            return NO_FAULT
        if event.kind == NEW:
            return self._add(event, side)
        cell = ids_cell(&self.ids, event.order)
        if cell.order == ORDER_GONE:
            return FAULT_NO_ORDER
        if cell.order != ORDER_NONE:
            slot = slab_find(&self.book.slab, cell.order)
        if slot != 0:
            return self._change_known(event, side, slot)
        fault = self._change_unseen(event, side)
        if event.kind == DELETE and fault == NO_FAULT:
            return NO_FAULT if ids_put(&self.ids, event.order, ORDER_GONE) else FAULT_MEMORY
        return fault

    cdef i32 _add(self, const Event* event, i32 side) noexcept nogil:
        """Queue a new order; its id must be new too, for no day gives one twice."""
        cdef i64 order
        if ids_cell(&self.ids, event.order).order != ORDER_NONE:
            return FAULT_ORDER
        order = book_submit(
            self.book, KNOWN, side, event.price, event.size, POST_ONLY, STP_NONE
        )
        if order == -REJECT_MEMORY:
            return FAULT_MEMORY
        if order < 0:
            return FAULT_REFUSED
        return NO_FAULT if ids_put(&self.ids, event.order, order) else FAULT_MEMORY

    cdef i32 _change_known(self, const Event* event, i32 side, i32 slot) noexcept nogil:
        """Reduce an order that was submitted in the file, by what a message says."""
        cdef const Order* order = &self.book.slab.at[slot]
        if order.price != event.price or <i32>(order.tag & FLAG_SELL) != side:
            return FAULT_ORDER
        if event.size <= 0 or event.size > order.quantity:
            return FAULT_ORDER
        # A deletion takes all that there is; a cancellation of a part never does.
        if event.kind == DELETE and event.size < order.quantity:
            return FAULT_ORDER
        if event.kind == CANCEL and event.size == order.quantity:
            return FAULT_ORDER
        if event.size == order.quantity:
            ids_cell(&self.ids, event.order).order = ORDER_GONE
        if event.kind == EXECUTE:
            self.tally.known += 1
        return self._reduce(event, side, slot)

    cdef i32 _change_unseen(self, const Event* event, i32 side) noexcept nogil:
        """Reduce the anonymous part of a level."""
        cdef const Level* level = ladder_find(&self.book.ladder, event.price)
        cdef i32 slot = level.head if level != NULL else 0
        cdef const Order* order = &self.book.slab.at[slot]
        if (
            event.kind != EXECUTE
            and self.windowed[side]
            and _is_further(side, event.price, self.bound[side])
        ):
            self.tally.outside += 1
            return NO_FAULT
        if slot == 0 or <i32>(order.tag & FLAG_SELL) != side or order.owner != ANONYMOUS:
            return FAULT_NO_ORDER
        if event.size <= 0 or event.size > order.quantity:
            return FAULT_NO_ORDER
        if event.kind == CANCEL and event.size == order.quantity:
            return FAULT_NO_ORDER
        if event.kind == EXECUTE:
            self.tally.unseen += 1
        return self._reduce(event, side, slot)

    cdef i32 _reduce(self, const Event* event, i32 side, i32 slot) noexcept nogil:
        """Cancel or execute at most all of an order.

        An execution is an incoming order that trades with whoever is first. Were that not the
        order named, the wrong one would lose its lots, so then the named one is reduced alone.
        """
        cdef const Order* order = &self.book.slab.at[slot]
        cdef i64 name = slab_id(&self.book.slab, slot)
        if (
            event.kind == EXECUTE
            and self.book.best[side] == order.price
            and ladder_find(&self.book.ladder, order.price).head == slot
        ):
            return self._trade(event, side, name, order.owner == KNOWN)
        if event.size == order.quantity:
            book_withdraw(self.book, slot)
        else:
            self.book.c_replace(name, order.price, order.quantity - event.size)
        return NO_FAULT

    cdef i32 _trade(self, const Event* event, i32 side, i64 name, bint known) noexcept nogil:
        """Send in the order that an execution implies, and see whom it trades with."""
        cdef i64 taker
        self.book.c_clear_fills()
        taker = book_submit(self.book, TAKER, 1 - side, event.price, event.size, IOC, STP_NONE)
        if taker < 0:
            return FAULT_MEMORY
        if known and self.book.n_fills == 1 and self.book.fills[0].maker_order == name:
            self.tally.named += 1
        return NO_FAULT

    # ----------------------------------------------------------------------------- the rows

    cdef i64 _hold_side(self, i32 side, const i64* row, Mismatch* first) noexcept nogil:
        """Hold a side against a row, adopt and forget levels; the number of levels that differ."""
        cdef i64 price = self.book.best[side], last = price, level, held, differ = 0
        cdef bint more = self.book.resting[side] > 0, whole = True
        cdef const i64* cell
        for level in range(self.levels):
            cell = _cell(row, side, level)
            if more:
                held = ladder_find(&self.book.ladder, price).total
                last = price
                if cell[0] == price * self.tick and cell[1] == held:
                    more = _beyond(self.book, side, price, &price)
                    continue
                more = _beyond(self.book, side, price, &price)
            elif _is_empty(cell):
                whole = False
                continue
            elif whole and self._adopt(side, cell, &last):
                continue
            else:
                held = 0
                whole = False
            differ += 1
            if first.side == -1:
                first.side = side
                first.level = level
                first.shown_price, first.shown_size = cell[0], cell[1]
                first.held_price, first.held_size = last * self.tick if held else 0, held
        self.windowed[side] = whole
        self.bound[side] = last
        while more:
            last = price
            more = _beyond(self.book, side, price, &price)
            self._withdraw_level(last)
            self.tally.forgotten += 1
        return differ

    cdef bint _adopt(self, i32 side, const i64* cell, i64* price) noexcept nogil:
        """Take in a level that came into the window, at a price; false if it cannot have."""
        cdef i64 ticks
        if not self.windowed[side] or cell[1] <= 0 or not self._in_ticks(cell[0], &ticks):
            return False
        if not _is_further(side, ticks, self.bound[side]):
            return False
        if book_submit(self.book, ANONYMOUS, side, ticks, cell[1], POST_ONLY, STP_NONE) < 0:
            return False
        price[0] = self.bound[side] = ticks
        self.tally.adopted += 1
        return True

    cdef bint _next_agrees(
        self, const Mismatch* at, const Event* event, const i64* row
    ) noexcept nogil:
        """Does the next row show what the book holds where this one differs?"""
        cdef i32 side = <i32>at.side
        cdef i64 level, size = 0, price = at.held_price if at.held_size else at.shown_price
        cdef const i64* cell
        if event == NULL:
            return False
        for level in range(self.levels):
            cell = _cell(row, side, level)
            if cell[0] == price:
                size = cell[1]
        if event.price == price and event.direction == (1 if side == BUY else -1):
            if event.kind == NEW:
                size = <i64>(<u64>size - <u64>event.size)
            elif event.kind <= EXECUTE:
                size = <i64>(<u64>size + <u64>event.size)
        return size == at.held_size

    cdef void _take_over(self, const i64* row) noexcept nogil:
        """Make the book show a row, as far as a book can; equal levels keep their queues."""
        cdef i32 side
        cdef i64 level, price
        cdef const i64* cell
        for side in range(2):
            self._withdraw_unlike(side, row)
        for side in range(2):
            for level in range(self.levels):
                cell = _cell(row, side, level)
                self.windowed[side] = not _is_empty(cell)
                if cell[1] <= 0 or not self._in_ticks(cell[0], &price):
                    continue
                self.bound[side] = price
                if self.book.c_level_quantity(price) == 0:
                    # A level that crosses is refused, and the next row differs.
                    book_submit(self.book, ANONYMOUS, side, price, cell[1], POST_ONLY, STP_NONE)

    cdef void _withdraw_unlike(self, i32 side, const i64* row) noexcept nogil:
        """Withdraw the levels that a row does not show as they are."""
        cdef i64 price = self.book.best[side], at, held, level
        cdef bint more = self.book.resting[side] > 0, shown
        cdef const i64* cell
        while more:
            at = price
            more = _beyond(self.book, side, at, &price)
            held = ladder_find(&self.book.ladder, at).total
            shown = False
            for level in range(self.levels):
                cell = _cell(row, side, level)
                shown = shown or (cell[0] == at * self.tick and cell[1] == held)
            if not shown:
                self._withdraw_level(at)

    cdef void _withdraw_level(self, i64 price) noexcept nogil:
        """Withdraw all orders at a price; their ids are unseen from now on."""
        cdef i32 slot = ladder_find(&self.book.ladder, price).head, follower
        while slot != 0:
            follower = self.book.slab.at[slot].next
            book_withdraw(self.book, slot)
            slot = follower

    cdef void _withdraw_side(self, i32 side) noexcept nogil:
        while self.book.resting[side] > 0:
            self._withdraw_level(self.book.best[side])

    cdef i32 _seed(self, const Event* event, const i64* row) noexcept nogil:
        """Fill the empty book from the first row; the first order keeps its id.

        The row must be one that the message can have left.
        """
        cdef i32 side = BUY if event.direction == 1 else SELL
        cdef const Level* level
        cdef i32 slot = 0
        self._take_over(row)
        if event.kind >= EXECUTE_HIDDEN:
            return NO_FAULT
        if event.size <= 0 or self._would_trade(side, event.price):
            return FAULT_REFUSED if event.kind == NEW else FAULT_NO_ORDER
        if self.windowed[side] and _is_further(side, event.price, self.bound[side]):
            return self._seed_outside(event, side)
        if event.kind == DELETE or event.kind == EXECUTE:
            return NO_FAULT  # of all that there was, perhaps: the level need not be there
        level = ladder_find(&self.book.ladder, event.price)
        slot = level.head if level != NULL else 0
        if slot == 0 or (event.kind == NEW and level.total < event.size):
            return FAULT_UNSHOWN
        if event.kind == CANCEL:
            return NO_FAULT
        self._reduce(event, side, slot)
        return self._add(event, side)

    cdef i32 _seed_outside(self, const Event* event, i32 side) noexcept nogil:
        """Take a first message of a level beyond the window, where nothing trades."""
        if event.kind == NEW:
            return self._add(event, side)
        return FAULT_NO_ORDER if event.kind == EXECUTE else NO_FAULT

    cdef bint _would_trade(self, i32 side, i64 price) noexcept nogil:
        """Would an order at a price trade with the book as it is?"""
        cdef i64 best = self.book.best[1 - side]
        if self.book.resting[1 - side] == 0:
            return False
        return price >= best if side == BUY else price <= best

    cdef bint _stay_lost(self, const i64* row) noexcept nogil:
        """Leave out a row that is crossed, as quotes of a halt may be; start again after it."""
        if _is_crossed(row):
            self.tally.crossed += 1
            self._withdraw_side(BUY)
            self._withdraw_side(SELL)
            self.lost = True
        elif self.lost:
            self._take_over(row)
            self.lost = False
        else:
            return False
        return True

    # -------------------------------------------------------------------------- the findings

    cdef bint _note(self, const Mismatch* mismatch) noexcept nogil:
        """Record a mismatch; false without memory."""
        cdef Mismatch* larger
        if self.tally.mismatches == self.capacity:
            larger = <Mismatch*>memory_zeroed(<size_t>self.capacity * 4 * sizeof(Mismatch))
            if larger == NULL:
                return False
            memcpy(larger, self.found, <size_t>self.capacity * sizeof(Mismatch))
            memory_free(self.found)
            self.found = larger
            self.capacity *= 4
        self.found[self.tally.mismatches] = mismatch[0]
        self.tally.mismatches += 1
        return True

    @property
    def counts(self):
        """What happened so far, by name; `messages` is by type, from 0."""
        return dict(self.tally)

    def mismatches(self):
        """Every row that differs, with the first level that does (see `MISMATCH_DTYPE`).

        `side` is -1 where the row agrees and the message alone is at fault; `fault` is an
        index of `FAULTS`. A size of 0 says that there is no such level.
        """
        cdef i64 size = self.tally.mismatches * <i64>sizeof(Mismatch)
        return np.frombuffer(bytearray((<const char*>self.found)[:size]), MISMATCH_DTYPE)

    def _check(self):
        """Assert every invariant of the replay and its book."""
        cdef i64 n, price
        cdef int side
        self.book._check()
        assert self.tally.mismatches <= self.capacity, "mismatches overflow their buffer"
        assert self.tally.named <= self.tally.known, "more makers found than executions"
        assert sum(self.tally.messages) == self.events, "a message was not counted"
        for side in range(2):
            n = 0
            if self.book.resting[side] > 0:
                n, price = 1, self.book.best[side]
                while _beyond(self.book, side, price, &price):
                    n += 1
            assert n <= self.levels, "the book holds levels beyond the window"
