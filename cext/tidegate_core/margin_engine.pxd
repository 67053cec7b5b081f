# A venue for perpetual contracts: a `MarginHouse`, which see, with a liquidation desk and a face
# for Python.
from tidegate_core.liquidation cimport LiquidationDesk
from tidegate_core.margin cimport MarginHouse
from tidegate_core.types cimport i32, i64


cdef class MarginEngine(MarginHouse):
    cdef LiquidationDesk desk
    cdef bint busy                 # a batch runs in some thread

    cdef MarginEngine _fresh(self)
    cdef int c_idle(self) except -1
    cdef i32 _slot(self, i64 account, i64 contract) noexcept
    cdef i32 _contract(self, contract) except -1
    cdef i32 _account(self, account) except -1
    cdef object _best(self, contract, i32 side)
