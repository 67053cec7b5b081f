"""Value traders: whoever buys what is cheap and sells what is dear, for as long as it is."""

from math import inf

import numpy as np

from libc.math cimport ceil, fabs, floor, sqrt
from libc.string cimport memcpy

from tidegate_core.draws cimport fixed_exp
from tidegate_core.memory cimport memory_free, memory_zeroed
from tidegate_core.types cimport BUY, SELL, i32, i64
from tidegate_crowd.places cimport (
    Place,
    Places,
    place_afford,
    place_log,
    place_price,
    place_take,
    place_ticks,
    read_numbers,
)

from tidegate_core.frames import pack, unpack
from tidegate_crowd.places import account_column, number_column

__all__ = ["ValueDesk"]

cdef double MAX_PRICE = 9.0e18     # ticks
cdef double MAX_LOTS = 1.0e12      # of one order: what any house takes


cdef class ValueDesk:
    """The value traders of every place, each with an account there.

    Parameters
    ----------
    places : Places
        Where they trade; every method takes the places as they are then.
    accounts : array of int, or int
        Engine account at each place. It trades what it can pay for.
    strength : array of float, or float
        USD per second that flow in for each unit of log price of mispricing.
    width : array of float, or float
        Mispricing at which the flow is twice what it would be in proportion, log price.
    refill : array of float, or float
        Flow in proportion to the depth, 1/s. It does what the refill of a `QuoteDesk` does to the
        price, by real trades that take the makers' inventory.
    """

    def __init__(self, Places places not None, accounts, *, strength, width=0.103, refill=0.0):
        cdef i32 k
        self.c_allocate(places.n, places.coins)
        cdef i32[::1] column = account_column("accounts", accounts, self.n)
        places.c_need_accounts(&column[0])
        cdef double[::1] strengths = number_column("strength", strength, self.n, 0.0)
        cdef double[::1] widths = number_column("width", width, self.n, 1e-9)
        cdef double[::1] refills = number_column("refill", refill, self.n, 0.0)
        for k in range(self.n):
            self.at[k].account = column[k]
            self.at[k].strength = strengths[k]
            self.at[k].width = widths[k]
            self.at[k].refill = refills[k]

    cdef int c_allocate(self, i32 n, i32 coins) except -1:
        memory_free(self.at)
        self.at = <Appetite*> memory_zeroed(n * sizeof(Appetite))
        if self.at == NULL:
            raise MemoryError(f"no memory for value traders at {n} places")
        self.n = n
        self.coins = coins
        return 0

    def __dealloc__(self):
        memory_free(self.at)

    # ---- a round ------------------------------------------------------------------------------

    cdef double c_flow(self, i32 k, double gap, double dt, double depth) noexcept nogil:
        """USD to be bought over a step, negative to be sold; depth 0: not known."""
        cdef Appetite* at = self.at + k
        cdef double bend = gap * gap / (at.width * at.width), pull, decay
        if not depth > 0.0:
            return at.strength * (1.0 + bend) * gap * dt
        pull = at.strength / depth + at.refill
        if pull == 0.0:
            return 0.0
        decay = fixed_exp(-2.0 * pull * dt)
        bend *= at.strength / depth * (1.0 - decay)
        return depth * gap * (1.0 - sqrt(pull * decay / (pull + bend)))

    cdef void c_trade(self, const Place* place, i32 k, double dt, double value,
                      double depth) noexcept nogil:
        """Trade what a step's flow comes to, no dearer than at value."""
        cdef Appetite* at = self.at + k
        cdef double price = place_price(place), limit, lots
        cdef i64 ticks, quantity
        cdef i32 side
        at.traded = 0.0
        if price == 0.0:
            return
        at.owed += self.c_flow(k, value - place_log(place, price), dt, depth)
        side = BUY if at.owed > 0.0 else SELL
        if depth > 0.0:                          # what will be paid on average, halfway
            price *= 1.0 + max(-0.5, 0.5 * at.owed / depth)
        lots = floor(fabs(at.owed) / (price * place.unit))
        if lots < 1.0:
            return
        # Whether it trades or not, what is left to be remembered is less than a lot.
        at.owed -= lots * price * place.unit * (1.0 if side == BUY else -1.0)
        limit = place_ticks(place, value)
        limit = floor(limit) if side == BUY else ceil(limit)
        if not 1.0 <= limit <= MAX_PRICE:
            return
        ticks = <i64> limit
        quantity = min(<i64> min(lots, MAX_LOTS), place_afford(place, at.account, side, ticks))
        if quantity > 0:
            quantity = place_take(place, at.account, side, ticks, quantity, False)
        if quantity > 0:
            at.traded = <double> quantity * price * place.unit * (1.0 if side == BUY else -1.0)

    # ---- Python face --------------------------------------------------------------------------

    def trade(self, Places places not None, double dt, reservation, depth=None, premium=None):
        """Let the flow of a step trade.

        Parameters
        ----------
        places : Places
            Where they trade.
        dt : float
            Seconds since the last round.
        reservation : array of float
            By coin: log USD that the coin is worth to them.
        depth : array of float, optional
            By place: USD per unit of log price in the book, a side.
        premium : array of float, optional
            By place: what its coin is worth more there, log price; by default nothing.
        """
        cdef i32 k
        places.c_need(self.n)
        if places.coins != self.coins:
            raise ValueError(f"places has {places.coins} coins; the desk trades {self.coins}")
        if not 0.0 < dt < inf:
            raise ValueError(f"dt is {dt}; it must be positive and finite")
        cdef const double[::1] value = read_numbers(
            "reservation", reservation, self.coins, -100.0, 100.0)
        cdef const double[::1] book = None
        if depth is not None:
            book = read_numbers("depth", depth, self.n, 0.0, inf)
        cdef const double[::1] more = None
        if premium is not None:
            more = read_numbers("premium", premium, self.n, -1.0, 1.0)
        with nogil:
            for k in range(self.n):
                self.c_trade(
                    places.at + k, k, dt,
                    value[places.at[k].coin] + (more[k] if more is not None else 0.0),
                    book[k] if book is not None else 0.0)

    def flow(self, i32 place, double gap, double dt, double depth=0.0):
        """USD that a mispricing makes them want over a step, whatever the book offers."""
        if not 0 <= place < self.n:
            raise ValueError(f"place is {place}; allowed are 0 to {self.n - 1}")
        return self.c_flow(place, gap, dt, depth)

    @property
    def accounts(self):
        """Engine account at each place."""
        return np.array([self.at[k].account for k in range(self.n)], dtype=np.int32)

    @property
    def traded(self):
        """USD traded in the last round, at the price expected; bought > 0."""
        return np.array([self.at[k].traded for k in range(self.n)])

    # ---- copies and invariants ----------------------------------------------------------------

    def copy(self):
        """Return an independent copy that continues bit for bit."""
        return _rebuild(self.snapshot())

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    def snapshot(self):
        """Give the whole state as bytes, for `restore`."""
        cdef i64[2] head = [self.n, self.coins]
        return pack("value", (
            (<char*> head)[:sizeof(head)],
            (<char*> self.at)[:self.n * <i64> sizeof(Appetite)],
        ))

    def restore(self, bytes data):
        """Replace the whole state by a snapshot."""
        cdef i64[2] head
        first, second = unpack("value", data, 2)
        if len(first) == sizeof(head):
            memcpy(head, <const char*> first, sizeof(head))
        if len(first) != sizeof(head) or len(second) != head[0] * <i64> sizeof(Appetite):
            raise ValueError("data is not a snapshot of value traders: its buffers disagree")
        self.c_allocate(<i32> head[0], <i32> head[1])
        memcpy(self.at, <const char*> second, len(second))

    def __reduce__(self):
        return _rebuild, (self.snapshot(),)

    def __repr__(self):
        return f"ValueDesk({self.n} places)"

    def _check(self):
        """Assert every invariant."""
        cdef i32 k
        for k in range(self.n):
            if not fabs(self.at[k].owed) < inf or self.at[k].account < 0:
                raise AssertionError(f"place {k}: account {self.at[k].account} is owed "
                                     f"{self.at[k].owed} USD")


def _rebuild(data):
    """Make a desk from its snapshot (for pickling and copies)."""
    cdef ValueDesk desk = ValueDesk.__new__(ValueDesk)
    desk.restore(data)
    return desk
