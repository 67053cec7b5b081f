"""Liquidation triggers: arming, examination, and the queue of what is due."""

from libc.stdint cimport INT64_MAX
from tidegate_core.contract cimport Contract
from tidegate_core.holdings cimport (
    ACCOUNT_DIRTY,
    ACCOUNT_QUEUED,
    MAX_COLLATERALS,
    MAX_CONTRACTS,
    Holdings,
    Standing,
    cash_of,
    enlarged,
    is_holding,
)
from tidegate_core.ladder cimport (
    Ladder,
    Level,
    ladder_above,
    ladder_below,
    ladder_close,
    ladder_find,
    ladder_open,
    ladder_ready,
    ladder_start,
    ladder_stop,
)
from tidegate_core.ledger cimport cell_of
from tidegate_core.memory cimport memory_free, memory_prefetch, memory_zeroed
from tidegate_core.positions cimport (
    POSITION_ARMED,
    POSITION_ISOLATED,
    POSITION_QUEUED,
    POSITION_SHORT,
    Position,
    exposure_of,
    pnl_of,
    required_of,
    trigger_of,
)
from tidegate_core.types cimport (
    OK,
    REJECT_INSTRUMENT,
    REJECT_MEMORY,
    REJECT_OVERFLOW,
    REJECT_PRICE,
    i32,
    i64,
)
from tidegate_core.wide cimport WIDE_CEIL, WIDE_FLOOR, wide_mul_div

__all__ = ["TriggerHouse"]

cdef enum:
    AHEAD = 12               # dirty accounts ahead of which memory is asked for
    HANDFUL = 64             # crossed triggers that are looked up together
    MAX_SHARES = MAX_CONTRACTS + MAX_COLLATERALS

cdef i64 PPM = 1_000_000
cdef i64 MAX_WORTH = <i64> 1 << 58


cdef struct Headroom:        # of a cross account, and who uses it
    i64 left                 # equity less maintenance
    i64 total                # sum of the weights
    i32 n
    bint exposed
    i32[MAX_SHARES] slot
    i64[MAX_SHARES] weight   # notional, or value of collateral
    i64[MAX_SHARES] level    # of a position: value less maintenance; of collateral: its value


# ---- a trigger in its ladder ------------------------------------------------------------------

cdef void disarm(TriggerHouse house, i32 slot) noexcept nogil:
    """Take a record out of its ladder."""
    cdef Position* position = house.positions + slot
    cdef Triggers* triggers = triggers_of(house, position)
    cdef bint is_short = position.flags & POSITION_SHORT != 0
    cdef Ladder* ladder = &triggers.shorts if is_short else &triggers.longs
    cdef Level* level = ladder_find(ladder, position.trigger)
    house.positions[position.prev].next = position.next
    house.positions[position.next].prev = position.prev
    position.flags &= ~(POSITION_ARMED | POSITION_SHORT)
    level.total -= 1
    if level.head == slot:
        level.head = position.next
    if level.tail == slot:
        level.tail = position.prev
    if level.head == 0:
        leave_level(triggers, is_short, position.trigger)


cdef inline void leave_level(Triggers* triggers, bint is_short, i64 price) noexcept nogil:
    """Close a level that has become empty, and find the next one if it was the first."""
    if is_short:
        ladder_close(&triggers.shorts, price)
        if price == triggers.lowest and not ladder_above(
            &triggers.shorts, price, &triggers.lowest
        ):
            triggers.lowest = INT64_MAX
    else:
        ladder_close(&triggers.longs, price)
        if price == triggers.highest and not ladder_below(
            &triggers.longs, price, &triggers.highest
        ):
            triggers.highest = 0


