/* The only 128-bit arithmetic of the core.
 *
 * Everything here rests on two primitives, a full 64 x 64 -> 128 bit product and a
 * 128 / 64 -> 64 bit quotient. They have three bodies: compilers with __int128, MSVC on
 * x64, and plain C (also chosen by TIDEGATE_WIDE_PORTABLE, so that a test can run it).
 * A function that can leave int64 returns 1 then and leaves *out alone; 0 is success.
 */
#ifndef TIDEGATE_WIDE_H
#define TIDEGATE_WIDE_H

#include <stdint.h>

#if !defined(TIDEGATE_WIDE_PORTABLE)
#if defined(__SIZEOF_INT128__)
#define TIDEGATE_WIDE_INT128 1
#elif defined(_MSC_VER) && defined(_M_X64) && _MSC_VER >= 1920
#define TIDEGATE_WIDE_MSVC 1
#include <intrin.h>
#endif
#endif

#define WIDE_FLOOR 0 /* towards minus infinity */
#define WIDE_CEIL 1  /* towards plus infinity */
#define WIDE_TRUNC 2 /* towards zero */

/* A signed 128-bit accumulator, two's complement. */
typedef struct {
    uint64_t lo;
    int64_t hi;
} Wide;

static inline uint64_t wide_umul(uint64_t a, uint64_t b, uint64_t *hi) {
#if defined(TIDEGATE_WIDE_INT128)
    unsigned __int128 p = (unsigned __int128)a * b;
    *hi = (uint64_t)(p >> 64);
    return (uint64_t)p;
#elif defined(TIDEGATE_WIDE_MSVC)
    return _umul128(a, b, hi);
#else
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t p00 = a0 * b0, p01 = a0 * b1, p10 = a1 * b0, p11 = a1 * b1;
    uint64_t mid = (p00 >> 32) + (uint32_t)p01 + (uint32_t)p10;
    *hi = p11 + (p01 >> 32) + (p10 >> 32) + (mid >> 32);
    return (mid << 32) | (uint32_t)p00;
#endif
}

/* Quotient of hi:lo by d, for hi < d, so that it fits. */
static inline uint64_t wide_udiv(uint64_t hi, uint64_t lo, uint64_t d, uint64_t *rem) {
    if (hi == 0) {
        *rem = lo % d;
        return lo / d;
    }
#if defined(TIDEGATE_WIDE_INT128)
    {
        unsigned __int128 n = ((unsigned __int128)hi << 64) | lo;
        *rem = (uint64_t)(n % d);
        return (uint64_t)(n / d);
    }
#elif defined(TIDEGATE_WIDE_MSVC)
    return _udiv128(hi, lo, d, rem);
#else
    {
        uint64_t quotient = 0;
        for (int bit = 0; bit < 64; bit++) {
            uint64_t carry = hi >> 63;
            hi = (hi << 1) | (lo >> 63);
            lo <<= 1;
            quotient <<= 1;
            if (carry || hi >= d) {
                hi -= d;
                quotient |= 1;
            }
        }
        *rem = hi;
        return quotient;
    }
#endif
}

static inline uint64_t wide_magnitude(int64_t x) {
    return x < 0 ? (uint64_t)0 - (uint64_t)x : (uint64_t)x;
}

static inline int wide_add(int64_t a, int64_t b, int64_t *out) {
#if defined(__GNUC__) || defined(__clang__)
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum)) return 1;
    *out = sum;
    return 0;
#else
    if (b > 0 ? a > INT64_MAX - b : a < INT64_MIN - b) return 1;
    *out = a + b;
    return 0;
#endif
}

static inline int wide_sub(int64_t a, int64_t b, int64_t *out) {
#if defined(__GNUC__) || defined(__clang__)
    int64_t difference;
    if (__builtin_sub_overflow(a, b, &difference)) return 1;
    *out = difference;
    return 0;
#else
    if (b > 0 ? a < INT64_MIN + b : a > INT64_MAX + b) return 1;
    *out = a - b;
    return 0;
#endif
}

/* Put a sign on a magnitude, or say that it does not fit. */
static inline int wide_signed(uint64_t magnitude, int negative, int64_t *out) {
    if (magnitude > (uint64_t)INT64_MAX + (negative ? 1u : 0u)) return 1;
    if (!negative)
        *out = (int64_t)magnitude;
    else
        *out = magnitude == 0 ? 0 : -(int64_t)(magnitude - 1) - 1;
    return 0;
}

static inline int wide_mul(int64_t a, int64_t b, int64_t *out) {
#if (defined(__GNUC__) || defined(__clang__)) && !defined(TIDEGATE_WIDE_PORTABLE)
    int64_t product;
    if (__builtin_mul_overflow(a, b, &product)) return 1;
    *out = product;
    return 0;
#else
    uint64_t hi, lo = wide_umul(wide_magnitude(a), wide_magnitude(b), &hi);
    return hi ? 1 : wide_signed(lo, (a < 0) != (b < 0), out);
#endif
}

/* a * b / c with a full-width product; c must not be 0 (that is a refusal too). */
static inline int wide_mul_div(int64_t a, int64_t b, int64_t c, int rounding, int64_t *out) {
    uint64_t hi, lo, d = wide_magnitude(c), rem, quotient;
    int negative = ((a < 0) != (b < 0)) != (c < 0);
    lo = wide_umul(wide_magnitude(a), wide_magnitude(b), &hi);
    if (hi >= d) return 1; /* also c == 0 */
    quotient = wide_udiv(hi, lo, d, &rem);
    if (rem != 0 && rounding == (negative ? WIDE_FLOOR : WIDE_CEIL)) {
        if (quotient == UINT64_MAX) return 1;
        quotient++;
    }
    return wide_signed(quotient, negative, out);
}

static inline void wide_accumulate(Wide *sum, int64_t x) {
    uint64_t lo = sum->lo + (uint64_t)x;
    sum->hi += (x < 0 ? -1 : 0) + (lo < sum->lo ? 1 : 0);
    sum->lo = lo;
}

static inline void wide_accumulate_product(Wide *sum, int64_t a, int64_t b) {
    uint64_t hi, lo = wide_umul(wide_magnitude(a), wide_magnitude(b), &hi);
    if ((a < 0) != (b < 0)) { /* negate hi:lo */
        hi = ~hi + (lo == 0 ? 1 : 0);
        lo = (uint64_t)0 - lo;
    }
    lo += sum->lo;
    /* unsigned addition: the accumulator may wrap at 2**127, never into undefined behaviour */
    sum->hi = (int64_t)((uint64_t)sum->hi + hi + (lo < sum->lo ? 1 : 0));
    sum->lo = lo;
}

static inline int wide_equal(Wide a, Wide b) { return a.lo == b.lo && a.hi == b.hi; }

/* Does the sum fit in a signed 64-bit integer? */
static inline int wide_narrow(Wide sum) {
    return sum.hi == ((int64_t)sum.lo < 0 ? -1 : 0);
}

#endif
