"""Column crowds: many accounts that behave alike, decided and sent in one call."""

from libc.string cimport memcpy

from tidegate_core.draws cimport c_fill_blocks, moment
from tidegate_core.clearing cimport fetch_ahead
from tidegate_core.engine cimport Engine
from tidegate_core.memory cimport memory_free, memory_prefetch, memory_zeroed
from tidegate_core.types cimport LIMIT, STP_NONE, i32, i64, u32, u64
from tidegate_crowd.arrival cimport sort_arrivals

import numpy as np

from tidegate_core.frames import pack, unpack

__all__ = ["Behaviour", "ColumnCrowd", "ZeroIntelligence"]

cdef enum:
    FAR = 32             # arrivals ahead of which a member is asked for,
    NEAR = 18            # and then its balances and last order

cdef i64 MAX_TICK = (<i64> 1 << 48) - 1


cdef class Behaviour:
    """What the members of a crowd do; it belongs to one crowd."""

    cdef int c_join(self, u64 key, i64 count) except -1:
        """Prepare for a crowd of `count` members."""
        return 0

    cdef void c_look(self, i64 tick, i64 last_price) noexcept nogil:
        """See the market once before a step; `last_price` is 0 before the first trade."""

    cdef void c_decide(
        self, Member* members, const u64* index, i64 first, i64 n, const Words* words
    ) noexcept nogil:
        """Write the orders of n members: those of `index`, or from `first` on without one."""

    cdef Behaviour c_copy(self):
        return self

    cdef bytes c_snapshot(self):
        return b""

    cdef int c_restore(self, bytes data) except -1:
        return 0

    def __reduce__(self):
        return type(self), ()


cdef class ZeroIntelligence(Behaviour):
    """Buy or sell with equal chance at a uniform price, cancelling the order before.

    Parameters
    ----------
    low, high : int
        Range of the price in ticks, both included.
    max_size : int
        Sizes are uniform on 1 to this, in lots.
    """

    def __cinit__(self, i64 low, i64 high, i64 max_size):
        if not 1 <= low <= high:
            raise ValueError(f"low is {low} and high {high}; it takes 1 <= low <= high")
        if high - low >= 2**31:
            raise ValueError(f"high - low is {high - low}; allowed are 0 to {2**31 - 1}")
        if not 1 <= max_size < 2**31:
            raise ValueError(f"max_size is {max_size}; allowed are 1 to {2**31 - 1}")
        self.low = low
        self.high = high
        self.max_size = max_size

    cdef void c_decide(
        self, Member* members, const u64* index, i64 first, i64 n, const Words* words
    ) noexcept nogil:
        cdef i64 i
        cdef u64 prices = self.high - self.low + 1, sizes = self.max_size
        cdef Member* member
        for i in range(n):
            member = members + (index[i] if index else <u64> (first + i))
            member.side = words.w0[i] & 1
            # a 32-bit word times a range below 2**31: uneven by less than one part in two
            member.price = self.low + <i64> (words.w1[i] * prices >> 32)
            member.quantity = 1 + <i64> (words.w2[i] * sizes >> 32)
            member.lifetime = 0

    def __repr__(self):
        return f"ZeroIntelligence(low={self.low}, high={self.high}, max_size={self.max_size})"

    def __reduce__(self):
        return ZeroIntelligence, (self.low, self.high, self.max_size)


