# Places: every book in which a coin trades, spot or perpetual, behind one face for desks.
#
# A place is one book of one house: an instrument of a venue's Engine, or a contract of a
# MarginEngine. The functions below submit, cancel and look without the GIL and without caring
# which; prices are in ticks and quantities in lots of the place, and `Place` says what these are
# in USD and coins.
#
# Places holds the houses and no state of its own: what is known of a market is in its book. Desks
# are handed the Places with every call and hold none, so a deep copy or a pickle of a model, whose
# houses and Places travel in one memo, comes out wired to its own houses.
#
# One thread at a time.
from tidegate_core.book cimport OrderBook
from tidegate_core.clearing cimport ClearingHouse, book_id
from tidegate_core.contract cimport PPM, Contract
from tidegate_core.draws cimport fixed_exp, fixed_log
from tidegate_core.holdings cimport FIRST_CLIENT
from tidegate_core.ledger cimport Cell, cell_of
from tidegate_core.margin cimport MarginHouse
from tidegate_core.settlement cimport Terms, affordable_lots
from tidegate_core.types cimport BUY, IOC, SELL, STP_NONE, i32, i64
from tidegate_core.wide cimport WIDE_CEIL, WIDE_FLOOR, wide_mul_div

cdef extern from *:
    """
    #define PLACES_MOST_LOTS ((int64_t)1 << 40)
    #define PLACES_MOST_TICKS ((int64_t)1 << 62)
    """
    const i64 MOST_LOTS "PLACES_MOST_LOTS"    # what a margin house takes in one order
    const i64 MOST_TICKS "PLACES_MOST_TICKS"

cdef enum Market:
    SPOT = 0
    PERP = 1


cdef struct Place:
    void* house              # borrowed: a ClearingHouse (SPOT) or a MarginHouse (PERP)
    i32 market
    i32 instrument           # or contract
    i32 coin
    i32 venue
    double tick              # USD per coin
    double lot               # coins
    double unit              # USD per tick and lot


cdef class Places:
    cdef Place* at
    cdef readonly i32 n
    cdef readonly i32 coins
    cdef readonly i32 venues
    cdef tuple _listing      # what it was made of

    cdef int c_need(self, i32 n) except -1           # made for another number of places?
    cdef int c_need_accounts(self, const i32* accounts) except -1    # one a place


cdef int place_need_account(const Place* place, i32 k, i32 account) except -1    # does it exist?


# A column of n finite numbers from low to high, without a copy where it is one already.
cdef const double[::1] read_numbers(str name, values, i64 n, double low, double high)


# ---- the book ---------------------------------------------------------------------------------

cdef inline void* place_book(const Place* place) noexcept nogil:
    """Borrow the OrderBook of a place."""
    if place.market == SPOT:
        return (<ClearingHouse> place.house).books[place.instrument]
    return (<MarginHouse> place.house).books[place.instrument]


cdef inline bint place_best(const Place* place, i32 side, i64* out) noexcept nogil:
    """Find the best price of a side; false if nothing rests there."""
    cdef void* book = place_book(place)
    if not (<OrderBook> book).resting[side]:
        return False
    out[0] = (<OrderBook> book).best[side]
    return True


cdef inline i64 place_last(const Place* place) noexcept nogil:
    """Give the price of the last trade, 0 before the first."""
    if place.market == SPOT:
        return (<ClearingHouse> place.house).terms[place.instrument].last_price
    return (<MarginHouse> place.house).contracts[place.instrument].last_price


cdef inline i64 place_depth(
    const Place* place, i32 side, i64 limit, i64 most
) noexcept nogil:
    """Sum what rests on a side at the limit or better, up to `most` lots."""
    cdef void* book = place_book(place)
    cdef i64 price, lots = 0
    if not place_best(place, side, &price):
        return 0
    while lots < most and (price >= limit if side == BUY else price <= limit):
        lots += (<OrderBook> book).c_level_quantity(price)
        if not (<OrderBook> book).c_next_price(side, price, &price):
            break
    return lots if lots < most else most


cdef inline double place_price(const Place* place) noexcept nogil:
    """Give the price in ticks: the middle of the book; 0 where it is not known.

    While a side is empty it is the last trade's price, if the other side allows.
    """
    cdef i64 bid, ask, last
    cdef bint bids = place_best(place, BUY, &bid), asks = place_best(place, SELL, &ask)
    if bids and asks:
        return 0.5 * (<double> bid + <double> ask)
    last = place_last(place)
    if last and bids and last < bid:
        last = bid
    if last and asks and last > ask:
        last = ask
    return <double> last


cdef inline double place_log(const Place* place, double ticks) noexcept nogil:
    """Give the log of a price in USD; NaN for a price of 0."""
    return fixed_log(ticks * place.tick) if ticks > 0.0 else fixed_log(-1.0)


cdef inline double place_ticks(const Place* place, double log_price) noexcept nogil:
    """Give a log price in USD as ticks, not rounded."""
    return fixed_exp(log_price) / place.tick


cdef inline bint place_open(const Place* place) noexcept nogil:
    """Tell whether clients can trade there now."""
    if place.market == SPOT:
        return (<ClearingHouse> place.house).state.matching and not (
            <ClearingHouse> place.house).terms[place.instrument].halted
    return (<MarginHouse> place.house).accepting and not (
        <MarginHouse> place.house).contracts[place.instrument].halted


# ---- an account -------------------------------------------------------------------------------

