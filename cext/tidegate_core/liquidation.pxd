# The liquidation desk: what a venue does, step by step, with whoever is due.
#
# A target is an isolated position, or an account for all its cross positions. The house finds out
# who is due when marks arrive, and flags it; the desk takes new targets over in that order, at the
# end of its queue:
#
#     house.due  ->  queue  ->  one step  ->  gone: closed, recovered, or taken by the vault
#                      ^           |
#                      |           +->  still due: end of the queue
#                      +- cooling <-+   partly closed: waits for its cool-down first
#
# Each step works on the target at the head of the queue at the marks of that moment: those who
# have recovered while they waited are let go; else orders are cancelled, the vault may take over
# all of it, the book is offered a quantity down to the bankruptcy price, and what is left of a
# whole position goes to the insurance fund or, if that cannot bear the loss, to other traders
# (deleveraging.pxd). A target without positions is settled: collateral is seized, what is missing
# is paid by the fund while it lasts and then by the venue.
#
# A step costs the multiplicity of its account, so a budget is a throughput in real accounts. A
# step is begun while there is budget left.
#
# Deleveraging ranks. The rank list of a contract and side is made when the first one is
# deleveraged there after a change of marks, by one walk over the accounts; `queue` goes through it
# until the marks change next, skipping whoever has no such position or no equity any more, and
# whoever was taken in part stays at its head. When nobody is left, it is made again if the book has
# traded since. The other two rules share every quantity among all, so they make their list, of
# equities at that moment, for every step that deleverages: each costs one walk over the accounts.
#
# What a step may need is reserved before it begins, so it is carried out or, without memory, not
# begun; deleveraging reserves counterparty by counterparty. A target of a halted contract waits.
# One thread at a time.
from libc.stdint cimport int16_t

from tidegate_core.deleveraging cimport Claim
from tidegate_core.holdings cimport MAX_CONTRACTS
from tidegate_core.margin cimport MarginHouse
from tidegate_core.types cimport EVENT_SHORTFALL, i32, i64, u32

cdef enum Step:              # what became of a target
    STEP_GONE = 0            # closed, recovered, or taken by the vault
    STEP_AGAIN = 1           # still due
    STEP_COOLING = 2         # still due, and waits
    STEP_DEFERRED = 3        # nothing could be done
    STEP_MEMORY = 4


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


cdef enum Partial:
    PARTIAL_NONE = 0
    PARTIAL_SLICE = 1
    PARTIAL_TIER = 2

cdef enum Sending:
    SEND_IOC = 0
    SEND_MARKET = 1
    SEND_NONE = 2

cdef enum Surplus:
    SURPLUS_CLIENT = 0
    SURPLUS_FUND = 1

cdef enum AdlTrigger:
    TRIGGER_EMPTY = 0
    TRIGGER_DRAWDOWN = 1
    TRIGGER_NEVER = 2

cdef enum BeyondVault:
    BEYOND_ADL = 0
    BEYOND_BOOK = 1

cdef enum AdlPrice:
    PRICE_BANKRUPTCY = 0
    PRICE_MARK = 1


cdef struct Rules:           # the Waterfall, in numbers
    i64 cancel_orders
    i64 partial
    i64 slice_ppm
    i64 slice_above
    i64 cooldown_seconds
    i64 tiers_down
    i64 whole_below_tier
    i64 order
    i64 clearance_ppm
    i64 surplus
    i64 adl_rule
    i64 adl_trigger
    i64 drawdown_ppm
    i64 drawdown_seconds
    i64 adl_price
    i64 adl_cancels_orders
    i64 vault
    i64 vault_ppm
    i64 vault_capacity
    i64 beyond_vault


cdef enum WaitingFlag:
    WAITING_SLICED = 1       # has had its slice since it was queued
    WAITING_WHOLE = 2        # a part did not find takers: the next step is for the whole


