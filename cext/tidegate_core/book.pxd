# The order book of one instrument: `MatchingBook`, which see, with a face for Python.
from tidegate_core.matching cimport Columns, Expired, MatchingBook, Survey
from tidegate_core.types cimport i64


cdef class OrderBook(MatchingBook):
    cdef bint busy             # a batch runs in some thread

    cdef int _idle(self) except -1
    cdef i64 _side(self, object side) except -1
    cdef int _assign(self, OrderBook other) except -1
    cdef void _copy_scalars(self, OrderBook other) noexcept
    cdef int _copy_logs(
        self, const void* fills, i64 n_fills, const void* expired, i64 n_expired
    ) except -1
    cdef int _load(self, list parts) except -1
    cdef i64 _check_side(self, int side) except -1
