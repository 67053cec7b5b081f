"""The trading core of a venue: books, balances, settlement and the log, without a Python face."""

from libc.string cimport memcpy

from tidegate_core.book cimport OrderBook
from tidegate_core.ladder cimport ladder_find
from tidegate_core.ledger cimport Cell, Ledger, cell_of
from tidegate_core.matching cimport FLAG_SELL, Expired, book_submit, book_withdraw
from tidegate_core.memory cimport memory_free, memory_prefetch, memory_zeroed
from tidegate_core.settlement cimport (
    FEE_ACCOUNT,
    Terms,
    affordable_lots,
    asset_spent,
    checked_reserve,
    order_reserve,
    reserve,
    reserve_of,
    settle,
    settle_free,
)
from tidegate_core.slab cimport Order, Slab, slab_id
from tidegate_core.types cimport (
    BUY,
    LIMIT,
    MARKET,
    OK,
    POST_ONLY,
    REJECT_ACCOUNT,
    REJECT_CODE,
    REJECT_FUNDS,
    REJECT_HALTED,
    REJECT_INSTRUMENT,
    REJECT_MEMORY,
    REJECT_OVERFLOW,
    REJECT_PRICE,
    REJECT_QUANTITY,
    REJECT_UNKNOWN_ORDER,
    SELL,
    STP_EXPIRE_BOTH,
    STP_EXPIRE_MAKER,
    STP_NONE,
    Fill,
    by_side,
    i32,
    i64,
)
from tidegate_core.wide cimport wide_narrow

import numpy as np

from tidegate_core.instrument import MAX_INSTRUMENTS, Instrument

__all__ = ["ClearingHouse"]

cdef i64 MAX_QUANTITY = <i64> 1 << 62


cdef inline void free_order(
    ClearingHouse house, i32 instrument, i32 owner, i32 side, i64 price, i64 quantity
) noexcept nogil:
    """Free what a resting order had reserved."""
    cdef Terms* terms = house.terms + instrument
    cdef Cell* row = cell_of(house.ledger, owner, 0)
    # Guessed, not computed: the order may be far away, and work need not wait to see its side.
    if side == BUY:
        reserve(row + terms.quote, -reserve_of(terms, price, quantity))
    else:
        reserve(row + terms.base, -quantity)


cdef inline void drop(ClearingHouse house, i64 order_id, const Order* order) noexcept nogil:
    """Cancel a resting order that has been found, and free what it reserved."""
    cdef i32 instrument = instrument_of(order_id)
    free_order(
        house, instrument, order.owner, order.tag & FLAG_SELL, order.price, order.quantity)
    book_withdraw(<OrderBook> house.books[instrument], <i32> book_id(order_id))
    house.state.cancels += 1


cdef inline void fetch_touch(ClearingHouse house, i32 instrument, i32 side) noexcept nogil:
    """Ask for what the next fill against a side will touch: its first maker has just moved up."""
    cdef const Slab* slab = &(<OrderBook> house.books[instrument]).slab
    cdef const Order* maker
    if (<OrderBook> house.books[instrument]).resting[side]:
        maker = slab.at + ladder_find(
            &(<OrderBook> house.books[instrument]).ladder,
            (<OrderBook> house.books[instrument]).best[side]).head
        memory_prefetch(cell_of(house.ledger, maker.owner, 0))
        memory_prefetch(slab.at + maker.next)


cdef inline i64 refuse(ClearingHouse house, i64 code) noexcept nogil:
    """Count a refusal and give what it returns; OK is none."""
    if code != OK:
        house.state.rejects[code] += 1
    return -code


