# Whether an order is let in, and what margin it needs.
#
# Checked in this order: contract, account, codes, halt, quantity, price, band; then what depends on
# the account's position there: reduce-only, bounds, leverage, margin. The venue's own accounts skip
# the last two. The bounds hold for what rests on a side by itself and with the position: so they
# still hold when the position shrinks.
#
#     opening part    all of an order that adds to the position; what goes beyond it of an order
#                     that would close it and cannot rest; all of one that can rest, for the
#                     position may be gone when it is filled; nothing of a reduce-only order
#     margin needed   initial margin of the opening part, and the higher fee on it, both rounded up,
#                     at the price of limit and mark at which they are larger; in cash where the
#                     position is isolated
#     leverage        that of the tier of what the position could become, at that price
#
# A band holds orders within a share of the mark; a market order inside a band stops at its edge.
from tidegate_core.contract cimport Contract, initial_of, notional_of
from tidegate_core.holdings cimport FIRST_CLIENT, Holdings, is_open
from tidegate_core.positions cimport POSITION_ISOLATED, Position, leverage_cap_of
from tidegate_core.types cimport (
    BUY,
    LIMIT,
    MARKET,
    OK,
    POST_ONLY,
    REJECT_ACCOUNT,
    REJECT_BAND,
    REJECT_CODE,
    REJECT_HALTED,
    REJECT_INSTRUMENT,
    REJECT_LEVERAGE,
    REJECT_MARGIN,
    REJECT_OVERFLOW,
    REJECT_PRICE,
    REJECT_QUANTITY,
    REJECT_REDUCE,
    SELL,
    STP_EXPIRE_BOTH,
    i32,
    i64,
    u32,
)
from tidegate_core.wide cimport WIDE_CEIL, WIDE_FLOOR, wide_mul_div

cdef enum:
    MILLION = 1000000
    LOG_LOTS = 40            # an order has at most 2**40 lots


cdef struct Request:         # an order that asks to be let in
    i32 contract
    i32 account
    i32 side
    i32 kind
    i32 stp
    bint reduce_only
    i64 price
    i64 quantity
    i32 position             # record of the account there, 0: none
    i64 beside               # lots of its account that rest on its side
    i64 freed                # margin of the order that it replaces
    bint silenced            # the venue does not listen to its sender
    bint ahead               # what rests of its account's orders does not count: a stop


cdef struct Admission:
    i64 quantity             # lots let in
    i64 needed               # margin


cdef inline i64 band_edge(const Contract* contract, i32 side) noexcept nogil:
    """Give the highest price at which one may buy, or the lowest at which one may sell."""
    cdef i64 edge = 0
    if side == BUY:
        if contract.band_ppm:
            wide_mul_div(contract.mark, MILLION + contract.band_ppm, MILLION, WIDE_FLOOR, &edge)
        if edge == 0 or edge > contract.max_price:
            edge = contract.max_price
    else:
        if contract.band_ppm:
            wide_mul_div(contract.mark, MILLION - contract.band_ppm, MILLION, WIDE_CEIL, &edge)
        if edge < 1:
            edge = 1
    return edge


cdef inline i32 check_form(Holdings house, const Request* request) noexcept nogil:
    """Check what does not depend on the position."""
    cdef const Contract* contract = house.contracts + request.contract
    if not 0 <= request.contract < house.n_contracts:
        return REJECT_INSTRUMENT
    if not is_open(house, request.account):
        return REJECT_ACCOUNT
    if (
        <u32> request.side > SELL
        or <u32> request.kind > POST_ONLY
        or <u32> request.stp > STP_EXPIRE_BOTH
    ):
        return REJECT_CODE
    if contract.halted or request.silenced:
        return REJECT_HALTED
    if not 1 <= request.quantity <= <i64> 1 << LOG_LOTS:
        return REJECT_QUANTITY
    if request.kind == MARKET:
        return OK if contract.mark else REJECT_PRICE
    if not 1 <= request.price <= contract.max_price:
        return REJECT_PRICE
    if contract.band_ppm and contract.mark and not (
        band_edge(contract, SELL) <= request.price <= band_edge(contract, BUY)
    ):
        return REJECT_BAND
    return OK


cdef inline i64 opening_of(const Request* request, i64 size, i64 quantity) noexcept nogil:
    """Give the lots of an order that need margin."""
    cdef i64 held = -size if size < 0 else size
    if size == 0 or (size > 0) == (request.side == BUY):
        return quantity
    if (request.kind == LIMIT or request.kind == POST_ONLY) and not request.reduce_only:
        return quantity
    return quantity - held if quantity > held else 0


cdef inline i64 dearest_of(const Contract* contract, const Request* request) noexcept nogil:
    """Give the price, of limit and mark, at which an order has the larger notional."""
    if request.kind == MARKET:
        return contract.mark
    if contract.mark == 0:
        return request.price
    if contract.inverse:
        if request.side == BUY and contract.mark < request.price:
            return contract.mark
    elif request.side == SELL and contract.mark > request.price:
        return contract.mark
    return request.price


cdef inline i64 needed_by(
    Holdings house, const Request* request, i64 leverage, i64 lots
) noexcept nogil:
    """Give the initial margin of opening lots and the highest fee on them."""
    cdef const Contract* contract = house.contracts + request.contract
    cdef i64 notional, fee = 0
    cdef i64 rate = max(contract.maker_ppm, contract.taker_ppm)
    if lots == 0:
        return 0
    notional = notional_of(contract, dearest_of(contract, request), lots)
    if rate > 0:
        wide_mul_div(notional, rate, MILLION, WIDE_CEIL, &fee)
    return initial_of(notional, leverage) + fee


cdef inline i32 admit(
    Holdings house, const Request* request, Admission* granted
) noexcept nogil:
    """Check an order against its account's position; also give what is granted."""
    cdef const Contract* contract = house.contracts + request.contract
    cdef const Position* position = house.positions + request.position
    cdef i64 size = position.size, quantity = request.quantity, after, room
    cdef i64 leverage = position.leverage if request.position else contract.max_leverage
    cdef i64 held = -size if size < 0 else size
    granted.needed = 0
    if request.reduce_only:
        room = held - request.beside
        if size == 0 or (size > 0) == (request.side == BUY) or room <= 0:
            return REJECT_REDUCE
        quantity = quantity if quantity < room else room
    granted.quantity = quantity
    room = quantity + request.beside
    after = size + room if request.side == BUY else size - room
    after = -after if after < 0 else after
    if after > house.max_lots[request.contract] or room > house.max_lots[request.contract]:
        return REJECT_OVERFLOW
    if request.account < FIRST_CLIENT:
        return OK
    if after > held:
        if leverage > leverage_cap_of(
            contract, house.accounts[request.account].multiplicity,
            notional_of(contract, dearest_of(contract, request), after)
        ):
            return REJECT_LEVERAGE
    granted.needed = needed_by(
        house, request, leverage, opening_of(request, size, quantity))
    if granted.needed:
        room = (
            house.c_spendable(request.account) if position.flags & POSITION_ISOLATED
            else house.c_available(request.account)
        )
        if granted.needed > request.freed + room:
            return REJECT_MARGIN
    return OK
