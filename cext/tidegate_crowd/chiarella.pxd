# Value against trend (Chiarella 1992; extended by Majewski, Ciliberti and Bouchaud 2018), with the
# value traders, trend followers and noise traders of the latter.
#
#   v      value:         dv = s sqrt(b) dW0, permanent
#   x      misalignment:  dx = -kappa x dt + beta s mean_k tanh(z_k) dt + (1 + A g) s dW1
#   e_k    moving average of p over tau_k; trend m_k = p - e_k
#   z_k    gamma m_k over its spread in a market of noise s alone, which is s sqrt(tau_k / 2) but
#          for the length of a minute: the trend in units of what its followers take for normal
#   g      attention that trends draw: sum_k w_k |tanh(z_k)|, where the w_k sum to 1
#
# The consensus is v + x. With A = 0 this is the model as printed: noise of one size, hence no
# volatility clustering to speak of. A > 0 is an extension: noise traders come when trend followers
# are at work, on any horizon, up to 1 + A times as many. They herd, so their noise grows with
# their number. Unlike in the belief's groups noise has a floor that no calm takes away, attention
# is bounded by the trend followers' own saturation, and trends are followed too (beta).
#
# What outsiders hold is no misalignment: value traders measure x, which is the crowd's own. Trends
# are those of the traded price.
from tidegate_core.types cimport i64
from tidegate_crowd.valuation cimport Valuation

cdef enum:
    MAX_TRENDS = 32
    VALUE_DRAW = 0
    NOISE_DRAW = 1


cdef struct Pace:                       # what depends on the length of an inner step
    double h                            # days
    double root                         # s sqrt(h)
    double revert                       # exp(-kappa h)
    double[MAX_TRENDS] keep             # exp(-h / tau_k)
    double[MAX_TRENDS] unit             # from m_k to z_k


cdef struct Memory:                     # all of its state but the level
    double signal                       # mean of tanh(z_k)
    double attention                    # g
    double[MAX_TRENDS] average          # e_k


cdef class Chiarella(Valuation):
    cdef readonly i64 trends
    cdef readonly double reversion, trend, steepness, attraction, value_share, annual_volatility
    cdef double variance                # s**2, a day
    cdef double[MAX_TRENDS] tau, weight
    cdef Pace minute, second
    cdef Memory memory
