"""Index, mark price and funding of perpetual contracts, in integers.

Prices in ticks, times in whole seconds, rates in parts per billion. What is computed, and how it
is rounded, is stated in ``mark.pxd``.
"""

from libc.string cimport memcpy

import struct

from tidegate_core.contract cimport whole_between
from tidegate_core.memory cimport memory_free, memory_zeroed
from tidegate_core.types cimport i64

from tidegate_core.frames import pack, unpack

__all__ = [
    "MAX_PRICE", "MAX_TIME", "MAX_WEIGHT", "FundingClock", "MarkPrice",
    "funding_rate", "index_price", "premium",
]

MAX_PRICE = 2**42
MAX_TIME = 2**40
MAX_WEIGHT = 2**20

cdef enum:
    MAX_SOURCES = 64
    MAX_WINDOW = 86400
    PPM = 1000000

cdef tuple METHODS = ("median", "index", "last")
_MARK = struct.Struct("<8q")
_FUNDING = struct.Struct("<9q")


# ---- index --------------------------------------------------------------------------------------

cdef i64 _median(const i64* prices, const i64* weights, i64 n) noexcept nogil:
    """Find the lowest price that half of the weight does not exceed."""
    cdef i64 i, j, below, total = 0, best = 0
    for i in range(n):
        total += weights[i]
    for i in range(n):
        below = 0
        for j in range(n):
            below += weights[j] if prices[j] <= prices[i] else 0
        if 2 * below >= total and (best == 0 or prices[i] < best):
            best = prices[i]
    return best


cdef i64 index_of(const i64* prices, const i64* weights, i64 n, i64 ppm) noexcept nogil:
    """Weighted mean of the prices near their weighted median."""
    cdef i64 i, away, total = 0, weight = 0, median = _median(prices, weights, n)
    for i in range(n):
        away = prices[i] - median
        if (-away if away < 0 else away) * PPM <= ppm * median:
            total += weights[i] * prices[i]
            weight += weights[i]
    return nearest(total, weight)


def index_price(prices, weights, outlier_ppm=50_000):
    """Weighted mean of the prices of several venues, without outliers.

    Parameters
    ----------
    prices : sequence of int
        One a venue, ticks; at most 64.
    weights : sequence of int
        In any unit; they sum to 1 to `MAX_WEIGHT`. A weight of 0 leaves a venue out.
    outlier_ppm : int
        Prices further than this from the weighted median do not count.

    Returns
    -------
    int
        Ticks, to the nearest, ties up.

    Examples
    --------
    >>> index_price([100_000, 100_200, 66_000], [2, 1, 1])
    100067
    """
    cdef i64[MAX_SOURCES] price
    cdef i64[MAX_SOURCES] weight
    cdef i64 n = len(prices), i
    if len(weights) != n or not 1 <= n <= MAX_SOURCES:
        raise ValueError(
            f"prices has {n} venues and weights {len(weights)}; "
            f"allowed are 1 to {MAX_SOURCES}, as many of both")
    for i in range(n):
        price[i] = whole_between(f"prices[{i}]", prices[i], 1, MAX_PRICE)
        weight[i] = whole_between(f"weights[{i}]", weights[i], 0, MAX_WEIGHT)
    whole_between("sum of weights", sum(weights), 1, MAX_WEIGHT)
    return index_of(price, weight, n, whole_between("outlier_ppm", outlier_ppm, 0, PPM))


# ---- mark ---------------------------------------------------------------------------------------

cdef i64 _price(str name, object price) except -1:
    return whole_between(name, price, 1, MAX_PRICE)


cdef i64 _price_or_none(str name, object price) except -1:
    return 0 if price is None else _price(name, price)


cdef i64 _time(object time, i64 last) except -1:
    cdef i64 now = whole_between("time", time, 0, MAX_TIME)
    if now < last:
        raise ValueError(f"time is {now}; allowed are times from the last update on, {last}")
    return now


