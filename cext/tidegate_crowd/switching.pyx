"""A crowd that switches between value and trend, and so makes its own volatility.

The equations, and how a daily model runs on a clock of minutes, are in ``switching.pxd``; the
fit is in ``docs/ecologies.md``.
"""

cimport cython
import numpy as np

from libc.math cimport isfinite, sqrt

from tidegate_core.draws cimport fixed_exp
from tidegate_core.types cimport i64
from tidegate_crowd.valuation cimport MINUTE, Valuation, number

__all__ = ["Switching"]

cdef double DAY = 86400.0


cdef void _set_pace(Pace* pace, Switching crowd, double seconds):
    cdef double h = seconds / DAY
    cdef i64 k
    pace.h = h
    pace.root = sqrt(crowd.variance * h)
    pace.keep = fixed_exp(-h / crowd.trend_days)
    for k in range(crowd.crowds):
        pace.stay[k] = fixed_exp(-crowd.rate[k] * h)


def _rates(values):
    column = np.array(values, dtype=np.float64)
    if column.ndim != 1 or not 1 <= len(column) <= MAX_CROWDS:
        raise ValueError(
            f"rates_per_day has shape {column.shape}; 1 to {MAX_CROWDS} crowds are allowed"
        )
    for value in column:
        if not 0.0 < value <= 1e9:
            raise ValueError(f"rates_per_day holds {value}; allowed is above 0 to 1e9")
    return column


def _parts(values, n):
    column = np.ones(n) if values is None else np.array(values, dtype=np.float64)
    if column.shape != (n,):
        raise ValueError(f"size has shape {column.shape}; rates_per_day has {n} values")
    for value in column:
        if not 0.0 < value <= 1e9:
            raise ValueError(f"size holds {value}; allowed is above 0 to 1e9")
    return column / column.sum()


