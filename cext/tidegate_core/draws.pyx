"""Random numbers without state, and exp, log and normal quantile with the same bits everywhere.

A draw is a pure function of a 64-bit key, an index and a time (tick and round), by
Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011). Fills write a column of draws into an array
with the interpreter released; scalars are the same draws one at a time.
"""

from operator import index as as_int

import numpy as np

from libc.math cimport INFINITY, NAN, fabs, sqrt
from libc.string cimport memcpy

from tidegate_core.types cimport i64, u32, u64

cdef extern from "wide.h" nogil:
    u64 wide_umul(u64 a, u64 b, u64* hi)

cdef extern from "philox.h" nogil:
    enum:
        LANES "PHILOX_LANES"         # blocks side by side

    void philox_lanes(u32* w0, u32* w1, u32* w2, u32* w3, u64 key, u64 start, const u64* index,
                      u64 counter)

__all__ = [
    "MAX_ROUND", "MAX_TICK", "bits", "block", "exp", "exponential", "fill_blocks",
    "fill_exponential", "fill_integer", "fill_normal", "fill_u64", "fill_uniform", "integer", "log",
    "normal", "normal_quantile", "philox", "uniform",
]

cdef enum:
    CHUNK = 256      # draws transformed at a time, from a buffer on the stack
    ROUND_BITS = 16

MAX_TICK = 0xFFFF_FFFF_FFFF       # 48 bits
MAX_ROUND = 0xFFFF
_MAX_U64 = 0xFFFF_FFFF_FFFF_FFFF
_MAX_I64 = 0x7FFF_FFFF_FFFF_FFFF


cdef u64 moment(u64 tick, u64 round) noexcept nogil:
    return tick << ROUND_BITS | round


# ---- Philox ---------------------------------------------------------------------------------
# One round multiplies two of the four words by constants of the paper and mixes the halves of
# the products with the other two and the key, which steps along two Weyl sequences.

cdef void philox4x32(const u32* counter, const u32* key, u32* out) noexcept nogil:
    cdef u32 c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3]
    cdef u32 k0 = key[0], k1 = key[1]
    cdef u64 p0, p1
    cdef int _round
    for _round in range(10):
        p0 = <u64>c0 * <u32>0xD2511F53
        p1 = <u64>c2 * <u32>0xCD9E8D57
        c0 = <u32>(p1 >> 32) ^ c1 ^ k0
        c1 = <u32>p1
        c2 = <u32>(p0 >> 32) ^ c3 ^ k1
        c3 = <u32>p0
        k0 += <u32>0x9E3779B9
        k1 += <u32>0xBB67AE85
    out[0] = c0
    out[1] = c1
    out[2] = c2
    out[3] = c3


# ---- exp, log and the normal quantile, in fixed code ----------------------------------------

cdef union Double:
    double real
    u64 bits

# ln 2 in two parts; the first has 40 bits, so that its product with an exponent is exact.
cdef double LN2_HIGH = 0.6931471805592082
cdef double LN2_LOW = 7.371002565167799e-13
cdef double PER_LN2 = 1.4426950408889634
cdef double EXP_HIGHEST = 709.782712893384      # log of the largest double
cdef double EXP_LOWEST = -745.1332191019412     # below it the result rounds to zero
cdef double SQRT2 = 1.4142135623730951
cdef double SMALLEST_NORMAL = 2.2250738585072014e-308
cdef double TWO_54 = 18014398509481984.0


cdef inline double _power_of_two(i64 exponent) noexcept nogil:
    """2**exponent, for the exponents of normal numbers."""
    cdef Double x
    x.bits = <u64>(exponent + 1023) << 52
    return x.real


