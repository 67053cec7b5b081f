"""The leveraged public of one venue: positions renewed, stopped, topped up, wiped out, reopened."""

import numpy as np

from libc.math cimport INFINITY as inf, ceil, fabs, floor
from libc.string cimport memcpy
from tidegate_core import frames
from tidegate_core.book cimport OrderBook
from tidegate_core.contract cimport PPM, Contract, in_ppm, initial_of, notional_of, tier_among
from tidegate_core.draws cimport draw_block, draw_exponential, fixed_exp
from tidegate_core.holdings cimport cash_of
from tidegate_core.margin cimport MarginHouse
from tidegate_core.memory cimport memory_free, memory_prefetch, memory_zeroed
from tidegate_core.positions cimport POSITION_QUEUED, Position, trigger_of
from tidegate_core.types cimport BUY, IOC, LIMIT, MARKET, OK, SELL, STP_NONE, i32, i64, u8, u32, u64
from tidegate_core.wide cimport WIDE_CEIL
from tidegate_crowd.alerts cimport FALLING, RISING, Alerts, alert_rests
from tidegate_crowd.arrival cimport sort_arrivals
from tidegate_crowd.leveraged_terms import CrowdTerms, require_columns
from tidegate_crowd.wheel cimport Wheel

__all__ = ["LeveragedCrowd"]

cdef enum:
    WAIT = 0                       # draws of a turn in a member's life: its wait ...
    DECIDE = 1                     # ... and a block of four words:
    ARRIVAL = 0
    DIRECTION = 1
    LEVERAGE = 2
    LINE = 3

cdef enum:
    PORTION = 30                   # seconds between parts of an order that is worked
    AHEAD = 12                     # whose memory is fetched before their turn comes

cdef i64 UNCAPPED = 1 << 30       # more leverage than any venue allows
cdef double NEVER = 1e15          # seconds: when who has left comes back
cdef double WORD = 1.0 / 4294967296.0

MEMBER_DTYPE = np.dtype([
    ("base", np.int64), ("margin_rate", np.float64), ("draws", np.uint32), ("contract", np.uint8),
    ("group", np.uint8), ("condition", np.uint8), ("line", np.uint8), ("flags", np.uint8)],
    align=True)
assert MEMBER_DTYPE.itemsize == sizeof(Member)


cdef inline double unit(u32 word) noexcept nogil:
    """A number strictly between 0 and 1."""
    return (<double>word + 0.5) * WORD


cdef inline i64 size_of(MarginHouse house, i32 slot) noexcept nogil:
    return house.positions[slot].size if slot else 0


cdef inline i64 lots_of(i64 size) noexcept nogil:
    return -size if size < 0 else size


