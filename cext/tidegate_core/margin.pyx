"""Orders on margin: admission, matching, settlement, and the liquidation desk's own trades."""

from tidegate_core.admission cimport (
    LOG_LOTS,
    Admission,
    Request,
    admit,
    band_edge,
    check_form,
)
from tidegate_core.book cimport OrderBook
from tidegate_core.clearing cimport (
    MAX_SLOTS,
    book_id,
    engine_id,
    instrument_of,
)
from tidegate_core.contract cimport Contract, notional_of
from tidegate_core.holdings cimport (
    FIRST_CLIENT,
    arena_room,
    enlarged,
    is_open,
    reserve_margin,
)
from tidegate_core.matching cimport FLAG_POST_ONLY, FLAG_SELL, FLAG_STP_SHIFT, Expired
from tidegate_core.memory cimport memory_free, memory_zeroed
from tidegate_core.positions cimport POSITION_ISOLATED, POSITION_LIVE, Position, share_of
from tidegate_core.resting cimport enforce_reducing, link_order, release_lots, withdraw_order
from tidegate_core.settlement cimport fee_of
from tidegate_core.slab cimport Order, Slab, slab_find
from tidegate_core.stops cimport (
    STOP_LAST,
    STOP_SELL,
    stop_place,
    stop_remove,
    stops_check,
    stops_collect,
    stops_remove_all,
    stops_start,
    stops_stop,
)
from tidegate_core.trigger_checks cimport check_triggers
from tidegate_core.triggers cimport TriggerHouse
from tidegate_core.types cimport (
    BUY,
    IOC,
    LIMIT,
    MARKET,
    OK,
    POST_ONLY,
    REJECT_ACCOUNT,
    REJECT_CODE,
    REJECT_HALTED,
    REJECT_INSTRUMENT,
    REJECT_MEMORY,
    REJECT_OVERFLOW,
    REJECT_PRICE,
    REJECT_QUANTITY,
    REJECT_REDUCE,
    REJECT_UNKNOWN_ORDER,
    SELL,
    STP_NONE,
    Fill,
    i32,
    i64,
)
from tidegate_core.wide cimport wide_accumulate

__all__ = ["MarginHouse"]

cdef i64 FIRST_LOG = 1024


cdef inline i64 refuse(MarginHouse house, i64 code) noexcept nogil:
    """Count a refusal and give what it returns; OK is none."""
    if code != OK:
        house.state.rejects[code] += 1
    return -code


cdef inline bint silenced(MarginHouse house, i32 account) noexcept nogil:
    return not house.accepting and account >= FIRST_CLIENT


# ---- memory -----------------------------------------------------------------------------------

cdef bint working_room(MarginHouse house) noexcept nogil:
    """Make room for one more Working record."""
    cdef i64 capacity = arena_room(&house.workings, 1)
    cdef void* fresh
    if capacity == house.workings.capacity:
        return True
    fresh = enlarged(house.working, house.workings.used, capacity, sizeof(Working))
    if fresh == NULL:
        return False
    house.working = <Working*> fresh
    house.workings.capacity = <i32> capacity
    return True


cdef bint note_room(MarginHouse house, i32 contract) noexcept nogil:
    """Make room for the note of an order in any slot that the book may hand out next."""
    cdef const Slab* slab = &(<OrderBook> house.books[contract]).slab
    cdef i64 capacity = 2 * <i64> slab.used + 64
    cdef void* fresh
    if slab.used < house.note_capacity[contract]:
        return True
    if slab.free == 0 and slab.used >= MAX_SLOTS:
        return False
    fresh = enlarged(
        house.notes[contract], house.note_capacity[contract], capacity, sizeof(OrderNote))
    if fresh == NULL:
        return False
    house.notes[contract] = <OrderNote*> fresh
    house.note_capacity[contract] = capacity
    return True


cdef bint log_room(MarginHouse house, i64 count) noexcept nogil:
    """Make room for more fills."""
    cdef i64 capacity = house.n_log + count
    cdef void* fresh
    if capacity <= house.log_capacity:
        return True
    capacity = max(capacity, 2 * house.log_capacity, FIRST_LOG)
    fresh = enlarged(house.log, house.n_log, capacity, sizeof(Fill))
    if fresh == NULL:
        return False
    house.log = <Fill*> fresh
    house.log_capacity = capacity
    return True


