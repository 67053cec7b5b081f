"""Stop orders: where they rest, and which of them a price has reached."""

from libc.stdint cimport INT32_MAX, INT64_MAX
from libc.string cimport memcpy, memset

from tidegate_core.holdings cimport enlarged
from tidegate_core.ladder cimport (
    Ladder,
    Level,
    ladder_above,
    ladder_below,
    ladder_check,
    ladder_close,
    ladder_copy,
    ladder_find,
    ladder_open,
    ladder_ready,
    ladder_start,
    ladder_stop,
)
from tidegate_core.ladder_frames cimport ladder_load, ladder_pack
from tidegate_core.memory cimport memory_free, memory_zeroed
from tidegate_core.positions cimport POSITION_LIVE, Position
from tidegate_core.slab cimport (
    FLAG_MASK,
    MAX_GENERATIONS,
    Order,
    slab_check,
    slab_copy,
    slab_give,
    slab_id,
    slab_pack,
    slab_ready,
    slab_start,
    slab_stop,
    slab_take,
    slab_unpack,
)
from tidegate_core.types cimport i32, i64, u32

from tidegate_core.frames import pack, unpack

__all__ = []

cdef enum:
    FIRST_ROOM = 64


# ---- memory -----------------------------------------------------------------------------------

cdef bint stops_start(StopBook* book, i32 contracts) noexcept nogil:
    """Make an empty book; false without memory."""
    cdef i32 at
    memset(book, 0, sizeof(StopBook))
    book.ladders = <Ladder*> memory_zeroed(
        <size_t> (STOP_LADDERS * contracts) * sizeof(Ladder))
    if book.ladders == NULL or not slab_start(&book.slab, INT32_MAX - 1, MAX_GENERATIONS):
        memory_free(book.ladders)
        book.ladders = NULL
        return False
    book.n_ladders = STOP_LADDERS * contracts
    for at in range(book.n_ladders):
        ladder_start(book.ladders + at)
    return stops_room(book)


cdef void stops_stop(StopBook* book) noexcept nogil:
    """Free the memory."""
    cdef i32 at
    for at in range(book.n_ladders):
        ladder_stop(book.ladders + at)
    memory_free(book.ladders)
    memory_free(book.notes)
    memory_free(book.reached)
    slab_stop(&book.slab)
    memset(book, 0, sizeof(StopBook))


cdef bint stops_copy(StopBook* to, const StopBook* source) noexcept nogil:
    """Make an empty book equal to another; false without memory."""
    cdef i32 at
    slab_stop(&to.slab)
    if not slab_copy(&to.slab, &source.slab) or not stops_room(to):
        return False
    for at in range(source.n_ladders):
        if not ladder_copy(to.ladders + at, source.ladders + at):
            return False
    memcpy(to.notes, source.notes, <size_t> source.slab.used * sizeof(StopNote))
    return True


cdef bint stops_room(StopBook* book) noexcept nogil:
    """Make room beside the slab, for one record more than it has; false without memory."""
    cdef i64 capacity = max(<i64> FIRST_ROOM, 2 * <i64> book.slab.used)
    cdef void* fresh
    if book.slab.used >= book.note_capacity:
        fresh = enlarged(book.notes, book.note_capacity, capacity, sizeof(StopNote))
        if fresh == NULL:
            return False
        book.notes = <StopNote*> fresh
        book.note_capacity = capacity
    if book.slab.used >= book.reached_capacity:
        fresh = enlarged(book.reached, book.n_reached, capacity, sizeof(i64))
        if fresh == NULL:
            return False
        book.reached = <i64*> fresh
        book.reached_capacity = capacity
    return True


# ---- one stop ---------------------------------------------------------------------------------

cdef inline Ladder* ladder_of(
    StopBook* book, const Position* position, i32 flags
) noexcept nogil:
    return book.ladders + STOP_LADDERS * position.contract + (flags & (STOP_SELL | STOP_LAST))


