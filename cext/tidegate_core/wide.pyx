"""Exact integer arithmetic with 128-bit intermediates, as seen from Python.

The core uses the C functions of ``wide.h`` directly; these are the same functions with an
exception in place of the overflow code.
"""

from tidegate_core.types cimport i64
from tidegate_core.wide cimport (
    WIDE_CEIL,
    WIDE_FLOOR,
    WIDE_TRUNC,
    Wide,
    wide_accumulate,
    wide_accumulate_product,
    wide_add,
    wide_mul,
    wide_mul_div,
    wide_sub,
    wide_to_int,
)

__all__ = ["add", "dot", "mul", "mul_div", "sub", "total"]

cdef dict _ROUNDING = {"floor": WIDE_FLOOR, "ceil": WIDE_CEIL, "trunc": WIDE_TRUNC}


def add(i64 a, i64 b):
    """Add two int64; `OverflowError` if the sum is not one."""
    cdef i64 out
    if wide_add(a, b, &out):
        raise OverflowError(f"{a} + {b} does not fit in 64 bits")
    return out


def sub(i64 a, i64 b):
    """Subtract two int64; `OverflowError` if the difference is not one."""
    cdef i64 out
    if wide_sub(a, b, &out):
        raise OverflowError(f"{a} - {b} does not fit in 64 bits")
    return out


def mul(i64 a, i64 b):
    """Multiply two int64; `OverflowError` if the product is not one."""
    cdef i64 out
    if wide_mul(a, b, &out):
        raise OverflowError(f"{a} * {b} does not fit in 64 bits")
    return out


def mul_div(i64 a, i64 b, i64 c, rounding="floor"):
    """Compute ``a * b / c`` with an exact product, rounded to "floor", "ceil" or "trunc"."""
    cdef i64 out
    if rounding not in _ROUNDING:
        raise ValueError(f"rounding is {rounding!r}; allowed are 'floor', 'ceil' and 'trunc'")
    if c == 0:
        raise ZeroDivisionError(f"{a} * {b} / 0")
    if wide_mul_div(a, b, c, _ROUNDING[rounding], &out):
        raise OverflowError(f"{a} * {b} / {c} does not fit in 64 bits")
    return out


def total(const i64[::1] column not None):
    """Sum an int64 column exactly."""
    cdef Wide result = Wide(0, 0)
    cdef Py_ssize_t i
    with nogil:
        for i in range(column.shape[0]):
            wide_accumulate(&result, column[i])
    return wide_to_int(result)


def dot(const i64[::1] left not None, const i64[::1] right not None):
    """Sum the products of two int64 columns exactly (modulo 2**128)."""
    cdef Wide result = Wide(0, 0)
    cdef Py_ssize_t i
    if left.shape[0] != right.shape[0]:
        raise ValueError(f"right has {right.shape[0]} rows; as many as left, {left.shape[0]}")
    with nogil:
        for i in range(left.shape[0]):
            wide_accumulate_product(&result, left[i], right[i])
    return wide_to_int(result)
