# The leveraged public of one venue: isolated positions that are renewed, stopped, topped up, wiped
# out and opened again. Every order is a real one, in the books of the venue's margin house.
#
# A member is an account of the house; it trades one contract, in one size, with leverage from its
# group's range.
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
# Members who are in sleep on their contract's clock, which runs min(stress, max_stress) times as
# fast as the world's: so each wakes at exactly the rate that the stress of the moment asks for,
# whatever the length of rounds, and one who wakes is never drawn to be turned down. Members who
# are out sleep on the world's clock.
#
# What a member draws is a function of key, its number and how often it drew: nobody else's draws
# change when a member is added, or wakes more often. Orders of a round go out by a drawn key, not
# by number.
#
# Cost of a round: who wakes, whose line is crossed, who waits for takers. 64 bytes a member, its
# sleeper and its alert included, and 28 more for those who ever were in one of the lists at once.
from tidegate_core.margin cimport MarginHouse
from tidegate_core.types cimport i32, i64, u8, u32, u64
from tidegate_crowd.alerts cimport Alerts
from tidegate_crowd.wheel cimport Wheel

cdef enum Condition:
    OUT = 0
    IN = 1
    CLOSING = 2                    # wants to renew its position: closes the old one first
    OPENING = 3

cdef enum LineKind:
    LINE_NONE = 0
    LINE_STOP = 1                  # closes all of it at the market; then it is out
    LINE_TOP_UP = 2                # adds margin, once

cdef enum MemberFlag:
    MEMBER_SHORT = 1               # side of its last position
    MEMBER_LISTED = 2              # in the list of those who close or open
    MEMBER_FIRED = 4               # its line was crossed and is not carried out yet
    MEMBER_ALARMED = 8             # in the list of those


cdef struct Member:                # 32 bytes
    i64 base                       # lots it trades, of all its real accounts together
    double margin_rate             # isolated margin over entry cost that it wants
    u32 draws                      # its renewals and exits: the counter of its draws
    u8 contract
    u8 group
    u8 condition
    u8 line                        # LineKind
    u8 flags


cdef struct Group:
    double low                     # lowest leverage
    double high                    # highest, may be infinite: what the contract allows
    double turn                    # seconds between renewals in calm
    double trend                   # how far momentum can move the chance of a long from 1/2


cdef struct Offer:                 # what a member wants to trade in this round
    i64 lots                       # 0: nothing
    i64 order                      # its order in the middle of the spread
    i32 side
    bint closing


cdef struct CrowdCounts:           # since the start
    i64 wakes
    i64 orders
    i64 opened
    i64 exits                      # by stops and by the venue
    i64 stops
    i64 top_ups
    i64 returns
    i64 deposits                   # micro-units of new money


cdef class LeveragedCrowd:
    cdef readonly i32 n            # accounts first .. first + n - 1
    cdef readonly i32 first
    cdef readonly i32 contracts
    cdef readonly u64 key          # of all their draws
    cdef readonly object terms     # CrowdTerms: what all members share; in numbers:
    cdef Group* groups
    cdef i32 n_groups
    cdef double stop_share
    cdef double stop_low
    cdef double stop_high
    cdef double top_up_share
    cdef double top_up_way
    cdef double top_up             # margin added, over initial margin
    cdef double mean_return        # seconds
    cdef double max_stress
    cdef double slippage           # log price that an order may walk through the book; 0: any
    cdef double work               # seconds in which an order is worked; 0: at once
    cdef double step               # seconds of this round
    cdef bint meets                # buyers and sellers of a round trade with each other first

    cdef readonly double now       # of the world's clock: end of the last round
    cdef Member* members
    cdef Wheel wheel               # clocks: one a contract, then the world's
    cdef Alerts alerts             # its member i is number i + 1
    cdef void c_look(self, MarginHouse house) noexcept nogil
    cdef void c_fetch(self, MarginHouse house, i32 k, i32 n) noexcept nogil
    cdef i32* listed               # who closes or opens
    cdef i32 n_listed
    cdef i32* alarmed              # whose line was crossed, in order
    cdef i32 n_alarmed
    cdef i32* found                # room for n
    cdef u64* arrivals             # room for n
    cdef u64* scratch              # room for n
    cdef Offer* offers             # room for n
    cdef i64* middles              # by contract, ticks; 0: no two sides
    cdef double* long_chance       # [contracts][n_groups], of this round
    cdef i64 cap                   # most leverage of new positions, of this round
    cdef CrowdCounts counts

    cdef int _demand(self, MarginHouse house) except -1
    cdef void c_rouse(self, double now, const double* stress) noexcept nogil
    cdef void c_trade(self, MarginHouse house) noexcept nogil
    cdef void c_fire(self, MarginHouse house) noexcept nogil
    cdef void c_answer(self, MarginHouse house) noexcept nogil
    cdef void c_notice(self, MarginHouse house, i64 account) noexcept nogil

    cdef void c_sleep(self, i32 i, double since) noexcept nogil
    cdef void c_list(self, i32 i) noexcept nogil
    cdef u32 c_turns(self) noexcept nogil                # who sends in this round, by second
    cdef i64 c_portion(self, i32 i, i64 lots) noexcept nogil             # how much of its order
    cdef void c_want(self, MarginHouse house, i32 i, Offer* offer) noexcept nogil
    cdef i64 c_send(self, MarginHouse house, i32 i, const Offer* offer, i64 lots, i32 kind,
                    i64 price) noexcept nogil
    cdef void c_offer(self, MarginHouse house, i32 i, Offer* offer) noexcept nogil
    cdef void c_take(self, MarginHouse house, i32 i, const Offer* offer) noexcept nogil
    cdef bint c_act(self, MarginHouse house, i32 i, Offer* offer) noexcept nogil    # true: done
    cdef bint c_limit(self, MarginHouse house, i32 contract, i32 side, i64* price) noexcept nogil
    cdef bint c_close(self, MarginHouse house, i32 i) noexcept nogil
    cdef bint c_settle(self, MarginHouse house, i32 i) noexcept nogil    # true: all done
    cdef bint c_prepare(self, MarginHouse house, i32 i, const u32* words) noexcept nogil
    cdef void c_secure(self, MarginHouse house, i32 i, double rate) noexcept nogil
    cdef void c_fund(self, MarginHouse house, i32 i, i64 lacking) noexcept nogil
    cdef void c_draw_line(self, MarginHouse house, i32 i, u32 word) noexcept nogil
    cdef void c_drop_line(self, i32 i) noexcept nogil
    cdef bint c_respond(self, MarginHouse house, i32 i) noexcept nogil
    cdef void c_exit(self, i32 i) noexcept nogil
    cdef void c_leave(self, i32 i) noexcept nogil
    cdef void _believe(self, const double[::1] momentum) noexcept nogil
    cdef const double[::1] _column(self, name, values)
    cdef int c_assign(self, LeveragedCrowd other) except -1