cdef struct Waiting:         # 24 bytes; a target in the queue
    i32 position             # an isolated one, 0: the account's cross positions
    i32 account
    i64 ready                # when its cool-down ends
    i32 contract             # of the isolated position, -1: cross
    u32 flags


cdef struct Ring:            # first in, first out
    Waiting* at              # capacity is a power of two
    i64 head
    i64 n
    i64 capacity


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


cdef struct Job:             # one step on one target
    i32 account
    i32 position             # the one that is worked on
    i32 contract
    i32 isolated
    u32 multiplicity
    i64 equity               # of the target before the step
    i64 lots                 # that are still to be passed on


cdef class LiquidationDesk:
    cdef readonly object policy
    cdef Rules rules
    cdef DeskState state
    cdef Ring queue
    cdef Ring cooling        # ready times ascend
    cdef Ranking[2 * MAX_CONTRACTS] rankings   # by 2 * contract + (1 if its candidates are short)
    cdef Event* log          # not yet taken
    cdef i64 n_log
    cdef i64 log_capacity

    # Work through the queue; the budget spent, or -REJECT_MEMORY. `now` never goes back.
    cdef i64 c_liquidate(self, MarginHouse house, i64 now, i64 budget) noexcept nogil

    # ---- one step: these return a Step --------------------------------------------------------
    cdef i32 c_step(self, MarginHouse house, Waiting* target) noexcept nogil
    cdef i32 c_work(
        self, MarginHouse house, Job* job, Waiting* target, bint straight) noexcept nogil
    cdef i32 c_conclude(self, MarginHouse house, Job* job, bint parted) noexcept nogil
    cdef i64 c_quantity(self, MarginHouse house, Job* job, u32* flags) noexcept nogil
    cdef i64 c_send(self, MarginHouse house, Job* job, i64 lots) noexcept nogil  # filled, -Reject
    cdef void c_clear(self, MarginHouse house, Job* job, i64 value) noexcept nogil

    # ---- what the book does not take: these return a Reject -----------------------------------
    cdef i32 c_close_rest(self, MarginHouse house, Job* job, bint straight) noexcept nogil
    cdef bint c_fund_bears(self, MarginHouse house, i64 loss) noexcept nogil
    cdef i32 c_take_over(self, MarginHouse house, Job* job, i64 price) noexcept nogil
    cdef bint c_vault_has_room(self, MarginHouse house, Job* job) noexcept nogil
    cdef i32 c_to_vault(self, MarginHouse house, Job* job) noexcept nogil
    cdef i32 c_deleverage(self, MarginHouse house, Job* job, i64 price) noexcept nogil
    cdef i32 c_deleverage_in_order(self, MarginHouse house, Job* job, i64 price) noexcept nogil
    cdef i32 c_deleverage_by_shares(self, MarginHouse house, Job* job, i64 price) noexcept nogil
    cdef i32 c_exchange(
        self, MarginHouse house, Job* job, i32 kind, i32 counterparty, i64 lots, i64 price
    ) noexcept nogil
    cdef i32 c_rank(
        self, MarginHouse house, Ranking* ranking, i32 contract, bint shorts) noexcept nogil

    # ---- a target without positions -----------------------------------------------------------
    cdef void c_settle(self, MarginHouse house, Job* job, bint surplus) noexcept nogil
    cdef void c_seize(self, MarginHouse house, Job* job) noexcept nogil
    cdef void c_cover(self, MarginHouse house, Job* job, i64 shortfall) noexcept nogil

    # ---- queue and log ------------------------------------------------------------------------
    cdef bint c_take_due(self, MarginHouse house) noexcept nogil     # false: no memory
    cdef void c_refer(self, MarginHouse house) noexcept nogil        # the fund's reference equity
    cdef bint c_log_room(self, i64 count) noexcept nogil             # false: no memory
    cdef Event* c_log(self, Job* job, i32 kind) noexcept nogil       # only where there is room
    cdef int c_assign(self, LiquidationDesk other) except -1