cdef bint trade_room(MarginHouse house, i32 contract, i32 side, i64 quantity) noexcept nogil:
    """Make room for whatever an order can do: a record, a note, and a fill of each maker."""
    cdef i64 fills = (<OrderBook> house.books[contract]).resting[BUY + SELL - side]
    if fills > quantity:
        fills = quantity
    return (
        house.c_room(1)
        and working_room(house)
        and note_room(house, contract)
        and log_room(house, fills)
        and house.c_shortfall_room(2 * fills)
    )


# ---- settlement -------------------------------------------------------------------------------

cdef inline void conclude(MarginHouse house, i32 at) noexcept nogil:
    """See to the orders and stops of a position after an event; it may be gone then."""
    cdef const Position* position = house.positions + at
    if position.flags & POSITION_LIVE:
        if position.orders:
            enforce_reducing(house, at)
        if position.stops and not (
            position.size > 0 if house.stops.slab.at[position.stops].tag & STOP_SELL
            else position.size < 0
        ):
            stops_remove_all(&house.stops, house.positions, at)
        house.c_release(at)


cdef inline i64 settle_fill(
    MarginHouse house, i32 contract, Fill* fill, i32 taker, bint liquidated
) noexcept nogil:
    """Let a fill change two positions, the maker's first; its notional."""
    cdef Contract* terms = house.contracts + contract
    cdef i32 slot = <i32> (fill.maker_order & (MAX_SLOTS - 1))
    cdef i32 maker_side = BUY + SELL - fill.taker_side
    cdef i32 maker = house.notes[contract][slot].position
    cdef i64 left = (<OrderBook> house.books[contract]).c_remaining(fill.maker_order)
    cdef i64 notional = notional_of(terms, fill.price, fill.quantity)
    cdef i64 maker_fee = fee_of(notional, terms.maker_ppm)
    cdef i64 taker_fee = 0 if liquidated else fee_of(notional, terms.taker_ppm)
    cdef i64 bought = fill.quantity if maker_side == BUY else -fill.quantity
    release_lots(house, contract, slot, maker_side, fill.quantity, left + fill.quantity)
    house.c_trade(maker, fill.price, bought, maker_fee, False)
    house.c_trade(taker, fill.price, -bought, taker_fee, liquidated)
    wide_accumulate(&terms.volume, fill.quantity)
    wide_accumulate(&terms.notional, notional)
    wide_accumulate(&terms.fees, maker_fee + taker_fee)
    return notional


cdef i64 settle_fills(
    MarginHouse house, i32 contract, i32 taker, bint liquidated
) noexcept nogil:
    """Settle and log the book's new fills; their notional."""
    cdef i64 i, n = (<OrderBook> house.books[contract]).n_fills, notional = 0
    cdef Fill* fill
    for i in range(n):
        fill = house.log + house.n_log
        house.n_log += 1
        fill[0] = (<OrderBook> house.books[contract]).fills[i]
        notional += settle_fill(house, contract, fill, taker, liquidated)
        fill.maker_order = engine_id(fill.maker_order, contract)
        fill.taker_order = engine_id(fill.taker_order, contract)
        house.contracts[contract].last_price = fill.price
    house.state.fills += n
    return notional


cdef void conclude_trades(MarginHouse house, i32 contract) noexcept nogil:
    """See to those whom the book's new fills and expirations concern; forget them there."""
    cdef i64 i
    cdef i32 slot
    cdef const Expired* gone
    for i in range((<OrderBook> house.books[contract]).n_expired):
        gone = (<OrderBook> house.books[contract]).expired + i
        slot = <i32> (gone.order & (MAX_SLOTS - 1))
        release_lots(house, contract, slot, gone.side, gone.quantity, gone.quantity)
        house.state.expired += 1
    for i in range((<OrderBook> house.books[contract]).n_fills):
        slot = <i32> ((<OrderBook> house.books[contract]).fills[i].maker_order & (MAX_SLOTS - 1))
        conclude(house, house.notes[contract][slot].position)
    for i in range((<OrderBook> house.books[contract]).n_expired):
        slot = <i32> ((<OrderBook> house.books[contract]).expired[i].order & (MAX_SLOTS - 1))
        conclude(house, house.notes[contract][slot].position)
    (<OrderBook> house.books[contract]).c_clear_fills()


