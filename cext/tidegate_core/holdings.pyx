"""Accounts, cash, collateral and positions on margin, and what trades and funding do to them."""

from libc.stdint cimport uint16_t
from libc.string cimport memcpy, memset

from tidegate_core.contract cimport Contract, initial_of, load_contract
from tidegate_core.ledger cimport Cell, Ledger, cell_of
from tidegate_core.memory cimport memory_free, memory_prefetch, memory_zeroed
from tidegate_core.positions cimport (
    POSITION_ISOLATED,
    POSITION_LIVE,
    POSITION_QUEUED,
    Position,
    charge,
    exposure_of,
    move_margin,
    pnl_of,
    required_of,
    trade_lots,
)
from tidegate_core.types cimport (
    OK,
    REJECT_ACCOUNT,
    REJECT_FUNDS,
    REJECT_INSTRUMENT,
    REJECT_LEVERAGE,
    REJECT_MARGIN,
    REJECT_MEMORY,
    REJECT_OVERFLOW,
    REJECT_PRICE,
    REJECT_QUANTITY,
    i32,
    i64,
    u8,
    u32,
)
from tidegate_core.wide cimport (
    WIDE_CEIL,
    WIDE_FLOOR,
    Wide,
    wide_accumulate,
    wide_mul_div,
    wide_to_int,
)

from tidegate_core.perpetual import MAX_VALUE, Collateral, Perpetual

__all__ = ["Holdings"]

cdef enum:
    FIRST_ROOM = 64
    AHEAD = 8                # records of a walk ahead of which memory is asked for
    MAX_SLOTS = 0x7FFFFFFE

cdef i64 PPM = 1_000_000
cdef i64 PPB = 1_000_000_000
cdef i64 MAX_INFLOW = <i64> 1 << 61
cdef i64 MAX_WORTH = <i64> 1 << 58       # of all that there is of a collateral


# ---- memory -----------------------------------------------------------------------------------

cdef void* enlarged(void* old, i64 used, i64 capacity, size_t size) noexcept nogil:
    """Move records to a larger buffer and free the old one; NULL, and it stays, without memory."""
    cdef void* fresh = memory_zeroed(<size_t> capacity * size)
    if fresh != NULL:
        if old != NULL:
            memcpy(fresh, old, <size_t> used * size)
        memory_free(old)
    return fresh


cdef i64 arena_room(const Arena* arena, i64 count) noexcept nogil:
    """Give the capacity that `count` more records take: the present one if that will do."""
    cdef i64 wanted = arena.live + count + 1
    if wanted <= arena.capacity:
        return arena.capacity
    if wanted < 2 * <i64> arena.capacity:
        wanted = 2 * <i64> arena.capacity
    return FIRST_ROOM if wanted < FIRST_ROOM else wanted


cdef inline bint is_default(Holdings house, const Position* position) noexcept nogil:
    """Tell whether a record says nothing that its absence would not."""
    cdef const Account* account = house.accounts + position.account
    return (
        position.size == 0
        and not is_holding(position)
        and position.margin == 0
        and position.orders == 0
        and position.stops == 0
        and position.flags == POSITION_LIVE
        and not account.flags & ACCOUNT_QUEUED
        and position.leverage == house.contracts[position.contract].max_leverage
    )


cdef inline bint sees(Holdings house, i64 account, i64 contract) noexcept nogil:
    return 0 <= account < house.n_accounts and 0 <= contract < house.n_contracts


