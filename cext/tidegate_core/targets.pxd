# Targets of liquidation: who waits for the desk, and what it reads of them in a house.
#
# A target is an isolated position, or an account for all its cross positions. It waits in a ring,
# first in, first out. Sizes are signed, lots are not.
from tidegate_core.contract cimport PPM, Contract
from tidegate_core.holdings cimport ACCOUNT_QUEUED, Holdings, Standing
from tidegate_core.margin cimport MarginHouse
from tidegate_core.positions cimport (
    POSITION_ISOLATED,
    POSITION_LIVE,
    POSITION_QUEUED,
    Position,
    pnl_of,
)
from tidegate_core.triggers cimport Due
from tidegate_core.types cimport i32, i64, u32
from tidegate_core.wide cimport WIDE_FLOOR, wide_mul_div

cdef enum:
    TARGETS_AHEAD = 8        # targets ahead of which memory is asked for


cdef enum WaitingFlag:
    WAITING_SLICED = 1       # has had its slice since it was queued
    WAITING_WHOLE = 2        # a part did not find takers: the next step is for the whole


cdef struct Waiting:         # 24 bytes; a target in the queue
    i32 position             # an isolated one, 0: the account's cross positions
    i32 account
    i64 ready                # when its cool-down ends
    i32 contract             # of the isolated position, -1: cross
    u32 flags


cdef struct Ring:            # first in, first out
    Waiting* at              # capacity is a power of two
    i64 head
    i64 n
    i64 capacity


cdef struct Job:             # one step on one target
    i32 account
    i32 position             # the one that is worked on
    i32 contract
    i32 isolated
    u32 multiplicity
    i64 equity               # of the target before the step
    i64 lots                 # that are still to be passed on


cdef bint ring_room(Ring* ring, i64 n) noexcept nogil      # for n in all; false: no memory
cdef bytes ring_pack(const Ring* ring)
cdef int ring_load(Ring* ring, bytes data) except -1       # a ring that is empty

cdef i32 largest_of(Holdings house, i32 account) noexcept nogil
cdef i64 gross_of(Holdings house, i32 account) noexcept nogil
cdef i64 fund_equity(Holdings house) noexcept nogil
cdef i64 lots_within(const Contract* contract, i64 cap, i64 multiplicity) noexcept nogil
cdef i64 within_band(const Contract* contract, bint sells, i64 price) noexcept nogil
cdef void cancel_orders(MarginHouse house, Job* job) noexcept nogil
cdef void fetch_ahead(const Ring* queue, Holdings house) noexcept nogil


# ---- first in, first out ----------------------------------------------------------------------

cdef inline Waiting* ring_at(const Ring* ring, i64 place) noexcept nogil:
    return ring.at + (ring.head + place & ring.capacity - 1)


cdef inline void ring_push(Ring* ring, Waiting waiting) noexcept nogil:
    """Add at the end; only where there is room."""
    ring_at(ring, ring.n)[0] = waiting
    ring.n += 1


cdef inline Waiting ring_pop(Ring* ring) noexcept nogil:
    cdef Waiting first = ring_at(ring, 0)[0]
    ring.head = ring.head + 1 & ring.capacity - 1
    ring.n -= 1
    return first


# ---- reading the house ------------------------------------------------------------------------

cdef inline Due due_of(const Waiting* target) noexcept nogil:
    cdef Due due
    due.position = target.position
    due.account = target.account
    return due


cdef inline bint stands(Holdings house, const Waiting* target) noexcept nogil:
    """Tell whether a target is still the one that was queued."""
    cdef const Position* position = house.positions + target.position
    if target.position == 0:
        return house.accounts[target.account].flags & ACCOUNT_QUEUED != 0
    return (
        position.flags & (POSITION_QUEUED | POSITION_LIVE) == POSITION_QUEUED | POSITION_LIVE
        and position.account == target.account and position.contract == target.contract
    )


cdef inline Standing standing_of(Holdings house, const Job* job) noexcept nogil:
    """Give equity and maintenance of a target now; `exposed` if it has a size."""
    cdef const Position* position = house.positions + job.position
    cdef Standing standing
    if not job.isolated:
        return house.c_standing(job.account)
    standing.equity = house.c_position_equity(job.position)
    standing.maintenance = house.c_position_maintenance(job.position)
    standing.initial = 0
    standing.exposed = position.size != 0 and position.flags & POSITION_ISOLATED != 0
    return standing


cdef inline i64 cushion_of(Holdings house, const Job* job) noexcept nogil:
    """Give a target's equity but for the PnL of the position that is worked on."""
    cdef const Position* position = house.positions + job.position
    if job.isolated:
        return position.margin
    return house.c_equity(job.account) - pnl_of(house.contracts + job.contract, position)


cdef inline i64 equity_behind(Holdings house, i32 slot) noexcept nogil:
    """Give the equity that stands behind a position: its own, or its account's."""
    cdef const Position* position = house.positions + slot
    if position.flags & POSITION_ISOLATED:
        return house.c_position_equity(slot)
    return house.c_equity(position.account)


cdef inline i64 lots_of(i64 size) noexcept nogil:
    return -size if size < 0 else size


cdef inline i64 part_of(i64 amount, i64 ppm) noexcept nogil:
    """Give floor(amount * ppm / 1e6), which is no larger than the amount."""
    cdef i64 out = 0
    wide_mul_div(amount, ppm, PPM, WIDE_FLOOR, &out)
    return out