cdef i64 stop_place(
    StopBook* book, Position* positions, i32 at, i32 flags, i64 trigger, i64 lots
) noexcept nogil:
    """Put a stop at the end of the queue at its trigger; its id, 0 without memory."""
    cdef Position* position = positions + at
    cdef Ladder* ladder = ladder_of(book, position, flags)
    cdef Level* level
    cdef Order* stop
    cdef i32 slot
    if (
        not slab_ready(&book.slab) or not stops_room(book)
        or not ladder_ready(ladder, trigger, trigger)
    ):
        return 0
    slot = slab_take(&book.slab)
    stop = book.slab.at + slot
    stop.price, stop.quantity, stop.owner = trigger, lots, at
    stop.tag = (stop.tag & ~<u32> FLAG_MASK) | <u32> flags
    level = ladder_open(ladder, trigger)
    stop.next = 0
    stop.prev = level.tail
    if level.head == 0:
        level.head = slot
    else:
        book.slab.at[level.tail].next = slot
    level.tail = slot
    level.total += 1
    book.notes[slot].prev = 0
    book.notes[slot].next = position.stops
    book.notes[position.stops].prev = slot
    position.stops = slot
    return slab_id(&book.slab, slot)


cdef void stop_remove(StopBook* book, Position* positions, i32 slot) noexcept nogil:
    """Take a stop out of its ladder, its chain and the slab."""
    cdef Order* stop = book.slab.at + slot
    cdef Position* position = positions + stop.owner
    cdef StopNote* note = book.notes + slot
    cdef Ladder* ladder
    cdef Level* level
    if not stop.tag & STOP_REACHED:
        ladder = ladder_of(book, position, stop.tag)
        level = ladder_find(ladder, stop.price)
        book.slab.at[stop.prev].next = stop.next
        book.slab.at[stop.next].prev = stop.prev
        level.total -= 1
        if level.head == slot:
            level.head = stop.next
        if level.tail == slot:
            level.tail = stop.prev
        if level.head == 0:
            ladder_close(ladder, stop.price)
    book.notes[note.prev].next = note.next
    book.notes[note.next].prev = note.prev
    if position.stops == slot:
        position.stops = note.next
    slab_give(&book.slab, slot)


cdef i64 stops_remove_all(StopBook* book, Position* positions, i32 at) noexcept nogil:
    """Cancel the stops of a position; how many."""
    cdef i64 removed = 0
    while positions[at].stops:
        stop_remove(book, positions, positions[at].stops)
        removed += 1
    return removed


# ---- what a price reaches ---------------------------------------------------------------------

cdef void collect_level(StopBook* book, Ladder* ladder, i64 trigger) noexcept nogil:
    """Take a whole level out of its ladder, to be sent."""
    cdef i32 slot = ladder_find(ladder, trigger).head
    ladder_close(ladder, trigger)
    while slot:
        book.slab.at[slot].tag |= STOP_REACHED
        book.reached[book.n_reached] = slab_id(&book.slab, slot)
        book.n_reached += 1
        slot = book.slab.at[slot].next


cdef void stops_collect(StopBook* book, i32 contract, i64 mark, i64 last) noexcept nogil:
    """Collect the stops of a contract that its prices have reached; 0: there is none yet."""
    cdef Ladder* ladders = book.ladders + STOP_LADDERS * contract
    cdef i32 on
    cdef i64 price, trigger
    for on in range(2):
        price = last if on else mark
        if price == 0:
            continue
        trigger = INT64_MAX
        while ladder_below(ladders + STOP_LAST * on + STOP_SELL, trigger, &trigger) and (
            trigger >= price
        ):
            collect_level(book, ladders + STOP_LAST * on + STOP_SELL, trigger)
        trigger = 0
        while ladder_above(ladders + STOP_LAST * on, trigger, &trigger) and trigger <= price:
            collect_level(book, ladders + STOP_LAST * on, trigger)


