"""Holders: the slow crowd whose reservation prices give supply its slope and its memory.

Every account trades a part of what it has around consensus times ``exp(offset)``: the first lot at
its offset, each further lot a little dearer, so that a few thousand accounts make a smooth book.
Offsets lie in ``[-reach, reach]``, and all accounts together trade ``slope`` lots per unit of log
price, wherever the price is. Who holds more than others offers coins more often than it bids. Many
stand close to the price with little, few far away with much: the book is fine where trade happens
and reaches far with the same accounts. A trade satisfies what it takes: who has traded all it
wanted stays away (dormant) until attention returns, at rate ``renewal``, and draws a side and a
distance from the clearing offset anew. Between renewals quotes revalue by small steps
(``diffusion``), the nearer the oftener.

Two consequences make the market believable: the book is thin at the touch and fills linearly
with distance (square-root impact), and what outsiders take away moves the clearing offset for
good (permanent impact 1 / slope). Most of the book is latent: only the orders nearest the
price are posted, and posted anew every round, so the cost grows with what happens.
"""

from math import fsum, inf

import numpy as np

from libc.math cimport ceil, fabs, floor, sqrt
from tidegate_core.draws cimport draw_exponential, draw_normal, draw_uniform, fixed_exp, fixed_log
from tidegate_core.engine cimport Engine, Terms
from tidegate_core.ledger cimport cell_of
from tidegate_core.types cimport BUY, LIMIT, SELL, STP_NONE, i32, i64, u64

cdef double BUCKET = 1e-4          # log price: accounts this close are one queue
cdef i32 SLOTS = 4096              # wake-up slots, a power of two
cdef double NEAR = 0.15            # widths: closer than this all quotes are of one size
cdef double CLOSEST = 1e-4         # log price: nearer than this to the other side is at it
cdef double LONGEST = 1e6          # days to a wake-up at the most, so that ticks stay in range
cdef i32 MEETINGS = 64             # times a round lets crossed accounts trade before it goes on
cdef double BAND = 0.5             # an account's prices from first to last, over near + distance
cdef i32 SLICES = 3                # orders it shows, each twice as large as the one before
cdef i64 FINE = 4                  # one does where its lots are this many times fewer than nearer

# The draws of a wake-up; its number is the draw's counter.
cdef u64 WAIT = 0
cdef u64 KIND = 1
cdef u64 MOVE = 2
cdef u64 START = 3
cdef u64 WAY = 4

__all__ = ["HolderCrowd"]

SCALARS = ("n", "first", "instrument", "key", "reach", "width", "renewal", "diffusion", "stride",
           "ticks_per_day", "slope")