cdef inline i32 admit(
    ClearingHouse house, i32 instrument, i32 account, i32 side, i64 price, i64 quantity,
    i32 kind, i32 stp
) noexcept nogil:
    """Check what can be checked before money; also make sure of room in the log."""
    if not 0 <= instrument < house.n_instruments:
        return REJECT_INSTRUMENT
    if not FEE_ACCOUNT < account < house.ledger.n_accounts:
        return REJECT_ACCOUNT
    if not (
        (side == BUY or side == SELL)
        and LIMIT <= kind <= POST_ONLY
        and STP_NONE <= stp <= STP_EXPIRE_BOTH
    ):
        return REJECT_CODE
    if house.terms[instrument].halted:
        return REJECT_HALTED
    if not 1 <= quantity <= MAX_QUANTITY:
        return REJECT_QUANTITY
    if price < 1 and kind != MARKET:
        return REJECT_PRICE
    if not house.state.matching and crosses(house, instrument, side, price, kind):
        return REJECT_HALTED
    # A submission fills each resting order at most once, so this much room is enough.
    cdef const Slab* slab = &(<OrderBook> house.books[instrument]).slab
    cdef i64 room = house.log_capacity - house.n_log
    if slab.free == 0 and slab.used >= MAX_SLOTS:
        return REJECT_MEMORY
    if room < slab.live and room < quantity:
        return grow_log(house, slab.live if slab.live < quantity else quantity)
    return OK


cdef i32 grow_log(ClearingHouse house, i64 more) noexcept nogil:
    cdef i64 capacity = 2 * house.log_capacity
    if capacity < house.n_log + more:
        capacity = house.n_log + more
    if capacity < 1024:
        capacity = 1024
    cdef Fill* log = <Fill*> memory_zeroed(<size_t> capacity * sizeof(Fill))
    if log == NULL:
        return REJECT_MEMORY
    if house.n_log:
        memcpy(log, house.log, house.n_log * sizeof(Fill))
    memory_free(house.log)
    house.log = log
    house.log_capacity = capacity
    return OK


cdef bint crosses(
    ClearingHouse house, i32 instrument, i32 side, i64 price, i32 kind
) noexcept nogil:
    """Tell whether an order would trade if it were let in; one that must trade counts too."""
    cdef i64 best
    if not (kind == LIMIT or kind == POST_ONLY):
        return True
    if not (<OrderBook> house.books[instrument]).c_has(SELL if side == BUY else BUY):
        return False
    best = (<OrderBook> house.books[instrument]).c_best(SELL if side == BUY else BUY)
    return price >= best if side == BUY else price <= best


cdef i64 lots_of_others(
    ClearingHouse house, i32 instrument, i32 account, i64 price, i64 wanted
) noexcept nogil:
    """Count the lots at a price that are not an account's own, up to as many as are wanted."""
    cdef const Slab* slab = &(<OrderBook> house.books[instrument]).slab
    cdef i32 slot = ladder_find(&(<OrderBook> house.books[instrument]).ladder, price).head
    cdef i64 lots = 0
    while slot and lots < wanted:
        if slab.at[slot].owner != account:
            lots += slab.at[slot].quantity
        slot = slab.at[slot].next
    return lots


cdef i64 affordable(
    ClearingHouse house, i32 instrument, i32 account, i64 budget, i64 quantity, i32 stp
) noexcept nogil:
    """Give the lots of a market buy that the budget can pay for, level by level.

    The answer is `quantity` when the budget lasts for all that is offered. Own asks that it is
    going to cancel are not: it fills behind them, at what that costs.
    """
    cdef Terms* terms = house.terms + instrument
    cdef i64 taken = 0, price, lots, most
    if not (<OrderBook> house.books[instrument]).c_has(SELL):
        return quantity
    price = (<OrderBook> house.books[instrument]).c_best(SELL)
    while True:
        if stp == STP_EXPIRE_MAKER:
            lots = lots_of_others(house, instrument, account, price, quantity - taken)
        else:
            lots = (<OrderBook> house.books[instrument]).c_level_quantity(price)
        if lots > quantity - taken:
            lots = quantity - taken
        most = affordable_lots(terms, price, budget)
        if most < lots:
            return taken + most
        taken += lots
        if taken == quantity:
            return quantity
        budget -= reserve_of(terms, price, lots)
        if not (<OrderBook> house.books[instrument]).c_next_price(SELL, price, &price):
            return quantity


cdef inline void log_fill(ClearingHouse house, const Fill* fill, i32 instrument) noexcept nogil:
    """Append a fill of a book to the log; there is room."""
    cdef Fill* entry = house.log + house.n_log
    entry[0] = fill[0]
    entry.maker_order = engine_id(fill.maker_order, instrument)
    entry.taker_order = engine_id(fill.taker_order, instrument)
    house.n_log += 1


