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
# What a step may need is reserved before it begins, so it is carried out or, without memory, not
# begun; deleveraging reserves counterparty by counterparty. A target of a halted contract waits.
# One thread at a time.
from tidegate_core.margin cimport MarginHouse
from tidegate_core.takeover cimport Event, TakeoverDesk
from tidegate_core.targets cimport Job, Ring, Waiting
from tidegate_core.types cimport EVENT_SHORTFALL, i32, i64, u32

cdef enum Step:              # what became of a target
    STEP_GONE = 0            # closed, recovered, or taken by the vault
    STEP_AGAIN = 1           # still due
    STEP_COOLING = 2         # still due, and waits
    STEP_DEFERRED = 3        # nothing could be done
    STEP_MEMORY = 4


cdef class LiquidationDesk(TakeoverDesk):
    cdef Ring queue
    cdef Ring cooling        # ready times ascend

    # Work through the queue; the budget spent, or -REJECT_MEMORY. `now` never goes back.
    cdef i64 c_liquidate(self, MarginHouse house, i64 now, i64 budget) noexcept nogil
    cdef bint c_take_due(self, MarginHouse house) noexcept nogil     # false: no memory

    # ---- one step: these return a Step --------------------------------------------------------
    cdef i32 c_step(self, MarginHouse house, Waiting* target) noexcept nogil
    cdef i32 c_work(
        self, MarginHouse house, Job* job, Waiting* target, bint straight) noexcept nogil
    cdef i32 c_conclude(self, MarginHouse house, Job* job, bint parted) noexcept nogil

    cdef i64 c_quantity(self, MarginHouse house, Job* job, u32* flags) noexcept nogil
    cdef i64 c_send(self, MarginHouse house, Job* job, i64 lots) noexcept nogil  # filled, -Reject
    cdef void c_clear(self, MarginHouse house, Job* job, i64 value) noexcept nogil
    cdef int c_assign(self, LiquidationDesk other) except -1
