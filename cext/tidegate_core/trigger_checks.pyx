"""The invariants of liquidation triggers: ladders, and that nobody is due unnoticed."""

from libc.stdint cimport INT64_MAX
from tidegate_core.contract cimport Contract, value_of
from tidegate_core.holdings cimport (
    ACCOUNT_DIRTY,
    ACCOUNT_QUEUED,
    FIRST_CLIENT,
    MAX_CONTRACTS,
    cash_of,
    is_holding,
)
from tidegate_core.ladder cimport (
    Ladder,
    Level,
    ladder_above,
    ladder_below,
    ladder_check,
    ladder_find,
)
from tidegate_core.ledger cimport cell_of
from tidegate_core.positions cimport (
    POSITION_ARMED,
    POSITION_ISOLATED,
    POSITION_LIVE,
    POSITION_QUEUED,
    POSITION_SHORT,
    Position,
    required_of,
    trigger_of,
)
from tidegate_core.triggers cimport Due, TriggerHouse, Triggers, triggers_of
from tidegate_core.types cimport i32, i64

__all__ = []


cdef int check_triggers(TriggerHouse house) except -1:
    """Assert every invariant of triggers; that nobody is due unnoticed, by a full scan."""
    cdef i64 armed = 0, found = 0
    cdef i32 slot, at, account
    for at in range(house.n_triggers):
        found += check_ladder(house, at, False)
        found += check_ladder(house, at, True)
    for slot in range(1, house.records.used):
        armed += house.positions[slot].flags & POSITION_ARMED != 0
    assert found == armed, "an armed position is in no ladder"
    assert 0 <= house.n_due <= house.due_capacity, "more targets than there is room for"
    for account in range(<i32> house.n_accounts):
        if account < FIRST_CLIENT:
            assert house.accounts[account].flags == 0, "a house account is watched"
        elif house.examined and not house.accounts[account].flags & ACCOUNT_DIRTY:
            check_watched(house, account)
    return 0


cdef i64 check_ladder(TriggerHouse house, i32 at, bint is_short) except -1:
    """Assert the queues of a ladder, from its first trigger on; the number of records."""
    cdef const Triggers* triggers = house.triggers + at
    cdef const Ladder* ladder = &triggers.shorts if is_short else &triggers.longs
    cdef i64 price = triggers.lowest if is_short else triggers.highest
    cdef i64 levels = 0, count = 0, queued
    cdef bint more = price != (INT64_MAX if is_short else 0)
    cdef const Level* level
    cdef const Position* position
    cdef i32 slot, before
    ladder_check(ladder)
    while more:
        level = ladder_find(ladder, price)
        assert level != NULL and level.head, "the first trigger is no level"
        slot, before, queued = level.head, 0, 0
        while slot:
            assert 0 < slot < house.records.used, "a queue of triggers leaves the records"
            position = house.positions + slot
            assert position.flags & POSITION_LIVE, "a free record is armed"
            assert position.flags & POSITION_ARMED, "a record is queued without being armed"
            assert (position.flags & POSITION_SHORT != 0) == is_short, "a record is astray"
            assert position.trigger == price and position.prev == before, "links disagree"
            assert triggers_of(house, position) == triggers, "a record is in a wrong ladder"
            queued += 1
            assert queued <= level.total, "a queue of triggers has a cycle"
            before, slot = slot, position.next
        assert level.tail == before and level.total == queued, "a queue's ends disagree"
        levels += 1
        count += queued
        more = ladder_above(ladder, price, &price) if is_short else ladder_below(
            ladder, price, &price)
    assert levels == ladder.levels, "a trigger lies before the first"
    return count


cdef int check_watched(TriggerHouse house, i32 account) except -1:
    """Assert that a clean account is queued or not due, and cannot become so unnoticed."""
    cdef const Position* position
    cdef i32 slot = house.accounts[account].first
    cdef i64 price = 0
    cdef Due target
    target.account = account
    target.position = 0
    assert house.accounts[account].flags & ACCOUNT_QUEUED or not house.c_is_due(target), \
        f"account {account} is due and not queued"
    while slot:
        position = house.positions + slot
        if position.flags & POSITION_ISOLATED and not position.flags & POSITION_QUEUED:
            target.position = slot
            assert not house.c_is_due(target), f"position of {account} is due and not queued"
            if position.size and house.contracts[position.contract].mark:
                assert (position.flags & POSITION_ARMED != 0) == trigger_of(
                    house.contracts + position.contract, position, position.entry,
                    position.margin, &price), "a position is armed against its equity"
                assert position.flags & POSITION_ARMED == 0 or position.trigger == price, \
                    "a trigger is at a wrong price"
        slot = position.sibling
    if not house.accounts[account].flags & ACCOUNT_QUEUED and house.c_standing(account).exposed:
        assert worst_headroom(house, account) > 0, \
            f"account {account} could become due between its triggers"
    return 0


cdef object worst_headroom(TriggerHouse house, i32 account):
    """Equity less maintenance at the worst prices that cross none of the account's triggers."""
    cdef i32 slot = house.accounts[account].first
    cdef const Position* position
    cdef const Contract* contract
    cdef i64 edge, value
    total = cash_of(house, account)[0]
    while slot:
        position = house.positions + slot
        slot = position.sibling
        armed = position.flags & POSITION_ARMED != 0
        if is_holding(position):
            value = 0
            if armed:
                value = worth_at(
                    house, position.contract - MAX_CONTRACTS, account, position.trigger)
            total += value
        elif position.size and not position.flags & POSITION_ISOLATED:
            contract = house.contracts + position.contract
            if contract.mark == 0:
                continue
            if position.size > 0:
                edge = position.trigger + 1 if armed else 1
            else:
                edge = position.trigger - 1 if armed else contract.max_price
            value = value_of(contract, edge, position.size)
            total += value - position.entry - required_of(
                contract, position, -value if value < 0 else value)
    return total


cdef i64 worth_at(TriggerHouse house, i32 asset, i32 account, i64 price):
    """Value what an account holds of a collateral at another price."""
    cdef i64 present = house.collateral_price[asset], value
    house.collateral_price[asset] = price
    value = house.c_collateral_value(asset, cell_of(house.ledger, account, asset).free)
    house.collateral_price[asset] = present
    return value
