"""Value traders against trend followers, among noise traders who come when there is a trend.

The equations are in ``chiarella.pxd``, the fit in ``docs/ecologies.md``.
"""

cimport cython
import numpy as np

from libc.math cimport isfinite, sqrt

from tidegate_core.draws cimport fixed_exp
from tidegate_core.types cimport i64
from tidegate_crowd.valuation cimport MINUTE, Valuation, number

__all__ = ["Chiarella"]

cdef double DAY = 86400.0


cdef inline double _tanh(double z) noexcept nogil:
    """The same bits on every machine; within 2e-16 of the true value."""
    cdef double size = 1.0 - 2.0 / (fixed_exp(2.0 * abs(z)) + 1.0)
    return size if z >= 0.0 else -size


cdef void _set_pace(Pace* pace, Chiarella crowd, double seconds):
    cdef double h = seconds / DAY, keep
    cdef i64 k
    pace.h = h
    pace.root = sqrt(crowd.variance * h)
    pace.revert = fixed_exp(-crowd.reversion * h)
    for k in range(crowd.trends):
        keep = fixed_exp(-h / crowd.tau[k])
        pace.keep[k] = keep
        pace.unit[k] = crowd.steepness * sqrt(1.0 - keep * keep) / (keep * pace.root)


def _horizons(values):
    column = np.array(values, dtype=np.float64)
    if column.ndim != 1 or not 1 <= len(column) <= MAX_TRENDS:
        raise ValueError(
            f"tau_days has shape {column.shape}; 1 to {MAX_TRENDS} trends are allowed"
        )
    for value in column:
        if not 0.0 < value < np.inf:
            raise ValueError(f"tau_days holds {value}; allowed is above 0, finite")
    return column


def _shares(values, n):
    column = np.ones(n) if values is None else np.array(values, dtype=np.float64)
    if column.shape != (n,):
        raise ValueError(f"weight has shape {column.shape}; tau_days has {n} values")
    for value in column:
        if not 0.0 < value <= 1e9:
            raise ValueError(f"weight holds {value}; allowed is above 0 to 1e9")
    return column / column.sum()


@cython.auto_pickle(False)
cdef class Chiarella(Valuation):
    """Consensus log value of value traders, trend followers and noise traders.

    Parameters
    ----------
    key : int
        Key of its draws (64 bits), from `Streams.key`.
    tau_days : array_like
        Horizons of the trends that are followed, in days.
    reversion : float
        Value traders' pull, per day.
    trend : float
        Most that trend followers move the consensus in a day, in daily scales.
    steepness : float
        How soon they are all in: the trend, over its normal size, at which they follow with
        three quarters of their strength is about the inverse.
    annual_volatility : float
        Scale: the noise that is always there, per square root of 365 days.
    attraction : float, default 0
        Noise traders that a full trend adds to each that is always there; 0 is the model as
        printed.
    weight : array_like, optional
        Attention that each trend draws beside the others; by default all draw as much.
    value_share : float, default 0
        Variance of value, in units of the scale's.
    log_price : float, default 0
        Consensus at the start.
    """

    def __init__(self, key, *, tau_days, reversion, trend, steepness, annual_volatility,
                 attraction=0.0, weight=None, value_share=0.0, log_price=0.0):
        cdef double[::1] tau = _horizons(tau_days)
        cdef double[::1] share = _shares(weight, tau.shape[0])
        cdef double start = number("log_price", log_price, -1e3, 1e3)
        cdef i64 n = tau.shape[0], k
        self.reversion = number("reversion", reversion, 0.0, 1e3, True)
        self.trend = number("trend", trend, 0.0, 1e3)
        self.steepness = number("steepness", steepness, 0.0, 1e3)
        self.annual_volatility = number("annual_volatility", annual_volatility, 0.0, 10.0, True)
        self.attraction = number("attraction", attraction, 0.0, 100.0)
        self.value_share = number("value_share", value_share, 0.0, 100.0)
        self.variance = self.annual_volatility * self.annual_volatility / 365.0
        self.trends = n
        for k in range(MAX_TRENDS):
            self.tau[k] = tau[k] if k < n else 0.0
            self.weight[k] = share[k] if k < n else 0.0
            self.memory.average[k] = start if k < n else 0.0
        _set_pace(&self.minute, self, MINUTE)
        _set_pace(&self.second, self, 1.0)
        self.memory.signal = self.memory.attention = 0.0
        self._begin(key, NOISE_DRAW + 1, start)

    # ---- the clock ----------------------------------------------------------------------------

    cdef double c_relative_variance(self) noexcept nogil:
        cdef double crowd = 1.0 + self.attraction * self.memory.attention
        return self.value_share + crowd * crowd

    cdef void _step(self, bint whole, const double* draw, double gap) noexcept nogil:
        cdef const Pace* pace = &self.minute if whole else &self.second
        cdef double price = self.c_consensus() + gap, seen, pull, signal = 0.0, attention = 0.0
        cdef i64 k
        for k in range(self.trends):
            seen = (price - self.memory.average[k]) * pace.keep[k]
            self.memory.average[k] = price - seen
            pull = _tanh(pace.unit[k] * seen)
            signal += pull
            attention += self.weight[k] * abs(pull)
        self.memory.signal = signal / <double>self.trends
        self.memory.attention = min(attention, 1.0)
        self.state.news += pace.root * sqrt(self.value_share) * draw[VALUE_DRAW]
        self.state.sentiment = (
            self.state.sentiment * pace.revert
            + self.trend * sqrt(self.variance) * self.memory.signal * pace.h
            + (1.0 + self.attraction * self.memory.attention) * pace.root * draw[NOISE_DRAW]
        )

    cdef void _shift(self, double by) noexcept nogil:
        cdef i64 k
        for k in range(self.trends):
            self.memory.average[k] += by

    cdef void* _memory(self, size_t* size) noexcept nogil:
        size[0] = sizeof(Memory)
        return &self.memory

    # ---- what others read ---------------------------------------------------------------------

    @property
    def signal(self):
        """What trend followers do, -1 to 1 of all they can."""
        return self.memory.signal

    @property
    def attention(self):
        """Attention that trends draw, 0 to 1."""
        return self.memory.attention

    @property
    def averages(self):
        """Moving average of the log price behind each trend."""
        return np.array([self.memory.average[k] for k in range(self.trends)])

    @property
    def tau_days(self):
        """Horizon of each trend, in days."""
        return np.array([self.tau[k] for k in range(self.trends)])

    @property
    def weights(self):
        """Attention that each trend draws; they sum to 1."""
        return np.array([self.weight[k] for k in range(self.trends)])

    # ---- copies -------------------------------------------------------------------------------

    def _parameters(self):
        return {
            "tau_days": self.tau_days,
            "reversion": self.reversion,
            "trend": self.trend,
            "steepness": self.steepness,
            "annual_volatility": self.annual_volatility,
            "attraction": self.attraction,
            "weight": self.weights,
            "value_share": self.value_share,
        }

    cdef str _fault(self):
        cdef i64 k
        if not (abs(self.memory.signal) <= 1.0 and 0.0 <= self.memory.attention <= 1.0):
            return "signal or attention is above 1"
        for k in range(self.trends):
            if not isfinite(self.memory.average[k]):
                return f"moving average {k} is not finite"
        for k in range(self.trends, MAX_TRENDS):
            if self.memory.average[k] != 0.0:
                return f"there is no trend {k}"
        return None
