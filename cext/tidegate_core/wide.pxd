# The only 128-bit arithmetic of the core (wide.h). Functions of type int return 1, and write
# nothing, when the result would leave int64; the caller turns that into a refusal.
from tidegate_core.types cimport i64, u64

cdef extern from "wide.h" nogil:
    ctypedef struct Wide:      # signed 128-bit accumulator
        u64 lo
        i64 hi

    enum:
        WIDE_FLOOR             # towards minus infinity
        WIDE_CEIL              # towards plus infinity
        WIDE_TRUNC             # towards zero

    int wide_add(i64 a, i64 b, i64 *out)
    int wide_sub(i64 a, i64 b, i64 *out)
    int wide_mul(i64 a, i64 b, i64 *out)
    int wide_mul_div(i64 a, i64 b, i64 c, int rounding, i64 *out)
    void wide_accumulate(Wide *total, i64 x)
    void wide_accumulate_product(Wide *total, i64 a, i64 b)
    int wide_equal(Wide a, Wide b)
    int wide_narrow(Wide total)


cdef inline object wide_to_int(Wide total):
    """Convert an accumulator to a Python int."""
    return (int(total.hi) << 64) + int(total.lo)
