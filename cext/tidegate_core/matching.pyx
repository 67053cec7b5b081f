"""Price-time matching: the part of an order book that runs without the GIL.

The small steps are inline functions here, not methods, so that the compiler sees through
them; the methods at the end are the face that other modules call.
"""

from libc.stdint cimport INT32_MAX, INT64_MAX
from libc.string cimport memcpy

from tidegate_core.ladder cimport (
    Ladder,
    Level,
    ladder_above,
    ladder_below,
    ladder_close,
    ladder_find,
    ladder_glance,
    ladder_open,
    ladder_prefetch,
    ladder_ready,
    ladder_start,
    ladder_stop,
)
from tidegate_core.memory cimport memory_free, memory_zeroed
from tidegate_core.slab cimport (
    FLAG_BITS,
    FLAG_MASK,
    MAX_GENERATIONS,
    Order,
    slab_find,
    slab_give,
    slab_id,
    slab_prefetch,
    slab_ready,
    slab_start,
    slab_stop,
    slab_take,
)
from tidegate_core.types cimport (
    BUY,
    FOK,
    LIMIT,
    MARKET,
    OK,
    OP_CANCEL,
    OP_CANCEL_SUBMIT,
    OP_REPLACE,
    OP_SUBMIT,
    POST_ONLY,
    REJECT_CODE,
    REJECT_MEMORY,
    REJECT_NOT_FILLABLE,
    REJECT_OVERFLOW,
    REJECT_QUANTITY,
    REJECT_SELF_TRADE,
    REJECT_UNKNOWN_ORDER,
    REJECT_WOULD_TAKE,
    SELL,
    STP_EXPIRE_BOTH,
    STP_EXPIRE_MAKER,
    STP_EXPIRE_TAKER,
    STP_NONE,
    Fill,
    by_side,
    i32,
    i64,
    u32,
    u64,
)

__all__ = ["MatchingBook"]

cdef enum:
    FIRST_LOG = 256
    # A batch looks ahead when the orders outgrow the second-level cache (32 bytes each): before
    # that the hints cost more than the misses.
    AHEAD_FROM = 1 << 16
    AHEAD_FAR = 24             # rows ahead: ask for the order or level
    AHEAD_NEAR = 12            # rows ahead: it is here, ask for what it points to


# ------------------------------------------------------------------------------ small steps

cdef inline bint _crosses(i32 side, i64 price, i64 opposite) noexcept nogil:
    """Would an order at `price` trade with one at `opposite`?"""
    return by_side(side, price >= opposite, price <= opposite)


cdef inline bint _beyond(const Ladder* ladder, i32 side, i64 price, i64* out) noexcept nogil:
    """Next level of a side away from the touch."""
    return ladder_below(ladder, price, out) if side == BUY else ladder_above(ladder, price, out)


cdef inline void _leave_level(MatchingBook book, i32 side, i64 price) noexcept nogil:
    """Close a level that has become empty, and move the touch if it was there."""
    ladder_close(&book.ladder, price)
    if price == book.best[side] and book.resting[side] > 0:
        _beyond(&book.ladder, side, price, &book.best[side])


cdef inline void _enqueue(MatchingBook book, i32 slot, i32 side, i64 price) noexcept nogil:
    """Put a filled-in order at the end of the queue at its price, for which there is room."""
    cdef Order* order = &book.slab.at[slot]
    cdef Level* level = ladder_open(&book.ladder, price)
    order.next = 0
    order.prev = level.tail
    if level.head == 0:
        level.head = slot
        if book.resting[side] == 0 or _crosses(side, price, book.best[side]):
            book.best[side] = price
    else:
        book.slab.at[level.tail].next = slot
    level.tail = slot
    level.total += order.quantity
    book.resting[side] += 1


