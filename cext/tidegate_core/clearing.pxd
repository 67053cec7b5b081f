# One venue: order books, the ledger of its accounts, fees, the log of its fills.
#
# An order reserves on entry the most that it can cost, and every fill is settled to the micro-unit
# as it happens (settlement.pxd). Fees go to account 0, which belongs to the venue and does not
# trade.
#
# A venue holds at most 2**63 - 1 of each asset in all: then no credit can overflow, and no fill
# needs a check.
#
# Order ids are the books' with the instrument put between slot and generation, so that nothing
# is hashed:   generation << 32 | instrument << 26 | slot
#
# Functions of type i32 return a Reject, those of type i64 an order id or -Reject; a refusal
# changes nothing but its counter.
from tidegate_core.book cimport OrderBook
from tidegate_core.ledger cimport Ledger
from tidegate_core.memory cimport memory_prefetch
from tidegate_core.settlement cimport Terms
from tidegate_core.slab cimport Order, Slab, slab_find
from tidegate_core.types cimport Fill, i32, i64

cdef enum:
    INSTRUMENT_SHIFT = 26
    INSTRUMENT_MASK = 63
    MAX_SLOTS = 1 << 26


cdef struct State:           # of the venue as a whole
    i64 time                 # clock value stamped on fills
    i64 matching             # 0: orders that would trade are refused
    i64 orders               # accepted
    i64 cancels
    i64 replaces
    i64 fills
    i64 expired              # resting orders cancelled by self-trade prevention
    i64 rejects[16]          # by Reject


cdef class ClearingHouse:
    cdef list _books
    cdef void** books        # borrowed pointers to the same OrderBooks, for use without the GIL
    cdef Ledger ledger
    cdef Terms* terms
    cdef i32 n_instruments
    cdef State state
    cdef Fill* log           # fills not yet taken
    cdef i64 n_log
    cdef i64 last_rest       # lots that the last accepted order left resting
    cdef i64 log_capacity
    cdef tuple _instruments
    cdef bint busy           # a batch runs in some thread

    cdef i64 c_submit(
        self, i32 instrument, i32 account, i32 side, i64 price, i64 quantity, i32 kind, i32 stp
    ) noexcept nogil
    cdef i64 c_cancel_submit(
        self, i64 order_id, i32 instrument, i32 account, i32 side, i64 price, i64 quantity,
        i32 kind, i32 stp
    ) noexcept nogil
    cdef i32 c_cancel(self, i64 order_id) noexcept nogil
    cdef i64 c_replace(self, i64 order_id, i64 price, i64 quantity) noexcept nogil
    cdef i64 c_cancel_all(self, i32 instrument, i32 account) noexcept nogil   # how many
    cdef i64 c_remaining(self, i64 order_id) noexcept nogil
    cdef i32 c_owner(self, i64 order_id) noexcept nogil      # -1 if not resting
    cdef i64 c_last_price(self, i32 instrument) noexcept nogil

    cdef i64 c_refuse(self, i64 code) noexcept nogil         # counts it, gives -code; OK is none
    cdef int _sum_reserved(self, i32 instrument, i64[:, ::1] sums) except -1
    cdef int c_assign(self, ClearingHouse other) except -1


# ---- order ids --------------------------------------------------------------------------------

cdef inline i64 engine_id(i64 book_id, i32 instrument) noexcept nogil:
    return book_id | <i64> instrument << INSTRUMENT_SHIFT


cdef inline i64 book_id(i64 order_id) noexcept nogil:
    return order_id & ~(<i64> INSTRUMENT_MASK << INSTRUMENT_SHIFT)


cdef inline i32 instrument_of(i64 order_id) noexcept nogil:
    return <i32> (order_id >> INSTRUMENT_SHIFT) & INSTRUMENT_MASK


cdef inline const Order* find(ClearingHouse house, i64 order_id) noexcept nogil:
    """Find a resting order, NULL if it is not."""
    cdef i32 instrument = instrument_of(order_id), slot
    cdef const Slab* slab
    if instrument >= house.n_instruments:
        return NULL
    slab = &(<OrderBook> house.books[instrument]).slab
    slot = slab_find(slab, book_id(order_id))
    return slab.at + slot if slot else NULL


# ---- memory that a batch will touch some rows later ------------------------------------------

cdef inline void fetch_ahead(ClearingHouse house, i64 order_id, i64 account) noexcept nogil:
    """Ask for the balances of an account and for its order. Any numbers are allowed."""
    cdef i32 instrument = instrument_of(order_id)
    memory_prefetch(house.ledger.cells + account * house.ledger.stride)
    if instrument < house.n_instruments:
        memory_prefetch(
            (<OrderBook> house.books[instrument]).slab.at + (order_id & (MAX_SLOTS - 1)))