cdef bint arm(
    TriggerHouse house, i32 slot, bint is_short, i64 price, i64 anchor
) noexcept nogil:
    """Put a record into a ladder, at the end of the queue unless it is there; false: no memory."""
    cdef Position* position = house.positions + slot
    cdef Triggers* triggers = triggers_of(house, position)
    cdef Ladder* ladder = &triggers.shorts if is_short else &triggers.longs
    cdef Level* level
    if position.flags & POSITION_ARMED:
        if position.trigger == price and is_short == (position.flags & POSITION_SHORT != 0):
            return True
        disarm(house, slot)
    if not ladder_ready(ladder, price, anchor):
        return False
    level = ladder_open(ladder, price)
    position.flags |= POSITION_ARMED | (POSITION_SHORT if is_short else 0)
    position.trigger = price
    position.next = 0
    position.prev = level.tail
    if level.head == 0:
        level.head = slot
        if is_short and price < triggers.lowest:
            triggers.lowest = price
        elif not is_short and price > triggers.highest:
            triggers.highest = price
    else:
        house.positions[level.tail].next = slot
    level.tail = slot
    level.total += 1
    return True


cdef inline void disarm_if_armed(TriggerHouse house, i32 slot) noexcept nogil:
    if house.positions[slot].flags & POSITION_ARMED:
        disarm(house, slot)


cdef inline void enqueue(TriggerHouse house, i32 position, i32 account) noexcept nogil:
    """Put a target at the end of the queue; there is room."""
    if position:
        house.positions[position].flags |= POSITION_QUEUED
    else:
        house.accounts[account].flags |= ACCOUNT_QUEUED
    house.due[house.n_due].position = position
    house.due[house.n_due].account = account
    house.n_due += 1


# ---- where triggers belong --------------------------------------------------------------------

cdef bint place_isolated(TriggerHouse house, i32 slot) noexcept nogil:
    """Queue an isolated position, or give it its exact trigger; false without memory."""
    cdef Position* position = house.positions + slot
    cdef const Contract* contract = house.contracts + position.contract
    cdef i64 price = 0
    if position.flags & POSITION_QUEUED:
        return True
    if position.size == 0 or contract.mark == 0 or not trigger_of(
        contract, position, position.entry, position.margin, &price
    ):
        disarm_if_armed(house, slot)
        return True
    if contract.mark <= price if position.size > 0 else contract.mark >= price:
        disarm_if_armed(house, slot)
        enqueue(house, slot, position.account)
        return True
    return arm(house, slot, position.size < 0, price, contract.mark)


cdef void weigh(TriggerHouse house, i32 account, Headroom* room) noexcept nogil:
    """Value a cross account, position by position."""
    cdef i32 slot = house.accounts[account].first, n = 0
    cdef const Position* position
    cdef const Contract* contract
    cdef i64 weight, kept
    room.left = cash_of(house, account)[0]
    room.total = 0
    room.exposed = False
    while slot:
        position = house.positions + slot
        if is_holding(position):
            weight = house.c_collateral_value(
                position.contract - MAX_CONTRACTS,
                cell_of(house.ledger, account, position.contract - MAX_CONTRACTS).free)
            room.left += weight
            room.level[n] = weight
        elif position.size == 0 or position.flags & POSITION_ISOLATED:
            slot = position.sibling
            continue
        else:
            contract = house.contracts + position.contract
            weight = exposure_of(contract, position)
            kept = required_of(contract, position, weight)
            room.level[n] = pnl_of(contract, position) + position.entry - kept
            room.left += pnl_of(contract, position) - kept
            room.exposed |= contract.mark != 0
        room.slot[n] = slot
        room.weight[n] = weight
        room.total += weight
        n += 1
        slot = position.sibling
    room.n = n


cdef bint collateral_trigger(
    TriggerHouse house, i32 account, i32 asset, i64 value, i64* out
) noexcept nogil:
    """Find the last price at which what an account holds is worth at most a value."""
    cdef i64 held = cell_of(house.ledger, account, asset).free
    cdef i64 gross = 0
    if value < 0 or held <= 0 or house.counted_ppm[asset] == 0:
        return False
    # floor(g k / 1e6) <= v for g < (v + 1) 1e6 / k, and floor(held p / 1e6) <= g likewise
    if wide_mul_div(value + 1, PPM, house.counted_ppm[asset], WIDE_CEIL, &gross):
        return False
    if wide_mul_div(gross, PPM, held, WIDE_CEIL, out):
        return False
    out[0] -= 1
    return True


