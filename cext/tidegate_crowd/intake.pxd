# What a venue takes of its users' orders: so many a second, and what becomes of the rest.
#
# An order is that of one real account; whoever stands for many accounts sends as many at once. A
# round's capacity is the rate times its seconds; what of it is not used is not saved up, and an
# order is begun while any is left, so that what a large one took too much is paid off later.
#
#     sent --> served                          there is capacity, and nobody waits
#          --> waits --> served                first come, first served, at the prices of then
#                    --> withdrawn             when its turn came there was nothing left to do
#          --> refused                         where the venue does not queue, or has no memory
#
#     sent = served + refused + withdrawn + waiting, at all times
#
# Orders that carry a position on are counted and nothing else: whose they are, and what they are
# worth when their turn comes, the crowd knows. Cost: a comparison an order where any number is
# taken; else what is served.
from tidegate_core.types cimport i32, i64

cdef enum Answer:
    TAKEN = 0
    WAITS = 1
    REFUSED = 2

cdef enum TicketKind:
    TICKET_TRADE = 0               # a part of a renewal
    TICKET_LINE = 1                # a stop or a top-up


cdef struct Ticket:                # 24 bytes: what waits
    i64 orders
    double since                   # second
    i32 member
    i32 kind


cdef struct IntakeCounts:          # in orders, since the start
    i64 sent
    i64 served
    i64 refused
    i64 withdrawn
    i64 delayed                    # of those served, who had waited
    i64 longest                    # most who waited at once
    double waited                  # order-seconds of the delayed
    double worst                   # seconds of the one who waited longest


cdef class Intake:
    cdef readonly double rate      # orders a second, may be infinite
    cdef readonly bint refuses
    cdef readonly i64 waiting      # orders
    cdef double credit             # orders, of this round
    cdef i64 turned_away           # orders refused in this round
    cdef Ticket* tickets           # a ring, capacity a power of two
    cdef i64 head
    cdef i64 n
    cdef i64 capacity
    cdef IntakeCounts counts

    cdef void c_grant(self, double seconds) noexcept nogil
    # What becomes of orders that are sent now: an Answer. None at all are always taken.
    cdef i32 c_ask(self, i32 member, i32 kind, i64 orders, double now) noexcept nogil
    cdef bint c_next(self, Ticket* first) noexcept nogil   # who is served next; false: nobody now
    cdef void c_serve(self, double now) noexcept nogil     # the first of those who wait
    cdef void c_withdraw(self) noexcept nogil              # the same
    cdef bint c_room(self, i64 n) noexcept nogil           # for tickets in all; false: no memory
    cdef int c_assign(self, Intake other) except -1


cdef inline bint limited(Intake intake) noexcept nogil:
    """Tell whether there is a number of orders that is too many."""
    return intake.rate < <double>1e300
