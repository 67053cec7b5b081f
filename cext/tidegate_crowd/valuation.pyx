"""The clock on which a crowd values its coin, whatever the ecology of the crowd.

What differs between ecologies is one step; draws, steps of any length, warm-up and copies are
here. The equations are in the ``.pxd`` of each ecology, the choice in ``docs/ecologies.md``.
"""

import numpy as np

from libc.math cimport isfinite, sqrt
from libc.string cimport memcpy

from tidegate_core.draws cimport c_fill_blocks, fixed_exp, fixed_normal_quantiles, u01
from tidegate_core.types cimport i64, u32, u64

__all__ = ["Valuation"]

cdef double DAY = 86400.0
cdef double SLOWEST = 25.0      # cap of the slow variance, so that depth never vanishes
cdef u64 BRIDGE = <u64>1 << 32  # counters of the draws within minutes start here
cdef double[2] BLEND            # 1 - exp(-h / 1 day), of a second and of a minute
BLEND[0], BLEND[1] = 1.0 - fixed_exp(-1.0 / DAY), 1.0 - fixed_exp(-MINUTE / DAY)


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


cpdef double number(str name, object value, double low, double high,
                    bint open_low=False) except? -1.0:
    """Return a parameter as a number within its bounds, or say what is allowed."""
    cdef double found
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} is {value!r}; a number is needed") from None
    if not low <= found <= high or (open_low and found == low):
        above = "above " if open_low else ""
        raise ValueError(f"{name} is {found}; allowed is {above}{low} to {high}")
    return found


cdef inline void _tick(Valuation clock, bint whole, const double* draw,
                       double gap) noexcept nogil:
    clock._step(whole, draw, gap)
    clock.state.slow += (clock.c_relative_variance() - clock.state.slow) * BLEND[whole]
    clock.state.time += MINUTE if whole else 1


