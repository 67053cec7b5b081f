# Price levels by tick: where orders rest, and where liquidation triggers rest.
#
# A ladder knows no orders, only the head and tail index of each level's queue and a total. Levels
# near the action lie in a dense window of 2**10 to 2**18 ticks, found by a subtraction, with a
# three-level bitmap of the occupied ones: the next level up or down is one to three bit scans.
# Levels at any other int64 price are in a B+ tree, O(log n), whose nodes keep prices side by side:
# a level out of ten thousand costs three short searches in a row of prices. No price is in both.
#
# When orders keep coming outside the window, but where a window could reach, it is widened, or
# moved to where the caller says the action is (`anchor`). That needs patience proportional to
# the number of levels and the width, so that moving costs O(1) an order. The layout never shows
# in a result.
#
# A level exists while its queue is not empty: whoever empties it closes it.
from tidegate_core.memory cimport memory_prefetch
from tidegate_core.types cimport i32, i64, u64

cdef extern from "bits.h" nogil:
    int bits_lowest(u64 word)
    int bits_highest(u64 word)


cdef struct Level:             # 16 bytes
    i32 head                   # first in the queue, 0: there is no such level
    i32 tail                   # last in the queue
    i64 total                  # lots in the queue


cdef enum:
    FAR_FAN = 32               # entries of a node


cdef struct FarNode:           # of the tree of far levels
    i32 entries
    i32 height                 # 0: a leaf
    i32 next                   # leaf to the right, 0: none; in a free node: the next free one
    i32 prev                   # leaf to the left
    i64[FAR_FAN] prices        # ascending; of a child: no level in it is lower
    Level[FAR_FAN] levels      # of a child: its node is the head


cdef struct Ladder:
    Level* dense               # levels of the window [base, base + width)
    u64 width                  # a power of two, 0 before the first level
    i64 base
    u64* words                 # one bit a level
    u64* blocks                # one bit a word
    u64 top                    # one bit a block
    FarNode* far               # nodes by index; node 0 is never used
    i32 far_root               # 0: no far levels
    i32 far_used               # nodes ever used, node 0 included
    i32 far_capacity
    i32 far_free               # free nodes, linked through next
    i32 far_nodes              # nodes in use
    i64 far_levels             # levels outside the window
    i64 levels                 # all levels
    i64 misses                 # levels asked for where a wider or another window could reach
    i64 patience               # misses that make it move


cdef void ladder_start(Ladder* ladder) noexcept nogil
cdef void ladder_stop(Ladder* ladder) noexcept nogil
cdef bint ladder_copy(Ladder* to, const Ladder* source) noexcept nogil
cdef int ladder_check(const Ladder* ladder) except -1
cdef bint ladder_ready_far(Ladder* ladder, i64 price, i64 anchor) noexcept nogil
cdef Level* far_find(const Ladder* ladder, i64 price) noexcept nogil
cdef Level* far_open(Ladder* ladder, i64 price) noexcept nogil
cdef void far_close(Ladder* ladder, i64 price) noexcept nogil
cdef bint ladder_above_far(const Ladder* ladder, i64 price, i64* out) noexcept nogil
cdef bint ladder_below_far(const Ladder* ladder, i64 price, i64* out) noexcept nogil


cdef inline u64 ladder_place(const Ladder* ladder, i64 price) noexcept nogil:
    """Index of a price in the window; at least `width` if it is outside."""
    return <u64>price - <u64>ladder.base


cdef inline Level* ladder_find(const Ladder* ladder, i64 price) noexcept nogil:
    """Level at a price, NULL or without a head if there is none."""
    cdef u64 place = ladder_place(ladder, price)
    if place < ladder.width:
        return &ladder.dense[place]
    return far_find(ladder, price)


cdef inline bint ladder_ready(Ladder* ladder, i64 price, i64 anchor) noexcept nogil:
    """Make sure that the next `ladder_open` at this price succeeds; false without memory."""
    if ladder_place(ladder, price) < ladder.width:
        return True
    return ladder_ready_far(ladder, price, anchor)


