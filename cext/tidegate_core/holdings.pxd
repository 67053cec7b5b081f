# Who holds what on margin: accounts, their cash and collateral, their positions.
#
# Positions are 64-byte records of an arena, named by slot; slot 0 is never used. The records of an
# account are chained. An account that has collateral has a record for each asset of it too, without
# a size, so that its trigger rests in a ladder as a position's does; whoever walks a chain skips
# records without a size.
#
# Cash lives in the cells of a ledger (`free` alone; `reserved` stays 0). PnL moves between an
# account and CLEARING, so at all times
#
#     cells of an asset   sum to what was deposited less what was withdrawn
#     CLEARING            = isolated margins - entries, over all positions
#     sizes               sum to 0 in every contract
#
# An account stands for `multiplicity` equal real ones; its cash and positions are those of all of
# them together. It matters only where a rule looks at the size of one account: in its tiers.
#
# Whatever changes an account's equity otherwise than by a price makes it dirty (`c_touch`): its
# triggers are out of date. Nothing here looks at triggers.
from libc.stdint cimport uint16_t

from tidegate_core.contract cimport Contract
from tidegate_core.ledger cimport Cell, Ledger, cell_of
from tidegate_core.positions cimport POSITION_ISOLATED, Position
from tidegate_core.types cimport i32, i64, u32

cdef enum:
    VENUE = 0                # the venue's own money: fees; bears what nobody else can
    CLEARING = 1             # where realised PnL comes from and goes to; it does not trade
    FUND = 2                 # insurance fund
    VAULT = 3                # backstop vault
    DUST = 4                 # residues of rounding
    FIRST_CLIENT = 5
    MAX_CONTRACTS = 32
    MAX_COLLATERALS = 7
    MAX_MULTIPLICITY = 1 << 24

cdef enum AccountFlag:
    ACCOUNT_DIRTY = 1        # its triggers are out of date
    ACCOUNT_QUEUED = 2       # cross and due


cdef struct Account:         # 32 bytes
    i64 order_margin         # promised to resting orders, micro-units
    i64 isolated_margin      # of that, to those of isolated positions: to be had in cash
    i32 first                # its first record, 0: none
    uint16_t records         # how many, one a contract or asset at most
    uint16_t cross           # cross positions with a size
    u32 flags
    u32 multiplicity


cdef struct Standing:        # of the cross positions of an account, at the marks
    i64 equity
    i64 maintenance
    i64 initial
    bint exposed             # one of them has a size and a mark


cdef struct Shortfall:       # of an isolated position closed by a trade of its own
    i64 time
    i64 amount
    i64 from_fund            # paid by FUND; the rest by VENUE
    i32 account
    i32 contract


cdef struct Arena:           # free list of slots
    i32 used                 # slots ever used, slot 0 included
    i32 free                 # first free one, 0: none
    i32 live
    i32 capacity