cdef class Holdings:
    """What a `MarginEngine` knows of its accounts; it is used through one."""

    def __cinit__(
        self, settlement="USD", contracts=(), collateral=(), accounts=0, waterfall=None,
    ):
        self._contracts = tuple(
            c if isinstance(c, Perpetual) else Perpetual(**c) for c in contracts)
        self._collateral = tuple(
            c if isinstance(c, Collateral) else Collateral(**c) for c in collateral)
        if not 1 <= len(self._contracts) <= MAX_CONTRACTS:
            raise ValueError(
                f"contracts has {len(self._contracts)} entries; allowed are 1 to {MAX_CONTRACTS}")
        if len(self._collateral) > MAX_COLLATERALS:
            raise ValueError(
                f"collateral has {len(self._collateral)} entries; "
                f"allowed are 0 to {MAX_COLLATERALS}")
        self.ledger = Ledger((settlement, *(c.asset for c in self._collateral)), 0)
        self.n_contracts = <i32> len(self._contracts)
        self.n_assets = self.ledger.n_assets
        self.contracts = <Contract*> memory_zeroed(self.n_contracts * sizeof(Contract))
        self.max_lots = <i64*> memory_zeroed(self.n_contracts * sizeof(i64))
        self.long_lots = <i64*> memory_zeroed(self.n_contracts * sizeof(i64))
        self.collateral_price = <i64*> memory_zeroed(self.n_assets * sizeof(i64))
        self.counted_ppm = <i64*> memory_zeroed(self.n_assets * sizeof(i64))
        if (
            self.contracts == NULL or self.max_lots == NULL or self.long_lots == NULL
            or self.collateral_price == NULL or self.counted_ppm == NULL
        ):
            raise MemoryError("no memory for a margin engine")
        for at, contract in enumerate(self._contracts):
            load_contract(self.contracts + <i32> at, contract)
            factor = contract.unit * (1 if contract.inverse else contract.max_price)
            self.max_lots[<i32> at] = MAX_VALUE // factor
        for at, terms in enumerate(self._collateral, start=1):
            self.counted_ppm[<i32> at] = PPM - terms.haircut_ppm
        self.records.used = 1
        if isinstance(accounts, bool) or not isinstance(accounts, int) or accounts < 0:
            raise ValueError(f"accounts is {accounts!r}; allowed are whole numbers from 0")
        if self.c_add_accounts(accounts + FIRST_CLIENT, 1) < 0 or not self.c_room(1):
            raise MemoryError(f"no memory for {accounts} accounts")

    def __dealloc__(self):
        memory_free(self.contracts)
        memory_free(self.max_lots)
        memory_free(self.long_lots)
        memory_free(self.collateral_price)
        memory_free(self.counted_ppm)
        memory_free(self.positions)
        memory_free(self.accounts)
        memory_free(self.dirty)
        memory_free(self.shortfalls)

    # ---- accounts and records -----------------------------------------------------------------

    cdef i64 c_add_accounts(self, i64 count, i64 multiplicity) noexcept nogil:
        cdef i64 wanted = self.n_accounts + count, capacity, account, first
        cdef Account* accounts
        cdef i32* dirty
        if count < 0 or not 1 <= multiplicity <= MAX_MULTIPLICITY:
            return -REJECT_QUANTITY
        if wanted > MAX_SLOTS:
            return -REJECT_MEMORY
        if wanted > self.account_capacity:
            capacity = max(wanted, 2 * self.account_capacity)
            accounts = <Account*> memory_zeroed(<size_t> capacity * sizeof(Account))
            dirty = <i32*> memory_zeroed(<size_t> capacity * sizeof(i32))
            if accounts == NULL or dirty == NULL:
                memory_free(accounts)
                memory_free(dirty)
                return -REJECT_MEMORY
            if self.n_accounts:
                memcpy(accounts, self.accounts, <size_t> self.n_accounts * sizeof(Account))
            if self.n_dirty:
                memcpy(dirty, self.dirty, <size_t> self.n_dirty * sizeof(i32))
            memory_free(self.accounts)
            memory_free(self.dirty)
            self.accounts, self.dirty, self.account_capacity = accounts, dirty, capacity
        # Cross accounts may owe: in the ledger everybody may be negative.
        first = self.ledger.c_add_accounts(count, True)
        if first < 0:
            return first
        for account in range(first, first + count):
            memset(self.accounts + account, 0, sizeof(Account))
            self.accounts[account].multiplicity = <u32> multiplicity
        self.n_accounts = wanted
        return first

    cdef i32 c_position(self, i32 account, i32 contract) noexcept nogil:
        cdef i32 slot = self.accounts[account].first
        while slot and self.positions[slot].contract != contract:
            slot = self.positions[slot].sibling
        return slot

    cdef bint c_room(self, i64 count) noexcept nogil:
        cdef i64 capacity
        cdef void* fresh
        if self.records.live + count < self.records.capacity:
            return True
        # Room for the house accounts too, so that they need not make it in a crisis.
        capacity = arena_room(&self.records, count + FIRST_CLIENT * self.n_contracts)
        if capacity > MAX_SLOTS:
            return False
        fresh = enlarged(self.positions, self.records.used, capacity, sizeof(Position))
        if fresh == NULL:
            return False
        self.positions = <Position*> fresh
        self.records.capacity = <i32> capacity
        return True

    cdef i32 c_record(self, i32 account, i32 contract) noexcept nogil:
        cdef i32 slot = self.c_position(account, contract)
        cdef Position* position
        if slot:
            return slot
        slot = arena_take(&self.records, self.positions[self.records.free].sibling)
        position = self.positions + slot
        memset(position, 0, sizeof(Position))
        position.account = account
        position.contract = contract
        position.multiplicity = self.accounts[account].multiplicity
        position.flags = POSITION_LIVE
        if contract < MAX_CONTRACTS:
            position.leverage = self.contracts[contract].max_leverage
        position.sibling = self.accounts[account].first
        self.accounts[account].first = slot
        self.accounts[account].records += 1
        return slot

    cdef void c_give(self, i32 slot) noexcept nogil:
        cdef Position* position = self.positions + slot
        cdef i32* link = &self.accounts[position.account].first
        while link[0] != slot:
            link = &self.positions[link[0]].sibling
        link[0] = position.sibling
        self.accounts[position.account].records -= 1
        memset(position, 0, sizeof(Position))
        position.sibling = self.records.free
        self.records.free = slot
        self.records.live -= 1

    cdef void c_release(self, i32 slot) noexcept nogil:
        if is_default(self, self.positions + slot):
            self.c_give(slot)

    cdef void c_touch(self, i32 account) noexcept nogil:
        cdef Account* row = self.accounts + account
        if account >= FIRST_CLIENT and row.first and not row.flags & ACCOUNT_DIRTY:
            row.flags |= ACCOUNT_DIRTY
            self.dirty[self.n_dirty] = account
            self.n_dirty += 1

    # ---- what an account is worth -------------------------------------------------------------

    cdef i64 c_collateral_value(self, i32 asset, i64 amount) noexcept nogil:
        cdef i64 value = 0
        if amount <= 0 or self.collateral_price[asset] == 0:
            return 0
        wide_mul_div(amount, self.collateral_price[asset], PPM, WIDE_FLOOR, &value)
        wide_mul_div(value, self.counted_ppm[asset], PPM, WIDE_FLOOR, &value)
        return value

    cdef Standing c_standing(self, i32 account) noexcept nogil:
        cdef i32 slot = self.accounts[account].first
        cdef const Position* position
        cdef const Contract* contract
        cdef i64 notional
        cdef Standing found
        found.equity = reserves_of(self, account)
        found.maintenance = found.initial = 0
        found.exposed = False
        while slot:
            position = self.positions + slot
            slot = position.sibling
            if position.size == 0 or position.flags & POSITION_ISOLATED:
                continue
            contract = self.contracts + position.contract
            if contract.mark == 0:       # what it cost stands for its notional
                found.initial += initial_of(
                    max(position.entry, -position.entry), position.leverage)
                continue
            notional = exposure_of(contract, position)
            found.exposed = True
            found.equity += pnl_of(contract, position)
            found.maintenance += required_of(contract, position, notional)
            found.initial += initial_of(notional, position.leverage)
        return found

    cdef i64 c_equity(self, i32 account) noexcept nogil:
        return self.c_standing(account).equity

    cdef i64 c_maintenance(self, i32 account) noexcept nogil:
        return self.c_standing(account).maintenance

    cdef i64 c_available(self, i32 account) noexcept nogil:
        cdef Standing found = self.c_standing(account)
        return found.equity - found.initial - self.accounts[account].order_margin

    cdef i64 c_spendable(self, i32 account) noexcept nogil:
        # Coins and unrealised gains back cross positions; isolated margin is cash.
        cdef i64 cash = cash_of(self, account)[0] - self.accounts[account].isolated_margin
        return min(cash, self.c_available(account))

    cdef i64 c_position_equity(self, i32 position) noexcept nogil:
        cdef const Position* found = self.positions + position
        return found.margin + pnl_of(self.contracts + found.contract, found)

    cdef i64 c_position_maintenance(self, i32 position) noexcept nogil:
        cdef const Position* found = self.positions + position
        cdef const Contract* contract = self.contracts + found.contract
        return required_of(contract, found, exposure_of(contract, found))

    # ---- trades, cash and funding -------------------------------------------------------------

    cdef bint c_shortfall_room(self, i64 count) noexcept nogil:
        cdef i64 capacity = self.n_shortfalls + count
        cdef void* fresh
        if capacity <= self.shortfall_capacity:
            return True
        capacity = 2 * capacity + FIRST_ROOM
        fresh = enlarged(self.shortfalls, self.n_shortfalls, capacity, sizeof(Shortfall))
        if fresh == NULL:
            return False
        self.shortfalls = <Shortfall*> fresh
        self.shortfall_capacity = capacity
        return True

    cdef void c_trade(
        self, i32 slot, i64 price, i64 lots, i64 fee, bint liquidated
    ) noexcept nogil:
        cdef Position* position = self.positions + slot
        cdef i64* cash = cash_of(self, position.account)
        cdef i64* clearing = cash_of(self, CLEARING)
        cdef i64 before = position.size
        trade_lots(
            self.contracts + position.contract, position, price, lots, liquidated, cash, clearing)
        if fee:
            charge(position, fee, cash, clearing, cash_of(self, VENUE))
        count_size(self, position, before)
        if position.size == 0 and position.margin and not liquidated:
            close_out(self, position, cash, clearing)
        self.c_touch(position.account)

    cdef void c_put(self, i32 slot, i64 lots, i64 entry) noexcept nogil:
        cdef Position* position = self.positions + slot
        cdef i64 before = position.size
        position.size += lots
        position.entry += entry
        count_size(self, position, before)
        self.c_touch(position.account)

    cdef void c_pay(self, i32 asset, i32 source, i32 target, i64 amount) noexcept nogil:
        cell_of(self.ledger, source, asset).free -= amount
        cell_of(self.ledger, target, asset).free += amount
        self.c_touch(source)
        self.c_touch(target)

    cdef void c_move_margin(self, i32 position, i64 amount) noexcept nogil:
        cdef Position* to = self.positions + position
        move_margin(to, amount, cash_of(self, to.account), cash_of(self, CLEARING))
        self.c_touch(to.account)

    cdef i32 c_fund(self, i32 contract, i64 rate_ppb) noexcept nogil:
        cdef i64 rate = -rate_ppb if rate_ppb < 0 else rate_ppb, amount
        cdef i64* dust = cash_of(self, DUST)
        cdef i64* clearing = cash_of(self, CLEARING)
        cdef Position* position
        cdef i32 slot
        if not 0 <= contract < self.n_contracts:
            return REJECT_INSTRUMENT
        if self.contracts[contract].mark == 0:
            return REJECT_PRICE
        if not 0 <= rate <= PPB:
            return REJECT_OVERFLOW
        for slot in range(1, self.records.used):
            position = self.positions + slot
            memory_prefetch(cash_of(self, self.positions[
                slot + AHEAD if slot + AHEAD < self.records.used else slot].account))
            if position.size == 0 or position.contract != contract:
                continue
            amount = exposure_of(self.contracts + contract, position)
            if (position.size > 0) == (rate_ppb > 0):
                wide_mul_div(amount, rate, PPB, WIDE_CEIL, &amount)
            else:
                wide_mul_div(-amount, rate, PPB, WIDE_CEIL, &amount)
            if position.flags & POSITION_ISOLATED:
                position.margin -= amount
                clearing[0] -= amount
            else:
                cash_of(self, position.account)[0] -= amount
            dust[0] += amount
            self.c_touch(position.account)
        return OK

    # ---- instructions about cash and settings -------------------------------------------------

    cdef i32 c_deposit(self, i32 account, i32 asset, i64 amount) noexcept nogil:
        cdef i32 code = self.ledger.c_where(account, asset)
        cdef i64 total
        if not is_open(self, account):
            return REJECT_ACCOUNT
        if code != OK:
            return code
        if amount < 0:
            return REJECT_QUANTITY
        if amount >= MAX_INFLOW:
            return REJECT_OVERFLOW
        total = <i64> self.ledger.inflow[asset].lo + amount       # never negative, below 2**61
        if total >= MAX_INFLOW or not worth_fits(total, self.collateral_price[asset]):
            return REJECT_OVERFLOW
        code = self.ledger.c_deposit(account, asset, amount)
        if code == OK:
            self.c_touch(account)
        return code

    cdef i32 c_withdraw(self, i32 account, i32 asset, i64 amount) noexcept nogil:
        cdef i32 code = self.ledger.c_where(account, asset)
        cdef i64 held, lost
        if not is_open(self, account):
            return REJECT_ACCOUNT
        if code != OK:
            return code
        if amount < 0:
            return REJECT_QUANTITY
        held = cell_of(self.ledger, account, asset).free
        if amount > held:
            return REJECT_FUNDS
        if account >= FIRST_CLIENT:
            lost = amount
            if asset:
                lost = self.c_collateral_value(asset, held)
                lost -= self.c_collateral_value(asset, held - amount)
            if lost > 0 and lost > (
                self.c_available(account) if asset else self.c_spendable(account)
            ):
                return REJECT_MARGIN
        code = self.ledger.c_withdraw(account, asset, amount)
        if code == OK:
            self.c_touch(account)
        return code

    cdef i32 c_add_margin(self, i32 account, i32 contract, i64 amount) noexcept nogil:
        cdef i32 slot
        cdef Position* position
        cdef i64 left, pnl
        if not 0 <= account < self.n_accounts:
            return REJECT_ACCOUNT
        if not 0 <= contract < self.n_contracts:
            return REJECT_INSTRUMENT
        slot = self.c_position(account, contract)
        position = self.positions + slot
        if slot == 0 or position.size == 0 or not position.flags & POSITION_ISOLATED:
            return REJECT_MARGIN
        if amount > 0:
            if amount > cash_of(self, account)[0] or (
                account >= FIRST_CLIENT and amount > self.c_spendable(account)
            ):
                return REJECT_MARGIN
        elif amount < 0:
            if self.contracts[contract].mark == 0:
                return REJECT_PRICE
            # An unrealised gain does not count, so that it cannot be taken out; a loss does.
            pnl = pnl_of(self.contracts + contract, position)
            left = position.margin + (pnl if pnl < 0 else 0)
            if amount < -MAX_INFLOW or left + amount < initial_of(
                exposure_of(self.contracts + contract, position), position.leverage
            ):
                return REJECT_MARGIN
        self.c_move_margin(slot, amount)
        return OK

    cdef i32 c_set_leverage(
        self, i32 contract, i32 account, i64 leverage, bint isolated
    ) noexcept nogil:
        cdef i32 code = may_set(self, account, contract), slot
        if code != OK:
            return code
        if not 1 <= leverage <= self.contracts[contract].max_leverage:
            return REJECT_LEVERAGE
        if not self.c_room(1):
            return REJECT_MEMORY
        slot = self.c_record(account, contract)
        self.positions[slot].leverage = <uint16_t> leverage
        if isolated:
            self.positions[slot].flags |= POSITION_ISOLATED
        else:
            self.positions[slot].flags &= <u8> ~POSITION_ISOLATED
        self.c_release(slot)
        return OK

    # ---- invariants ---------------------------------------------------------------------------

    def _check(self):
        """Assert every invariant."""
        cdef i32 account, asset
        cdef i64 dirty = 0
        self.ledger._check()
        assert self.n_accounts == self.ledger.n_accounts, "accounts and balances differ"
        assert self.n_accounts <= self.account_capacity, "more accounts than there is room for"
        for account in range(<i32> self.n_accounts):
            check_account(self, account)
            dirty += self.accounts[account].flags & ACCOUNT_DIRTY
        assert dirty == self.n_dirty, "dirty accounts miscounted"
        for account in self.dirty[:self.n_dirty]:
            assert self.accounts[account].flags & ACCOUNT_DIRTY, "a clean account is listed"
        self._check_records()
        for asset in range(self.n_assets):
            total = wide_to_int(self.ledger.inflow[asset])
            assert 0 <= total < MAX_INFLOW, "deposits out of bounds"
            assert worth_fits(total, self.collateral_price[asset]), "collateral out of bounds"

    def _check_records(self):
        cdef Wide identity
        cdef Wide[MAX_CONTRACTS] sums
        cdef const Position* position
        cdef i32 slot, live = 0, free = 0, contract
        longs = [0] * self.n_contracts
        memset(&identity, 0, sizeof(Wide))
        memset(sums, 0, sizeof(sums))
        assert self.records.used <= self.records.capacity, "records exceed their buffer"
        for slot in range(1, self.records.used):
            position = self.positions + slot
            if not position.flags & POSITION_LIVE:
                continue
            live += 1
            wide_accumulate(&identity, position.margin)
            wide_accumulate(&identity, -position.entry)
            if not is_holding(position):
                wide_accumulate(&sums[position.contract], position.size)
                longs[position.contract] += max(0, position.size)
                check_position(self, position)
        slot = self.records.free
        while slot:
            assert not self.positions[slot].flags & POSITION_LIVE, "a live record is free"
            free += 1
            assert free < self.records.used, "free records have a cycle"
            slot = self.positions[slot].sibling
        assert live == self.records.live, "records miscounted"
        assert live + free + 1 == self.records.used, "a record is lost"
        chained = sum([self.accounts[a].records for a in range(self.n_accounts)])
        assert chained == live, "a record is in no chain"
        clearing = cash_of(self, CLEARING)[0]
        assert wide_to_int(identity) == clearing, \
            f"CLEARING holds {clearing}; margins less entries are {wide_to_int(identity)}"
        for contract in range(self.n_contracts):
            assert wide_to_int(sums[contract]) == 0, f"sizes of contract {contract} do not cancel"
            assert self.long_lots[contract] == longs[contract], "open interest miscounted"