cdef class ColumnCrowd:
    """Accounts of one venue that behave alike, one live order each.

    Parameters
    ----------
    behaviour : Behaviour
        What members do; a behaviour with memory belongs to one crowd.
    key : int
        Of all their draws, 0 to 2**64 - 1.
    first, count : int
        Members are the accounts `first` to ``first + count - 1``.
    instrument : int
        What they trade.
    """

    def __cinit__(self, Behaviour behaviour not None, *, u64 key, i64 first, i64 count,
                  i32 instrument=0):
        if first < 1:
            raise ValueError(f"first is {first}; accounts start at 1")
        if not 1 <= count < 2**31 - first:
            raise ValueError(f"count is {count}; allowed are 1 to {2**31 - 1 - first}")
        if instrument < 0:
            raise ValueError(f"instrument is {instrument}; it must be at least 0")
        self.behaviour = behaviour
        self.key = key
        self.first = first
        self.count = count
        self.instrument = instrument
        self.tick = -1
        behaviour.c_join(key, count)
        self.ring = behaviour.longest_life + 1
        self.members = <Member*> memory_zeroed(count * sizeof(Member))
        self.arrivals = <u64*> memory_zeroed(count * sizeof(u64))
        self.scratch = <u64*> memory_zeroed(count * sizeof(u64))
        self.expiring = <i64*> memory_zeroed(self.ring * sizeof(i64))
        if (self.members == NULL or self.arrivals == NULL or self.scratch == NULL
                or self.expiring == NULL):
            raise MemoryError(f"no memory for a crowd of {count}")
        self.c_room(1)
        self.expiries_used = 1

    def __dealloc__(self):
        memory_free(self.members)
        memory_free(self.arrivals)
        memory_free(self.scratch)
        memory_free(self.expiring)
        memory_free(self.expiries)

    def step(self, Engine engine not None, i64 tick, i64 round=0, active=None):
        """Let the members act once; returns how many orders were accepted.

        Parameters
        ----------
        engine : Engine
            The venue.
        tick, round : int
            The moment, which keys the draws; ticks never go back.
        active : array of uint64, optional
            Ascending indices of the awake members; all by default. Nobody else is touched.
        """
        if not max(self.tick, 0) <= tick <= MAX_TICK:
            raise ValueError(
                f"tick is {tick}; allowed are {max(self.tick, 0)} to {MAX_TICK}")
        if not 0 <= round < 2**16:
            raise ValueError(f"round is {round}; allowed are 0 to {2**16 - 1}")
        if self.instrument >= len(engine.instruments):
            raise ValueError(f"engine lists {len(engine.instruments)} instruments; "
                             f"the crowd trades number {self.instrument}")
        if self.first + self.count - 1 > engine.accounts:
            raise ValueError(f"engine has {engine.accounts} accounts; "
                             f"the crowd needs {self.first + self.count - 1}")
        cdef const u64[::1] awake = None
        cdef const u64* index = NULL
        cdef i64 n = self.count, accepted
        if active is not None:
            awake = self._awake(active)
            n = awake.shape[0]
            if n:
                index = &awake[0]
        if self.ring > 1:
            self.c_room(n)
        engine.c_idle()
        engine.busy = True
        with nogil:
            self.c_expire(engine, tick)
            self.c_decide_all(
                index, n, tick, moment(tick, round), engine.c_last_price(self.instrument))
            sort_arrivals(self.arrivals, self.scratch, n)
            accepted = self.c_send(engine, n, tick)
            self.tick = tick
            engine.busy = False
        return accepted

    def _awake(self, active):
        if not isinstance(active, np.ndarray) or active.dtype != np.uint64 or active.ndim != 1:
            raise TypeError("active must be a one-dimensional array of uint64")
        ascending = np.all(active[1:] > active[:max(len(active) - 1, 0)])
        if len(active) and (active.max() >= self.count or not ascending):
            raise ValueError(f"active must ascend within 0 to {self.count - 1}")
        return np.ascontiguousarray(active)

    cdef void c_decide_all(
        self, const u64* index, i64 n, i64 tick, u64 counter, i64 last_price
    ) noexcept nogil:
        """Let the behaviour decide block by block, and write the arrivals."""
        cdef Words words
        cdef i64 done = 0, size, i
        cdef u64 at
        self.behaviour.c_look(tick, last_price)
        while done < n:
            size = n - done if n - done < BLOCK else BLOCK
            c_fill_blocks(words.w0, words.w1, words.w2, words.arrival, size, self.key, done,
                          index + done if index else NULL, counter)
            self.behaviour.c_decide(
                self.members, index + done if index else NULL, done, size, &words)
            for i in range(size):
                at = index[done + i] if index else <u64> (done + i)
                self.arrivals[done + i] = <u64> words.arrival[i] << 32 | at
            done += size

    cdef i64 c_send(self, Engine engine, i64 n, i64 tick) noexcept nogil:
        """Send the orders in arrival order; how many were accepted."""
        cdef i64 i, accepted = 0, order
        cdef u64 at
        cdef Member* member
        for i in range(n):
            if i + FAR < n:
                memory_prefetch(self.members + <u32> self.arrivals[i + FAR])
            if i + NEAR < n:
                at = <u32> self.arrivals[i + NEAR]
                fetch_ahead(engine, self.members[at].order, self.first + <i64> at)
            at = <u32> self.arrivals[i]
            member = self.members + at
            if member.quantity == 0:
                continue
            order = engine.c_cancel_submit(
                member.order, self.instrument, <i32> (self.first + at), member.side,
                member.price, member.quantity, LIMIT, STP_NONE)
            accepted += order > 0
            if order < 0 or engine.last_rest == 0:
                order = 0                            # nothing that could be cancelled
            if member.lifetime == 0:
                member.order = order
            elif order:
                self.c_let_expire(order, tick + member.lifetime)
        return accepted

    # ---- orders that expire -------------------------------------------------------------------

    cdef int c_room(self, i64 n) except -1:
        """Make room for the expiries of n more orders."""
        cdef i64 wanted = self.expiries_used + n
        cdef Expiry* expiries
        if wanted <= self.expiries_capacity:
            return 0
        wanted = max(wanted, 2 * self.expiries_capacity)
        expiries = <Expiry*> memory_zeroed(wanted * sizeof(Expiry))
        if expiries == NULL:
            raise MemoryError(f"no memory for {wanted} orders that expire")
        if self.expiries_used:
            memcpy(expiries, self.expiries, self.expiries_used * sizeof(Expiry))
        memory_free(self.expiries)
        self.expiries = expiries
        self.expiries_capacity = wanted
        return 0

    cdef void c_let_expire(self, i64 order, i64 tick) noexcept nogil:
        """Note that an order dies at the start of a tick; there is room."""
        cdef i64 at = self.expiries_free
        cdef i64* head = self.expiring + tick % self.ring
        if at:
            self.expiries_free = self.expiries[at].next
        else:
            at = self.expiries_used
            self.expiries_used += 1
        self.expiries[at] = Expiry(order, head[0])
        head[0] = at

    cdef void c_expire(self, Engine engine, i64 tick) noexcept nogil:
        """Cancel what dies from the tick after the last step up to this one."""
        cdef i64 past = self.tick + 1, at, next_at
        if tick - past >= self.ring:
            past = tick - self.ring + 1              # every list once is enough
        while past <= tick:
            at = self.expiring[past % self.ring]
            self.expiring[past % self.ring] = 0
            while at:
                if engine.c_remaining(self.expiries[at].order):
                    engine.c_cancel(self.expiries[at].order)
                next_at = self.expiries[at].next
                self.expiries[at] = Expiry(0, self.expiries_free)
                self.expiries_free = at
                at = next_at
            past += 1

    # ---- Python face --------------------------------------------------------------------------

    def orders(self):
        """Copy the ids of the members' last orders; 0 where nothing was left to rest."""
        found = np.empty(self.count, dtype=np.int64)
        cdef i64[::1] out = found
        cdef i64 i
        for i in range(self.count):
            out[i] = self.members[i].order
        return found

    def __len__(self):
        return self.count

    def __repr__(self):
        return (f"ColumnCrowd({self.behaviour!r}, accounts {self.first} to "
                f"{self.first + self.count - 1})")

    def _check(self):
        """Assert every invariant."""
        cdef i64 entry, tick
        seen = np.zeros(self.expiries_used, dtype=np.int64)
        cdef i64[::1] visits = seen
        heads = [self.expiring[tick] for tick in range(self.ring)] + [self.expiries_free]
        for head in heads:
            entry = head
            while entry:
                if not 0 < entry < self.expiries_used or visits[entry]:
                    raise AssertionError(f"expiry {entry} is in two lists or in none")
                visits[entry] = 1
                entry = self.expiries[entry].next
        if seen[1:].sum() != self.expiries_used - 1:
            raise AssertionError("an expiry is in no list")
        for entry in range(self.count):
            if self.members[entry].order < 0:
                raise AssertionError(f"member {entry} has the order {self.members[entry].order}")

    cdef int c_assign(self, ColumnCrowd other) except -1:
        """Take over the state of a crowd of the same shape."""
        self.c_room(other.expiries_used)
        memcpy(self.members, other.members, self.count * sizeof(Member))
        memcpy(self.expiring, other.expiring, self.ring * sizeof(i64))
        memcpy(self.expiries, other.expiries, other.expiries_used * sizeof(Expiry))
        self.expiries_used = other.expiries_used
        self.expiries_free = other.expiries_free
        self.tick = other.tick
        return 0

    def copy(self):
        """Copy the crowd; the copy shares nothing with it."""
        cdef ColumnCrowd twin = ColumnCrowd(
            self.behaviour.c_copy(), key=self.key, first=self.first, count=self.count,
            instrument=self.instrument)
        twin.behaviour.c_restore(self.behaviour.c_snapshot())
        twin.c_assign(self)
        return twin

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    def snapshot(self):
        """Give the whole state as bytes, for `restore`."""
        cdef i64[3] numbers = [self.tick, self.expiries_used, self.expiries_free]
        return pack("crowd", (
            repr(self).encode(),
            self.behaviour.c_snapshot(),
            (<char*> numbers)[:sizeof(numbers)],
            (<char*> self.members)[:self.count * <i64> sizeof(Member)],
            (<char*> self.expiring)[:self.ring * <i64> sizeof(i64)],
            (<char*> self.expiries)[:self.expiries_used * <i64> sizeof(Expiry)],
        ))

    def restore(self, bytes data):
        """Replace the whole state by a snapshot of a crowd of the same kind and accounts."""
        cdef i64[3] numbers
        shape, memory, header, members, expiring, expiries = unpack("crowd", data, 6)
        if shape != repr(self).encode():
            raise ValueError(f"data is of {shape.decode()}, this is {self!r}")
        if len(header) != sizeof(numbers):
            raise ValueError("data is not a snapshot of a crowd: its buffers disagree")
        memcpy(numbers, <const char*> header, sizeof(numbers))
        if (
            len(members) != self.count * <i64> sizeof(Member)
            or len(expiring) != self.ring * <i64> sizeof(i64)
            or len(expiries) != numbers[1] * <i64> sizeof(Expiry)
        ):
            raise ValueError("data is not a snapshot of a crowd: its buffers disagree")
        self.c_room(numbers[1])
        self.behaviour.c_restore(memory)
        memcpy(self.members, <const char*> members, len(members))
        memcpy(self.expiring, <const char*> expiring, len(expiring))
        memcpy(self.expiries, <const char*> expiries, len(expiries))
        self.tick, self.expiries_used, self.expiries_free = numbers[0], numbers[1], numbers[2]

    def __reduce__(self):
        return _rebuild, (
            self.behaviour, self.key, self.first, self.count, self.instrument, self.snapshot())


def _rebuild(behaviour, key, first, count, instrument, data):
    crowd = ColumnCrowd(behaviour, key=key, first=first, count=count, instrument=instrument)
    crowd.restore(data)
    return crowd
