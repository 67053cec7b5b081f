# Fundamentalist-chartist-noise traders (Chiarella and Iori 2002).
#
#     r   = (w_f ln(p_f / p) / tau_r + w_c ln(p / p[t - tau]) / tau + w_n sigma N(0, 1)) / sum of w
#     p_e = p exp(r tau)
#
# A member that expects a rise bids p_e (1 - k), one that expects a fall asks p_e (1 + k); either
# order lives tau ticks. Weights, horizons and margin are drawn once for each member.
from tidegate_core.types cimport i64
from tidegate_crowd.crowd cimport Behaviour


cdef struct Trait:               # 48 bytes, of one member
    double fundamental           # w_f / (sum of weights * tau_r)
    double trend                 # w_c / (sum of weights * tau)
    double noise                 # w_n * sigma / sum of weights
    double margin                # k
    double horizon               # tau
    i64 lifetime                 # tau, ticks


cdef class Fcn(Behaviour):
    cdef readonly double fundamental_price   # p_f, ticks
    cdef readonly double sigma               # of the noise, per tick
    cdef readonly i64 size                   # lots of an order
    cdef readonly tuple weights              # means of w_f, w_c, w_n
    cdef readonly tuple reversion            # range of tau_r, ticks
    cdef readonly tuple window               # range of tau, ticks
    cdef readonly double max_margin
    cdef Trait* traits
    cdef i64 count
    cdef double* logs            # ln p by tick modulo longest window + 1
    cdef i64 span                # length of logs
    cdef i64 seen                # last tick in logs; -1 before the first
    cdef double log_now
    cdef double log_gap          # ln(p_f / p) now
    cdef double price            # p now

    cdef void c_note(self, i64 tick, double log_price) noexcept nogil
    cdef dict c_parameters(self)
