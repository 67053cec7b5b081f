# Lines of a crowd's own: prices at which its members act, stops and top-ups of margin.
#
# A member has one line at a time, falling (it acts when the price is there or lower) or rising. The
# lines of a contract rest in two ladders, as orders and triggers do; a price that crosses none
# costs two comparisons, whatever the number of lines.
from tidegate_core.ladder cimport Ladder
from tidegate_core.types cimport i32, i64

cdef enum:
    FALLING = 0
    RISING = 1


cdef struct Alert:                 # 16 bytes
    i64 price                      # ticks
    i32 next                       # in the queue at its price; 0: none
    i32 prev                       # the first of a queue is its own; 0: it has no line


cdef class Alerts:
    cdef readonly i32 n            # members 1 .. n
    cdef readonly i32 contracts
    cdef Alert* alerts
    cdef Ladder* ladders           # [contracts][2]
    cdef i64* nearest              # [contracts][2]: the line that is crossed first

    # A line for a member who has none, at the end of the queue at its price; false without memory.
    # The anchor is where the price is now.
    cdef bint c_place(
        self, i32 contract, i32 way, i32 member, i64 price, i64 anchor
    ) noexcept nogil
    cdef void c_remove(self, i32 contract, i32 way, i32 member) noexcept nogil
    # The next member whose line a price crosses, the line that was met first, first; 0: none. The
    # line is gone.
    cdef i32 c_take(self, i32 contract, i32 way, i64 price) noexcept nogil
    cdef void c_look(self, i32 contract, i32 way) noexcept nogil
    cdef int _demand(self, i32 contract, i32 way, i32 member) except -1
    cdef int c_assign(self, Alerts other) except -1


cdef inline bint alert_rests(Alerts alerts, i32 member) noexcept nogil:
    """Tell whether a member has a line."""
    return alerts.alerts[member].prev != 0
