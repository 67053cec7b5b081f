# Index arena of 32-byte order records.
#
# Records lie in one buffer and name each other by slot, never by pointer: half the bytes, and a
# snapshot is a copy of the buffer. Slot 0 is never handed out. It stands for "none", and links
# may be written through it: unlinking the first or last order of a queue needs no branch.
#
# A slot's generation counts its tenants. An order id is generation << 32 | slot, so that finding
# an order hashes nothing and an id that outlived its order is refused. A slot whose generations
# are used up is retired, not recycled: an id is never issued twice.
#
#     tag:  generation (28 bits) | flags (4 bits, the owner of the slab gives them meaning)
from tidegate_core.memory cimport memory_prefetch
from tidegate_core.types cimport i32, i64, u32, u64

cdef enum:
    FLAG_BITS = 4
    FLAG_MASK = 15
    MAX_GENERATIONS = 1 << 28


cdef struct Order:             # 32 bytes, never across a cache line
    i64 price                  # ticks
    i64 quantity               # lots left; 0 marks a free slot
    i32 next                   # slot behind it in its queue; in a free slot: the next free one
    i32 prev                   # slot before it in its queue
    i32 owner                  # owner id
    u32 tag                    # generation << FLAG_BITS | flags


cdef struct Slab:
    Order* at                  # records by slot
    i32 used                   # slots ever handed out, slot 0 included
    i32 capacity               # slots there is memory for
    i32 free                   # the slot freed last (0: none): the warmest goes out first
    i32 live                   # slots in use
    i32 limit                  # most slots in use at once
    u32 generations            # tenants a slot may have


cdef bint slab_start(Slab* slab, i32 limit, u32 generations) noexcept nogil
cdef void slab_stop(Slab* slab) noexcept nogil
cdef bint slab_grow(Slab* slab) noexcept nogil
cdef bint slab_copy(Slab* to, const Slab* source) noexcept nogil
cdef object slab_pack(Slab* slab)
cdef int slab_unpack(Slab* slab, bytes header, bytes records) except -1
cdef int slab_check(const Slab* slab) except -1


cdef inline bint slab_ready(Slab* slab) noexcept nogil:
    """Make sure that the next `slab_take` succeeds; false without memory or slots."""
    if slab.live >= slab.limit:
        return False
    return slab.free != 0 or slab.used < slab.capacity or slab_grow(slab)


cdef inline i32 slab_take(Slab* slab) noexcept nogil:
    """Hand out a slot; only after `slab_ready`. Its links and quantity are the caller's to set."""
    cdef i32 slot = slab.free
    if slot != 0:
        slab.free = slab.at[slot].next
    else:
        slot = slab.used
        slab.used += 1
    slab.live += 1
    return slot


cdef inline void slab_give(Slab* slab, i32 slot) noexcept nogil:
    """Take a slot back; every id issued for it is stale from now on."""
    cdef Order* order = &slab.at[slot]
    order.quantity = 0
    slab.live -= 1
    if (order.tag >> FLAG_BITS) + 1 < slab.generations:
        order.tag += 1 << FLAG_BITS
        order.next = slab.free
        slab.free = slot


cdef inline i64 slab_id(const Slab* slab, i32 slot) noexcept nogil:
    """Name the present tenant of a slot."""
    return (<i64>(slab.at[slot].tag >> FLAG_BITS) << 32) | slot


cdef inline i32 slab_find(const Slab* slab, i64 order_id) noexcept nogil:
    """Slot of a live order, 0 if the id is unknown or stale."""
    cdef u32 slot = <u32>order_id
    cdef const Order* order
    if slot >= <u32>slab.used:
        return 0
    order = &slab.at[slot]
    if order.quantity <= 0 or <i64>(order.tag >> FLAG_BITS) != order_id >> 32:
        return 0
    return <i32>slot


cdef inline void slab_prefetch(const Slab* slab, u32 slot) noexcept nogil:
    """Ask for a record that may be needed soon."""
    memory_prefetch(&slab.at[slot if slot < <u32>slab.used else 0])


cdef class OrderSlab:
    # The arena by itself, for looking at it from Python.
    cdef Slab slab
    cdef i32 _slot(self, order_id) except -1
