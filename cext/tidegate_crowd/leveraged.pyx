"""The leveraged public of one venue: positions renewed, stopped, topped up, wiped out, reopened."""

import numpy as np

from libc.math cimport INFINITY as inf, fabs, floor
from tidegate_core.book cimport OrderBook
from tidegate_core.draws cimport draw_block, fixed_exp
from tidegate_core.holdings cimport cash_of
from tidegate_core.margin cimport MarginHouse
from tidegate_core.memory cimport memory_prefetch
from tidegate_core.types cimport BUY, SELL, i32, i64, u32, u64
from tidegate_crowd.arrival cimport sort_arrivals
from tidegate_crowd.intake cimport REFUSED, TAKEN, TICKET_LINE, TICKET_TRADE, Ticket, limited
from tidegate_crowd.leveraged_members cimport (
    ARRIVAL,
    CLOSING,
    DECIDE,
    IN,
    LINE_STOP,
    MEMBER_ALARMED,
    MEMBER_AT_VENUE,
    MEMBER_FIRED,
    MEMBER_LINE_WAITS,
    MEMBER_LISTED,
    MEMBER_REFUSED,
    MEMBER_TRADE_WAITS,
    OPENING,
    OUT,
    Member,
    size_of,
)
from tidegate_crowd.leveraged_trading cimport PORTION, LeveragedTrading

__all__ = ["LeveragedCrowd"]

cdef enum:
    AHEAD = 12                     # whose memory is fetched before their turn comes

cdef i64 UNCAPPED = 1 << 30       # more leverage than any venue allows
cdef double NEVER = 1e15          # seconds: when who has left comes back
cdef double MOST_LIKING = 20.0    # log odds


