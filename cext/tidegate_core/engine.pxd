# One venue: order books, the ledger of its accounts, fees, the log of its fills.
#
# An order reserves on entry the most that it can cost: a buy its notional at the limit and the fee
# on it at the higher of the two rates, a sell its lots. Every fill is settled at the maker's price
# as it happens, and what is no longer needed is released:
#
#     reserve(price, q) = n + floor(n * max(maker, taker, 0) / 1e6)     n = price * q * tick_value
#     fee of a fill     = n * rate / 1e6, rounded in favour of its payer (so towards zero)
#
# A sum of floors never exceeds the floor of the sum, so what is reserved always suffices. Fees go
# to account 0, which belongs to the venue and does not trade.
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
from tidegate_core.ledger cimport Cell, Ledger
from tidegate_core.memory cimport memory_prefetch
from tidegate_core.slab cimport Slab, slab_find
from tidegate_core.types cimport Fill, i32, i64
from tidegate_core.wide cimport Wide

cdef enum:
    FEE_ACCOUNT = 0
    INSTRUMENT_SHIFT = 26
    INSTRUMENT_MASK = 63
    MAX_SLOTS = 1 << 26


cdef struct Terms:           # one instrument
    i64 tick_value           # micro-units of quote per tick and lot
    i64 maker_ppm
    i64 taker_ppm
    i64 reserve_ppm          # the higher of the two
    i64 last_price           # of the last fill; 0 before the first
    i32 base                 # asset
    i32 quote                # asset
    i32 free_of_fees         # both rates are 0
    i32 halted
    Wide volume              # lots traded
    Wide notional            # micro-units traded
    Wide fees                # micro-units kept by the venue


cdef struct State:           # of the venue as a whole
    i64 time                 # clock value stamped on fills
    i64 matching             # 0: orders that would trade are refused
    i64 orders               # accepted
    i64 cancels
    i64 replaces
    i64 fills
    i64 expired              # resting orders cancelled by self-trade prevention
    i64 rejects[16]          # by Reject


cdef class Engine:
    cdef list _books
    cdef void** books        # borrowed pointers to the same OrderBooks, for use without the GIL
    cdef Ledger ledger
    cdef Terms* terms
    cdef i32 n_instruments
    cdef State state
    cdef Fill* log           # fills not yet taken
    cdef i64 n_log
    cdef i64 log_capacity
    cdef tuple _instruments

    cdef i64 c_submit(
        self, i32 instrument, i32 account, i32 side, i64 price, i64 quantity, i32 kind, i32 stp
    ) noexcept nogil
    cdef i64 c_cancel_submit(
        self, i64 order_id, i32 instrument, i32 account, i32 side, i64 price, i64 quantity,
        i32 kind, i32 stp
    ) noexcept nogil
    cdef i32 c_cancel(self, i64 order_id) noexcept nogil
    cdef i64 c_replace(self, i64 order_id, i64 price, i64 quantity) noexcept nogil
    cdef i64 c_remaining(self, i64 order_id) noexcept nogil
    cdef i32 c_owner(self, i64 order_id) noexcept nogil      # -1 if not resting
    cdef i64 c_last_price(self, i32 instrument) noexcept nogil
    cdef OrderBook c_book(self, i32 instrument)

    cdef i64 c_refuse(self, i64 code) noexcept nogil
    cdef i32 c_admit(
        self, i32 instrument, i32 account, i32 side, i64 price, i64 quantity, i32 kind, i32 stp
    ) noexcept nogil
    cdef bint c_crosses(self, i32 instrument, i32 side, i64 price, i32 kind) noexcept nogil
    cdef i64 c_affordable(self, i32 instrument, i64 budget, i64 quantity) noexcept nogil
    cdef i32 c_log_grow(self, i64 more) noexcept nogil
    cdef void c_settle(self, i32 instrument) noexcept nogil
    cdef void c_settle_expired(self, i32 instrument) noexcept nogil
    cdef i64 _cancel_on(self, i32 instrument, i32 account) noexcept nogil
    cdef object _best(self, i64 instrument, i32 side)
    cdef i64 _instrument(self, i64 instrument) except -1
    cdef int _sum_reserved(self, i32 instrument, i64[:, ::1] sums) except -1
    cdef int c_assign(self, Engine other) except -1


# ---- order ids --------------------------------------------------------------------------------

cdef inline i64 engine_id(i64 book_id, i32 instrument) noexcept nogil:
    return book_id | <i64> instrument << INSTRUMENT_SHIFT


cdef inline i64 book_id(i64 order_id) noexcept nogil:
    return order_id & ~(<i64> INSTRUMENT_MASK << INSTRUMENT_SHIFT)


cdef inline i32 instrument_of(i64 order_id) noexcept nogil:
    return <i32> (order_id >> INSTRUMENT_SHIFT) & INSTRUMENT_MASK


# ---- memory that a batch will touch some rows later ------------------------------------------

cdef inline void fetch_far(Engine engine, i64 order_id, i64 account) noexcept nogil:
    """Ask for the balances of an account and for its order. Any numbers are allowed."""
    cdef i32 instrument = instrument_of(order_id)
    memory_prefetch(engine.ledger.cells + account * engine.ledger.stride)
    if instrument < engine.n_instruments:
        memory_prefetch(
            (<OrderBook> engine.books[instrument]).slab.at + (order_id & (MAX_SLOTS - 1)))


cdef inline void fetch_near(Engine engine, i64 order_id) noexcept nogil:
    """Ask for the neighbours in its queue of an order that has been asked for."""
    cdef i32 instrument = instrument_of(order_id)
    cdef const Slab* slab
    cdef i32 slot
    if instrument < engine.n_instruments:
        slab = &(<OrderBook> engine.books[instrument]).slab
        slot = slab_find(slab, book_id(order_id))
        if slot:
            memory_prefetch(slab.at + slab.at[slot].next)
            memory_prefetch(slab.at + slab.at[slot].prev)
