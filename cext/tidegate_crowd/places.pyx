"""Places: every book in which a coin trades, spot or perpetual, behind one face."""

from copy import deepcopy
from math import inf, isclose

import numpy as np

from libc.math cimport ceil, floor, rint

from tidegate_core.book cimport OrderBook
from tidegate_core.clearing cimport ClearingHouse
from tidegate_core.draws cimport fixed_exp
from tidegate_core.margin cimport MarginHouse
from tidegate_core.mark cimport index_of
from tidegate_core.memory cimport memory_free, memory_zeroed
from tidegate_core.types cimport BUY, SELL, i32, i64

from tidegate_core.mark import MAX_PRICE, MAX_WEIGHT

__all__ = ["Places", "account_column", "number_column"]

cdef double FARTHEST = 9.0e18      # ticks; a price beyond is no price

cdef enum:
    MAX_SOURCES = 64               # of an index
    OUTLIER_PPM = 50000            # further from the median a price does not count


cdef class Places:
    """The places of a market, in a fixed order.

    Parameters
    ----------
    listing : sequence of tuples
        One a place: engine (an `Engine` or a `MarginEngine`), index of its instrument or contract,
        coin index, venue index, USD per tick of price, coins per lot.

    Notes
    -----
    A perpetual must be linear, and settled in USD as spot is. Deep copies and pickles take the
    engines along; within a larger object they stay the very engines that it holds.
    """

    def __cinit__(self, listing):
        cdef i32 k
        self._listing = tuple(tuple(row) for row in listing)
        self.n = len(self._listing)
        if self.n < 1:
            raise ValueError("listing is empty; it takes at least one place")
        self.at = <Place*> memory_zeroed(self.n * sizeof(Place))
        if self.at == NULL:
            raise MemoryError
        for k in range(self.n):
            _read(self.at + k, k, self._listing[k])
            self.coins = max(self.coins, self.at[k].coin + 1)
            self.venues = max(self.venues, self.at[k].venue + 1)

    def __dealloc__(self):
        memory_free(self.at)

    cdef int c_need(self, i32 n) except -1:
        if self.n != n:
            raise ValueError(f"places has {self.n} entries; what uses it was made for {n}")
        return 0

    cdef int c_need_accounts(self, const i32* accounts) except -1:
        cdef i32 k
        for k in range(self.n):
            place_need_account(self.at + k, k, accounts[k])
        return 0

    # ---- what they are ------------------------------------------------------------------------

    def __len__(self):
        return self.n

    @property
    def engines(self):
        """The engine of each place."""
        return tuple(row[0] for row in self._listing)

    @property
    def coin(self):
        """Coin index of each place."""
        return np.array([row[2] for row in self._listing], dtype=np.int32)

    @property
    def venue(self):
        """Venue index of each place."""
        return np.array([row[3] for row in self._listing], dtype=np.int32)

    @property
    def perpetual(self):
        """Whether each place is a perpetual."""
        return np.array([self.at[k].market == PERP for k in range(self.n)])

    @property
    def tick_usd(self):
        """USD per tick of price at each place."""
        return np.array([self.at[k].tick for k in range(self.n)])

    @property
    def lot_coins(self):
        """Coins per lot at each place."""
        return np.array([self.at[k].lot for k in range(self.n)])

    # ---- what they show -----------------------------------------------------------------------

    def mid(self, i32 place):
        """Log price in USD at one place, as `mids` has it."""
        cdef const Place* at = self.at + _index(self, place)
        return place_log(at, place_price(at))

    def mids(self):
        """Log prices in USD: the middle of each book.

        While a side is empty it is the price of the last trade, as far as the other side allows;
        NaN before the first.
        """
        cdef i32 k
        out = np.empty(self.n)
        cdef double[::1] values = out
        with nogil:
            for k in range(self.n):
                values[k] = place_log(self.at + k, place_price(self.at + k))
        return out

    def index(self, weights):
        """Give each coin's price on spot over all venues, as `mark.index_price` weighs it.

        Parameters
        ----------
        weights : column of int64
            By venue, in any unit; those of a coin's places sum to 1 to 2**20. A weight of 0
            leaves a venue out.

        Returns
        -------
        array of int64
            By coin, in ticks of its spot places, which have the same ticks.
        """
        cdef i32 coin
        cdef const i64[::1] column = _read_weights(weights, self.venues)
        out = np.empty(self.coins, dtype=np.int64)
        cdef i64[::1] prices = out
        for coin in range(self.coins):
            prices[coin] = _index_of(self, coin, column)
        return out

    def quotes(self):
        """Log best bids and asks in USD, two arrays; NaN where a side is empty."""
        cdef i32 k
        cdef i64 price
        bids, asks = np.full(self.n, np.nan), np.full(self.n, np.nan)
        cdef double[::1] bid = bids, ask = asks
        with nogil:
            for k in range(self.n):
                if place_best(self.at + k, BUY, &price):
                    bid[k] = place_log(self.at + k, <double> price)
                if place_best(self.at + k, SELL, &price):
                    ask[k] = place_log(self.at + k, <double> price)
        return bids, asks

    def depth_within(self, i32 side, double fraction):
        """What rests on a side within a fraction of the price, at each place.

        Returns
        -------
        lots : array of int64
        usd : array of float64
            At the prices at which it rests.
        """
        cdef i32 k
        if side != BUY and side != SELL:
            raise ValueError(f"side is {side}; allowed are {BUY} and {SELL}")
        if not 0.0 <= fraction < inf:
            raise ValueError(f"fraction is {fraction}; it must be at least 0 and finite")
        quantities, values = np.zeros(self.n, dtype=np.int64), np.zeros(self.n)
        cdef i64[::1] lots = quantities
        cdef double[::1] usd = values
        with nogil:
            for k in range(self.n):
                _depth(self.at + k, side, fraction, &lots[k], &usd[k])
        return quantities, values

    def inventories(self, accounts):
        """Lots that one account has at each place: coins on spot, a signed position else."""
        cdef i32 k
        cdef i32[::1] column = account_column("accounts", accounts, self.n)
        self.c_need_accounts(&column[0])
        out = np.empty(self.n, dtype=np.int64)
        cdef i64[::1] lots = out
        for k in range(self.n):
            lots[k] = place_inventory(self.at + k, column[k])
        return out

    # ---- copies -------------------------------------------------------------------------------

    def rebind(self, engines):
        """The same places in other engines, given as a mapping from each engine to its heir."""
        return Places([(engines[row[0]], *row[1:]) for row in self._listing])

    def copy(self):
        """Copy the places with all their engines; the copy shares nothing with them."""
        return deepcopy(self)

    def __deepcopy__(self, memo):
        return Places([(deepcopy(row[0], memo), *row[1:]) for row in self._listing])

    def __reduce__(self):
        return Places, (self._listing,)

    def __repr__(self):
        return f"Places({self.n} books of {self.coins} coins on {self.venues} venues)"

    def _check(self):
        """Assert that every place still is a book of its engine."""
        cdef i32 k
        for k in range(self.n):
            if self.at[k].house != <void*> self._listing[k][0]:
                raise AssertionError(f"place {k} has lost its engine")
            _read(self.at + k, k, self._listing[k])


