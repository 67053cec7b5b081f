# A recorded day in LOBSTER's format, event by event, through an order book.
#
# A row of the day's book shows the best levels of each side after an event. A side that shows as
# many levels as the file has is a window: its last price is the bound, and what lies beyond is
# unknown. A side that shows fewer is known to its end.
#
# Orders are of three kinds of owner. Those submitted in the file are known by id. Those that were
# there before are anonymous, one order a level: from the first row, or when a level comes into the
# window. An anonymous order was there before any known one at its price: it is the queue's head.
#
# After every event the book is held against the row, level by level:
#
#   * a level of the book beyond the last one shown has left the window: it is withdrawn;
#   * a level shown beyond the bound, where the book has none, has come into it: it is adopted;
#   * everything else must be equal.
#
# After a mismatch the levels that differ are taken from the row, unless the next row agrees with
# the book: then it was the row that was wrong.
from tidegate_core.book cimport OrderBook
from tidegate_core.order_ids cimport OrderIds
from tidegate_core.types cimport i32, i64

cdef enum:
    N_TYPES = 8

cdef enum MessageType:
    NEW = 1
    CANCEL = 2                 # of a part
    DELETE = 3
    EXECUTE = 4
    EXECUTE_HIDDEN = 5
    CROSS = 6
    HALT = 7

cdef enum Owner:
    ANONYMOUS = 0
    KNOWN = 1
    TAKER = 2

cdef enum Fault:
    NO_FAULT = 0
    FAULT_LEVEL = 1            # a level of the row is not what the book holds
    FAULT_NO_ORDER = 2         # the order is gone; or unseen, and too little there is anonymous
    FAULT_ORDER = 3            # the order named has another price, side or size
    FAULT_REFUSED = 4          # the book refuses the order: it crosses, or has no size
    FAULT_UNSHOWN = 5          # the first row does not show the order that its message leaves
    FAULT_MEMORY = 6


cdef struct Event:
    i64 time                   # nanoseconds
    i64 kind                   # MessageType
    i64 order
    i64 size
    i64 price
    i64 direction              # 1: the order named buys, -1: it sells


cdef struct Mismatch:
    i64 row                    # from 0
    i64 fault
    i64 side                   # of the first level that differs, -1: none does
    i64 level                  # from 0
    i64 shown_price            # in the row; size 0: no level
    i64 shown_size
    i64 held_price             # in the book; size 0: no level
    i64 held_size


cdef struct Tally:
    i64[N_TYPES] messages      # by type
    i64 adopted                # levels that came into the window without a message
    i64 forgotten              # levels that left it
    i64 known                  # visible executions of known orders
    i64 named                  # of these: the maker of the trade is the order named
    i64 unseen                 # visible executions of unseen orders
    i64 outside                # cancellations beyond the window
    i64 crossed                # rows with bid >= ask during a halt, which no book can hold
    i64 mismatches


cdef class LobsterReplay:
    cdef readonly OrderBook book
    cdef readonly i64 levels   # of each side of a row
    cdef readonly i64 tick     # what a tick of the book is in the file's prices
    cdef i64 odd               # a price that is no multiple of it, 0: none so far
    cdef OrderIds ids
    cdef Tally tally
    cdef Mismatch* found
    cdef i64 capacity
    cdef i64 events
    cdef bint halted
    cdef bint lost             # the last row was crossed, the book is empty
    cdef bint[2] windowed      # by side: the last row showed as many levels as there can be
    cdef i64[2] bound          # its last price, in ticks

    cdef i32 _apply(self, const Event* event) noexcept nogil
    cdef i32 _add(self, const Event* event, i32 side) noexcept nogil
    cdef i32 _change_known(self, const Event* event, i32 side, i32 slot) noexcept nogil
    cdef i32 _change_unseen(self, const Event* event, i32 side) noexcept nogil
    cdef i32 _reduce(self, const Event* event, i32 side, i32 slot) noexcept nogil
    cdef i32 _trade(self, const Event* event, i32 side, i64 name, bint known) noexcept nogil
    cdef i64 _hold_side(self, i32 side, const i64* row, Mismatch* first) noexcept nogil
    cdef bint _adopt(self, i32 side, const i64* cell, i64* price) noexcept nogil
    cdef bint _next_agrees(
        self, const Mismatch* at, const Event* event, const i64* row
    ) noexcept nogil
    cdef void _take_over(self, const i64* row) noexcept nogil
    cdef void _withdraw_unlike(self, i32 side, const i64* row) noexcept nogil
    cdef void _withdraw_level(self, i64 price) noexcept nogil
    cdef void _withdraw_side(self, i32 side) noexcept nogil
    cdef i32 _seed(self, const Event* event, const i64* row) noexcept nogil
    cdef i32 _seed_outside(self, const Event* event, i32 side) noexcept nogil
    cdef bint _would_trade(self, i32 side, i64 price) noexcept nogil
    cdef bint _stay_lost(self, const i64* row) noexcept nogil
    cdef bint _in_ticks(self, i64 price, i64* ticks) noexcept nogil
    cdef i32 _judge(self, i32 fault, const i64* row, const Event* following) noexcept nogil
    cdef bint _note(self, const Mismatch* mismatch) noexcept nogil
    cdef i32 _step(
        self, const Event* event, const i64* row, const Event* following
    ) noexcept nogil
