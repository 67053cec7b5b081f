"""One venue: order books, exact balances, fees and the log of fills."""

from cpython.mem cimport PyMem_RawFree, PyMem_RawRealloc
from libc.string cimport memcpy, memset

from tidegate_core.book cimport OrderBook
from tidegate_core.ladder cimport ladder_find
from tidegate_core.ledger cimport Cell, Ledger, cell_of
from tidegate_core.matching cimport FLAG_SELL, Expired
from tidegate_core.memory cimport memory_free, memory_prefetch, memory_zeroed
from tidegate_core.slab cimport Order, Slab, slab_find, slab_id
from tidegate_core.types cimport (
    BUY,
    FOK,
    IOC,
    LIMIT,
    MARKET,
    OK,
    OP_CANCEL,
    OP_CANCEL_SUBMIT,
    OP_REPLACE,
    OP_SUBMIT,
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
    STP_NONE,
    Fill,
    i32,
    i64,
)
from tidegate_core.wide cimport (
    WIDE_CEIL,
    WIDE_FLOOR,
    Wide,
    wide_accumulate,
    wide_add,
    wide_mul,
    wide_mul_div,
    wide_narrow,
    wide_to_int,
)

import numpy as np

from tidegate_core.codes import Reject
from tidegate_core.frames import pack, unpack
from tidegate_core.instrument import MAX_INSTRUMENTS, Instrument
from tidegate_core.ledger import int64_column
from tidegate_core.wide import total as total_of

__all__ = ["FILL_DTYPE", "Engine"]

cdef i64 MILLION = 1_000_000
cdef i64 MAX_QUANTITY = <i64> 1 << 62
cdef i64 MAX_INT64 = 0x7FFFFFFFFFFFFFFF

FILL_DTYPE = np.dtype([
    ("price", "i8"),
    ("quantity", "i8"),
    ("maker_order", "i8"),
    ("taker_order", "i8"),
    ("sequence", "i8"),
    ("maker", "i4"),
    ("taker", "i4"),
    ("taker_side", "i4"),
    ("instrument", "i4"),
    ("time", "i8"),
])


# ---- money ------------------------------------------------------------------------------------

cdef inline i64 fee_of(i64 notional, i64 ppm) noexcept nogil:
    """Round the fee, or the rebate, on a notional in favour of whoever pays it."""
    cdef i64 fee = 0
    if -(<i64> 1 << 43) < notional < <i64> 1 << 43:      # the product fits: |ppm| < 2**20
        return notional * ppm // MILLION                 # as in C: towards zero
    if ppm < 0:
        wide_mul_div(notional, -ppm, MILLION, WIDE_FLOOR, &fee)
        return -fee
    wide_mul_div(notional, ppm, MILLION, WIDE_FLOOR, &fee)      # |ppm| < 1e6: it fits
    return fee


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
    return reserve_of(terms, price, quantity) if side == BUY else quantity


cdef inline i64 affordable_lots(Terms* terms, i64 price, i64 budget) noexcept nogil:
    """Give the most lots at one price whose notional and fee are within the budget.

    n + floor(n * ppm / 1e6) <= budget for n up to ceil((budget + 1) * 1e6 / (1e6 + ppm)) - 1.
    """
    cdef i64 notional = budget
    if terms.reserve_ppm:
        budget -= budget == MAX_INT64              # room for one more below
        wide_mul_div(budget + 1, MILLION, MILLION + terms.reserve_ppm, WIDE_CEIL, &notional)
        notional -= 1
    return notional // (price * terms.tick_value)


cdef inline void reserve(Cell* cell, i64 amount) noexcept nogil:
    """Move from free to reserved, or back when the amount is negative."""
    cell.free -= amount
    cell.reserved += amount


cdef inline void free_order(
    Engine engine, i32 instrument, i32 owner, i32 side, i64 price, i64 quantity
) noexcept nogil:
    """Free what a resting order had reserved."""
    cdef Terms* terms = engine.terms + instrument
    cdef Cell* row = cell_of(engine.ledger, owner, 0)
    reserve(row + (terms.quote if side == BUY else terms.base),
            -order_reserve(terms, side, price, quantity))


