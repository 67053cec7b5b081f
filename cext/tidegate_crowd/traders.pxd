# Fast traders: round trips inside the spread (volume) and a mean-reverting net position (noise).
#
# Who takes, and on which side, comes from hidden orders that are split (Lillo, Mike & Farmer 2005):
# a fixed number of metaorders is at work, each trade is a child of one of them, drawn evenly, and
# a metaorder whose children are all done is followed by another, of either side. Numbers of
# children have a Pareto tail of exponent a, so signs of trades persist: their autocorrelation
# falls as lag ** -(a - 1). What is bought is passed on at once, so no position builds up.
from tidegate_core.engine cimport Engine
from tidegate_core.types cimport i32, i64, u64


cdef enum:
    MAX_METAORDERS = 256


cdef struct Metaorder:
    i64 left                         # children still to come; 0: another follows
    i32 owner                        # trader, from 0
    i32 side


cdef class TraderCrowd:
    cdef readonly i32 n              # accounts first .. first + n - 1
    cdef readonly i32 first
    cdef readonly i32 instrument
    cdef readonly u64 key            # of all their draws
    cdef readonly i64 start_lots     # coins all of them held at the start
    cdef readonly i32 metaorders     # at work at a time; 0: every trade has a side of its own
    cdef readonly double tail        # a, above 1
    cdef Metaorder[MAX_METAORDERS] work

    cdef int _demand(self, Engine engine) except -1
    cdef void _begin(self, Metaorder* order, u64 index) noexcept nogil
    cdef void _follow(self, Metaorder* order, u64 index, u64 when) noexcept nogil
    cdef i64 c_swap(self, Engine engine, i32 seller, i32 buyer, i32 taker_side, i64 price,
                    i64 quantity) noexcept nogil
    cdef i64 c_trips(self, Engine engine, u64 when, i64 price, i64 lots, i32 trips) noexcept nogil
    cdef void _cast(self, u64 base, u64 when, i32* seller, i32* buyer,
                    i32* taker_side) noexcept nogil
    cdef i64 c_drift(self, Engine engine) noexcept nogil