cdef inline Level* ladder_open(Ladder* ladder, i64 price) noexcept nogil:
    """Level at a price, made if there is none; only after `ladder_ready`."""
    cdef u64 place = ladder_place(ladder, price)
    cdef Level* level
    if place >= ladder.width:
        return far_open(ladder, price)
    level = &ladder.dense[place]
    if level.head == 0:
        ladder.words[place >> 6] |= <u64>1 << (place & 63)
        ladder.blocks[place >> 12] |= <u64>1 << (place >> 6 & 63)
        ladder.top |= <u64>1 << (place >> 12)
        ladder.levels += 1
    return level


cdef inline void ladder_close(Ladder* ladder, i64 price) noexcept nogil:
    """Remove the level at a price, whose queue has become empty."""
    cdef u64 place = ladder_place(ladder, price)
    if place >= ladder.width:
        far_close(ladder, price)
        return
    ladder.levels -= 1
    ladder.dense[place].head = ladder.dense[place].tail = 0
    ladder.dense[place].total = 0
    ladder.words[place >> 6] &= ~(<u64>1 << (place & 63))
    if ladder.words[place >> 6] == 0:
        ladder.blocks[place >> 12] &= ~(<u64>1 << (place >> 6 & 63))
        if ladder.blocks[place >> 12] == 0:
            ladder.top &= ~(<u64>1 << (place >> 12))


cdef inline u64 ladder_scan_up(const Ladder* ladder, u64 place) noexcept nogil:
    """First occupied place above one in the window; `width` if there is none."""
    cdef u64 at, word = ladder.words[place >> 6] & (~<u64>1 << (place & 63))
    if word != 0:
        return (place & ~<u64>63) | <u64>bits_lowest(word)
    at = place >> 6
    word = ladder.blocks[at >> 6] & (~<u64>1 << (at & 63))
    if word == 0:
        at = at >> 6
        word = ladder.top & (~<u64>1 << at)
        if word == 0:
            return ladder.width
        at = <u64>bits_lowest(word) << 6
        word = ladder.blocks[at >> 6]
    at = (at & ~<u64>63) | <u64>bits_lowest(word)
    return at << 6 | <u64>bits_lowest(ladder.words[at])


cdef inline u64 ladder_scan_down(const Ladder* ladder, u64 place) noexcept nogil:
    """First occupied place below one in the window; `width` if there is none."""
    cdef u64 at, word = ladder.words[place >> 6] & ~(~<u64>0 << (place & 63))
    if word != 0:
        return (place & ~<u64>63) | <u64>bits_highest(word)
    at = place >> 6
    word = ladder.blocks[at >> 6] & ~(~<u64>0 << (at & 63))
    if word == 0:
        at = at >> 6
        word = ladder.top & ~(~<u64>0 << at)
        if word == 0:
            return ladder.width
        at = <u64>bits_highest(word) << 6
        word = ladder.blocks[at >> 6]
    at = (at & ~<u64>63) | <u64>bits_highest(word)
    return at << 6 | <u64>bits_highest(ladder.words[at])


cdef inline bint ladder_above(const Ladder* ladder, i64 price, i64* out) noexcept nogil:
    """Find the lowest level above a price; false if there is none."""
    cdef u64 place = ladder_place(ladder, price)
    if place < ladder.width:
        place = ladder_scan_up(ladder, place)
        if place < ladder.width:
            out[0] = <i64>(<u64>ladder.base + place)
            return True
    return ladder_above_far(ladder, price, out)


cdef inline bint ladder_below(const Ladder* ladder, i64 price, i64* out) noexcept nogil:
    """Find the highest level below a price; false if there is none."""
    cdef u64 place = ladder_place(ladder, price)
    if place < ladder.width:
        place = ladder_scan_down(ladder, place)
        if place < ladder.width:
            out[0] = <i64>(<u64>ladder.base + place)
            return True
    return ladder_below_far(ladder, price, out)


cdef inline const Level* ladder_glance(const Ladder* ladder, i64 price) noexcept nogil:
    """Level at a price inside the window; for any other price some level, without a branch."""
    cdef u64 place = ladder_place(ladder, price)
    return &ladder.dense[place if place < ladder.width else 0]


cdef inline void ladder_prefetch(const Ladder* ladder, i64 price) noexcept nogil:
    """Ask for a level of the window that may be needed soon."""
    memory_prefetch(ladder_glance(ladder, price))


cdef class PriceLadder:
    # The ladder by itself, for looking at it from Python.
    cdef Ladder ladder