cdef double fixed_exp(double x) noexcept nogil:
    # x = k ln 2 + r, |r| <= ln 2 / 2; the Taylor series of exp(r) to r**13 errs by 5e-18.
    cdef double high, low, r, error, tail
    cdef i64 k, half
    if x != x:
        return x
    if x > EXP_HIGHEST:
        return INFINITY
    if x < EXP_LOWEST:
        return 0.0
    k = <i64>(x * PER_LN2 + (0.5 if x >= 0.0 else -0.5))
    high = x - <double>k * LN2_HIGH
    low = <double>k * LN2_LOW
    r = high - low
    error = (high - r) - low
    tail = 1.0 / 6227020800.0
    tail = tail * r + 1.0 / 479001600.0
    tail = tail * r + 1.0 / 39916800.0
    tail = tail * r + 1.0 / 3628800.0
    tail = tail * r + 1.0 / 362880.0
    tail = tail * r + 1.0 / 40320.0
    tail = tail * r + 1.0 / 5040.0
    tail = tail * r + 1.0 / 720.0
    tail = tail * r + 1.0 / 120.0
    tail = tail * r + 1.0 / 24.0
    tail = tail * r + 1.0 / 6.0
    tail = tail * r + 0.5
    r = 1.0 + (r + (r * r * tail + error))
    if -1022 <= k <= 1023:
        return r * _power_of_two(k)
    half = k // 2                # in two steps, the first of which is exact
    return r * _power_of_two(half) * _power_of_two(k - half)


cdef inline double _log_normal(double x, i64 k) noexcept nogil:
    """Logarithm of 2**k x, for a positive normal number x."""
    # x = 2**k (1 + f), 1/sqrt(2) <= 1 + f <= sqrt(2). With s = f / (2 + f) and z = s * s,
    # log(1 + f) = 2 atanh(s) = 2 s + s (2/3 z + 2/5 z**2 + ...), where 2 s = f - s f is taken
    # apart so that the leading term is exact. z <= 0.0295: the tenth power errs by 1e-18.
    cdef Double bits
    cdef double f, s, z, series, half_square, exponent
    bits.real = x
    k += <i64>(bits.bits >> 52) - 1023
    bits.bits = bits.bits << 12 >> 12 | <u64>1023 << 52
    if bits.real > SQRT2:
        bits.real *= 0.5
        k += 1
    f = bits.real - 1.0
    s = f / (2.0 + f)
    z = s * s
    series = 2.0 / 21.0
    series = series * z + 2.0 / 19.0
    series = series * z + 2.0 / 17.0
    series = series * z + 2.0 / 15.0
    series = series * z + 2.0 / 13.0
    series = series * z + 2.0 / 11.0
    series = series * z + 2.0 / 9.0
    series = series * z + 2.0 / 7.0
    series = series * z + 2.0 / 5.0
    series = series * z + 2.0 / 3.0
    series = series * z
    half_square = 0.5 * f * f
    exponent = <double>k
    return exponent * LN2_HIGH - (
        (half_square - (s * (half_square + series) + exponent * LN2_LOW)) - f
    )


cdef double fixed_log(double x) noexcept nogil:
    if not x > 0.0:
        return -INFINITY if x == 0.0 else NAN
    if x == INFINITY:
        return x
    if x < SMALLEST_NORMAL:
        return _log_normal(x * TWO_54, -54)
    return _log_normal(x, 0)


# Rational approximations of the normal quantile in three ranges (Wichura 1988, Applied
# Statistics algorithm AS 241, PPND16): numerator, then denominator after its leading 1.
cdef double[8] CENTRE_N = [
    3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
    1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
    3.3430575583588128105e+4, 2.5090809287301226727e+3,
]
cdef double[8] CENTRE_D = [
    1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
    2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4,
    5.2264952788528545610e+3,
]
cdef double[8] MIDDLE_N = [
    1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
    3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
    2.27238449892691845833e-2, 7.74545014278341407640e-4,
]
cdef double[8] MIDDLE_D = [
    1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
    1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
    1.05075007164441684324e-9,
]
cdef double[8] TAIL_N = [
    6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
    2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
    2.71155556874348757815e-5, 2.01033439929228813265e-7,
]
cdef double[8] TAIL_D = [
    1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
    7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
    2.04426310338993978564e-15,
]


