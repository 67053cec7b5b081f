"""Index arena of fixed-size order records with generations.

The inline half, which the matching loop uses, is in ``slab.pxd``; here is what happens
rarely: growth, copies, snapshots, checks, and a Python face.
"""

from libc.stdint cimport INT32_MAX
from libc.string cimport memcpy, memset

import struct

from tidegate_core import frames
from tidegate_core.memory cimport memory_free, memory_zeroed

__all__ = ["OrderSlab"]

cdef enum:
    FIRST_CAPACITY = 1024

_HEADER = struct.Struct("<iiiiI")


cdef bint slab_start(Slab* slab, i32 limit, u32 generations) noexcept nogil:
    """Make an empty arena of at most `limit` live slots; false without memory."""
    memset(slab, 0, sizeof(Slab))
    slab.used = 1
    slab.limit = limit
    slab.generations = generations
    return slab_grow(slab)


cdef void slab_stop(Slab* slab) noexcept nogil:
    """Free the memory."""
    memory_free(slab.at)
    slab.at = NULL
    slab.capacity = 0


cdef Order* _records(i64 count) noexcept nogil:
    return <Order*>memory_zeroed(<size_t>count * sizeof(Order))


cdef bint slab_grow(Slab* slab) noexcept nogil:
    """Double the room; false, and nothing changed, without memory or past 2**31 - 1 slots."""
    cdef i64 capacity = max(<i64>FIRST_CAPACITY, 2 * <i64>slab.capacity)
    cdef Order* records
    if capacity > INT32_MAX:
        capacity = INT32_MAX
    if capacity <= slab.capacity:
        return False
    records = _records(capacity)
    if records == NULL:
        return False
    if slab.at != NULL:
        memcpy(records, slab.at, <size_t>slab.used * sizeof(Order))
        memory_free(slab.at)
    slab.at = records
    slab.capacity = <i32>capacity
    return True


cdef bint slab_copy(Slab* to, const Slab* source) noexcept nogil:
    """Make `to`, whose memory the caller has freed, an equal arena; false without memory."""
    cdef Order* records = _records(source.capacity)
    if records == NULL:
        return False
    to[0] = source[0]
    to.at = records
    memcpy(records, source.at, <size_t>source.used * sizeof(Order))
    return True


cdef object slab_pack(Slab* slab):
    """Header and records as two ``bytes``."""
    slab.at[0].next = slab.at[0].prev = 0  # what was written through "none" is not state
    header = _HEADER.pack(slab.used, slab.free, slab.live, slab.limit, slab.generations)
    return header, (<char*>slab.at)[:<size_t>slab.used * sizeof(Order)]


cdef int slab_unpack(Slab* slab, bytes header, bytes records) except -1:
    """Fill `slab`, which holds no memory yet, from what `slab_pack` returned."""
    if len(header) != _HEADER.size:
        raise ValueError("data is not a snapshot of an order slab")
    used, free, live, limit, generations = _HEADER.unpack(header)
    if used < 1 or len(records) != used * sizeof(Order) or not 0 <= live < used:
        raise ValueError("data is not a snapshot of an order slab")
    memset(slab, 0, sizeof(Slab))
    slab.at = _records(used)
    if slab.at == NULL:
        raise MemoryError("no memory for the records of an order slab")
    memcpy(slab.at, <const char*>records, len(records))
    slab.used = slab.capacity = used
    slab.free = free
    slab.live = live
    slab.limit = limit
    slab.generations = generations
    return 0