cdef inline void count_size(Holdings house, const Position* position, i64 before) noexcept nogil:
    """Count in the change of a position's size."""
    if not position.flags & POSITION_ISOLATED:
        house.accounts[position.account].cross += (position.size != 0) - (before != 0)
    house.long_lots[position.contract] += (
        (position.size if position.size > 0 else 0) - (before if before > 0 else 0))


cdef bint worth_fits(i64 total, i64 price) noexcept nogil:
    """Tell whether all that there is of a collateral has a value in bounds at a price."""
    cdef i64 value = 0
    return not wide_mul_div(total, price, PPM, WIDE_FLOOR, &value) and value < MAX_WORTH


cdef i32 may_set(Holdings house, i32 account, i32 contract) noexcept nogil:
    """Tell whether mode and leverage may change: no size, no orders, not waiting for the desk."""
    cdef i32 slot
    if not FIRST_CLIENT <= account < house.n_accounts:
        return REJECT_ACCOUNT
    if not 0 <= contract < house.n_contracts:
        return REJECT_INSTRUMENT
    slot = house.c_position(account, contract)
    if slot and (
        house.positions[slot].size
        or house.positions[slot].margin
        or house.positions[slot].orders
        or house.positions[slot].flags & POSITION_QUEUED
    ):
        return REJECT_LEVERAGE
    return OK