cdef inline double _ratio(const double* n, const double* d, double x) noexcept nogil:
    """Ratio of two polynomials of degree 7, lowest coefficients first."""
    cdef double top, bottom
    top = n[6] + x * n[7]
    bottom = d[6] + x * d[7]
    top = n[5] + x * top
    bottom = d[5] + x * bottom
    top = n[4] + x * top
    bottom = d[4] + x * bottom
    top = n[3] + x * top
    bottom = d[3] + x * bottom
    top = n[2] + x * top
    bottom = d[2] + x * bottom
    top = n[1] + x * top
    bottom = d[1] + x * bottom
    top = n[0] + x * top
    bottom = d[0] + x * bottom
    return top / bottom


cdef inline double _quantile_centre(double q) noexcept nogil:
    return q * _ratio(CENTRE_N, CENTRE_D, 0.180625 - q * q)


cdef double _quantile_tail(double p) noexcept nogil:
    cdef double r = p if p < 0.5 else 1.0 - p, z
    if not r > 0.0:
        if r == 0.0:
            return -INFINITY if p < 0.5 else INFINITY
        return NAN
    r = sqrt(-fixed_log(r))
    if r <= 5.0:
        z = _ratio(MIDDLE_N, MIDDLE_D, r - 1.6)
    else:
        z = _ratio(TAIL_N, TAIL_D, r - 5.0)
    return -z if p < 0.5 else z


cdef double fixed_normal_quantile(double p) noexcept nogil:
    cdef double q = p - 0.5
    if -0.425 <= q <= 0.425:
        return _quantile_centre(q)
    return _quantile_tail(p)


cdef void fixed_normal_quantiles(double* p, i64 n) noexcept nogil:
    # Every value by the formula of the centre, which compilers do two at a time; then those of
    # the tails (15 % of uniform arguments) again, listed first so that no branch is mispredicted.
    cdef double[CHUNK] q
    cdef int[CHUNK] tail
    cdef i64 done = 0, count, i
    cdef int tails
    while done < n:
        count = min(<i64>CHUNK, n - done)
        for i in range(count):
            q[i] = _quantile_centre(p[done + i] - 0.5)
        tails = 0
        for i in range(count):
            tail[tails] = <int>i
            tails += not fabs(p[done + i] - 0.5) <= 0.425
        for i in range(tails):
            q[tail[i]] = _quantile_tail(p[done + tail[i]])
        memcpy(p + done, q, <size_t>count * sizeof(double))
        done += count


# ---- One draw -------------------------------------------------------------------------------

cdef void draw_block(u64 key, u64 index, u64 counter, u32* out) noexcept nogil:
    cdef u32[4] position
    cdef u32[2] halves
    position[0] = <u32>index
    position[1] = <u32>(index >> 32)
    position[2] = <u32>counter
    position[3] = <u32>(counter >> 32)
    halves[0] = <u32>key
    halves[1] = <u32>(key >> 32)
    philox4x32(position, halves, out)


cdef u64 draw_u64(u64 key, u64 index, u64 counter) noexcept nogil:
    cdef u32[4] words
    draw_block(key, index, counter, words)
    return <u64>words[1] << 32 | words[0]


cdef double draw_uniform(u64 key, u64 index, u64 counter) noexcept nogil:
    return u01(draw_u64(key, index, counter))


cdef double draw_normal(u64 key, u64 index, u64 counter) noexcept nogil:
    return fixed_normal_quantile(u01(draw_u64(key, index, counter)))


cdef double draw_exponential(u64 key, u64 index, u64 counter) noexcept nogil:
    return -fixed_log(u01(draw_u64(key, index, counter)))


cdef i64 draw_integer(u64 key, u64 index, u64 counter, i64 n) noexcept nogil:
    # The high half of bits * n: no value is likelier than another by more than n / 2**64.
    cdef u64 high
    wide_umul(draw_u64(key, index, counter), <u64>n, &high)
    return <i64>high


# ---- Columns --------------------------------------------------------------------------------

cdef inline const u64* _after(const u64* index, i64 skipped) noexcept nogil:
    return index + skipped if index != NULL else index


