# The ids of a file, and the orders of a book that they name: a hash table by open addressing.
#
# It only grows: an id that has been seen stays, so that what is gone is told from what never was.
from tidegate_core.memory cimport memory_free, memory_zeroed
from tidegate_core.types cimport i64, u64

cdef enum:
    ORDER_NONE = 0             # marks a free cell: no book issues this id
    ORDER_GONE = -1            # the order was executed or cancelled
    FIRST_CELLS = 1 << 10


cdef struct IdCell:
    i64 given                  # the id in the file
    i64 order                  # the book's id, stale if its level was forgotten, or ORDER_GONE


cdef struct OrderIds:
    IdCell* cells
    u64 mask                   # cells less one, a power of two less one
    i64 used
    int shift                  # 64 less the bits of the mask


cdef inline bint ids_start(OrderIds* ids) noexcept nogil:
    """Start an empty table; false without memory."""
    ids.cells = <IdCell*>memory_zeroed(FIRST_CELLS * sizeof(IdCell))
    ids.mask = FIRST_CELLS - 1
    ids.used = 0
    ids.shift = 54
    return ids.cells != NULL


cdef inline void ids_stop(OrderIds* ids) noexcept nogil:
    memory_free(ids.cells)
    ids.cells = NULL


cdef inline IdCell* ids_cell(const OrderIds* ids, i64 given) noexcept nogil:
    """Cell of an id, or the free one where it would go."""
    # Ids count up in steps: multiplying by 2**64 over the golden ratio spreads any such series.
    cdef u64 place = (<u64>given * <u64>0x9E3779B97F4A7C15) >> ids.shift
    while ids.cells[place].order != ORDER_NONE and ids.cells[place].given != given:
        place = (place + 1) & ids.mask
    return &ids.cells[place]


cdef inline bint ids_grow(OrderIds* ids) noexcept nogil:
    """Double the table; false, and nothing changed, without memory."""
    cdef OrderIds larger
    cdef u64 place
    larger.mask = ids.mask * 2 + 1
    larger.shift = ids.shift - 1
    larger.used = ids.used
    larger.cells = <IdCell*>memory_zeroed(<size_t>(larger.mask + 1) * sizeof(IdCell))
    if larger.cells == NULL:
        return False
    for place in range(ids.mask + 1):
        if ids.cells[place].order != ORDER_NONE:
            ids_cell(&larger, ids.cells[place].given)[0] = ids.cells[place]
    ids_stop(ids)
    ids[0] = larger
    return True


cdef inline bint ids_put(OrderIds* ids, i64 given, i64 order) noexcept nogil:
    """Say what an id names from now on; false, and nothing changed, without memory."""
    cdef IdCell* cell = ids_cell(ids, given)
    if cell.order == ORDER_NONE:
        if <u64>ids.used * 2 > ids.mask:
            if not ids_grow(ids):
                return False
            cell = ids_cell(ids, given)
        cell.given = given
        ids.used += 1
    cell.order = order
    return True