cdef int slab_check(const Slab* slab) except -1:
    """Assert the arena's invariants."""
    cdef i32 slot, live = 0, retired = 0, free = 0
    assert 1 <= slab.used <= slab.capacity, "used slots exceed the capacity"
    assert slab.live <= slab.limit, "more live slots than allowed"
    assert 1 <= slab.generations <= MAX_GENERATIONS, "generations out of range"
    # Whoever finds no order reads its fields.
    assert slab.at[0].price == slab.at[0].quantity == 0, "slot 0 has an order"
    assert slab.at[0].owner == 0 and slab.at[0].tag == 0, "slot 0 has an owner"
    for slot in range(1, slab.used):
        assert slab.at[slot].quantity >= 0, "negative quantity in a slot"
        assert slab.at[slot].tag >> FLAG_BITS < slab.generations, "generation out of range"
        live += slab.at[slot].quantity > 0
    slot = slab.free
    while slot != 0:
        assert 0 < slot < slab.used, "free list leaves the arena"
        assert slab.at[slot].quantity == 0, "a live slot is in the free list"
        free += 1
        assert free < slab.used, "free list has a cycle"
        slot = slab.at[slot].next
    retired = slab.used - 1 - live - free
    assert live == slab.live, "live count differs from the live slots"
    assert retired >= 0, "free list and live slots overlap"
    if slab.generations == MAX_GENERATIONS and retired:
        for slot in range(1, slab.used):
            if slab.at[slot].quantity == 0 and slab.at[slot].tag >> FLAG_BITS == (
                MAX_GENERATIONS - 1
            ):
                retired -= 1
        assert retired <= 0, "a free slot is lost"
    return 0


cdef class OrderSlab:
    """The arena by itself.

    Parameters
    ----------
    limit
        Most orders in use at once, 1 to 2**31 - 2.
    generations
        Tenants of a slot before it is retired, 1 to 2**28.
    """

    def __cinit__(self, limit=INT32_MAX - 1, generations=MAX_GENERATIONS):
        if not 1 <= limit < INT32_MAX:
            raise ValueError(f"limit must be 1 to {INT32_MAX - 1}, got {limit!r}")
        if not 1 <= generations <= MAX_GENERATIONS:
            raise ValueError(f"generations must be 1 to {MAX_GENERATIONS}, got {generations!r}")
        if not slab_start(&self.slab, limit, generations):
            raise MemoryError("no memory for an order slab")

    def __dealloc__(self):
        slab_stop(&self.slab)

    def __len__(self):
        return self.slab.live

    @property
    def capacity(self):
        """Slots there is memory for."""
        return self.slab.capacity

    cdef i32 _slot(self, order_id) except -1:
        cdef i32 slot = slab_find(&self.slab, order_id)
        if slot == 0:
            raise ValueError(f"order_id must name a live order, got {order_id!r}")
        return slot

    def allocate(self, quantity):
        """Take a slot for an order of `quantity` lots; 0 when no slot is left."""
        cdef i32 slot
        if quantity < 1:
            raise ValueError(f"quantity must be at least 1, got {quantity!r}")
        if not slab_ready(&self.slab):
            return 0
        slot = slab_take(&self.slab)
        self.slab.at[slot].quantity = quantity
        return slab_id(&self.slab, slot)

    def free(self, order_id):
        """Give the slot of a live order back."""
        slab_give(&self.slab, self._slot(order_id))

    def quantity(self, order_id):
        """Lots of a live order, 0 if the id is unknown or stale."""
        return self.slab.at[slab_find(&self.slab, order_id)].quantity

    def copy(self):
        """An equal, independent arena."""
        cdef OrderSlab other = OrderSlab()
        slab_stop(&other.slab)
        if not slab_copy(&other.slab, &self.slab):
            raise MemoryError("no memory for a copy of an order slab")
        return other

    def __deepcopy__(self, memo):
        return self.copy()

    def snapshot(self):
        """Everything, as ``bytes``."""
        return frames.pack("OrderSlab", slab_pack(&self.slab))

    def restore(self, data):
        """Become what `snapshot` saved."""
        cdef OrderSlab other = OrderSlab()
        header, records = frames.unpack("OrderSlab", data, 2)
        slab_stop(&other.slab)
        slab_unpack(&other.slab, header, records)
        try:
            other._check()
        except AssertionError as error:
            raise ValueError(f"data is a damaged snapshot of an order slab: {error}") from None
        self.slab, other.slab = other.slab, self.slab

    def __reduce__(self):
        return _restored, (self.snapshot(),)

    def _check(self):
        """Assert every invariant."""
        slab_check(&self.slab)


def _restored(data):
    slab = OrderSlab()
    slab.restore(data)
    return slab
