# What every index in a house of positions on margin must satisfy before anything may follow it:
# the first thing that is asked of a house whose buffers come from bytes. What `_check` of the house
# asserts is asked afterwards; it walks chains and queues, all of which may then be followed.
from tidegate_core.contract cimport Contract
from tidegate_core.margin cimport MarginHouse


# ValueError, unless these are the terms that a house has just been opened with, at possible prices.
cdef int check_terms(MarginHouse house, const Contract* given) except -1
# ValueError, unless whatever is followed leads somewhere. Changes nothing.
cdef int check_bounds(MarginHouse house) except -1
