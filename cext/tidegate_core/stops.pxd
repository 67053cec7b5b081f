# Stop orders: lots of a position that are closed once a price reaches a trigger.
#
# A stop watches the mark or the last trade of its contract: one that sells is reached at its
# trigger and below, one that buys at its trigger and above. Stops rest in ladders, four a
# contract, first come first served at a price; those of a position are chained, newest first, and
# go with it: when it is closed or flips, they are cancelled.
#
# After each round of marks all that have been reached are collected, contract by contract: on the
# mark before on the last trade, sells from the highest trigger down before buys from the lowest
# up. Then each is sent as a reduce-only market order of its account, if it is still there. It goes
# ahead of what rests: it may close all there is, and reduce-only orders that the smaller position
# does not bear any more are cancelled, newest first.
#
# Stops are slab records, whose owner is the slot of their position; an id is generation << 32 |
# slot.
from tidegate_core.ladder cimport Ladder
from tidegate_core.positions cimport Position
from tidegate_core.slab cimport Slab
from tidegate_core.types cimport i32, i64

cdef enum:
    STOP_SELL = 1              # flags of a stop's tag
    STOP_LAST = 2              # it watches the last trade
    STOP_REACHED = 4           # it is in no ladder any more
    STOP_LADDERS = 4           # a contract, by the first two flags


cdef struct StopNote:          # parallel to the slab
    i32 next                   # older stop of the position
    i32 prev


cdef struct StopBook:
    Slab slab
    StopNote* notes
    i64 note_capacity
    Ladder* ladders            # STOP_LADDERS a contract
    i32 n_ladders
    i64* reached               # ids to be sent, in order
    i64 n_reached
    i64 reached_capacity


cdef bint stops_start(StopBook* book, i32 contracts) noexcept nogil        # false: no memory
cdef void stops_stop(StopBook* book) noexcept nogil
cdef bint stops_copy(StopBook* to, const StopBook* source) noexcept nogil  # into an empty book
# The id of a new stop, 0 without memory.
cdef i64 stop_place(
    StopBook* book, Position* positions, i32 at, i32 flags, i64 trigger, i64 lots
) noexcept nogil
cdef void stop_remove(StopBook* book, Position* positions, i32 slot) noexcept nogil
cdef i64 stops_remove_all(StopBook* book, Position* positions, i32 at) noexcept nogil  # how many
cdef void stops_collect(StopBook* book, i32 contract, i64 mark, i64 last) noexcept nogil
cdef int stops_check(const StopBook* book, const Position* positions, i32 used) except -1
cdef object stops_pack(StopBook* book)
cdef int stops_load(StopBook* book, bytes data) except -1                  # into an empty book
