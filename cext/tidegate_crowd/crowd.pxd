# A column crowd: many accounts of one venue that behave alike, decided and sent in one call.
#
# A step of a crowd is
#
#     draws      one block of random words per awake member, keyed by its stable index and the
#                moment; the last word is its arrival key
#     decisions  the behaviour turns the words into an order, or none
#     arrival    the orders are sorted by arrival key
#     orders     each member's previous order is cancelled if it still rests, then the new one is
#                submitted; an order with a lifetime is left alone until it expires
#
# Nothing depends on who else exists: a member's draws are a function of the crowd's key, its own
# index and the moment. Only awake members are touched.
from tidegate_core.engine cimport Engine
from tidegate_core.types cimport i32, i64, u32, u64


cdef struct Member:              # 32 bytes: half a cache line
    i64 order                    # id of its last order, if that came to rest and has no lifetime
    i64 price                    # of its order in this step
    i64 quantity                 # lots; 0: no order
    i32 side
    i32 lifetime                 # ticks the order lives; 0: until the member's next order


cdef struct Expiry:              # an order that dies by itself, in a list of its tick
    i64 order
    i64 next                     # index, 0: none; in a free entry the next free one


cdef enum:
    BLOCK = 512                  # members decided at a time: their draws stay in a near cache


cdef struct Words:               # the draws of a block of awake members
    u32[BLOCK] w0
    u32[BLOCK] w1
    u32[BLOCK] w2
    u32[BLOCK] arrival


cdef class Behaviour:
    # Called by the crowd it belongs to, which may call decide many times a step.
    cdef i64 longest_life        # ticks; 0 when orders have no lifetime

    cdef int c_join(self, u64 key, i64 count) except -1
    cdef void c_look(self, i64 tick, i64 last_price) noexcept nogil
    cdef void c_decide(
        self, Member* members, const u64* index, i64 first, i64 n, const Words* words
    ) noexcept nogil
    cdef Behaviour c_copy(self)
    cdef bytes c_snapshot(self)
    cdef int c_restore(self, bytes data) except -1


cdef class ZeroIntelligence(Behaviour):
    cdef readonly i64 low
    cdef readonly i64 high
    cdef readonly i64 max_size


cdef class ColumnCrowd:
    cdef readonly Behaviour behaviour
    cdef readonly u64 key
    cdef readonly i64 first      # account of member 0
    cdef readonly i64 count      # members
    cdef readonly i32 instrument
    cdef Member* members
    cdef u64* arrivals           # key << 32 | member, of this step
    cdef u64* scratch
    cdef i64 tick                # of the last step
    cdef i64* expiring           # head of the list of each tick modulo `ring`
    cdef i64 ring
    cdef Expiry* expiries
    cdef i64 expiries_used       # entry 0 is never used
    cdef i64 expiries_capacity
    cdef i64 expiries_free

    cdef int c_room(self, i64 n) except -1
    cdef void c_let_expire(self, i64 order, i64 tick) noexcept nogil
    cdef void c_decide_all(
        self, const u64* index, i64 n, i64 tick, u64 counter, i64 last_price) noexcept nogil
    cdef i64 c_send(self, Engine engine, i64 n, i64 tick) noexcept nogil
    cdef void c_expire(self, Engine engine, i64 tick) noexcept nogil
    cdef int c_assign(self, ColumnCrowd other) except -1