cdef int _read(Place* place, i32 k, tuple row) except -1:
    """Fill in a place, if it is one."""
    if len(row) != 6:
        raise ValueError(
            f"listing[{k}] has {len(row)} entries; it takes engine, instrument, coin, venue, "
            "tick_usd, lot_coins")
    engine = row[0]
    cdef i32 instrument = row[1], coin = row[2], venue = row[3]
    cdef double tick = row[4], lot = row[5]
    cdef i64 listed, value
    if isinstance(engine, ClearingHouse):
        place.market = SPOT
        listed = (<ClearingHouse> engine).n_instruments
    elif isinstance(engine, MarginHouse):
        place.market = PERP
        listed = (<MarginHouse> engine).n_contracts
    else:
        raise TypeError(
            f"listing[{k}] has a {type(engine).__name__}; it takes an Engine or a MarginEngine")
    if not 0 <= instrument < listed:
        raise ValueError(f"listing[{k}] has instrument {instrument}; allowed are 0 to {listed - 1}")
    if place.market == SPOT:
        value = (<ClearingHouse> engine).terms[instrument].tick_value
    elif (<MarginHouse> engine).contracts[instrument].inverse:
        raise ValueError(f"listing[{k}] has an inverse contract; allowed are linear ones")
    else:
        value = (<MarginHouse> engine).contracts[instrument].unit
    for name, index in (("coin", coin), ("venue", venue)):
        if index < 0:
            raise ValueError(f"listing[{k}] has {name} {index}; it must be at least 0")
    for name, size in (("tick_usd", tick), ("lot_coins", lot)):
        if not 0.0 < size < inf:
            raise ValueError(f"listing[{k}] has {name} {size}; it must be positive and finite")
    if not isclose(tick * lot * 1e6, value, rel_tol=1e-9):
        raise ValueError(
            f"listing[{k}] has tick_usd {tick} and lot_coins {lot}; their product in micro-USD "
            f"must be the engine's value of a tick and lot, {value}")
    place.house = <void*> engine
    place.instrument = instrument
    place.coin = coin
    place.venue = venue
    place.tick = tick
    place.lot = lot
    place.unit = 1e-6 * <double> value
    return 0


