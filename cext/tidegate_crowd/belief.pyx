"""The crowd's shared belief about value: news, sentiment, and horizon groups excited by moves.

One process gives volatility clustering and fat tails from minutes to days: groups with
log-spaced horizons revise their valuation by an amount proportional to how far the price is
from their own moving average. The equations are in ``belief.pxd``, the fit in
``docs/calibration.md``.
"""

cimport cython
import numpy as np

from libc.math cimport isfinite, sqrt

from tidegate_core.draws cimport fixed_exp
from tidegate_core.types cimport i64
from tidegate_crowd.valuation cimport MINUTE, Valuation, number

__all__ = ["Belief"]

cdef double DAY = 86400.0


cdef void _set_pace(Pace* pace, Belief belief, double seconds):
    """Exact decays and scales of an inner step."""
    cdef double h = seconds / DAY, keep
    cdef double forget = fixed_exp(-2.0 * h / belief.sentiment_days)
    cdef i64 j
    for j in range(belief.groups):
        keep = fixed_exp(-h / belief.tau[j])
        pace.keep[j] = keep
        pace.gain[j] = (1.0 - keep * keep) / (keep * keep * h)
    pace.sentiment_fade = h / belief.sentiment_days
    pace.sentiment_scale = sqrt(belief.herding * 0.5 * belief.sentiment_days * (1.0 - forget))
    pace.news_scale = sqrt(belief.variance * (belief.news_share if belief.excited else 1.0) * h)


def _group_column(str name, values, groups, double low):
    column = np.array(values, dtype=np.float64)
    if column.ndim != 1 or not 1 <= len(column) <= MAX_GROUPS:
        raise ValueError(f"{name} has shape {column.shape}; 1 to {MAX_GROUPS} groups are allowed")
    if groups is not None and len(column) != groups:
        raise ValueError(f"{name} has {len(column)} values; tau_days has {groups}")
    for value in column:
        if not low <= value < np.inf or (value == 0 and name != "weight"):
            bound = "0 and above" if name == "weight" else "above 0"
            raise ValueError(f"{name} holds {value}; allowed is {bound}, finite")
    return column


