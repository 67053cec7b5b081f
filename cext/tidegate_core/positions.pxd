# A position on margin, and what a trade does to it.
#
# Entry is a signed cost, the sum of the values at which its lots were traded, and no average
# price: so nothing is rounded away. What closing releases of it is its part of the lots, towards
# zero; the rest stays with the lots that remain. A trade of dv = V(P, dq) changes the cash of its
# account and of CLEARING, its entry and its isolated margin so that
#
#     d CLEARING = d margin - d entry + dv
#
# and since dv of the two sides sum to 0, CLEARING always equals all margins less all entries.
from libc.stdint cimport uint16_t

from tidegate_core.contract cimport (
    Contract,
    initial_of,
    liquidation_price,
    maintenance_of,
    tier_among,
    value_of,
)
from tidegate_core.types cimport i32, i64, u8, u32
from tidegate_core.wide cimport WIDE_TRUNC, wide_mul_div

cdef enum PositionFlag:
    POSITION_ISOLATED = 1
    POSITION_ARMED = 2       # rests in a trigger ladder
    POSITION_QUEUED = 4      # isolated and due: waits for the liquidation desk
    POSITION_LIVE = 8        # the slot is in use
    POSITION_SHORT = 16      # armed, in the ladder of shorts


cdef struct Position:        # 64 bytes: one cache line
    i64 size                 # lots, long > 0
    i64 entry                # signed cost, micro-units
    i64 margin               # isolated margin, micro-units; 0 when cross
    i64 trigger              # ticks: where it rests while armed
    i32 account
    i32 sibling              # next record of the account; in a free slot the next free one
    i32 next                 # queue at its trigger
    i32 prev
    i32 orders               # its Working record, 0: none of its orders rests
    i32 stops                # its first stop order, 0: none
    u32 multiplicity         # of its account
    uint16_t leverage
    u8 contract              # MAX_CONTRACTS + asset: a holding of collateral, which has no size
    u8 flags


cdef inline i64 share_of(i64 amount, i64 part, i64 whole) noexcept nogil:
    """Give amount * part / whole towards zero, for 0 <= part <= whole."""
    cdef i64 out = 0
    wide_mul_div(amount, part, whole, WIDE_TRUNC, &out)
    return out


# ---- value ------------------------------------------------------------------------------------
# Without a mark a position is no exposure: neither profit nor loss, and no margin to be kept.

cdef inline i64 pnl_of(const Contract* contract, const Position* position) noexcept nogil:
    """Unrealised profit at the mark."""
    if contract.mark == 0 or position.size == 0:
        return 0
    return value_of(contract, contract.mark, position.size) - position.entry


cdef inline i64 exposure_of(const Contract* contract, const Position* position) noexcept nogil:
    """Notional at the mark."""
    cdef i64 value
    if contract.mark == 0:
        return 0
    value = value_of(contract, contract.mark, position.size)
    return -value if value < 0 else value


cdef inline i64 required_of(
    const Contract* contract, const Position* position, i64 notional
) noexcept nogil:
    """Maintenance margin of a position at a notional."""
    return maintenance_of(contract, notional, position.multiplicity)


cdef inline i64 leverage_cap_of(
    const Contract* contract, i64 multiplicity, i64 notional
) noexcept nogil:
    """Highest leverage that the tier of a notional allows."""
    return contract.leverage[tier_among(contract, notional, multiplicity)]


cdef inline bint trigger_of(
    const Contract* contract, const Position* position, i64 entry, i64 cushion, i64* out
) noexcept nogil:
    """Find the last price at which cushion + V - entry <= maintenance; false if there is none."""
    return liquidation_price(
        contract, position.size, entry, cushion, position.multiplicity, out)


# ---- trades -----------------------------------------------------------------------------------

cdef inline void close_lots(
    Position* position, i64 lots, i64 value, bint keep, i64* cash, i64* clearing
) noexcept nogil:
    """Close signed lots of a position for their signed value.

    An isolated position lets its share of the margin go with what was earned or lost; a loss
    beyond that share stays in its margin. With `keep`, in liquidation, it lets nothing go.
    """
    cdef i64 before = -position.size if position.size < 0 else position.size
    cdef i64 closed = -lots if lots < 0 else lots
    cdef bint whole = closed == before
    cdef i64 released = position.entry if whole else share_of(position.entry, closed, before)
    cdef i64 out = -value - released, share = 0
    position.entry -= released
    position.size += lots
    if position.flags & POSITION_ISOLATED:
        if keep:
            position.margin += out
            return
        if whole:
            share = position.margin
        elif position.margin > 0:
            share = share_of(position.margin, closed, before)
        out += share
        position.margin -= share
        if out < 0:
            position.margin += out
            return
    cash[0] += out
    clearing[0] -= out


cdef inline void move_margin(
    Position* position, i64 amount, i64* cash, i64* clearing
) noexcept nogil:
    """Move cash into the margin of an isolated position, or out of it."""
    cash[0] -= amount
    clearing[0] += amount
    position.margin += amount


cdef inline void open_lots(
    Position* position, i64 lots, i64 value, i64* cash, i64* clearing
) noexcept nogil:
    """Add signed lots at their signed value; an isolated position takes what margin there is."""
    cdef i64 margin
    position.entry += value
    position.size += lots
    if position.flags & POSITION_ISOLATED and cash[0] > 0:
        margin = initial_of(-value if value < 0 else value, position.leverage)
        move_margin(position, margin if margin < cash[0] else cash[0], cash, clearing)


cdef inline void charge(
    Position* position, i64 fee, i64* cash, i64* clearing, i64* venue
) noexcept nogil:
    """Pay a fee to the venue, out of the margin where free cash does not suffice.

    A rebate goes to free cash.
    """
    cdef i64 lacking
    if fee > 0 and cash[0] < fee and position.flags & POSITION_ISOLATED:
        lacking = fee - cash[0] if cash[0] > 0 else fee
        move_margin(position, -lacking, cash, clearing)
    cash[0] -= fee
    venue[0] += fee


cdef inline void trade_lots(
    const Contract* contract, Position* position, i64 price, i64 lots, bint keep,
    i64* cash, i64* clearing
) noexcept nogil:
    """Trade signed lots at a price: close what they close, open with the rest."""
    cdef i64 value = value_of(contract, price, lots), closing = 0, closing_value = 0
    cdef i64 size = position.size
    if lots > 0 > size:
        closing = lots if lots <= -size else -size
    elif lots < 0 < size:
        closing = lots if -lots <= size else -size
    if closing:
        closing_value = value if closing == lots else value_of(contract, price, closing)
        close_lots(position, closing, closing_value, keep, cash, clearing)
    if closing != lots:
        open_lots(position, lots - closing, value - closing_value, cash, clearing)