cdef void book_withdraw(MatchingBook book, i32 slot) noexcept nogil:
    """Take a resting order out of its queue and free its slot."""
    cdef Order* order = &book.slab.at[slot]
    cdef Level* level = ladder_find(&book.ladder, order.price)
    cdef i32 side = order.tag & FLAG_SELL
    book.slab.at[order.prev].next = order.next
    book.slab.at[order.next].prev = order.prev
    level.total -= order.quantity
    book.resting[side] -= 1
    if level.head == slot:
        level.head = order.next
    if level.tail == slot:
        level.tail = order.prev
    slab_give(&book.slab, slot)
    if level.head == 0:
        _leave_level(book, side, order.price)


cdef inline void _describe(
    MatchingBook book, i32 slot, i32 owner, i32 side, i64 price, i64 quantity, i32 kind, i32 stp
) noexcept nogil:
    """Fill in an order that is going to rest."""
    cdef Order* order = &book.slab.at[slot]
    order.price = price
    order.quantity = quantity
    order.owner = owner
    order.tag = (
        (order.tag & ~<u32>FLAG_MASK)
        | <u32>(side | stp << FLAG_STP_SHIFT)
        | (FLAG_POST_ONLY if kind == POST_ONLY else 0)
    )


cdef inline void _log_fill(
    MatchingBook book, i32 slot, i64 taker, i32 owner, i32 side, i64 traded
) noexcept nogil:
    """Record a trade with the order in a slot."""
    cdef const Order* maker = &book.slab.at[slot]
    cdef Fill* fill = &book.fills[book.n_fills]
    fill.price = maker.price
    fill.quantity = traded
    fill.maker_order = slab_id(&book.slab, slot)
    fill.taker_order = taker
    fill.sequence = book.sequence
    fill.maker = maker.owner
    fill.taker = owner
    fill.taker_side = side
    fill.instrument = book.instrument
    fill.time = book.time
    book.n_fills += 1
    book.sequence += 1


cdef inline void _log_expired(MatchingBook book, i32 slot, i64 taker, i32 side) noexcept nogil:
    """Record that self-trade prevention cancels the order in a slot."""
    cdef const Order* maker = &book.slab.at[slot]
    cdef Expired* expired = &book.expired[book.n_expired]
    expired.order = slab_id(&book.slab, slot)
    expired.price = maker.price
    expired.quantity = maker.quantity
    expired.taker_order = taker
    expired.owner = maker.owner
    expired.side = side
    book.n_expired += 1


# ------------------------------------------------------------------------------- matching

cdef void* _grown(void* old, i64 used, i64 more, size_t size, i64* capacity) noexcept nogil:
    """Move a log to where it has room for more records; NULL, and it stays, without memory.

    Room that is not written costs addresses only, so there is plenty, unless that fails; and
    a large buffer comes in huge pages, so that its first use does not fault every 4 KiB.
    """
    cdef i64 wanted = 4 * (used + more) + FIRST_LOG
    cdef void* fresh = memory_zeroed(<size_t>wanted * size)
    if fresh == NULL:
        wanted = used + more
        fresh = memory_zeroed(<size_t>wanted * size)
    if fresh != NULL:
        if used > 0:
            memcpy(fresh, old, <size_t>used * size)
        memory_free(old)
        capacity[0] = wanted
    return fresh


cdef bint _reserve(MatchingBook book, i64 fills, i64 expired) noexcept nogil:
    """Make room for more fills and expired orders; false, nothing changed, without memory."""
    cdef void* fresh
    if book.n_fills + fills > book.fills_capacity:
        fresh = _grown(book.fills, book.n_fills, fills, sizeof(Fill), &book.fills_capacity)
        if fresh == NULL:
            return False
        book.fills = <Fill*>fresh
    if book.n_expired + expired > book.expired_capacity:
        fresh = _grown(
            book.expired, book.n_expired, expired, sizeof(Expired), &book.expired_capacity
        )
        if fresh == NULL:
            return False
        book.expired = <Expired*>fresh
    return True


