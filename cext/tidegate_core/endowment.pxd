# The initial population of a venue: positions that nobody trades into, put in place by columns.
#
# Their sizes sum to 0, and so do their entries: what one side paid another received. Isolated
# margin comes out of free cash, which may be deposited in the same go.
from tidegate_core.margin cimport MarginHouse
from tidegate_core.types cimport i32, i64


cdef struct Endowment:       # columns, a row a position
    i64 n
    const i64* account
    const i64* size
    const i64* entry
    const i64* margin
    const i64* leverage          # NULL: as it is
    const i64* deposit           # NULL: none


cdef int endow(MarginHouse house, i32 contract, const Endowment* rows) except -1