cdef void c_fill_blocks(u32* w0, u32* w1, u32* w2, u32* w3, i64 n, u64 key, u64 start,
                        const u64* index, u64 counter) noexcept nogil:
    cdef u32[4] words
    cdef i64 i = 0
    while i + LANES <= n:
        philox_lanes(w0 + i, w1 + i, w2 + i, w3 + i, key, start + <u64>i, _after(index, i), counter)
        i += LANES
    while i < n:
        draw_block(key, start + <u64>i if index == NULL else index[i], counter, words)
        w0[i] = words[0]
        w1[i] = words[1]
        w2[i] = words[2]
        w3[i] = words[3]
        i += 1


cdef void c_fill_u64(u64* out, i64 n, u64 key, u64 start, const u64* index,
                     u64 counter) noexcept nogil:
    cdef u32[LANES] w0
    cdef u32[LANES] w1
    cdef u32[LANES] w2
    cdef u32[LANES] w3
    cdef i64 i = 0
    cdef int lane
    while i + LANES <= n:
        philox_lanes(w0, w1, w2, w3, key, start + <u64>i, _after(index, i), counter)
        for lane in range(LANES):
            out[i + lane] = <u64>w1[lane] << 32 | w0[lane]
        i += LANES
    while i < n:
        out[i] = draw_u64(key, start + <u64>i if index == NULL else index[i], counter)
        i += 1


cdef void c_fill_uniform(double* out, i64 n, u64 key, u64 start, const u64* index,
                         u64 counter) noexcept nogil:
    cdef u64[CHUNK] bits
    cdef i64 done = 0, count, i
    while done < n:
        count = min(<i64>CHUNK, n - done)
        c_fill_u64(bits, count, key, start + <u64>done,
                   _after(index, done), counter)
        for i in range(count):
            out[done + i] = u01(bits[i])
        done += count


cdef void c_fill_normal(double* out, i64 n, u64 key, u64 start, const u64* index,
                        u64 counter) noexcept nogil:
    c_fill_uniform(out, n, key, start, index, counter)
    fixed_normal_quantiles(out, n)


cdef void c_fill_exponential(double* out, i64 n, u64 key, u64 start, const u64* index,
                             u64 counter) noexcept nogil:
    cdef i64 i
    c_fill_uniform(out, n, key, start, index, counter)
    for i in range(n):
        out[i] = -fixed_log(out[i])


cdef void c_fill_integer(i64* out, i64 n, u64 key, u64 start, const u64* index, u64 counter,
                         i64 below) noexcept nogil:
    cdef u64 high
    cdef i64 i
    c_fill_u64(<u64*>out, n, key, start, index, counter)
    for i in range(n):
        wide_umul(<u64>out[i], <u64>below, &high)
        out[i] = <i64>high


# ---- The Python face ------------------------------------------------------------------------

def _word(str name, value, highest):
    try:
        number = as_int(value)
    except TypeError:
        raise TypeError(f"{name} is {value!r}; an integer is needed") from None
    if not 0 <= number <= highest:
        raise ValueError(f"{name} is {number}; allowed is 0 to {highest}")
    return number


cdef u64 _moment(tick, round) except? 0:
    return moment(_word("tick", tick, MAX_TICK), _word("round", round, MAX_ROUND))


cdef u64 _key(key) except? 0:
    return _word("key", key, _MAX_U64)


cdef i64 _below(n) except -1:
    number = _word("n", n, _MAX_I64)
    if number == 0:
        raise ValueError(f"n is 0; allowed is 1 to {_MAX_I64}")
    return number


def _column(str name, array, dtype):
    """Check that an array is a column that can be written to without a copy."""
    if not isinstance(array, np.ndarray) or array.dtype != dtype:
        found = getattr(array, "dtype", type(array).__name__)
        raise TypeError(f"{name} is {found}; a NumPy array of {np.dtype(dtype)} is needed")
    if array.ndim != 1 or not array.flags.c_contiguous or not array.flags.writeable:
        raise ValueError(f"{name} must be one-dimensional, contiguous and writeable")
    return array


