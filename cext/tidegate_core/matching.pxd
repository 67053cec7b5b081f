# Price-time matching of one instrument.
#
# Orders are records of a slab, queued by slot at the levels of one ladder. The book is never
# crossed, so both sides share the ladder: every level up to the best bid is a bid, every level
# from the best ask up is an ask. The touch is cached.
#
# An order matches against the best opposite level, first come first served, at the maker's price.
# What an accepted order could need (a slot, a level, room for its fills) is reserved before
# anything changes; so an order is refused whole or carried out whole, and the state is the same
# after a refusal, lack of memory included.
#
# Functions that return i64 give an order id (> 0) or -Reject; i32 ones give a Reject or a code.
# One thread at a time may use a book.
from tidegate_core.ladder cimport Ladder
from tidegate_core.slab cimport Slab
from tidegate_core.types cimport (
    POST_ONLY,
    REJECT_ACCOUNT,
    REJECT_CODE,
    SELL,
    STP_EXPIRE_BOTH,
    Fill,
    i32,
    i64,
    u64,
)

cdef enum:
    # The flags of an order's tag. They stay with the order, so that a replacement keeps them.
    FLAG_SELL = 1
    FLAG_STP_SHIFT = 1         # two bits: SelfTrade
    FLAG_POST_ONLY = 8

cdef struct Expired:           # 40 bytes; a resting order cancelled by self-trade prevention
    i64 order                  # its id, stale now
    i64 price
    i64 quantity               # lots it had left
    i64 taker_order            # the order that met it
    i32 owner
    i32 side


cdef struct Columns:           # one batch; NULL: the column was left out
    const i64* op
    const i64* side
    const i64* price
    const i64* quantity
    const i64* owner
    const i64* kind
    const i64* stp
    const i64* order_id
    i64* result
    i64 rows                   # `order_id` is there whenever `op` is


cdef struct Survey:            # what an order would meet, were it submitted now
    i64 fillable               # lots, up to its quantity
    i64 fills
    i64 expired                # own resting orders it would cancel
    bint blocked               # an own order stops it before it is filled


cdef class MatchingBook:
    cdef Slab slab
    cdef Ladder ladder
    cdef i64[2] best           # best price by side, where there is one
    cdef i64[2] resting        # resting orders by side
    cdef Fill* fills           # since the last clear
    cdef i64 n_fills
    cdef i64 fills_capacity
    cdef Expired* expired      # since the last clear
    cdef i64 n_expired
    cdef i64 expired_capacity
    cdef i64 sequence          # fills ever: the number of the next one
    cdef public i64 time              # clock value stamped on fills, set by the caller
    cdef public i32 instrument        # index stamped on fills, set by the caller
    cdef readonly i64 last_filled     # lots the last accepted order traded at once
    cdef readonly i64 last_remaining  # lots it left resting, or that were dropped

    cdef i64 c_submit(
        self, i32 owner, i32 side, i64 price, i64 quantity, i32 kind, i32 stp
    ) noexcept nogil
    cdef i32 c_cancel(self, i64 order_id) noexcept nogil
    cdef i64 c_replace(self, i64 order_id, i64 price, i64 quantity) noexcept nogil
    cdef void c_submit_many(self, const Columns* columns) noexcept nogil

    # Of a resting order: 0 lots, or -1 as side or owner, or price 0, if it is not resting.
    cdef i64 c_remaining(self, i64 order_id) noexcept nogil
    cdef i32 c_side(self, i64 order_id) noexcept nogil
    cdef i32 c_owner(self, i64 order_id) noexcept nogil
    cdef i64 c_price(self, i64 order_id) noexcept nogil

    cdef i64 c_len(self) noexcept nogil
    cdef bint c_has(self, i32 side) noexcept nogil
    cdef i64 c_best(self, i32 side) noexcept nogil       # ask c_has first
    # Next level of a side away from the touch, beyond a price; false if there is none.
    cdef bint c_next_price(self, i32 side, i64 price, i64* out) noexcept nogil
    cdef i64 c_level_quantity(self, i64 price) noexcept nogil
    cdef void c_clear_fills(self) noexcept nogil         # and the expired
    # Make room for more fills and expired; false, and nothing changed, without memory.
    cdef bint c_reserve(self, i64 fills, i64 expired) noexcept nogil
    # What a submit would meet; exact, self-trade prevention included.
    cdef Survey c_survey(
        self, i32 owner, i32 side, bint limited, i64 price, i64 quantity, i32 stp
    ) noexcept nogil


# What the methods do, for callers in a hurry: reached in one jump. The slot must be in use.
cdef i64 book_submit(
    MatchingBook book, i32 owner, i32 side, i64 price, i64 quantity, i32 kind, i32 stp
) noexcept nogil
cdef void book_withdraw(MatchingBook book, i32 slot) noexcept nogil


cdef inline i64 submit_wide(
    MatchingBook book, i64 owner, i64 side, i64 price, i64 quantity, i64 kind, i64 stp
) noexcept nogil:
    """Submit an order whose codes have not been narrowed yet."""
    if <u64>side > SELL or <u64>kind > POST_ONLY or <u64>stp > STP_EXPIRE_BOTH:
        return -REJECT_CODE
    if owner != <i32>owner:
        return -REJECT_ACCOUNT
    return book_submit(book, <i32>owner, <i32>side, price, quantity, <i32>kind, <i32>stp)