@cython.auto_pickle(False)
cdef class Switching(Valuation):
    """Consensus log value of fundamentalists and chartists who change sides.

    Parameters
    ----------
    key : int
        Key of its draws (64 bits), from `Streams.key`.
    rates_per_day : array_like
        How often members of each crowd think again, per day.
    reversion : float
        Fundamentalists' pull towards value, per day.
    trend : float
        Share of the trend that chartists add to the consensus within a day.
    trend_days : float
        Days over which chartists see a trend.
    calm_noise : float
        Noise of fundamentalists over that of chartists.
    predisposition : float
        Liking of value when both views are as common and nothing is misaligned, in logits.
    herding : float
        Liking of value when all share it, less that predisposition, in logits.
    misalignment : float
        Liking of value that a misalignment of one daily scale adds, in logits; it grows with
        the square.
    annual_volatility : float
        Scale: what chartists alone would make, per square root of 365 days.
    herds : float, default 0
        Independent herds in a crowd; 0 stands for infinitely many.
    size : array_like, optional
        Size of each crowd beside the others; by default all are as large.
    value_share : float, default 0
        Variance of value, in units of the scale's.
    log_price : float, default 0
        Consensus at the start.
    """

    def __init__(self, key, *, rates_per_day, reversion, trend, trend_days, calm_noise,
                 predisposition, herding, misalignment, annual_volatility, herds=0.0,
                 size=None, value_share=0.0, log_price=0.0):
        cdef double[::1] rate = _rates(rates_per_day)
        cdef double[::1] part = _parts(size, rate.shape[0])
        cdef double start = number("log_price", log_price, -1e3, 1e3)
        cdef i64 n = rate.shape[0], k
        self.reversion = number("reversion", reversion, 0.0, 1e3)
        self.trend = number("trend", trend, 0.0, 1.0)
        self.trend_days = number("trend_days", trend_days, 0.0, 1e4, True)
        self.calm_noise = number("calm_noise", calm_noise, 0.0, 1.0)
        self.predisposition = number("predisposition", predisposition, -100.0, 100.0)
        self.herding = number("herding", herding, 0.0, 100.0)
        self.misalignment = number("misalignment", misalignment, 0.0, 1e3)
        self.annual_volatility = number("annual_volatility", annual_volatility, 0.0, 100.0, True)
        self.herds = number("herds", herds, 0.0, 1e12)
        self.value_share = number("value_share", value_share, 0.0, 100.0)
        if self.trend >= 1.0:
            raise ValueError("trend is 1.0; a crowd that adds all of a trend to it never settles")
        if 0.0 < self.herds < 1.0:
            raise ValueError(f"herds is {self.herds}; allowed is 0 (without end), or 1 and above")
        self.variance = self.annual_volatility * self.annual_volatility / 365.0
        self.crowds = n
        self.memory.average = start
        for k in range(MAX_CROWDS):
            self.rate[k] = rate[k] if k < n else 0.0
            self.size[k] = part[k] if k < n else 0.0
            self.memory.share[k] = 0.5 if k < n else 0.0
        self.memory.fundamental = _whole_share(self)
        _set_pace(&self.minute, self, MINUTE)
        _set_pace(&self.second, self, 1.0)
        self._begin(key, CROWD_DRAW + n, start)

    # ---- the clock ----------------------------------------------------------------------------

    cdef double c_relative_variance(self) noexcept nogil:
        cdef double n = self.memory.fundamental
        cdef double calm = n * self.calm_noise
        return self.value_share + calm * calm + (1.0 - n) * (1.0 - n)

    cdef double c_liking(self, double share, double gap) noexcept nogil:
        cdef double logit = (
            self.predisposition
            + self.herding * (2.0 * share - 1.0)
            + self.misalignment * gap * gap / self.variance
        )
        return 1.0 / (1.0 + fixed_exp(-logit))

    cdef void _step(self, bint whole, const double* draw, double gap) noexcept nogil:
        cdef const Pace* pace = &self.minute if whole else &self.second
        cdef double price = self.c_consensus() + gap, x = self.state.sentiment
        cdef double n = self.memory.fundamental, c = 1.0 - n, seen, move
        seen = (price - self.memory.average) * pace.keep
        self.memory.average = price - seen
        move = n * self.calm_noise * draw[FUNDAMENTAL_DRAW] + c * draw[CHARTIST_DRAW]
        self.state.sentiment = (
            x
            - n * self.reversion * pace.h * x
            + c * self.trend * seen * pace.h / self.trend_days
            + pace.root * move
        )
        self.state.news += pace.root * sqrt(self.value_share) * draw[VALUE_DRAW]
        _think_again(self, pace, &draw[CROWD_DRAW], x)

    cdef void _shift(self, double by) noexcept nogil:
        self.memory.average += by

    cdef void* _memory(self, size_t* size) noexcept nogil:
        size[0] = sizeof(Memory)
        return &self.memory

    # ---- what others read ---------------------------------------------------------------------

    def liking(self, share, misalignment):
        """Return the share that likes value best, at a share and a misalignment in log price."""
        return self.c_liking(
            number("share", share, 0.0, 1.0), number("misalignment", misalignment, -1e3, 1e3)
        )

    @property
    def fundamental(self):
        """Share of fundamentalists in the whole crowd."""
        return self.memory.fundamental

    @property
    def shares(self):
        """Share of fundamentalists in each crowd."""
        return np.array([self.memory.share[k] for k in range(self.crowds)])

    @property
    def average(self):
        """Moving average of the log price that chartists look at."""
        return self.memory.average

    @property
    def rates_per_day(self):
        """How often members of each crowd think again."""
        return np.array([self.rate[k] for k in range(self.crowds)])

    @property
    def sizes(self):
        """Part of all traders that is in each crowd."""
        return np.array([self.size[k] for k in range(self.crowds)])

    # ---- copies -------------------------------------------------------------------------------

    def _parameters(self):
        return {
            "rates_per_day": self.rates_per_day,
            "reversion": self.reversion,
            "trend": self.trend,
            "trend_days": self.trend_days,
            "calm_noise": self.calm_noise,
            "predisposition": self.predisposition,
            "herding": self.herding,
            "misalignment": self.misalignment,
            "annual_volatility": self.annual_volatility,
            "herds": self.herds,
            "size": self.sizes,
            "value_share": self.value_share,
        }

    cdef str _fault(self):
        cdef i64 k
        if not isfinite(self.memory.average):
            return "moving average is not finite"
        for k in range(self.crowds):
            if not 0.0 <= self.memory.share[k] <= 1.0:
                return f"share of crowd {k} is not from 0 to 1"
        for k in range(self.crowds, MAX_CROWDS):
            if self.memory.share[k] != 0.0:
                return f"there is no crowd {k}"
        if self.memory.fundamental != _whole_share(self):
            return "share of the whole is not that of its crowds"
        return None


cdef double _whole_share(Switching crowd) noexcept nogil:
    cdef double total = 0.0
    cdef i64 k
    for k in range(crowd.crowds):
        total += crowd.size[k] * crowd.memory.share[k]
    return min(total, 1.0)


cdef void _think_again(Switching crowd, const Pace* pace, const double* draw,
                       double gap) noexcept nogil:
    """Let a part of each crowd choose; its variance is that of independent herds."""
    cdef double share, stay, kept, won, spread
    cdef i64 k
    for k in range(crowd.crowds):
        share, stay = crowd.memory.share[k], pace.stay[k]
        # Chance that a herd of chartists ends at value, and that one of fundamentalists does.
        won = (1.0 - stay) * crowd.c_liking(share, gap)
        kept = stay + won
        spread = 0.0
        if crowd.herds > 0.0:
            spread = share * kept * (1.0 - kept) + (1.0 - share) * won * (1.0 - won)
            spread = sqrt(max(spread, 0.0) / crowd.herds) * draw[k]
        share = share * kept + (1.0 - share) * won + spread
        crowd.memory.share[k] = min(max(share, 0.0), 1.0)
    crowd.memory.fundamental = _whole_share(crowd)
