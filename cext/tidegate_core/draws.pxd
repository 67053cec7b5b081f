# Counter-based random numbers (Philox4x32-10, Salmon et al. 2011) and the transcendentals that
# turn them into decisions. There is no state: a draw is a pure function of
#
#   key      64 bits: whose draws these are (a hash of seed, stable agent path and stream)
#   index    64 bits: which of them (account, order, candidate ...)
#   counter  64 bits: when; `moment(tick, round)` or any number the caller keeps
#
# so adding, removing or reordering draws elsewhere changes nothing here. Each (key, index,
# counter) names one block of 128 bits: `draw_block` gives its four words, the other draws use
# its first two. Two uses of one key must therefore differ in index or counter.
#
# exp, log and the normal quantile are computed by the code of this module alone, in IEEE double
# operations in a fixed order: the same bits on every machine, whatever its C library or vector
# units.
from tidegate_core.types cimport i64, u32, u64

cdef u64 moment(u64 tick, u64 round) noexcept nogil          # tick < 2**48, round < 2**16

cdef void philox4x32(const u32* counter, const u32* key, u32* out) noexcept nogil

# Fixed code. Errors against the true value: exp and log below 1 ulp, the quantile about 1e-15
# relative. NaN, infinities, zero and subnormal arguments behave as in C.
cdef double fixed_exp(double x) noexcept nogil
cdef double fixed_log(double x) noexcept nogil
cdef double fixed_normal_quantile(double p) noexcept nogil   # NaN outside [0, 1]
cdef void fixed_normal_quantiles(double* p, i64 n) noexcept nogil    # in place

cdef inline double u01(u64 bits) noexcept nogil:             # odd multiples of 2**-53: 0 < u < 1
    return <double>(<i64>(bits >> 11 | 1)) * (1.0 / 9007199254740992.0)


# One draw.
cdef void draw_block(u64 key, u64 index, u64 counter, u32* out) noexcept nogil    # four words
cdef u64 draw_u64(u64 key, u64 index, u64 counter) noexcept nogil
cdef double draw_uniform(u64 key, u64 index, u64 counter) noexcept nogil
cdef double draw_normal(u64 key, u64 index, u64 counter) noexcept nogil
cdef double draw_exponential(u64 key, u64 index, u64 counter) noexcept nogil      # mean 1
cdef i64 draw_integer(u64 key, u64 index, u64 counter, i64 n) noexcept nogil      # 0 .. n - 1

# Columns: out[i] is the draw of index[i], or of index start + i when index is NULL.
cdef void c_fill_blocks(u32* w0, u32* w1, u32* w2, u32* w3, i64 n, u64 key, u64 start,
                        const u64* index, u64 counter) noexcept nogil
cdef void c_fill_u64(u64* out, i64 n, u64 key, u64 start, const u64* index,
                     u64 counter) noexcept nogil
cdef void c_fill_uniform(double* out, i64 n, u64 key, u64 start, const u64* index,
                         u64 counter) noexcept nogil
cdef void c_fill_normal(double* out, i64 n, u64 key, u64 start, const u64* index,
                        u64 counter) noexcept nogil
cdef void c_fill_exponential(double* out, i64 n, u64 key, u64 start, const u64* index,
                             u64 counter) noexcept nogil
cdef void c_fill_integer(i64* out, i64 n, u64 key, u64 start, const u64* index, u64 counter,
                         i64 below) noexcept nogil