cdef i64 settle_order(
    MarginHouse house, const Request* request, const Admission* granted, i64 order
) noexcept nogil:
    """Settle what an order has done in the book, and note what rests of it; its id."""
    cdef i32 contract = request.contract, at = request.position
    cdef i64 rest = 0
    if request.kind == LIMIT or request.kind == POST_ONLY:
        rest = (<OrderBook> house.books[contract]).c_remaining(order)
    if rest or (<OrderBook> house.books[contract]).n_fills:
        at = house.c_record(request.account, contract)
        settle_fills(house, contract, at, False)
    if rest:
        link_order(
            house, contract, <i32> (order & (MAX_SLOTS - 1)), at,
            share_of(granted.needed, rest, granted.quantity), request.reduce_only)
    conclude_trades(house, contract)
    if at:
        conclude(house, at)
    return engine_id(order, contract)


cdef i64 submit(MarginHouse house, Request* request) noexcept nogil:
    """Check an order, match it, settle it."""
    cdef i32 code = check_form(house, request), contract = request.contract, kind
    cdef i64 order, price = request.price
    cdef Admission granted
    if code != OK:
        return refuse(house, code)
    request.position = house.c_position(request.account, contract)
    request.beside = 0
    if not request.ahead:
        request.beside = house.working[
            house.positions[request.position].orders].lots[request.side]
    request.freed = 0
    code = admit(house, request, &granted)
    if code == OK and not trade_room(house, contract, request.side, granted.quantity):
        code = REJECT_MEMORY
    if code != OK:
        return refuse(house, code)
    kind = request.kind
    if kind == MARKET and house.contracts[contract].band_ppm:
        kind, price = IOC, band_edge(house.contracts + contract, request.side)
    order = (<OrderBook> house.books[contract]).c_submit(
        request.account, request.side, price, granted.quantity, kind, request.stp)
    if order < 0:
        return refuse(house, -order)
    house.state.orders += 1
    return settle_order(house, request, &granted, order)


cdef void send_stops(MarginHouse house) noexcept nogil:
    """Send an order for each stop that was reached and is still there."""
    cdef Request request
    cdef const Order* stop
    cdef i64 i
    cdef i32 slot
    for i in range(house.stops.n_reached):
        slot = slab_find(&house.stops.slab, house.stops.reached[i])
        if slot == 0:
            continue                               # cancelled with its position meanwhile
        stop = house.stops.slab.at + slot
        request.contract = house.positions[stop.owner].contract
        request.account = house.positions[stop.owner].account
        request.side = SELL if stop.tag & STOP_SELL else BUY
        request.kind, request.stp, request.reduce_only = MARKET, STP_NONE, True
        request.price, request.quantity = 0, stop.quantity
        request.silenced, request.ahead = False, True
        stop_remove(&house.stops, house.positions, slot)
        house.state.reached += 1
        submit(house, &request)
    house.stops.n_reached = 0


cdef inline i32 find(MarginHouse house, i64 order_id) noexcept nogil:
    """Slot of a resting order, 0 if it is not."""
    cdef i32 contract = instrument_of(order_id)
    if order_id <= 0 or contract >= house.n_contracts:
        return 0
    return slab_find(&(<OrderBook> house.books[contract]).slab, book_id(order_id))


