# Arrival order: a sort by a key drawn for each order, never a shuffle of a list.
#
# An arrival is key << 32 | index in one word: ties of the 32-bit key break by the stable index, no
# two words are equal, and so there is one order.
from tidegate_core.types cimport i64, u64

# Sorts in place; `scratch` is of the same length.
cdef void sort_arrivals(u64* arrivals, u64* scratch, i64 n) noexcept nogil
