"""Arrival order of a round's orders: a sort by keys drawn for each of them."""

from libc.string cimport memcpy, memset

from tidegate_core.types cimport i64, u64

import numpy as np

__all__ = ["arrival_order"]

cdef enum:
    DIGIT = 11                   # bits of a pass: counts and write streams fit the nearest caches
    BUCKETS = 1 << DIGIT
    MAX_PASSES = 5               # for 2**44 orders and more
    INSERTION = 48               # up to here insertion alone is fastest


cdef void scatter(
    const u64* source, u64* target, i64 n, int shift, i64* starts
) noexcept nogil:
    """Distribute by one digit, keeping the order within a bucket."""
    cdef i64 i, bucket
    for i in range(n):
        bucket = source[i] >> shift & (BUCKETS - 1)
        target[starts[bucket]] = source[i]
        starts[bucket] += 1


cdef void insert_all(u64* items, i64 n) noexcept nogil:
    """Sort what is nearly sorted."""
    cdef i64 i, j
    cdef u64 item
    for i in range(1, n):
        item = items[i]
        j = i
        while j > 0 and items[j - 1] > item:
            items[j] = items[j - 1]
            j -= 1
        items[j] = item


cdef void count_digits(const u64* items, i64 n, int shift, i64* starts) noexcept nogil:
    cdef i64 i, total = 0, size
    memset(starts, 0, BUCKETS * sizeof(i64))
    for i in range(n):
        starts[items[i] >> shift & (BUCKETS - 1)] += 1
    for i in range(BUCKETS):
        size = starts[i]
        starts[i] = total
        total += size


cdef void sort_arrivals(u64* arrivals, u64* scratch, i64 n) noexcept nogil:
    """Sort by as many leading digits as tell n uniform keys apart, then by insertion."""
    cdef i64[BUCKETS] starts
    cdef u64* source = arrivals
    cdef u64* target = scratch
    cdef int passes = 1, shift
    if n > INSERTION:
        while passes < MAX_PASSES and n >> (DIGIT * passes) > 0:
            passes += 1
        shift = 64 - DIGIT * passes
        while shift < 64:
            count_digits(source, n, shift, starts)
            scatter(source, target, n, shift, starts)
            source, target = target, source
            shift += DIGIT
        if source != arrivals:
            memcpy(arrivals, source, n * sizeof(u64))
    insert_all(arrivals, n)


def arrival_order(keys):
    """Give the indices of 32-bit keys in ascending order, ties by index.

    Parameters
    ----------
    keys : array of uint32
        Drawn uniformly; others are sorted too, but perhaps slowly.

    Returns
    -------
    array of int64
    """
    keys = np.asarray(keys)
    if keys.dtype != np.uint32 or keys.ndim != 1:
        raise TypeError(f"keys is {keys.ndim}-dimensional {keys.dtype}; one of uint32 is needed")
    words = keys.astype(np.uint64) << np.uint64(32) | np.arange(len(keys), dtype=np.uint64)
    cdef u64[::1] items = words
    cdef u64[::1] scratch = np.empty_like(words)
    if len(keys):
        with nogil:
            sort_arrivals(&items[0], &scratch[0], items.shape[0])
    return (words & np.uint64(0xFFFF_FFFF)).astype(np.int64)
