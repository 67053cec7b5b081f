"""Copies and snapshots of a house of positions on margin."""

from libc.stdint cimport INT64_MAX
from libc.string cimport memcpy, memset

from tidegate_core.book cimport OrderBook
from tidegate_core.contract cimport Contract
from tidegate_core.holdings cimport Account, Arena, Shortfall
from tidegate_core.ladder cimport ladder_above, ladder_below, ladder_copy
from tidegate_core.ladder_frames cimport ladder_load, ladder_pack
from tidegate_core.margin cimport MarginHouse, MarginState, OrderNote, Working
from tidegate_core.margin_bounds cimport check_bounds, check_terms
from tidegate_core.memory cimport memory_free, memory_zeroed
from tidegate_core.positions cimport Position
from tidegate_core.stops cimport stops_copy, stops_load, stops_pack
from tidegate_core.triggers cimport Due, Triggers
from tidegate_core.types cimport Fill, i32, i64

from tidegate_core.frames import pack, unpack

__all__ = []

cdef struct Scalars:             # all that is not a buffer
    MarginState state
    Arena records
    Arena workings
    i64 n_accounts
    i64 n_dirty
    i64 n_due
    i64 clock
    i64 rounds
    i32 liquidating
    i32 examined
    i32 accepting
    i32 spare


cdef Scalars scalars_of(MarginHouse house):
    cdef Scalars found
    memset(&found, 0, sizeof(Scalars))
    found.state = house.state
    found.records, found.workings = house.records, house.workings
    found.n_accounts, found.n_dirty, found.n_due = house.n_accounts, house.n_dirty, house.n_due
    found.clock, found.rounds = house.clock, house.rounds
    found.liquidating, found.examined = house.liquidating, house.examined
    found.accepting = house.accepting
    return found


cdef void set_scalars(MarginHouse house, const Scalars* given):
    house.state = given.state
    house.records, house.workings = given.records, given.workings
    house.n_accounts, house.n_dirty, house.n_due = given.n_accounts, given.n_dirty, given.n_due
    house.clock, house.rounds = given.clock, given.rounds
    house.liquidating, house.examined = given.liquidating != 0, given.examined != 0
    house.accepting = given.accepting != 0


# ---- buffers ----------------------------------------------------------------------------------

cdef int fill_buffer(
    void** buffer, const void* source, i64 used, i64 capacity, size_t size
) except -1:
    """Replace a buffer by one of a capacity that begins like the source."""
    cdef void* fresh = memory_zeroed(<size_t> capacity * size)
    if fresh == NULL:
        raise MemoryError("no memory for a copy of a margin engine")
    if used:
        memcpy(fresh, source, <size_t> used * size)
    memory_free(buffer[0])
    buffer[0] = fresh
    return 0


cdef int take_buffers(
    MarginHouse fresh, const Scalars* sizes, const Position* positions, const Account* accounts,
    const i32* dirty, const Due* due, const Working* working
) except -1:
    """Fill the buffers whose sizes are scalars; the sizes themselves are set last."""
    cdef i64 accounts_room = max(sizes.n_accounts, <i64> 1)
    fill_buffer(
        <void**> &fresh.positions, positions, sizes.records.used, sizes.records.capacity,
        sizeof(Position))
    fill_buffer(
        <void**> &fresh.accounts, accounts, sizes.n_accounts, accounts_room, sizeof(Account))
    fill_buffer(<void**> &fresh.dirty, dirty, sizes.n_dirty, accounts_room, sizeof(i32))
    fresh.account_capacity = accounts_room
    fill_buffer(<void**> &fresh.due, due, sizes.n_due, sizes.n_due, sizeof(Due))
    fresh.due_capacity = sizes.n_due
    fill_buffer(
        <void**> &fresh.working, working, sizes.workings.used, sizes.workings.capacity,
        sizeof(Working))
    set_scalars(fresh, sizes)
    return 0


cdef int take_logs(
    MarginHouse fresh, const Fill* fills, i64 n_fills, const Shortfall* shortfalls,
    i64 n_shortfalls
) except -1:
    """Fill the logs that nobody has taken yet."""
    fill_buffer(<void**> &fresh.log, fills, n_fills, n_fills, sizeof(Fill))
    fresh.n_log = fresh.log_capacity = n_fills
    fill_buffer(
        <void**> &fresh.shortfalls, shortfalls, n_shortfalls, n_shortfalls, sizeof(Shortfall))
    fresh.n_shortfalls = fresh.shortfall_capacity = n_shortfalls
    return 0


cdef int take_books(MarginHouse fresh, list books) except -1:
    """Use these books."""
    cdef i32 at
    fresh._books = books
    for at in range(fresh.n_contracts):
        fresh.books[at] = <void*> books[at]
    return 0