cdef class MarkPrice:
    """The mark price of one perpetual contract.

    Parameters
    ----------
    method : str
        "median": of P1 (index and funding), P2 (index and mean basis) and the last trade;
        "index": the index itself; "last": the last trade, the index before the first.
    window_seconds : int
        Length of the mean of the basis, 1 to 86,400.
    funding_hours : int
        Hours between fundings, which take place at multiples of it from time 0 on; 1 to 24.
    """

    def __cinit__(self, str method="median", window_seconds=30, funding_hours=8):
        if method not in METHODS:
            raise ValueError(f"method is {method!r}; allowed are {', '.join(METHODS)}")
        self.state.method = METHODS.index(method)
        self.state.window = whole_between("window_seconds", window_seconds, 1, MAX_WINDOW)
        self.state.interval = HOUR * whole_between("funding_hours", funding_hours, 1, 24)
        self.ring = <Sample*> memory_zeroed(<size_t> self.state.window * sizeof(Sample))
        if self.ring == NULL:
            raise MemoryError("no memory for the samples of a mark price")

    def __dealloc__(self):
        memory_free(self.ring)

    def update(self, time, index, mid=None, last=None):
        """Take the prices at a time and give the mark.

        Parameters
        ----------
        time : int
            Seconds, not before the last update; at the same time again the sample is replaced.
        index : int
            Index price in ticks.
        mid : int, optional
            Middle of the contract's book; without one the basis is what it last was.
        last : int, optional
            Last trade; before the first one P2 stands for it.

        Returns
        -------
        int
            The mark in ticks, at least 1.
        """
        cdef i64 newest = self.c_newest().time if self.state.count else 0
        cdef i64 now = _time(time, newest), ticks = _price("index", index)
        cdef i64 middle = _price_or_none("mid", mid), trade = _price_or_none("last", last)
        return self.c_update(now, ticks, middle, trade)

    def set_rate(self, rate_ppb):
        """Take the rate of the last funding, which P1 holds until the next."""
        self.c_set_rate(whole_between("rate_ppb", rate_ppb, -PPB, PPB))

    @property
    def method(self):
        """How the mark is found: "median", "index" or "last"."""
        return METHODS[self.state.method]

    @property
    def window_seconds(self):
        """Length of the mean of the basis."""
        return self.state.window

    @property
    def funding_hours(self):
        """Hours between fundings."""
        return self.state.interval // HOUR

    @property
    def rate_ppb(self):
        """Rate of the last funding."""
        return self.state.rate

    @property
    def mark(self):
        """The last mark in ticks, None before the first."""
        return self.state.mark or None

    @property
    def basis(self):
        """Mean of mid - index over the window in ticks, 0 before the first."""
        return self.c_basis()

    cdef i64 c_update(self, i64 time, i64 index, i64 mid, i64 last) noexcept nogil:
        cdef MarkState* state = &self.state
        cdef Sample* newest = self.c_newest()
        cdef i64 basis = newest.basis if newest != NULL else 0
        cdef i64 left = state.interval - time % state.interval, p1, p2
        self.c_sample(time, mid - index if mid else basis)
        if state.method == MARK_INDEX:
            state.mark = index
        elif state.method == MARK_LAST:
            state.mark = last if last else index
        else:
            p1 = index + nearest_product(index, state.rate * left, PPB * state.interval)
            p2 = index + self.c_basis()
            state.mark = median_of(p1, p2, last if last else p2)
        if state.mark < 1:
            state.mark = 1
        return state.mark

    cdef void c_set_rate(self, i64 rate_ppb) noexcept nogil:
        self.state.rate = rate_ppb

    cdef i64 c_basis(self) noexcept nogil:
        return nearest(self.state.weighted, self.state.window)

    cdef Sample* c_newest(self) noexcept nogil:
        if self.state.count == 0:
            return NULL
        return self.ring + (self.state.first + self.state.count - 1) % self.state.window

    cdef void c_sample(self, i64 time, i64 basis) noexcept nogil:
        """Hold a sample for the time since the one before it, or since the window's start."""
        cdef MarkState* state = &self.state
        cdef Sample* newest = self.c_newest()
        cdef i64 since
        if newest != NULL and newest.time == time:           # take it back
            since = state.start
            state.count -= 1
            if state.count:
                since = self.c_newest().time
            state.weighted -= newest.basis * (time - since)
        else:
            self.c_slide(time - state.window)
            newest = self.c_newest()
            since = newest.time if newest != NULL else state.start
        state.count += 1
        newest = self.c_newest()
        newest.time = time
        newest.basis = basis
        state.weighted += basis * (time - since)

    cdef void c_slide(self, i64 start) noexcept nogil:
        """Let go of the time before `start`, and of the samples that stood for no other."""
        cdef MarkState* state = &self.state
        cdef Sample* oldest
        while state.count:
            oldest = self.ring + state.first
            if oldest.time > start:
                state.weighted -= oldest.basis * (start - state.start)
                break
            state.weighted -= oldest.basis * (oldest.time - state.start)
            state.start = oldest.time
            state.first = (state.first + 1) % state.window
            state.count -= 1
        state.start = start

    def copy(self):
        """Make an equal, independent mark price."""
        cdef MarkPrice twin = MarkPrice(self.method, self.window_seconds, self.funding_hours)
        twin.state = self.state
        memcpy(twin.ring, self.ring, <size_t> self.state.window * sizeof(Sample))
        return twin

    def __deepcopy__(self, memo):
        return self.copy()

    def snapshot(self):
        """Give everything as bytes, for `restore`."""
        cdef MarkState* state = &self.state
        cdef i64 i
        header = _MARK.pack(
            state.method, state.window, state.interval, state.rate, state.mark, state.start,
            state.weighted, state.count)
        samples = [
            (<char*> (self.ring + (state.first + i) % state.window))[:sizeof(Sample)]
            for i in range(state.count)
        ]
        return pack("MarkPrice", (header, b"".join(samples)))

    def restore(self, bytes data):
        """Become what `snapshot` saved."""
        cdef MarkPrice twin
        header, samples = unpack("MarkPrice", data, 2)
        try:
            method, window, interval = _MARK.unpack(header)[:3]
            twin = MarkPrice(METHODS[method], window, interval // HOUR)
            twin.c_unpack(header, samples)
            twin._check()
        except (AssertionError, IndexError, ValueError, struct.error) as error:
            raise ValueError(f"data is a damaged snapshot of a mark price: {error}") from None
        self.state, twin.state = twin.state, self.state
        self.ring, twin.ring = twin.ring, self.ring

    cdef int c_unpack(self, bytes header, bytes samples) except -1:
        cdef MarkState* state = &self.state
        _, _, state.interval, state.rate, state.mark, state.start, state.weighted, count = (
            _MARK.unpack(header))
        if not 0 <= count <= state.window or len(samples) != count * sizeof(Sample):
            raise ValueError(f"{len(samples)} bytes of samples")
        state.count = count
        memcpy(self.ring, <const char*> samples, len(samples))
        return 0

    def __reduce__(self):
        return _restored, (MarkPrice, self.snapshot())

    def __repr__(self):
        return (f"MarkPrice({self.method!r}, window_seconds={self.window_seconds}, "
                f"funding_hours={self.funding_hours})")

    def _check(self):
        """Assert every invariant."""
        cdef MarkState* state = &self.state
        cdef i64 i, since = state.start, weighted = 0
        cdef Sample sample
        assert 0 <= state.method < len(METHODS), "unknown method"
        assert 1 <= state.window <= MAX_WINDOW, "window out of range"
        assert state.interval % HOUR == 0, "funding interval is not in hours"
        assert 1 <= state.interval // HOUR <= 24, "funding interval out of range"
        assert -PPB <= state.rate <= PPB, "funding rate out of range"
        assert -MAX_WINDOW <= state.start <= MAX_TIME, "time out of range"
        assert 0 <= state.first < state.window, "oldest sample outside the ring"
        assert 0 <= state.count <= state.window, "more samples than seconds"
        assert (state.mark > 0) == (state.count > 0), "a mark without a sample, or none with one"
        for i in range(state.count):
            sample = self.ring[(state.first + i) % state.window]
            assert since < sample.time <= MAX_TIME, "samples out of order"
            assert -MAX_PRICE < sample.basis < MAX_PRICE, "basis out of range"
            weighted += sample.basis * (sample.time - since)
            since = sample.time
        assert weighted == state.weighted, "sum of the basis differs from its samples"
        assert since == state.start + (state.window if state.count else 0), "window not covered"


# ---- funding ------------------------------------------------------------------------------------

cdef int _load_terms(
    FundingState* state, hours, interest_ppb, clamp_ppb, cap_ppb
) except -1:
    state.interval = HOUR * whole_between("funding_hours", hours, 1, 24)
    state.interest = whole_between("interest_ppb", interest_ppb, -PPB, PPB)
    state.clamp = whole_between("clamp_ppb", clamp_ppb, 0, PPB)
    state.cap = whole_between("cap_ppb", cap_ppb, 0, PPB)
    return 0


def premium(index, impact_bid=None, impact_ask=None):
    """Premium of a contract over its index in ppb, at most 100 % either way.

    Parameters
    ----------
    index : int
        Ticks.
    impact_bid, impact_ask : int, optional
        Mean prices in ticks at which the impact notional sells and buys; without one, because the
        book is too thin, that side adds nothing.

    Examples
    --------
    >>> premium(100_000, 100_030, 100_040)
    300000
    """
    return premium_of(
        _price("index", index),
        _price_or_none("impact_bid", impact_bid),
        _price_or_none("impact_ask", impact_ask))


def funding_rate(
    premium_ppb, funding_hours=8, interest_ppb=100_000, clamp_ppb=500_000, cap_ppb=PPB,
):
    """Funding rate of one interval in ppb; longs pay it when it is positive.

    Parameters
    ----------
    premium_ppb : int
        Mean premium of the interval.
    funding_hours : int
        Hours between fundings, 1 to 24.
    interest_ppb : int
        Interest for 8 hours.
    clamp_ppb : int
        How far the interest may move the rate away from the premium.
    cap_ppb : int
        Most that is paid in one interval, either way.

    Examples
    --------
    >>> [funding_rate(p) for p in (0, 300_000, 1_000_000, -1_000_000)]
    [100000, 100000, 500000, -500000]
    """
    cdef FundingState state
    _load_terms(&state, funding_hours, interest_ppb, clamp_ppb, cap_ppb)
    return rate_of(&state, whole_between("premium_ppb", premium_ppb, -PPB, PPB))


cdef class FundingClock:
    """Mean premium over funding intervals, and the rates that come of it.

    Parameters
    ----------
    funding_hours, interest_ppb, clamp_ppb, cap_ppb : int
        As in `funding_rate`. Fundings take place at multiples of the interval from time 0 on.
    start : int
        Seconds; what came before does not count.
    """

    def __cinit__(
        self, funding_hours=8, interest_ppb=100_000, clamp_ppb=500_000, cap_ppb=PPB, start=0,
    ):
        _load_terms(&self.state, funding_hours, interest_ppb, clamp_ppb, cap_ppb)
        self.state.time = self.state.begin = whole_between("start", start, 0, MAX_TIME)

    def update(self, time, premium_ppb):
        """Count a premium for the time since the last update.

        Parameters
        ----------
        time : int
            Seconds, not before the last update.
        premium_ppb : int
            Premium since then.

        Returns
        -------
        int or None
            What falls due in ppb if a funding time was reached, for all intervals together if
            there were several; else None.
        """
        cdef i64 now = _time(time, self.state.time), rate = 0
        cdef i64 ppb = whole_between("premium_ppb", premium_ppb, -PPB, PPB)
        return rate if self.c_update(now, ppb, &rate) else None

    @property
    def rate_ppb(self):
        """Rate of the last interval that ended, 0 before the first."""
        return self.state.rate

    @property
    def fundings(self):
        """Intervals that have ended."""
        return self.state.fundings

    @property
    def funding_hours(self):
        """Hours between fundings."""
        return self.state.interval // HOUR

    @property
    def next_funding(self):
        """Seconds at which the next funding takes place."""
        return (self.state.time // self.state.interval + 1) * self.state.interval

    cdef bint c_update(self, i64 time, i64 premium, i64* rate) noexcept nogil:
        cdef FundingState* state = &self.state
        cdef i64 end = (state.time // state.interval + 1) * state.interval, more
        if time < end:
            state.weighted += premium * (time - state.time)
            state.time = time
            return False
        state.weighted += premium * (end - state.time)
        state.rate = rate[0] = rate_of(state, nearest(state.weighted, end - state.begin))
        more = (time - end) // state.interval                # whole intervals of this one premium
        if more:
            state.rate = rate_of(state, premium)
            rate[0] += more * state.rate
        state.fundings += 1 + more
        state.begin = end + more * state.interval
        state.weighted = premium * (time - state.begin)
        state.time = time
        return True

    def copy(self):
        """Make an equal, independent clock."""
        cdef FundingClock twin = FundingClock()
        twin.state = self.state
        return twin

    def __deepcopy__(self, memo):
        return self.copy()

    def snapshot(self):
        """Give everything as bytes, for `restore`."""
        cdef FundingState* state = &self.state
        return pack("FundingClock", (_FUNDING.pack(
            state.interval, state.interest, state.clamp, state.cap, state.time, state.begin,
            state.weighted, state.rate, state.fundings),))

    def restore(self, bytes data):
        """Become what `snapshot` saved."""
        cdef FundingClock twin = FundingClock()
        cdef FundingState* state = &twin.state
        (body,) = unpack("FundingClock", data, 1)
        try:
            (state.interval, state.interest, state.clamp, state.cap, state.time, state.begin,
             state.weighted, state.rate, state.fundings) = _FUNDING.unpack(body)
            twin._check()
        except (AssertionError, struct.error) as error:
            raise ValueError(f"data is a damaged snapshot of a funding clock: {error}") from None
        self.state = twin.state

    def __reduce__(self):
        return _restored, (FundingClock, self.snapshot())

    def __repr__(self):
        return f"FundingClock(funding_hours={self.funding_hours})"

    def _check(self):
        """Assert every invariant."""
        cdef const FundingState* state = &self.state
        cdef i64 seconds = state.time - state.begin
        assert state.interval % HOUR == 0, "funding interval is not in hours"
        assert 1 <= state.interval // HOUR <= 24, "funding interval out of range"
        assert -PPB <= state.interest <= PPB, "interest out of range"
        assert 0 <= state.clamp <= PPB, "clamp out of range"
        assert 0 <= state.cap <= PPB, "cap out of range"
        assert -state.cap <= state.rate <= state.cap, "rate beyond its cap"
        assert 0 <= state.time <= MAX_TIME, "time out of range"
        assert state.begin >= 0, "the interval begins before the first"
        assert 0 <= seconds < state.interval, "the clock left its interval"
        assert state.begin // state.interval == state.time // state.interval, "a funding was missed"
        assert -PPB * seconds <= state.weighted <= PPB * seconds, "mean premium out of range"
        assert state.fundings >= 0, "negative number of fundings"


def _restored(kind, data):
    made = kind()
    made.restore(data)
    return made
