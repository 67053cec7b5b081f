"""The bounds of whatever a house of positions on margin is going to follow or to index."""

from libc.string cimport memcmp, memset

from tidegate_core.book cimport OrderBook
from tidegate_core.contract cimport Contract
from tidegate_core.holdings cimport (
    ACCOUNT_DIRTY,
    ACCOUNT_QUEUED,
    FIRST_CLIENT,
    MAX_CONTRACTS,
    Account,
    Arena,
    is_holding,
)
from tidegate_core.margin cimport MarginHouse, OrderNote, Working
from tidegate_core.positions cimport (
    POSITION_ARMED,
    POSITION_ISOLATED,
    POSITION_LIVE,
    POSITION_QUEUED,
    POSITION_SHORT,
    Position,
)
from tidegate_core.types cimport i32, i64

__all__ = []

cdef enum:
    ACCOUNT_FLAGS = ACCOUNT_DIRTY | ACCOUNT_QUEUED
    POSITION_FLAGS = (
        POSITION_ISOLATED | POSITION_ARMED | POSITION_QUEUED | POSITION_LIVE | POSITION_SHORT)


cdef int check_bounds(MarginHouse house) except -1:
    check_arena(&house.records)
    check_arena(&house.workings)
    check_accounts(house)
    check_positions(house)
    check_working(house)
    check_notes(house)
    check_lists(house)
    return 0


cdef inline int need(bint holds, str what) except -1:
    # Not an assertion: memory is at stake, also where Python leaves assertions out.
    if not holds:
        raise ValueError(what)
    return 0


cdef inline bint within(i64 index, i64 end) noexcept:
    return 0 <= index < end


cdef int check_terms(MarginHouse house, const Contract* given) except -1:
    cdef const Contract* contract
    cdef Contract expected
    cdef i32 at
    for at in range(house.n_contracts):
        contract = given + at
        expected = house.contracts[at]
        expected.mark, expected.last_price = contract.mark, contract.last_price
        expected.halted = contract.halted
        expected.volume, expected.notional = contract.volume, contract.notional
        expected.fees = contract.fees
        need(memcmp(&expected, contract, sizeof(Contract)) == 0, "terms of a contract differ")
        need(
            within(contract.mark, contract.max_price + 1)
            and within(contract.last_price, contract.max_price + 1), "a price is out of bounds")
        need(within(contract.halted, 2), "a contract is neither halted nor not")
    return 0


cdef int check_arena(const Arena* arena) except -1:
    need(
        1 <= arena.used <= arena.capacity and within(arena.free, arena.used)
        and within(arena.live, arena.used), "an arena is out of bounds")
    return 0


cdef int check_accounts(MarginHouse house) except -1:
    cdef const Account* account
    cdef i64 at
    need(
        house.n_accounts >= FIRST_CLIENT and house.n_accounts == house.ledger.n_accounts,
        "accounts and balances differ")
    for at in range(house.n_accounts):
        account = house.accounts + at
        need(within(account.first, house.records.used), "a chain leaves the records")
        need(account.flags & ~<int> ACCOUNT_FLAGS == 0, "an account has unknown flags")
        need(house.ledger.issuers[at] == 1, "an account may not owe")
    for at in range(house.n_assets):
        need(house.collateral_price[at] >= 0, "a price is out of bounds")
    return 0


cdef int check_positions(MarginHouse house) except -1:
    cdef const Position* position
    cdef Position free
    cdef i32 at
    memset(&free, 0, sizeof(Position))
    for at in range(house.records.used):
        position = house.positions + at
        need(within(position.sibling, house.records.used), "a chain leaves the records")
        if at == 0 or not position.flags & POSITION_LIVE:
            free.sibling = position.sibling if at else 0
            need(memcmp(&free, position, sizeof(Position)) == 0, "a free record is not empty")
            continue
        need(
            position.flags & ~<int> POSITION_FLAGS == 0
            and position.flags & (POSITION_ARMED | POSITION_SHORT) != POSITION_SHORT,
            "a record has unknown flags")
        need(
            within(position.account, house.n_accounts)
            and within(position.next, house.records.used)
            and within(position.prev, house.records.used)
            and within(position.orders, house.workings.used)
            and within(position.stops, house.stops.slab.used), "a record's links leave the records")
        if is_holding(position):
            check_holding(house, position)
        else:
            need(position.contract < house.n_contracts, "a position's contract is unknown")
    return 0