cdef int take_notes(
    MarginHouse fresh, i32 contract, const OrderNote* notes, i64 used
) except -1:
    fill_buffer(<void**> &fresh.notes[contract], notes, used, used, sizeof(OrderNote))
    fresh.note_capacity[contract] = used
    return 0


cdef inline i64 notes_used(MarginHouse house, i32 contract):
    """Notes that may belong to an order: of slots that the book has used."""
    return min(
        house.note_capacity[contract], <i64> (<OrderBook> house.books[contract]).slab.used)


# ---- copies -----------------------------------------------------------------------------------

cdef int copy_house(MarginHouse fresh, MarginHouse source) except -1:
    """Make a house that has just been opened equal to another of the same listing."""
    cdef i32 at
    cdef Scalars sizes = scalars_of(source)
    take_buffers(
        fresh, &sizes, source.positions, source.accounts, source.dirty, source.due,
        source.working)
    take_logs(fresh, source.log, source.n_log, source.shortfalls, source.n_shortfalls)
    for at in range(source.n_triggers):
        if not (
            ladder_copy(&fresh.triggers[at].longs, &source.triggers[at].longs)
            and ladder_copy(&fresh.triggers[at].shorts, &source.triggers[at].shorts)
        ):
            raise MemoryError("no memory for a copy of a margin engine")
        fresh.triggers[at].highest = source.triggers[at].highest
        fresh.triggers[at].lowest = source.triggers[at].lowest
    for at in range(source.n_contracts):
        take_notes(fresh, at, source.notes[at], notes_used(source, at))
    if not stops_copy(&fresh.stops, &source.stops):
        raise MemoryError("no memory for a copy of a margin engine")
    take_books(fresh, [book.copy() for book in source._books])
    fresh.ledger = source.ledger.copy()
    memcpy(fresh.contracts, source.contracts, source.n_contracts * sizeof(Contract))
    memcpy(fresh.long_lots, source.long_lots, source.n_contracts * sizeof(i64))
    memcpy(fresh.collateral_price, source.collateral_price, source.n_assets * sizeof(i64))
    return 0


cdef int exchange_houses(MarginHouse one, MarginHouse other) except -1:
    """Exchange the states of two houses of the same listing."""
    cdef Scalars first = scalars_of(one), second = scalars_of(other)
    set_scalars(one, &second)
    set_scalars(other, &first)
    one.ledger, other.ledger = other.ledger, one.ledger
    one._books, other._books = other._books, one._books
    one.books, other.books = other.books, one.books
    one.contracts, other.contracts = other.contracts, one.contracts
    one.long_lots, other.long_lots = other.long_lots, one.long_lots
    one.collateral_price, other.collateral_price = other.collateral_price, one.collateral_price
    one.positions, other.positions = other.positions, one.positions
    one.accounts, other.accounts = other.accounts, one.accounts
    one.account_capacity, other.account_capacity = other.account_capacity, one.account_capacity
    one.dirty, other.dirty = other.dirty, one.dirty
    one.due, other.due = other.due, one.due
    one.due_capacity, other.due_capacity = other.due_capacity, one.due_capacity
    one.triggers, other.triggers = other.triggers, one.triggers
    one.working, other.working = other.working, one.working
    one.notes, other.notes = other.notes, one.notes
    one.note_capacity, other.note_capacity = other.note_capacity, one.note_capacity
    one.stops, other.stops = other.stops, one.stops
    one.log, other.log = other.log, one.log
    one.n_log, other.n_log = other.n_log, one.n_log
    one.log_capacity, other.log_capacity = other.log_capacity, one.log_capacity
    one.shortfalls, other.shortfalls = other.shortfalls, one.shortfalls
    one.n_shortfalls, other.n_shortfalls = other.n_shortfalls, one.n_shortfalls
    one.shortfall_capacity, other.shortfall_capacity = (
        other.shortfall_capacity, one.shortfall_capacity)
    return 0


# ---- snapshots --------------------------------------------------------------------------------

cdef bytes bytes_of(const void* start, i64 count, size_t size):
    return (<const char*> start)[:count * <i64> size] if count else b""


cdef i64 rows_in(bytes data, size_t size) except -1:
    """Give the number of records in a buffer."""
    if len(data) % size:
        raise ValueError("a record is cut off")
    return len(data) // <i64> size