def _indices(index, n):
    """Check a column of indices, and return it as uint64 (None: count from 0)."""
    if index is None:
        return np.empty(0, np.uint64)
    if not isinstance(index, np.ndarray) or index.dtype not in (np.int64, np.uint64):
        found = getattr(index, "dtype", type(index).__name__)
        raise TypeError(f"index is {found}; None or a NumPy array of int64 or uint64 is needed")
    if index.shape != (n,):
        raise ValueError(f"index has shape {index.shape}; out needs {(n,)}")
    if index.dtype == np.int64 and n and index.min() < 0:
        raise ValueError(f"index holds {index.min()}; allowed is 0 and above")
    return np.ascontiguousarray(index).view(np.uint64)


def philox(counter, key):
    """Run Philox4x32-10 on four counter words and two key words.

    Parameters
    ----------
    counter : sequence of int
        Four words below 2**32.
    key : sequence of int
        Two words below 2**32.

    Returns
    -------
    tuple of int
        Four words.
    """
    cdef u32[4] position
    cdef u32[2] halves
    cdef u32[4] words
    if len(counter) != 4:
        raise ValueError(f"counter has {len(counter)} words; 4 are needed")
    if len(key) != 2:
        raise ValueError(f"key has {len(key)} words; 2 are needed")
    for i, word in enumerate(counter):
        position[<int>i] = _word("counter", word, 0xFFFFFFFF)
    for i, word in enumerate(key):
        halves[<int>i] = _word("key", word, 0xFFFFFFFF)
    philox4x32(position, halves, words)
    return words[0], words[1], words[2], words[3]


def block(key, tick, round=0, index=0):
    """Draw the four 32-bit words of one block; `bits` and the rest use its first two."""
    cdef u32[4] words
    draw_block(_key(key), _word("index", index, _MAX_U64), _moment(tick, round), words)
    return words[0], words[1], words[2], words[3]


def bits(key, tick, round=0, index=0):
    """Draw an integer from 0 to 2**64 - 1."""
    return draw_u64(_key(key), _word("index", index, _MAX_U64), _moment(tick, round))


def uniform(key, tick, round=0, index=0):
    """Draw a number strictly between 0 and 1: an odd multiple of 2**-53."""
    return draw_uniform(_key(key), _word("index", index, _MAX_U64), _moment(tick, round))


def normal(key, tick, round=0, index=0):
    """Draw a standard normal number, by the inverse of its distribution function."""
    return draw_normal(_key(key), _word("index", index, _MAX_U64), _moment(tick, round))


def exponential(key, tick, round=0, index=0):
    """Draw an exponential number of mean 1."""
    return draw_exponential(_key(key), _word("index", index, _MAX_U64), _moment(tick, round))


def integer(key, tick, round=0, index=0, *, n):
    """Draw an integer from 0 to ``n - 1``; biased by less than ``n / 2**64``."""
    return draw_integer(_key(key), _word("index", index, _MAX_U64), _moment(tick, round), _below(n))


def fill_blocks(out, key, tick, round=0, index=None):
    """Fill a ``(4, n)`` array of uint32 with blocks: column i is that of ``index[i]``."""
    cdef u32[:, ::1] words
    cdef const u64[::1] which
    cdef u64 k = _key(key), when = _moment(tick, round)
    cdef i64 n
    if not isinstance(out, np.ndarray) or out.dtype != np.uint32:
        found = getattr(out, "dtype", type(out).__name__)
        raise TypeError(f"out is {found}; a NumPy array of uint32 is needed")
    if out.ndim != 2 or len(out) != 4 or not out.flags.c_contiguous or not out.flags.writeable:
        raise ValueError("out must be of shape (4, n), contiguous and writeable")
    words = out
    n = words.shape[1]
    which = _indices(index, n)
    if n:
        with nogil:
            c_fill_blocks(&words[0, 0], &words[1, 0], &words[2, 0], &words[3, 0], n, k, 0,
                          &which[0] if which.shape[0] else NULL, when)


def fill_u64(out, key, tick, round=0, index=None):
    """Fill an array of uint64 with draws of `bits`."""
    cdef u64[::1] column = _column("out", out, np.uint64)
    cdef const u64[::1] which = _indices(index, column.shape[0])
    cdef u64 k = _key(key), when = _moment(tick, round)
    if column.shape[0]:
        with nogil:
            c_fill_u64(&column[0], column.shape[0], k, 0,
                       &which[0] if which.shape[0] else NULL, when)