cdef Survey _survey(
    MatchingBook book, i32 owner, i32 side, bint limited, i64 price, i64 quantity, i32 stp
) noexcept nogil:
    """Walk the makers that an order would meet."""
    cdef i32 opposite = 1 - side
    cdef i64 at = book.best[opposite]
    cdef bint more = book.resting[opposite] > 0
    cdef const Order* maker
    cdef i32 slot
    cdef Survey found
    found.fillable = found.fills = found.expired = 0
    found.blocked = False
    while more and not (limited and not _crosses(side, price, at)):
        slot = ladder_find(&book.ladder, at).head
        while slot != 0:
            maker = &book.slab.at[slot]
            if stp != STP_NONE and maker.owner == owner:
                found.expired += stp != STP_EXPIRE_TAKER
                found.blocked = stp != STP_EXPIRE_MAKER
                if found.blocked:
                    return found
            else:
                found.fills += 1
                if maker.quantity >= quantity - found.fillable:
                    found.fillable = quantity
                    return found
                found.fillable += maker.quantity
            slot = maker.next
        more = _beyond(&book.ladder, opposite, at, &at)
    return found


cdef i32 _look_closely(
    MatchingBook book, i32 owner, i32 side, i64 price, i64 quantity, i32 kind, i32 stp
) noexcept nogil:
    """Do what `_look` does, by walking the makers."""
    cdef Survey survey = _survey(book, owner, side, kind != MARKET, price, quantity, stp)
    if kind == FOK and survey.fillable < quantity:
        return REJECT_NOT_FILLABLE
    if survey.blocked and stp == STP_EXPIRE_TAKER and survey.fillable == 0:
        return REJECT_SELF_TRADE
    return OK if _reserve(book, survey.fills, survey.expired) else REJECT_MEMORY


cdef inline i32 _look(
    MatchingBook book, i32 owner, i32 side, i64 price, i64 quantity, i32 kind, i32 stp
) noexcept nogil:
    """Find what would refuse an order that may take, and reserve what its trades need."""
    cdef i64 bound = min(quantity, book.resting[1 - side])
    # Mostly the answer is yes without looking: room for any trades, and no condition to meet.
    if kind != FOK and stp == STP_NONE and bound <= book.fills_capacity - book.n_fills:
        return OK
    return _look_closely(book, owner, side, price, quantity, kind, stp)


cdef i64 _match(
    MatchingBook book, i64 taker, i32 owner, i32 side, bint limited, i64 price, i64 quantity,
    i32 stp, bint* stopped
) noexcept nogil:
    """Trade with the opposite side, best level first; lots left. Room has been reserved."""
    cdef i32 opposite = 1 - side
    cdef i32 slot, follower
    cdef i64 left = quantity, gone, traded, at
    cdef Level* level
    cdef Order* maker
    while left > 0 and not stopped[0] and book.resting[opposite] > 0:
        at = book.best[opposite]
        if limited and not _crosses(side, price, at):
            break
        level = ladder_find(&book.ladder, at)
        slot = level.head
        gone = 0
        while slot != 0 and left > 0 and not stopped[0]:
            maker = &book.slab.at[slot]
            if stp != STP_NONE and maker.owner == owner:
                stopped[0] = stp != STP_EXPIRE_MAKER
                if stp == STP_EXPIRE_TAKER:
                    break
                traded = maker.quantity
                _log_expired(book, slot, taker, opposite)
            else:
                traded = min(left, maker.quantity)
                left -= traded
                _log_fill(book, slot, taker, owner, side, traded)
            gone += traded
            if traded < maker.quantity:
                maker.quantity -= traded
                break
            follower = maker.next
            slab_give(&book.slab, slot)
            book.resting[opposite] -= 1
            slot = follower
        level.head = slot
        level.total -= gone
        if slot != 0:
            book.slab.at[slot].prev = 0
        else:
            _leave_level(book, opposite, at)
    return left