cdef class LeveragedCrowd(LeveragedTrading):
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
    capacity : float, optional
        Orders of real accounts that the venue takes in a second; None: any number.
    overload : {'queue', 'refuse'}
        What it does with those above that.
    """

    # -- who wakes ----------------------------------------------------------------------------

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
        # Who waits at the venue acts first, then everybody on the list whose turn it is, in drawn
        # order; who is not done stays on it.
        cdef i32 n
        if not house.accepting or (self.n_listed == 0 and self.intake.n == 0):
            return
        n = self.c_gather(house)
        self.c_look(house)
        self.c_drain(house)
        n = self.c_enter(house, n)
        self.c_act_all(house, <i32*>self.scratch, n)

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

    cdef i32 c_gather(self, MarginHouse house) noexcept nogil:
        # Those whose turn it is, off the list, and their drawn order.
        cdef i32 n = 0, k, i, kept = 0
        cdef u32[4] words
        cdef u32 turns = self.c_turns()
        for k in range(self.n_listed):
            i = self.listed[k]
            if turns >> (i % PORTION) & 1:
                self.found[n] = i
                n += 1
            else:
                self.listed[kept] = i
                kept += 1
        self.n_listed = kept
        for k in range(n):
            i = self.found[k]
            memory_prefetch(&house.accounts[self.first + i])
            memory_prefetch(cash_of(house, self.first + i))
            memory_prefetch(&self.alerts.alerts[i + 1])
            draw_block(self.key, i, 4 * <u64>self.members[i].draws + DECIDE, words)
            self.arrivals[k] = <u64>words[<int>ARRIVAL] << 32 | <u64>k
        sort_arrivals(self.arrivals, self.scratch, n)
        return n

    cdef void c_drain(self, MarginHouse house) noexcept nogil:
        # Of those who wait at the venue as many as this round has capacity for: stops and top-ups
        # as their turns come, then renewals, which may meet each other.
        cdef i32* served = <i32*>self.scratch
        cdef i32 count = 0
        cdef Ticket first
        cdef Member* member
        cdef bint wanted
        while self.intake.c_next(&first):
            member = &self.members[first.member]
            if first.kind == TICKET_LINE:
                member.flags &= ~MEMBER_LINE_WAITS
                wanted = member.flags & MEMBER_FIRED != 0
            else:
                member.flags &= ~MEMBER_TRADE_WAITS
                wanted = member.condition == CLOSING or member.condition == OPENING
            if not wanted:
                self.intake.c_withdraw()
                continue
            self.intake.c_serve(self.now)
            if first.kind == TICKET_TRADE:
                served[count] = first.member
                count += 1
            elif self.c_respond(house, first.member):
                member.flags &= ~MEMBER_FIRED
            else:
                member.flags |= MEMBER_AT_VENUE
                self.c_alarm(first.member)
        self.c_act_all(house, served, count)

    cdef i32 c_enter(self, MarginHouse house, i32 n) noexcept nogil:
        # Whom of `arrivals` the venue takes, into `scratch`.
        cdef i32* taken = <i32*>self.scratch
        cdef i32 k, i, count = 0, answer = TAKEN
        cdef bint counted = limited(self.intake)
        for k in range(n):
            i = self.found[<u32>self.arrivals[k]]
            memory_prefetch(&house.positions[house.accounts[self.first + i].first])
            self.members[i].flags &= ~(MEMBER_LISTED | MEMBER_REFUSED)
            if counted:
                answer = self.intake.c_ask(
                    i, TICKET_TRADE, self.c_renewal_orders(house, i), self.now)
            if answer == TAKEN:
                taken[count] = i
                count += 1
            elif answer == REFUSED:
                self.members[i].flags |= MEMBER_REFUSED
                self.c_list(i)
            else:
                self.members[i].flags |= MEMBER_TRADE_WAITS
        return count

    cdef void c_act_all(self, MarginHouse house, const i32* who, i32 n) noexcept nogil:
        cdef i32 k
        for k in range(n if self.meets else 0):
            self.c_want(house, who[k], &self.offers[k])
            self.c_offer(house, who[k], &self.offers[k])
        for k in range(n):
            if not self.c_act(house, who[k], &self.offers[k]):
                self.c_list(who[k])

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

    # -- lines --------------------------------------------------------------------------------

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
                    self.c_alarm(number - 1)

    cdef void c_answer(self, MarginHouse house) noexcept nogil:
        cdef i32 n = self.n_alarmed, k, i
        if n == 0 or not house.accepting:
            return
        self.c_look(house)
        self.n_alarmed = 0
        for k in range(n):
            self.c_fetch(house, k + AHEAD, n)
            i = self.alarmed[k]
            self.members[i].flags &= ~MEMBER_ALARMED
            if not self.members[i].flags & MEMBER_FIRED or not self.c_admit(house, i):
                continue
            if self.c_respond(house, i):
                self.members[i].flags &= ~MEMBER_FIRED
            else:
                self.c_alarm(i)

    cdef void c_fetch(self, MarginHouse house, i32 k, i32 n) noexcept nogil:
        # Most of the alarmed wait in vain, round after round: their memory is what takes time.
        if k < n:
            memory_prefetch(&self.members[self.alarmed[k]])
            memory_prefetch(&house.accounts[self.first + self.alarmed[k]])
            k -= AHEAD // 2
            memory_prefetch(
                &house.positions[house.accounts[self.first + self.alarmed[k]].first])

    cdef bint c_admit(self, MarginHouse house, i32 i) noexcept nogil:
        # Does the venue take a stop or top-up now? If not, it waits there or is sent again.
        cdef Member* member = &self.members[i]
        cdef i64 orders
        cdef i32 answer
        if not limited(self.intake):
            return True
        member.flags &= ~MEMBER_REFUSED
        orders = self.c_line_orders(house, i)
        answer = self.intake.c_ask(i, TICKET_LINE, orders, self.now)
        if answer == TAKEN:
            if orders:
                member.flags |= MEMBER_AT_VENUE
            return True
        if member.line == LINE_STOP and self.delayed_at[i] == 0:
            self.delayed_at[i] = house.contracts[member.contract].mark
        if answer == REFUSED:
            member.flags |= MEMBER_REFUSED
            self.c_alarm(i)
        else:
            member.flags |= MEMBER_LINE_WAITS
        return False

    cdef void c_leave(self, i32 i) noexcept nogil:
        cdef Member* member = &self.members[i]
        self.c_drop_line(i)
        self.wheel.c_remove(self.contracts if member.condition == OUT else member.contract, i)
        member.condition = OUT
        member.flags &= ~MEMBER_REFUSED
        self.wheel.c_put(self.contracts, i, NEVER)

    cdef void c_notice(self, MarginHouse house, i64 account) noexcept nogil:
        cdef i64 i = account - self.first
        if not 0 <= i < self.n:
            return
        if self.members[i].condition != IN and self.members[i].condition != CLOSING:
            return
        if size_of(house, house.c_position(<i32>account, self.members[i].contract)) == 0:
            self.c_exit(<i32>i)

    # -- Python face --------------------------------------------------------------------------

    cdef void _believe(self, const double[::1] momentum, const double[::1] appetite) noexcept nogil:
        cdef i32 contract, g
        cdef double tilt, chance, odds
        for contract in range(self.contracts):
            tilt = 1.0 - 2.0 / (fixed_exp(0.5 * momentum[contract]) + 1.0)    # tanh(z / 4)
            for g in range(self.n_groups):
                chance = 0.5 + self.groups[g].trend * tilt
                if appetite is not None and chance < 1.0:
                    odds = fixed_exp(appetite[contract]) * chance / (1.0 - chance)
                    chance = odds / (1.0 + odds)
                self.long_chance[contract * self.n_groups + g] = chance

    def wake(self, MarginHouse house not None, double now, stress, momentum, cap=None,
             appetite=None):
        """Let those whose time has come close and open, and those who still wait for takers.

        Orders that wait at the venue, stops and top-ups too, are served first.

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
        appetite : column of float, optional
            By contract: log odds by which new positions are rather long, -20 to 20.

        Returns
        -------
        int
            Micro-units of new money that they brought.
        """
        cdef i64 before = self.counts.deposits
        cdef const double[::1] speed = self._column("stress", stress)
        cdef const double[::1] drift = self._column("momentum", momentum)
        cdef const double[::1] liking = None
        cdef i32 contract
        if appetite is not None:
            liking = self._column("appetite", appetite)
        if cap is not None and not cap >= 1:
            raise ValueError(f"cap is {cap}; allowed are 1 and more, or None")
        if not self.now <= now < inf:
            raise ValueError(f"now is {now}; the last round ended at {self.now}")
        for contract in range(self.contracts):
            if speed[contract] < 0:
                raise ValueError(f"stress is {speed[contract]}; allowed are numbers >= 0")
            if liking is not None and fabs(liking[contract]) > MOST_LIKING:
                raise ValueError(
                    f"appetite is {liking[contract]}; allowed are log odds of -20 to 20")
        self._demand(house)
        self.cap = UNCAPPED if cap is None else cap
        self._believe(drift, liking)
        with nogil:
            self.intake.c_grant(now - self.now)
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

    # -- copies -------------------------------------------------------------------------------

    def copy(self):
        """Return an independent copy that continues bit for bit."""
        cdef LeveragedCrowd other = _empty(*self._shape())
        other.c_assign(self)
        return other

    def __deepcopy__(self, memo):
        return self.copy()

    def __reduce__(self):
        return _restored, (self._shape(), self.snapshot())


def _empty(n, contracts, first, key, now, terms, rate, overload):
    cdef LeveragedCrowd crowd = LeveragedCrowd.__new__(LeveragedCrowd)
    crowd.first, crowd.key, crowd.now, crowd.terms = first, key, now, terms
    crowd._allocate(n, contracts, rate, overload)
    return crowd


def _restored(shape, data):
    crowd = _empty(*shape)
    crowd.restore(data)
    return crowd