cdef class LeveragedCrowd:
    """Leveraged accounts of one margin house.

    Parameters
    ----------
    contract, group : column of int
        What each account trades, and its place in `groups`.
    size : column of int64
        Its position at the start, lots, long > 0; renewed positions are as large.
    margin_rate : column of float
        Isolated margin over entry cost.
    line_kind, line : column of int
        0: nothing, 1: a stop, 2: margin is added, and the price in ticks of that.
    marks : sequence of int
        Marks of the house's contracts, ticks.
    first : int
        Account of the first member; the others follow.
    key : int
        Key of their draws (64 bits).
    now : float
        The time, seconds.
    terms : CrowdTerms
        What they all share.
    """

    def __init__(self, contract, group, size, margin_rate, line_kind, line, *, marks, i32 first,
                 u64 key, double now, terms):
        if not isinstance(terms, CrowdTerms):
            raise TypeError(f"terms is {terms!r}; a CrowdTerms is needed")
        if first < 0 or not 0 <= now < inf:
            raise ValueError(f"first is {first} and now {now}; both must be >= 0")
        names = ("contract", "group", "size", "margin_rate", "line_kind", "line")
        given = (contract, group, size, margin_rate, line_kind, line)
        columns = {
            name: np.ascontiguousarray(
                column, dtype=np.float64 if name == "margin_rate" else np.int64)
            for name, column in zip(names, given, strict=True)}
        prices = np.ascontiguousarray(marks, dtype=np.int64)
        require_columns(terms, columns, prices)
        self.first, self.key, self.now, self.terms = first, key, now, terms
        self._allocate(columns["contract"].size, prices.size)
        self._enrol(*columns.values(), prices)

    def _allocate(self, n, contracts):
        cdef i32 g
        self.n = n
        self.contracts = contracts
        self.n_groups = len(self.terms.groups)
        self.members = <Member*>memory_zeroed(<size_t>self.n * sizeof(Member))
        self.groups = <Group*>memory_zeroed(<size_t>self.n_groups * sizeof(Group))
        self.listed = <i32*>memory_zeroed(<size_t>self.n * sizeof(i32))
        self.alarmed = <i32*>memory_zeroed(<size_t>self.n * sizeof(i32))
        self.found = <i32*>memory_zeroed(<size_t>self.n * sizeof(i32))
        self.arrivals = <u64*>memory_zeroed(<size_t>self.n * sizeof(u64))
        self.scratch = <u64*>memory_zeroed(<size_t>self.n * sizeof(u64))
        self.offers = <Offer*>memory_zeroed(<size_t>self.n * sizeof(Offer))
        self.middles = <i64*>memory_zeroed(<size_t>self.contracts * sizeof(i64))
        self.long_chance = <double*>memory_zeroed(
            <size_t>self.contracts * self.n_groups * sizeof(double))
        if (self.members == NULL or self.groups == NULL or self.listed == NULL
                or self.alarmed == NULL or self.found == NULL or self.arrivals == NULL
                or self.scratch == NULL or self.long_chance == NULL
                or self.offers == NULL or self.middles == NULL):
            raise MemoryError(f"no memory for {n} members")
        self.wheel = Wheel(n, contracts + 1)
        self.alerts = Alerts(n, contracts)
        self.wheel.time[self.contracts] = self.now
        for g in range(self.n_groups):
            group = self.terms.groups[g]
            self.groups[g] = Group(group.low, group.high, group.turn, group.trend)
        self.stop_share, self.stop_low = self.terms.stop_share, self.terms.stop_low
        self.stop_high, self.top_up_share = self.terms.stop_high, self.terms.top_up_share
        self.top_up_way, self.top_up = self.terms.top_up_way, self.terms.top_up
        self.mean_return, self.max_stress = self.terms.mean_return, self.terms.max_stress
        self.slippage = self.terms.slippage
        self.work, self.meets = self.terms.work, self.terms.meets

    def __dealloc__(self):
        memory_free(self.members)
        memory_free(self.groups)
        memory_free(self.listed)
        memory_free(self.alarmed)
        memory_free(self.found)
        memory_free(self.arrivals)
        memory_free(self.scratch)
        memory_free(self.offers)
        memory_free(self.middles)
        memory_free(self.long_chance)

    def _enrol(self, const i64[::1] contract, const i64[::1] group, const i64[::1] size,
               const double[::1] margin_rate, const i64[::1] kind, const i64[::1] line,
               const i64[::1] marks):
        cdef i32 i, way
        cdef Member* member
        for i in range(self.n):
            member = &self.members[i]
            member.base = lots_of(size[i])
            member.margin_rate = margin_rate[i]
            member.contract = <u8>contract[i]
            member.group = <u8>group[i]
            member.condition = IN
            member.line = <u8>kind[i]
            member.flags = MEMBER_SHORT if size[i] < 0 else 0
            self.c_sleep(i, 0.0)
            if kind[i] != LINE_NONE:
                way = RISING if size[i] < 0 else FALLING
                if not self.alerts.c_place(member.contract, way, i + 1, line[i],
                                           marks[member.contract]):
                    raise MemoryError("no memory for a line")

    cdef int _demand(self, MarginHouse house) except -1:
        # Another house than the one it was made for would be read past its end.
        cdef i32 contract
        if house.n_contracts != self.contracts:
            raise ValueError(
                f"house has {house.n_contracts} contracts; the crowd trades {self.contracts}")
        if self.first + self.n > house.n_accounts:
            raise ValueError(
                f"house has {house.n_accounts} accounts; the crowd's are "
                f"{self.first} .. {self.first + self.n - 1}")
        for contract in range(self.contracts):
            if house.contracts[contract].inverse:
                raise ValueError(f"contract {contract} is inverse; allowed are linear ones")
        return 0

    # -- who wakes ----------------------------------------------------------------------------

    cdef void c_sleep(self, i32 i, double since) noexcept nogil:
        # On its contract's clock. Turns of its life that are over already are passed over.
        cdef Member* member = &self.members[i]
        cdef double due = since
        while due <= self.wheel.time[member.contract]:
            due += self.groups[member.group].turn * draw_exponential(
                self.key, i, 4 * <u64>member.draws + WAIT)
            member.draws += 1
        self.wheel.c_put(member.contract, i, due)

    cdef void c_list(self, i32 i) noexcept nogil:
        if not self.members[i].flags & MEMBER_LISTED:
            self.members[i].flags |= MEMBER_LISTED
            self.listed[self.n_listed] = i
            self.n_listed += 1

    cdef void c_rouse(self, double now, const double* stress) noexcept nogil:
        cdef double step = now - self.now, speed
        cdef i32 contract, k, i, count
        for contract in range(self.contracts):
            speed = stress[contract] if stress[contract] < self.max_stress else self.max_stress
            count = self.wheel.c_advance(
                contract, self.wheel.time[contract] + step * speed, self.found)
            self.counts.wakes += count
            for k in range(count):
                i = self.found[k]
                self.c_sleep(i, self.wheel.sleepers[i].due)
                self.members[i].condition = CLOSING
                self.c_list(i)
        count = self.wheel.c_advance(self.contracts, now, self.found)
        self.counts.returns += count
        for k in range(count):
            i = self.found[k]
            self.c_sleep(i, self.wheel.time[self.members[i].contract])
            self.members[i].condition = OPENING
            self.c_list(i)
        self.now = now
        self.step = step

    # -- what they do -------------------------------------------------------------------------

    cdef void c_trade(self, MarginHouse house) noexcept nogil:
        # Everybody on the list acts, in drawn order; who is not done stays on it.
        cdef i32 n = 0, k, i, kept = 0
        cdef u32[4] words
        cdef u32 turns
        if self.n_listed == 0 or not house.accepting:
            return
        turns = self.c_turns()
        for k in range(self.n_listed):
            i = self.listed[k]
            if turns >> (i % PORTION) & 1:
                self.found[n] = i
                n += 1
            else:
                self.listed[kept] = i
                kept += 1
        for k in range(n):
            i = self.found[k]
            memory_prefetch(&house.accounts[self.first + i])
            memory_prefetch(cash_of(house, self.first + i))
            memory_prefetch(&self.alerts.alerts[i + 1])
            draw_block(self.key, i, 4 * <u64>self.members[i].draws + DECIDE, words)
            self.arrivals[k] = <u64>words[<int>ARRIVAL] << 32 | <u64>k
        sort_arrivals(self.arrivals, self.scratch, n)
        for k in range(n):
            memory_prefetch(
                &house.positions[house.accounts[self.first + self.found[k]].first])
        self.n_listed = kept
        self.c_look(house)
        for k in range(n if self.meets else 0):
            i = self.found[<u32>self.arrivals[k]]
            self.c_want(house, i, &self.offers[k])
            self.c_offer(house, i, &self.offers[k])
        for k in range(n):
            i = self.found[<u32>self.arrivals[k]]
            self.members[i].flags &= ~MEMBER_LISTED
            if not self.c_act(house, i, &self.offers[k]):
                self.c_list(i)

    cdef void c_look(self, MarginHouse house) noexcept nogil:
        # The middle of every spread, before anybody has traded.
        cdef i32 contract
        cdef void* book
        for contract in range(self.contracts):
            book = house.books[contract]
            self.middles[contract] = 0
            if (<OrderBook>book).c_has(BUY) and (<OrderBook>book).c_has(SELL):
                self.middles[contract] = (
                    (<OrderBook>book).c_best(BUY) + (<OrderBook>book).c_best(SELL)) // 2

    cdef u32 c_turns(self) noexcept nogil:
        # Who works an order sends a part of it once in PORTION seconds, everybody at their second:
        # bit i % PORTION tells whether that is in this round.
        cdef double since = self.now - self.step, period = PORTION
        cdef u32 turns = 0
        cdef i32 phase
        for phase in range(PORTION):
            if self.work == 0 or floor((self.now + phase) / period) > floor(
                (since + phase) / period
            ):
                turns |= <u32>1 << phase
        return turns

    cdef i64 c_portion(self, i32 i, i64 lots) noexcept nogil:
        # A member stands for many accounts, who do not all come in one second.
        cdef double part
        if self.work == 0:
            return lots
        part = ceil(<double>self.members[i].base * max(self.step, <double>PORTION) / self.work)
        return lots if <double>lots <= part else <i64>part

    cdef void c_want(self, MarginHouse house, i32 i, Offer* offer) noexcept nogil:
        # What of its renewal is left to trade, and may be traded in this round.
        cdef Member* member = &self.members[i]
        cdef i32 slot = house.c_position(self.first + i, member.contract)
        cdef i64 size = size_of(house, slot)
        cdef u32[4] words
        offer.lots = offer.order = 0
        if size and house.positions[slot].flags & POSITION_QUEUED:
            return                     # it is in the hands of the venue
        offer.closing = member.condition == CLOSING
        if offer.closing:
            offer.side = SELL if size > 0 else BUY
            offer.lots = self.c_portion(i, lots_of(size))
        elif member.condition == OPENING and house.contracts[member.contract].mark:
            if size == 0:
                draw_block(self.key, i, 4 * <u64>member.draws + DECIDE, words)
                if not self.c_prepare(house, i, words):
                    return
            offer.side = SELL if member.flags & MEMBER_SHORT else BUY
            offer.lots = self.c_portion(i, member.base - lots_of(size))

    cdef i64 c_send(self, MarginHouse house, i32 i, const Offer* offer, i64 lots, i32 kind,
                    i64 price) noexcept nogil:
        cdef i32 contract = self.members[i].contract, account = self.first + i, slot
        cdef const Contract* terms = house.contracts + contract
        cdef i64 notional, fee_ppm
        if not offer.closing:
            slot = house.c_position(account, contract)
            notional = notional_of(terms, max(price, terms.mark), lots)
            fee_ppm = max(<i64>0, max(terms.maker_ppm, terms.taker_ppm))
            self.c_fund(house, i, initial_of(notional, house.positions[slot].leverage)
                        + in_ppm(notional, fee_ppm, PPM, WIDE_CEIL)
                        - house.c_available(account))
        self.counts.orders += 1
        return house.c_submit(
            contract, account, offer.side, price, lots, kind, STP_NONE, offer.closing)

    cdef void c_offer(self, MarginHouse house, i32 i, Offer* offer) noexcept nogil:
        # Most of what the public buys, the public sells: they trade inside the spread, and only
        # what is left over goes to the makers.
        cdef i64 middle = self.middles[self.members[i].contract]
        if offer.lots and middle:
            offer.order = self.c_send(house, i, offer, offer.lots, LIMIT, middle)

    cdef void c_take(self, MarginHouse house, i32 i, const Offer* offer) noexcept nogil:
        # Take from the makers what found no counterpart.
        cdef i64 lots = offer.lots, limit = 0
        if offer.order > 0:
            lots = house.c_remaining(offer.order)
            house.c_cancel(offer.order)
        if lots == 0:
            return
        if self.slippage == 0:
            self.c_send(house, i, offer, lots, MARKET, 0)
        elif self.c_limit(house, self.members[i].contract, offer.side, &limit):
            self.c_send(house, i, offer, lots, IOC, limit)

    cdef bint c_act(self, MarginHouse house, i32 i, Offer* offer) noexcept nogil:
        if not self.meets:
            self.c_want(house, i, offer)
        self.c_take(house, i, offer)
        if self.c_settle(house, i):
            return True
        if offer.closing and self.work == 0 and self.members[i].condition == OPENING:
            self.c_want(house, i, offer)       # closed at once: opened at once
            self.c_take(house, i, offer)
            return self.c_settle(house, i)
        return False

    cdef bint c_settle(self, MarginHouse house, i32 i) noexcept nogil:
        # Go on to the next condition when the position is what it should be; true when all is.
        cdef Member* member = &self.members[i]
        cdef i64 size = size_of(house, house.c_position(self.first + i, member.contract))
        cdef u32[4] words
        if member.condition == CLOSING and size == 0:
            self.c_drop_line(i)
            member.condition = OPENING
            return False
        if member.condition != OPENING:
            return member.condition != CLOSING
        if size:
            self.c_secure(house, i, member.margin_rate)
        if lots_of(size) < member.base:
            return False
        member.condition = IN
        self.counts.opened += 1
        draw_block(self.key, i, 4 * <u64>member.draws + DECIDE, words)
        self.c_draw_line(house, i, words[<int>LINE])
        return True

    cdef bint c_limit(self, MarginHouse house, i32 contract, i32 side, i64* price) noexcept nogil:
        # How far an order may walk from the middle of the spread when the round began, however
        # many have walked before it; false if there is nobody to trade with.
        cdef double middle = <double>self.middles[contract]
        if self.middles[contract] == 0:
            return False
        if side == BUY:
            price[0] = <i64>min(floor(middle * fixed_exp(self.slippage)),
                                <double>house.contracts[contract].max_price)
        else:
            price[0] = <i64>ceil(middle * fixed_exp(-self.slippage))
        return True

    cdef bint c_close(self, MarginHouse house, i32 i) noexcept nogil:
        # Close all of a position at the market, as far as price protection lets it walk in this
        # round; false if some of it is left.
        cdef i32 contract = self.members[i].contract, account = self.first + i
        cdef i32 slot = house.c_position(account, contract), side, kind = MARKET
        cdef i64 size = size_of(house, slot), limit = 0
        if size == 0:
            return True
        if house.positions[slot].flags & POSITION_QUEUED:
            return False               # it is in the hands of the venue
        side = SELL if size > 0 else BUY
        if self.slippage > 0:
            kind = IOC
            if not self.c_limit(house, contract, side, &limit):
                return False
        house.c_submit(contract, account, side, limit, lots_of(size), kind, STP_NONE, True)
        self.counts.orders += 1
        return size_of(house, house.c_position(account, contract)) == 0

    cdef bint c_prepare(self, MarginHouse house, i32 i, const u32* words) noexcept nogil:
        # Choose side and leverage of a new position; false if the venue refuses.
        cdef Member* member = &self.members[i]
        cdef const Group* group = &self.groups[member.group]
        cdef const Contract* contract = house.contracts + member.contract
        cdef i64 multiplicity = house.accounts[self.first + i].multiplicity
        cdef i64 notional = notional_of(contract, contract.mark, member.base)
        cdef i64 tier = contract.leverage[tier_among(contract, notional, multiplicity)]
        cdef i64 allowed = tier if tier < self.cap else self.cap
        cdef double top = group.high if group.high < allowed else <double>allowed
        cdef double low = group.low if group.low < top else top, setting
        cdef double chance = self.long_chance[member.contract * self.n_groups + member.group]
        member.margin_rate = 1.0 / top + unit(words[<int>LEVERAGE]) * (1.0 / low - 1.0 / top)
        if words[<int>DIRECTION] >> 31:        # the other half keep their side
            member.flags &= ~MEMBER_SHORT
            if unit(words[<int>DIRECTION] << 1) >= chance:
                member.flags |= MEMBER_SHORT
        setting = ceil(1.0 / member.margin_rate)
        return house.c_set_leverage(
            member.contract, self.first + i,
            <i64>setting if setting < allowed else allowed, True) == OK

    # -- margin -------------------------------------------------------------------------------

    cdef void c_fund(self, MarginHouse house, i32 i, i64 lacking) noexcept nogil:
        # New money.
        if lacking > 0 and house.c_deposit(self.first + i, 0, lacking) == OK:
            self.counts.deposits += lacking

    cdef void c_secure(self, MarginHouse house, i32 i, double rate) noexcept nogil:
        # Bring the margin of a position up to a share of its entry cost.
        cdef i32 account = self.first + i
        cdef i32 slot = house.c_position(account, self.members[i].contract)
        cdef Position* position = house.positions + slot
        cdef i64 lacking = <i64>ceil(rate * fabs(<double>position.entry)) - position.margin
        if lacking <= 0:
            return
        self.c_fund(house, i, lacking - cash_of(house, account)[0])
        if cash_of(house, account)[0] >= lacking:
            house.c_move_margin(slot, lacking)

    # -- lines --------------------------------------------------------------------------------

    cdef void c_draw_line(self, MarginHouse house, i32 i, u32 word) noexcept nogil:
        # What waits on the way from entry to liquidation, if anything does.
        cdef Member* member = &self.members[i]
        cdef Contract* contract = house.contracts + member.contract
        cdef i32 slot = house.c_position(self.first + i, member.contract)
        cdef const Position* position = house.positions + slot
        cdef double u = unit(word), way = self.top_up_way, entry, price
        cdef i64 liquidation = 0
        if u >= self.stop_share + self.top_up_share:
            return
        member.line = LINE_TOP_UP
        if u < self.stop_share:
            member.line = LINE_STOP
            way = self.stop_low + (self.stop_high - self.stop_low) * (u / self.stop_share)
        if not trigger_of(contract, position, position.entry, position.margin, &liquidation):
            liquidation = 0 if position.size > 0 else contract.max_price
        entry = <double>position.entry / (<double>position.size * <double>contract.unit)
        price = entry + way * (<double>liquidation - entry)
        price = floor(price) if position.size > 0 else ceil(price)
        price = max(1.0, min(price, <double>contract.max_price))
        if not self.alerts.c_place(
            member.contract, RISING if position.size < 0 else FALLING, i + 1, <i64>price,
            contract.mark
        ):
            member.line = LINE_NONE

    cdef void c_drop_line(self, i32 i) noexcept nogil:
        cdef Member* member = &self.members[i]
        if alert_rests(self.alerts, i + 1):
            self.alerts.c_remove(
                member.contract, RISING if member.flags & MEMBER_SHORT else FALLING, i + 1)
        member.line = LINE_NONE
        member.flags &= ~MEMBER_FIRED

    cdef void c_fire(self, MarginHouse house) noexcept nogil:
        # Whose line do the marks cross?
        cdef i32 contract, way, number
        cdef i64 mark
        for contract in range(self.contracts):
            mark = house.contracts[contract].mark
            for way in range(2 if mark else 0):
                while True:
                    number = self.alerts.c_take(contract, way, mark)
                    if number == 0:
                        break
                    self.members[number - 1].flags |= MEMBER_FIRED
                    if not self.members[number - 1].flags & MEMBER_ALARMED:
                        self.members[number - 1].flags |= MEMBER_ALARMED
                        self.alarmed[self.n_alarmed] = number - 1
                        self.n_alarmed += 1

    cdef bint c_respond(self, MarginHouse house, i32 i) noexcept nogil:
        # Carry out what waited at a line; false if that cannot be done now.
        cdef Member* member = &self.members[i]
        cdef i32 slot = house.c_position(self.first + i, member.contract)
        if member.line == LINE_STOP:
            if not self.c_close(house, i):
                return False
            self.counts.stops += 1
            self.c_exit(i)
            return True
        if size_of(house, slot) != 0:
            if house.positions[slot].flags & POSITION_QUEUED:
                return False
            self.c_secure(house, i, member.margin_rate * (1.0 + self.top_up))
            self.counts.top_ups += 1
        self.c_drop_line(i)
        return True

    cdef void c_answer(self, MarginHouse house) noexcept nogil:
        cdef i32 n = self.n_alarmed, k, i
        if n == 0 or not house.accepting:
            return
        self.c_look(house)
        self.n_alarmed = 0
        for k in range(n):
            self.c_fetch(house, k + AHEAD, n)
            i = self.alarmed[k]
            if self.members[i].flags & MEMBER_FIRED and not self.c_respond(house, i):
                self.alarmed[self.n_alarmed] = i
                self.n_alarmed += 1
            else:
                self.members[i].flags &= ~(MEMBER_ALARMED | MEMBER_FIRED)

    cdef void c_fetch(self, MarginHouse house, i32 k, i32 n) noexcept nogil:
        # Most of the alarmed wait in vain, round after round: their memory is what takes time.
        if k < n:
            memory_prefetch(&self.members[self.alarmed[k]])
            memory_prefetch(&house.accounts[self.first + self.alarmed[k]])
            k -= AHEAD // 2
            memory_prefetch(
                &house.positions[house.accounts[self.first + self.alarmed[k]].first])

    cdef void c_exit(self, i32 i) noexcept nogil:
        # Its position is gone: it stays away for a while.
        cdef Member* member = &self.members[i]
        self.c_drop_line(i)
        self.wheel.c_remove(member.contract, i)
        member.condition = OUT
        self.wheel.c_put(self.contracts, i, self.now + self.mean_return * draw_exponential(
            self.key, i, 4 * <u64>member.draws + WAIT))
        member.draws += 1
        self.counts.exits += 1

    cdef void c_notice(self, MarginHouse house, i64 account) noexcept nogil:
        cdef i64 i = account - self.first
        if not 0 <= i < self.n:
            return
        if self.members[i].condition != IN and self.members[i].condition != CLOSING:
            return
        if size_of(house, house.c_position(<i32>account, self.members[i].contract)) == 0:
            self.c_exit(<i32>i)

    # -- Python face --------------------------------------------------------------------------

    cdef void _believe(self, const double[::1] momentum) noexcept nogil:
        cdef i32 contract, g
        cdef double chance
        for contract in range(self.contracts):
            chance = 1.0 - 2.0 / (fixed_exp(0.5 * momentum[contract]) + 1.0)    # tanh(z / 4)
            for g in range(self.n_groups):
                self.long_chance[contract * self.n_groups + g] = (
                    0.5 + self.groups[g].trend * chance)

    def wake(self, MarginHouse house not None, double now, stress, momentum, cap=None):
        """Let those whose time has come close and open, and those who still wait for takers.

        Parameters
        ----------
        house : MarginHouse
            The venue.
        now : float
            The time, seconds; the round began at the last call's.
        stress : column of float
            By contract: how much faster than in calm positions are renewed.
        momentum : column of float
            By contract: the recent return over its standard deviation.
        cap : int, optional
            Most leverage of new positions, where the venue allows more.

        Returns
        -------
        int
            Micro-units of new money that they brought.
        """
        cdef i64 before = self.counts.deposits
        cdef const double[::1] speed = self._column("stress", stress)
        cdef const double[::1] drift = self._column("momentum", momentum)
        cdef i32 contract
        if cap is not None and not cap >= 1:
            raise ValueError(f"cap is {cap}; allowed are 1 and more, or None")
        if not self.now <= now < inf:
            raise ValueError(f"now is {now}; the last round ended at {self.now}")
        for contract in range(self.contracts):
            if speed[contract] < 0:
                raise ValueError(f"stress is {speed[contract]}; allowed are numbers >= 0")
        self._demand(house)
        self.cap = UNCAPPED if cap is None else cap
        self._believe(drift)
        with nogil:
            self.c_rouse(now, &speed[0])
            self.c_trade(house)
        return self.counts.deposits - before

    cdef const double[::1] _column(self, name, values):
        cdef const double[::1] column = np.ascontiguousarray(values, dtype=np.float64)
        cdef i32 contract
        if column.shape[0] != self.contracts:
            raise ValueError(f"{name} has {len(values)} rows, not {self.contracts}, one a contract")
        for contract in range(self.contracts):
            if not fabs(column[contract]) < inf:
                raise ValueError(f"{name} is {values}; allowed are finite numbers")
        return column

    def alert(self, MarginHouse house not None):
        """Carry out the stops and top-ups whose lines the marks have crossed.

        While the venue takes no orders they wait.

        Returns
        -------
        int
            Micro-units of new money that top-ups brought.
        """
        cdef i64 before = self.counts.deposits
        self._demand(house)
        with nogil:
            self.c_fire(house)
            self.c_answer(house)
        return self.counts.deposits - before

    def notice(self, MarginHouse house not None, events):
        """Take note of positions that the venue closed.

        Parameters
        ----------
        house : MarginHouse
            The venue.
        events : structured array
            With the fields `account` and `counterparty`, as the liquidation desk reports them.

        Returns
        -------
        int
            Members who are out since.
        """
        cdef i64 before = self.counts.exits, k
        cdef const i64[::1] accounts
        self._demand(house)
        for field in ("account", "counterparty") if len(events) else ():
            accounts = np.ascontiguousarray(events[field], dtype=np.int64)
            for k in range(accounts.shape[0]):
                self.c_notice(house, accounts[k])
        return self.counts.exits - before

    cdef void c_leave(self, i32 i) noexcept nogil:
        cdef Member* member = &self.members[i]
        self.c_drop_line(i)
        self.wheel.c_remove(self.contracts if member.condition == OUT else member.contract, i)
        member.condition = OUT
        self.wheel.c_put(self.contracts, i, NEVER)

    def leave(self, MarginHouse house not None, accounts):
        """Let members go for good; who still has a position stays.

        Parameters
        ----------
        house : MarginHouse
            The venue.
        accounts : array of int64
            Their accounts, each once.

        Returns
        -------
        int
            Members who left.
        """
        cdef const i64[::1] column = np.ascontiguousarray(accounts, dtype=np.int64)
        cdef i64 k, i, gone = 0
        self._demand(house)
        for k in range(column.shape[0]):
            if not self.first <= column[k] < self.first + self.n:
                raise ValueError(
                    f"accounts[{k}] is {column[k]}; members are {self.first} to "
                    f"{self.first + self.n - 1}")
        for k in range(column.shape[0]):
            i = column[k] - self.first
            if size_of(house, house.c_position(<i32>column[k], self.members[i].contract)) == 0:
                self.c_leave(<i32>i)
                gone += 1
        return gone

    @property
    def totals(self):
        """What happened since the start: wakes, orders, stops ... and micro-units deposited."""
        return dict(self.counts)

    @property
    def waiting(self):
        """How many wait to close or open, and how many stops and top-ups wait."""
        return self.n_listed, self.n_alarmed

    @property
    def clocks(self):
        """Calm seconds lived through, by contract."""
        return np.array(self.wheel.times()[:self.contracts])

    def columns(self):
        """All members as a structured array (copy).

        Fields: `base`, `margin_rate`, `draws`, `contract`, `group`, `condition` (0 out, 1 in,
        2 closing, 3 opening), `line`, `flags`.
        """
        raw = (<char*>self.members)[:<size_t>self.n * sizeof(Member)]
        return np.frombuffer(raw, dtype=MEMBER_DTYPE).copy()

    def lines(self, i32 contract, i32 way):
        """Lines by member in the order a price would cross them; way 0 falling, 1 rising."""
        return {member - 1: price for member, price in self.alerts.lines(contract, way).items()}

    # -- copies -------------------------------------------------------------------------------

    cdef int c_assign(self, LeveragedCrowd other) except -1:
        # Become a copy of a crowd of the same shape.
        self.wheel.c_assign(other.wheel)
        self.alerts.c_assign(other.alerts)
        memcpy(self.members, other.members, <size_t>self.n * sizeof(Member))
        memcpy(self.listed, other.listed, <size_t>other.n_listed * sizeof(i32))
        memcpy(self.alarmed, other.alarmed, <size_t>other.n_alarmed * sizeof(i32))
        self.n_listed = other.n_listed
        self.n_alarmed = other.n_alarmed
        self.counts = other.counts
        return 0

    def copy(self):
        """Return an independent copy that continues bit for bit."""
        cdef LeveragedCrowd other = _empty(
            self.n, self.contracts, self.first, self.key, self.now, self.terms)
        other.c_assign(self)
        return other

    def __deepcopy__(self, memo):
        return self.copy()

    def snapshot(self):
        """All that changes, as ``bytes``."""
        return frames.pack("LeveragedCrowd", [
            np.float64(self.now).tobytes(), (<char*>&self.counts)[:sizeof(CrowdCounts)],
            (<char*>self.members)[:<size_t>self.n * sizeof(Member)],
            (<char*>self.listed)[:<size_t>self.n_listed * sizeof(i32)],
            (<char*>self.alarmed)[:<size_t>self.n_alarmed * sizeof(i32)],
            self.wheel.snapshot(), self.alerts.snapshot()])

    def restore(self, data):
        """Become what `snapshot` saved of a crowd of the same members and terms."""
        cdef bytes now, counts, members, listed, alarmed
        now, counts, members, listed, alarmed, wheel, alerts = frames.unpack(
            "LeveragedCrowd", data, 7)
        if <size_t>len(members) != self.n * sizeof(Member):
            raise ValueError(f"data has {len(members) // sizeof(Member)} members, not {self.n}")
        fresh_wheel, fresh_alerts = self.wheel.copy(), self.alerts.copy()
        fresh_wheel.restore(wheel)
        fresh_alerts.restore(alerts)
        self.wheel, self.alerts = fresh_wheel, fresh_alerts
        self.now = np.frombuffer(now)[0]
        memcpy(&self.counts, <char*>counts, sizeof(CrowdCounts))
        memcpy(self.members, <char*>members, len(members))
        memcpy(self.listed, <char*>listed, len(listed))
        memcpy(self.alarmed, <char*>alarmed, len(alarmed))
        self.n_listed = <i32>(len(listed) // sizeof(i32))
        self.n_alarmed = <i32>(len(alarmed) // sizeof(i32))

    def __reduce__(self):
        shape = (self.n, self.contracts, self.first, self.key, self.now, self.terms)
        return _restored, (shape, self.snapshot())

    def _check(self, MarginHouse house=None):
        """Assert every invariant; with the house, that positions are as members believe."""
        cdef i32 i, clock
        cdef Member* member
        self.wheel._check()
        self.alerts._check()
        listed = {self.listed[k] for k in range(self.n_listed)}
        alarmed = {self.alarmed[k] for k in range(self.n_alarmed)}
        assert len(listed) == self.n_listed, "a member is listed twice"
        assert len(alarmed) == self.n_alarmed, "a member is alarmed twice"
        sleeping = [self.wheel.sleeping(clock) for clock in range(self.contracts + 1)]
        for i in range(self.n):
            member = &self.members[i]
            clock = self.contracts if member.condition == OUT else member.contract
            assert i in sleeping[clock], f"member {i} sleeps on no clock or another"
            assert member.base >= 1 and 0 < member.margin_rate <= 1, f"member {i} wants nothing"
            assert bool(member.flags & MEMBER_LISTED) == (i in listed), f"member {i} is not listed"
            assert bool(member.flags & MEMBER_ALARMED) == (i in alarmed), f"member {i} is unheard"
            fired = bool(member.flags & MEMBER_FIRED)
            assert not fired or i in alarmed, f"member {i} fired unheard"
            assert alert_rests(self.alerts, i + 1) == (member.line != LINE_NONE and not fired), \
                f"line of member {i} is lost"
            if member.condition == CLOSING or member.condition == OPENING:
                assert i in listed, f"member {i} waits unlisted"
            if member.condition == OUT:
                assert member.line == LINE_NONE, f"member {i} has a line and no position"
        if house is not None:
            self._check_house(house)

    def _check_house(self, MarginHouse house):
        cdef i32 i
        cdef i64 size
        cdef Member* member = self.members
        self._demand(house)
        for i in range(self.n):
            size = size_of(house, house.c_position(self.first + i, member.contract))
            assert lots_of(size) <= member.base, f"member {i} holds too much"
            if member.condition == OUT:
                assert size == 0, f"member {i} is out and has a position"
            if size:
                assert (size < 0) == bool(member.flags & MEMBER_SHORT), f"{i} is on another side"
            member += 1


def _empty(n, contracts, first, key, now, terms):
    cdef LeveragedCrowd crowd = LeveragedCrowd.__new__(LeveragedCrowd)
    crowd.first, crowd.key, crowd.now, crowd.terms = first, key, now, terms
    crowd._allocate(n, contracts)
    return crowd


def _restored(shape, data):
    crowd = _empty(*shape)
    crowd.restore(data)
    return crowd
