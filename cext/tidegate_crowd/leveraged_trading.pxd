# What one member of the leveraged public does: it closes its position and opens another, of the
# same size, with leverage and side drawn anew; it stops, adds margin, and leaves. Every order is a
# real one, in the books of the venue's margin house.
#
# With `meets` an order first rests in the middle of the spread, where buyers and sellers find each
# other, and takes from the makers only what is left over. What finds no taker is tried again.
from tidegate_core.margin cimport MarginHouse
from tidegate_core.types cimport i32, i64, u32
from tidegate_crowd.leveraged_members cimport LeveragedMembers, Offer


cdef enum:
    PORTION = 30                   # seconds between parts of an order that is worked


cdef class LeveragedTrading(LeveragedMembers):
    cdef i64 c_portion(self, i32 i, i64 lots) noexcept nogil         # how much of its order
    cdef void c_want(self, MarginHouse house, i32 i, Offer* offer) noexcept nogil
    cdef i64 c_send(self, MarginHouse house, i32 i, const Offer* offer, i64 lots, i32 kind,
                    i64 price) noexcept nogil
    cdef void c_offer(self, MarginHouse house, i32 i, Offer* offer) noexcept nogil
    cdef void c_take(self, MarginHouse house, i32 i, const Offer* offer) noexcept nogil
    cdef bint c_act(self, MarginHouse house, i32 i, Offer* offer) noexcept nogil    # true: done
    cdef bint c_settle(self, MarginHouse house, i32 i) noexcept nogil    # true: all done
    cdef bint c_limit(self, MarginHouse house, i32 contract, i32 side, i64* price) noexcept nogil
    cdef bint c_close(self, MarginHouse house, i32 i) noexcept nogil
    cdef bint c_prepare(self, MarginHouse house, i32 i, const u32* words) noexcept nogil

    # ---- how many real accounts' orders it would send now: 0 if none ---------------------------
    cdef i64 c_orders(self, MarginHouse house, i32 i, i64 lots) noexcept nogil
    cdef i64 c_renewal_orders(self, MarginHouse house, i32 i) noexcept nogil
    cdef i64 c_line_orders(self, MarginHouse house, i32 i) noexcept nogil

    # ---- margin, lines, leaving ---------------------------------------------------------------
    cdef void c_secure(self, MarginHouse house, i32 i, double rate) noexcept nogil
    cdef void c_fund(self, MarginHouse house, i32 i, i64 lacking) noexcept nogil
    cdef void c_draw_line(self, MarginHouse house, i32 i, u32 word) noexcept nogil
    cdef void c_drop_line(self, i32 i) noexcept nogil
    cdef bint c_respond(self, MarginHouse house, i32 i) noexcept nogil   # false: not now
    cdef bint c_stop(self, MarginHouse house, i32 i) noexcept nogil      # the same
    cdef void c_exit(self, i32 i) noexcept nogil