cdef class Valuation:
    """Consensus log value of a crowd; abstract, one subclass an ecology."""

    def __init__(self, *args, **kwargs):
        raise TypeError("Valuation is abstract; use Belief, Switching or Chiarella")

    cdef int _begin(self, object key, i64 slots, double start) except -1:
        """Stand at 0 with consensus `start` and room for draws; parameters are set before."""
        if not isinstance(key, int) or not 0 <= key < 2 ** 64:
            raise ValueError(f"key is {key!r}; allowed is an integer from 0 to 2**64 - 1")
        self.key = key
        self.state.time = 0
        self.state.fresh = 1
        self.state.news = start
        self.state.sentiment = 0.0
        self.state.slow = self.c_relative_variance()
        slots = 2 * ((slots + 1) // 2)        # whole blocks of two
        self._minutes = np.empty((CHUNK, slots))
        self._seconds = np.empty((MINUTE, slots))
        self._load_chunk(0)
        self._load_bridge(0)
        return 0

    # ---- of an ecology ------------------------------------------------------------------------

    cdef double c_relative_variance(self) noexcept nogil:
        return 0.0

    cdef void _step(self, bint whole, const double* draw, double gap) noexcept nogil:
        pass

    cdef void _shift(self, double by) noexcept nogil:
        pass

    cdef void* _memory(self, size_t* size) noexcept nogil:
        size[0] = 0
        return NULL

    cdef str _fault(self):
        return None

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

    cdef double c_slow_variance(self) noexcept nogil:
        return min(self.state.slow, SLOWEST)

    cdef double c_advance(self, double gap, i64 seconds) noexcept nogil:
        cdef i64 end = self.state.time + seconds, minute, chunk
        self.state.fresh = 0
        while self.state.time < end:
            minute = _floor_div(self.state.time, MINUTE)
            if self.state.time == minute * MINUTE and end - self.state.time >= MINUTE:
                chunk = _floor_div(minute, CHUNK)
                if chunk != self._chunk:
                    self._load_chunk(chunk)
                _tick(self, True, &self._minutes[minute - chunk * CHUNK, 0], gap)
            else:
                if minute != self._bridged:
                    self._load_bridge(minute)
                _tick(self, False, &self._seconds[self.state.time - minute * MINUTE, 0], gap)
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
        cdef double gap = number("log_price", log_price, -1e3, 1e3) - self.c_consensus()
        cdef i64 start = t0_seconds, length = seconds
        if start != self.state.time:
            raise ValueError(f"t0_seconds is {start}; the clock stands at {self.state.time}")
        if length < 1:
            raise ValueError(f"seconds is {length}; allowed is 1 and above")
        with nogil:
            self.c_advance(gap, length)
        return self.c_consensus()

    def trace(self, step_seconds, steps, variance=None):
        """Run the clock alone, with the price always at the consensus.

        Parameters
        ----------
        step_seconds : int
            Length of a step.
        steps : int
            Number of steps.
        variance : numpy.ndarray of float64, optional
            Where to write the relative variance at the end of each step.

        Returns
        -------
        numpy.ndarray of float64
            Consensus log value at the end of each step.
        """
        cdef i64 length = step_seconds, n = steps, i
        cdef double[::1] path, spread = variance
        if length < 1:
            raise ValueError(f"step_seconds is {length}; allowed is 1 and above")
        if n < 0:
            raise ValueError(f"steps is {n}; allowed is 0 and above")
        if spread is not None and spread.shape[0] != n:
            raise ValueError(f"variance has room for {spread.shape[0]} steps; there are {n}")
        out = np.empty(n)
        path = out
        with nogil:
            for i in range(n):
                path[i] = self.c_advance(0.0, length)
                if spread is not None:
                    spread[i] = self.c_relative_variance()
        return out

    def warm_up(self, days):
        """Run the clock alone up to time 0, so that whatever remembers has seen a past.

        The consensus ends where it started: only what the crowd remembers is kept.

        Parameters
        ----------
        days : float
            Length of the past; three of the longest memories are enough.
        """
        cdef i64 past = round(number("days", days, 0.0, 1e5) * DAY)
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
        self._shift(shift)

    def shock(self, log_jump):
        """Add news: the consensus jumps by `log_jump`, for good."""
        self.state.news += number("log_jump", log_jump, -10.0, 10.0)

    # ---- what others read ---------------------------------------------------------------------

    @property
    def time(self):
        """Seconds at which the clock stands."""
        return self.state.time

    @property
    def consensus(self):
        """Consensus log value."""
        return self.c_consensus()

    @property
    def news(self):
        """Permanent part of the consensus."""
        return self.state.news

    @property
    def sentiment(self):
        """Part of the consensus that is forgotten, or argued away."""
        return self.state.sentiment

    @property
    def relative_variance(self):
        """Variance of the consensus as of now, in units of a long-run variance."""
        return self.c_relative_variance()

    @property
    def slow_variance(self):
        """Moving average over a day of the relative variance, at most 25."""
        return self.c_slow_variance()

    # ---- copies -------------------------------------------------------------------------------

    def snapshot(self):
        """Return the state, without the parameters, as bytes for `restore`."""
        cdef size_t size
        cdef char* memory = <char*>self._memory(&size)
        cdef char* level = <char*>&self.state
        return _header(self) + level[:sizeof(Level)] + memory[:size]

    def restore(self, data):
        """Return to the state of a snapshot of a clock with the same parameters."""
        cdef bytes old = self.snapshot(), head = _header(self), body = bytes(data)
        if len(body) != len(old) or not body.startswith(head):
            raise ValueError(f"data is not a snapshot of a {type(self).__name__}")
        _put(self, body[len(head):])
        if _level_fault(&self.state) or self._fault():
            _put(self, old[len(head):])
            raise ValueError(f"data is not a state of a {type(self).__name__} of these parameters")

    def copy(self):
        """Return a deep copy, which continues bit for bit as this one would."""
        function, arguments = self.__reduce__()
        return function(*arguments)

    def __deepcopy__(self, memo):
        return self.copy()

    def __reduce__(self):
        return _rebuild, (type(self), self.key, self._parameters(), self.snapshot())

    def _parameters(self):
        """Return the arguments that make this clock anew, but for the key."""
        raise NotImplementedError

    def __repr__(self):
        return (
            f"{type(self).__name__}(time={self.time}, consensus={self.consensus:.6f}, "
            f"relative_variance={self.relative_variance:.3f})"
        )

    def _check(self):
        """Assert every invariant."""
        fault = _level_fault(&self.state) or self._fault()
        assert fault is None, fault
        minutes, seconds = np.array(self._minutes), np.array(self._seconds)
        self._load_chunk(self._chunk)
        assert (minutes == self._minutes).all(), "draws of the minutes are not those of their key"
        self._load_bridge(self._bridged)
        assert (seconds == self._seconds).all(), "draws of the seconds are not those of their key"


def _rebuild(kind, key, parameters, state):
    clock = kind(key, **parameters)
    clock.restore(state)
    return clock


cdef bytes _header(Valuation clock):
    return f"tidegate {type(clock).__name__.lower()} 2\n".encode()


cdef void _put(Valuation clock, bytes state):
    """Make the bytes of a level and a memory the state."""
    cdef size_t size
    cdef void* memory = clock._memory(&size)
    cdef const char* source = state
    memcpy(&clock.state, source, sizeof(Level))
    memcpy(memory, source + sizeof(Level), size)


cdef str _level_fault(const Level* level):
    """Describe what is wrong with a level, or return None."""
    if not (isfinite(level.news) and isfinite(level.sentiment)):
        return "consensus is not finite"
    if not (isfinite(level.slow) and level.slow >= 0.0):
        return "slow variance is negative or not finite"
    if level.fresh not in (0, 1) or (level.fresh and level.time != 0):
        return "a fresh clock does not stand at 0"
    return None
