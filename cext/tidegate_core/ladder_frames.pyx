"""Ladders as bytes."""

import struct

from tidegate_core.ladder cimport (
    Ladder,
    Level,
    ladder_above,
    ladder_find,
    ladder_open,
    ladder_ready,
)
from tidegate_core.types cimport i64

__all__ = []

_LEVEL = struct.Struct("<qiiq")


cdef bytes ladder_pack(const Ladder* ladder):
    """Write all levels."""
    cdef const Level* level
    cdef i64 price = 0
    levels = []
    while ladder_above(ladder, price, &price):
        level = ladder_find(ladder, price)
        levels.append(_LEVEL.pack(price, level.head, level.tail, level.total))
    return b"".join(levels)


cdef int ladder_load(Ladder* ladder, bytes data) except -1:
    """Open the levels that `ladder_pack` wrote."""
    cdef Level* level
    cdef i64 price, anchor = 0
    if len(data) % _LEVEL.size:
        raise ValueError("a level is cut off")
    for row in _LEVEL.iter_unpack(data):
        price = row[0]
        anchor = anchor if anchor else price
        if price < 1 or row[1] <= 0 or row[2] <= 0:
            raise ValueError("a level has no queue")
        if not ladder_ready(ladder, price, anchor):
            raise MemoryError("no memory for a level")
        level = ladder_open(ladder, price)
        level.head, level.tail, level.total = row[1], row[2], row[3]
    return 0