cdef i64 reserves_of(Holdings house, i32 account) noexcept nogil:
    """Give an account's cash and what counts of its collateral.

    The fund pays for the coins it takes over even when that is more cash than it has, and counts
    them from then on.
    """
    cdef Cell* row = cell_of(house.ledger, account, 0)
    cdef i64 total = row.free
    cdef i32 asset
    for asset in range(1, house.n_assets):
        total += house.c_collateral_value(asset, row[asset].free)
    return total


cdef void close_out(
    Holdings house, Position* position, i64* cash, i64* clearing
) noexcept nogil:
    """Empty the margin of an isolated position that has been closed.

    What lacks is paid by the fund while it lasts, then by the venue; there is room to log it.
    """
    cdef i64 lacking = -position.margin, paid
    cdef Shortfall* row
    if lacking > 0:
        paid = max(<i64> 0, min(lacking, reserves_of(house, FUND)))
        cash_of(house, FUND)[0] -= paid
        cash_of(house, VENUE)[0] -= lacking - paid
        cash[0] += lacking
        row = house.shortfalls + house.n_shortfalls
        house.n_shortfalls += 1
        row.time = house.clock
        row.amount = lacking
        row.from_fund = paid
        row.account = position.account
        row.contract = position.contract
    move_margin(position, -position.margin, cash, clearing)


