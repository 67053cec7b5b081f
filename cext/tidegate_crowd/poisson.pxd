# Order flow without behaviour: limit orders, market orders and cancellations as independent
# Poisson processes that drive an order book. What the book then does is matching alone.
#
# The distance of an order is that from the opposite touch, in ticks, 1 the nearest. Limit orders
# of a side arrive at each distance i up to the reach with rate limit[i - 1], market orders with
# rate `market`, and each resting order at distance i is cancelled with rate cancel[i - 1], the
# last one for all beyond.
#
# Events are found by thinning: time runs at a rate that is never too low, and an event that would
# come too often, or that names an order which is gone, is none. So the distances of thousands of
# resting orders need not be kept.
from tidegate_core.matching cimport MatchingBook
from tidegate_core.types cimport i64, u64


cdef struct Quote:               # 40 bytes: the touch after an event that changed it
    double time
    i64 bid
    i64 ask
    i64 bid_quantity
    i64 ask_quantity


cdef class PoissonFlow:
    cdef readonly u64 key
    cdef readonly i64 events     # instructions that the book has carried out
    cdef readonly double time    # up to which events are known
    cdef readonly double market
    cdef readonly i64 size       # lots of every order
    cdef i64 reach
    cdef double* rates           # of limit orders, by distance
    cdef double* sums            # of these, from the nearest on
    cdef double* cancels
    cdef double fastest          # of the cancellations
    cdef u64 counter             # of the draws
    cdef i64 bid                 # the touch; the last known where a side is empty
    cdef i64 ask
    cdef i64* orders             # ids of resting orders, some of which may have gone
    cdef i64 n_orders
    cdef i64 capacity

    cdef i64 c_collect(
        self, MatchingBook book, Quote* out, i64 room, double until
    ) except -1 nogil
    cdef bint c_quote(self, MatchingBook book, Quote* out) noexcept nogil   # false: a side is empty
    cdef int c_step(self, MatchingBook book, double until) except -1 nogil
    cdef int c_limit(self, MatchingBook book, int side, double at) except -1 nogil
    cdef void c_market(self, MatchingBook book, int side) noexcept nogil
    cdef void c_cancel(self, MatchingBook book, double at) noexcept nogil
    cdef void c_look(self, MatchingBook book) noexcept nogil
    cdef int c_grow(self) except -1 nogil