cdef inline void settle_fills(ClearingHouse house, i32 instrument) noexcept nogil:
    """Move coins and cash for the book's new fills, and log them."""
    cdef Terms* terms = house.terms + instrument
    cdef i64 i, n = (<OrderBook> house.books[instrument]).n_fills, left
    cdef const Fill* fill = NULL
    for i in range(n):
        # Settled from the book's record: reading the copy would wait for it to be written.
        fill = (<OrderBook> house.books[instrument]).fills + i
        if terms.free_of_fees:
            settle_free(house.ledger, terms, fill)
        else:
            left = (<OrderBook> house.books[instrument]).c_remaining(fill.maker_order)
            settle(house.ledger, terms, fill, left)
        log_fill(house, fill, instrument)
    terms.last_price = house.log[house.n_log - 1].price
    house.state.fills += n
    (<OrderBook> house.books[instrument]).n_fills = 0
    fetch_touch(house, instrument, BUY if fill.taker_side == SELL else SELL)


cdef void settle_expired(ClearingHouse house, i32 instrument) noexcept nogil:
    """Free what orders had reserved that self-trade prevention cancelled."""
    cdef i64 i
    cdef Expired* gone
    for i in range((<OrderBook> house.books[instrument]).n_expired):
        gone = (<OrderBook> house.books[instrument]).expired + i
        free_order(house, instrument, gone.owner, gone.side, gone.price, gone.quantity)
        house.state.expired += 1
    (<OrderBook> house.books[instrument]).n_expired = 0


cdef i64 submit(
    ClearingHouse house, i32 instrument, i32 account, i32 side, i64 price, i64 quantity,
    i32 kind, i32 stp
) noexcept nogil:
    """Check an order against the account that pays for it, match it and settle it."""
    cdef i32 code = admit(house, instrument, account, side, price, quantity, kind, stp)
    if code != OK:
        return refuse(house, code)
    cdef Terms* terms = house.terms + instrument
    cdef Cell* row = cell_of(house.ledger, account, 0)
    cdef i64 cost = 0, sent = quantity, order, rest = 0
    if kind == MARKET:
        if side == BUY:
            sent = affordable(
                house, instrument, account, row[terms.quote].free, quantity, stp)
        elif row[terms.base].free < quantity:
            sent = 0
        if sent == 0:
            return refuse(house, REJECT_FUNDS)
    else:
        if checked_reserve(terms, price, quantity, &cost) != OK:
            return refuse(house, REJECT_OVERFLOW)
        cost = by_side(side, cost, quantity)
        if row[asset_spent(terms, side)].free < cost:
            return refuse(house, REJECT_FUNDS)

    order = book_submit(
        <OrderBook> house.books[instrument], account, side, price, sent, kind, stp)
    if order < 0:
        return refuse(house, -order)
    house.state.orders += 1
    if (<OrderBook> house.books[instrument]).n_fills:
        settle_fills(house, instrument)
    if (<OrderBook> house.books[instrument]).n_expired:
        settle_expired(house, instrument)
    if kind == LIMIT or kind == POST_ONLY:
        if stp == STP_NONE:
            rest = (<OrderBook> house.books[instrument]).last_remaining
        else:
            rest = (<OrderBook> house.books[instrument]).c_remaining(order)
        if rest:
            if rest != quantity:
                cost = order_reserve(terms, side, price, rest)
            reserve(row + asset_spent(terms, side), cost)
    house.last_rest = rest
    return engine_id(order, instrument)


