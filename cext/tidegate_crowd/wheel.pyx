"""When members of a crowd wake: calendar wheels, one a clock, each at its own speed."""

from math import inf

import numpy as np

from libc.string cimport memcpy, memset
from tidegate_core import frames
from tidegate_core.memory cimport memory_free, memory_zeroed
from tidegate_core.types cimport i32, i64

__all__ = ["Wheel"]

cdef enum:
    AWAKE = -2
    MIN_SLOTS = 1 << 10
    MAX_SLOTS = 1 << 18      # seconds: three days
    MEMBERS_A_SLOT = 4


cdef i64 slots_for(i64 n) noexcept nogil:
    cdef i64 slots = MIN_SLOTS
    while slots < MAX_SLOTS and slots * MEMBERS_A_SLOT < n:
        slots *= 2
    return slots


cdef class Wheel:
    """Members that sleep on clocks.

    Parameters
    ----------
    n : int
        Members.
    clocks : int
        Clocks, all at 0.
    """

    def __cinit__(self, i32 n, i32 clocks):
        if n < 1 or clocks < 1:
            raise ValueError(f"n and clocks must be at least 1, got {n} and {clocks}")
        cdef i32 i
        self.n = n
        self.clocks = clocks
        self.slots = slots_for(n)
        self.sleepers = <Sleeper*>memory_zeroed(<size_t>n * sizeof(Sleeper))
        self.heads = <i32*>memory_zeroed(<size_t>clocks * self.slots * sizeof(i32))
        self.time = <double*>memory_zeroed(<size_t>clocks * sizeof(double))
        if self.sleepers == NULL or self.heads == NULL or self.time == NULL:
            raise MemoryError(f"no memory for {n} members on {clocks} clocks")
        memset(self.heads, 0xFF, <size_t>clocks * self.slots * sizeof(i32))
        for i in range(n):
            self.sleepers[i].prev = AWAKE

    def __dealloc__(self):
        memory_free(self.sleepers)
        memory_free(self.heads)
        memory_free(self.time)

    cdef void c_put(self, i32 clock, i32 member, double due) noexcept nogil:
        cdef i32* head = &self.heads[clock * self.slots + (<i64>due & (self.slots - 1))]
        cdef Sleeper* sleeper = &self.sleepers[member]
        sleeper.due = due
        sleeper.next = head[0]
        sleeper.prev = -1
        if head[0] >= 0:
            self.sleepers[head[0]].prev = member
        head[0] = member

    cdef void c_remove(self, i32 clock, i32 member) noexcept nogil:
        cdef Sleeper* sleeper = &self.sleepers[member]
        if sleeper.prev >= 0:
            self.sleepers[sleeper.prev].next = sleeper.next
        else:
            self.heads[clock * self.slots + (<i64>sleeper.due & (self.slots - 1))] = sleeper.next
        if sleeper.next >= 0:
            self.sleepers[sleeper.next].prev = sleeper.prev
        sleeper.prev = AWAKE

    cdef i32 c_advance(self, i32 clock, double until, i32* out) noexcept nogil:
        cdef i64 first = <i64>self.time[clock], last = <i64>until, second
        cdef i32 found = 0, member, following
        if last - first >= self.slots:
            first = last - self.slots + 1
        for second in range(first, last + 1):
            member = self.heads[clock * self.slots + (second & (self.slots - 1))]
            while member >= 0:
                following = self.sleepers[member].next
                if self.sleepers[member].due <= until:
                    self.c_remove(clock, member)
                    out[found] = member
                    found += 1
                member = following
        self.time[clock] = until
        return found

    # -- Python face --------------------------------------------------------------------------

    cdef int _demand(self, i32 clock, i32 member) except -1:
        if not 0 <= clock < self.clocks:
            raise ValueError(f"clock is {clock}; allowed are 0 to {self.clocks - 1}")
        if not 0 <= member < self.n:
            raise ValueError(f"member is {member}; allowed are 0 to {self.n - 1}")
        return 0

    def put(self, i32 clock, i32 member, double due):
        """Let a member who is awake sleep on a clock until a second of its time."""
        self._demand(clock, member)
        if self.sleepers[member].prev != AWAKE:
            raise ValueError(f"member {member} sleeps already")
        if not self.time[clock] <= due < 2.0**53:
            raise ValueError(f"due is {due}; clock {clock} is at {self.time[clock]}")
        self.c_put(clock, member, due)

    def remove(self, i32 clock, i32 member):
        """Wake a member who sleeps on a clock before it is due."""
        self._demand(clock, member)
        if member not in self.sleeping(clock):
            raise ValueError(f"member {member} does not sleep on clock {clock}")
        self.c_remove(clock, member)

    def advance(self, i32 clock, double until):
        """Advance a clock and wake who is due.

        Returns
        -------
        array of int32
            Members, in no particular order.
        """
        cdef i32[::1] out = np.empty(self.n, dtype=np.int32)
        self._demand(clock, 0)
        if not self.time[clock] <= until < inf:
            raise ValueError(f"until is {until}; clock {clock} is at {self.time[clock]}")
        cdef i32 found = self.c_advance(clock, until, &out[0])
        return np.array(out[:found])

    def sleeping(self, i32 clock):
        """Members who sleep on a clock, and until when, as a dict."""
        cdef i64 slot
        cdef i32 member
        self._demand(clock, 0)
        found = {}
        for slot in range(self.slots):
            member = self.heads[clock * self.slots + slot]
            while member >= 0:
                found[member] = self.sleepers[member].due
                member = self.sleepers[member].next
        return found

    def times(self):
        """Time of each clock."""
        return [self.time[clock] for clock in range(self.clocks)]

    cdef int c_assign(self, Wheel other) except -1:
        # Become a copy of a wheel of the same shape.
        memcpy(self.sleepers, other.sleepers, <size_t>self.n * sizeof(Sleeper))
        memcpy(self.heads, other.heads, <size_t>self.clocks * self.slots * sizeof(i32))
        memcpy(self.time, other.time, <size_t>self.clocks * sizeof(double))
        return 0

    def copy(self):
        """Return an independent copy."""
        cdef Wheel other = Wheel(self.n, self.clocks)
        other.c_assign(self)
        return other

    def __deepcopy__(self, memo):
        return self.copy()

    def snapshot(self):
        """All there is to know, as ``bytes``."""
        return frames.pack("Wheel", [
            (<char*>self.sleepers)[:<size_t>self.n * sizeof(Sleeper)],
            (<char*>self.heads)[:<size_t>self.clocks * self.slots * sizeof(i32)],
            (<char*>self.time)[:<size_t>self.clocks * sizeof(double)]])

    def restore(self, data):
        """Become what `snapshot` saved of a wheel of the same shape."""
        cdef bytes sleepers, heads, time
        sleepers, heads, time = frames.unpack("Wheel", data, 3)
        shape = (len(sleepers) // sizeof(Sleeper), len(time) // sizeof(double))
        if shape != (self.n, self.clocks):
            raise ValueError(f"data has {shape} members and clocks, not {(self.n, self.clocks)}")
        memcpy(self.sleepers, <char*>sleepers, len(sleepers))
        memcpy(self.heads, <char*>heads, len(heads))
        memcpy(self.time, <char*>time, len(time))

    def __reduce__(self):
        return _restored, (self.n, self.clocks, self.snapshot())

    def _check(self):
        """Assert every invariant."""
        cdef i32 clock, member, before
        cdef i64 slot
        seen = np.zeros(self.n, dtype=bool)
        for clock in range(self.clocks):
            for slot in range(self.slots):
                member, before = self.heads[clock * self.slots + slot], -1
                while member >= 0:
                    assert not seen[member], f"member {member} sleeps twice"
                    assert self.sleepers[member].prev == before, "links differ"
                    due = self.sleepers[member].due
                    assert due >= self.time[clock], f"member {member} overslept"
                    assert <i64>self.sleepers[member].due & (self.slots - 1) == slot, "wrong slot"
                    seen[member] = True
                    before, member = member, self.sleepers[member].next
        for member in range(self.n):
            assert seen[member] == (self.sleepers[member].prev != AWAKE), "a sleeper is lost"


def _restored(n, clocks, data):
    wheel = Wheel(n, clocks)
    wheel.restore(data)
    return wheel