cdef bint arm_share(
    TriggerHouse house, i32 account, const Headroom* room, i32 at
) noexcept nogil:
    """Give one record of a cross account the trigger of its budget; false without memory."""
    cdef i32 slot = room.slot[at], asset
    cdef Position* position = house.positions + slot
    cdef const Contract* contract
    cdef i64 budget = 0, price = 0
    if room.total:
        wide_mul_div(room.left - 1, room.weight[at], room.total, WIDE_FLOOR, &budget)
    elif room.n:
        budget = (room.left - 1) // room.n
    if is_holding(position):
        asset = position.contract - MAX_CONTRACTS
        if collateral_trigger(house, account, asset, room.level[at] - budget - 1, &price):
            return arm(house, slot, False, price + 1, house.collateral_price[asset])
    else:
        contract = house.contracts + position.contract
        # Value less maintenance may fall to level - budget, not below it.
        if contract.mark and trigger_of(
            contract, position, room.level[at] - budget - 1, 0, &price
        ):
            return arm(house, slot, position.size < 0, price, contract.mark)
    disarm_if_armed(house, slot)
    return True


cdef bint register_collateral(TriggerHouse house, i32 account) noexcept nogil:
    """Make sure that what a cross account holds has its records, and no other; false: no memory."""
    cdef bint wanted
    cdef i32 asset, slot
    for asset in range(1, house.n_assets):
        wanted = house.accounts[account].cross > 0 and cell_of(
            house.ledger, account, asset).free > 0
        slot = house.c_position(account, MAX_CONTRACTS + asset)
        if wanted and slot == 0:
            if not house.c_room(1):
                return False
            house.c_record(account, MAX_CONTRACTS + asset)
        elif slot and not wanted:
            disarm_if_armed(house, slot)
            house.c_give(slot)
    return True


cdef inline bint is_due_cross(TriggerHouse house, i32 account) noexcept nogil:
    cdef Standing found = house.c_standing(account)
    return found.exposed and found.equity <= found.maintenance


cdef bint place_cross(TriggerHouse house, i32 account) noexcept nogil:
    """Queue a cross account, or give it triggers for its headroom; false without memory."""
    cdef Headroom room
    cdef i32 at
    cdef bint armed = True
    if house.accounts[account].flags & ACCOUNT_QUEUED:
        return True
    if house.n_assets > 1 and not register_collateral(house, account):
        if is_due_cross(house, account):
            enqueue(house, 0, account)
            return True
        return False
    if house.accounts[account].cross == 0:
        return True
    weigh(house, account, &room)
    if room.exposed and room.left <= 0:
        enqueue(house, 0, account)
        return True
    for at in range(room.n):
        if room.left <= 0:
            disarm_if_armed(house, room.slot[at])
        elif not arm_share(house, account, &room, at):
            armed = False
    return armed


cdef bint place_account(TriggerHouse house, i32 account) noexcept nogil:
    """Value a whole account anew; false if for lack of memory it must stay dirty."""
    cdef i32 slot = house.accounts[account].first
    cdef bint armed = True
    cdef Position* position
    while slot:
        position = house.positions + slot
        if position.flags & POSITION_ISOLATED:
            if not place_isolated(house, slot):
                armed = False
        elif position.size == 0 and not is_holding(position):
            disarm_if_armed(house, slot)
        slot = position.sibling
    return place_cross(house, account) and armed


# ---- examination ------------------------------------------------------------------------------

cdef inline void fetch_dirty(TriggerHouse house, i64 at) noexcept nogil:
    """Ask for what later dirty accounts are made of."""
    cdef i64 later = at + 2 * AHEAD
    if later < house.n_dirty:
        memory_prefetch(house.accounts + house.dirty[later])
        memory_prefetch(cash_of(house, house.dirty[later]))
        later = at + AHEAD
        memory_prefetch(house.positions + house.accounts[house.dirty[later]].first)


