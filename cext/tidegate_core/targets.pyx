"""Targets of liquidation: their queue, and what rarely is read of them."""

from libc.stdint cimport INT64_MAX
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy

from tidegate_core.contract cimport PPM, Contract
from tidegate_core.holdings cimport FUND, Holdings, cash_of, is_holding, reserves_of
from tidegate_core.margin cimport MarginHouse
from tidegate_core.memory cimport memory_prefetch
from tidegate_core.positions cimport (
    POSITION_ISOLATED,
    Position,
    exposure_of,
    pnl_of,
    required_of,
)
from tidegate_core.types cimport i32, i64
from tidegate_core.wide cimport WIDE_CEIL, WIDE_FLOOR, wide_mul, wide_mul_div

__all__ = []

cdef enum:
    FIRST_CAPACITY = 64


# ---- first in, first out ----------------------------------------------------------------------

cdef bint ring_room(Ring* ring, i64 n) noexcept nogil:
    """Make room for `n` in all; false, and nothing changed, without memory."""
    cdef i64 capacity = FIRST_CAPACITY, place
    cdef Waiting* at
    if n <= ring.capacity:
        return True
    while capacity < n:
        capacity *= 2
    at = <Waiting*> realloc(NULL, <size_t> capacity * sizeof(Waiting))
    if at == NULL:
        return False
    for place in range(ring.n):
        at[place] = ring_at(ring, place)[0]
    free(ring.at)
    ring.at = at
    ring.head = 0
    ring.capacity = capacity
    return True


cdef bytes ring_pack(const Ring* ring):
    cdef i64 at
    return b"".join([(<const char*> ring_at(ring, at))[:sizeof(Waiting)] for at in range(ring.n)])


cdef int ring_load(Ring* ring, bytes data) except -1:
    """Fill a ring that is empty."""
    cdef i64 n = len(data) // <i64> sizeof(Waiting)
    if len(data) % sizeof(Waiting):
        raise ValueError("data is a damaged snapshot of a liquidation desk")
    if not ring_room(ring, n):
        raise MemoryError
    memcpy(ring.at, <const char*> data, len(data))
    ring.n = n
    return 0


# ---- reading the house ------------------------------------------------------------------------

cdef i32 largest_of(Holdings house, i32 account) noexcept nogil:
    """Find the cross position with the largest maintenance that may trade, 0 if there is none."""
    cdef i32 slot = house.accounts[account].first, found = 0
    cdef const Position* position
    cdef const Contract* contract
    cdef i64 maintenance, largest = -1
    while slot:
        position = house.positions + slot
        if position.size and not position.flags & POSITION_ISOLATED and not is_holding(position):
            contract = house.contracts + position.contract
            if not contract.halted and contract.mark:
                maintenance = required_of(contract, position, exposure_of(contract, position))
                if maintenance > largest or (
                    maintenance == largest and position.contract < house.positions[found].contract
                ):
                    largest = maintenance
                    found = slot
        slot = position.sibling
    return found


cdef i64 gross_of(Holdings house, i32 account) noexcept nogil:
    """Sum the notionals of an account's positions."""
    cdef i32 slot = house.accounts[account].first
    cdef const Position* position
    cdef i64 total = 0
    while slot:
        position = house.positions + slot
        if position.size:
            total += exposure_of(house.contracts + position.contract, position)
        slot = position.sibling
    return total


cdef i64 fund_equity(Holdings house) noexcept nogil:
    cdef i32 slot = house.accounts[FUND].first
    cdef const Position* position
    cdef i64 total = reserves_of(house, FUND)
    while slot:
        position = house.positions + slot
        if position.size:
            total += pnl_of(house.contracts + position.contract, position) + position.margin
        slot = position.sibling
    return total


cdef i64 lots_within(const Contract* contract, i64 cap, i64 multiplicity) noexcept nogil:
    """Give the most lots whose notional at mark is within a tier's cap."""
    cdef i64 bound
    if wide_mul(cap, multiplicity, &bound):
        return INT64_MAX
    if not contract.inverse:
        return bound // (contract.mark * contract.unit)
    # floor(lots C / mark) <= bound
    if wide_mul_div(bound + 1, contract.mark, contract.unit, WIDE_CEIL, &bound):
        return INT64_MAX
    return bound - 1


cdef i64 within_band(const Contract* contract, bint sells, i64 price) noexcept nogil:
    """Move a limit inside the band around the mark."""
    cdef i64 bound
    if contract.band_ppm == 0:
        return price
    if sells:
        if wide_mul_div(contract.mark, PPM - contract.band_ppm, PPM, WIDE_CEIL, &bound):
            return price
        return bound if bound > price else price
    if wide_mul_div(contract.mark, PPM + contract.band_ppm, PPM, WIDE_FLOOR, &bound):
        return price
    return bound if bound < price else price


cdef void cancel_orders(MarginHouse house, Job* job) noexcept nogil:
    """Cancel the resting orders of a target."""
    cdef i32 slot, next_slot
    if job.isolated:
        if house.positions[job.position].orders:
            house.c_cancel_position(job.position)
        return
    slot = house.accounts[job.account].first
    while slot:
        next_slot = house.positions[slot].sibling
        if house.positions[slot].orders:
            house.c_cancel_position(slot)
        slot = next_slot


cdef void fetch_ahead(const Ring* queue, Holdings house) noexcept nogil:
    """Ask for what the steps soon to come will read."""
    cdef const Waiting* target
    if queue.n > TARGETS_AHEAD:
        target = ring_at(queue, TARGETS_AHEAD)
        memory_prefetch(house.accounts + target.account)
        memory_prefetch(cash_of(house, target.account))
        memory_prefetch(house.positions + target.position)
    if queue.n > TARGETS_AHEAD // 2:
        target = ring_at(queue, TARGETS_AHEAD // 2)
        if target.position == 0:
            memory_prefetch(house.positions + house.accounts[target.account].first)