cdef class Holdings:
    cdef tuple _contracts
    cdef tuple _collateral
    cdef Contract* contracts       # terms, mark, last price by contract
    cdef i64* max_lots             # most lots of a position and all its orders, by contract
    cdef i64* long_lots            # held long, house accounts included, by contract
    cdef i32 n_contracts
    cdef i32 n_assets
    cdef Ledger ledger
    cdef Position* positions
    cdef Arena records
    cdef Account* accounts
    cdef i64 n_accounts
    cdef i64 account_capacity
    cdef i64* collateral_price     # by asset, micro-units per 1e6 of it; 0: no price yet
    cdef i64* counted_ppm          # by asset: what the haircut leaves
    cdef i32* dirty                # accounts, in order of becoming so
    cdef i64 n_dirty
    cdef Shortfall* shortfalls     # not yet taken
    cdef i64 n_shortfalls
    cdef i64 shortfall_capacity
    cdef i64 clock                 # stamped on fills

    cdef i64 c_add_accounts(self, i64 count, i64 multiplicity) noexcept nogil  # first, or -Reject
    cdef i32 c_position(self, i32 account, i32 contract) noexcept nogil        # slot, 0: none
    cdef bint c_room(self, i64 count) noexcept nogil       # for more records; false: no memory
    cdef i32 c_record(self, i32 account, i32 contract) noexcept nogil  # made if need be; has room
    cdef void c_give(self, i32 slot) noexcept nogil        # out of the chain, back to the arena
    cdef void c_release(self, i32 slot) noexcept nogil     # gives it, if it says nothing any more

    cdef Standing c_standing(self, i32 account) noexcept nogil
    cdef i64 c_equity(self, i32 account) noexcept nogil                    # cross
    cdef i64 c_maintenance(self, i32 account) noexcept nogil               # cross
    cdef i64 c_available(self, i32 account) noexcept nogil
    cdef i64 c_spendable(self, i32 account) noexcept nogil                 # of that, in cash
    cdef i64 c_position_equity(self, i32 position) noexcept nogil          # isolated
    cdef i64 c_position_maintenance(self, i32 position) noexcept nogil
    cdef i64 c_collateral_value(self, i32 asset, i64 amount) noexcept nogil

    # A trade and its fee; with `liquidated` an isolated position keeps its margin, if any is left.
    cdef void c_trade(
        self, i32 slot, i64 price, i64 lots, i64 fee, bint liquidated
    ) noexcept nogil
    # A position comes with a size and an entry, or changes by as much.
    cdef void c_put(self, i32 slot, i64 lots, i64 entry) noexcept nogil
    cdef bint c_shortfall_room(self, i64 count) noexcept nogil
    # Between any two cells of an asset; no checks: the desk moves what it has counted.
    cdef void c_pay(self, i32 asset, i32 source, i32 target, i64 amount) noexcept nogil
    # From an account's free cash into the margin of an isolated position (CLEARING follows).
    cdef void c_move_margin(self, i32 position, i64 amount) noexcept nogil
    cdef void c_touch(self, i32 account) noexcept nogil                    # make it dirty
    cdef i32 c_fund(self, i32 contract, i64 rate_ppb) noexcept nogil

    cdef i32 c_deposit(self, i32 account, i32 asset, i64 amount) noexcept nogil
    cdef i32 c_withdraw(self, i32 account, i32 asset, i64 amount) noexcept nogil
    cdef i32 c_add_margin(self, i32 account, i32 contract, i64 amount) noexcept nogil
    # Leverage and mode of a position may change while it has no size and no orders, and does not
    # wait for the desk.
    cdef i32 c_set_leverage(
        self, i32 contract, i32 account, i64 leverage, bint isolated
    ) noexcept nogil


# Cash of an account and what counts of its collateral.
cdef i64 reserves_of(Holdings house, i32 account) noexcept nogil
cdef void* enlarged(void* old, i64 used, i64 capacity, size_t size) noexcept nogil
cdef i64 arena_room(const Arena* arena, i64 count) noexcept nogil   # capacity that it takes


cdef inline i32 arena_take(Arena* arena, i32 next_free) noexcept nogil:
    """Hand out a slot; `next_free` is what the first free one (slot 0 if none) links to."""
    cdef i32 slot = arena.free
    if slot:
        arena.free = next_free
    else:
        slot = arena.used
        arena.used += 1
    arena.live += 1
    return slot


cdef inline i64* cash_of(Holdings house, i64 account) noexcept nogil:
    """Address the free cash of an account that exists."""
    return &cell_of(house.ledger, account, 0).free


cdef inline void reserve_margin(
    Holdings house, const Position* position, i64 margin
) noexcept nogil:
    """Promise margin to an order of a position, or take some of the promise back."""
    cdef Account* row = house.accounts + position.account
    row.order_margin += margin
    if position.flags & POSITION_ISOLATED:
        row.isolated_margin += margin


cdef inline bint is_open(Holdings house, i64 account) noexcept nogil:
    """Tell whether an account may trade and be paid: one that exists; CLEARING mirrors the others.

    If it traded, it would be on both sides of its own identity.
    """
    return 0 <= account < house.n_accounts and account != CLEARING


cdef inline bint is_holding(const Position* position) noexcept nogil:
    """Tell whether a record is one of collateral."""
    return position.contract >= MAX_CONTRACTS