cdef class MarginHouse(TriggerHouse):
    """What a `MarginEngine` is made of; it is used through one."""

    def __cinit__(
        self, settlement="USD", contracts=(), collateral=(), accounts=0, waterfall=None,
    ):
        cdef i32 at
        cdef OrderBook book
        self.books = <void**> memory_zeroed(self.n_contracts * sizeof(void*))
        self.notes = <OrderNote**> memory_zeroed(self.n_contracts * sizeof(OrderNote*))
        self.note_capacity = <i64*> memory_zeroed(self.n_contracts * sizeof(i64))
        self.workings.used = 1
        if (
            self.books == NULL or self.notes == NULL or self.note_capacity == NULL
            or not working_room(self)
        ):
            raise MemoryError("no memory for a margin engine")
        self._books = []
        for at in range(self.n_contracts):
            book = OrderBook()
            book.instrument = at
            self._books.append(book)
            self.books[at] = <void*> book
        if not stops_start(&self.stops, self.n_contracts):
            raise MemoryError("no memory for a margin engine")
        self.accepting = True

    def __dealloc__(self):
        cdef i32 at
        for at in range(self.n_contracts if self.notes != NULL else 0):
            memory_free(self.notes[at])
        memory_free(self.notes)
        memory_free(self.note_capacity)
        memory_free(self.books)
        memory_free(self.working)
        memory_free(self.log)
        stops_stop(&self.stops)

    cdef i64 c_refuse(self, i64 code) noexcept nogil:
        return refuse(self, code)

    # ---- orders -------------------------------------------------------------------------------

    cdef i64 c_submit(
        self, i32 contract, i32 account, i32 side, i64 price, i64 quantity, i32 kind, i32 stp,
        bint reduce_only
    ) noexcept nogil:
        cdef Request request
        request.contract, request.account, request.side = contract, account, side
        request.kind, request.stp, request.reduce_only = kind, stp, reduce_only
        request.price, request.quantity = price, quantity
        request.silenced, request.ahead = silenced(self, account), False
        return submit(self, &request)

    cdef i32 c_cancel(self, i64 order_id) noexcept nogil:
        cdef i32 slot = find(self, order_id), contract = instrument_of(order_id), at
        cdef i32 code = OK if slot else REJECT_UNKNOWN_ORDER
        if slot:
            at = self.notes[contract][slot].position
            if silenced(self, self.positions[at].account):
                code = REJECT_HALTED
        if code != OK:
            refuse(self, code)
            return code
        withdraw_order(self, contract, slot)
        self.state.cancels += 1
        conclude(self, at)
        return OK

    cdef i64 c_replace(self, i64 order_id, i64 price, i64 quantity) noexcept nogil:
        cdef i32 slot = find(self, order_id), contract = instrument_of(order_id), code
        cdef const Order* old = (<OrderBook> self.books[contract]).slab.at + slot
        cdef const OrderNote* note
        cdef Request request
        cdef Admission granted
        cdef i64 order, left
        if slot == 0:
            return refuse(self, REJECT_UNKNOWN_ORDER)
        note = self.notes[contract] + slot
        left = old.quantity
        request.contract, request.account = contract, old.owner
        request.side, request.stp = old.tag & FLAG_SELL, old.tag >> FLAG_STP_SHIFT & 3
        request.kind = POST_ONLY if old.tag & FLAG_POST_ONLY else LIMIT
        request.reduce_only = note.reduce_only
        request.price, request.quantity = price, quantity
        request.silenced, request.ahead = silenced(self, old.owner), False
        request.position, request.freed = note.position, note.margin
        request.beside = self.working[
            self.positions[note.position].orders].lots[request.side] - left
        code = check_form(self, &request)
        if code == OK:
            code = admit(self, &request, &granted)
        if code == OK and not trade_room(self, contract, request.side, granted.quantity):
            code = REJECT_MEMORY
        if code != OK:
            return refuse(self, code)
        order = (<OrderBook> self.books[contract]).c_replace(
            book_id(order_id), price, granted.quantity)
        if order < 0:
            return refuse(self, -order)
        self.state.replaces += 1
        if order == book_id(order_id):             # it has kept its place
            keep_place(self, &request, &granted, slot, left)
            return order_id
        release_lots(self, contract, slot, request.side, left, left)
        return settle_order(self, &request, &granted, order)

    cdef i64 c_cancel_position(self, i32 position) noexcept nogil:
        cdef i32 contract = self.positions[position].contract
        cdef i64 cancelled = 0
        while self.positions[position].orders:
            withdraw_order(
                self, contract, self.working[self.positions[position].orders].first)
            cancelled += 1
        self.state.cancels += cancelled
        return cancelled

    cdef i64 c_cancel_all(self, i32 account, i32 contract) noexcept nogil:
        cdef i32 slot, follower
        cdef i64 cancelled = 0
        if not 0 <= account < self.n_accounts:
            return refuse(self, REJECT_ACCOUNT)
        if silenced(self, account):
            return refuse(self, REJECT_HALTED)
        slot = self.accounts[account].first
        while slot:
            follower = self.positions[slot].sibling
            if contract < 0 or self.positions[slot].contract == contract:
                cancelled += self.c_cancel_position(slot)
                self.c_release(slot)
            slot = follower
        return cancelled

    cdef i64 c_remaining(self, i64 order_id) noexcept nogil:
        cdef i32 slot = find(self, order_id)
        if slot == 0:
            return 0
        return (<OrderBook> self.books[instrument_of(order_id)]).slab.at[slot].quantity

    cdef i32 c_owner(self, i64 order_id) noexcept nogil:
        cdef i32 slot = find(self, order_id)
        if slot == 0:
            return -1
        return (<OrderBook> self.books[instrument_of(order_id)]).slab.at[slot].owner

    # ---- stop orders --------------------------------------------------------------------------

    cdef i64 c_place_stop(
        self, i32 contract, i32 account, i32 side, i64 trigger, i64 quantity, bint on_last
    ) noexcept nogil:
        cdef i32 at
        cdef i64 stop
        if not 0 <= contract < self.n_contracts:
            return refuse(self, REJECT_INSTRUMENT)
        if not is_open(self, account):
            return refuse(self, REJECT_ACCOUNT)
        if side != BUY and side != SELL:
            return refuse(self, REJECT_CODE)
        if self.contracts[contract].halted or silenced(self, account):
            return refuse(self, REJECT_HALTED)
        if not 1 <= quantity <= <i64> 1 << LOG_LOTS:
            return refuse(self, REJECT_QUANTITY)
        if not 1 <= trigger <= self.contracts[contract].max_price:
            return refuse(self, REJECT_PRICE)
        at = self.c_position(account, contract)
        if not (self.positions[at].size > 0 if side == SELL else self.positions[at].size < 0):
            return refuse(self, REJECT_REDUCE)
        stop = stop_place(
            &self.stops, self.positions, at,
            (STOP_SELL if side == SELL else 0) | (STOP_LAST if on_last else 0), trigger, quantity)
        if stop == 0:
            return refuse(self, REJECT_MEMORY)
        self.state.stops += 1
        return stop

    cdef i32 c_cancel_stop(self, i64 stop) noexcept nogil:
        cdef i32 slot = slab_find(&self.stops.slab, stop) if stop > 0 else 0
        cdef i32 code = OK if slot else REJECT_UNKNOWN_ORDER
        if slot and silenced(self, self.positions[self.stops.slab.at[slot].owner].account):
            code = REJECT_HALTED
        if code == OK:
            stop_remove(&self.stops, self.positions, slot)
        refuse(self, code)
        return code

    cdef i32 c_set_marks(self, const i64* marks) noexcept nogil:
        """Set the marks, find out who is due, then send the stops that were reached."""
        cdef i32 code = TriggerHouse.c_set_marks(self, marks), at
        if code != OK or not self.liquidating or self.stops.slab.live == 0:
            return code
        for at in range(self.n_contracts):
            if self.contracts[at].mark and not self.contracts[at].halted:
                stops_collect(
                    &self.stops, at, self.contracts[at].mark, self.contracts[at].last_price)
        send_stops(self)
        return OK

    # ---- for the liquidation desk -------------------------------------------------------------

    cdef i64 c_liquidate(
        self, i32 position, i32 side, i64 price, i64 quantity, bint limited, i64* value
    ) noexcept nogil:
        cdef const Position* target = self.positions + position
        cdef i32 contract = target.contract
        cdef i64 held = -target.size if target.size < 0 else target.size, order
        if target.size == 0 or (target.size > 0) == (side == BUY):
            return -REJECT_REDUCE
        if self.contracts[contract].halted:
            return -REJECT_HALTED
        if not 1 <= quantity <= held:
            return -REJECT_QUANTITY
        if not trade_room(self, contract, side, quantity):
            return -REJECT_MEMORY
        if not limited:
            price = band_edge(self.contracts + contract, side)
        order = (<OrderBook> self.books[contract]).c_submit(
            self.positions[position].account, side, price, quantity, IOC, STP_NONE)
        if order < 0:
            return order
        self.state.liquidations += 1
        quantity = (<OrderBook> self.books[contract]).last_filled
        value[0] += settle_fills(self, contract, position, True)
        conclude_trades(self, contract)
        conclude(self, position)
        return quantity

    cdef i32 c_cross_trade(
        self, i32 contract, i32 target, i32 counterparty, i64 quantity, i64 price, bint liquidated
    ) noexcept nogil:
        cdef i32 ours, theirs
        if not 0 <= contract < self.n_contracts:
            return REJECT_INSTRUMENT
        if not (is_open(self, target) and is_open(self, counterparty)):
            return REJECT_ACCOUNT
        if not 1 <= price <= self.contracts[contract].max_price:
            return REJECT_PRICE
        if (
            not fits(self, contract, target, quantity)
            or not fits(self, contract, counterparty, -quantity)
        ):
            return REJECT_OVERFLOW
        if not self.c_room(2) or not self.c_shortfall_room(2):
            return REJECT_MEMORY
        ours = self.c_record(target, contract)
        theirs = self.c_record(counterparty, contract)
        self.c_trade(ours, price, quantity, 0, liquidated)
        self.c_trade(theirs, price, -quantity, 0, False)
        conclude(self, ours)
        conclude(self, theirs)
        return OK

    # ---- invariants ---------------------------------------------------------------------------

    def _check(self):
        """Assert every invariant."""
        cdef i32 at, slot
        cdef i64 count = 0
        TriggerHouse._check(self)
        check_triggers(self)
        stops_check(&self.stops, self.positions, self.records.used)
        for at in range(self.n_contracts):
            self._books[at]._check()
            assert (<OrderBook> self.books[at]).instrument == at, "a book is of another contract"
            assert (<OrderBook> self.books[at]).n_fills == 0, "fills are not settled"
            assert (<OrderBook> self.books[at]).n_expired == 0, "expirations are not settled"
            assert (<OrderBook> self.books[at]).slab.used <= self.note_capacity[at] or (
                (<OrderBook> self.books[at]).slab.live == 0), "an order has no note"
        reserved = [[0, 0] for _ in range(self.n_accounts)]  # all, and for isolated positions
        chained = [0] * self.n_contracts
        for slot in range(1, self.records.used):
            if self.positions[slot].flags & POSITION_LIVE and self.positions[slot].orders:
                check_orders(self, slot, reserved, chained)
                count += 1
        assert count == self.workings.live, "working records miscounted"
        for at in range(self.n_contracts):
            assert chained[at] == len(self._books[at]), "a resting order is in no chain"
        for at in range(<i32> self.n_accounts):
            held = [self.accounts[at].order_margin, self.accounts[at].isolated_margin]
            assert held == reserved[at], f"account {at} reserves {held}; its orders {reserved[at]}"
        assert 0 <= self.n_log <= self.log_capacity, "log of fills out of bounds"


