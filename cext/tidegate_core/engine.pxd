# A venue's engine: a `ClearingHouse`, which see, with a face for Python.
from tidegate_core.clearing cimport ClearingHouse
from tidegate_core.settlement cimport Terms
from tidegate_core.types cimport i32, i64


cdef class Engine(ClearingHouse):
    cdef int c_idle(self) except -1
    cdef object _best(self, i64 instrument, i32 side)
    cdef i64 _instrument(self, i64 instrument) except -1
