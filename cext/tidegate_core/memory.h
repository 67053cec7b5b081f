/* Zeroed buffers on cache-line boundaries, for columns that are read in random order.
 *
 * A large buffer starts on a 2 MiB boundary and asks the kernel for huge pages where it has
 * them: a walk over a million accounts is otherwise bound by address translation.
 */
#ifndef TIDEGATE_MEMORY_H
#define TIDEGATE_MEMORY_H

#include <stdint.h>
#include <stdlib.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif
#if defined(_MSC_VER)
#include <intrin.h>
#endif

#define TIDEGATE_LINE ((size_t)64)
#define TIDEGATE_HUGE ((size_t)2 << 20)

/* NULL when there is no memory. `bytes` may be 0. */
static inline void *memory_zeroed(size_t bytes) {
    size_t boundary = bytes >= 2 * TIDEGATE_HUGE ? TIDEGATE_HUGE : TIDEGATE_LINE;
    char *raw, *start;
    if (bytes > SIZE_MAX - boundary - sizeof(void *)) return NULL;
    raw = (char *)calloc(1, bytes + boundary + sizeof(void *));
    if (raw == NULL) return NULL;
    start = raw + sizeof(void *);
    start += (boundary - (uintptr_t)start % boundary) % boundary;
    ((void **)start)[-1] = raw;
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (boundary == TIDEGATE_HUGE)
        (void)madvise(start, bytes / TIDEGATE_HUGE * TIDEGATE_HUGE, MADV_HUGEPAGE);
#endif
    return start;
}

static inline void memory_free(void *start) {
    if (start != NULL) free(((void **)start)[-1]);
}

/* A hint only: any address is allowed. */
static inline void memory_prefetch(const void *address) {
#if defined(__GNUC__) || defined(__clang__)
    __builtin_prefetch(address, 1, 3);
    /* Without this gcc sees no effect and deletes calls of functions that only prefetch. */
    __asm__ volatile("");
#elif defined(_MSC_VER) && (defined(_M_X64) || defined(_M_IX86))
    _mm_prefetch((const char *)address, _MM_HINT_T0);
#else
    (void)address;
#endif
}

#endif
