"""The crowd's shared belief about value: news, sentiment, and horizon groups excited by moves.

One process gives volatility clustering and fat tails from minutes to days: groups with
log-spaced horizons revise their valuation by an amount proportional to how far the price is
from their own moving average. The equations are in ``belief.pxd``, the fit in
``docs/calibration.md``.
"""

import numpy as np

from libc.math cimport isfinite, sqrt
from libc.string cimport memcpy

from tidegate_core.draws cimport c_fill_blocks, fixed_exp, fixed_normal_quantiles, u01
from tidegate_core.types cimport i64, u32, u64

__all__ = ["Belief"]

cdef double DAY = 86400.0
cdef double SLOWEST = 25.0      # cap of the slow variance, so that depth never vanishes
cdef u64 BRIDGE = <u64>1 << 32  # counters of the draws within minutes start here


cdef inline i64 _floor_div(i64 a, i64 b) noexcept nogil:
    """Divide towards minus infinity, for b > 0 (time is negative during a warm-up)."""
    return a // b - (a % b < 0)


cdef void _normals(double* out, i64 width, i64 count, i64 start, u64 key,
                   u64 counter) noexcept nogil:
    """Fill `count` rows: slot g of row t is half g % 2 of block (start + t, counter + g // 2)."""
    cdef u32[64] w0
    cdef u32[64] w1
    cdef u32[64] w2
    cdef u32[64] w3
    cdef i64 pair, t
    for pair in range(width // 2):
        c_fill_blocks(w0, w1, w2, w3, count, key, <u64>start, NULL, counter + <u64>pair)
        for t in range(count):
            out[t * width + 2 * pair] = u01(<u64>w1[t] << 32 | w0[t])
            out[t * width + 2 * pair + 1] = u01(<u64>w3[t] << 32 | w2[t])
    fixed_normal_quantiles(out, count * width)


cdef void _set_pace(Pace* pace, Belief belief, double seconds):
    """Exact decays and scales of an inner step."""
    cdef double h = seconds / DAY, keep
    cdef double forget = fixed_exp(-2.0 * h / belief.sentiment_days)
    cdef i64 j
    for j in range(belief.groups):
        keep = fixed_exp(-h / belief.tau[j])
        pace.keep[j] = keep
        pace.gain[j] = (1.0 - keep * keep) / (keep * keep * h)
    pace.sentiment_keep = fixed_exp(-h / belief.sentiment_days)
    pace.sentiment_scale = sqrt(belief.herding * 0.5 * belief.sentiment_days * (1.0 - forget))
    pace.news_scale = sqrt(belief.variance * (belief.news_share if belief.excited else 1.0) * h)
    pace.slow_blend = 1.0 - fixed_exp(-h)


def _number(str name, value, double low, double high, bint open_low=False):
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} is {value!r}; a number is needed") from None
    if not low <= number <= high or (open_low and number == low):
        above = "above " if open_low else ""
        raise ValueError(f"{name} is {number}; allowed is {above}{low} to {high}")
    return number


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