cdef inline i64 place_inventory(const Place* place, i32 account) noexcept nogil:
    """Give the lots an account has: coins, those on offer included, or a signed position."""
    cdef Cell* cell
    cdef i32 slot
    if place.market == SPOT:
        cell = cell_of((<ClearingHouse> place.house).ledger, account, (
            <ClearingHouse> place.house).terms[place.instrument].base)
        return cell.free + cell.reserved
    slot = (<MarginHouse> place.house).c_position(account, place.instrument)
    return (<MarginHouse> place.house).positions[slot].size if slot else 0


cdef inline i64 margin_afford(
    MarginHouse house, i32 at, i32 account, i32 side, i64 price
) noexcept nogil:
    """Give lots of an order that trades at once for which an account has the margin.

    Never too many, be it for its cash, for its leverage at that size, or for the house. Closing
    needs no margin.
    """
    cdef const Contract* contract = house.contracts + at
    cdef i32 slot = house.c_position(account, at), tier
    cdef i64 size = house.positions[slot].size if slot else 0
    cdef i64 leverage = house.positions[slot].leverage if slot else contract.max_leverage
    cdef i64 held = -size if size < 0 else size, closing = 0, available
    cdef double worst = <double> (max(contract.mark, price) if side == SELL else price)
    cdef double opened, most = <double> house.max_lots[at]
    if account < FIRST_CLIENT:                   # it needs no margin
        return min(MOST_LOTS, <i64> most - held)
    if (size > 0) == (side == SELL):
        closing = held
        held = 0
    for tier in range(contract.n_tiers - 1, -1, -1):
        if contract.leverage[tier] >= leverage:
            if tier < contract.n_tiers - 1:
                most = min(most, <double> house.accounts[account].multiplicity *
                           <double> contract.cap[tier] / (worst * <double> contract.unit))
            break
    available = house.c_available(account) - 2   # margin and fee each round up
    opened = <double> available / (worst * <double> contract.unit) / (
        1.0 / <double> leverage
        + 1e-6 * <double> max(contract.maker_ppm, contract.taker_ppm, 0))
    opened = min(opened, most - <double> held) * (1.0 - 1e-12)
    opened = max(0.0, min(opened, <double> MOST_LOTS))
    return min(closing + <i64> opened, MOST_LOTS)


cdef inline i64 place_afford(
    const Place* place, i32 account, i32 side, i64 price
) noexcept nogil:
    """Give the most lots of one order that trades at once which an account can pay for.

    Of a spot account that is exact, of a margin account never too many.
    """
    cdef Terms* terms
    if place.market == PERP:
        return margin_afford(
            <MarginHouse> place.house, place.instrument, account, side, price)
    terms = (<ClearingHouse> place.house).terms + place.instrument
    if side == SELL:
        return cell_of((<ClearingHouse> place.house).ledger, account, terms.base).free
    return affordable_lots(
        terms, price, cell_of((<ClearingHouse> place.house).ledger, account, terms.quote).free)


# ---- orders -----------------------------------------------------------------------------------

cdef inline i64 place_submit(
    const Place* place, i32 account, i32 side, i64 price, i64 quantity, i32 kind,
    bint reduce_only
) noexcept nogil:
    """Submit an order; its id, or minus a Reject. Spot knows no reduce-only."""
    if place.market == SPOT:
        return (<ClearingHouse> place.house).c_submit(
            place.instrument, account, side, price, quantity, kind, STP_NONE)
    return (<MarginHouse> place.house).c_submit(
        place.instrument, account, side, price, quantity, kind, STP_NONE, reduce_only)


cdef inline void place_range(const Place* place, i64* low, i64* high) noexcept nogil:
    """Give the lowest and the highest price at which the house takes orders now."""
    cdef const Contract* contract
    cdef i64 edge = 0
    low[0] = 1
    high[0] = MOST_TICKS
    if place.market == SPOT:
        return
    contract = (<MarginHouse> place.house).contracts + place.instrument
    high[0] = contract.max_price
    if contract.band_ppm == 0 or contract.mark == 0:
        return
    wide_mul_div(contract.mark, PPM - contract.band_ppm, PPM, WIDE_CEIL, &edge)
    low[0] = max(edge, 1)
    wide_mul_div(contract.mark, PPM + contract.band_ppm, PPM, WIDE_FLOOR, &edge)
    high[0] = min(edge, contract.max_price)


cdef inline i64 place_take(
    const Place* place, i32 account, i32 side, i64 limit, i64 quantity, bint reduce_only
) noexcept nogil:
    """Trade at once up to a limit and drop the rest; lots traded, or minus a Reject.

    The limit is cut to what the house allows.
    """
    cdef i64 low, high, order
    place_range(place, &low, &high)
    limit = min(limit, high) if side == BUY else max(limit, low)
    order = place_submit(place, account, side, limit, quantity, IOC, reduce_only)
    return order if order < 0 else (<OrderBook> place_book(place)).last_filled


cdef inline i32 place_cancel(const Place* place, i64 order) noexcept nogil:
    """Cancel an order; a Reject."""
    if place.market == SPOT:
        return (<ClearingHouse> place.house).c_cancel(order)
    return (<MarginHouse> place.house).c_cancel(order)


cdef inline i64 place_remaining(const Place* place, i64 order) noexcept nogil:
    """Give the lots of an order of this place that still rest."""
    return (<OrderBook> place_book(place)).c_remaining(book_id(order))