ctypedef void (*Fill)(double*, i64, u64, u64, const u64*, u64) noexcept nogil


cdef _fill(Fill fill, out, key, tick, round, index):
    cdef double[::1] column = _column("out", out, np.float64)
    cdef const u64[::1] which = _indices(index, column.shape[0])
    cdef u64 k = _key(key), when = _moment(tick, round)
    if column.shape[0]:
        with nogil:
            fill(&column[0], column.shape[0], k, 0, &which[0] if which.shape[0] else NULL, when)


def fill_uniform(out, key, tick, round=0, index=None):
    """Fill an array of float64 with draws of `uniform`; ``index=None`` counts from 0."""
    _fill(c_fill_uniform, out, key, tick, round, index)


def fill_normal(out, key, tick, round=0, index=None):
    """Fill an array of float64 with draws of `normal`; ``index=None`` counts from 0."""
    _fill(c_fill_normal, out, key, tick, round, index)


def fill_exponential(out, key, tick, round=0, index=None):
    """Fill an array of float64 with draws of `exponential`; ``index=None`` counts from 0."""
    _fill(c_fill_exponential, out, key, tick, round, index)


def fill_integer(out, key, tick, round=0, index=None, *, n):
    """Fill an array of int64 with draws of `integer`; ``index=None`` counts from 0."""
    cdef i64[::1] column = _column("out", out, np.int64)
    cdef const u64[::1] which = _indices(index, column.shape[0])
    cdef u64 k = _key(key), when = _moment(tick, round)
    cdef i64 below = _below(n)
    if column.shape[0]:
        with nogil:
            c_fill_integer(&column[0], column.shape[0], k, 0,
                           &which[0] if which.shape[0] else NULL, when, below)


ctypedef double (*Function)(double) noexcept nogil


cdef _map(Function function, x, out):
    """Apply a function to a number or to every element of an array."""
    cdef const double[::1] source
    cdef double[::1] target
    cdef i64 i
    if out is None and isinstance(x, (float, int)):
        return function(x)
    x = np.asarray(x, dtype=np.float64)
    if out is None:
        out = np.empty(x.shape)
    elif not isinstance(out, np.ndarray) or out.dtype != np.float64:
        found = getattr(out, "dtype", type(out).__name__)
        raise TypeError(f"out is {found}; a NumPy array of float64 is needed")
    elif out.shape != x.shape or not out.flags.c_contiguous or not out.flags.writeable:
        raise ValueError(f"out must be of the shape of x, {x.shape}, contiguous and writeable")
    source = np.ascontiguousarray(x).reshape(-1)
    target = out.reshape(-1)
    with nogil:
        for i in range(source.shape[0]):
            target[i] = function(source[i])
    return out if out.ndim else out[()]


def exp(x, out=None):
    """Exponential of a number or array, with the same bits on every machine.

    Parameters
    ----------
    x : float or array_like
        Argument.
    out : numpy.ndarray of float64, optional
        Where to put the result; of the shape of `x`, and may be `x` itself.

    Returns
    -------
    float or numpy.ndarray
        Within 1 ulp of the true value.
    """
    return _map(fixed_exp, x, out)


def log(x, out=None):
    """Natural logarithm of a number or array, with the same bits on every machine.

    Parameters
    ----------
    x : float or array_like
        Argument; 0 gives minus infinity, a negative one NaN.
    out : numpy.ndarray of float64, optional
        Where to put the result; of the shape of `x`, and may be `x` itself.

    Returns
    -------
    float or numpy.ndarray
        Within 1 ulp of the true value.
    """
    return _map(fixed_log, x, out)


def normal_quantile(p, out=None):
    """Quantile of the standard normal distribution, with the same bits on every machine.

    Parameters
    ----------
    p : float or array_like
        Probability; NaN comes back for one outside 0 to 1.
    out : numpy.ndarray of float64, optional
        Where to put the result; of the shape of `p`, and may be `p` itself.

    Returns
    -------
    float or numpy.ndarray
        Relative error about 1e-15.
    """
    return _map(fixed_normal_quantile, p, out)
