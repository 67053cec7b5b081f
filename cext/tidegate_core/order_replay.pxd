# A recorded stream of order events (created, changed, deleted), through an order book.
#
# Recorders publish what becomes of each order, not why. What can be told from it:
#
#   * An order created across the opposite touch is a taker. It does not rest: it waits, while its
#     makers' events come in, and rests with what is left as soon as it crosses nothing.
#   * A changed order with less volume has traded. So has a deleted one whose volume is 0, if the
#     file gives deleted orders the volume they had left; else one that a waiting taker crosses.
#   * A trade at the touch is an incoming order that trades with whoever is first: that should be
#     the order named. A trade elsewhere, or out of turn, reduces the order named alone.
#   * A changed order with another price or more volume goes to the end of the queue.
#   * An event that says what is so already is left out.
#   * An order that is changed but was never created is adopted with the volume it has then; if
#     it crosses the book, it waits as takers do.
#   * A taker with nothing left is gone once its makers' events have come, or it has waited too
#     long for them.
#
# A taker that has waited too long shows that the orders it crosses have gone without a message:
# they are withdrawn, a mismatch each.
from tidegate_core.book cimport OrderBook
from tidegate_core.order_ids cimport OrderIds
from tidegate_core.types cimport i32, i64

cdef enum:
    MAX_WAITING = 256          # takers at once

cdef enum Action:
    CREATED = 0
    CHANGED = 1
    DELETED = 2

cdef enum OrderFault:
    ORDER_FINE = 0
    ORDER_TWICE = 1            # created while it rests or waits
    ORDER_PAST = 2             # changed or created again after its deletion
    ORDER_SIDE = 3             # the other side than it was created on
    ORDER_VOLUME = 4           # created with nothing, or deleted with another volume than it had
    ORDER_STALE = 5            # rests where later orders have traded through
    ORDER_CROWD = 6            # more takers wait than there is room for
    ORDER_PRICE = 7            # deleted at another price than it had
    ORDER_MEMORY = 8


cdef struct OrderEvent:
    i64 time                   # in the file's unit
    i64 action
    i64 order
    i64 price                  # ticks
    i64 volume                 # lots: of a created or changed order, what it has now
    i64 side


cdef struct Waiting:           # a taker
    i64 order                  # id in the file
    i64 price
    i64 created                # lots
    i64 reported               # lots it has left by its own events
    i64 matched                # lots its makers' events have taken
    i64 since                  # time
    i32 side
    i32 owner                  # MAKER, or ADOPTED if it was there before the file


cdef struct OrderFinding:
    i64 row                    # from 0
    i64 fault


cdef struct OrderTally:
    i64[3] events              # by action
    i64 repeated               # events that say what is so already
    i64 takers                 # orders that crossed on arrival
    i64 traded                 # trades at the touch of orders created in the file
    i64 named                  # of these: the maker in the book is the order named
    i64 elsewhere              # trades of orders that were not at the touch
    i64 adopted                # unseen orders taken in
    i64 unseen                 # deleted orders that were never seen
    i64 crossed                # events after which a taker waited
    i64 mismatches


cdef class OrderReplay:
    cdef readonly OrderBook book
    cdef readonly i64 patience
    cdef readonly bint keeps_volume  # deleted orders have the volume they had left
    cdef OrderIds ids
    cdef OrderTally tally
    cdef Waiting[MAX_WAITING] waiting
    cdef i32 n_waiting
    cdef i64 rows
    cdef OrderFinding* found
    cdef i64 capacity

    cdef i32 _step(self, const OrderEvent* event) noexcept nogil
    cdef bint _repeats(self, const OrderEvent* event, i64 known, i32 slot) noexcept nogil
    cdef i32 _create(self, const OrderEvent* event, i64 known, i32 slot) noexcept nogil
    cdef i32 _rest(
        self, i64 given, i32 owner, i32 side, i64 price, i64 volume
    ) noexcept nogil
    cdef i32 _wait(self, const OrderEvent* event, i32 owner) noexcept nogil
    cdef i32 _change(self, const OrderEvent* event, i32 slot) noexcept nogil
    cdef i32 _delete(self, const OrderEvent* event, i32 slot) noexcept nogil
    cdef i32 _trade(self, i32 slot, i64 lots) noexcept nogil
    cdef i32 _report_taker(self, const OrderEvent* event) noexcept nogil
    cdef i32 _meet_unseen(self, const OrderEvent* event) noexcept nogil
    cdef i32 _taker_of(self, i32 side, i64 price) noexcept nogil
    cdef i32 _settle(self, i64 now) noexcept nogil
    cdef i32 _clear_stale(self, const Waiting* taker) noexcept nogil
    cdef bint _would_cross(self, i32 side, i64 price) noexcept nogil
    cdef bint _note(self, i32 fault) noexcept nogil
