# The crowd's shared belief about value, on a clock of one minute whatever the market's step.
#
#   p, c   traded log price and consensus log value, c = f + S: valuation.pxd
#   f      news:      df = s sqrt(b) dW0, permanent
#   S      sentiment: dS = -S k dt / T + sum_j sqrt(E_j) dW_j, forgotten over T days of a clock
#          that runs at k = 1 - q + q v: by the calendar (q = 0), or with the variance v (q = 1)
#   e_j    the moving average of p that horizon group j looks at, over tau_j
#   m_j    trend p - e_j;  q_j its activity: m_j**2 scaled so that a random walk of variance
#          s**2 a day gives s**2 on average at every tau_j
#   E_j    variance a day of group j's revisions: a_j (1 + gamma sign(-m_j)) q_j, saturated
#          at q_j = G_j s**2
#
# So the noise of a group's revisions is what it saw over its own horizon: calm follows calm,
# moves excite. W_j is common to a group (herding): independent revisions would average out over
# the crowd. `herding` is the shared part of their variance; the unshared part makes volume only.
from tidegate_core.types cimport i64
from tidegate_crowd.valuation cimport Valuation

cdef enum:
    MAX_GROUPS = 64


cdef struct Pace:                     # what depends on the length of an inner step
    double[MAX_GROUPS] keep           # exp(-h / tau_j)
    double[MAX_GROUPS] gain           # from m_j**2 to variance a day
    double sentiment_fade             # h / T
    double sentiment_scale            # sd of a step of sentiment whose variance is 1 a day
    double news_scale                 # sd of a step of news


cdef struct Memory:                   # all of its state but the level
    double excitement                 # E, variance a day
    double[MAX_GROUPS] average        # e_j


cdef class Belief(Valuation):
    cdef readonly i64 groups
    cdef readonly double news_share, asymmetry, sentiment_days, annual_volatility, haste, herding
    cdef readonly bint excited
    cdef double variance              # s**2, a day
    cdef double[MAX_GROUPS] tau, weight, weight_fall, weight_rise, saturation, ceiling
    cdef Pace minute, second
    cdef Memory memory
