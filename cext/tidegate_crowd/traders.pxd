# Fast traders: round trips inside the spread (volume) and a mean-reverting net position (noise).
from tidegate_core.engine cimport Engine
from tidegate_core.types cimport i32, i64, u64


cdef class TraderCrowd:
    cdef readonly i32 n              # accounts first .. first + n - 1
    cdef readonly i32 first
    cdef readonly i32 instrument
    cdef readonly u64 key            # of all their draws
    cdef readonly i64 start_lots     # coins all of them held at the start

    cdef int _demand(self, Engine engine) except -1
    cdef i64 c_swap(self, Engine engine, i32 seller, i32 buyer, i32 taker_side, i64 price,
                    i64 quantity) noexcept nogil
    cdef i64 c_trips(self, Engine engine, u64 when, i64 price, i64 lots, i32 trips) noexcept nogil
    cdef i64 c_drift(self, Engine engine) noexcept nogil
