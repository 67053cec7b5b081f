# What the book does not take: the insurance fund, the vault, other traders; and the last account.
#
# Lots that found no taker in the book go to the fund at the target's bankruptcy price or, if it
# cannot bear the loss at mark, to other traders, who are deleveraged (deleveraging.pxd). Where no
# price could make good what the target lacks they pass on at mark. The vault takes whole targets at
# mark, or nothing of them. A target without positions is settled: collateral is seized, what is
# missing is paid by the fund while it lasts and then by the venue.
#
# Deleveraging ranks. The rank list of a contract and side is made when the first one is
# deleveraged there after a change of marks, by one walk over the accounts; `queue` goes through it
# until the marks change next, skipping whoever has no such position or no equity any more, and
# whoever was taken in part stays at its head. When nobody is left, it is made again if the book has
# traded since. The other two rules share every quantity among all, so they make their list, of
# equities at that moment, for every step that deleverages: each costs one walk over the accounts.
#
# Functions of type i32 return a Reject; those that trade change nothing then but for whoever was
# deleveraged before.
from libc.stdint cimport int16_t

from tidegate_core.deleveraging cimport Claim
from tidegate_core.holdings cimport MAX_CONTRACTS
from tidegate_core.margin cimport MarginHouse
from tidegate_core.rules cimport Rules
from tidegate_core.targets cimport Job
from tidegate_core.types cimport i32, i64, u32

cdef enum:
    STEP_EVENTS = 48         # more than a step logs, counterparties apart


# One row of the log. RECOVERED also ends a target that was closed in part. TAKEOVER is by the venue
# if the position of the fund is as large as can be.
cdef struct Event:           # 64 bytes: one cache line
    i64 time
    int16_t kind
    int16_t contract             # -1: of the account as a whole
    i32 account
    i32 counterparty         # the account on the other side, -1: the book or none
    u32 multiplicity         # of the account
    i64 quantity             # change of the target's size, or of its holding of collateral
    i64 price                # ticks: of a BOOK event the limit, else that of the trade
    i64 value                # micro-units: |V| of what was traded; of a SHORTFALL the fund's part
    i64 equity               # the target's before the step
    i64 amount               # micro-units: fee, shortfall, surplus, value seized, equity moved


cdef struct Ranking:         # of the counterparties of one contract and side
    Claim* at                # a heap
    i64 n
    i64 capacity
    i64 round                # of marks it was made in, -1: never
    i64 sequence             # fills of the book when it was made


cdef struct DeskState:
    i64 now                  # of the last `c_liquidate`
    i64 reference            # equity of the fund that its drawdown is measured from
    i64 reference_time
    i64 started              # 0: no reference yet
    i64 steps                # since the start


cdef class TakeoverDesk:
    cdef readonly object policy
    cdef Rules rules
    cdef DeskState state
    cdef Ranking[2 * MAX_CONTRACTS] rankings   # by 2 * contract + (1 if its candidates are short)
    cdef Event* log          # not yet taken
    cdef i64 n_log
    cdef i64 log_capacity

    cdef i32 c_close_rest(self, MarginHouse house, Job* job, bint straight) noexcept nogil
    cdef void c_refer(self, MarginHouse house) noexcept nogil        # the fund's reference equity
    cdef bint c_fund_bears(self, MarginHouse house, i64 loss) noexcept nogil
    cdef i32 c_take_over(self, MarginHouse house, Job* job, i64 price) noexcept nogil
    cdef bint c_vault_has_room(self, MarginHouse house, Job* job) noexcept nogil
    cdef i32 c_to_vault(self, MarginHouse house, Job* job) noexcept nogil
    cdef i32 c_exchange(
        self, MarginHouse house, Job* job, i32 kind, i32 counterparty, i64 lots, i64 price
    ) noexcept nogil

    cdef i32 c_deleverage(self, MarginHouse house, Job* job, i64 price) noexcept nogil
    cdef i32 c_deleverage_in_order(self, MarginHouse house, Job* job, i64 price) noexcept nogil
    cdef i32 c_deleverage_by_shares(self, MarginHouse house, Job* job, i64 price) noexcept nogil
    cdef i32 c_rank(
        self, MarginHouse house, Ranking* ranking, i32 contract, bint shorts) noexcept nogil

    # ---- a target without positions -----------------------------------------------------------
    cdef void c_settle(self, MarginHouse house, Job* job, bint surplus) noexcept nogil
    cdef void c_seize(self, MarginHouse house, Job* job) noexcept nogil
    cdef void c_cover(self, MarginHouse house, Job* job, i64 shortfall) noexcept nogil

    # ---- log and copies -----------------------------------------------------------------------
    cdef bint c_log_room(self, i64 count) noexcept nogil             # false: no memory
    cdef Event* c_log(self, Job* job, i32 kind) noexcept nogil       # only where there is room
    cdef int c_assign_takeover(self, TakeoverDesk other) except -1
    cdef bytes c_pack(self)                                          # ranks, log and state
    cdef int c_load(self, bytes data) except -1                      # into a new desk