cdef class ClearingHouse:
    """What an `Engine` is made of; it is used through one."""

    def __cinit__(self, instruments, i64 accounts=0, assets=None):
        self._instruments = tuple(
            i if isinstance(i, Instrument) else Instrument(**i) for i in instruments
        )
        cdef i64 n = len(self._instruments)
        if not 1 <= n <= MAX_INSTRUMENTS:
            raise ValueError(f"instruments has {n} entries; allowed are 1 to {MAX_INSTRUMENTS}")
        if accounts < 0:
            raise ValueError(f"accounts is {accounts}; it must be at least 0")
        if assets is None:
            assets = dict.fromkeys(a for i in self._instruments for a in (i.base, i.quote))
        self.ledger = Ledger(tuple(assets), accounts + 1)
        self.terms = <Terms*> memory_zeroed(n * sizeof(Terms))
        self.books = <void**> memory_zeroed(n * sizeof(void*))
        if self.terms == NULL or self.books == NULL:
            raise MemoryError
        self._books = []
        for instrument in self._instruments:
            self._list(instrument)
        self.state.matching = 1

    def _list(self, instrument):
        cdef Terms* terms = self.terms + self.n_instruments
        cdef OrderBook book = OrderBook()
        book.instrument = self.n_instruments
        terms.base = self.ledger.asset(instrument.base)
        terms.quote = self.ledger.asset(instrument.quote)
        terms.tick_value = instrument.tick_value
        terms.maker_ppm = instrument.maker_ppm
        terms.taker_ppm = instrument.taker_ppm
        terms.reserve_ppm = max(instrument.maker_ppm, instrument.taker_ppm)
        terms.free_of_fees = terms.maker_ppm == 0 and terms.taker_ppm == 0
        self._books.append(book)
        self.books[self.n_instruments] = <void*> book
        self.n_instruments += 1

    def __dealloc__(self):
        memory_free(self.terms)
        memory_free(self.books)
        memory_free(self.log)

    # ---- C face: instructions -----------------------------------------------------------------

    cdef i64 c_submit(
        self, i32 instrument, i32 account, i32 side, i64 price, i64 quantity, i32 kind, i32 stp
    ) noexcept nogil:
        return submit(self, instrument, account, side, price, quantity, kind, stp)

    cdef i64 c_cancel_submit(
        self, i64 order_id, i32 instrument, i32 account, i32 side, i64 price, i64 quantity,
        i32 kind, i32 stp
    ) noexcept nogil:
        """Cancel what still rests of `order_id`, if it is the account's, then submit."""
        cdef const Order* order = find(self, order_id)
        if order != NULL:
            if order.owner != account:
                return refuse(self, REJECT_ACCOUNT)
            drop(self, order_id, order)
        return submit(self, instrument, account, side, price, quantity, kind, stp)

    cdef i32 c_cancel(self, i64 order_id) noexcept nogil:
        cdef const Order* order = find(self, order_id)
        if order == NULL:
            refuse(self, REJECT_UNKNOWN_ORDER)
            return REJECT_UNKNOWN_ORDER
        drop(self, order_id, order)
        return OK

    cdef i64 c_replace(self, i64 order_id, i64 price, i64 quantity) noexcept nogil:
        cdef i32 instrument = instrument_of(order_id), owner, side, code
        cdef const Order* old = find(self, order_id)
        cdef i64 cost, freed, order, rest
        if old == NULL:
            return refuse(self, REJECT_UNKNOWN_ORDER)
        owner, side = old.owner, old.tag & FLAG_SELL
        code = admit(self, instrument, owner, side, price, quantity, LIMIT, STP_NONE)
        if code != OK:
            return refuse(self, code)
        cdef Terms* terms = self.terms + instrument
        cdef Cell* cell = cell_of(
            self.ledger, owner, asset_spent(terms, side))
        if checked_reserve(terms, price, quantity, &cost) != OK:
            return refuse(self, REJECT_OVERFLOW)
        if side == SELL:
            cost = quantity
        freed = order_reserve(terms, side, old.price, old.quantity)
        if cell.free < cost - freed:               # neither is negative: no overflow
            return refuse(self, REJECT_FUNDS)

        order = (<OrderBook> self.books[instrument]).c_replace(
            book_id(order_id), price, quantity)
        if order < 0:
            return refuse(self, -order)
        self.state.replaces += 1
        reserve(cell, -freed)
        if (<OrderBook> self.books[instrument]).n_fills:
            settle_fills(self, instrument)
        if (<OrderBook> self.books[instrument]).n_expired:
            settle_expired(self, instrument)
        rest = (<OrderBook> self.books[instrument]).c_remaining(order)
        reserve(cell, order_reserve(terms, side, price, rest))
        self.last_rest = rest
        return engine_id(order, instrument)

    cdef i64 c_cancel_all(self, i32 instrument, i32 account) noexcept nogil:
        cdef Slab* slab = &(<OrderBook> self.books[instrument]).slab
        cdef i64 cancelled = 0
        cdef i32 slot
        for slot in range(1, slab.used):
            if slab.at[slot].quantity > 0 and slab.at[slot].owner == account:
                drop(self, engine_id(slab_id(slab, slot), instrument), slab.at + slot)
                cancelled += 1
        return cancelled

    cdef i64 c_remaining(self, i64 order_id) noexcept nogil:
        cdef const Order* order = find(self, order_id)
        return order.quantity if order else 0

    cdef i32 c_owner(self, i64 order_id) noexcept nogil:
        cdef const Order* order = find(self, order_id)
        return order.owner if order else -1

    cdef i64 c_refuse(self, i64 code) noexcept nogil:
        return refuse(self, code)

    cdef i64 c_last_price(self, i32 instrument) noexcept nogil:
        return self.terms[instrument].last_price

    # ---- invariants and copies ----------------------------------------------------------------

    def _check(self):
        """Assert every invariant; reservations are recomputed from the resting orders."""
        self.ledger._check()
        cdef i64 asset, account
        cdef OrderBook own
        if self.ledger.n_accounts <= FEE_ACCOUNT or not 0 <= self.n_log <= self.log_capacity:
            raise AssertionError("fee account or log out of bounds")
        for account in range(self.ledger.n_accounts):
            if self.ledger.issuers[account]:
                raise AssertionError(f"account {account} of a venue may be overdrawn")
        wanted = np.zeros((self.ledger.n_accounts, self.ledger.n_assets), dtype=np.int64)
        cdef i64[:, ::1] sums = wanted
        for at in range(self.n_instruments):
            own = self._books[at]
            own._check()
            if own.instrument != at:
                raise AssertionError(f"the book of instrument {at} says it is {own.instrument}")
            if own.n_fills or own.n_expired:
                raise AssertionError("fills are not settled")
            if self.terms[at].halted not in (0, 1) or self.terms[at].last_price < 0:
                raise AssertionError(f"the state of instrument {at} is none")
            self._sum_reserved(<i32> at, sums)
        found = np.stack(
            [self.ledger.reserved_column(a) for a in range(self.ledger.n_assets)], axis=1)
        for account, asset in np.argwhere(found != wanted):
            raise AssertionError(
                f"account {account} reserves {found[account, asset]} of "
                f"{self.ledger.assets[asset]}; its orders need {wanted[account, asset]}")
        for asset in range(self.ledger.n_assets):
            if not wide_narrow(self.ledger.inflow[asset]):
                raise AssertionError(f"more than 2**63 - 1 of {self.ledger.assets[asset]} came in")

    cdef int _sum_reserved(self, i32 instrument, i64[:, ::1] sums) except -1:
        cdef Terms* terms = self.terms + instrument
        cdef Slab* slab = &(<OrderBook> self.books[instrument]).slab
        cdef Order* order
        cdef i32 slot, side
        cdef i64 cost = 0
        for slot in range(1, slab.used):
            order = slab.at + slot
            if order.quantity == 0:
                continue
            side = order.tag & FLAG_SELL
            if not FEE_ACCOUNT < order.owner < self.ledger.n_accounts:
                raise AssertionError(f"account {order.owner} has an order and does not trade")
            if order.price < 1 or checked_reserve(terms, order.price, order.quantity, &cost) != OK:
                raise AssertionError(f"{order.quantity} lots at {order.price} cannot be paid for")
            sums[order.owner, asset_spent(terms, side)] += order_reserve(
                terms, side, order.price, order.quantity)
        return 0

    cdef int c_assign(self, ClearingHouse other) except -1:
        """Take over the state of a venue with the same listing."""
        books = [book.copy() for book in other._books]
        if self.log_capacity < other.n_log and grow_log(self, other.n_log) != OK:
            raise MemoryError
        self.ledger.c_assign(other.ledger)
        self._books = books
        for at in range(self.n_instruments):
            self.books[at] = <void*> books[at]
        memcpy(self.terms, other.terms, self.n_instruments * sizeof(Terms))
        self.state = other.state
        if other.n_log:
            memcpy(self.log, other.log, other.n_log * sizeof(Fill))
        self.n_log = other.n_log
        return 0
