# Quotes: the market makers of all places at once, as ladders of resting orders.
#
# A ladder stands for a book of uniform density D (USD per unit of log price) on both sides of its
# centre c. It is cut at edges 0 = e_0 < e_1 < ... < e_n = reach, growing in a fixed ratio; what
# would rest between two edges rests in one order halfway between them:
#
#     distance_j = (e_j + e_j+1) / 2     USD_j = D (e_j+1 - e_j)     distance_0 = spread
#
# so whoever trades up to an edge pays on average what the uniform book would have asked, half the
# distance. A ladder that Q USD were taken from is put up again around c + Q / D, where the
# uniform book would have been pushed to.
#
#     news       c += change of consensus: all quotes move at once
#     refill     c += (1 - exp(-refill dt)) (m' - c)
#                m' = m - skew x inventory / depth: the reservation price m of the place (of its
#                coin, and what a perpetual is worth over it), lower for whoever has bought too
#                much, so that value flow takes it off them
#     memory     variance of c per second, exponentially weighted, as a random walk must have it
#                to be so far from its own mean over `horizon`: what bounces back between trades
#                counts for less, the longer the horizon
#     stress     z = max(own, mean over places of the coin, coupling x mean over coins) of
#                volatility over calm volatility: the same firms quote everywhere
#     target     max(floor, obligation, min(1, (threshold / z)**exponent))
#                x (1 - min(|inventory| / room, 0.9)), and no less than the obligation
#     factor     g falls to the target with half-life `fall`, returns with time constant `recovery`
#     density    D = g x depth
#
# Levels are kept while they are good enough: a price within a fiftieth of its own width, a size
# within a hundredth, and no lot taken. So a small move renews the inner quotes only, and a quiet
# round renews nothing: costs follow what happens.
#
# The desk tells what was taken from its own orders, to the lot and at their prices. Only where a
# venue has cancelled them all does it go by its inventory.
from tidegate_core.types cimport i32, i64
from tidegate_crowd.places cimport Place, Places


cdef struct Rules:           # of a desk at one place, in the order of RULES in quotes.pyx
    double depth             # USD per unit of log price, a side, in calm
    double calm              # volatility per square root of a day
    double spread            # half of it, log price
    double reach             # log price
    double refill            # 1/s
    double skew
    double threshold
    double exponent
    double floor
    double obligation
    double fall              # s, half-life
    double recovery          # s, time constant
    double memory            # s, half-life
    double horizon           # s, time constant; 0: from one round to the next
    double coupling
    double room              # of inventory, in units of what rests within 1 % in calm


cdef struct Pace:            # what rules make of one time step
    double refill            # share of the way to the reservation price
    double keep              # of the old variance
    double linger            # of the way from the mean
    double fall              # share of the way to the target
    double recovery


cdef struct Rung:            # what rules make of one level
    double below             # price over centre, of a bid
    double above             # of an ask
    double width             # log price


cdef struct Quote:           # 32 bytes
    i64 order                # 0: none
    i64 price
    i64 size                 # lots when it was posted
    i64 lots                 # when last looked at


cdef struct Desk:            # at one place
    double centre            # log USD; NaN before the first round
    double mean              # of the centre over the horizon
    double posted            # centre that its quotes were put around
    double density           # of its quotes
    double variance          # per second
    double stress
    double factor            # g
    double bought            # USD, in the last round
    double sold
    i64 home                 # lots: its inventory when it has no position
    i64 held                 # lots when last looked at
    i64 sequence             # of the book when last looked at
    i32 account
    i32 ragged               # some quotes were taken or could not be renewed


cdef class QuoteDesk:
    cdef readonly i32 n          # places
    cdef readonly i32 levels     # a side
    cdef readonly i32 coins
    cdef readonly bint withdraw  # off: volatility never thins the quotes
    cdef Rules* rules            # by place
    cdef Pace* paces             # by place
    cdef Rung* rungs             # by place, then level
    cdef Desk* desks             # by place
    cdef Quote* quotes           # by place, side, level
    cdef Quote* aims             # by side, level: of the place at hand
    cdef double* sums            # by coin: weights, weighted volatility
    cdef double pace_dt          # that `paces` is for

    cdef void c_free(self) noexcept nogil
    cdef int c_allocate(self, i32 n, i32 levels, i32 coins) except -1
    cdef void c_derive(self) noexcept nogil
    cdef void c_set_pace(self, double dt) noexcept nogil
    cdef double c_inventory(self, const Place* place, i32 k) noexcept nogil
    cdef void c_look(self, const Place* place, i32 k) noexcept nogil
    cdef void c_move(self, const Place* place, i32 k, double dt, double news,
                     double reservation) noexcept nogil
    cdef void c_stress(self, Places places) noexcept nogil
    cdef void c_adapt(self, const Place* place, i32 k) noexcept nogil
    cdef bint c_is_quiet(self, const Place* place, i32 k) noexcept nogil
    cdef void c_aim(self, const Place* place, i32 k) noexcept nogil
    cdef bint c_clear(self, const Place* place, i32 k) noexcept nogil
    cdef bint c_post_side(self, const Place* place, i32 k, i32 side) noexcept nogil
    cdef void c_post(self, const Place* place, i32 k) noexcept nogil
    cdef void c_quote(self, Places places, double dt, const double* news,
                      const double* reservation, const double* premium) noexcept nogil
    cdef bint c_cancel_all(self, const Place* place, i32 k) noexcept nogil
    cdef int c_read_rules(self, dict given) except -1