cdef i64 _rest(
    MatchingBook book, i32 owner, i32 side, i64 price, i64 quantity, i32 kind, i32 stp
) noexcept nogil:
    """Queue an order that does not cross."""
    cdef i64 anchor = book.best[side] if book.resting[side] > 0 else price
    cdef const Level* level
    cdef i32 slot
    if not slab_ready(&book.slab) or not ladder_ready(&book.ladder, price, anchor):
        return -REJECT_MEMORY
    level = ladder_find(&book.ladder, price)
    if level != NULL and level.total > INT64_MAX - quantity:
        return -REJECT_OVERFLOW
    slot = slab_take(&book.slab)
    _describe(book, slot, owner, side, price, quantity, kind, stp)
    _enqueue(book, slot, side, price)
    book.last_filled = 0
    book.last_remaining = quantity
    return slab_id(&book.slab, slot)


cdef i64 _take(
    MatchingBook book, i32 owner, i32 side, i64 price, i64 quantity, i32 kind, i32 stp
) noexcept nogil:
    """Match an order; rest, or drop, what is left."""
    cdef i32 refusal = _look(book, owner, side, price, quantity, kind, stp)
    cdef bint stopped = False
    cdef i64 taker, left
    cdef i32 slot
    if refusal != OK:
        return -refusal
    if not slab_ready(&book.slab):
        return -REJECT_MEMORY
    if kind == LIMIT and not ladder_ready(&book.ladder, price, book.best[1 - side]):
        return -REJECT_MEMORY
    slot = slab_take(&book.slab)
    taker = slab_id(&book.slab, slot)
    left = _match(book, taker, owner, side, kind != MARKET, price, quantity, stp, &stopped)
    if left > 0 and kind == LIMIT and not stopped:
        _describe(book, slot, owner, side, price, left, kind, stp)
        _enqueue(book, slot, side, price)
    else:
        slab_give(&book.slab, slot)
    book.last_filled = quantity - left
    book.last_remaining = left
    return taker


cdef i64 book_submit(
    MatchingBook book, i32 owner, i32 side, i64 price, i64 quantity, i32 kind, i32 stp
) noexcept nogil:
    """Submit an order: its id, or -Reject."""
    cdef i32 opposite = 1 - side
    if <u32>side > SELL or <u32>kind > POST_ONLY or <u32>stp > STP_EXPIRE_BOTH:
        return -REJECT_CODE
    if <u64>(quantity - 1) >= <u64>1 << 62:
        return -REJECT_QUANTITY
    if kind == LIMIT or kind == POST_ONLY:
        if book.resting[opposite] == 0 or not _crosses(side, price, book.best[opposite]):
            return _rest(book, owner, side, price, quantity, kind, stp)
        if kind == POST_ONLY:
            return -REJECT_WOULD_TAKE
    return _take(book, owner, side, price, quantity, kind, stp)


cdef i32 _cancel(MatchingBook book, i64 order_id) noexcept nogil:
    """Cancel a resting order."""
    cdef i32 slot = slab_find(&book.slab, order_id)
    if slot == 0:
        return REJECT_UNKNOWN_ORDER
    book_withdraw(book, slot)
    return OK