cdef class Belief:
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
    herding : float, default 1
        Shared part of the variance of a group's revisions.
    excited : bool, default True
        False is the ablation: no feedback, and news alone carries the long-run variance.
    log_price : float, default 0
        Consensus at the start.
    """

    def __init__(self, key, *, tau_days, weight, saturation, news_share, asymmetry,
                 sentiment_days, annual_volatility, herding=1.0, excited=True, log_price=0.0):
        cdef double[::1] tau = _group_column("tau_days", tau_days, None, 0.0)
        cdef i64 n = tau.shape[0], j
        cdef double[::1] a = _group_column("weight", weight, n, 0.0)
        cdef double[::1] g = _group_column("saturation", saturation, n, 0.0)
        cdef double start
        if not isinstance(key, int) or not 0 <= key < 2 ** 64:
            raise ValueError(f"key is {key!r}; allowed is an integer from 0 to 2**64 - 1")
        start = _number("log_price", log_price, -1e3, 1e3)
        self.news_share = _number("news_share", news_share, 0.0, 1.0)
        self.asymmetry = _number("asymmetry", asymmetry, -1.0, 1.0)
        self.sentiment_days = _number("sentiment_days", sentiment_days, 0.0, 1e6, True)
        self.annual_volatility = _number("annual_volatility", annual_volatility, 0.0, 10.0, True)
        self.herding = _number("herding", herding, 0.0, 1.0)
        self.excited = bool(excited)
        self.key = key
        self.groups = n
        self.variance = self.annual_volatility * self.annual_volatility / 365.0
        for j in range(n):
            self.tau[j] = tau[j]
            self.weight[j] = a[j]
            self.saturation[j] = g[j]
            self.weight_rise[j] = a[j] * (1.0 - self.asymmetry) if self.excited else 0.0
            self.weight_fall[j] = a[j] * (1.0 + self.asymmetry) if self.excited else 0.0
            self.ceiling[j] = g[j] * self.variance
            self.state.average[j] = start
        for j in range(n, MAX_GROUPS):
            self.state.average[j] = 0.0
        _set_pace(&self.minute, self, MINUTE)
        _set_pace(&self.second, self, 1.0)
        self.state.time = 0
        self.state.fresh = 1
        self.state.news = start
        self.state.sentiment = 0.0
        self.state.excitement = 0.0
        self.state.slow = self.c_relative_variance()
        slots = 2 * ((n + 2) // 2)        # news and the groups, in whole blocks of two
        self._minutes = np.empty((CHUNK, slots))
        self._seconds = np.empty((MINUTE, slots))
        self._load_chunk(0)
        self._load_bridge(0)

    # ---- draws --------------------------------------------------------------------------------

    cdef void _load_chunk(self, i64 chunk) noexcept nogil:
        cdef i64 width = self._minutes.shape[1]
        _normals(&self._minutes[0, 0], width, CHUNK, chunk * CHUNK, self.key, 0)
        self._chunk = chunk

    cdef void _load_bridge(self, i64 minute) noexcept nogil:
        """Sixty increments of a minute that sum to its own draw (of variance 1 a minute).

        Independent draws less their mean are free of it, so that adding the minute's draw back,
        in sixty parts, leaves increments that are independent, of variance 1/60.
        """
        cdef i64 chunk = _floor_div(minute, CHUNK), width = self._seconds.shape[1], g, t
        cdef double mean, whole
        if chunk != self._chunk:
            self._load_chunk(chunk)
        _normals(&self._seconds[0, 0], width, MINUTE, minute * MINUTE, self.key, BRIDGE)
        for g in range(width):
            mean = 0.0
            for t in range(MINUTE):
                mean += self._seconds[t, g]
            mean /= <double>MINUTE
            whole = self._minutes[minute - chunk * CHUNK, g] / sqrt(<double>MINUTE)
            for t in range(MINUTE):
                self._seconds[t, g] += whole - mean
        self._bridged = minute

    # ---- the clock ----------------------------------------------------------------------------

    cdef double c_consensus(self) noexcept nogil:
        return self.state.news + self.state.sentiment

    cdef double c_relative_variance(self) noexcept nogil:
        cdef double news = self.news_share if self.excited else 1.0
        return news + self.state.excitement / self.variance

    cdef double c_slow_variance(self) noexcept nogil:
        return min(self.state.slow, SLOWEST)

    cdef void _step(self, const Pace* pace, const double* draw, double gap) noexcept nogil:
        cdef double price = self.c_consensus() + gap, total = 0.0, noise = 0.0
        cdef double trend, activity, rise, fall
        # Arrays of its own, so that the compiler may do groups two at a time.
        cdef double[MAX_GROUPS] average
        cdef double[MAX_GROUPS] variance
        cdef i64 j
        for j in range(self.groups):
            trend = (price - self.state.average[j]) * pace.keep[j]
            average[j] = price - trend
            activity = trend * trend * pace.gain[j]
            activity = activity * self.ceiling[j] / (self.ceiling[j] + activity)
            rise = activity * self.weight_rise[j]
            fall = activity * self.weight_fall[j]
            variance[j] = rise if trend > 0.0 else fall
        for j in range(self.groups):
            total += variance[j]
            noise += sqrt(variance[j]) * draw[1 + j]
            self.state.average[j] = average[j]
        self.state.excitement = total
        self.state.news += pace.news_scale * draw[0]
        self.state.sentiment = (
            self.state.sentiment * pace.sentiment_keep + pace.sentiment_scale * noise
        )
        self.state.slow += (self.c_relative_variance() - self.state.slow) * pace.slow_blend

    cdef double c_advance(self, double gap, i64 seconds) noexcept nogil:
        cdef i64 end = self.state.time + seconds, minute, chunk
        self.state.fresh = 0
        while self.state.time < end:
            minute = _floor_div(self.state.time, MINUTE)
            if self.state.time == minute * MINUTE and end - self.state.time >= MINUTE:
                chunk = _floor_div(minute, CHUNK)
                if chunk != self._chunk:
                    self._load_chunk(chunk)
                self._step(&self.minute, &self._minutes[minute - chunk * CHUNK, 0], gap)
                self.state.time += MINUTE
            else:
                if minute != self._bridged:
                    self._load_bridge(minute)
                self._step(&self.second, &self._seconds[self.state.time - minute * MINUTE, 0], gap)
                self.state.time += 1
        return self.c_consensus()

    def advance(self, log_price, t0_seconds, seconds):
        """Move the clock by one market step.

        Parameters
        ----------
        log_price : float
            Traded log price as last known; while the step lasts it moves with the consensus.
        t0_seconds : int
            Begin of the step; where the clock stands.
        seconds : int
            Length of the step.

        Returns
        -------
        float
            The new consensus log value.
        """
        cdef double gap = _number("log_price", log_price, -1e3, 1e3) - self.c_consensus()
        cdef i64 start = t0_seconds, length = seconds
        if start != self.state.time:
            raise ValueError(f"t0_seconds is {start}; the clock stands at {self.state.time}")
        if length < 1:
            raise ValueError(f"seconds is {length}; allowed is 1 and above")
        with nogil:
            self.c_advance(gap, length)
        return self.c_consensus()

    def trace(self, step_seconds, steps):
        """Run the clock alone, with the price always at the consensus.

        Parameters
        ----------
        step_seconds : int
            Length of a step.
        steps : int
            Number of steps.

        Returns
        -------
        numpy.ndarray of float64
            Consensus log value at the end of each step.
        """
        cdef i64 length = step_seconds, n = steps, i
        cdef double[::1] path
        if length < 1:
            raise ValueError(f"step_seconds is {length}; allowed is 1 and above")
        if n < 0:
            raise ValueError(f"steps is {n}; allowed is 0 and above")
        out = np.empty(n)
        path = out
        with nogil:
            for i in range(n):
                path[i] = self.c_advance(0.0, length)
        return out

    def warm_up(self, days):
        """Run the clock alone up to time 0, so that all horizons have seen a past.

        The consensus ends where it started: only what the groups remember is kept.

        Parameters
        ----------
        days : float
            Length of the past; three of the longest horizons are enough.
        """
        cdef i64 past = round(_number("days", days, 0.0, 1e5) * DAY), j
        cdef double start = self.c_consensus(), shift
        if not self.state.fresh:
            raise ValueError("warm_up comes before the first step; this clock has run already")
        if past == 0:
            return
        self.state.time = -past
        with nogil:
            self.c_advance(0.0, past)
        shift = start - self.c_consensus()
        self.state.news += shift
        for j in range(self.groups):
            self.state.average[j] += shift

    def shock(self, log_jump):
        """Add news: the consensus jumps by `log_jump`, for good."""
        self.state.news += _number("log_jump", log_jump, -10.0, 10.0)

    # ---- what others read ---------------------------------------------------------------------

    @property
    def time(self):
        """Seconds at which the clock stands."""
        return self.state.time

    @property
    def consensus(self):
        """Consensus log value: news and sentiment."""
        return self.c_consensus()

    @property
    def news(self):
        """Permanent part of the consensus."""
        return self.state.news

    @property
    def sentiment(self):
        """Part of the consensus that is forgotten."""
        return self.state.sentiment

    @property
    def excitement(self):
        """Variance a day of the groups' revisions."""
        return self.state.excitement

    @property
    def relative_variance(self):
        """Variance of news and revisions, in units of the long-run variance."""
        return self.c_relative_variance()

    @property
    def slow_variance(self):
        """Moving average over a day of the relative variance, at most 25."""
        return self.c_slow_variance()

    @property
    def averages(self):
        """Moving average of the log price that each group looks at."""
        return np.array([self.state.average[j] for j in range(self.groups)])

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

    def snapshot(self):
        """Return the state, without the parameters, as bytes for `restore`."""
        cdef State state = self.state
        return _HEADER + (<char*>&state)[:sizeof(State)]

    def restore(self, data):
        """Return to the state of a snapshot of a belief with the same parameters."""
        cdef State state
        cdef bytes body = bytes(data)
        if len(body) != len(_HEADER) + <Py_ssize_t>sizeof(State) or not body.startswith(_HEADER):
            raise ValueError("data is not a snapshot of a Belief")
        memcpy(&state, <const char*>body + len(_HEADER), sizeof(State))
        if _fault(&state, self) is not None:
            raise ValueError("data is not a state of a Belief with these groups and parameters")
        self.state = state

    def copy(self):
        """Return a deep copy, which continues bit for bit as this one would."""
        function, arguments = self.__reduce__()
        return function(*arguments)

    def __deepcopy__(self, memo):
        return self.copy()

    def __reduce__(self):
        parameters = {
            "tau_days": self.tau_days,
            "weight": self.weights,
            "saturation": self.saturations,
            "news_share": self.news_share,
            "asymmetry": self.asymmetry,
            "sentiment_days": self.sentiment_days,
            "annual_volatility": self.annual_volatility,
            "herding": self.herding,
            "excited": self.excited,
        }
        return _rebuild, (self.key, parameters, self.snapshot())

    def __repr__(self):
        return (
            f"Belief(groups={self.groups}, time={self.time}, consensus={self.consensus:.6f}, "
            f"relative_variance={self.relative_variance:.3f})"
        )

    def _check(self):
        """Assert every invariant."""
        cdef i64 j
        fault = _fault(&self.state, self)
        assert fault is None, fault
        for j in range(self.groups):
            assert 0.0 < self.minute.keep[j] < self.second.keep[j] < 1.0, "decays out of order"
        minutes, seconds = np.array(self._minutes), np.array(self._seconds)
        self._load_chunk(self._chunk)
        assert (minutes == self._minutes).all(), "draws of the minutes are not those of their key"
        self._load_bridge(self._bridged)
        assert (seconds == self._seconds).all(), "draws of the seconds are not those of their key"


_HEADER = b"tidegate belief 1\n"


def _rebuild(key, parameters, state):
    belief = Belief(key, **parameters)
    belief.restore(state)
    return belief


cdef str _fault(const State* state, Belief belief):
    """Describe what is wrong with a state, or return None."""
    cdef double most = 0.0
    cdef i64 j
    if not (isfinite(state.news) and isfinite(state.sentiment)):
        return "consensus is not finite"
    for j in range(belief.groups):
        most += max(belief.weight_rise[j], belief.weight_fall[j]) * belief.ceiling[j]
    if not 0.0 <= state.excitement <= most * (1.0 + 1e-12):
        return "excitement is negative or above its saturation"
    if not (isfinite(state.slow) and state.slow >= 0.0):
        return "slow variance is negative or not finite"
    if state.fresh not in (0, 1) or (state.fresh and state.time != 0):
        return "a fresh clock does not stand at 0"
    for j in range(belief.groups):
        if not isfinite(state.average[j]):
            return f"moving average {j} is not finite"
    for j in range(belief.groups, MAX_GROUPS):
        if state.average[j] != 0.0:
            return f"there is no group {j}"
    return None
