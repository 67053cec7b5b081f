"""Fundamentalist-chartist-noise traders, as columns."""

from libc.math cimport ceil, floor
from libc.string cimport memcpy

from tidegate_core.draws cimport (
    draw_exponential,
    draw_integer,
    draw_uniform,
    fixed_exp,
    fixed_log,
    fixed_normal_quantiles,
    u01,
)
from tidegate_core.memory cimport memory_free, memory_zeroed
from tidegate_core.types cimport BUY, SELL, i64, u64
from tidegate_crowd.crowd cimport BLOCK, Behaviour, Member, Words

from tidegate_core.frames import pack, unpack

__all__ = ["Fcn"]

# Counters of the draws of traits; the moments of decisions stay below them.
cdef u64 TRAIT = <u64> 0xFFFF_FFFF_FFFF_FF00
cdef double MAX_PRICE = 9.0e18       # ticks; a price beyond is no order


cdef class Fcn(Behaviour):
    """Expect a return from fundamentals, trend and noise, and bid or ask accordingly.

    Parameters
    ----------
    fundamental_price : float
        In ticks; also the price before the first trade.
    sigma : float
        Standard deviation of the noise, per tick of time.
    weights : (float, float, float)
        Means of the exponentially distributed weights: fundamental, chartist, noise.
    reversion : (int, int)
        Range of the time in which a member expects the price to revert, in ticks of time.
    window : (int, int)
        Range of a member's horizon, which is also how long its orders live, in ticks of time.
    max_margin : float
        Margins are uniform on 0 to this share of the expected price, below 1.
    size : int
        Lots of each order.

    Notes
    -----
    Bids round down to a tick, asks round up. A member that expects no change does nothing.
    """

    def __cinit__(
        self, double fundamental_price, *, double sigma=0.001, weights=(1.0, 0.0, 1.0),
        reversion=(50, 100), window=(100, 200), double max_margin=0.1, i64 size=1,
    ):
        if not 1 <= fundamental_price < 1e15:
            raise ValueError(
                f"fundamental_price is {fundamental_price}; allowed are 1 to 1e15 ticks")
        if not 0 <= sigma < 1:
            raise ValueError(f"sigma is {sigma}; it takes 0 <= sigma < 1")
        if not 0 <= max_margin < 1:
            raise ValueError(f"max_margin is {max_margin}; it takes 0 <= max_margin < 1")
        if not 1 <= size < 2**62:
            raise ValueError(f"size is {size}; allowed are 1 to 2**62 - 1")
        self.weights = tuple(float(w) for w in weights)
        if len(self.weights) != 3 or not all(0 <= w < 1e6 for w in self.weights) or \
                not any(self.weights):
            raise ValueError(f"weights is {weights!r}; it takes three means, one above 0")
        self.reversion = _range("reversion", reversion)
        self.window = _range("window", window)
        self.fundamental_price = fundamental_price
        self.sigma = sigma
        self.max_margin = max_margin
        self.size = size
        self.longest_life = self.window[1]
        self.span = self.window[1] + 1
        self.seen = -1
        self.logs = <double*> memory_zeroed(self.span * sizeof(double))
        if self.logs == NULL:
            raise MemoryError

    def __dealloc__(self):
        memory_free(self.traits)
        memory_free(self.logs)

    cdef int c_join(self, u64 key, i64 count) except -1:
        """Draw the traits of every member."""
        cdef i64 i, tau_r
        cdef double w_f, w_c, w_n, total
        cdef double mean_f = self.weights[0], mean_c = self.weights[1], mean_n = self.weights[2]
        cdef i64 fast = self.reversion[0], slow = self.reversion[1]
        cdef i64 short = self.window[0], long_ = self.window[1]
        cdef Trait* trait
        if self.traits != NULL:
            raise ValueError("behaviour belongs to another crowd; each needs its own")
        self.traits = <Trait*> memory_zeroed(count * sizeof(Trait))
        if self.traits == NULL:
            raise MemoryError(f"no memory for {count} members")
        self.count = count
        for i in range(count):
            w_f = mean_f * draw_exponential(key, i, TRAIT)
            w_c = mean_c * draw_exponential(key, i, TRAIT + 1)
            w_n = mean_n * draw_exponential(key, i, TRAIT + 2)
            total = w_f + w_c + w_n
            tau_r = fast + draw_integer(key, i, TRAIT + 3, slow - fast + 1)
            trait = self.traits + i
            trait.lifetime = short + draw_integer(key, i, TRAIT + 4, long_ - short + 1)
            trait.horizon = <double> trait.lifetime
            trait.margin = self.max_margin * draw_uniform(key, i, TRAIT + 5)
            trait.fundamental = w_f / (total * tau_r)
            trait.trend = w_c / (total * trait.horizon)
            trait.noise = w_n * self.sigma / total
        return 0

    cdef void c_look(self, i64 tick, i64 last_price) noexcept nogil:
        """Note the price of this tick; ticks without a step keep the price before."""
        cdef i64 past
        cdef double before
        self.price = <double> last_price if last_price else self.fundamental_price
        self.log_now = fixed_log(self.price)
        self.log_gap = fixed_log(self.fundamental_price) - self.log_now
        before = self.log_now if self.seen < 0 else self.logs[self.seen % self.span]
        past = self.seen + 1
        if self.seen < 0 or tick - past >= self.span:
            past = tick - self.span + 1              # before the first look nothing had moved
        while past < tick:
            self.c_note(past, before)
            past += 1
        self.c_note(tick, self.log_now)
        self.seen = tick

    cdef void c_note(self, i64 tick, double log_price) noexcept nogil:
        self.logs[(tick % self.span + self.span) % self.span] = log_price

    cdef void c_decide(
        self, Member* members, const u64* index, i64 first, i64 n, const Words* words
    ) noexcept nogil:
        cdef double[BLOCK] noise
        cdef double rate, expected, limit
        cdef i64 i, at, before
        cdef const Trait* trait
        cdef Member* member
        for i in range(n):
            noise[i] = u01(<u64> words.w1[i] << 32 | words.w0[i])
        fixed_normal_quantiles(noise, n)
        for i in range(n):
            at = <i64> index[i] if index else first + i
            trait = self.traits + at
            member = members + at
            before = (self.seen - trait.lifetime) % self.span
            if before < 0:
                before += self.span
            rate = trait.fundamental * self.log_gap + trait.noise * noise[i]
            rate += trait.trend * (self.log_now - self.logs[before])
            expected = self.price * fixed_exp(rate * trait.horizon)
            member.lifetime = <int> trait.lifetime
            member.side = BUY if expected > self.price else SELL
            if member.side == BUY:
                limit = floor(expected * (1.0 - trait.margin))
            else:
                limit = ceil(expected * (1.0 + trait.margin))
            member.quantity = self.size if expected != self.price and limit < MAX_PRICE else 0
            member.price = <i64> limit if member.quantity and limit >= 1.0 else 1

    # ---- Python face and copies ---------------------------------------------------------------

    def expected_price(self, i64 member, double price, double past_price, double noise):
        """Give what a member expects at a price, one `window` after `past_price`.

        `noise` is the standard normal that it would draw.
        """
        if not 0 <= member < self.count:
            raise ValueError(f"member is {member}; allowed are 0 to {self.count - 1}")
        cdef const Trait* trait = self.traits + member
        cdef double rate = trait.fundamental * fixed_log(self.fundamental_price / price)
        rate += trait.trend * fixed_log(price / past_price) + trait.noise * noise
        return price * fixed_exp(rate * trait.horizon)

    def horizon(self, i64 member):
        """Give the horizon of a member, which is how long its orders live."""
        if not 0 <= member < self.count:
            raise ValueError(f"member is {member}; allowed are 0 to {self.count - 1}")
        return self.traits[member].lifetime

    cdef dict c_parameters(self):
        return {
            "sigma": self.sigma,
            "weights": self.weights,
            "reversion": self.reversion,
            "window": self.window,
            "max_margin": self.max_margin,
            "size": self.size,
        }

    cdef Behaviour c_copy(self):
        return Fcn(self.fundamental_price, **self.c_parameters())

    cdef bytes c_snapshot(self):
        return pack("fcn", (
            (<char*> &self.seen)[:sizeof(i64)],
            (<char*> self.logs)[:self.span * <i64> sizeof(double)],
        ))

    cdef int c_restore(self, bytes data) except -1:
        seen, logs = unpack("fcn", data, 2)
        if len(seen) != sizeof(i64) or len(logs) != self.span * <i64> sizeof(double):
            raise ValueError("data is not a snapshot of a crowd: its buffers disagree")
        memcpy(&self.seen, <const char*> seen, sizeof(i64))
        memcpy(self.logs, <const char*> logs, len(logs))
        return 0

    def __repr__(self):
        parameters = ", ".join(f"{k}={v!r}" for k, v in self.c_parameters().items())
        return f"Fcn({self.fundamental_price!r}, {parameters})"

    def __reduce__(self):
        return _rebuild, (self.fundamental_price, self.c_parameters())


def _range(name, values):
    low, high = (int(v) for v in values)
    if not 1 <= low <= high < 2**31 - 1:
        raise ValueError(f"{name} is {values!r}; it takes 1 <= low <= high < 2**31 - 1")
    return low, high


def _rebuild(fundamental_price, parameters):
    return Fcn(fundamental_price, **parameters)
