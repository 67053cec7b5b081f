"""Positions that are put in place, as they were traded before a venue opened."""

from libc.stdint cimport uint16_t
from libc.string cimport memset

from tidegate_core.holdings cimport cash_of, is_open
from tidegate_core.margin cimport MarginHouse
from tidegate_core.positions cimport POSITION_ISOLATED, Position
from tidegate_core.types cimport i32, i64, u8
from tidegate_core.wide cimport Wide, wide_accumulate, wide_to_int

import numpy as np

__all__ = []

cdef i64 MAX_ENTRY = (<i64> 1 << 57) - 1
cdef i64 MAX_DEPOSITS = <i64> 1 << 61


cdef int check_endowment(MarginHouse house, i32 contract, const Endowment* rows) except -1:
    """Refuse, by row and column, what cannot be put in place; nothing changes."""
    cdef i64 at, account, most = house.max_lots[contract]
    cdef i32 slot
    cdef const Position* position
    cdef char[::1] seen = np.zeros(house.n_accounts, dtype=np.int8)
    cdef Wide sizes, entries
    memset(&sizes, 0, sizeof(Wide))
    memset(&entries, 0, sizeof(Wide))
    deposits = 0
    for at in range(rows.n):
        account = rows.account[at]
        if not 0 <= account < house.n_accounts:
            raise ValueError(
                f"account[{at}] is {account}; allowed are 0 to {house.n_accounts - 1}")
        if not is_open(house, account):
            raise ValueError(f"account[{at}] is {account}, CLEARING, which has no positions")
        if seen[account]:
            raise ValueError(f"account[{at}] is {account}, which comes twice")
        seen[account] = 1
        if not -most <= rows.size[at] <= most:
            raise ValueError(f"size[{at}] is {rows.size[at]}; allowed are {-most} to {most}")
        if not -MAX_ENTRY <= rows.entry[at] <= MAX_ENTRY or (
            rows.size[at] == 0 and rows.entry[at]
        ):
            raise ValueError(f"entry[{at}] is {rows.entry[at]}; allowed are less than 2**57 either "
                             "way, and 0 without a size")
        slot = house.c_position(<i32> account, contract)
        position = house.positions + slot
        if position.size or position.orders or position.margin:
            raise ValueError(f"account[{at}] is {account}, which has a position or orders there")
        deposits += check_cash(house, contract, rows, at)
        wide_accumulate(&sizes, rows.size[at])
        wide_accumulate(&entries, rows.entry[at])
    if wide_to_int(sizes) or wide_to_int(entries):
        raise ValueError(f"size sums to {wide_to_int(sizes)} and entry to {wide_to_int(entries)}; "
                         "both must sum to 0")
    if house.ledger.external(0) + deposits >= MAX_DEPOSITS:
        raise ValueError(f"deposit sums to {deposits}; all of an asset must stay below 2**61")
    return 0


cdef i64 check_cash(
    MarginHouse house, i32 contract, const Endowment* rows, i64 at
) except -1:
    """Refuse what the cash of a row does not allow; its deposit."""
    cdef i64 deposit = rows.deposit[at] if rows.deposit else 0
    cdef i64 free = cash_of(house, rows.account[at])[0]
    cdef i32 most = house.contracts[contract].max_leverage
    if not 0 <= deposit < MAX_DEPOSITS:
        raise ValueError(f"deposit[{at}] is {deposit}; allowed are 0 to 2**61 - 1")
    if rows.margin[at] < 0 or (rows.margin[at] and rows.margin[at] - deposit > free):
        raise ValueError(f"margin[{at}] is {rows.margin[at]}; allowed are 0 to {free + deposit}")
    if rows.size[at] == 0 and rows.margin[at]:
        raise ValueError(f"margin[{at}] is {rows.margin[at]}; without a size it must be 0")
    if rows.leverage and not 1 <= rows.leverage[at] <= most:
        raise ValueError(f"leverage[{at}] is {rows.leverage[at]}; allowed are 1 to {most}")
    return deposit


cdef int endow(MarginHouse house, i32 contract, const Endowment* rows) except -1:
    """Put positions in place, or say by row and column why not; then nothing has changed."""
    cdef i64 at
    cdef i32 slot, account
    cdef Position* position
    check_endowment(house, contract, rows)
    if not house.c_room(rows.n):
        raise MemoryError(f"no memory for {rows.n} positions")
    for at in range(rows.n):
        account = <i32> rows.account[at]
        if rows.deposit:
            house.c_deposit(account, 0, rows.deposit[at])
        slot = house.c_record(account, contract)
        position = house.positions + slot
        if rows.leverage:
            position.leverage = <uint16_t> rows.leverage[at]
        if rows.margin[at]:
            position.flags |= POSITION_ISOLATED
        elif rows.size[at]:
            position.flags &= <u8> ~POSITION_ISOLATED
        house.c_put(slot, rows.size[at], rows.entry[at])
        if rows.margin[at]:
            house.c_move_margin(slot, rows.margin[at])
        house.c_release(slot)
    return 0
