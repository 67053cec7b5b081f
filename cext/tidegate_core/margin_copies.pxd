# Copies and snapshots of a house of positions on margin: all of its state, exactly.
#
# What is copied goes into a fresh house of the same listing; a house that takes over another's
# state is exchanged with it, so that without memory nothing changes. A snapshot is a list of flat
# buffers. Ladders are written level by level in the order of prices, so that where their windows
# happen to lie does not show: equal houses give equal bytes.
from tidegate_core.margin cimport MarginHouse


cdef int copy_house(MarginHouse fresh, MarginHouse source) except -1
cdef int exchange_houses(MarginHouse one, MarginHouse other) except -1
cdef object pack_house(MarginHouse house)
# ValueError if anything in the bytes cannot be followed; whether it agrees is for `_check`.
cdef int load_house(MarginHouse fresh, bytes data) except -1