@cython.auto_pickle(False)
cdef class Belief(Valuation):
    """Consensus log value of a crowd that is excited by moves.

    Parameters
    ----------
    key : int
        Key of its draws (64 bits), from `Streams.key`.
    tau_days : array_like
        Horizon of each group, in days.
    weight : array_like
        Strength of each group's feedback. The sum should stay below 1: the process is then
        stationary even without saturation.
    saturation : array_like
        Activity of each group, in units of the long-run variance, at which its feedback is half
        saturated.
    news_share : float
        Variance of news, in units of the long-run variance.
    asymmetry : float
        Extra excitement of falls, -1 to 1.
    sentiment_days : float
        Memory of sentiment.
    annual_volatility : float
        Long-run scale, per square root of 365 days.
    haste : float, default 0
        How much faster sentiment fades while the crowd moves: 0 by the calendar, 1 in proportion
        to the relative variance.
    herding : float, default 1
        Shared part of the variance of a group's revisions.
    excited : bool, default True
        False is the ablation: no feedback, and news alone carries the long-run variance.
    log_price : float, default 0
        Consensus at the start.
    """

    def __init__(self, key, *, tau_days, weight, saturation, news_share, asymmetry,
                 sentiment_days, annual_volatility, haste=0.0, herding=1.0, excited=True,
                 log_price=0.0):
        cdef double[::1] tau = _group_column("tau_days", tau_days, None, 0.0)
        cdef i64 n = tau.shape[0], j
        cdef double[::1] a = _group_column("weight", weight, n, 0.0)
        cdef double[::1] g = _group_column("saturation", saturation, n, 0.0)
        cdef double start
        start = number("log_price", log_price, -1e3, 1e3)
        self.news_share = number("news_share", news_share, 0.0, 1.0)
        self.asymmetry = number("asymmetry", asymmetry, -1.0, 1.0)
        self.sentiment_days = number("sentiment_days", sentiment_days, 0.0, 1e6, True)
        self.haste = number("haste", haste, 0.0, 1.0)
        self.annual_volatility = number("annual_volatility", annual_volatility, 0.0, 10.0, True)
        self.herding = number("herding", herding, 0.0, 1.0)
        self.excited = bool(excited)
        self.groups = n
        self.variance = self.annual_volatility * self.annual_volatility / 365.0
        for j in range(n):
            self.tau[j] = tau[j]
            self.weight[j] = a[j]
            self.saturation[j] = g[j]
            self.weight_rise[j] = a[j] * (1.0 - self.asymmetry) if self.excited else 0.0
            self.weight_fall[j] = a[j] * (1.0 + self.asymmetry) if self.excited else 0.0
            self.ceiling[j] = g[j] * self.variance
            self.memory.average[j] = start
        for j in range(n, MAX_GROUPS):
            self.memory.average[j] = 0.0
        _set_pace(&self.minute, self, MINUTE)
        _set_pace(&self.second, self, 1.0)
        self.memory.excitement = 0.0
        self._begin(key, n + 1, start)

    # ---- the clock ----------------------------------------------------------------------------

    cdef double c_relative_variance(self) noexcept nogil:
        cdef double news = self.news_share if self.excited else 1.0
        return news + self.memory.excitement / self.variance

    cdef void _step(self, bint whole, const double* draw, double gap) noexcept nogil:
        cdef const Pace* pace = &self.minute if whole else &self.second
        cdef double price = self.c_consensus() + gap, total = 0.0, noise = 0.0
        cdef double trend, activity, rise, fall, lapse, keep
        # Arrays of its own, so that the compiler may do groups two at a time.
        cdef double[MAX_GROUPS] average
        cdef double[MAX_GROUPS] variance
        cdef i64 j
        for j in range(self.groups):
            trend = (price - self.memory.average[j]) * pace.keep[j]
            average[j] = price - trend
            activity = trend * trend * pace.gain[j]
            activity = activity * self.ceiling[j] / (self.ceiling[j] + activity)
            rise = activity * self.weight_rise[j]
            fall = activity * self.weight_fall[j]
            variance[j] = rise if trend > 0.0 else fall
        for j in range(self.groups):
            total += variance[j]
            noise += sqrt(variance[j]) * draw[1 + j]
            self.memory.average[j] = average[j]
        self.memory.excitement = total
        self.state.news += pace.news_scale * draw[0]
        # In the crowd's own time, which runs faster the more it moves.
        lapse = 1.0 + self.haste * (total / self.variance + self.news_share - 1.0)
        keep = 1.0 / (1.0 + pace.sentiment_fade * lapse)
        self.state.sentiment = self.state.sentiment * keep + pace.sentiment_scale * noise

    cdef void _shift(self, double by) noexcept nogil:
        cdef i64 j
        for j in range(self.groups):
            self.memory.average[j] += by

    cdef void* _memory(self, size_t* size) noexcept nogil:
        size[0] = sizeof(Memory)
        return &self.memory

    # ---- what others read ---------------------------------------------------------------------

    @property
    def excitement(self):
        """Variance a day of the groups' revisions."""
        return self.memory.excitement

    @property
    def averages(self):
        """Moving average of the log price that each group looks at."""
        return np.array([self.memory.average[j] for j in range(self.groups)])

    @property
    def tau_days(self):
        """Horizon of each group, in days."""
        return np.array([self.tau[j] for j in range(self.groups)])

    @property
    def weights(self):
        """Strength of each group's feedback."""
        return np.array([self.weight[j] for j in range(self.groups)])

    @property
    def saturations(self):
        """Activity at which each group is half saturated."""
        return np.array([self.saturation[j] for j in range(self.groups)])

    # ---- copies -------------------------------------------------------------------------------

    def _parameters(self):
        return {
            "tau_days": self.tau_days,
            "weight": self.weights,
            "saturation": self.saturations,
            "news_share": self.news_share,
            "asymmetry": self.asymmetry,
            "sentiment_days": self.sentiment_days,
            "annual_volatility": self.annual_volatility,
            "haste": self.haste,
            "herding": self.herding,
            "excited": self.excited,
        }

    def _check(self):
        """Assert every invariant."""
        cdef i64 j
        Valuation._check(self)
        for j in range(self.groups):
            assert 0.0 < self.minute.keep[j] < self.second.keep[j] < 1.0, "decays out of order"

    cdef str _fault(self):
        cdef double most = 0.0
        cdef i64 j
        for j in range(self.groups):
            most += max(self.weight_rise[j], self.weight_fall[j]) * self.ceiling[j]
        if not 0.0 <= self.memory.excitement <= most * (1.0 + 1e-12):
            return "excitement is negative or above its saturation"
        for j in range(self.groups):
            if not isfinite(self.memory.average[j]):
                return f"moving average {j} is not finite"
        for j in range(self.groups, MAX_GROUPS):
            if self.memory.average[j] != 0.0:
                return f"there is no group {j}"
        return None
