# When members of a crowd wake: calendar wheels, one a clock.
#
# A member sleeps on one clock or on none. A slot is one second of its clock's time, taken round a
# wheel of a power of two; whoever is due in a later turn of the wheel is passed over. Advancing
# costs the slots gone by and those who lie in them, never the number of members.
#
# Clocks may run at any speed: time that passes faster for all who sleep on one (twelve seconds a
# second, say) wakes them at twelve times the rate, exactly, and nobody is drawn to be turned down.
from tidegate_core.types cimport i32, i64


cdef struct Sleeper:               # 16 bytes
    double due                     # second, on its clock
    i32 next                       # in the slot, -1: none
    i32 prev                       # -1: the first; AWAKE: on no clock


cdef class Wheel:
    cdef readonly i32 n            # members 0 .. n - 1
    cdef readonly i32 clocks
    cdef i64 slots                 # a power of two
    cdef Sleeper* sleepers
    cdef i32* heads                # [clocks][slots]: first member, -1: none
    cdef double* time              # of each clock

    cdef void c_put(self, i32 clock, i32 member, double due) noexcept nogil   # one who is awake
    cdef void c_remove(self, i32 clock, i32 member) noexcept nogil            # who sleeps on it
    # Wakes those due up to `until`, into `out`, which has room for all. How many.
    cdef i32 c_advance(self, i32 clock, double until, i32* out) noexcept nogil
    cdef int _demand(self, i32 clock, i32 member) except -1
    cdef int c_assign(self, Wheel other) except -1
