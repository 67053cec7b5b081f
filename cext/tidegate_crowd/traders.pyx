"""Fast traders: nearly all of the volume, nearly none of the net flow.

A round trip is a position opened and closed again between two accounts of the crowd, at the middle
of the spread; sizes are log-normal, and sides are those of hidden orders that are split. What the
crowd as a whole is long or short is a separate, mean-reverting position, traded against whoever
quotes.
"""

import numpy as np

from libc.string cimport memcpy

from tidegate_core.draws cimport (
    draw_integer, draw_normal, draw_uniform, fixed_exp, fixed_log,
)
from tidegate_core.engine cimport Engine
from tidegate_core.ledger cimport cell_of
from tidegate_core.types cimport BUY, IOC, LIMIT, SELL, STP_NONE, i32, i64, u64

__all__ = ["TraderCrowd"]

cdef double SIZE_SIGMA = 0.75      # of log trade size: heavy-tailed, as on every exchange
cdef u64 DRAWS = 4                 # draws of one trip
cdef u64 ORDERS = <u64>1 << 32     # indices of the draws of hidden orders start here
cdef u64 START = <u64>1 << 62      # when those that are at work from the start are drawn
cdef double LONGEST = 1e5          # children of a metaorder at the most: days of trades


cdef inline double _pareto(double u, double exponent) noexcept nogil:
    """Return a number from 1 to LONGEST with the tail x ** -exponent."""
    cdef double least = fixed_exp(-exponent * fixed_log(LONGEST))
    return fixed_exp(-fixed_log(least + (1.0 - least) * u) / exponent)


