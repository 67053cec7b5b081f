# Index, mark price and funding, in integers.
#
# Prices in ticks up to 2**42, times in whole seconds from 0 on, rates in parts per billion (ppb).
# Everything is rounded to the nearest unit, ties away from zero, so that longs and shorts are
# treated alike.
#
#     index     = weighted mean of the venues' prices, without those too far from their median
#     P1        = index (1 + last funding rate x time to the next funding / funding interval)
#     P2        = index + mean of the basis, mid - index, over the last `window` seconds
#     mark      = median(P1, P2, last trade)                     at least 1 tick
#
#     premium   = (max(0, impact bid - index) - max(0, index - impact ask)) / index
#     rate      = (P + clamp(interest - P, -clamp, +clamp)) hours / 8,  within +-cap
#
# where P is the mean premium of the interval of `hours` hours, and interest and P are meant for 8
# hours. (Binance support FAQ on mark price and on funding; Gate help on the premium index.)
#
# Both means are over time: a sample stands for the time since the one before it, so a step longer
# than the window leaves the present sample alone, and steps of any length agree. The first basis
# also stands for the time before it. Funding is due when the clock reaches a multiple of the
# interval; an interval that began before the clock was started counts from the start.
#
# A price of 0 is one that does not exist: no mid leaves the basis as it was, without a last trade
# P2 stands for it, an impact price that the book is too thin for adds no premium.
from tidegate_core.types cimport i64
from tidegate_core.wide cimport WIDE_FLOOR, wide_mul_div

cdef enum:
    PPB = 1000000000
    HOUR = 3600

cdef enum Method:
    MARK_MEDIAN = 0
    MARK_INDEX = 1
    MARK_LAST = 2


cdef struct Sample:            # of the basis
    i64 time
    i64 basis                  # mid - index, ticks


cdef struct MarkState:
    i64 method                 # a Method
    i64 window                 # seconds
    i64 interval               # of funding, seconds
    i64 rate                   # last funding rate, ppb
    i64 mark                   # ticks, 0 before the first
    i64 start                  # the time that the oldest sample stands for begins here
    i64 weighted               # sum over samples of basis x seconds it stands for, of `window`
    i64 first                  # place of the oldest sample
    i64 count                  # samples held, at most one a second


cdef struct FundingState:
    i64 interval               # seconds
    i64 interest               # ppb for 8 hours, as all rates here but cap and rate
    i64 clamp
    i64 cap                    # of the rate for one interval
    i64 time                   # of the last update; what is before it is counted
    i64 begin                  # what the mean premium covers begins here
    i64 weighted               # sum of premium x seconds since then
    i64 rate                   # of the last interval
    i64 fundings               # intervals ended so far


cdef inline i64 nearest(i64 numerator, i64 denominator) noexcept nogil:
    """Divide by a positive number, to the nearest, ties away from zero."""
    cdef i64 whole = numerator // denominator            # towards zero
    cdef i64 rest = numerator - whole * denominator
    if rest < 0:
        return whole - (-rest >= denominator + rest)
    return whole + (rest >= denominator - rest)


cdef inline i64 nearest_product(i64 a, i64 b, i64 c) noexcept nogil:
    """Give a * b / c to the nearest, ties away from zero; a below 2**62, c > 0, and it fits."""
    cdef i64 twice = 0
    wide_mul_div(2 * (-a if a < 0 else a), -b if b < 0 else b, c, WIDE_FLOOR, &twice)
    twice = (twice + 1) >> 1
    return -twice if (a < 0) != (b < 0) else twice


cdef inline i64 between(i64 low, i64 value, i64 high) noexcept nogil:
    """Clamp a value."""
    return low if value < low else high if value > high else value


cdef inline i64 median_of(i64 a, i64 b, i64 c) noexcept nogil:
    """Give the middle one of three."""
    cdef i64 low = a if a < b else b, high = b if a < b else a
    return between(low, c, high)


cdef inline i64 premium_of(i64 index, i64 bid, i64 ask) noexcept nogil:
    """Premium of impact prices over the index in ppb, at most 100 % either way."""
    cdef i64 excess = 0
    if bid > index:
        excess = bid - index
    if 0 < ask < index:
        excess -= index - ask
    if excess >= index:
        return PPB
    return nearest_product(excess, PPB, index)


cdef inline i64 rate_of(const FundingState* state, i64 premium) noexcept nogil:
    """Give the rate of one interval in ppb from its mean premium."""
    cdef i64 rate = premium + between(-state.clamp, state.interest - premium, state.clamp)
    return between(-state.cap, nearest(rate * (state.interval // HOUR), 8), state.cap)


# Weighted mean of the prices that are within `ppm` of their weighted median, the lowest price that
# half of the weight does not exceed. Weights sum to 1 .. 2**20.
cdef i64 index_of(const i64* prices, const i64* weights, i64 n, i64 ppm) noexcept nogil


cdef class MarkPrice:
    cdef MarkState state
    cdef Sample* ring                  # [window]

    # Time must not run backwards; at the same time again the sample is replaced.
    cdef i64 c_update(self, i64 time, i64 index, i64 mid, i64 last) noexcept nogil     # the mark
    cdef void c_set_rate(self, i64 rate_ppb) noexcept nogil                # after a funding
    cdef i64 c_basis(self) noexcept nogil                                  # mean, ticks
    cdef Sample* c_newest(self) noexcept nogil                             # NULL: none
    cdef void c_sample(self, i64 time, i64 basis) noexcept nogil
    cdef void c_slide(self, i64 start) noexcept nogil
    cdef int c_unpack(self, bytes header, bytes samples) except -1


cdef class FundingClock:
    cdef FundingState state

    # True when funding fell due in (last update, time]; `rate` is then what it comes to, the sum
    # of the intervals' rates where a step ends several. Time must not run backwards.
    cdef bint c_update(self, i64 time, i64 premium, i64* rate) noexcept nogil