cdef int place_need_account(const Place* place, i32 k, i32 account) except -1:
    cdef i64 have
    if place.market == SPOT:
        have = (<ClearingHouse> place.house).ledger.n_accounts
    else:
        have = (<MarginHouse> place.house).ledger.n_accounts
    if not 0 <= account < have:
        raise ValueError(f"accounts[{k}] is {account}; the engine there has {have} accounts")
    return 0


cdef void _depth(
    const Place* place, i32 side, double fraction, i64* lots, double* usd
) noexcept nogil:
    """Sum lots and USD of a side within a fraction of the price."""
    cdef void* book = place_book(place)
    cdef double edge = place_price(place)
    cdef i64 price, quantity
    edge *= 1.0 - fraction if side == BUY else 1.0 + fraction
    if edge > FARTHEST:
        edge = FARTHEST
    cdef i64 limit = <i64> (ceil(edge) if side == BUY else floor(edge))
    if not place_best(place, side, &price):
        return
    while price >= limit if side == BUY else price <= limit:
        quantity = (<OrderBook> book).c_level_quantity(price)
        lots[0] += quantity
        usd[0] += <double> quantity * <double> price * place.unit
        if not (<OrderBook> book).c_next_price(side, price, &price):
            return


cdef const i64[::1] _read_weights(weights, i32 venues):
    """Read the weights of an index, one a venue."""
    cdef const i64[::1] column = np.ascontiguousarray(weights, dtype=np.int64)
    cdef i64 i
    if column.shape[0] != venues:
        raise ValueError(f"weights has {column.shape[0]} entries; there are {venues} venues")
    for i in range(venues):
        if not 0 <= column[i] <= MAX_WEIGHT:
            raise ValueError(f"weights[{i}] is {column[i]}; allowed are 0 to {MAX_WEIGHT}")
    return column


cdef i64 _index_of(Places places, i32 coin, const i64[::1] weights) except -1:
    """Weigh the spot prices of a coin."""
    cdef i64[MAX_SOURCES] prices
    cdef i64[MAX_SOURCES] column
    cdef i64 n = 0, total = 0
    cdef i32 k
    cdef const Place* place
    cdef double ticks
    for k in range(places.n):
        place = places.at + k
        if place.market != SPOT or place.coin != coin:
            continue
        ticks = rint(fixed_exp(place_log(place, place_price(place))) / place.tick)
        if not 1.0 <= ticks <= MAX_PRICE:
            raise ValueError(f"place {k} has no price from 1 to {MAX_PRICE} ticks")
        if n == MAX_SOURCES:
            raise ValueError(f"coin {coin} has more than {MAX_SOURCES} spot places")
        prices[n] = <i64> ticks
        column[n] = weights[place.venue]
        total += column[n]
        n += 1
    if not 1 <= total <= MAX_WEIGHT:
        raise ValueError(
            f"weights of the spot places of coin {coin} sum to {total}; allowed are 1 to "
            f"{MAX_WEIGHT}")
    return index_of(prices, column, n, OUTLIER_PPM)


cdef i32 _index(Places places, i32 place) except -1:
    if not 0 <= place < places.n:
        raise ValueError(f"place is {place}; allowed are 0 to {places.n - 1}")
    return place


cdef const double[::1] read_numbers(str name, values, i64 n, double low, double high):
    cdef const double[::1] column
    cdef i64 i
    array = np.ascontiguousarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size != n:
        raise ValueError(f"{name} has shape {np.shape(values)}; it takes a column of {n}")
    column = array
    for i in range(n):
        if not (low <= column[i] <= high and -inf < column[i] < inf):
            raise ValueError(
                f"{name}[{i}] is {column[i]}; allowed are finite numbers, {low} to {high}")
    return column


def account_column(name, values, n):
    """Read account numbers, one value or one a place."""
    column = np.asarray(values)
    if column.dtype.kind not in "iu" or column.ndim > 1:
        raise TypeError(f"{name} is {values!r}; it takes an integer or a column of them")
    if column.ndim and column.size != n:
        raise ValueError(f"{name} has {column.size} entries; there are {n} places")
    if column.size and not 0 <= column.min() <= column.max() < 2**31:
        raise ValueError(f"{name} is {values!r}; allowed are 0 to {2**31 - 1}")
    return np.array(np.broadcast_to(column, (n,)), dtype=np.int32)


def number_column(name, values, n, low=-inf, high=inf):
    """Read numbers from low to high, one value or one a place."""
    array = np.asarray(values, dtype=np.float64)
    column = np.full(n, array) if array.ndim == 0 else array.copy()
    read_numbers(name, column, n, low, high)
    return column