cdef i64 _replace(MatchingBook book, i64 order_id, i64 price, i64 quantity) noexcept nogil:
    """Change a resting order: its id now, or -Reject."""
    cdef i32 slot = slab_find(&book.slab, order_id)
    cdef Order* order = &book.slab.at[slot]
    cdef i32 side = order.tag & FLAG_SELL
    cdef i32 stp = order.tag >> FLAG_STP_SHIFT & 3
    cdef i32 kind = POST_ONLY if order.tag & FLAG_POST_ONLY else LIMIT
    cdef i32 owner = order.owner, refusal
    cdef Level* level
    if slot == 0:
        return -REJECT_UNKNOWN_ORDER
    if <u64>(quantity - 1) >= <u64>1 << 62:
        return -REJECT_QUANTITY
    level = ladder_find(&book.ladder, price)
    if price == order.price and quantity <= order.quantity:
        level.total -= order.quantity - quantity
        order.quantity = quantity
        book.last_filled = 0
        book.last_remaining = quantity
        return order_id
    # It goes to the end of the queue, or takes. Whatever could refuse that comes first.
    if book.resting[1 - side] > 0 and _crosses(side, price, book.best[1 - side]):
        if kind == POST_ONLY:
            return -REJECT_WOULD_TAKE
        refusal = _look(book, owner, side, price, quantity, kind, stp)
        if refusal != OK:
            return -refusal
    elif level != NULL and level.total - (
        order.quantity if price == order.price else 0
    ) > INT64_MAX - quantity:
        return -REJECT_OVERFLOW
    if not ladder_ready(&book.ladder, price, book.best[side]):
        return -REJECT_MEMORY
    # Its slot is free for its successor, unless it is used up.
    if (order.tag >> FLAG_BITS) + 1 >= book.slab.generations and not slab_ready(&book.slab):
        return -REJECT_MEMORY
    book_withdraw(book, slot)
    return book_submit(book, owner, side, price, quantity, kind, stp)


# ------------------------------------------------------------------------- rows of a batch

cdef inline i64 _named(const Columns* columns, i64 row, i64 done) noexcept nogil:
    """Order that a row names: by its id, or as -1 - n the one that row n < `done` submitted."""
    cdef const i64* cell = &columns.order_id[row]
    cdef u64 earlier = <u64>(-1 - cell[0])
    # Written so that the compiler selects an address instead of jumping.
    cell = <const i64*>&columns.result[earlier] if earlier < <u64>done else cell
    return cell[0]


cdef inline i64 _carry_out(MatchingBook book, const Columns* columns, i64 row) noexcept nogil:
    """Carry out one row; its result."""
    cdef i64 op = columns.op[row] if columns.op != NULL else OP_SUBMIT
    if op == OP_CANCEL:
        return -_cancel(book, _named(columns, row, row))
    if op == OP_REPLACE:
        return _replace(book, _named(columns, row, row), columns.price[row], columns.quantity[row])
    if op == OP_CANCEL_SUBMIT:
        _cancel(book, _named(columns, row, row))
    elif op != OP_SUBMIT:
        return -REJECT_CODE
    return submit_wide(
        book,
        columns.owner[row] if columns.owner != NULL else 0,
        columns.side[row],
        columns.price[row],
        columns.quantity[row],
        columns.kind[row] if columns.kind != NULL else LIMIT,
        columns.stp[row] if columns.stp != NULL else STP_NONE,
    )


cdef inline void _look_ahead(MatchingBook book, const Columns* columns, i64 row) noexcept nogil:
    """Ask the memory for what later rows may touch: orders and levels, then their neighbours.

    Takers come unannounced, so the second in line at each touch is asked for too. Whatever
    the op of a row, both its order and its level are asked for: a branch on the op would be
    mispredicted, which costs more than a hint that was not needed.
    """
    cdef i64 far = row + AHEAD_FAR
    cdef i64 near = row + AHEAD_NEAR
    cdef const Order* order
    cdef u32 slot
    cdef int side
    if far >= columns.rows or book.ladder.width == 0:
        return
    for side in range(2):
        slot = <u32>ladder_glance(&book.ladder, book.best[side]).head
        slab_prefetch(&book.slab, <u32>book.slab.at[slot].next)
    ladder_prefetch(&book.ladder, columns.price[far])
    slab_prefetch(&book.slab, <u32>ladder_glance(&book.ladder, columns.price[near]).tail)
    if columns.order_id != NULL:
        slab_prefetch(&book.slab, <u32>_named(columns, far, row))
        slot = <u32>_named(columns, near, row)
        order = &book.slab.at[slot if slot < <u32>book.slab.used else 0]
        slab_prefetch(&book.slab, order.next)
        slab_prefetch(&book.slab, order.prev)
        ladder_prefetch(&book.ladder, order.price)


