# What a perpetual contract is worth, and what margin it needs.
#
# One signed value serves both kinds: V(P, q) of q lots at price P rises with P for a long.
#
#     linear    V = P q tick_value
#     inverse   V = -sign(q) floor(|q| C / P)     a lot is a fixed sum, worth C / P micro-coins
#
#     unrealised PnL  = V(mark, size) - entry
#     notional      N = |V|
#     maintenance     = ceil(N mmr_k) - cum_k     in tier k, the first with N <= cap_k
#     initial         = ceil(N / leverage)
#
# cum_k makes maintenance continuous where tiers meet; since the rates rise it is convex, so it is
# also the largest of all tiers' lines. A position that m equal accounts have together is in the
# tier of one of them, and has m times its cum: the same table, m times as wide.
#
# `max_lots` of the house bounds |q| so that no value leaves 2**57 at any allowed price; nothing
# here needs an overflow check. Entry is of that size too, and entry less cushion stays within
# int64.
#
# The prices of liquidation and bankruptcy are found by way of the notional, without a search: a
# position is due, or solvent, up to or from some whole notional, and that gives the tick.
from tidegate_core.types cimport i32, i64
from tidegate_core.wide cimport WIDE_CEIL, WIDE_FLOOR, Wide, wide_mul_div

cdef enum:
    MAX_TIERS = 16
    PPM = 1000000

cdef extern from *:
    """
    #define CONTRACT_NARROW ((int64_t)1 << 43)
    #define CONTRACT_LARGE ((int64_t)1 << 60)
    """
    const i64 NARROW "CONTRACT_NARROW"    # times PPM it fits in int64
    const i64 LARGE "CONTRACT_LARGE"      # more than any notional, and than any cap


cdef struct Contract:
    i64 unit                   # linear: tick_value; inverse: C
    i64 mark                   # ticks, 0 before the first
    i64 last_price             # of the last trade, 0 before the first
    i64 max_price
    i64 maker_ppm
    i64 taker_ppm
    i64 band_ppm               # 0: none
    i32 inverse
    i32 halted
    i32 n_tiers
    i32 max_leverage           # of the first tier
    i64[MAX_TIERS] cap
    i64[MAX_TIERS] maintenance_ppm
    i64[MAX_TIERS] cum
    i64[MAX_TIERS] leverage
    Wide volume                # lots traded
    Wide notional              # micro-units traded
    Wide fees                  # micro-units kept by the venue


cdef int load_contract(Contract* contract, object perpetual) except -1   # the terms; all else 0
# A Python argument as int64, or a TypeError or ValueError that names it and what is allowed.
cdef i64 whole_between(str name, object value, object low, object high) except? -1


# ---- value and margin -------------------------------------------------------------------------

