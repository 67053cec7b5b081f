"""Recorded events of single orders replayed through an order book."""

cimport cython
from libc.string cimport memcpy

import numpy as np

from tidegate_core.book cimport OrderBook
from tidegate_core.ladder cimport ladder_find
from tidegate_core.matching cimport FLAG_SELL, book_submit, book_withdraw
from tidegate_core.memory cimport memory_free, memory_zeroed
from tidegate_core.order_ids cimport (
    ORDER_GONE,
    IdCell,
    ids_cell,
    ids_put,
    ids_start,
    ids_stop,
)
from tidegate_core.slab cimport Order, slab_find, slab_id
from tidegate_core.types cimport BUY, IOC, POST_ONLY, REJECT_MEMORY, STP_NONE, i32, i64, u64

__all__ = ["FINDING_DTYPE", "ORDER_FAULTS", "OrderReplay"]

ORDER_FAULTS = (
    "none",
    "the order is created twice",
    "the order was deleted before",
    "the order is on the other side",
    "the volume contradicts what the order had",
    "an order rests where later ones have traded through",
    "too many orders cross the book at once",
    "the order deleted has another price",
)
FINDING_DTYPE = np.dtype([("row", np.int64), ("fault", np.int64)])

cdef enum:
    FIRST_FINDINGS = 64
    EVENT_COLUMNS = 6          # fields of `OrderEvent`, in its order
    ORDER_WAITS = -2           # what the id of a taker stands for
    MAKER = 0                  # owners of orders
    ADOPTED = 1
    TAKER = 2

cdef i64 MAX_VOLUME = <i64>1 << 62           # of a book's order


cdef inline bint _crosses(i32 side, i64 price, i64 opposite) noexcept nogil:
    """Would an order at `price` trade with one at `opposite`?"""
    return price >= opposite if side == BUY else price <= opposite


cdef inline i64 _left(const Waiting* taker) noexcept nogil:
    """Lots that a taker has left; what an adopted one traded before it was seen is unknown."""
    if taker.owner == ADOPTED:
        return taker.reported
    return min(taker.reported, taker.created - taker.matched)


cdef inline bint _is_done(const Waiting* taker) noexcept nogil:
    """Has a taker nothing left, by its own events and by its makers'?"""
    return taker.reported == 0 and (taker.owner == ADOPTED or taker.matched >= taker.created)