cdef inline void settle_free(Ledger ledger, Terms* terms, Fill* fill) noexcept nogil:
    """Settle a fill without fees: the maker's reservation is exactly what it pays."""
    cdef i64 notional = notional_of(terms, fill.price, fill.quantity)
    cdef Cell* maker = cell_of(ledger, fill.maker, 0)
    cdef Cell* taker = cell_of(ledger, fill.taker, 0)
    if fill.taker_side == BUY:
        taker[terms.quote].free -= notional
        taker[terms.base].free += fill.quantity
        maker[terms.base].reserved -= fill.quantity
        maker[terms.quote].free += notional
    else:
        taker[terms.base].free -= fill.quantity
        taker[terms.quote].free += notional
        maker[terms.quote].reserved -= notional
        maker[terms.base].free += fill.quantity
    wide_accumulate(&terms.volume, fill.quantity)
    wide_accumulate(&terms.notional, notional)


cdef inline void settle(Ledger ledger, Terms* terms, Fill* fill, i64 left) noexcept nogil:
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


cdef inline const Order* find(Engine engine, i64 order_id) noexcept nogil:
    """Find a resting order, NULL if it is not."""
    cdef i32 instrument = instrument_of(order_id), slot
    cdef const Slab* slab
    if instrument >= engine.n_instruments:
        return NULL
    slab = &(<OrderBook> engine.books[instrument]).slab
    slot = slab_find(slab, book_id(order_id))
    return slab.at + slot if slot else NULL


cdef inline i32 drop(Engine engine, i64 order_id) noexcept nogil:
    """Cancel an order and free what it reserved; not counted when there is none."""
    cdef i32 instrument = instrument_of(order_id), owner, side
    cdef const Order* order = find(engine, order_id)
    cdef i64 price, quantity
    if order == NULL:
        return REJECT_UNKNOWN_ORDER
    owner, side = order.owner, order.tag & FLAG_SELL
    price, quantity = order.price, order.quantity
    (<OrderBook> engine.books[instrument]).c_cancel(book_id(order_id))
    free_order(engine, instrument, owner, side, price, quantity)
    engine.state.cancels += 1
    return OK


cdef enum:
    FAR = 16             # rows of a batch ahead of which memory is asked for, in two steps
    NEAR = 6


cdef inline void fetch_touch(Engine engine, i32 instrument, i32 side) noexcept nogil:
    """Ask for what the next fill against a side will touch: its first maker has just moved up."""
    cdef const Slab* slab = &(<OrderBook> engine.books[instrument]).slab
    cdef const Order* maker
    if (<OrderBook> engine.books[instrument]).resting[side]:
        maker = slab.at + ladder_find(
            &(<OrderBook> engine.books[instrument]).ladder,
            (<OrderBook> engine.books[instrument]).best[side]).head
        memory_prefetch(cell_of(engine.ledger, maker.owner, 0))
        memory_prefetch(slab.at + maker.next)


