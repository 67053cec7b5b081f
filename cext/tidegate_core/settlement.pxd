# What an order may cost, and how a fill is settled.
#
# An order reserves on entry the most that it can cost: a buy its notional at the limit and the fee
# on it at the higher of the two rates, a sell its lots. Every fill is settled at the maker's price
# as it happens, and what is no longer needed is released:
#
#     reserve(price, q) = n + floor(n * max(maker, taker) / 1e6)     n = price * q * tick_value
#     fee of a fill     = n * rate / 1e6, rounded in favour of its payer (so towards zero)
#
# A sum of floors never exceeds the floor of the sum, so what is reserved always suffices. Whether
# the reservation of an order fits in int64 is checked once, when it comes in; all that happens to
# it later is smaller.
from tidegate_core.ledger cimport Cell, Ledger, cell_of
from tidegate_core.types cimport BUY, OK, REJECT_OVERFLOW, Fill, by_side, i32, i64
from tidegate_core.wide cimport (
    WIDE_CEIL,
    WIDE_FLOOR,
    Wide,
    wide_accumulate,
    wide_add,
    wide_mul,
    wide_mul_div,
)

cdef enum:
    FEE_ACCOUNT = 0          # the venue's own
    MILLION = 1000000


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


cdef inline i64 fee_of(i64 notional, i64 ppm) noexcept nogil:
    """Round the fee, or the rebate, on a notional in favour of whoever pays it."""
    cdef i64 rate = -ppm if ppm < 0 else ppm, fee = 0
    if notional < <i64> 1 << 43:                     # the product fits: the rate is below 2**20
        fee = notional * rate // MILLION
    else:
        wide_mul_div(notional, rate, MILLION, WIDE_FLOOR, &fee)      # a rate below 1e6: it fits
    return -fee if ppm < 0 else fee


cdef inline i64 notional_of(Terms* terms, i64 price, i64 quantity) noexcept nogil:
    """Multiply what `c_admit` has found to fit."""
    return price * quantity * terms.tick_value


cdef inline i64 reserve_of(Terms* terms, i64 price, i64 quantity) noexcept nogil:
    """Give what a resting buy order reserves; it fits, as `c_admit` has found."""
    cdef i64 notional = notional_of(terms, price, quantity)
    return notional if terms.free_of_fees else notional + fee_of(notional, terms.reserve_ppm)


cdef inline i32 checked_reserve(
    Terms* terms, i64 price, i64 quantity, i64* out
) noexcept nogil:
    """Give what an order may cost in quote, unless that leaves int64."""
    cdef i64 notional
    if (
        wide_mul(price, quantity, &notional)
        or wide_mul(notional, terms.tick_value, &notional)
    ):
        return REJECT_OVERFLOW
    if terms.free_of_fees:
        out[0] = notional
        return OK
    return REJECT_OVERFLOW if wide_add(notional, fee_of(notional, terms.reserve_ppm), out) else OK


cdef inline i64 order_reserve(
    Terms* terms, i32 side, i64 price, i64 quantity
) noexcept nogil:
    """Give what a resting order reserves, in quote for a buy and in base for a sell."""
    if terms.free_of_fees:
        return by_side(side, notional_of(terms, price, quantity), quantity)
    return reserve_of(terms, price, quantity) if side == BUY else quantity


cdef inline i64 asset_spent(Terms* terms, i32 side) noexcept nogil:
    """Give the asset that an order pays with, and reserves."""
    return by_side(side, terms.quote, terms.base)


cdef inline i64 affordable_lots(Terms* terms, i64 price, i64 budget) noexcept nogil:
    """Give the most lots at one price whose notional and fee are within the budget.

    n + floor(n * ppm / 1e6) <= budget for n up to ceil((budget + 1) * 1e6 / (1e6 + ppm)) - 1.
    """
    cdef i64 notional = budget
    if terms.reserve_ppm:
        budget -= budget == <i64> 0x7FFFFFFFFFFFFFFF              # room for one more below
        wide_mul_div(budget + 1, MILLION, MILLION + terms.reserve_ppm, WIDE_CEIL, &notional)
        notional -= 1
    return notional // (price * terms.tick_value)


cdef inline void reserve(Cell* cell, i64 amount) noexcept nogil:
    """Move from free to reserved, or back when the amount is negative."""
    cell.free -= amount
    cell.reserved += amount


cdef inline void settle_free(Ledger ledger, Terms* terms, const Fill* fill) noexcept nogil:
    """Settle a fill without fees: the maker's reservation is exactly what it pays."""
    cdef i64 notional = notional_of(terms, fill.price, fill.quantity)
    cdef i64 paid = by_side(fill.taker_side, notional, fill.quantity)      # by the taker
    cdef i64 got = by_side(fill.taker_side, fill.quantity, notional)
    cdef i64 spent = asset_spent(terms, fill.taker_side)
    cdef i64 bought = terms.base + terms.quote - spent
    cdef Cell* maker = cell_of(ledger, fill.maker, 0)
    cdef Cell* taker = cell_of(ledger, fill.taker, 0)
    taker[spent].free -= paid
    taker[bought].free += got
    maker[bought].reserved -= got
    maker[spent].free += paid
    wide_accumulate(&terms.volume, fill.quantity)
    wide_accumulate(&terms.notional, notional)


cdef inline void settle(Ledger ledger, Terms* terms, const Fill* fill, i64 left) noexcept nogil:
    """Settle a fill with fees; `left` is what then remains of the maker's order."""
    cdef i64 notional = notional_of(terms, fill.price, fill.quantity), released
    cdef i64 maker_fee = fee_of(notional, terms.maker_ppm)
    cdef i64 taker_fee = fee_of(notional, terms.taker_ppm)
    cdef Cell* maker = cell_of(ledger, fill.maker, 0)
    cdef Cell* taker = cell_of(ledger, fill.taker, 0)
    if fill.taker_side == BUY:
        taker[terms.quote].free -= notional + taker_fee
        taker[terms.base].free += fill.quantity
        maker[terms.base].reserved -= fill.quantity
        maker[terms.quote].free += notional - maker_fee
    else:
        taker[terms.base].free -= fill.quantity
        taker[terms.quote].free += notional - taker_fee
        # what was reserved for these lots, less what they cost, is free again
        released = reserve_of(terms, fill.price, left + fill.quantity)
        released -= reserve_of(terms, fill.price, left)
        maker[terms.quote].reserved -= released
        maker[terms.quote].free += released - notional - maker_fee
        maker[terms.base].free += fill.quantity
    cell_of(ledger, FEE_ACCOUNT, terms.quote).free += maker_fee + taker_fee
    wide_accumulate(&terms.volume, fill.quantity)
    wide_accumulate(&terms.notional, notional)
    wide_accumulate(&terms.fees, maker_fee + taker_fee)
