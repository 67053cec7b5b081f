/* Philox4x32-10 on blocks side by side: integers only, so the same bits on every CPU.
 *
 * Plain C, and for x86 CPUs with AVX2 (asked at run time) a form that keeps each word in 64 bits:
 * the widening multiplication of AVX2 reads the low half of them and ignores the rest, so words
 * need no packing from round to round. TIDEGATE_PHILOX_PORTABLE leaves plain C alone.
 */
#ifndef TIDEGATE_PHILOX_H
#define TIDEGATE_PHILOX_H

#include <stddef.h>
#include <stdint.h>

#if (defined(__GNUC__) || defined(__clang__)) && defined(__x86_64__) && \
    !defined(TIDEGATE_PHILOX_PORTABLE)
#define TIDEGATE_PHILOX_AVX2
#include <immintrin.h>
#endif

enum {
    PHILOX_LANES = 32, /* long enough for compilers to use vector registers */
    PHILOX_ROUNDS = 10
};

#define PHILOX_M0 0xD2511F53u
#define PHILOX_M1 0xCD9E8D57u
#define PHILOX_W0 0x9E3779B9u
#define PHILOX_W1 0xBB67AE85u

/* The words of the blocks of PHILOX_LANES indices: those listed, or all from one on. */
static inline void philox_lanes_plain(
    uint32_t *w0, uint32_t *w1, uint32_t *w2, uint32_t *w3, uint64_t key, uint64_t start,
    const uint64_t *index, uint64_t counter
) {
    uint32_t c0[PHILOX_LANES], c1[PHILOX_LANES], c2[PHILOX_LANES], c3[PHILOX_LANES];
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int lane = 0; lane < PHILOX_LANES; lane++) {
        uint64_t which = index == NULL ? start + (uint64_t)lane : index[lane];
        c0[lane] = (uint32_t)which;
        c1[lane] = (uint32_t)(which >> 32);
        c2[lane] = (uint32_t)counter;
        c3[lane] = (uint32_t)(counter >> 32);
    }
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        for (int lane = 0; lane < PHILOX_LANES; lane++) {
            uint64_t p0 = (uint64_t)c0[lane] * PHILOX_M0, p1 = (uint64_t)c2[lane] * PHILOX_M1;
            c0[lane] = (uint32_t)(p1 >> 32) ^ c1[lane] ^ k0;
            c1[lane] = (uint32_t)p1;
            c2[lane] = (uint32_t)(p0 >> 32) ^ c3[lane] ^ k1;
            c3[lane] = (uint32_t)p0;
        }
        k0 += PHILOX_W0;
        k1 += PHILOX_W1;
    }
    for (int lane = 0; lane < PHILOX_LANES; lane++) {
        w0[lane] = c0[lane];
        w1[lane] = c1[lane];
        w2[lane] = c2[lane];
        w3[lane] = c3[lane];
    }
}

#if defined(TIDEGATE_PHILOX_AVX2)

/* Write the low halves of four 64-bit words. */
__attribute__((target("avx2"))) static inline void philox_store(uint32_t *to, __m256i words) {
    const __m256i low = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
    __m256i packed = _mm256_permutevar8x32_epi32(words, low);
    _mm_storeu_si128((__m128i *)to, _mm256_castsi256_si128(packed));
}

__attribute__((target("avx2"))) static void philox_lanes_avx2(
    uint32_t *w0, uint32_t *w1, uint32_t *w2, uint32_t *w3, uint64_t key, uint64_t start,
    const uint64_t *index, uint64_t counter
) {
    enum { SIDE_BY_SIDE = 4 }; /* vectors, so that one is multiplied while others wait */
    const __m256i m0 = _mm256_set1_epi64x(PHILOX_M0), m1 = _mm256_set1_epi64x(PHILOX_M1);
    const __m256i step0 = _mm256_set1_epi64x(PHILOX_W0), step1 = _mm256_set1_epi64x(PHILOX_W1);
    const __m256i count = _mm256_setr_epi64x(0, 1, 2, 3);
    for (int lane = 0; lane < PHILOX_LANES; lane += 4 * SIDE_BY_SIDE) {
        __m256i k0 = _mm256_set1_epi64x((int64_t)key), k1 = _mm256_srli_epi64(k0, 32);
        __m256i c0[SIDE_BY_SIDE], c1[SIDE_BY_SIDE], c2[SIDE_BY_SIDE], c3[SIDE_BY_SIDE];
        for (int i = 0; i < SIDE_BY_SIDE; i++) {
            int at = lane + 4 * i;
            c0[i] = index == NULL
                ? _mm256_add_epi64(_mm256_set1_epi64x((int64_t)(start + (uint64_t)at)), count)
                : _mm256_loadu_si256((const __m256i *)(index + at));
            c1[i] = _mm256_srli_epi64(c0[i], 32);
            c2[i] = _mm256_set1_epi64x((int64_t)counter);
            c3[i] = _mm256_srli_epi64(c2[i], 32);
        }
        for (int round = 0; round < PHILOX_ROUNDS; round++) {
            for (int i = 0; i < SIDE_BY_SIDE; i++) {
                __m256i p0 = _mm256_mul_epu32(c0[i], m0), p1 = _mm256_mul_epu32(c2[i], m1);
                c0[i] = _mm256_xor_si256(_mm256_srli_epi64(p1, 32), _mm256_xor_si256(c1[i], k0));
                c2[i] = _mm256_xor_si256(_mm256_srli_epi64(p0, 32), _mm256_xor_si256(c3[i], k1));
                c1[i] = p1;
                c3[i] = p0;
            }
            k0 = _mm256_add_epi64(k0, step0); /* the low halves step modulo 2**32 */
            k1 = _mm256_add_epi64(k1, step1);
        }
        for (int i = 0; i < SIDE_BY_SIDE; i++) {
            philox_store(w0 + lane + 4 * i, c0[i]);
            philox_store(w1 + lane + 4 * i, c1[i]);
            philox_store(w2 + lane + 4 * i, c2[i]);
            philox_store(w3 + lane + 4 * i, c3[i]);
        }
    }
}

#endif

static inline void philox_lanes(
    uint32_t *w0, uint32_t *w1, uint32_t *w2, uint32_t *w3, uint64_t key, uint64_t start,
    const uint64_t *index, uint64_t counter
) {
#if defined(TIDEGATE_PHILOX_AVX2)
    if (__builtin_cpu_supports("avx2")) {
        philox_lanes_avx2(w0, w1, w2, w3, key, start, index, counter);
        return;
    }
#endif
    philox_lanes_plain(w0, w1, w2, w3, key, start, index, counter);
}

#endif