cdef class HolderCrowd:
    """Holders of one coin on one venue.

    Parameters
    ----------
    weights : array of float
        Relative account sizes, one per account.
    lots : int
        Lots all accounts together would hold if fully invested.
    first : int
        Engine account of the first holder; the others follow.
    instrument : int
        Instrument they trade.
    key : int
        Key of their draws (64 bits).
    reach, width : float
        Spread of offsets, and distance from the touch at which the book is full (log price).
    renewal : float
        Rate of renewed attention, 1/day.
    diffusion : float
        Own revaluations in calm, log price squared per day.
    stride : float
        Size of a revaluation over the distance from the other side: how finely accounts near the
        price move. It sets their wake-ups, at most one a tick, not how far they get in a day.
    slope : float
        Lots that change hands per unit of log price, wherever the price is.
    ticks_per_day : int
        Ticks of the model's clock per day.
    """

    def __init__(self, weights, *, i64 lots, i32 first, i32 instrument, u64 key, double reach,
                 double width, double renewal, double diffusion, double stride, double slope,
                 i32 ticks_per_day):
        sizes = np.ascontiguousarray(weights, dtype=np.float64)
        if sizes.ndim != 1 or not sizes.size or not np.all(np.isfinite(sizes) & (sizes > 0)):
            raise ValueError("weights must be a non-empty column of positive finite numbers")
        for name, value in (("lots", lots), ("reach", reach), ("width", width), ("stride", stride),
                            ("renewal", renewal), ("slope", slope),
                            ("ticks_per_day", ticks_per_day)):
            if not value > 0:
                raise ValueError(f"{name} must be positive, got {value}")
        for name, value in (("diffusion", diffusion), ("first", first), ("instrument", instrument)):
            if not value >= 0:
                raise ValueError(f"{name} must be >= 0, got {value}")
        self.n = sizes.size
        self.first = first
        self.instrument = instrument
        self.key = key
        self.reach = reach
        self.width = width
        self.renewal = renewal
        self.diffusion = diffusion
        self.stride = stride
        self.slope = slope
        self.ticks_per_day = ticks_per_day
        self._allocate()
        self._endow(sizes, lots)

    def _allocate(self):
        cdef i32 buckets = <i32>ceil(2.0 * self.reach / BUCKET) + 1
        n = self.n
        self._offset = np.zeros(n)
        self._wake = np.zeros(n)
        self._wakes = np.zeros(n, dtype=np.uint32)
        self._wealth = np.zeros(n, dtype=np.int64)
        self._coins = np.zeros(n, dtype=np.int64)
        self._open = np.zeros(n, dtype=np.int64)
        self._side = np.zeros(n, dtype=np.uint8)
        self._active = np.zeros(n, dtype=np.uint8)
        self._pace = np.zeros(n)
        self._next = np.full(n, -1, dtype=np.int32)
        self._prev = np.full(n, -1, dtype=np.int32)
        self._wheel_next = np.full(n, -1, dtype=np.int32)
        self._head = np.full((2, buckets), -1, dtype=np.int32)
        self._wheel = np.full(SLOTS, -1, dtype=np.int32)
        self._posted = np.zeros(SLICES * n, dtype=np.int32)
        self._posted_id = np.zeros(SLICES * n, dtype=np.int64)
        self._posted_lots = np.zeros(SLICES * n, dtype=np.int64)
        self._n_posted = 0
        self._best[<i32>BUY] = 0
        self._best[<i32>SELL] = buckets - 1

    def _endow(self, sizes, i64 lots):
        """Spread offsets evenly over the coins; the upper half of them is held.

        Who stands where is drawn, how many coins stand where is not: every market opens balanced
        at the consensus, whatever the luck of its large accounts.
        """
        cdef i32 i
        cdef double place
        cdef double[::1] rank = np.empty(self.n)
        cdef i64[::1] filled
        shares = np.floor(sizes / fsum(sizes) * lots).astype(np.int64)
        if shares.min() < 1:
            raise ValueError(f"lots {lots} are too few for {self.n} accounts of these weights")
        self._wealth = shares
        self.total_wealth = int(shares.sum())
        self._measure()
        for i in range(self.n):
            rank[i] = draw_uniform(self.key, i, START)
        order = np.argsort(rank, kind="stable")
        cumulated = np.empty(self.n, dtype=np.int64)
        cumulated[order] = np.cumsum(shares[order])
        filled = cumulated
        for i in range(self.n):
            # Half of each, and of all: odd lots go up and down in turn.
            self._coins[i] = (filled[i] + 1) // 2 - (filled[i] - self._wealth[i] + 1) // 2
            self.total_coins += self._coins[i]
        for i in range(self.n):
            place = <double>(2 * filled[i] - self._wealth[i]) / <double>self.total_wealth - 1.0
            self._place(i, SELL if place > 0 else BUY, fabs(place))
            self._thin(i)
            if self._active[i]:
                self._link(i)
        for i in range(self.n):      # who is near the price is known once all are in line
            self._wake[i] = self._wait(i)
            self._enqueue(i)

    cdef void _thin(self, i32 i) noexcept nogil:
        # What stood this near has been traded already: the steady state of the book.
        cdef double way = 1.0 if self._side[i] == SELL else -1.0, clearing = self.c_clearing()
        cdef double traded = self.width * draw_exponential(self.key, i, START + 4)
        cdef double short = traded - fabs(self._offset[i] - clearing)
        if short > 0:
            self._open[i] -= min(<i64>ceil(short / self._steep(i)), self._open[i])
            traded = min(traded, self.reach)
            self._offset[i] = min(max(clearing + way * traded, -self.reach), self.reach)
        self._active[i] = self._open[i] > 0

    cdef int _demand(self, Engine engine) except -1:
        # Another engine than the one it was made for would be read past its end.
        if self.instrument >= engine.n_instruments:
            raise ValueError(
                f"engine has {engine.n_instruments} instruments; the crowd trades number "
                f"{self.instrument}")
        if self.first + self.n > engine.ledger.n_accounts:
            raise ValueError(
                f"engine has {engine.ledger.n_accounts} accounts; the crowd's are "
                f"{self.first} .. {self.first + self.n - 1}")
        return 0

    # -- the clearing offset ------------------------------------------------------------------

    cdef double c_clearing(self) noexcept nogil:
        # Coins sit with those who value them most: the share held fixes the marginal offset.
        cdef double sold = 0.5 * <double>self.total_wealth - <double>self.total_coins
        return min(max(sold / self.slope, -self.reach), self.reach)

    @property
    def clearing(self) -> float:
        """Offset at which the crowd's coins and wishes balance, log price from consensus."""
        return self.c_clearing()

    # -- wake-ups -----------------------------------------------------------------------------

    cdef double _wait(self, i32 i) noexcept nogil:
        # Renewal has one rate everywhere; who quotes also revalues, the oftener the nearer it is.
        cdef double wait = draw_exponential(self.key, i, 8 * <u64>self._wakes[i] + WAIT + 16)
        self._pace[i] = self._revaluations(i) if self._active[i] else 0.0
        wait /= self._pace[i] + self.renewal
        return wait if wait < LONGEST else LONGEST

    cdef double _revaluations(self, i32 i) noexcept nogil:
        # Per day, such that a step is `stride` of the distance to the other side.
        cdef i32 other = 1 - self._side[i]
        cdef double touch = self.c_nearest(other) * BUCKET - self.reach
        cdef double step = self.stride * max(fabs(self._offset[i] - touch), CLOSEST)
        return min(2.0 * self.diffusion / (step * step), self.ticks_per_day)

    cdef void _enqueue(self, i32 i) noexcept nogil:
        cdef i64 slot = <i64>floor(self._wake[i] * self.ticks_per_day) & (SLOTS - 1)
        self._wheel_next[i] = self._wheel[slot]
        self._wheel[slot] = i

    cdef void c_wake(self, i64 tick, double variance) noexcept nogil:
        cdef i64 slot = tick & (SLOTS - 1)
        cdef double end = <double>(tick + 1) / self.ticks_per_day
        cdef i32 i = self._wheel[slot], following
        self._wheel[slot] = -1
        while i >= 0:
            following = self._wheel_next[i]
            while self._wake[i] < end:
                self._awake(i, variance)
            self._enqueue(i)
            i = following

    cdef void _awake(self, i32 i, double variance) noexcept nogil:
        cdef u64 counter = 8 * <u64>self._wakes[i] + 16
        cdef double u = draw_uniform(self.key, i, counter + KIND)
        cdef double share = self.renewal / (self._pace[i] + self.renewal)
        cdef double step
        if self._active[i]:
            self._unlink(i)
        if u < share:
            self._renew(i, counter)
        elif self._active[i]:
            step = sqrt(2.0 * self.diffusion * variance / self._pace[i])
            self._offset[i] += step * draw_normal(self.key, i, counter + MOVE)
            if self._offset[i] > self.reach:
                self._offset[i] = 2.0 * self.reach - self._offset[i]
            if self._offset[i] < -self.reach:
                self._offset[i] = -2.0 * self.reach - self._offset[i]
        if self._active[i]:
            self._link(i)
        self._wakes[i] += 1
        self._wake[i] += self._wait(i)

    cdef void _renew(self, i32 i, u64 counter) noexcept nogil:
        # Accounts that hold more of what they want than others do sell more often.
        cdef double held = <double>self._coins[i] / <double>self._wealth[i]
        cdef double share = <double>self.total_coins / <double>self.total_wealth
        cdef bint sells = draw_uniform(self.key, i, counter + WAY) < 0.5 + held - share
        self._place(i, SELL if sells else BUY, draw_uniform(self.key, i, counter + MOVE))
        self._active[i] = self._open[i] > 0

    cdef void _place(self, i32 i, i32 side, double u) noexcept nogil:
        # The ends of accounts' price ranges are spread evenly in log(near + distance), so that
        # the lots wanted per log price are the same everywhere. Half of all stand on either side.
        cdef double way = 1.0 if side == SELL else -1.0, near = NEAR * self.width
        cdef double end = near * fixed_exp(u * self.span)
        cdef double begin = max(end / (1.0 + BAND), near)
        cdef i64 room = self._coins[i] if side == SELL else self._wealth[i] - self._coins[i]
        self._side[i] = side
        self._offset[i] = self.c_clearing() + way * (begin - near)
        self._open[i] = min(<i64>ceil((end - begin) / self._steep(i)), room)
        if fabs(self._offset[i]) > self.reach:
            self._offset[i] = way * self.reach
            self._open[i] = 0

    cdef double _steep(self, i32 i) noexcept nogil:
        # Log price by which an account's next lot is dearer than its last.
        return 1.0 / (self.dense * <double>self._wealth[i])

    def _measure(self):
        # One account in two stands on either side, and of those the share log(1 + BAND) / span has
        # a given price in its range.
        cdef double near = NEAR * self.width
        self.span = fixed_log((1.0 + BAND) * (1.0 + self.reach / near))
        self.dense = 2.0 * self.slope * self.span / (fixed_log(1.0 + BAND) * self.total_wealth)

    # -- the offset ladder --------------------------------------------------------------------

    cdef i32 _bucket(self, i32 i) noexcept nogil:
        cdef i32 last = <i32>self._head.shape[1] - 1
        cdef i32 bucket = <i32>((self._offset[i] + self.reach) / BUCKET)
        return 0 if bucket < 0 else last if bucket > last else bucket

    cdef void _link(self, i32 i) noexcept nogil:
        cdef i32 side = self._side[i], bucket = self._bucket(i), head = self._head[side, bucket]
        self._next[i] = head
        self._prev[i] = -1
        if head >= 0:
            self._prev[head] = i
        self._head[side, bucket] = i
        if side == SELL and bucket < self._best[<i32>SELL]:
            self._best[<i32>SELL] = bucket
        elif side == BUY and bucket > self._best[<i32>BUY]:
            self._best[<i32>BUY] = bucket

    cdef void _unlink(self, i32 i) noexcept nogil:
        cdef i32 before = self._prev[i], after = self._next[i]
        if before >= 0:
            self._next[before] = after
        else:
            self._head[self._side[i], self._bucket(i)] = after
        if after >= 0:
            self._prev[after] = before

    cdef i32 c_nearest(self, i32 side) noexcept nogil:
        # Move the remembered touch past buckets that have emptied since.
        cdef i32 last = <i32>self._head.shape[1] - 1, way = 1 if side == SELL else -1
        cdef i32 bucket = self._best[side]
        while 0 <= bucket + way <= last and self._head[side, bucket] < 0:
            bucket += way
        self._best[side] = bucket
        return bucket

    cdef double c_touch(self, i32 side) noexcept nogil:
        # Offset of the account of a side that is nearest the other side; reach where there is none.
        cdef i32 i = self._head[side, self.c_nearest(side)]
        cdef double way = 1.0 if side == SELL else -1.0, touch = way * self.reach
        while i >= 0:
            if way * (self._offset[i] - touch) < 0:
                touch = self._offset[i]
            i = self._next[i]
        return touch

    cdef i64 c_affordable(self, Engine engine, i32 i, i64 price) noexcept nogil:
        # Lots that account i can bid for at a price, the fee that may fall due included.
        cdef Terms* terms = engine.terms + self.instrument
        cdef double cost = <double>price * terms.tick_value * (1.0 + 1e-6 * terms.reserve_ppm)
        cdef i64 free = cell_of(engine.ledger, self.first + i, terms.quote).free
        return <i64>(<double>free / cost * (1.0 - 1e-12))

    # -- quoting ------------------------------------------------------------------------------

    cdef void _settle(self, i32 i, i64 filled) noexcept nogil:
        cdef i64 signed = -filled if self._side[i] == SELL else filled
        self._coins[i] += signed
        self.total_coins += signed
        self._open[i] -= filled
        self._unlink(i)
        if self._open[i] == 0:
            self._active[i] = 0
            return
        self._offset[i] -= <double>signed * self._steep(i)
        self._offset[i] = min(max(self._offset[i], -self.reach), self.reach)
        self._link(i)

    cdef void _retire(self, i32 i) noexcept nogil:
        self._unlink(i)
        self._active[i] = 0

    cdef void c_withdraw(self, Engine engine) noexcept nogil:
        cdef i32 k, i
        cdef i64 remaining
        for k in range(self._n_posted):
            i = self._posted[k]
            remaining = engine.c_remaining(self._posted_id[k])
            if remaining < self._posted_lots[k]:
                self._settle(i, self._posted_lots[k] - remaining)
            if remaining > 0:
                engine.c_cancel(self._posted_id[k])
        self._n_posted = 0

    cdef i64 c_post_account(self, Engine engine, Posting* p, i32 i, i64 lots) noexcept nogil:
        # Post at most so many lots of an account, nearest first; return how many are posted.
        cdef double way = 1.0 if self._side[i] == SELL else -1.0, offset
        # One order will do for who is small beside all that stands nearer.
        cdef i32 slices = SLICES if FINE * self._open[i] > p.nearer else 1, k
        cdef double whole = <double>((1 << slices) - 1)
        cdef i64 left = lots, before = 0, after, quantity
        for k in range(slices):
            after = <i64>(<double>self._open[i] * <double>((2 << k) - 1) / whole + 0.5)
            offset = self._offset[i] + way * self._steep(i) * 0.5 * <double>(before + after)
            quantity = after - before
            before = after
            if quantity == 0:
                continue
            # Whoever crosses the other side wants to trade all of it, not only to be seen.
            if (offset - p.touch) * way > 0:
                quantity = min(quantity, left)
            quantity = self.c_enter(engine, p, i, offset, quantity)
            if quantity == 0:
                break
            left -= quantity
        return lots - left

    cdef i64 c_enter(self, Engine engine, Posting* p, i32 i, double offset,
                     i64 quantity) noexcept nogil:
        # Enter one order as large as the account can pay for; return its lots.
        cdef i32 side = self._side[i]
        cdef double ticks = fixed_exp(p.consensus + offset) / p.tick_size
        cdef i64 price = <i64>(ceil(ticks) if side == SELL else floor(ticks)), order
        if side == BUY:
            quantity = min(quantity, self.c_affordable(engine, i, price))
        if quantity < 1:
            return 0
        order = engine.c_submit(
            self.instrument, self.first + i, side, price, quantity, LIMIT, STP_NONE)
        if order <= 0:
            return 0
        self._posted[self._n_posted] = i
        self._posted_id[self._n_posted] = order
        self._posted_lots[self._n_posted] = quantity
        self._n_posted += 1
        p.traded = p.traded or engine.c_remaining(order) < quantity
        return quantity

    cdef void c_post_side(self, Engine engine, Posting* p, i32 side, i64 lots) noexcept nogil:
        cdef i32 last = <i32>self._head.shape[1] - 1
        cdef i32 bucket = self.c_nearest(side), way = 1 if side == SELL else -1, i, following
        cdef i64 posted
        p.touch = self.c_touch(1 - side)
        p.nearer = 0
        while lots > p.nearer and 0 <= bucket <= last:
            i = self._head[side, bucket]
            while i >= 0 and lots > p.nearer:
                following = self._next[i]
                posted = self.c_post_account(engine, p, i, lots - p.nearer)
                p.nearer += posted
                if posted == 0:
                    self._retire(i)      # spent: nothing to bid with until it renews its view
                i = following
            bucket += way

    cdef void c_post(self, Engine engine, double consensus, i64 lots,
                     double tick_size) noexcept nogil:
        cdef Posting p
        cdef i32 tries = 0
        p.consensus = consensus
        p.tick_size = tick_size
        p.traded = True
        while p.traded and tries < MEETINGS:
            self.c_withdraw(engine)
            p.traded = False         # until accounts of the crowd meet each other
            self.c_post_side(engine, &p, SELL, lots)
            self.c_post_side(engine, &p, BUY, lots)
            tries += 1

    def withdraw(self, Engine engine not None):
        """Take note of fills and cancel what is left of the posted orders."""
        self._demand(engine)
        with nogil:
            self.c_withdraw(engine)

    def wake(self, i64 tick, double variance):
        """Let the accounts whose time has come revalue; call after `withdraw`.

        Parameters
        ----------
        tick : int
            Tick that ends now; ticks must come in order.
        variance : float
            Variance of the market over its long-run value: nervous holders revalue more.
        """
        if self._n_posted:
            raise ValueError("wake: orders are still posted, call withdraw first")
        if tick < 0 or not 0 <= variance < inf:
            raise ValueError(f"tick is {tick} and variance {variance}; both must be >= 0, finite")
        with nogil:
            self.c_wake(tick, variance)

    def post(self, Engine engine not None, double consensus, i64 lots, double tick_size):
        """Post the accounts nearest the price, up to `lots` a side.

        Accounts that have come to cross each other trade first, then the book is posted anew.

        Parameters
        ----------
        engine : Engine
            The venue's engine.
        consensus : float
            Log of the consensus value, USD.
        lots : int
            Lots posted on each side.
        tick_size : float
            USD per tick.
        """
        if self._n_posted:
            raise ValueError("post: orders are still posted, call withdraw first")
        if not fabs(consensus) < inf or lots < 0 or not 0 < tick_size < inf:
            raise ValueError(
                f"consensus is {consensus}, lots {lots}, tick_size {tick_size}; they must be "
                "finite, >= 0 and positive")
        self._demand(engine)
        with nogil:
            self.c_post(engine, consensus, lots, tick_size)

    # -- state --------------------------------------------------------------------------------

    @property
    def wealth(self):
        """Lots each account holds when fully invested (copy)."""
        return np.array(self._wealth)

    @property
    def coins(self):
        """Lots each account holds, as of the last `withdraw` (copy)."""
        return np.array(self._coins)

    @property
    def offsets(self):
        """Reservation prices, log distance from consensus (copy)."""
        return np.array(self._offset)

    @property
    def active(self):
        """Whether each account quotes or waits (copy)."""
        return np.array(self._active).astype(bool)

    @property
    def wakes(self):
        """Wake-ups of each account so far (copy)."""
        return np.array(self._wakes)

    def copy(self):
        """Return an independent copy that continues bit for bit."""
        return _rebuild(*self.__reduce__()[1])

    def __deepcopy__(self, memo):
        return self.copy()

    def __reduce__(self):
        columns = [np.array(column) for column in self._columns()]
        scalars = [getattr(self, name) for name in SCALARS]
        rest = (self.total_wealth, self.total_coins, self._best[0], self._best[1], self._n_posted)
        return _rebuild, (columns, scalars, rest)

    def _columns(self):
        return (self._offset, self._wake, self._wakes, self._wealth, self._coins, self._open,
                self._side, self._active, self._pace, self._next, self._prev, self._wheel_next,
                self._head, self._wheel, self._posted, self._posted_id, self._posted_lots)

    def _check(self):
        """Assert every invariant (our bug if one fails)."""
        self._check_columns()
        self._check_ladder()
        self._check_wheel()

    def _check_columns(self):
        cdef i32 i
        coins, wealth = np.array(self._coins), np.array(self._wealth)
        if self.total_coins != int(coins.sum()):
            raise AssertionError(f"accounts hold {coins.sum()} lots, total is {self.total_coins}")
        if self.total_wealth != int(wealth.sum()):
            raise AssertionError(f"accounts want {wealth.sum()} lots, total is {self.total_wealth}")
        for i in range(self.n):
            if not 0 <= self._coins[i] <= self._wealth[i]:
                raise AssertionError(
                    f"account {i} holds {self._coins[i]} of {self._wealth[i]} lots")
            if not fabs(self._offset[i]) <= self.reach:
                raise AssertionError(f"account {i} is at {self._offset[i]}, beyond {self.reach}")
            room = self._coins[i] if self._side[i] == SELL else self._wealth[i] - self._coins[i]
            if not 0 <= self._open[i] <= room:
                raise AssertionError(f"account {i} wants to trade {self._open[i]} of {room} lots")

    def _check_ladder(self):
        cdef i32 i, side, bucket, before
        seen = np.zeros(self.n, dtype=bool)
        for side in range(2):
            for bucket in range(self._head.shape[1]):
                i, before = self._head[side, bucket], -1
                while i >= 0:
                    if seen[i] or not self._active[i] or self._open[i] < 1:
                        raise AssertionError(f"account {i} stands twice in line, or for nothing")
                    if self._side[i] != side or self._bucket(i) != bucket:
                        raise AssertionError(f"account {i} stands in the wrong line")
                    if self._prev[i] != before:
                        raise AssertionError(f"account {i} is linked to {self._prev[i]}")
                    if (bucket - self._best[side]) * (1 if side == SELL else -1) < 0:
                        raise AssertionError(f"account {i} is nearer than the remembered touch")
                    seen[i] = True
                    before, i = i, self._next[i]
        if not np.array_equal(seen, np.array(self._active).astype(bool)):
            raise AssertionError("an active account stands in no line")

    def _check_wheel(self):
        cdef i32 i, slot
        seen = np.zeros(self.n, dtype=bool)
        for slot in range(SLOTS):
            i = self._wheel[slot]
            while i >= 0:
                if seen[i] or <i64>floor(self._wake[i] * self.ticks_per_day) & (SLOTS - 1) != slot:
                    raise AssertionError(f"account {i} waits twice, or in the wrong slot")
                seen[i] = True
                i = self._wheel_next[i]
        if not seen.all():
            raise AssertionError("an account waits for no wake-up")


def _rebuild(columns, scalars, rest):
    """Make a crowd from the parts `__reduce__` gave (for pickling and copies)."""
    cdef HolderCrowd crowd = HolderCrowd.__new__(HolderCrowd)
    (crowd.n, crowd.first, crowd.instrument, crowd.key, crowd.reach, crowd.width, crowd.renewal,
     crowd.diffusion, crowd.stride, crowd.ticks_per_day, crowd.slope) = scalars
    (crowd._offset, crowd._wake, crowd._wakes, crowd._wealth, crowd._coins, crowd._open,
     crowd._side, crowd._active, crowd._pace, crowd._next, crowd._prev, crowd._wheel_next,
     crowd._head, crowd._wheel, crowd._posted, crowd._posted_id, crowd._posted_lots) = columns
    crowd.total_wealth, crowd.total_coins, crowd._best[0], crowd._best[1], crowd._n_posted = rest
    crowd._measure()
    return crowd
