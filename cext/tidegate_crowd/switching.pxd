# A crowd that changes its mind between value and trend: structural stochastic volatility (Franke
# and Westerhoff 2012, J. Econ. Dyn. Control 36, model DCA-HPM), run in continuous time.
#
#   v      value:         dv = s sqrt(b) dW0, permanent
#   x      misalignment:  dx = n phi (-x) dt + (1 - n) chi m dt / tau
#                              + n r s dW1 + (1 - n) s dW2
#   n      share of fundamentalists, 1 - n of chartists: of all crowds, sum_k w_k n_k
#   e      moving average of p over tau; m = p - e is the trend that chartists see
#   L      1 / (1 + exp(-(a_0 + a_n (2 n - 1) + a_p (x / s)**2))): the share that likes value best
#   n_k    share among those who think again at rate nu_k, in N herds that do so independently:
#          each herd takes the other view with chance L, or 1 - L, when it thinks
#
# The consensus is v + x. Both views carry noise, that of chartists more (r < 1), so volatility
# follows the crowd's mind: predisposition a_0, herding a_n, and a_p, the dread of misalignment.
#
# From a day to a minute: the paper's p is updated daily. Drifts become rates, noise grows with the
# root of time, yesterday's return becomes a trend over tau = 1 day, and the daily choice of all
# becomes a rate nu of thinking again. With nu h large a step sets n to L, which is the paper's.
# The paper's mu is part of phi, chi and s here, its beta (1) part of a_0, a_n and a_p.
#
# Extensions, each off at the value named: value that moves (b = 0), herds in finite number
# (N = 0: without end, n_k follows its rate alone), several rates of thinking (one). What outsiders
# hold is no misalignment: fundamentalists measure x, which is the crowd's own, not p - v.
from tidegate_core.types cimport i64
from tidegate_crowd.valuation cimport Valuation

cdef enum:
    MAX_CROWDS = 32
    VALUE_DRAW = 0
    FUNDAMENTAL_DRAW = 1
    CHARTIST_DRAW = 2
    CROWD_DRAW = 3          # and those that follow


cdef struct Pace:                       # what depends on the length of an inner step
    double h                            # days
    double root                         # s sqrt(h)
    double keep                         # exp(-h / tau)
    double[MAX_CROWDS] stay             # exp(-nu_k h)


cdef struct Memory:                     # all of its state but the level
    double average                      # e
    double fundamental                  # n
    double[MAX_CROWDS] share            # n_k


cdef class Switching(Valuation):
    cdef readonly i64 crowds
    cdef readonly double reversion, trend, trend_days, calm_noise, predisposition, herding
    cdef readonly double misalignment, herds, value_share, annual_volatility
    cdef double variance                # s**2, a day
    cdef double[MAX_CROWDS] rate, size  # nu_k; w_k, which sum to 1
    cdef Pace minute, second
    cdef Memory memory

    cdef double c_liking(self, double share, double gap) noexcept nogil     # L