# ---- invariants and snapshots -----------------------------------------------------------------

cdef i64 check_levels(const StopBook* book, const Position* positions, i32 at) except -1:
    """Assert the queues of a ladder; the number of stops."""
    cdef Ladder* ladder = book.ladders + at
    cdef const Level* level
    cdef const Order* stop
    cdef i64 price = 0, count = 0, queued
    cdef i32 slot, before
    ladder_check(ladder)
    while ladder_above(ladder, price, &price):
        level = ladder_find(ladder, price)
        slot, before, queued = level.head, 0, 0
        while slot:
            assert 0 < slot < book.slab.used, "a queue of stops leaves the slab"
            stop = book.slab.at + slot
            assert stop.quantity > 0, "a stop that is gone is queued"
            assert stop.price == price and stop.prev == before, "a queue of stops is broken"
            assert not stop.tag & STOP_REACHED, "a stop was reached and still rests"
            assert ladder_of(book, positions + stop.owner, stop.tag) == ladder, "a stop is astray"
            queued += 1
            assert queued <= level.total, "a queue of stops has a cycle"
            before, slot = slot, stop.next
        assert level.tail == before and level.total == queued, "a queue's ends disagree"
        count += queued
    return count


cdef int stops_check(const StopBook* book, const Position* positions, i32 used) except -1:
    """Assert every invariant; between events no reached stop is left."""
    cdef i64 resting = 0, chained = 0
    cdef i32 at, slot, newer
    cdef const Order* stop
    slab_check(&book.slab)
    assert book.n_reached == 0, "stops were reached and not sent"
    assert book.slab.used <= book.note_capacity, "a stop has no note"
    for slot in range(1, book.slab.used):
        if book.slab.at[slot].quantity:
            assert 0 < book.slab.at[slot].owner < used, "a stop of no position"
    for at in range(book.n_ladders):
        resting += check_levels(book, positions, at)
    assert resting == book.slab.live, "a stop is in no ladder"
    for at in range(1, used):
        slot, newer = positions[at].stops, 0
        while slot:
            assert 0 < slot < book.slab.used, "a chain of stops leaves the slab"
            stop = book.slab.at + slot
            assert stop.quantity > 0 and stop.owner == at, "a stop is in another's chain"
            assert book.notes[slot].prev == newer, "a chain of stops is broken"
            assert positions[at].flags & POSITION_LIVE, "a free record has stops"
            assert positions[at].size > 0 if stop.tag & STOP_SELL else positions[at].size < 0, \
                "a stop would add to its position"
            chained += 1
            assert chained <= book.slab.live, "a chain of stops has a cycle"
            newer, slot = slot, book.notes[slot].next
    assert chained == book.slab.live, "a stop is in no chain"
    return 0


cdef object stops_pack(StopBook* book):
    """Everything, as ``bytes``."""
    cdef i32 at
    header, records = slab_pack(&book.slab)
    memset(book.notes, 0, sizeof(StopNote))
    notes = (<const char*> book.notes)[:book.slab.used * <i64> sizeof(StopNote)]
    return pack("stops", [
        header, records, notes, *[ladder_pack(book.ladders + at) for at in range(book.n_ladders)],
    ])


cdef int stops_load(StopBook* book, bytes data) except -1:
    """Fill an empty book."""
    cdef i32 at
    header, records, notes, *ladders = unpack("stops", data, 3 + book.n_ladders)
    slab_stop(&book.slab)
    slab_unpack(&book.slab, header, records)
    if len(notes) != book.slab.used * <i64> sizeof(StopNote):
        raise ValueError("the notes of its stops disagree")
    if not stops_room(book):
        raise MemoryError("no memory for stops")
    memcpy(book.notes, <const char*> <bytes> notes, len(notes))
    for at in range(book.n_ladders):
        ladder_load(book.ladders + at, ladders[at])
    return 0