cdef int check_account(Holdings house, i32 account) except -1:
    """Assert what holds of an account and the chain of its records."""
    cdef const Account* row = house.accounts + account
    cdef const Position* position
    cdef i32 slot = row.first, records = 0, cross = 0, asset
    cdef i64 seen = 0
    assert 1 <= row.multiplicity <= MAX_MULTIPLICITY, "multiplicity out of bounds"
    assert row.order_margin >= 0, f"account {account} reserves {row.order_margin}"
    assert 0 <= row.isolated_margin <= row.order_margin, \
        f"account {account} reserves {row.isolated_margin} of {row.order_margin} in cash"
    while slot:
        assert 0 < slot < house.records.used, "a chain leaves the records"
        position = house.positions + slot
        assert position.flags & POSITION_LIVE, "a free record is in a chain"
        assert position.account == account, "a record is in another account's chain"
        assert position.multiplicity == row.multiplicity, "a record has another multiplicity"
        assert not seen >> position.contract & 1, "an account has two records of a contract"
        seen |= <i64> 1 << position.contract
        records += 1
        cross += position.size != 0 and not position.flags & POSITION_ISOLATED
        slot = position.sibling
    assert records == row.records, "an account's records are miscounted"
    assert cross == row.cross, "an account's cross positions are miscounted"
    for asset in range(house.n_assets):
        assert cell_of(house.ledger, account, asset).reserved == 0, "cash is reserved in a cell"
        assert asset == 0 or cell_of(house.ledger, account, asset).free >= 0, "collateral is owed"
    return 0


cdef int check_position(Holdings house, const Position* position) except -1:
    """Assert what holds of a position alone."""
    cdef i64 most
    assert position.contract < house.n_contracts, "a position's contract is unknown"
    most = house.max_lots[position.contract]
    assert -most <= position.size <= most, "a position is too large"
    assert 1 <= position.leverage <= house.contracts[position.contract].max_leverage, "leverage"
    assert position.flags & POSITION_ISOLATED or position.margin == 0, "a cross position has margin"
    assert position.size or position.entry == 0, "an empty position has an entry"
    assert not is_default(house, position), "a record says nothing"
    if position.size == 0 and position.margin:
        assert position.flags & POSITION_QUEUED, "an empty position has margin"
    return 0
