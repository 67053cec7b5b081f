"""What a venue takes of its users' orders in a second, and the queue before it."""

from math import inf

import numpy as np

from libc.stdlib cimport free, malloc
from libc.string cimport memcpy
from tidegate_core import frames
from tidegate_core.types cimport i32, i64

__all__ = ["Intake"]

cdef i64 FIRST_ROOM = 64

TICKET_DTYPE = np.dtype([
    ("orders", np.int64), ("since", np.float64), ("member", np.int32), ("kind", np.int32)])
assert TICKET_DTYPE.itemsize == sizeof(Ticket)


cdef inline void leave(Intake intake) noexcept nogil:
    """Forget the first of those who wait."""
    intake.waiting -= intake.tickets[intake.head].orders
    intake.head = intake.head + 1 & intake.capacity - 1
    intake.n -= 1


cdef class Intake:
    """The gate through which users' orders come to a venue.

    Parameters
    ----------
    rate : float, optional
        Orders of real accounts that it takes in a second; None: any number.
    overload : {'queue', 'refuse'}
        What happens to orders above it: they wait, or must be sent again.

    Examples
    --------
    A venue that takes two orders a second, in a second in which five are sent:

    >>> gate = Intake(2, "queue")
    >>> gate.grant(1.0)
    >>> [gate.ask(member, 0, 1, now=1.0) for member in range(5)]
    ['taken', 'taken', 'waits', 'waits', 'waits']
    >>> gate.grant(1.0)
    >>> gate.drain(now=2.0)
    [(2, 0), (3, 0)]
    """

    def __init__(self, rate=None, overload="queue"):
        if rate is not None and not 0 < rate < inf:
            raise ValueError(f"rate is {rate}; allowed are finite numbers above 0, or None")
        if overload not in ("queue", "refuse"):
            raise ValueError(f"overload is {overload!r}; allowed are 'queue' and 'refuse'")
        self.rate = inf if rate is None else rate
        self.refuses = overload == "refuse"
        self.credit = inf if rate is None else 0.0

    def __dealloc__(self):
        free(self.tickets)

    # ---- orders -------------------------------------------------------------------------------

    cdef void c_grant(self, double seconds) noexcept nogil:
        if limited(self):
            self.credit = min(self.credit, 0.0) + self.rate * seconds
        self.turned_away = 0

    cdef i32 c_ask(self, i32 member, i32 kind, i64 orders, double now) noexcept nogil:
        cdef Ticket* last
        if orders <= 0:
            return TAKEN
        self.counts.sent += orders
        if self.n == 0 and self.credit > 0:
            self.credit -= <double>orders
            self.counts.served += orders
            return TAKEN
        if self.refuses or not self.c_room(self.n + 1):
            self.counts.refused += orders
            self.turned_away += orders
            return REFUSED
        last = self.tickets + (self.head + self.n & self.capacity - 1)
        last.orders, last.since, last.member, last.kind = orders, now, member, kind
        self.n += 1
        self.waiting += orders
        self.counts.longest = max(self.counts.longest, self.waiting)
        return WAITS

    cdef bint c_next(self, Ticket* first) noexcept nogil:
        if self.n == 0 or self.credit <= 0:
            return False
        first[0] = self.tickets[self.head]
        return True

    cdef void c_serve(self, double now) noexcept nogil:
        cdef const Ticket* first = self.tickets + self.head
        cdef double wait = now - first.since
        self.credit -= <double>first.orders
        self.counts.served += first.orders
        self.counts.delayed += first.orders
        self.counts.waited += <double>first.orders * wait
        self.counts.worst = max(self.counts.worst, wait)
        leave(self)

    cdef void c_withdraw(self) noexcept nogil:
        cdef const Ticket* first = self.tickets + self.head
        self.counts.withdrawn += first.orders
        leave(self)

    cdef bint c_room(self, i64 n) noexcept nogil:
        cdef i64 capacity = max(2 * self.capacity, FIRST_ROOM), k
        cdef Ticket* fresh
        if n <= self.capacity:
            return True
        while capacity < n:
            capacity *= 2
        fresh = <Ticket*>malloc(<size_t>capacity * sizeof(Ticket))
        if fresh == NULL:
            return False
        for k in range(self.n):
            fresh[k] = self.tickets[self.head + k & self.capacity - 1]
        free(self.tickets)
        self.tickets, self.capacity, self.head = fresh, capacity, 0
        return True

    # ---- Python face --------------------------------------------------------------------------

    def grant(self, double seconds):
        """Begin a round of some seconds."""
        if not 0 <= seconds < inf:
            raise ValueError(f"seconds is {seconds}; allowed are finite numbers >= 0")
        self.c_grant(seconds)

    def ask(self, i32 member, i32 kind, i64 orders, double now):
        """Send orders: they are 'taken', they 'wait', or they are 'refused'."""
        return ("taken", "waits", "refused")[self.c_ask(member, kind, orders, now)]

    def drain(self, double now):
        """Serve who waits while this round's capacity lasts; (member, kind), first first."""
        cdef Ticket first
        served = []
        while self.c_next(&first):
            self.c_serve(now)
            served.append((first.member, first.kind))
        return served

    def queue(self):
        """Who waits, first first: a structured array of orders, since, member, kind (copy)."""
        cdef i64 k
        cdef char[::1] out
        rows = np.empty(self.n, dtype=TICKET_DTYPE)
        if self.n:
            out = rows.view(np.int8)
            for k in range(self.n):
                memcpy(&out[k * <i64>sizeof(Ticket)],
                       self.tickets + (self.head + k & self.capacity - 1), sizeof(Ticket))
        return rows

    def __len__(self):
        """Give how many tickets wait."""
        return self.n

    @property
    def overloaded(self):
        """Whether orders wait, or were refused in this round."""
        return self.n > 0 or self.turned_away > 0

    @property
    def totals(self):
        """Orders sent, served, refused, withdrawn ... since the start, see ``intake.pxd``."""
        return dict(self.counts)

    # ---- copies -------------------------------------------------------------------------------

    cdef int c_assign(self, Intake other) except -1:
        # Become a copy of an intake of the same rule.
        cdef i64 k
        if not self.c_room(other.n):
            raise MemoryError(f"no memory for {other.n} orders that wait")
        for k in range(other.n):
            self.tickets[k] = other.tickets[other.head + k & other.capacity - 1]
        self.head, self.n, self.waiting = 0, other.n, other.waiting
        self.credit, self.counts, self.turned_away = other.credit, other.counts, other.turned_away
        return 0

    def copy(self):
        """Return an independent copy."""
        cdef Intake twin = Intake(*_rule(self))
        twin.c_assign(self)
        return twin

    def __deepcopy__(self, memo):
        return self.copy()

    def snapshot(self):
        """All that changes, as ``bytes``."""
        return frames.pack("Intake", [
            np.float64(self.credit).tobytes(), np.int64(self.turned_away).tobytes(),
            (<char*>&self.counts)[:sizeof(IntakeCounts)], self.queue().tobytes()])

    def restore(self, data):
        """Become what `snapshot` saved of an intake of the same rule."""
        cdef bytes credit, turned_away, counts, rows
        cdef i64 n
        credit, turned_away, counts, rows = frames.unpack("Intake", data, 4)
        n = len(rows) // <i64>sizeof(Ticket)
        if len(counts) != sizeof(IntakeCounts) or len(rows) != n * <i64>sizeof(Ticket):
            raise ValueError("data is a damaged snapshot of an intake")
        if not self.c_room(n):
            raise MemoryError(f"no memory for {n} orders that wait")
        if n:
            memcpy(self.tickets, <char*>rows, len(rows))
        memcpy(&self.counts, <char*>counts, sizeof(IntakeCounts))
        self.head, self.n = 0, n
        self.credit = np.frombuffer(credit)[0]
        self.turned_away = np.frombuffer(turned_away, dtype=np.int64)[0]
        self.waiting = int(np.frombuffer(rows, dtype=TICKET_DTYPE)["orders"].sum())

    def __reduce__(self):
        return _restored, (_rule(self), self.snapshot())

    def _check(self):
        """Assert every invariant."""
        rows = self.queue()
        assert self.waiting == rows["orders"].sum(), "orders that wait are miscounted"
        assert self.n == 0 or rows["orders"].min() > 0, "nothing waits"
        assert np.all(np.diff(rows["since"]) >= 0), "who came later is before who came first"
        places = rows["member"].astype(np.int64) * 2 + rows["kind"]
        assert len(np.unique(places)) == self.n, "somebody waits twice"
        counts = self.totals
        assert counts["sent"] == (
            counts["served"] + counts["refused"] + counts["withdrawn"] + self.waiting
        ), f"orders are lost: {counts}"
        assert counts["longest"] >= self.waiting, "the longest queue was longer"


def _rule(Intake intake):
    """Give the arguments of a new one."""
    rate = None if intake.rate == inf else intake.rate
    return rate, "refuse" if intake.refuses else "queue"


def _restored(rule, data):
    intake = Intake(*rule)
    intake.restore(data)
    return intake