cdef void keep_place(
    MarginHouse house, const Request* request, const Admission* granted, i32 slot, i64 left
) noexcept nogil:
    """Note that an order has become smaller where it rests."""
    cdef OrderNote* note = house.notes[request.contract] + slot
    cdef Position* position = house.positions + request.position
    house.working[position.orders].lots[request.side] -= left - granted.quantity
    reserve_margin(house, position, granted.needed - note.margin)
    note.margin = granted.needed
    conclude(house, request.position)


cdef bint fits(MarginHouse house, i32 contract, i32 account, i64 lots) noexcept nogil:
    # One that shrinks does: what rests on a side is in bounds by itself.
    cdef const Position* position = house.positions + house.c_position(account, contract)
    cdef const Working* working = house.working + position.orders
    cdef i64 most = house.max_lots[contract], after
    if not -2 * most <= lots <= 2 * most:
        return False
    after = position.size + lots
    if (position.size >= after >= 0) or (position.size <= after <= 0):
        return True
    if lots > 0:
        after += working.lots[0]                   # BUY
    else:
        after -= working.lots[1]
    return -most <= after <= most


cdef int check_orders(MarginHouse house, i32 at, list reserved, list chained) except -1:
    """Assert the chain of a position's resting orders; add up margins and orders."""
    cdef const Position* position = house.positions + at
    cdef const Working* working = house.working + position.orders
    cdef i32 contract = position.contract, slot = working.first, newer = 0
    cdef i32 count = 0, reducing = 0, side
    cdef i64[2] lots
    cdef const Order* order
    cdef const OrderNote* note
    lots[0] = lots[1] = 0
    while slot:
        order = (<OrderBook> house.books[contract]).slab.at + slot
        note = house.notes[contract] + slot
        assert order.quantity > 0 and order.owner == position.account, "an order has another owner"
        assert note.position == at and note.prev == newer, "notes disagree"
        assert note.margin >= 0, "an order has a negative margin"
        lots[order.tag & FLAG_SELL] += order.quantity
        reserved[position.account][0] += note.margin
        if position.flags & POSITION_ISOLATED:
            reserved[position.account][1] += note.margin
        chained[contract] += 1
        count += 1
        if note.reduce_only:
            reducing += 1
            assert <i32> (order.tag & FLAG_SELL) == working.reducing_side, "reduce-only side"
        newer, slot = slot, note.next
    assert count == working.count > 0 and reducing == working.reducing, "orders miscounted"
    for side in range(2):
        assert lots[side] <= house.max_lots[contract], "too much rests on a side"
        assert abs(position.size + (1 - 2 * side) * lots[side]) <= house.max_lots[contract], \
            "a position could leave its bounds"
    assert lots[0] == working.lots[0] and lots[1] == working.lots[1], "resting lots miscounted"
    if reducing:
        assert working.reducing_side == (SELL if position.size > 0 else BUY), "reduce-only side"
        assert lots[working.reducing_side] <= abs(position.size), "reduce-only orders could flip"
    return 0
