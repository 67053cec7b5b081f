# A crowd's consensus about value, on a clock of one minute whatever the market's step. Who forms
# it is the ecology: `belief`, `switching` and `chiarella` derive from this class.
#
#   p      traded log price; within a market step it moves with c (p - c is held)
#   c      consensus log value, c = f + S
#   f      what is permanent of it: news, or the value that fundamentalists know
#   S      what is not: sentiment, or the misalignment of the valuation with that value
#
# Draws are keyed by (key, slot, minute). Steps below a minute go second by second along a bridge
# to the minute's own draw: the sixty increments sum to it, and each has its exact law. So runs
# with different steps share their luck.
from tidegate_core.types cimport i64, u64

cdef enum:
    MINUTE = 60             # seconds
    CHUNK = 32              # minutes drawn at a time


cdef struct Level:          # what every ecology remembers
    i64 time                # seconds; the clock stands at the end of the last step
    i64 fresh               # 1 until the first step
    double news             # f
    double sentiment        # S
    double slow             # moving average over a day of the relative variance


cdef class Valuation:
    cdef readonly u64 key
    cdef Level state
    cdef double[:, ::1] _minutes      # draws of one chunk of minutes, a row each
    cdef double[:, ::1] _seconds      # bridge of one minute, a row a second
    cdef i64 _chunk, _bridged         # which; derived from the key, never saved

    # Move the clock by `seconds` while the traded log price is `gap` above the consensus.
    cdef double c_advance(self, double gap, i64 seconds) noexcept nogil
    cdef double c_consensus(self) noexcept nogil
    cdef double c_slow_variance(self) noexcept nogil          # at most 25

    # Of an ecology. Variance a day of the consensus now, over a scale that it states:
    cdef double c_relative_variance(self) noexcept nogil
    # One minute, or one second; draw[slot] is standard normal, times the root of its length.
    cdef void _step(self, bint whole, const double* draw, double gap) noexcept nogil
    cdef void _shift(self, double by) noexcept nogil          # remembered prices, by as much
    cdef void* _memory(self, size_t* size) noexcept nogil     # its state besides the level
    cdef str _fault(self)                                     # what is wrong with it, or None

    cdef int _begin(self, object key, i64 slots, double start) except -1
    cdef void _load_chunk(self, i64 chunk) noexcept nogil
    cdef void _load_bridge(self, i64 minute) noexcept nogil

cpdef double number(str name, object value, double low, double high,
                    bint open_low=*) except? -1.0