cdef class TraderCrowd:
    """Fast traders of one coin on one venue.

    Parameters
    ----------
    n : int
        Accounts, at least 2.
    first : int
        Engine account of the first trader; the others follow.
    instrument : int
        Instrument they trade.
    key : int
        Key of their draws (64 bits).
    start_lots : int
        Lots all of them hold at the start: the position they return to.
    metaorders : int, default 0
        Hidden orders at work at a time; with 0 every trade has a side of its own.
    tail : float, default 1.5
        Exponent of the tail of their numbers of children, above 1.
    """

    def __cinit__(self, *, i32 n, i32 first, i32 instrument, u64 key, i64 start_lots,
                  i32 metaorders=0, double tail=1.5):
        cdef i32 m
        if n < 2:
            raise ValueError(f"n must be at least 2 accounts, got {n}")
        for name, value in (("first", first), ("instrument", instrument),
                            ("start_lots", start_lots)):
            if value < 0:
                raise ValueError(f"{name} must be >= 0, got {value}")
        self.n = n
        self.first = first
        self.instrument = instrument
        self.key = key
        self.start_lots = start_lots
        if not 0 <= metaorders <= MAX_METAORDERS:
            raise ValueError(f"metaorders is {metaorders}; allowed is 0 to {MAX_METAORDERS}")
        if not 1.0 < tail <= 100.0:
            raise ValueError(f"tail is {tail}; allowed is above 1 to 100")
        self.metaorders = metaorders
        self.tail = tail
        for m in range(metaorders):
            self._begin(&self.work[m], DRAWS * <u64>m)

    cdef void _begin(self, Metaorder* order, u64 index) noexcept nogil:
        # One that is found at work is long the more likely the longer it is, and anywhere in it.
        cdef double whole
        self._follow(order, index, START)
        whole = _pareto(draw_uniform(self.key, ORDERS + index + 2, START), self.tail - 1.0)
        order.left = 1 + <i64>(whole * draw_uniform(self.key, ORDERS + index + 3, START))

    cdef void _follow(self, Metaorder* order, u64 index, u64 when) noexcept nogil:
        # The next metaorder: u < 1/2 buys, and the owner is drawn evenly.
        order.left = <i64>_pareto(draw_uniform(self.key, ORDERS + index, when), self.tail)
        order.owner = <i32>draw_integer(self.key, ORDERS + index + 1, when, 2 * self.n)
        order.side = BUY if order.owner < self.n else SELL
        order.owner %= self.n

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

    cdef i64 c_swap(self, Engine engine, i32 seller, i32 buyer, i32 taker_side, i64 price,
                    i64 quantity) noexcept nogil:
        # One account rests its side inside the spread, the other takes it at once.
        cdef i32 maker = seller if taker_side == BUY else buyer
        cdef i32 taker = buyer if taker_side == BUY else seller
        cdef i64 traded, resting
        cdef i64 order = engine.c_submit(
            self.instrument, self.first + maker, 1 - taker_side, price, quantity, LIMIT, STP_NONE)
        if order <= 0:
            return 0
        resting = engine.c_remaining(order)
        if resting > 0:
            engine.c_submit(
                self.instrument, self.first + taker, taker_side, price, resting, IOC, STP_NONE)
        traded = quantity - engine.c_remaining(order)
        if traded < quantity:
            engine.c_cancel(order)
        return traded

    cdef i64 c_trips(self, Engine engine, u64 when, i64 price, i64 lots, i32 trips) noexcept nogil:
        # Sizes are relative to their mean, so that the total is `lots` on average.
        cdef double mean = 2.0 * fixed_exp(0.5 * SIZE_SIGMA * SIZE_SIGMA) * trips, size
        cdef i64 done = 0, quantity
        cdef i32 seller, buyer, taker_side, k
        cdef u64 base
        for k in range(trips):
            base = DRAWS * <u64>k
            size = fixed_exp(SIZE_SIGMA * draw_normal(self.key, base, when))
            quantity = <i64>(lots * size / mean)
            if quantity < 1:
                continue
            self._cast(base, when, &seller, &buyer, &taker_side)
            quantity = self.c_swap(engine, seller, buyer, taker_side, price, quantity)
            done += quantity
            if quantity > 0:
                done += self.c_swap(engine, buyer, seller, taker_side, price, quantity)
        return done

    cdef void _cast(self, u64 base, u64 when, i32* seller, i32* buyer,
                    i32* taker_side) noexcept nogil:
        # Who trades with whom, and which of them takes.
        cdef i32 one, other
        cdef Metaorder* order
        if self.metaorders == 0:
            one = <i32>draw_integer(self.key, base + 1, when, self.n)
            taker_side[0] = BUY if draw_integer(self.key, base + 3, when, 2) else SELL
        else:
            order = &self.work[draw_integer(self.key, base + 1, when, self.metaorders)]
            if order.left == 0:
                self._follow(order, base, when)
            order.left -= 1
            one = order.owner
            taker_side[0] = order.side
        other = <i32>draw_integer(self.key, base + 2, when, self.n - 1)
        if other >= one:
            other += 1
        # Without hidden orders the first drawn sells; a metaorder's owner takes.
        if self.metaorders and taker_side[0] == BUY:
            seller[0], buyer[0] = other, one
        else:
            seller[0], buyer[0] = one, other

    cdef i64 c_drift(self, Engine engine) noexcept nogil:
        # Lots held beyond the start; nothing of theirs rests in the book between rounds.
        cdef i64 held = 0
        cdef i32 k, base = engine.terms[self.instrument].base
        for k in range(self.n):
            held += cell_of(engine.ledger, self.first + k, base).free
        return held - self.start_lots

    def trips(self, Engine engine not None, u64 when, i64 price, i64 lots, i32 trips):
        """Trade `lots` in round trips at `price`; return the lots traded.

        Parameters
        ----------
        engine : Engine
            The venue's engine.
        when : int
            Counter of the draws: a number of its own for every round of every tick.
        price : int
            Price in ticks, inside the spread.
        lots : int
            Lots to trade, on average over draws.
        trips : int
            Number of round trips.
        """
        cdef i64 done
        if lots < 0 or trips < 1:
            raise ValueError(f"lots must be >= 0 and trips >= 1, got {lots} and {trips}")
        if price < 1:
            raise ValueError(f"price must be at least 1 tick, got {price}")
        self._demand(engine)
        with nogil:
            done = self.c_trips(engine, when, price, lots, trips)
        return done

    def drift(self, Engine engine not None):
        """Return the lots the crowd holds beyond its start."""
        self._demand(engine)
        return self.c_drift(engine)

    def account(self, u64 when):
        """Return the account that trades the crowd's net flow of this round."""
        return self.first + <i32>draw_integer(self.key, 0, when | (<u64>1 << 63), self.n)

    def hidden(self):
        """Return the metaorders at work: a row each of owner, side and children left."""
        cdef i32 m
        rows = [(self.work[m].owner, self.work[m].side, self.work[m].left)
                for m in range(self.metaorders)]
        return np.array(rows, dtype=np.int64).reshape(-1, 3)

    def snapshot(self):
        """Return the metaorders at work, as bytes for `restore`."""
        return (<char*>self.work)[:self.metaorders * sizeof(Metaorder)]

    def restore(self, data):
        """Return to the metaorders of a snapshot of a crowd with the same parameters."""
        cdef bytes body = bytes(data), old = self.snapshot()
        if len(body) != len(old):
            raise ValueError(
                f"data has {len(body)} bytes; {len(old)} are {self.metaorders} metaorders")
        memcpy(self.work, <const char*>body, len(body))
        if (fault := self._fault()) is not None:
            memcpy(self.work, <const char*>old, len(old))
            raise ValueError(f"data is no snapshot of this crowd: {fault}")

    def copy(self):
        """Return a copy, which goes on as this crowd would."""
        function, arguments = self.__reduce__()
        return function(*arguments)

    def __deepcopy__(self, memo):
        return self.copy()

    def __reduce__(self):
        parameters = {name: getattr(self, name) for name in _PARAMETERS}
        return _rebuild, (parameters, self.snapshot())

    def _fault(self):
        cdef Metaorder order
        cdef i32 m
        for m in range(self.metaorders):
            order = self.work[m]
            if not (0 <= order.owner < self.n and order.side in (BUY, SELL)):
                return f"metaorder {m} is of side {order.side} and trader {order.owner}"
            if not 0 <= order.left <= <i64>LONGEST + 1:
                return f"metaorder {m} has {order.left} children left"
        return None

    def _check(self):
        """Assert every invariant (our bug if one fails)."""
        if self.n < 2 or self.first < 0 or self.instrument < 0 or self.start_lots < 0:
            raise AssertionError(f"{self.n} accounts from {self.first}, {self.start_lots} lots")
        fault = self._fault()
        assert fault is None, fault


_PARAMETERS = ("n", "first", "instrument", "key", "start_lots", "metaorders", "tail")


def _rebuild(parameters, state):
    """Make a crowd from the parts `__reduce__` gave."""
    crowd = TraderCrowd(**parameters)
    crowd.restore(state)
    return crowd
