"""Lines of a crowd's own: prices at which its members act, in ladders by contract and side."""

import numpy as np

from libc.stdint cimport INT64_MAX
from libc.string cimport memcpy
from tidegate_core import frames
from tidegate_core.ladder cimport (
    Level,
    ladder_above,
    ladder_below,
    ladder_check,
    ladder_close,
    ladder_copy,
    ladder_find,
    ladder_open,
    ladder_ready,
    ladder_start,
    ladder_stop,
)
from tidegate_core.memory cimport memory_free, memory_zeroed
from tidegate_core.types cimport i32, i64

__all__ = ["Alerts"]

cdef i64[2] NOWHERE                     # by way: crossed by no price
NOWHERE[<int>FALLING], NOWHERE[<int>RISING] = 0, INT64_MAX


cdef class Alerts:
    """Lines of members, at most one each.

    Parameters
    ----------
    n : int
        Members, numbered from 1.
    contracts : int
        Contracts whose prices are watched.
    """

    def __cinit__(self, i32 n, i32 contracts):
        cdef i32 ladder
        if n < 1 or contracts < 1:
            raise ValueError(f"n and contracts must be at least 1, got {n} and {contracts}")
        self.n = n
        self.contracts = contracts
        self.alerts = <Alert*>memory_zeroed((<size_t>n + 1) * sizeof(Alert))
        self.ladders = <Ladder*>memory_zeroed(2 * <size_t>contracts * sizeof(Ladder))
        self.nearest = <i64*>memory_zeroed(2 * <size_t>contracts * sizeof(i64))
        if self.alerts == NULL or self.ladders == NULL or self.nearest == NULL:
            raise MemoryError(f"no memory for {n} lines")
        for ladder in range(2 * contracts):
            ladder_start(&self.ladders[ladder])
            self.nearest[ladder] = NOWHERE[ladder & 1]

    def __dealloc__(self):
        cdef i32 ladder
        if self.ladders != NULL:
            for ladder in range(2 * self.contracts):
                ladder_stop(&self.ladders[ladder])
        memory_free(self.ladders)
        memory_free(self.alerts)
        memory_free(self.nearest)

    cdef bint c_place(
        self, i32 contract, i32 way, i32 member, i64 price, i64 anchor
    ) noexcept nogil:
        cdef Ladder* ladder = &self.ladders[2 * contract + way]
        cdef i64* nearest = &self.nearest[2 * contract + way]
        cdef Alert* alert = &self.alerts[member]
        cdef Level* level
        if not ladder_ready(ladder, price, anchor):
            return False
        level = ladder_open(ladder, price)
        alert.price = price
        alert.next = 0
        alert.prev = level.tail if level.head else member
        if level.head:
            self.alerts[level.tail].next = member
        else:
            level.head = member
        level.tail = member
        level.total += 1
        if (price > nearest[0]) if way == FALLING else (price < nearest[0]):
            nearest[0] = price
        return True

    cdef void c_remove(self, i32 contract, i32 way, i32 member) noexcept nogil:
        cdef Ladder* ladder = &self.ladders[2 * contract + way]
        cdef Alert* alert = &self.alerts[member]
        cdef Level* level = ladder_find(ladder, alert.price)
        if level.head == member:
            level.head = alert.next
            if alert.next:
                self.alerts[alert.next].prev = alert.next
        else:
            self.alerts[alert.prev].next = alert.next
            if alert.next:
                self.alerts[alert.next].prev = alert.prev
        if level.tail == member:
            level.tail = alert.prev
        alert.prev = 0
        level.total -= 1
        if level.total == 0:
            ladder_close(ladder, alert.price)
            if alert.price == self.nearest[2 * contract + way]:
                self.c_look(contract, way)

    cdef void c_look(self, i32 contract, i32 way) noexcept nogil:
        # Find the nearest line again; all lie beyond the one that was.
        cdef i64* nearest = &self.nearest[2 * contract + way]
        cdef Ladder* ladder = &self.ladders[2 * contract + way]
        cdef bint found
        if way == FALLING:
            found = ladder_below(ladder, nearest[0], nearest)
        else:
            found = ladder_above(ladder, nearest[0], nearest)
        if not found:
            nearest[0] = NOWHERE[way]

    cdef i32 c_take(self, i32 contract, i32 way, i64 price) noexcept nogil:
        cdef i64 nearest = self.nearest[2 * contract + way]
        cdef i32 member
        if (price > nearest) if way == FALLING else (price < nearest):
            return 0
        member = ladder_find(&self.ladders[2 * contract + way], nearest).head
        self.c_remove(contract, way, member)
        return member

    # -- Python face --------------------------------------------------------------------------

    cdef int _demand(self, i32 contract, i32 way, i32 member) except -1:
        for name, value, low, high in (("contract", contract, 0, self.contracts - 1),
                                       ("way", way, FALLING, RISING),
                                       ("member", member, 1, self.n)):
            if not low <= value <= high:
                raise ValueError(f"{name} is {value}; allowed are {low} to {high}")
        return 0

    def place(self, i32 contract, i32 way, i32 member, i64 price):
        """Place a line: way 0 acts when the price is there or lower, way 1 there or higher."""
        self._demand(contract, way, member)
        if not 1 <= price < INT64_MAX:
            raise ValueError(f"price is {price}; allowed are 1 to {INT64_MAX - 1}")
        if self.alerts[member].prev:
            raise ValueError(f"member {member} has a line already")
        if not self.c_place(contract, way, member, price, price):
            raise MemoryError("no memory for a line")

    def remove(self, i32 contract, i32 way, i32 member):
        """Remove the line of a member."""
        self._demand(contract, way, member)
        if member not in self.lines(contract, way):
            raise ValueError(f"member {member} has no line there")
        self.c_remove(contract, way, member)

    def take(self, i32 contract, i32 way, i64 price):
        """Take the members whose lines a price crosses, in order."""
        cdef i32 member
        self._demand(contract, way, 1)
        if price < 1:
            raise ValueError(f"price is {price}; allowed are 1 and more")
        found = []
        while True:
            member = self.c_take(contract, way, price)
            if member == 0:
                return found
            found.append(member)

    def lines(self, i32 contract, i32 way):
        """Lines by member, in the order in which a price would cross them."""
        cdef Ladder* ladder
        cdef i64 price
        cdef i32 member
        cdef bint more
        self._demand(contract, way, 1)
        ladder = &self.ladders[2 * contract + way]
        price = self.nearest[2 * contract + way]
        more = ladder.levels > 0
        found = {}
        while more:
            member = ladder_find(ladder, price).head
            while member:
                found[member] = price
                member = self.alerts[member].next
            if way == FALLING:
                more = ladder_below(ladder, price, &price)
            else:
                more = ladder_above(ladder, price, &price)
        return found

    cdef int c_assign(self, Alerts other) except -1:
        # Become a copy of lines of the same shape.
        cdef i32 ladder
        for ladder in range(2 * self.contracts):
            ladder_stop(&self.ladders[ladder])
            if not ladder_copy(&self.ladders[ladder], &other.ladders[ladder]):
                raise MemoryError("no memory for a copy of lines")
        memcpy(self.alerts, other.alerts, (<size_t>self.n + 1) * sizeof(Alert))
        memcpy(self.nearest, other.nearest, 2 * <size_t>self.contracts * sizeof(i64))
        return 0

    def copy(self):
        """Return an independent copy."""
        cdef Alerts other = Alerts(self.n, self.contracts)
        other.c_assign(self)
        return other

    def __deepcopy__(self, memo):
        return self.copy()

    def snapshot(self):
        """All lines in their order, as ``bytes``; not how the ladders are laid out."""
        parts = []
        for contract in range(self.contracts):
            for way in (FALLING, RISING):
                lines = self.lines(contract, way)
                parts.append(np.array([*lines], dtype=np.int32).tobytes())
                parts.append(np.array([*lines.values()], dtype=np.int64).tobytes())
        return frames.pack("Alerts", parts)

    def restore(self, data):
        """Become what `snapshot` saved of lines of the same shape."""
        cdef Alerts other = Alerts(self.n, self.contracts)
        parts = frames.unpack("Alerts", data, 4 * self.contracts)
        for at in range(2 * self.contracts):
            members = np.frombuffer(parts[2 * at], dtype=np.int32)
            prices = np.frombuffer(parts[2 * at + 1], dtype=np.int64)
            for member, price in zip(members.tolist(), prices.tolist(), strict=True):
                other.place(at // 2, at % 2, member, price)
        self.alerts, other.alerts = other.alerts, self.alerts
        self.ladders, other.ladders = other.ladders, self.ladders
        self.nearest, other.nearest = other.nearest, self.nearest

    def __reduce__(self):
        return _restored, (self.n, self.contracts, self.snapshot())

    def _check(self):
        """Assert every invariant."""
        cdef i32 contract, way, before, member
        cdef Level* level
        with_line = set()
        for contract in range(self.contracts):
            for way in (FALLING, RISING):
                ladder_check(&self.ladders[2 * contract + way])
                lines = self.lines(contract, way)
                assert not with_line & set(lines), "a member has two lines"
                with_line |= set(lines)
                prices = list(dict.fromkeys(lines.values()))
                assert len(prices) == self.ladders[2 * contract + way].levels, "a line is lost"
                assert self.nearest[2 * contract + way] == (
                    prices[0] if prices else NOWHERE[way]), "the nearest line is another"
                for price in prices:
                    level = ladder_find(&self.ladders[2 * contract + way], price)
                    member = before = level.head
                    count = 0
                    while member:
                        assert self.alerts[member].prev == before, "links differ"
                        assert self.alerts[member].price == price, "a line is astray"
                        before, member = member, self.alerts[member].next
                        count += 1
                    assert level.tail == before and level.total == count, "a queue is miscounted"
        for member in range(1, self.n + 1):
            assert (member in with_line) == (self.alerts[member].prev != 0), "a line is lost"


def _restored(n, contracts, data):
    alerts = Alerts(n, contracts)
    alerts.restore(data)
    return alerts
