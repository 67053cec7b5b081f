# Who the leveraged public of a venue is: its members, how they sleep, which lists they are in.
#
# A member is an account of the venue's margin house; it trades one contract, in one size, with
# leverage from its group's range.
#
# Members who are in sleep on their contract's clock, which runs min(stress, max_stress) times as
# fast as the world's: so each wakes at exactly the rate that the stress of the moment asks for,
# whatever the length of rounds, and one who wakes is never drawn to be turned down. Members who
# are out sleep on the world's clock.
#
# What a member draws is a function of key, its number and how often it drew: nobody else's draws
# change when a member is added, or wakes more often.
#
# A member who wants to trade is on a list, or its orders wait at the venue (intake.pxd); the same
# for one whose line was crossed. 64 bytes a member, its sleeper and its alert included, 52 more
# for those who were ever in one of the lists at once, 8 more where the venue's capacity is limited.
from tidegate_core.margin cimport MarginHouse
from tidegate_core.types cimport i32, i64, u8, u32, u64
from tidegate_crowd.alerts cimport Alerts
from tidegate_crowd.intake cimport Intake
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
    MEMBER_TRADE_WAITS = 16        # its renewal waits at the venue, and is in no list
    MEMBER_LINE_WAITS = 32         # its stop or top-up does
    MEMBER_REFUSED = 64            # the venue refused its last order
    MEMBER_AT_VENUE = 128          # the venue has its stop, which has found no taker yet


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
    i64 late                       # micro-units that stops lost while they waited, or won: < 0


cdef enum:
    WAIT = 0                       # draws of a turn in a member's life: its wait ...
    DECIDE = 1                     # ... and a block of four words:
    ARRIVAL = 0
    DIRECTION = 1
    LEVERAGE = 2
    LINE = 3


cdef class LeveragedMembers:
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
    cdef readonly Intake intake    # what the venue takes of their orders
    cdef Member* members
    cdef Wheel wheel               # clocks: one a contract, then the world's
    cdef Alerts alerts             # its member i is number i + 1
    cdef i64* delayed_at           # mark when a stop had to wait first, 0: it did not; or NULL
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

    cdef int _demand(self, MarginHouse house) except -1    # that it is the crowd's
    cdef void c_sleep(self, i32 i, double since) noexcept nogil
    cdef void c_list(self, i32 i) noexcept nogil           # who wants to trade
    cdef void c_alarm(self, i32 i) noexcept nogil          # whose line was crossed
    cdef int c_assign(self, LeveragedMembers other) except -1


cdef inline double unit(u32 word) noexcept nogil:
    """Give a number strictly between 0 and 1."""
    return (<double>word + 0.5) * (1.0 / 4294967296.0)


cdef inline i64 size_of(MarginHouse house, i32 slot) noexcept nogil:
    """Give the lots of a record, 0 of none."""
    return house.positions[slot].size if slot else 0


cdef inline i64 lots_of(i64 size) noexcept nogil:
    return -size if size < 0 else size
