# Value traders: the flow that buys what is cheap and sells what is dear, at every place.
#
#     flow    U' (m - x) + refill D (m - x)      USD per second
#     U'      = U (1 + ((m - x) / width)^2)
#
# x is the log price of the place, m the reservation price of its coin and what a perpetual is worth
# over it. The first part is money
# that comes whatever the book looks like: the only floor under a crash. The second dies with the
# depth D; it is the traffic in which makers get rid of what they bought.
#
# Over a step dt the flow moves the price towards m and slackens. Where D is given, the gap that is
# left is that of the linear book, exactly, so two steps of dt/2 trade as one of dt:
#
#     gap(t)^2 = a g^2 E / (a + b g^2 (1 - E))    a = refill + U / D   b = U / (D width^2)
#     Q        = D (g - gap(t))                   E = exp(-2 a t)
#
# Where D is not given, the flow of the moment lasts for dt. Either way no order pays more than m.
#
# Less than a lot is not traded but remembered, so small flows are not lost.
from tidegate_core.types cimport i32, i64
from tidegate_crowd.places cimport Place, Places


cdef struct Appetite:        # of one place
    double strength          # U, USD per second and unit of log price
    double width             # log price
    double refill            # 1/s
    double owed              # USD wanted and not traded, less than a lot; > 0: to buy
    double traded            # USD in the last round, bought > 0
    i32 account


cdef class ValueDesk:
    cdef readonly i32 n
    cdef readonly i32 coins
    cdef Appetite* at        # by place

    cdef int c_allocate(self, i32 n, i32 coins) except -1
    cdef double c_flow(self, i32 k, double gap, double dt, double depth) noexcept nogil
    cdef void c_trade(self, const Place* place, i32 k, double dt, double value,
                      double depth) noexcept nogil
