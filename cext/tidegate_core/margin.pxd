# Orders on margin: perpetual contracts of one settlement asset, their books, what rests in them.
#
# Accounts, cash and positions are in holdings.pxd, who is due for liquidation in triggers.pxd; the
# liquidation desk (liquidation.pxd) works on a house through the C face below.
#
# An order needs the initial margin of what it opens, and the fee on that. What rests of it keeps
# its part of what it needed: `order_margin` of the order, released lot by lot as it is filled.
# Each fill changes two positions, the maker's first, at the maker's price.
#
# The resting orders of an account in a contract are chained, newest first, through notes that lie
# parallel to the book's order slots; a position with resting orders has a Working record with
# their lots by side. Reduce-only orders never flip a position: they are cut to what they can
# close when they come in, and after every event the newest of them are cancelled while all that
# rests on the closing side exceeds the position.
#
# Stop orders (stops.pxd) are sent at the end of `c_set_marks`, whether clients are listened to or
# not; while `liquidating` is off nothing is examined, stops neither.
#
# Order ids are those of a spot venue:   generation << 32 | contract << 26 | slot
#
# Functions of type i32 return a Reject, those of type i64 an order id or -Reject; then nothing has
# changed. One thread at a time.
from tidegate_core.holdings cimport Arena
from tidegate_core.stops cimport StopBook
from tidegate_core.triggers cimport TriggerHouse
from tidegate_core.types cimport Fill, i32, i64


cdef struct Working:         # 32 bytes; what rests of a position's orders
    i64[2] lots              # by side
    i32 first                # the newest, a slot of the book; in a free record the next free one
    i32 count
    i32 reducing             # how many are reduce-only
    i32 reducing_side        # of all those


cdef struct OrderNote:       # 24 bytes; parallel to the book's slots
    i64 margin               # reserved by what rests of it
    i32 next                 # older
    i32 prev                 # newer, 0: it is the newest
    i32 position
    i32 reduce_only


cdef struct MarginState:
    i64 orders               # accepted
    i64 cancels
    i64 replaces
    i64 fills
    i64 expired              # resting orders cancelled by self-trade prevention
    i64 reduced              # reduce-only orders cancelled because the position shrank
    i64 liquidations         # orders of the liquidation desk
    i64 stops                # stop orders placed
    i64 reached              # stop orders sent
    i64[32] rejects          # by Reject


cdef class MarginHouse(TriggerHouse):
    cdef list _books               # OrderBook by contract
    cdef void** books              # the same, borrowed
    cdef OrderNote** notes         # by contract, then by slot of its book
    cdef i64* note_capacity
    cdef Working* working
    cdef Arena workings
    cdef StopBook stops
    cdef Fill* log                 # fills not yet taken
    cdef i64 n_log
    cdef i64 log_capacity
    cdef MarginState state
    cdef public bint accepting            # if not, orders and cancels of clients are refused

    cdef i64 c_submit(
        self, i32 contract, i32 account, i32 side, i64 price, i64 quantity, i32 kind, i32 stp,
        bint reduce_only
    ) noexcept nogil
    cdef i32 c_cancel(self, i64 order_id) noexcept nogil
    cdef i64 c_replace(self, i64 order_id, i64 price, i64 quantity) noexcept nogil
    cdef i64 c_cancel_position(self, i32 position) noexcept nogil   # its resting orders; how many
    cdef i64 c_cancel_all(self, i32 account, i32 contract) noexcept nogil  # how many; -1: anywhere
    cdef i64 c_remaining(self, i64 order_id) noexcept nogil
    cdef i32 c_owner(self, i64 order_id) noexcept nogil             # -1 if not resting

    # A stop order, see stops.pxd: its id or -Reject. Only against a position that it would close.
    cdef i64 c_place_stop(
        self, i32 contract, i32 account, i32 side, i64 trigger, i64 quantity, bint on_last
    ) noexcept nogil
    cdef i32 c_cancel_stop(self, i64 stop) noexcept nogil

    # An order of the liquidation desk: no margin check, never rests, taker fee 0, nothing of an
    # isolated margin is released. Lots filled, or -Reject; adds to `value` the |V| of its fills.
    cdef i64 c_liquidate(
        self, i32 position, i32 side, i64 price, i64 quantity, bint limited, i64* value
    ) noexcept nogil
    # A trade outside the book, without fees, between two accounts: `quantity` signed lots for the
    # target, in liquidation mode if it is `liquidated`, then as many less for the counterparty.
    cdef i32 c_cross_trade(
        self, i32 contract, i32 target, i32 counterparty, i64 quantity, i64 price, bint liquidated
    ) noexcept nogil

    cdef i64 c_refuse(self, i64 code) noexcept nogil       # counts it, gives -code; OK is none


# Does a position stay in bounds, its orders included, if it changes by signed lots?
cdef bint fits(MarginHouse house, i32 contract, i32 account, i64 lots) noexcept nogil
