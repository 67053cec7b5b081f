# The leveraged public of one venue, round by round: who wakes, whom the venue takes, whose line the
# marks cross. Its members and their sleep are in leveraged_members.pxd, what one of them does in
# leveraged_trading.pxd.
#
#          wake                        closed                      opened
#     IN --------> CLOSING -----------------------> OPENING ---------------------> IN
#      \              \                               ^ |
#       \ stop, liquidation, deleveraging             | | (what finds no taker is tried again)
#        `--------------`----------------->  OUT -----' v
#                                                return time
#
# Who leaves for good is out and sleeps until a time that never comes.
#
# Renewals of a round go out by a drawn key, not by number; then stops and top-ups, in the order in
# which their lines were met. All go through the venue's intake (intake.pxd). Those for whom there
# is no capacity wait there and are served first in later rounds, at the prices of then; or they
# are refused, stay on their list, and are sent again. A stop that the venue has taken it tries by
# itself until it finds takers.
#
# Cost of a round: who wakes, whose line is crossed, who waits for takers.
from tidegate_core.margin cimport MarginHouse
from tidegate_core.types cimport i32, i64, u32
from tidegate_crowd.leveraged_trading cimport LeveragedTrading


cdef class LeveragedCrowd(LeveragedTrading):
    cdef void c_rouse(self, double now, const double* stress) noexcept nogil
    cdef void c_trade(self, MarginHouse house) noexcept nogil
    cdef u32 c_turns(self) noexcept nogil                  # who sends in this round, by second
    cdef i32 c_gather(self, MarginHouse house) noexcept nogil        # into `found`, `arrivals`
    cdef void c_drain(self, MarginHouse house) noexcept nogil        # those who waited
    cdef i32 c_enter(self, MarginHouse house, i32 n) noexcept nogil  # whom the venue takes
    cdef void c_act_all(self, MarginHouse house, const i32* who, i32 n) noexcept nogil
    cdef void c_look(self, MarginHouse house) noexcept nogil
    cdef void c_fire(self, MarginHouse house) noexcept nogil
    cdef void c_answer(self, MarginHouse house) noexcept nogil
    cdef bint c_admit(self, MarginHouse house, i32 i) noexcept nogil  # a line; false: not now
    cdef void c_fetch(self, MarginHouse house, i32 k, i32 n) noexcept nogil
    cdef void c_leave(self, i32 i) noexcept nogil
    cdef void c_notice(self, MarginHouse house, i64 account) noexcept nogil
    cdef void _believe(self, const double[::1] momentum, const double[::1] appetite) noexcept nogil
    cdef const double[::1] _column(self, name, values)
