"""Fast traders: nearly all of the volume, nearly none of the net flow.

A round trip is a position opened and closed again between two accounts of the crowd, at the middle
of the spread; sizes are log-normal. What the crowd as a whole is long or short is a separate,
mean-reverting position, traded against whoever quotes.
"""

from tidegate_core.draws cimport draw_integer, draw_normal, fixed_exp
from tidegate_core.engine cimport Engine
from tidegate_core.ledger cimport cell_of
from tidegate_core.types cimport BUY, IOC, LIMIT, SELL, STP_NONE, i32, i64, u64

__all__ = ["TraderCrowd"]

cdef double SIZE_SIGMA = 0.75      # of log trade size: heavy-tailed, as on every exchange
cdef u64 DRAWS = 4                 # draws of one trip


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
    """

    def __cinit__(self, *, i32 n, i32 first, i32 instrument, u64 key, i64 start_lots):
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
            seller = <i32>draw_integer(self.key, base + 1, when, self.n)
            buyer = <i32>draw_integer(self.key, base + 2, when, self.n - 1)
            if buyer >= seller:
                buyer += 1
            taker_side = BUY if draw_integer(self.key, base + 3, when, 2) else SELL
            quantity = self.c_swap(engine, seller, buyer, taker_side, price, quantity)
            done += quantity
            if quantity > 0:
                done += self.c_swap(engine, buyer, seller, taker_side, price, quantity)
        return done

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

    def __reduce__(self):
        return _rebuild, (self.n, self.first, self.instrument, self.key, self.start_lots)

    def __deepcopy__(self, memo):
        return self      # immutable: the traders' positions are the engine's

    def _check(self):
        """Assert every invariant (our bug if one fails)."""
        if self.n < 2 or self.first < 0 or self.instrument < 0 or self.start_lots < 0:
            raise AssertionError(f"{self.n} accounts from {self.first}, {self.start_lots} lots")


def _rebuild(n, first, instrument, key, start_lots):
    """Make a crowd from the parts `__reduce__` gave."""
    return TraderCrowd(n=n, first=first, instrument=instrument, key=key, start_lots=start_lots)