cdef int check_holding(MarginHouse house, const Position* position) except -1:
    """A record of collateral is of an asset, and a trigger at the most."""
    cdef i32 asset = position.contract - MAX_CONTRACTS
    need(1 <= asset < house.n_assets, "a record is of an unknown asset")
    need(
        position.size == 0 and position.entry == 0 and position.margin == 0
        and position.orders == 0 and position.stops == 0
        and not position.flags & (POSITION_ISOLATED | POSITION_QUEUED),
        "a record of collateral is a position")
    return 0


cdef int check_working(MarginHouse house) except -1:
    """Each position's orders begin with one of its contract; free ones are in a list."""
    cdef const Position* position
    cdef Working none
    cdef i32 at, free = 0
    cdef i64 end
    memset(&none, 0, sizeof(Working))
    need(memcmp(&none, house.working, sizeof(Working)) == 0, "orders of no position")
    for at in range(1, house.records.used):
        position = house.positions + at
        if position.orders:
            end = min(
                <i64> (<OrderBook> house.books[position.contract]).slab.used,
                house.note_capacity[position.contract])
            need(1 <= house.working[position.orders].first < end, "orders leave the book")
    at = house.workings.free
    while at:
        need(within(at, house.workings.used), "free working records leave their buffer")
        need(house.working[at].count == 0, "a working record in use is free")
        free += 1
        need(free < house.workings.used, "free working records have a cycle")
        at = house.working[at].first
    need(
        house.workings.live + free + 1 == house.workings.used, "a working record is lost")
    return 0


cdef int check_notes(MarginHouse house) except -1:
    cdef const OrderNote* note
    cdef OrderNote none
    cdef i32 contract
    cdef i64 at, end
    memset(&none, 0, sizeof(OrderNote))
    for contract in range(house.n_contracts):
        end = house.note_capacity[contract]
        for at in range(end):
            note = house.notes[contract] + at
            need(at or memcmp(&none, note, sizeof(OrderNote)) == 0, "a note of no order")
            need(
                within(note.next, end) and within(note.prev, end)
                and within(note.position, house.records.used), "a note's links leave the notes")
            need(within(note.reduce_only, 2), "a note is neither reduce-only nor not")
    return 0


cdef int check_lists(MarginHouse house) except -1:
    """Who is dirty, who is due, and who has fallen short exist; who is dirty is listed once."""
    cdef i64 at
    cdef bint once = True
    need(within(house.n_dirty, house.n_accounts + 1), "more dirty accounts than there are")
    for at in range(house.n_dirty):
        need(within(house.dirty[at], house.n_accounts), "a dirty account does not exist")
    for at in range(house.n_dirty):
        once &= house.accounts[house.dirty[at]].flags & ACCOUNT_DIRTY != 0
        house.accounts[house.dirty[at]].flags &= ~<unsigned int> ACCOUNT_DIRTY
    for at in range(house.n_dirty):
        house.accounts[house.dirty[at]].flags |= ACCOUNT_DIRTY
    need(once, "a dirty account is listed twice, or clean")
    for at in range(house.n_due):
        need(
            within(house.due[at].account, house.n_accounts)
            and within(house.due[at].position, house.records.used), "who is due does not exist")
    for at in range(house.n_shortfalls):
        need(
            within(house.shortfalls[at].account, house.n_accounts)
            and within(house.shortfalls[at].contract, house.n_contracts),
            "who has fallen short does not exist")
    return 0
