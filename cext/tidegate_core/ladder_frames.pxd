# A ladder as bytes: its levels in the order of prices, so that where its window happens to lie does
# not show, and equal ladders give equal bytes. Prices are from 1.
from tidegate_core.ladder cimport Ladder


cdef bytes ladder_pack(const Ladder* ladder)
cdef int ladder_load(Ladder* ladder, bytes data) except -1      # into an empty one