cdef void clean(TriggerHouse house) noexcept nogil:
    """Value the dirty accounts anew, in order."""
    cdef i64 at, kept = 0, n = house.n_dirty
    cdef i32 account
    for at in range(n):
        fetch_dirty(house, at)
        account = house.dirty[at]
        if place_account(house, account):
            house.accounts[account].flags &= ~ACCOUNT_DIRTY
        else:
            house.dirty[kept] = account
            kept += 1
    house.n_dirty = kept


cdef inline void fire(TriggerHouse house, i32 slot) noexcept nogil:
    """Act on a trigger that has been crossed and taken from its ladder."""
    cdef Position* position = house.positions + slot
    cdef i32 account = position.account
    if house.n_dirty and house.accounts[account].flags & ACCOUNT_DIRTY:
        return                                  # its triggers are not to be trusted
    if position.flags & POSITION_ISOLATED:
        if not position.flags & POSITION_QUEUED:
            enqueue(house, slot, account)
    elif not place_cross(house, account):
        house.c_touch(account)


cdef i32 take_crossed(
    TriggerHouse house, Triggers* triggers, bint is_short, i64 price, i32* slots
) noexcept nogil:
    """Take the next crossed triggers from their ladder, at most a handful; how many."""
    cdef Ladder* ladder = &triggers.shorts if is_short else &triggers.longs
    cdef Level* level
    cdef i64 at
    cdef i32 n = 0, slot
    while n < HANDFUL and (triggers.lowest <= price if is_short else triggers.highest >= price):
        at = triggers.lowest if is_short else triggers.highest
        level = ladder_find(ladder, at)
        slot = level.head
        while n < HANDFUL and slot != level.tail:
            slots[n] = slot
            n += 1
            slot = house.positions[slot].next
            level.total -= 1
        if n < HANDFUL:
            memory_prefetch(house.positions + slot)
            slots[n] = slot
            n += 1
            leave_level(triggers, is_short, at)
        else:
            level.head = slot
            house.positions[slot].prev = 0
    return n


cdef void fire_crossed(
    TriggerHouse house, Triggers* triggers, bint is_short, i64 price
) noexcept nogil:
    """Act on the crossed triggers of a ladder, the first crossed first.

    They are of different accounts that lie anywhere in memory: a handful is asked for together.
    """
    cdef i32[HANDFUL] slots
    cdef Position* position
    cdef i32 at, n
    while True:
        n = take_crossed(house, triggers, is_short, price, slots)
        if n == 0:
            return
        for at in range(n):
            position = house.positions + slots[at]
            position.flags &= ~(POSITION_ARMED | POSITION_SHORT)
            if house.n_dirty or not position.flags & POSITION_ISOLATED:
                memory_prefetch(house.accounts + position.account)
                memory_prefetch(cash_of(house, position.account))
        for at in range(n):
            fire(house, slots[at])


cdef inline void examine(TriggerHouse house, Triggers* triggers, i64 price) noexcept nogil:
    """Act on all triggers on a price that it has crossed."""
    if triggers.highest >= price:
        fire_crossed(house, triggers, False, price)
    if triggers.lowest <= price:
        fire_crossed(house, triggers, True, price)


cdef void examine_all(TriggerHouse house) noexcept nogil:
    """Value what is dirty, then act on all that the present prices have crossed."""
    cdef i32 at
    house.rounds += 1
    house.examined = house.liquidating
    if not house.liquidating:
        return
    if house.n_dirty:
        clean(house)
    for at in range(house.n_contracts):
        if house.contracts[at].mark:
            examine(house, house.triggers + at, house.contracts[at].mark)
    for at in range(1, house.n_assets):
        examine(
            house, house.triggers + house.n_contracts + at - 1, house.collateral_price[at] + 1)


cdef bint due_room(TriggerHouse house) noexcept nogil:
    """Make room for every new target there could be: each has a record of its own.

    One that waits already may have none by now but that of a new one: an account that was due,
    closed its position and opened an isolated one.
    """
    cdef i64 capacity
    cdef void* fresh
    if house.n_due + house.records.live <= house.due_capacity:
        return True
    capacity = house.n_due + 2 * <i64> house.records.live
    fresh = enlarged(house.due, house.n_due, capacity, sizeof(Due))
    if fresh == NULL:
        return False
    house.due = <Due*> fresh
    house.due_capacity = capacity
    return True


