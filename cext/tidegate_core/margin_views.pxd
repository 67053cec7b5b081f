# The reading half of the Python face of a venue on margin.
from tidegate_core.margin cimport MarginHouse
from tidegate_core.types cimport i32, i64


cdef class MarginViews(MarginHouse):
    cdef bint busy                 # a batch runs in some thread

    cdef int c_idle(self) except -1
    cdef i32 _slot(self, i64 account, i64 contract) noexcept
    cdef i32 _contract(self, contract) except -1
    cdef i32 _account(self, account) except -1
    cdef object _best(self, contract, i32 side)


cdef inline i64 whole(str name, value) except? -1:
    """Read an integer that moves money; a float or a bool is never rounded silently."""
    if not isinstance(value, int) or isinstance(value, bool):
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise TypeError(f"{name} is {value!r}; an integer is needed")
    return value
