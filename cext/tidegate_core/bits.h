/* Scans of a 64-bit word that is not zero. */
#ifndef TIDEGATE_BITS_H
#define TIDEGATE_BITS_H

#include <stdint.h>
#if defined(_MSC_VER)
#include <intrin.h>
#endif

/* Index of the lowest set bit. */
static inline int bits_lowest(uint64_t word) {
#if defined(_MSC_VER) && !defined(__clang__)
    unsigned long index;
    _BitScanForward64(&index, word);
    return (int)index;
#else
    return __builtin_ctzll(word);
#endif
}

/* Index of the highest set bit. */
static inline int bits_highest(uint64_t word) {
#if defined(_MSC_VER) && !defined(__clang__)
    unsigned long index;
    _BitScanReverse64(&index, word);
    return (int)index;
#else
    return 63 - __builtin_clzll(word);
#endif
}

#endif