cdef class Engine:
    """One venue: books, balances, fees and the log of fills.

    Parameters
    ----------
    instruments : sequence of Instrument
        What is listed, 1 to 64; mappings of the same fields are taken too.
    accounts : int
        Client accounts to open at once. They are numbered from 1; account 0 is the venue's own,
        which collects the fees and does not trade.
    assets : sequence of str, optional
        Names of the assets in index order; by default those of the instruments as they come.

    Notes
    -----
    Instructions return an order id (positive) or minus a `Reject` code; a refusal changes nothing.
    An order that its account cannot pay for in full is refused with FUNDS. A market buy spends at
    most the account's free quote: it stops at the first level of which it cannot pay the next lot.
    """

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
        PyMem_RawFree(self.log)

    # ---- C face: instructions -----------------------------------------------------------------

    cdef i64 c_submit(
        self, i32 instrument, i32 account, i32 side, i64 price, i64 quantity, i32 kind, i32 stp
    ) noexcept nogil:
        cdef i32 code = self.c_admit(instrument, account, side, price, quantity, kind, stp)
        if code != OK:
            return self.c_refuse(code)
        cdef Terms* terms = self.terms + instrument
        cdef Cell* row = cell_of(self.ledger, account, 0)
        cdef i64 cost = 0, sent = quantity, order, rest
        if kind == MARKET:
            if side == BUY:
                sent = self.c_affordable(instrument, row[terms.quote].free, quantity)
            elif row[terms.base].free < quantity:
                sent = 0
            if sent == 0:
                return self.c_refuse(REJECT_FUNDS)
        else:
            if checked_reserve(terms, price, quantity, &cost) != OK:
                return self.c_refuse(REJECT_OVERFLOW)
            if side == SELL:
                cost = quantity
            if row[terms.quote if side == BUY else terms.base].free < cost:
                return self.c_refuse(REJECT_FUNDS)

        order = (<OrderBook> self.books[instrument]).c_submit(
            account, side, price, sent, kind, stp)
        if order < 0:
            return self.c_refuse(-order)
        self.state.orders += 1
        if (<OrderBook> self.books[instrument]).n_fills:
            self.c_settle(instrument)
        if (<OrderBook> self.books[instrument]).n_expired:
            self.c_settle_expired(instrument)
        (<OrderBook> self.books[instrument]).c_clear_fills()
        if kind == LIMIT or kind == POST_ONLY:
            if stp == STP_NONE:
                rest = (<OrderBook> self.books[instrument]).last_remaining
            else:
                rest = (<OrderBook> self.books[instrument]).c_remaining(order)
            if rest:
                if rest != quantity:
                    cost = order_reserve(terms, side, price, rest)
                reserve(row + (terms.quote if side == BUY else terms.base), cost)
        return engine_id(order, instrument)

    cdef i64 c_cancel_submit(
        self, i64 order_id, i32 instrument, i32 account, i32 side, i64 price, i64 quantity,
        i32 kind, i32 stp
    ) noexcept nogil:
        """Cancel what still rests of `order_id`, if it is the account's, then submit."""
        cdef const Order* order = find(self, order_id)
        if order != NULL:
            if order.owner != account:
                return self.c_refuse(REJECT_ACCOUNT)
            drop(self, order_id)
        return self.c_submit(instrument, account, side, price, quantity, kind, stp)

    cdef i32 c_cancel(self, i64 order_id) noexcept nogil:
        return <i32> -self.c_refuse(drop(self, order_id))

    cdef i64 c_replace(self, i64 order_id, i64 price, i64 quantity) noexcept nogil:
        cdef i32 instrument = instrument_of(order_id), owner, side, code
        cdef const Order* old = find(self, order_id)
        cdef i64 cost, freed, order, rest
        if old == NULL:
            return self.c_refuse(REJECT_UNKNOWN_ORDER)
        owner, side = old.owner, old.tag & FLAG_SELL
        code = self.c_admit(instrument, owner, side, price, quantity, LIMIT, STP_NONE)
        if code != OK:
            return self.c_refuse(code)
        cdef Terms* terms = self.terms + instrument
        cdef Cell* cell = cell_of(
            self.ledger, owner, terms.quote if side == BUY else terms.base)
        if checked_reserve(terms, price, quantity, &cost) != OK:
            return self.c_refuse(REJECT_OVERFLOW)
        if side == SELL:
            cost = quantity
        freed = order_reserve(terms, side, old.price, old.quantity)
        if cell.free < cost - freed:               # neither is negative: no overflow
            return self.c_refuse(REJECT_FUNDS)

        order = (<OrderBook> self.books[instrument]).c_replace(
            book_id(order_id), price, quantity)
        if order < 0:
            return self.c_refuse(-order)
        self.state.replaces += 1
        reserve(cell, -freed)
        if (<OrderBook> self.books[instrument]).n_fills:
            self.c_settle(instrument)
        if (<OrderBook> self.books[instrument]).n_expired:
            self.c_settle_expired(instrument)
        (<OrderBook> self.books[instrument]).c_clear_fills()
        rest = (<OrderBook> self.books[instrument]).c_remaining(order)
        reserve(cell, order_reserve(terms, side, price, rest))
        return engine_id(order, instrument)

    cdef i64 c_remaining(self, i64 order_id) noexcept nogil:
        cdef const Order* order = find(self, order_id)
        return order.quantity if order else 0

    cdef i32 c_owner(self, i64 order_id) noexcept nogil:
        cdef const Order* order = find(self, order_id)
        return order.owner if order else -1

    cdef i64 c_last_price(self, i32 instrument) noexcept nogil:
        return self.terms[instrument].last_price

    # ---- C face: parts ------------------------------------------------------------------------

    cdef i64 c_refuse(self, i64 code) noexcept nogil:
        """Count a refusal and give what it returns; OK is none."""
        if code != OK:
            self.state.rejects[code] += 1
        return -code

    cdef i32 c_admit(
        self, i32 instrument, i32 account, i32 side, i64 price, i64 quantity, i32 kind, i32 stp
    ) noexcept nogil:
        """Check what can be checked before money; also make sure of room in the log."""
        if not 0 <= instrument < self.n_instruments:
            return REJECT_INSTRUMENT
        if not FEE_ACCOUNT < account < self.ledger.n_accounts:
            return REJECT_ACCOUNT
        if not (
            (side == BUY or side == SELL)
            and LIMIT <= kind <= POST_ONLY
            and STP_NONE <= stp <= STP_EXPIRE_BOTH
        ):
            return REJECT_CODE
        if self.terms[instrument].halted:
            return REJECT_HALTED
        if not 1 <= quantity <= MAX_QUANTITY:
            return REJECT_QUANTITY
        if price < 1 and kind != MARKET:
            return REJECT_PRICE
        if not self.state.matching and self.c_crosses(instrument, side, price, kind):
            return REJECT_HALTED
        # A submission fills each resting order at most once, so this much room is enough.
        cdef i64 resting = (<OrderBook> self.books[instrument]).c_len()
        cdef i64 room = self.log_capacity - self.n_log
        if room < resting and room < quantity:
            return self.c_log_grow(resting if resting < quantity else quantity)
        cdef Slab* slab = &(<OrderBook> self.books[instrument]).slab
        return REJECT_MEMORY if slab.free == 0 and slab.used >= MAX_SLOTS else OK

    cdef i32 c_log_grow(self, i64 more) noexcept nogil:
        cdef i64 capacity = 2 * self.log_capacity
        if capacity < self.n_log + more:
            capacity = self.n_log + more
        if capacity < 1024:
            capacity = 1024
        cdef Fill* log = <Fill*> PyMem_RawRealloc(self.log, <size_t> capacity * sizeof(Fill))
        if log == NULL:
            return REJECT_MEMORY
        self.log = log
        self.log_capacity = capacity
        return OK

    cdef bint c_crosses(self, i32 instrument, i32 side, i64 price, i32 kind) noexcept nogil:
        """Tell whether an order would trade if it were let in; one that must trade counts too."""
        cdef i64 best
        if not (kind == LIMIT or kind == POST_ONLY):
            return True
        if not (<OrderBook> self.books[instrument]).c_has(SELL if side == BUY else BUY):
            return False
        best = (<OrderBook> self.books[instrument]).c_best(SELL if side == BUY else BUY)
        return price >= best if side == BUY else price <= best

    cdef i64 c_affordable(self, i32 instrument, i64 budget, i64 quantity) noexcept nogil:
        """Give the lots of a market buy that the budget can pay for, level by level.

        The answer is `quantity` when the budget lasts for all that is offered.
        """
        cdef Terms* terms = self.terms + instrument
        cdef i64 taken = 0, price, lots, most, cost
        if not (<OrderBook> self.books[instrument]).c_has(SELL):
            return quantity
        price = (<OrderBook> self.books[instrument]).c_best(SELL)
        while True:
            lots = (<OrderBook> self.books[instrument]).c_level_quantity(price)
            if lots > quantity - taken:
                lots = quantity - taken
            most = affordable_lots(terms, price, budget)
            if most < lots:
                return taken + most
            taken += lots
            if taken == quantity:
                return quantity
            budget -= reserve_of(terms, price, lots)
            if not (<OrderBook> self.books[instrument]).c_next_price(SELL, price, &price):
                return quantity

    cdef void c_settle(self, i32 instrument) noexcept nogil:
        """Move coins and cash for the book's new fills, and log them."""
        cdef Terms* terms = self.terms + instrument
        cdef i64 i, n = (<OrderBook> self.books[instrument]).n_fills, left
        cdef Fill* fill = NULL
        for i in range(n):
            fill = self.log + self.n_log
            self.n_log += 1
            fill[0] = (<OrderBook> self.books[instrument]).fills[i]
            if terms.free_of_fees:
                settle_free(self.ledger, terms, fill)
            else:
                left = (<OrderBook> self.books[instrument]).c_remaining(fill.maker_order)
                settle(self.ledger, terms, fill, left)
            fill.maker_order = engine_id(fill.maker_order, instrument)
            fill.taker_order = engine_id(fill.taker_order, instrument)
        terms.last_price = self.log[self.n_log - 1].price
        self.state.fills += n
        fetch_touch(self, instrument, BUY if fill.taker_side == SELL else SELL)

    cdef void c_settle_expired(self, i32 instrument) noexcept nogil:
        """Free what orders had reserved that self-trade prevention cancelled."""
        cdef i64 i
        cdef Expired* gone
        for i in range((<OrderBook> self.books[instrument]).n_expired):
            gone = (<OrderBook> self.books[instrument]).expired + i
            free_order(self, instrument, gone.owner, gone.side, gone.price, gone.quantity)
            self.state.expired += 1

    cdef OrderBook c_book(self, i32 instrument):
        return <OrderBook> self._books[instrument]

    # ---- Python face: instructions ------------------------------------------------------------

    def submit(
        self, i64 instrument, i64 account, i64 side, i64 price, i64 quantity,
        i64 kind=LIMIT, i64 stp=STP_NONE,
    ):
        """Submit an order; its id, or minus a `Reject` code. A market order's price is ignored."""
        return self.c_submit(
            narrow(instrument), narrow(account), narrow(side), price, quantity,
            narrow(kind), narrow(stp))

    def cancel(self, i64 order_id, account=None):
        """Cancel an order, if it is `account`'s where that is given; a `Reject` code."""
        cdef i32 owner
        if account is not None:
            owner = self.c_owner(order_id)
            if owner >= 0 and owner != account:
                return -self.c_refuse(REJECT_ACCOUNT)
        return self.c_cancel(order_id)

    def replace(self, i64 order_id, i64 price, i64 quantity):
        """Change price and remaining quantity; the order's id from now on, or minus a code.

        Fewer lots at the same price keep the place in the queue and the id; anything else is a
        new order at the end of its queue, which may trade at once.
        """
        return self.c_replace(order_id, price, quantity)

    def cancel_all(self, i64 account, instrument=None):
        """Cancel every resting order of an account, on one instrument or all; how many."""
        cdef i64 first = 0, end = self.n_instruments, cancelled = 0
        if instrument is not None:
            first = self._instrument(instrument)
            end = first + 1
        cdef i64 at
        for at in range(first, end):
            cancelled += self._cancel_on(<i32> at, narrow(account))
        return cancelled

    cdef i64 _cancel_on(self, i32 instrument, i32 account) noexcept nogil:
        cdef Slab* slab = &(<OrderBook> self.books[instrument]).slab
        cdef i64 cancelled = 0
        cdef i32 slot
        for slot in range(1, slab.used):
            if slab.at[slot].quantity > 0 and slab.at[slot].owner == account:
                drop(self, engine_id(slab_id(slab, slot), instrument))
                cancelled += 1
        return cancelled

    def submit_many(
        self, *, account, side, price, quantity,
        op=None, instrument=None, kind=None, stp=None, order_id=None,
    ):
        """Carry out one instruction a row, in row order, without the GIL.

        Parameters
        ----------
        account, side, price, quantity : array of int64
            One-dimensional columns of equal length.
        op, instrument, kind, stp, order_id : array of int64, optional
            By default new limit orders on instrument 0. A cancel or a replacement names its
            `order_id`, which must be the account's. An `Op.CANCEL_SUBMIT` cancels `order_id` if
            it still rests and submits in any case.

        Returns
        -------
        array of int64
            Per row what the single call would return: an order id or minus a `Reject` code; of a
            cancel 0 or minus a code.
        """
        cdef const i64[::1] owners = int64_column("account", account, -1)
        cdef i64 row, n = owners.shape[0]
        results = np.empty(n, dtype=np.int64)
        if n == 0:
            return results
        keep = []          # the columns live as long as the pointers to them
        cdef const i64* accounts = &owners[0]
        cdef const i64* sides = column("side", side, n, keep)
        cdef const i64* prices = column("price", price, n, keep)
        cdef const i64* quantities = column("quantity", quantity, n, keep)
        cdef const i64* ops = column("op", op, n, keep)
        cdef const i64* instruments = column("instrument", instrument, n, keep)
        cdef const i64* kinds = column("kind", kind, n, keep)
        cdef const i64* stps = column("stp", stp, n, keep)
        cdef const i64* orders = column("order_id", order_id, n, keep)
        cdef i64[::1] out = results
        cdef i64 code, order
        with nogil:
            for row in range(n):
                if row + FAR < n:
                    fetch_far(self, orders[row + FAR] if orders else 0, accounts[row + FAR])
                if row + NEAR < n and orders:
                    fetch_near(self, orders[row + NEAR])
                code = ops[row] if ops else OP_SUBMIT
                order = orders[row] if orders else 0
                if code == OP_SUBMIT or code == OP_CANCEL_SUBMIT:
                    out[row] = self.c_cancel_submit(
                        order if code == OP_CANCEL_SUBMIT else 0,
                        narrow(instruments[row]) if instruments else 0,
                        narrow(accounts[row]), narrow(sides[row]), prices[row], quantities[row],
                        narrow(kinds[row]) if kinds else LIMIT,
                        narrow(stps[row]) if stps else STP_NONE)
                elif code != OP_CANCEL and code != OP_REPLACE:
                    out[row] = self.c_refuse(REJECT_CODE)
                elif self.c_owner(order) >= 0 and self.c_owner(order) != accounts[row]:
                    out[row] = self.c_refuse(REJECT_ACCOUNT)
                elif code == OP_CANCEL:
                    out[row] = -self.c_cancel(order)
                else:
                    out[row] = self.c_replace(order, prices[row], quantities[row])
        return results

    # ---- Python face: money -------------------------------------------------------------------

    def add_accounts(self, i64 count=1):
        """Open `count` empty client accounts and return the first new number."""
        return self.ledger.add_accounts(count)

    def deposit(self, i64 account, i64 asset, i64 amount):
        """Bring an amount into the venue; a `Reject` code."""
        if 0 <= asset < self.ledger.n_assets and amount >= 0:
            total = wide_to_int(self.ledger.inflow[asset]) + amount
            if total > MAX_INT64:              # then a credit might overflow
                return -self.c_refuse(REJECT_OVERFLOW)
        return -self.c_refuse(self.ledger.c_deposit(account, asset, amount))

    def withdraw(self, i64 account, i64 asset, i64 amount):
        """Take a free amount out of the venue; a `Reject` code."""
        return -self.c_refuse(self.ledger.c_withdraw(account, asset, amount))

    def transfer(self, i64 asset, i64 source, i64 target, i64 amount):
        """Move a free amount between two accounts; a `Reject` code."""
        return -self.c_refuse(self.ledger.c_transfer(asset, source, target, amount))

    def free(self, i64 account, i64 asset):
        """Give the spendable balance of one account."""
        return self.ledger.free(account, asset)

    def reserved(self, i64 account, i64 asset):
        """Give what one account has promised to its resting orders."""
        return self.ledger.reserved(account, asset)

    def balances(self):
        """Copy all balances: free and reserved, two int64 arrays of accounts x assets."""
        assets = range(self.ledger.n_assets)
        return (
            np.stack([self.ledger.free_column(a) for a in assets], axis=1),
            np.stack([self.ledger.reserved_column(a) for a in assets], axis=1),
        )

    def audit(self):
        """Sum up each asset: what came in, and where it is now, as Python ints.

        The books balance when ``free + reserved == inflow`` for every asset.
        """
        found = {}
        for index, name in enumerate(self.ledger.assets):
            reserved = total_of(self.ledger.reserved_column(index))
            found[name] = {
                "free": self.ledger.total(index) - reserved,
                "reserved": reserved,
                "inflow": self.ledger.external(index),
            }
        return found

    # ---- Python face: the market --------------------------------------------------------------

    @property
    def instruments(self):
        """What is listed, in index order."""
        return self._instruments

    @property
    def assets(self):
        """Names of the assets, in index order."""
        return self.ledger.assets

    @property
    def accounts(self):
        """Number of client accounts; they are 1 to this."""
        return self.ledger.n_accounts - 1

    @property
    def time(self):
        """The clock value that is stamped on fills."""
        return self.state.time

    @time.setter
    def time(self, i64 value):
        cdef OrderBook book
        self.state.time = value
        for book in self._books:
            book.time = value

    @property
    def matching(self):
        """Whether orders may trade; when not, those that would are refused with HALTED."""
        return self.state.matching != 0

    @matching.setter
    def matching(self, bint value):
        self.state.matching = value

    def halt(self, i64 instrument):
        """Refuse orders and replacements on an instrument; cancels remain possible."""
        self.terms[self._instrument(instrument)].halted = 1

    def resume(self, i64 instrument):
        """Accept orders on an instrument again."""
        self.terms[self._instrument(instrument)].halted = 0

    def halted(self, i64 instrument):
        """Tell whether an instrument is halted."""
        return self.terms[self._instrument(instrument)].halted != 0

    def best_bid(self, i64 instrument=0):
        """Give the highest price bid, or None."""
        return self._best(self._instrument(instrument), BUY)

    def best_ask(self, i64 instrument=0):
        """Give the lowest price asked, or None."""
        return self._best(self._instrument(instrument), SELL)

    def last_price(self, i64 instrument=0):
        """Give the price of the last fill, or None."""
        cdef i64 price = self.terms[self._instrument(instrument)].last_price
        return price if price else None

    def depth(self, i64 instrument, side, i64 levels=10):
        """Give prices and quantities of the best levels of a side, two int64 arrays."""
        return self._books[self._instrument(instrument)].depth(side, levels)

    def order(self, i64 order_id):
        """Describe a resting order, or None."""
        cdef i32 instrument = instrument_of(order_id)
        cdef const Order* order = find(self, order_id)
        if order == NULL:
            return None
        return {
            "instrument": instrument,
            "account": order.owner,
            "side": <i32> (order.tag & FLAG_SELL),
            "price": order.price,
            "quantity": order.quantity,
        }

    def resting(self, i64 instrument=0):
        """Count the resting orders of an instrument."""
        return self.c_book(<i32> self._instrument(instrument)).c_len()

    def traded(self, i64 instrument=0):
        """Sum up an instrument since the start: volume, notional, fees, as Python ints."""
        cdef Terms* terms = self.terms + self._instrument(instrument)
        return {
            "volume": wide_to_int(terms.volume),
            "notional": wide_to_int(terms.notional),
            "fees": wide_to_int(terms.fees),
        }

    def counters(self):
        """Count instructions since the start: by kind, and refusals by `Reject`."""
        return {
            "orders": self.state.orders,
            "cancels": self.state.cancels,
            "replaces": self.state.replaces,
            "fills": self.state.fills,
            "expired": self.state.expired,
            "rejects": {r: self.state.rejects[<i64> r] for r in Reject if self.state.rejects[<i64> r]},
        }

    def __len__(self):
        """Number of fills not yet taken."""
        return self.n_log

    def take_fills(self):
        """Hand out the fills since the last call, a structured array of `FILL_DTYPE`."""
        fills = np.empty(self.n_log, dtype=FILL_DTYPE)
        cdef char[::1] out
        if self.n_log:
            out = fills.view("i1")
            memcpy(&out[0], self.log, self.n_log * sizeof(Fill))
        self.n_log = 0
        return fills

    cdef object _best(self, i64 instrument, i32 side):
        book = self.c_book(<i32> instrument)
        return book.c_best(side) if book.c_has(side) else None

    cdef i64 _instrument(self, i64 instrument) except -1:
        if not 0 <= instrument < self.n_instruments:
            raise ValueError(
                f"instrument is {instrument}; allowed are 0 to {self.n_instruments - 1}")
        return instrument

    # ---- invariants and copies ----------------------------------------------------------------

    def _check(self):
        """Assert every invariant; reservations are recomputed from the resting orders."""
        self.ledger._check()
        cdef i64 asset, account, row
        wanted = np.zeros((self.ledger.n_accounts, self.ledger.n_assets), dtype=np.int64)
        cdef i64[:, ::1] sums = wanted
        for book in self._books:
            book._check()
        for at in range(self.n_instruments):
            self._sum_reserved(<i32> at, sums)
        found = self.balances()[1]
        for account, asset in np.argwhere(found != wanted):
            raise AssertionError(
                f"account {account} reserves {found[account, asset]} of "
                f"{self.assets[asset]}; its orders need {wanted[account, asset]}")
        for asset in range(self.ledger.n_assets):
            if not wide_narrow(self.ledger.inflow[asset]):
                raise AssertionError(f"more than 2**63 - 1 of {self.assets[asset]} came in")
        if self.ledger.issuers[FEE_ACCOUNT] or not 0 <= self.n_log <= self.log_capacity:
            raise AssertionError("fee account or log out of bounds")

    cdef int _sum_reserved(self, i32 instrument, i64[:, ::1] sums) except -1:
        cdef Terms* terms = self.terms + instrument
        cdef Slab* slab = &(<OrderBook> self.books[instrument]).slab
        cdef Order* order
        cdef i32 slot, side
        for slot in range(1, slab.used):
            order = slab.at + slot
            if order.quantity == 0:
                continue
            side = order.tag & FLAG_SELL
            sums[order.owner, terms.quote if side == BUY else terms.base] += order_reserve(
                terms, side, order.price, order.quantity)
        return 0

    cdef int c_assign(self, Engine other) except -1:
        """Take over the state of a venue with the same listing."""
        cdef OrderBook book
        books = [b.copy() for b in other._books]
        if self.log_capacity < other.n_log and self.c_log_grow(other.n_log) != OK:
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

    def copy(self):
        """Copy the venue; the copy shares nothing with it."""
        cdef Engine twin = Engine(self._instruments, 0, self.assets)
        twin.c_assign(self)
        return twin

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    def snapshot(self):
        """Give the whole state as bytes, for `restore`."""
        return pack("engine", (
            repr((self._instruments, self.assets)).encode(),
            self.ledger.snapshot(),
            (<char*> self.terms)[:self.n_instruments * <i64> sizeof(Terms)],
            (<char*> &self.state)[:sizeof(State)],
            (<char*> self.log)[:self.n_log * <i64> sizeof(Fill)] if self.n_log else b"",
            pack("books", [book.snapshot() for book in self._books]),
        ))

    def restore(self, bytes data):
        """Replace the whole state by a snapshot of a venue with the same listing."""
        listing, ledger, terms, state, log, books = unpack("engine", data, 6)
        if listing != repr((self._instruments, self.assets)).encode():
            raise ValueError("data is of a venue with another listing")
        cdef Engine twin = Engine(self._instruments, 0, self.assets)
        if (
            len(terms) != self.n_instruments * <i64> sizeof(Terms)
            or len(state) != sizeof(State)
            or len(log) % sizeof(Fill)
        ):
            raise ValueError("data is not a snapshot of an engine: its buffers disagree")
        twin.ledger.restore(ledger)
        for book, part in zip(twin._books, unpack("books", books, self.n_instruments)):
            book.restore(part)
        memcpy(twin.terms, <const char*> terms, len(terms))
        memcpy(&twin.state, <const char*> state, sizeof(State))
        if log:
            if twin.c_log_grow(len(log) // sizeof(Fill)) != OK:
                raise MemoryError
            twin.n_log = len(log) // sizeof(Fill)
            memcpy(twin.log, <const char*> log, len(log))
        self.c_assign(twin)

    def __reduce__(self):
        return _rebuild, (self._instruments, self.assets, self.snapshot())

    def __repr__(self):
        return f"Engine({', '.join(i.name for i in self._instruments)}; {self.accounts} accounts)"


cdef inline i32 narrow(i64 value) noexcept nogil:
    """Give a code or index as 32 bits; what does not fit becomes -1, which is refused."""
    return <i32> value if -1 <= value <= 0x7FFFFFFF else -1


cdef const i64* column(name, values, i64 rows, list keep) except? NULL:
    """Give the data of a column, NULL if there is none."""
    if values is None:
        return NULL
    cdef const i64[::1] view = int64_column(name, values, rows)
    keep.append(view)
    return &view[0]


def _rebuild(instruments, assets, data):
    engine = Engine(instruments, 0, assets)
    engine.restore(data)
    return engine