# ------------------------------------------------------------------------------- the class

cdef class MatchingBook:
    """What `OrderBook` is without its Python face.

    Parameters
    ----------
    max_orders
        Most orders that may rest at once, 1 to 2**31 - 2.
    """

    def __cinit__(self, *, max_orders=INT32_MAX - 1):
        if not 1 <= max_orders < INT32_MAX:
            raise ValueError(f"max_orders must be 1 to {INT32_MAX - 1}, got {max_orders!r}")
        ladder_start(&self.ladder)
        if not slab_start(&self.slab, max_orders, MAX_GENERATIONS):
            raise MemoryError("no memory for an order book")

    def __dealloc__(self):
        slab_stop(&self.slab)
        ladder_stop(&self.ladder)
        memory_free(self.fills)
        memory_free(self.expired)

    cdef i64 c_submit(
        self, i32 owner, i32 side, i64 price, i64 quantity, i32 kind, i32 stp
    ) noexcept nogil:
        return book_submit(self, owner, side, price, quantity, kind, stp)

    cdef i32 c_cancel(self, i64 order_id) noexcept nogil:
        return _cancel(self, order_id)

    cdef i64 c_replace(self, i64 order_id, i64 price, i64 quantity) noexcept nogil:
        return _replace(self, order_id, price, quantity)

    cdef Survey c_survey(
        self, i32 owner, i32 side, bint limited, i64 price, i64 quantity, i32 stp
    ) noexcept nogil:
        return _survey(self, owner, side, limited, price, quantity, stp)

    cdef i64 c_remaining(self, i64 order_id) noexcept nogil:
        return self.slab.at[slab_find(&self.slab, order_id)].quantity

    cdef i32 c_side(self, i64 order_id) noexcept nogil:
        cdef i32 slot = slab_find(&self.slab, order_id)
        return <i32>(self.slab.at[slot].tag & FLAG_SELL) if slot != 0 else -1

    cdef i32 c_owner(self, i64 order_id) noexcept nogil:
        cdef i32 slot = slab_find(&self.slab, order_id)
        return self.slab.at[slot].owner if slot != 0 else -1

    cdef i64 c_price(self, i64 order_id) noexcept nogil:
        return self.slab.at[slab_find(&self.slab, order_id)].price

    cdef i64 c_len(self) noexcept nogil:
        return self.resting[0] + self.resting[1]

    cdef bint c_has(self, i32 side) noexcept nogil:
        return self.resting[side] > 0

    cdef i64 c_best(self, i32 side) noexcept nogil:
        return self.best[side]

    cdef bint c_next_price(self, i32 side, i64 price, i64* out) noexcept nogil:
        if self.resting[side] == 0:
            return False
        if not _crosses(1 - side, price, self.best[side]):
            # Before the touch, on the other side's levels: the touch is what comes next.
            out[0] = self.best[side]
            return True
        return _beyond(&self.ladder, side, price, out)

    cdef i64 c_level_quantity(self, i64 price) noexcept nogil:
        cdef const Level* level = ladder_find(&self.ladder, price)
        return level.total if level != NULL else 0

    cdef void c_clear_fills(self) noexcept nogil:
        self.n_fills = 0
        self.n_expired = 0

    cdef bint c_reserve(self, i64 fills, i64 expired) noexcept nogil:
        return _reserve(self, fills, expired)

    cdef void c_submit_many(self, const Columns* columns) noexcept nogil:
        cdef i64 row
        for row in range(columns.rows):
            if self.slab.used >= AHEAD_FROM:
                _look_ahead(self, columns, row)
            columns.result[row] = _carry_out(self, columns, row)