cdef class TriggerHouse(Holdings):
    """`Holdings` that knows who is due for liquidation."""

    def __cinit__(
        self, settlement="USD", contracts=(), collateral=(), accounts=0, waterfall=None,
    ):
        self.n_triggers = self.n_contracts + self.n_assets - 1
        self.triggers = empty_triggers(self.n_triggers)
        if self.triggers == NULL:
            raise MemoryError("no memory for a margin engine")
        self.liquidating = self.examined = True

    def __dealloc__(self):
        free_triggers(self.triggers, self.n_triggers)
        memory_free(self.due)

    cdef bint c_is_due(self, Due target) noexcept nogil:
        cdef const Position* position
        if target.position == 0:
            return is_due_cross(self, target.account)
        position = self.positions + target.position
        return (
            position.size != 0
            and position.flags & POSITION_ISOLATED != 0
            and self.contracts[position.contract].mark != 0
            and self.c_position_equity(target.position)
            <= self.c_position_maintenance(target.position)
        )

    cdef i32 c_set_marks(self, const i64* marks) noexcept nogil:
        cdef i32 at
        for at in range(self.n_contracts):
            if not 0 <= marks[at] <= self.contracts[at].max_price:
                return REJECT_PRICE
        if not due_room(self):
            return REJECT_MEMORY
        for at in range(self.n_contracts):
            if marks[at]:
                if self.contracts[at].mark == 0:
                    touch_holders(self, at)
                self.contracts[at].mark = marks[at]
        examine_all(self)
        return OK

    cdef i32 c_set_collateral_price(self, i32 asset, i64 price) noexcept nogil:
        cdef i64 worth = 0
        if not 1 <= asset < self.n_assets:
            return REJECT_INSTRUMENT
        if price < 0:
            return REJECT_PRICE
        if wide_mul_div(
            <i64> self.ledger.inflow[asset].lo, price, PPM, WIDE_FLOOR, &worth
        ) or worth >= MAX_WORTH:
            return REJECT_OVERFLOW
        if not due_room(self):
            return REJECT_MEMORY
        self.collateral_price[asset] = price
        examine_all(self)
        return OK

    cdef void c_unqueue(self, Due target) noexcept nogil:
        cdef i32 slot, follower
        self.c_touch(target.account)
        if target.position:
            self.positions[target.position].flags &= ~POSITION_QUEUED
            self.c_release(target.position)
            return
        self.accounts[target.account].flags &= ~ACCOUNT_QUEUED
        slot = self.accounts[target.account].first
        while slot:
            follower = self.positions[slot].sibling
            self.c_release(slot)
            slot = follower

    cdef void c_release(self, i32 slot) noexcept nogil:
        if is_holding(self.positions + slot):
            return
        if self.positions[slot].size == 0 and self.positions[slot].flags & POSITION_ARMED:
            disarm(self, slot)
        Holdings.c_release(self, slot)


cdef void touch_holders(TriggerHouse house, i32 contract) noexcept nogil:
    """Make dirty whoever has a position in a contract that gets its first mark."""
    cdef i32 slot
    for slot in range(1, house.records.used):
        if house.positions[slot].contract == contract and house.positions[slot].size:
            house.c_touch(house.positions[slot].account)


# ---- memory -----------------------------------------------------------------------------------

cdef Triggers* empty_triggers(i32 n) noexcept nogil:
    """Make empty ladders, NULL without memory."""
    cdef Triggers* fresh = <Triggers*> memory_zeroed(<size_t> n * sizeof(Triggers))
    cdef i32 at
    if fresh != NULL:
        for at in range(n):
            ladder_start(&fresh[at].longs)
            ladder_start(&fresh[at].shorts)
            fresh[at].lowest = INT64_MAX
    return fresh


cdef void free_triggers(Triggers* triggers, i32 n) noexcept nogil:
    cdef i32 at
    if triggers != NULL:
        for at in range(n):
            ladder_stop(&triggers[at].longs)
            ladder_stop(&triggers[at].shorts)
        memory_free(triggers)
