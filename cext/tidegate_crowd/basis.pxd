# Basis traders: one price for a coin, as far as capital and risk limits reach.
#
# A link joins two places of a coin, a perpetual with a spot book or two spot books. Where the bid
# of one exceeds the ask of the other by more than the edge, the desk sells there and buys here.
# With gap g beyond the edge and densities D1, D2, the two prices meet after g h USD,
# h = 1 / (1/D1 + 1/D2); a step trades
#
#     min(g h (1 - exp(-rate dt)), budget of either place)
#     budget = cap x (what rests within 1 % in calm) x dt x min(1, max(1/4, 4 D / D in calm))
#
# at limits where the linear books would meet, the edge apart: every pair of fills earns the edge.
# Prices of a place that is worth a premium over spot are compared as spot: divided by `over`.
# Links are gone through from the widest gap down, each at the prices the one before has left.
#
# Both legs are sized by what rests within the limits and what their accounts can pay, the leg that
# a margin house might refuse goes first, and the other follows what it filled. Closed places are
# left out. What is left one-sided even so is worked off in later rounds, where the price is best.
from tidegate_core.types cimport i32, i64
from tidegate_crowd.places cimport Place, Places


cdef struct Leg:             # at one place
    double calm              # USD per unit of log price, in calm
    double density           # now
    double budget            # USD left in this round
    double over              # price over what it is as spot
    double bid               # USD, as spot; 0: none
    double ask               # USD, as spot; 0: none
    double traded            # USD in the last round, bought > 0
    i64 home                 # lots: its inventory when it has no position
    i32 account
    i32 tried                # in working off


cdef struct Link:
    i32 one
    i32 other
    double gap               # log price beyond the edge, 0: none
    i32 dear                 # where to sell
    i32 cheap                # where to buy


cdef struct Habits:
    double rate              # 1/s
    double edge              # log price
    double cap               # 1/s
    double slip              # log price conceded in working off


cdef class BasisDesk:
    cdef readonly i32 n
    cdef readonly i32 coins
    cdef i32 n_links
    cdef Habits habits
    cdef Leg* legs               # by place
    cdef Link* links
    cdef i32* order              # of links: scratch

    cdef int c_allocate(self, i32 n, i32 coins, i32 n_links) except -1
    cdef void c_free(self) noexcept nogil
    cdef void c_see(self, const Place* place, i32 k) noexcept nogil
    cdef double c_exposure(self, Places places, i32 coin) noexcept nogil
    cdef void c_work_off(self, Places places, i32 coin) noexcept nogil
    cdef void c_find(self, Link* link) noexcept nogil
    cdef i32 c_sort(self) noexcept nogil
    cdef void c_close(self, Places places, Link* link, double share) noexcept nogil
    cdef i64 c_take(self, const Place* place, i32 k, i32 side, i64 limit, i64 lots) noexcept nogil
    cdef void c_trade(self, Places places, double dt, const double* depth,
                      const double* premium) noexcept nogil