cdef object pack_house(MarginHouse house):
    """Everything, as ``bytes``."""
    cdef Scalars scalars = scalars_of(house)
    cdef i32 at
    # What was written through "none" is not state, nor is room.
    memset(house.positions, 0, sizeof(Position))
    scalars.records.capacity = scalars.records.used
    scalars.workings.capacity = scalars.workings.used
    for at in range(house.n_contracts):
        if house.note_capacity[at]:
            memset(house.notes[at], 0, sizeof(OrderNote))
    return pack("margin house", (
        bytes_of(&scalars, 1, sizeof(Scalars)),
        house.ledger.snapshot(),
        bytes_of(house.contracts, house.n_contracts, sizeof(Contract)),
        bytes_of(house.long_lots, house.n_contracts, sizeof(i64)),
        bytes_of(house.collateral_price, house.n_assets, sizeof(i64)),
        bytes_of(house.positions, house.records.used, sizeof(Position)),
        bytes_of(house.accounts, house.n_accounts, sizeof(Account)),
        bytes_of(house.dirty, house.n_dirty, sizeof(i32)),
        bytes_of(house.due, house.n_due, sizeof(Due)),
        bytes_of(house.working, house.workings.used, sizeof(Working)),
        stops_pack(&house.stops),
        bytes_of(house.log, house.n_log, sizeof(Fill)),
        bytes_of(house.shortfalls, house.n_shortfalls, sizeof(Shortfall)),
        pack("triggers", [
            part for at in range(house.n_triggers) for part in (
                ladder_pack(&house.triggers[at].longs), ladder_pack(&house.triggers[at].shorts))
        ]),
        pack("books", [book.snapshot() for book in house._books]),
        pack("notes", [
            bytes_of(house.notes[at], notes_used(house, at), sizeof(OrderNote))
            for at in range(house.n_contracts)
        ]),
    ))


cdef int load_house(MarginHouse fresh, bytes data) except -1:
    """Fill a house that has just been opened from a snapshot of one with the same listing.

    What it holds then may be followed, but need not agree: that is for its `_check`.
    """
    cdef Scalars sizes
    cdef i32 at
    (
        scalars, ledger, contracts, longs, prices, positions, accounts, dirty, due, working,
        stops, fills, shortfalls, triggers, books, notes,
    ) = unpack("margin house", data, 16)
    if (
        rows_in(scalars, sizeof(Scalars)) != 1
        or rows_in(contracts, sizeof(Contract)) != fresh.n_contracts
        or rows_in(longs, sizeof(i64)) != fresh.n_contracts
        or rows_in(prices, sizeof(i64)) != fresh.n_assets
    ):
        raise ValueError("its buffers disagree")
    memcpy(&sizes, <const char*> <bytes> scalars, sizeof(Scalars))
    if (
        rows_in(positions, sizeof(Position)) != sizes.records.used
        or rows_in(accounts, sizeof(Account)) != sizes.n_accounts
        or rows_in(dirty, sizeof(i32)) != sizes.n_dirty
        or rows_in(due, sizeof(Due)) != sizes.n_due
        or rows_in(working, sizeof(Working)) != sizes.workings.used
        or sizes.records.used < 1 or sizes.workings.used < 1
        or not 0 <= sizes.n_dirty <= sizes.n_accounts
        or sizes.records.capacity != sizes.records.used
        or sizes.workings.capacity != sizes.workings.used
    ):
        raise ValueError("its buffers disagree")
    take_buffers(
        fresh, &sizes,
        <const Position*> <const char*> <bytes> positions,
        <const Account*> <const char*> <bytes> accounts,
        <const i32*> <const char*> <bytes> dirty,
        <const Due*> <const char*> <bytes> due,
        <const Working*> <const char*> <bytes> working)
    take_logs(
        fresh,
        <const Fill*> <const char*> <bytes> fills, rows_in(fills, sizeof(Fill)),
        <const Shortfall*> <const char*> <bytes> shortfalls,
        rows_in(shortfalls, sizeof(Shortfall)))
    fresh.ledger.restore(ledger)
    check_terms(fresh, <const Contract*> <const char*> <bytes> contracts)
    memcpy(fresh.contracts, <const char*> <bytes> contracts, len(contracts))
    memcpy(fresh.long_lots, <const char*> <bytes> longs, len(longs))
    memcpy(fresh.collateral_price, <const char*> <bytes> prices, len(prices))
    stops_load(&fresh.stops, stops)
    load_triggers(fresh, unpack("triggers", triggers, 2 * fresh.n_triggers))
    for at, part in enumerate(unpack("notes", notes, fresh.n_contracts)):
        take_notes(
            fresh, at, <const OrderNote*> <const char*> <bytes> part,
            rows_in(part, sizeof(OrderNote)))
    for book, part in zip(fresh._books, unpack("books", books, fresh.n_contracts)):
        book.restore(part)
    check_bounds(fresh)
    return 0


cdef int load_triggers(MarginHouse fresh, list ladders) except -1:
    """Fill all ladders, and find the first trigger of each."""
    cdef i32 at
    cdef i64 price
    cdef Triggers* triggers
    for at in range(fresh.n_triggers):
        triggers = fresh.triggers + at
        ladder_load(&triggers.longs, ladders[2 * at])
        ladder_load(&triggers.shorts, ladders[2 * at + 1])
        price = INT64_MAX
        if ladder_below(&triggers.longs, price, &price):
            triggers.highest = price
        ladder_above(&triggers.shorts, 0, &triggers.lowest)
    return 0
