# What rests of orders on margin: links between the book's slots, their notes, and the positions
# whose orders they are.
#
# A note keeps the margin of an order. Lots that are filled or withdrawn release their part of what
# is left of it, the last lots all of it.
from libc.string cimport memset

from tidegate_core.book cimport OrderBook
from tidegate_core.holdings cimport arena_take, reserve_margin
from tidegate_core.margin cimport MarginHouse, OrderNote, Working
from tidegate_core.matching cimport FLAG_SELL
from tidegate_core.positions cimport Position, share_of
from tidegate_core.slab cimport Order, Slab, slab_id
from tidegate_core.types cimport BUY, SELL, i32, i64


cdef inline void link_order(
    MarginHouse house, i32 contract, i32 slot, i32 at, i64 margin, bint reduce_only
) noexcept nogil:
    """Put a resting order, a slot of the book, at the head of the chain of its position."""
    cdef Position* position = house.positions + at
    cdef const Order* order = (<OrderBook> house.books[contract]).slab.at + slot
    cdef OrderNote* notes = house.notes[contract]
    cdef Working* working
    cdef i32 side = order.tag & FLAG_SELL
    if position.orders == 0:
        position.orders = arena_take(
            &house.workings, house.working[house.workings.free].first)
        memset(house.working + position.orders, 0, sizeof(Working))
    working = house.working + position.orders
    notes[slot].margin = margin
    notes[slot].position = at
    notes[slot].reduce_only = reduce_only
    notes[slot].prev = 0
    notes[slot].next = working.first
    notes[working.first].prev = slot
    working.first = slot
    working.count += 1
    working.lots[side] += order.quantity
    if reduce_only:
        working.reducing += 1
        working.reducing_side = side
    reserve_margin(house, position, margin)


cdef inline void unlink_order(MarginHouse house, i32 contract, i32 slot) noexcept nogil:
    """Take an order without lots or margin left out of its chain."""
    cdef OrderNote* notes = house.notes[contract]
    cdef OrderNote* note = notes + slot
    cdef Position* position = house.positions + note.position
    cdef Working* working = house.working + position.orders
    notes[note.prev].next = note.next
    notes[note.next].prev = note.prev
    if working.first == slot:
        working.first = note.next
    working.count -= 1
    working.reducing -= note.reduce_only
    if working.count == 0:
        working.first = house.workings.free
        house.workings.free = position.orders
        house.workings.live -= 1
        position.orders = 0


cdef inline void release_lots(
    MarginHouse house, i32 contract, i32 slot, i32 side, i64 lots, i64 left
) noexcept nogil:
    """Release the margin of some of the lots an order had left; unlink it when none remain."""
    cdef OrderNote* note = house.notes[contract] + slot
    cdef Position* position = house.positions + note.position
    cdef i64 margin = note.margin if lots == left else share_of(note.margin, lots, left)
    note.margin -= margin
    reserve_margin(house, position, -margin)
    house.working[position.orders].lots[side] -= lots
    if lots == left:
        unlink_order(house, contract, slot)


cdef inline void withdraw_order(MarginHouse house, i32 contract, i32 slot) noexcept nogil:
    """Cancel a resting order; its position's record stays."""
    cdef Slab* slab = &(<OrderBook> house.books[contract]).slab
    cdef const Order* order = slab.at + slot
    release_lots(
        house, contract, slot, order.tag & FLAG_SELL, order.quantity, order.quantity)
    (<OrderBook> house.books[contract]).c_cancel(slab_id(slab, slot))


cdef inline void enforce_reducing(MarginHouse house, i32 at) noexcept nogil:
    """Cancel the newest reduce-only orders while they could flip the position."""
    cdef const Position* position = house.positions + at
    cdef i32 contract = position.contract, slot, older
    cdef i32 closing = SELL if position.size > 0 else BUY
    cdef i64 held = -position.size if position.size < 0 else position.size
    cdef Working* working = house.working + position.orders
    cdef bint all_of_them
    if position.orders == 0 or working.reducing == 0:
        return
    all_of_them = held == 0 or working.reducing_side != closing
    slot = working.first
    while slot and position.orders and working.reducing and (
        all_of_them or working.lots[closing] > held
    ):
        older = house.notes[contract][slot].next
        if house.notes[contract][slot].reduce_only:
            withdraw_order(house, contract, slot)
            house.state.reduced += 1
        slot = older