cdef inline i64 value_of(const Contract* contract, i64 price, i64 size) noexcept nogil:
    """Value `size` signed lots at a price, in micro-units; it rises with the price for a long."""
    if not contract.inverse:
        return price * size * contract.unit
    if size < 0:
        return -size * contract.unit // price
    return -(size * contract.unit // price)


cdef inline i64 notional_of(const Contract* contract, i64 price, i64 size) noexcept nogil:
    """Give the size of the value, in micro-units."""
    cdef i64 value = value_of(contract, price, size)
    return -value if value < 0 else value


cdef inline i32 tier_of(const Contract* contract, i64 notional) noexcept nogil:
    """Find the first tier whose cap the notional does not exceed, else the last."""
    cdef i32 tier = 0, last = contract.n_tiers - 1
    while tier < last and notional > contract.cap[tier]:
        tier += 1
    return tier


cdef inline i64 in_ppm(i64 amount, i64 ppm, i64 of_ppm, int rounding) noexcept nogil:
    """Give amount * ppm / of_ppm, or LARGE past int64; nothing is negative, ppm is at most PPM."""
    cdef i64 out = LARGE
    if amount < NARROW:
        out = amount * ppm
        return (out + of_ppm - 1 if rounding == WIDE_CEIL else out) // of_ppm
    wide_mul_div(amount, ppm, of_ppm, rounding, &out)
    return out


cdef inline i32 tier_among(const Contract* contract, i64 notional, i64 m) noexcept nogil:
    """Find the tier of each of m equal accounts that have a notional together."""
    return tier_of(contract, notional if m == 1 else (notional + m - 1) // m)


cdef inline i64 maintenance_of(const Contract* contract, i64 notional, i64 m) noexcept nogil:
    """Maintenance margin on a notional of m equal accounts together, rounded up."""
    cdef i32 tier = tier_among(contract, notional, m)
    return in_ppm(notional, contract.maintenance_ppm[tier], PPM, WIDE_CEIL) - m * contract.cum[tier]


cdef inline i64 initial_of(i64 notional, i64 leverage) noexcept nogil:
    """Initial margin on a notional, rounded up."""
    return (notional + leverage - 1) // leverage


# ---- from equity to notional ------------------------------------------------------------------
#
# With its value rising with N (linear long, inverse short) a position is due while, in some tier's
# line, floor(N (1 - mmr_k)) + cum_k <= debt: up to the largest of the lines' own bounds. With its
# value falling (linear short, inverse long) it is due while, in some line, ceil(N (1 + mmr_k)) -
# cum_k >= credit: from the smallest of the lines' bounds.
#
# Any line's bound lies on the near side of the answer, and the line that holds there (or one step
# further) has one that is no worse. So the bounds only improve until a line is its own successor,
# and then nothing further is due. Lines agree exactly at a cap, since caps are whole units. The
# first line is that of a notional on the near side too; it is mostly the last.

cdef inline i64 due_up_to(const Contract* contract, i64 debt, i64 m) noexcept nogil:
    """Give the largest notional N with N - maintenance <= debt, or LARGE; -1 if there is none."""
    cdef i64 bound
    cdef i32 tier, beyond
    if debt < 0:
        return -1
    if debt >= LARGE:
        return LARGE
    beyond = tier_among(contract, debt, m)
    while True:
        tier = beyond
        bound = in_ppm(
            debt - m * contract.cum[tier] + 1, PPM, PPM - contract.maintenance_ppm[tier], WIDE_CEIL
        ) - 1
        beyond = tier_among(contract, bound + 1, m)
        if beyond == tier:
            return bound


cdef inline i64 due_from(const Contract* contract, i64 credit, i64 m) noexcept nogil:
    """Give the smallest notional N with N + maintenance >= credit, or LARGE."""
    cdef i64 bound
    cdef i32 tier, there
    if credit <= 0:
        return 0
    if credit >= LARGE:
        return LARGE
    there = tier_among(contract, credit, m)
    while True:
        tier = there
        bound = in_ppm(
            credit + m * contract.cum[tier] - 1, PPM, PPM + contract.maintenance_ppm[tier],
            WIDE_FLOOR
        ) + 1
        there = tier_among(contract, bound, m)
        if there == tier:
            return bound


# ---- from notional to price -------------------------------------------------------------------

cdef inline bint price_at_most(
    const Contract* contract, i64 size, i64 notional, i64* out
) noexcept nogil:
    """Find the last price before the notional exceeds a bound; false if it always does."""
    cdef i64 scale = (-size if size < 0 else size) * contract.unit
    if notional < 0:
        return False
    if contract.inverse:
        out[0] = scale // (notional + 1) + 1
        return out[0] <= contract.max_price
    notional = notional // scale
    out[0] = notional if notional < contract.max_price else contract.max_price
    return out[0] >= 1


cdef inline bint price_at_least(
    const Contract* contract, i64 size, i64 notional, i64* out
) noexcept nogil:
    """Find the last price before the notional falls short of a bound; false if it always does."""
    cdef i64 scale = (-size if size < 0 else size) * contract.unit
    if contract.inverse:
        notional = scale // notional if notional > 0 else contract.max_price
        out[0] = notional if notional < contract.max_price else contract.max_price
        return out[0] >= 1
    out[0] = (notional - 1) // scale + 1 if notional > 0 else 1
    return out[0] <= contract.max_price


cdef inline bint liquidation_price(
    const Contract* contract, i64 size, i64 entry, i64 cushion, i64 m, i64* out
) noexcept nogil:
    """Find the last price at which cushion + V - entry <= maintenance.

    A long is due from there down, a short from there up. False, and nothing promised of `out`, if
    there is no such price in 1 .. max_price.
    """
    if (size > 0) == (contract.inverse == 0):
        return price_at_most(contract, size, due_up_to(contract, entry - cushion, m), out)
    return price_at_least(contract, size, due_from(contract, cushion - entry, m), out)


cdef inline bint bankruptcy_price(
    const Contract* contract, i64 size, i64 entry, i64 cushion, i64* out
) noexcept nogil:
    """Find the worst price at which cushion + V - entry >= 0.

    A long is solvent from there up, a short from there down. False, and nothing promised of `out`,
    if there is no such price in 1 .. max_price.
    """
    if (size > 0) == (contract.inverse == 0):
        return price_at_least(contract, size, entry - cushion, out)
    return price_at_most(contract, size, cushion - entry, out)


cdef class ContractMath:
    # The formulas by themselves, for looking at them from Python.
    cdef Contract contract
    cdef object _perpetual

    cdef i64 _price(self, price) except? -1
    cdef i64 _size(self, size) except? -1