@cython.final
cdef class OrderReplay:
    """Replays created, changed and deleted orders and checks them against the book they make.

    Parameters
    ----------
    patience
        How long a taker may cross the book, in the unit of the file's times.
    keeps_volume
        Whether a deleted order has the volume it had left, so that 0 means it has traded. If
        not, it has traded when a taker waits that crosses it.

    Attributes
    ----------
    book
        The order book after the last event.
    """

    def __cinit__(self, patience, keeps_volume):
        if patience < 0:
            raise ValueError(f"patience must not be negative, got {patience!r}")
        self.patience = patience
        self.keeps_volume = keeps_volume
        self.book = OrderBook()
        self.capacity = FIRST_FINDINGS
        self.found = <OrderFinding*>memory_zeroed(FIRST_FINDINGS * sizeof(OrderFinding))
        if not ids_start(&self.ids) or self.found == NULL:
            raise MemoryError("no memory for a replay")

    def __dealloc__(self):
        ids_stop(&self.ids)
        memory_free(self.found)

    def replay(self, const i64[:, ::1] events not None):
        """Replay the next events.

        Parameters
        ----------
        events
            Time, action (0 created, 1 changed, 2 deleted), order id, price in ticks, volume in
            lots (at most 2**62) and side (0 buys, 1 sells), an event a row.
        """
        cdef i64 at, n = events.shape[0]
        cdef i32 fault = ORDER_FINE
        if events.shape[1] != EVENT_COLUMNS:
            raise ValueError(f"events must have 6 columns, got {events.shape[1]}")
        for at in range(n):
            if not CREATED <= events[at, 1] <= DELETED or events[at, 5] not in (0, 1):
                raise ValueError(
                    "events have actions from 0 to 2 and sides 0 or 1, got "
                    f"{events[at, 1]} and {events[at, 5]}"
                )
            if events[at, 4] > MAX_VOLUME:
                raise ValueError(
                    f"events[{at}] has a volume of {events[at, 4]}; allowed are up to 2**62"
                )
        self.book._idle()
        self.book.busy = True
        with nogil:
            for at in range(n):
                fault = self._step(<const OrderEvent*>&events[at, 0])
                if fault != ORDER_FINE and (fault == ORDER_MEMORY or not self._note(fault)):
                    fault = ORDER_MEMORY
                    break
                self.rows += 1
        self.book.busy = False
        if fault == ORDER_MEMORY:
            raise MemoryError("no memory for the orders of a replay")

    # --------------------------------------------------------------------------- the events

    cdef i32 _step(self, const OrderEvent* event) noexcept nogil:
        """Carry out one event, then let takers rest that cross nothing any more."""
        cdef const IdCell* cell = ids_cell(&self.ids, event.order)
        cdef i32 slot = 0, fault, settled
        self.book.time = event.time
        self.tally.events[event.action] += 1
        if cell.order > 0:
            slot = slab_find(&self.book.slab, cell.order)
        if self._repeats(event, cell.order, slot):
            self.tally.repeated += 1
            fault = ORDER_FINE
        elif event.action == CREATED:
            fault = self._create(event, cell.order, slot)
        elif cell.order == ORDER_GONE:
            fault = ORDER_PAST
        elif cell.order == ORDER_WAITS:
            fault = self._report_taker(event)
        elif slot == 0:
            fault = self._meet_unseen(event)
        elif <i32>(self.book.slab.at[slot].tag & FLAG_SELL) != event.side:
            fault = ORDER_SIDE
        elif event.action == CHANGED:
            fault = self._change(event, slot)
        else:
            fault = self._delete(event, slot)
        settled = self._settle(event.time) if self.n_waiting > 0 else ORDER_FINE
        self.tally.crossed += self.n_waiting > 0
        return settled if fault == ORDER_FINE or settled == ORDER_MEMORY else fault

    cdef bint _repeats(self, const OrderEvent* event, i64 known, i32 slot) noexcept nogil:
        """Does an event say again what has been said? Recorders do that when they reconnect."""
        cdef const Order* order = &self.book.slab.at[slot]
        if event.action == DELETED:
            return known == ORDER_GONE
        return slot != 0 and (
            order.price == event.price
            and order.quantity == event.volume
            and <i32>(order.tag & FLAG_SELL) == event.side
        )

    cdef i32 _create(self, const OrderEvent* event, i64 known, i32 slot) noexcept nogil:
        """Take in a new order, of an id that names none and never has."""
        if slot != 0 or known == ORDER_WAITS:
            return ORDER_TWICE
        if known == ORDER_GONE:
            return ORDER_PAST
        if event.volume <= 0:
            return ORDER_VOLUME
        if self._would_cross(<i32>event.side, event.price):
            self.tally.takers += 1
            return self._wait(event, MAKER)
        return self._rest(event.order, MAKER, <i32>event.side, event.price, event.volume)

    cdef i32 _rest(
        self, i64 given, i32 owner, i32 side, i64 price, i64 volume
    ) noexcept nogil:
        """Queue an order that crosses nothing."""
        cdef i64 order = book_submit(self.book, owner, side, price, volume, POST_ONLY, STP_NONE)
        if order == -REJECT_MEMORY:
            return ORDER_MEMORY
        if order < 0:
            return ORDER_VOLUME
        return ORDER_FINE if ids_put(&self.ids, given, order) else ORDER_MEMORY

    cdef i32 _wait(self, const OrderEvent* event, i32 owner) noexcept nogil:
        """Keep an order that crosses the book apart from it."""
        cdef Waiting* taker = &self.waiting[self.n_waiting]
        if self.n_waiting == MAX_WAITING:
            return ORDER_CROWD
        if not ids_put(&self.ids, event.order, ORDER_WAITS):
            return ORDER_MEMORY
        taker.order, taker.price, taker.side = event.order, event.price, <i32>event.side
        taker.created = taker.reported = event.volume
        taker.matched = 0
        taker.owner = owner
        taker.since = event.time
        self.n_waiting += 1
        return ORDER_FINE

    cdef i32 _change(self, const OrderEvent* event, i32 slot) noexcept nogil:
        """Give a resting order another volume or price."""
        cdef const Order* order = &self.book.slab.at[slot]
        cdef i64 now
        if event.volume < 0:
            return ORDER_VOLUME
        if event.price == order.price and event.volume <= order.quantity:
            if event.volume == 0:
                ids_cell(&self.ids, event.order).order = ORDER_GONE
            return self._trade(slot, order.quantity - event.volume)
        if event.volume == 0:
            return ORDER_VOLUME
        if self._would_cross(<i32>event.side, event.price):
            book_withdraw(self.book, slot)
            self.tally.takers += 1
            return self._wait(event, MAKER)
        now = self.book.c_replace(slab_id(&self.book.slab, slot), event.price, event.volume)
        if now == -REJECT_MEMORY:
            return ORDER_MEMORY
        if now < 0:
            return ORDER_VOLUME
        return ORDER_FINE if ids_put(&self.ids, event.order, now) else ORDER_MEMORY

    cdef i32 _delete(self, const OrderEvent* event, i32 slot) noexcept nogil:
        """Take a resting order out: it has traded, or was cancelled."""
        cdef const Order* order = &self.book.slab.at[slot]
        cdef i64 had = order.quantity
        cdef bint traded = event.volume == 0, moved = event.price != order.price
        cdef i32 fault
        ids_cell(&self.ids, event.order).order = ORDER_GONE
        if not self.keeps_volume:
            traded = self._taker_of(1 - <i32>event.side, order.price) >= 0
        if traded:
            fault = self._trade(slot, had)
        else:
            book_withdraw(self.book, slot)
            fault = ORDER_FINE if event.volume in (0, had) else ORDER_VOLUME
        return ORDER_PRICE if moved and fault == ORDER_FINE else fault

    cdef i32 _trade(self, i32 slot, i64 lots) noexcept nogil:
        """Trade lots of a resting order with a taker, by an incoming order if it is first."""
        cdef const Order* order = &self.book.slab.at[slot]
        cdef i64 name = slab_id(&self.book.slab, slot), price = order.price
        cdef i32 side = order.tag & FLAG_SELL
        cdef i32 taker = self._taker_of(1 - side, price)
        cdef bint touch = price == self.book.best[side], created = order.owner == MAKER
        if lots == 0:
            return ORDER_FINE
        if taker >= 0 and self.waiting[taker].owner == MAKER:
            self.waiting[taker].matched += lots
        if not touch:
            self.tally.elsewhere += 1
        elif created:
            self.tally.traded += 1
        if touch and ladder_find(&self.book.ladder, price).head == slot:
            self.book.c_clear_fills()
            if book_submit(self.book, TAKER, 1 - side, price, lots, IOC, STP_NONE) < 0:
                return ORDER_MEMORY
            self.tally.named += created and self.book.fills[0].maker_order == name
        elif lots == order.quantity:
            book_withdraw(self.book, slot)
        else:
            self.book.c_replace(name, price, order.quantity - lots)
        return ORDER_FINE

    cdef i32 _meet_unseen(self, const OrderEvent* event) noexcept nogil:
        """Take in an order from before the file, if it lives on; one that crosses waits.

        Its place is behind the orders that are known, though it was there before them.
        """
        if event.action == DELETED or event.volume <= 0:
            self.tally.unseen += 1
            return ORDER_FINE if ids_put(&self.ids, event.order, ORDER_GONE) else ORDER_MEMORY
        self.tally.adopted += 1
        if self._would_cross(<i32>event.side, event.price):
            return self._wait(event, ADOPTED)
        return self._rest(event.order, ADOPTED, <i32>event.side, event.price, event.volume)

    # --------------------------------------------------------------------------- the takers

    cdef bint _would_cross(self, i32 side, i64 price) noexcept nogil:
        cdef i32 opposite = 1 - side
        return self.book.resting[opposite] > 0 and _crosses(side, price, self.book.best[opposite])

    cdef i32 _taker_of(self, i32 side, i64 price) noexcept nogil:
        """First taker that waits on a side and crosses a price, with lots to trade; -1 if none.

        An adopted order that waits may have traded with the makers before it was seen: it comes
        after all others.
        """
        cdef i32 at, adopted = -1
        cdef const Waiting* taker
        for at in range(self.n_waiting):
            taker = &self.waiting[at]
            if taker.side != side or not _crosses(side, taker.price, price):
                continue
            if taker.owner == ADOPTED:
                adopted = at
            elif taker.matched < taker.created:
                return at
        return adopted

    cdef i32 _report_taker(self, const OrderEvent* event) noexcept nogil:
        """Note what a taker's own events say that it has left."""
        cdef i32 at = 0, outcome
        cdef Waiting* taker
        while at < self.n_waiting and self.waiting[at].order != event.order:
            at += 1
        if at == self.n_waiting:
            return ORDER_PAST
        taker = &self.waiting[at]
        if taker.side != event.side:
            return ORDER_SIDE
        if event.volume < 0:
            return ORDER_VOLUME
        if event.action == CHANGED:
            if event.volume - taker.reported > MAX_VOLUME - taker.created:
                return ORDER_VOLUME
            if event.volume > taker.reported:
                taker.created += event.volume - taker.reported
            taker.reported = event.volume
            taker.price = event.price
            return ORDER_FINE
        outcome = ORDER_FINE if event.price == taker.price else ORDER_PRICE
        ids_cell(&self.ids, event.order).order = ORDER_GONE
        self.n_waiting -= 1
        for at in range(at, self.n_waiting):
            self.waiting[at] = self.waiting[at + 1]
        return outcome

    cdef i32 _settle(self, i64 now) noexcept nogil:
        """Let takers rest that cross nothing, or that have waited too long.

        One for which there is no room at its price is gone, and so is one with nothing left
        whose makers have all reported, or have had the time to.
        """
        cdef i32 at = 0, kept = 0, fault = ORDER_FINE, outcome
        cdef i64 left
        cdef bint late
        cdef Waiting taker
        while at < self.n_waiting:
            taker = self.waiting[at]
            at += 1
            left = _left(&taker)
            late = now - taker.since > self.patience
            if left <= 0 and (late or _is_done(&taker)):
                ids_cell(&self.ids, taker.order).order = ORDER_GONE
                continue
            if late and left > 0:
                outcome = self._clear_stale(&taker)
                fault = outcome if outcome != ORDER_FINE else fault
            if left > 0 and not self._would_cross(taker.side, taker.price):
                outcome = self._rest(taker.order, taker.owner, taker.side, taker.price, left)
                if outcome != ORDER_FINE:
                    ids_cell(&self.ids, taker.order).order = ORDER_GONE
                    fault = outcome
            else:
                self.waiting[kept] = taker
                kept += 1
        self.n_waiting = kept
        return fault

    cdef i32 _clear_stale(self, const Waiting* taker) noexcept nogil:
        """Withdraw the orders that a taker crosses."""
        cdef i32 opposite = 1 - taker.side, found = ORDER_FINE
        while self._would_cross(taker.side, taker.price):
            found = ORDER_STALE
            book_withdraw(
                self.book, ladder_find(&self.book.ladder, self.book.best[opposite]).head
            )
        return found

    # -------------------------------------------------------------------------- the findings

    cdef bint _note(self, i32 fault) noexcept nogil:
        """Record a mismatch; false without memory."""
        cdef OrderFinding* larger
        if self.tally.mismatches == self.capacity:
            larger = <OrderFinding*>memory_zeroed(
                <size_t>self.capacity * 4 * sizeof(OrderFinding)
            )
            if larger == NULL:
                return False
            memcpy(larger, self.found, <size_t>self.capacity * sizeof(OrderFinding))
            memory_free(self.found)
            self.found = larger
            self.capacity *= 4
        self.found[self.tally.mismatches].row = self.rows
        self.found[self.tally.mismatches].fault = fault
        self.tally.mismatches += 1
        return True

    @property
    def counts(self):
        """What happened so far, by name; `events` is by action."""
        return {**self.tally, "waiting": self.n_waiting}

    def mismatches(self):
        """Every event that contradicts the book: its row, and an index of `ORDER_FAULTS`."""
        cdef i64 size = self.tally.mismatches * <i64>sizeof(OrderFinding)
        return np.frombuffer(bytearray((<const char*>self.found)[:size]), FINDING_DTYPE)

    def _check(self):
        """Assert every invariant of the replay and its book."""
        cdef i32 at, waiting = 0
        cdef u64 place
        self.book._check()
        assert self.tally.mismatches <= self.capacity, "mismatches overflow their buffer"
        assert self.tally.named <= self.tally.traded, "more makers found than trades"
        assert sum(self.tally.events) == self.rows, "an event was not counted"
        for at in range(self.n_waiting):
            assert ids_cell(&self.ids, self.waiting[at].order).order == ORDER_WAITS, "lost taker"
            assert 0 < self.waiting[at].created <= MAX_VOLUME, "a taker of nothing, or too much"
        for place in range(self.ids.mask + 1):
            waiting += self.ids.cells[place].order == ORDER_WAITS
        assert waiting == self.n_waiting, "an id waits without its taker"
