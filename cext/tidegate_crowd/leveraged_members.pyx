"""The members of a leveraged crowd: their state, their sleep, the lists they are in; copies."""

import numpy as np

from libc.math cimport INFINITY as inf
from libc.string cimport memcpy
from tidegate_core import frames
from tidegate_core.draws cimport draw_exponential
from tidegate_core.margin cimport MarginHouse
from tidegate_core.memory cimport memory_free, memory_zeroed
from tidegate_core.types cimport i32, i64, u8, u64
from tidegate_crowd.alerts cimport FALLING, RISING, Alerts, alert_rests
from tidegate_crowd.intake cimport Intake
from tidegate_crowd.leveraged_terms import CrowdTerms, require_columns
from tidegate_crowd.wheel cimport Wheel

__all__ = ["LeveragedMembers"]

MEMBER_DTYPE = np.dtype([
    ("base", np.int64), ("margin_rate", np.float64), ("draws", np.uint32), ("contract", np.uint8),
    ("group", np.uint8), ("condition", np.uint8), ("line", np.uint8), ("flags", np.uint8)],
    align=True)
assert MEMBER_DTYPE.itemsize == sizeof(Member)


cdef class LeveragedMembers:
    """What a `LeveragedCrowd` is made of; it is used through one."""

    def __init__(self, contract, group, size, margin_rate, line_kind, line, *, marks, i32 first,
                 u64 key, double now, terms, capacity=None, overload="queue"):
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
        self._allocate(columns["contract"].size, prices.size, capacity, overload)
        self._enrol(*columns.values(), prices)

    def _allocate(self, n, contracts, rate, overload):
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
        self.intake = Intake(rate, overload)
        if rate is not None:
            self.delayed_at = <i64*>memory_zeroed(<size_t>self.n * sizeof(i64))
        if (self.members == NULL or self.groups == NULL or self.listed == NULL
                or self.alarmed == NULL or self.found == NULL or self.arrivals == NULL
                or self.scratch == NULL or self.long_chance == NULL
                or self.offers == NULL or self.middles == NULL
                or (rate is not None and self.delayed_at == NULL)):
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
        memory_free(self.delayed_at)

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

    # -- sleep and lists ----------------------------------------------------------------------

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
        if not self.members[i].flags & (MEMBER_LISTED | MEMBER_TRADE_WAITS):
            self.members[i].flags |= MEMBER_LISTED
            self.listed[self.n_listed] = i
            self.n_listed += 1

    cdef void c_alarm(self, i32 i) noexcept nogil:
        if not self.members[i].flags & (MEMBER_ALARMED | MEMBER_LINE_WAITS):
            self.members[i].flags |= MEMBER_ALARMED
            self.alarmed[self.n_alarmed] = i
            self.n_alarmed += 1

    # -- reading ------------------------------------------------------------------------------

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

    def held_up(self, account):
        """Tell by account whether an order of its waits at the venue or was refused.

        Parameters
        ----------
        account : column of int
            Any accounts of the house.
        """
        cdef const i64[::1] accounts = np.ascontiguousarray(account, dtype=np.int64)
        cdef i64 k, i
        cdef u8 flags = MEMBER_TRADE_WAITS | MEMBER_LINE_WAITS | MEMBER_REFUSED
        found = np.zeros(accounts.shape[0], dtype=bool)
        for k in range(accounts.shape[0]):
            i = accounts[k] - self.first
            if 0 <= i < self.n:
                found[k] = self.members[i].flags & flags != 0
        return found

    # -- copies -------------------------------------------------------------------------------

    cdef int c_assign(self, LeveragedMembers other) except -1:
        # Become a copy of members of the same shape.
        self.intake.c_assign(other.intake)
        self.wheel.c_assign(other.wheel)
        self.alerts.c_assign(other.alerts)
        memcpy(self.members, other.members, <size_t>self.n * sizeof(Member))
        memcpy(self.listed, other.listed, <size_t>other.n_listed * sizeof(i32))
        memcpy(self.alarmed, other.alarmed, <size_t>other.n_alarmed * sizeof(i32))
        if self.delayed_at != NULL:
            memcpy(self.delayed_at, other.delayed_at, <size_t>self.n * sizeof(i64))
        self.n_listed = other.n_listed
        self.n_alarmed = other.n_alarmed
        self.counts = other.counts
        return 0

    def _shape(self):
        """Give what an empty crowd of the same members is made of."""
        rate = None if self.intake.rate == inf else self.intake.rate
        overload = "refuse" if self.intake.refuses else "queue"
        return (self.n, self.contracts, self.first, self.key, self.now, self.terms, rate,
                overload)

    def snapshot(self):
        """All that changes, as ``bytes``."""
        cdef i64 delayed = 0 if self.delayed_at == NULL else self.n
        return frames.pack("LeveragedCrowd", [
            np.float64(self.now).tobytes(), (<char*>&self.counts)[:sizeof(CrowdCounts)],
            (<char*>self.members)[:<size_t>self.n * sizeof(Member)],
            (<char*>self.listed)[:<size_t>self.n_listed * sizeof(i32)],
            (<char*>self.alarmed)[:<size_t>self.n_alarmed * sizeof(i32)],
            bytes(<char[:delayed * sizeof(i64)]><char*>self.delayed_at) if delayed else b"",
            self.intake.snapshot(), self.wheel.snapshot(), self.alerts.snapshot()])

    def restore(self, data):
        """Become what `snapshot` saved of a crowd of the same members, terms and venue."""
        cdef bytes now, counts, members, listed, alarmed, delayed
        now, counts, members, listed, alarmed, delayed, intake, wheel, alerts = frames.unpack(
            "LeveragedCrowd", data, 9)
        if <size_t>len(members) != self.n * sizeof(Member):
            raise ValueError(f"data has {len(members) // sizeof(Member)} members, not {self.n}")
        if <size_t>len(delayed) != (0 if self.delayed_at == NULL else self.n * sizeof(i64)):
            raise ValueError("data is of a venue with another capacity")
        fresh_wheel, fresh_alerts = self.wheel.copy(), self.alerts.copy()
        fresh_intake = self.intake.copy()
        fresh_wheel.restore(wheel)
        fresh_alerts.restore(alerts)
        fresh_intake.restore(intake)
        self.wheel, self.alerts, self.intake = fresh_wheel, fresh_alerts, fresh_intake
        self.now = np.frombuffer(now)[0]
        memcpy(&self.counts, <char*>counts, sizeof(CrowdCounts))
        memcpy(self.members, <char*>members, len(members))
        memcpy(self.listed, <char*>listed, len(listed))
        memcpy(self.alarmed, <char*>alarmed, len(alarmed))
        if delayed:
            memcpy(self.delayed_at, <char*>delayed, len(delayed))
        self.n_listed = <i32>(len(listed) // sizeof(i32))
        self.n_alarmed = <i32>(len(alarmed) // sizeof(i32))

    # -- invariants ---------------------------------------------------------------------------

    def _check(self, MarginHouse house=None):
        """Assert every invariant; with the house, that positions are as members believe."""
        cdef i32 i, clock
        cdef Member* member
        self.wheel._check()
        self.alerts._check()
        self.intake._check()
        wants, fired = self._expecting()
        sleeping = [self.wheel.sleeping(clock) for clock in range(self.contracts + 1)]
        for i in range(self.n):
            member = &self.members[i]
            clock = self.contracts if member.condition == OUT else member.contract
            assert i in sleeping[clock], f"member {i} sleeps on no clock or another"
            assert member.base >= 1 and 0 < member.margin_rate <= 1, f"member {i} wants nothing"
            assert not member.flags & MEMBER_FIRED or i in fired, f"member {i} fired unheard"
            assert alert_rests(self.alerts, i + 1) == (
                member.line != LINE_NONE and not member.flags & MEMBER_FIRED
            ), f"line of member {i} is lost"
            if member.condition == CLOSING or member.condition == OPENING:
                assert i in wants, f"member {i} waits unlisted"
            if member.condition == OUT:
                assert member.line == LINE_NONE, f"member {i} has a line and no position"
            if self.delayed_at != NULL and self.delayed_at[i]:
                assert member.line == LINE_STOP, f"member {i} waits with no stop"
        if house is not None:
            self._check_house(house)

    def _expecting(self):
        """Assert that lists, tickets and flags agree; who wants to trade, whose line was crossed.
        """
        cdef i32 i, k
        waits = self.intake.queue()
        groups = {
            MEMBER_LISTED: [self.listed[k] for k in range(self.n_listed)],
            MEMBER_ALARMED: [self.alarmed[k] for k in range(self.n_alarmed)],
            MEMBER_TRADE_WAITS: waits["member"][waits["kind"] == 0].tolist(),
            MEMBER_LINE_WAITS: waits["member"][waits["kind"] == 1].tolist(),
        }
        for flag, members in groups.items():
            assert len(set(members)) == len(members), "a member is in a list twice"
            flagged = {i for i in range(self.n) if self.members[i].flags & flag}
            assert flagged == set(members), f"flag {flag} and its list differ"
        wants = groups[MEMBER_LISTED], groups[MEMBER_TRADE_WAITS]
        fired = groups[MEMBER_ALARMED], groups[MEMBER_LINE_WAITS]
        for listed, queued in (wants, fired):
            assert set(listed).isdisjoint(queued), "a member is listed and waits"
        return set().union(*wants), set().union(*fired)

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
