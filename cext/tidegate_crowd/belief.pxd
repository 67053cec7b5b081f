# The crowd's shared belief about value, on a clock of one minute whatever the market's step.
#
#   p      traded log price; within a market step it moves with c (p - c is held)
#   c      consensus log value, c = f + S
#   f      news:      df = s sqrt(b) dW0, permanent
#   S      sentiment: dS = -S dt / T + sum_j sqrt(E_j) dW_j, forgotten over T days
#   e_j    the moving average of p that horizon group j looks at, over tau_j
#   m_j    trend p - e_j;  q_j its activity: m_j**2 scaled so that a random walk of variance
#          s**2 a day gives s**2 on average at every tau_j
#   E_j    variance a day of group j's revisions: a_j (1 + gamma sign(-m_j)) q_j, saturated
#          at q_j = G_j s**2
#
# So the noise of a group's revisions is what it saw over its own horizon: calm follows calm,
# moves excite. W_j is common to a group (herding): independent revisions would average out over
# the crowd. `herding` is the shared part of their variance; the unshared part makes volume only.
#
# Draws are keyed by (key, group, minute). Steps below a minute go second by second along a
# bridge to the minute's own draw: the sixty increments sum to it, and each has its exact law. So
# runs with different steps share their luck.
from tidegate_core.types cimport i64, u64

cdef enum:
    MAX_GROUPS = 64
    MINUTE = 60             # seconds
    CHUNK = 32              # minutes drawn at a time


cdef struct Pace:                     # what depends on the length of an inner step
    double[MAX_GROUPS] keep           # exp(-h / tau_j)
    double[MAX_GROUPS] gain           # from m_j**2 to variance a day
    double sentiment_keep             # exp(-h / T)
    double sentiment_scale            # sd of a step of sentiment whose variance is 1 a day
    double news_scale                 # sd of a step of news
    double slow_blend                 # 1 - exp(-h / 1 day)


cdef struct State:                    # all of it; everything else follows from the parameters
    i64 time                          # seconds; the clock stands at the end of the last step
    i64 fresh                         # 1 until the first step
    double news
    double sentiment
    double excitement                 # E, variance a day
    double slow                       # moving average over a day of the relative variance
    double[MAX_GROUPS] average        # e_j


cdef class Belief:
    cdef readonly u64 key
    cdef readonly i64 groups
    cdef readonly double news_share, asymmetry, sentiment_days, annual_volatility, herding
    cdef readonly bint excited
    cdef double variance              # s**2, a day
    cdef double[MAX_GROUPS] tau, weight, weight_fall, weight_rise, saturation, ceiling
    cdef Pace minute, second
    cdef State state
    cdef double[:, ::1] _minutes      # draws of one chunk of minutes, a row each
    cdef double[:, ::1] _seconds      # bridge of one minute, a row a second
    cdef i64 _chunk, _bridged         # which; derived from the key, never saved

    # Move the clock by `seconds` while the traded log price is `gap` above the consensus.
    cdef double c_advance(self, double gap, i64 seconds) noexcept nogil
    cdef double c_consensus(self) noexcept nogil
    cdef double c_relative_variance(self) noexcept nogil      # (b s**2 + E) / s**2
    cdef double c_slow_variance(self) noexcept nogil          # its average over a day, at most 25
    cdef void _load_chunk(self, i64 chunk) noexcept nogil
    cdef void _load_bridge(self, i64 minute) noexcept nogil
    cdef void _step(self, const Pace* pace, const double* draw, double gap) noexcept nogil
