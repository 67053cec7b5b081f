"""Basis traders: arbitrage between spot and perpetuals, and between venues, by real orders."""

from math import inf

import numpy as np

from libc.math cimport ceil, fabs, floor
from libc.string cimport memcpy

from tidegate_core.draws cimport fixed_exp, fixed_log
from tidegate_core.memory cimport memory_free, memory_zeroed
from tidegate_core.types cimport BUY, SELL, i32, i64
from tidegate_crowd.places cimport (
    PERP,
    Place,
    Places,
    place_afford,
    place_best,
    place_depth,
    place_inventory,
    place_need_account,
    place_open,
    place_price,
    place_range,
    place_take,
    read_numbers,
)

from tidegate_core.frames import pack, unpack
from tidegate_crowd.places import account_column, number_column

__all__ = ["BasisDesk", "unwind"]

cdef double MAX_PRICE = 9.0e18     # ticks
cdef double MAX_LOTS = 1.0e12      # of one order: what any house takes
cdef double FULL_SPEED = 4.0       # a quarter of the calm depth still carries the full rate,
cdef double SLOWEST = 0.25         # and however thin the book, this share of it goes on
cdef double NUDGE = 1e-9           # of a lot: what division may have lost


cdef class BasisDesk:
    """The basis traders of every coin, with an account at each place.

    Parameters
    ----------
    places : Places
        Where they trade; every method takes the places as they are then.
    accounts : array of int, or int
        Engine account at each place. What it holds now is its home stock.
    calm_depth : array of float, or float
        USD per unit of log price that makers quote on a side in calm.
    rate : float
        Rate at which gaps are closed, 1/s.
    edge : float
        Gap that is left open, log price: fees and what the desk earns.
    cap : float
        Most that is traded a second at a place, in units of what rests within 1 % in calm; a
        quarter of that when the depth has fallen to a sixteenth.
    slip : float
        Most that working off a one-sided position concedes, log price.
    """

    def __init__(self, Places places not None, accounts, *, calm_depth, double rate=0.92,
                 double edge=5e-4, double cap=0.5, double slip=0.01):
        cdef i32 k
        for name, value in (("rate", rate), ("edge", edge), ("cap", cap), ("slip", slip)):
            if not 0.0 <= value < inf:
                raise ValueError(f"{name} is {value}; it must be at least 0 and finite")
        pairs = _pairs(places)
        self.c_allocate(places.n, places.coins, len(pairs))
        self.habits = Habits(rate, edge, cap, slip)
        cdef i32[::1] column = account_column("accounts", accounts, self.n)
        places.c_need_accounts(&column[0])
        cdef double[::1] calm = number_column("calm_depth", calm_depth, self.n, 1e-6)
        for k in range(self.n):
            self.legs[k].account = column[k]
            self.legs[k].calm = calm[k]
            self.legs[k].home = place_inventory(places.at + k, column[k])
        for k, (one, other) in enumerate(pairs):
            self.links[k].one = one
            self.links[k].other = other

    cdef int c_allocate(self, i32 n, i32 coins, i32 n_links) except -1:
        self.c_free()
        self.n = n
        self.coins = coins
        self.n_links = n_links
        self.legs = <Leg*> memory_zeroed(n * sizeof(Leg))
        self.links = <Link*> memory_zeroed(n_links * sizeof(Link))
        self.order = <i32*> memory_zeroed(n_links * sizeof(i32))
        if self.legs == NULL or self.links == NULL or self.order == NULL:
            raise MemoryError(f"no memory for basis trades at {n} places")
        return 0

    cdef void c_free(self) noexcept nogil:
        memory_free(self.legs)
        memory_free(self.links)
        memory_free(self.order)

    def __dealloc__(self):
        self.c_free()

    # ---- a round ------------------------------------------------------------------------------

    cdef void c_see(self, const Place* place, i32 k) noexcept nogil:
        """Note the touch of a place, in USD as spot; a closed one has none."""
        cdef i64 price
        self.legs[k].bid = self.legs[k].ask = 0.0
        if not place_open(place):
            return
        if place_best(place, BUY, &price):
            self.legs[k].bid = <double> price * place.tick / self.legs[k].over
        if place_best(place, SELL, &price):
            self.legs[k].ask = <double> price * place.tick / self.legs[k].over

    cdef double c_exposure(self, Places places, i32 coin) noexcept nogil:
        """Coins held beyond home over all places of a coin."""
        cdef double coins = 0.0
        cdef i32 k
        for k in range(self.n):
            if places.at[k].coin == coin:
                coins += places.at[k].lot * <double> (
                    place_inventory(places.at + k, self.legs[k].account) - self.legs[k].home)
        return coins

    cdef i64 c_take(self, const Place* place, i32 k, i32 side, i64 limit, i64 lots) noexcept nogil:
        """Trade what an account can pay for of some lots within a limit; lots traded."""
        cdef double price = self.legs[k].bid if side == SELL else self.legs[k].ask
        cdef double usd
        lots = min(lots, place_afford(place, self.legs[k].account, side, limit))
        if lots > 0:
            lots = place_take(place, self.legs[k].account, side, limit, lots, False)
        if lots <= 0:
            return 0
        usd = <double> lots * place.lot * price
        self.legs[k].budget -= usd
        self.legs[k].traded += usd if side == BUY else -usd
        return lots

    cdef void c_work_off(self, Places places, i32 coin) noexcept nogil:
        """Trade a one-sided position away, at one place after the other, the best price first."""
        cdef double coins = self.c_exposure(places, coin), price, best, limit
        cdef i32 side = SELL if coins > 0.0 else BUY, k, at = 0
        cdef i64 lots
        for k in range(self.n):
            self.legs[k].tried = places.at[k].coin != coin
        coins = fabs(coins)
        while at >= 0:
            at = -1
            best = 0.0
            for k in range(self.n):
                price = self.legs[k].bid if side == SELL else self.legs[k].ask
                if not self.legs[k].tried and price > 0.0 and (
                    at < 0 or (price > best if side == SELL else price < best)
                ):
                    at = k
                    best = price
            if at < 0:
                return
            self.legs[at].tried = True
            limit = fixed_exp(-self.habits.slip if side == SELL else self.habits.slip)
            limit *= best * self.legs[at].over / places.at[at].tick
            limit = ceil(limit) if side == SELL else floor(limit)
            lots = <i64> floor(
                min(coins, self.legs[at].budget / best) / places.at[at].lot + NUDGE)
            if lots >= 1 and 1.0 <= limit <= MAX_PRICE:
                lots = self.c_take(places.at + at, at, side, <i64> limit, lots)
                coins -= <double> lots * places.at[at].lot
                self.c_see(places.at + at, at)

    cdef void c_find(self, Link* link) noexcept nogil:
        """Find the way in which a link pays, and how far prices gape beyond the edge."""
        cdef const Leg* one = self.legs + link.one
        cdef const Leg* other = self.legs + link.other
        cdef double forth = one.bid / other.ask if other.ask > 0.0 else 0.0
        cdef double back = other.bid / one.ask if one.ask > 0.0 else 0.0
        link.gap = 0.0
        if max(forth, back) <= 1.0:
            return
        link.dear = link.one if forth >= back else link.other
        link.cheap = link.other if forth >= back else link.one
        link.gap = max(fixed_log(max(forth, back)) - self.habits.edge, 0.0)

    cdef i32 c_sort(self) noexcept nogil:
        """Put the links that pay in order, the widest gap first; how many."""
        cdef i32 i, at, found = 0
        for i in range(self.n_links):
            self.c_find(self.links + i)
            if self.links[i].gap == 0.0:
                continue
            at = found
            while at > 0 and self.links[self.order[at - 1]].gap < self.links[i].gap:
                self.order[at] = self.order[at - 1]
                at -= 1
            self.order[at] = i
            found += 1
        return found

    cdef void c_close(self, Places places, Link* link, double share) noexcept nogil:
        """Close a share of the gap of a link at the prices of the moment."""
        self.c_find(link)
        if link.gap == 0.0:
            return
        cdef i32 dear = link.dear, cheap = link.cheap
        cdef const Place* there = places.at + dear
        cdef const Place* here = places.at + cheap
        cdef double high = self.legs[dear].density, low = self.legs[cheap].density
        cdef double joint = high * low / (high + low) if high > 0.0 and low > 0.0 else 0.0
        cdef double usd = min(
            share * link.gap * joint, self.legs[dear].budget, self.legs[cheap].budget)
        if not usd > 0.0:
            return
        cdef double meet = self.legs[cheap].ask * fixed_exp(link.gap * joint / low)
        cdef double buying = floor(meet * self.legs[cheap].over / here.tick)
        cdef double selling = ceil(
            meet * fixed_exp(self.habits.edge) * self.legs[dear].over / there.tick)
        cdef i64 ask, bid, lowest, highest
        if not (buying >= 1.0 and selling <= MAX_PRICE):
            return
        place_range(here, &lowest, &highest)
        ask = min(<i64> buying, highest)
        place_range(there, &lowest, &highest)
        bid = max(<i64> selling, lowest)
        # What both books offer and both accounts can pay for, in whole lots of both places.
        cdef double coins = usd / meet, lot = max(here.lot, there.lot)
        cdef i64 most = <i64> min(floor(coins / min(here.lot, there.lot)) + 1.0, MAX_LOTS)
        coins = min(coins, here.lot * <double> min(
            place_depth(here, SELL, ask, most),
            place_afford(here, self.legs[cheap].account, BUY, ask)))
        coins = min(coins, there.lot * <double> min(
            place_depth(there, BUY, bid, most),
            place_afford(there, self.legs[dear].account, SELL, bid)))
        coins = lot * floor(coins / lot + NUDGE)
        cdef i64 bought = <i64> floor(coins / here.lot + NUDGE)
        cdef i64 sold = <i64> floor(coins / there.lot + NUDGE)
        if bought < 1 or sold < 1:
            return
        if here.market == PERP:
            bought = self.c_take(here, cheap, BUY, ask, bought)
            sold = <i64> floor(<double> bought * here.lot / there.lot + NUDGE)
            if sold > 0:
                self.c_take(there, dear, SELL, bid, sold)
        else:
            sold = self.c_take(there, dear, SELL, bid, sold)
            bought = <i64> floor(<double> sold * there.lot / here.lot + NUDGE)
            if bought > 0:
                self.c_take(here, cheap, BUY, ask, bought)
        self.c_see(here, cheap)
        self.c_see(there, dear)

    cdef void c_trade(self, Places places, double dt, const double* depth,
                      const double* premium) noexcept nogil:
        cdef Leg* leg
        cdef i32 k, i, found
        cdef double share = 1.0 - fixed_exp(-self.habits.rate * dt), pace
        for k in range(self.n):
            leg = self.legs + k
            leg.density = depth[k]
            leg.traded = 0.0
            leg.over = fixed_exp(premium[k]) if premium != NULL else 1.0
            pace = max(SLOWEST, min(1.0, FULL_SPEED * leg.density / leg.calm))
            leg.budget = self.habits.cap * 0.01 * leg.calm * pace * dt
            self.c_see(places.at + k, k)
        for k in range(self.coins):
            self.c_work_off(places, k)
        found = self.c_sort()
        for i in range(found):
            self.c_close(places, self.links + self.order[i], share)

    # ---- Python face --------------------------------------------------------------------------

    def trade(self, Places places not None, double dt, depth, premium=None):
        """Work off what is one-sided, then trade the gaps of a step.

        Parameters
        ----------
        places : Places
            Where they trade.
        dt : float
            Seconds since the last round.
        depth : array of float
            By place: USD per unit of log price that makers quote on a side now.
        premium : array of float, optional
            By place: what its coin is worth more there, log price; by default nothing.
        """
        places.c_need(self.n)
        if not 0.0 < dt < inf:
            raise ValueError(f"dt is {dt}; it must be positive and finite")
        cdef const double[::1] density = read_numbers("depth", depth, self.n, 0.0, inf)
        cdef const double[::1] more = None
        if premium is not None:
            more = read_numbers("premium", premium, self.n, -1.0, 1.0)
        with nogil:
            self.c_trade(places, dt, &density[0], &more[0] if more is not None else NULL)

    def exposure(self, Places places not None):
        """Coins held beyond home over all places, by coin."""
        places.c_need(self.n)
        return np.array([self.c_exposure(places, coin) for coin in range(self.coins)])

    @property
    def links(self):
        """Pairs of places that are traded against each other."""
        return [(self.links[i].one, self.links[i].other) for i in range(self.n_links)]

    @property
    def accounts(self):
        """Engine account at each place."""
        return np.array([self.legs[k].account for k in range(self.n)], dtype=np.int32)

    @property
    def traded(self):
        """USD traded at each place in the last round, at the touch before it; bought > 0."""
        return np.array([self.legs[k].traded for k in range(self.n)])

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
        cdef i64[3] head = [self.n, self.coins, self.n_links]
        return pack("basis", (
            (<char*> head)[:sizeof(head)],
            (<char*> &self.habits)[:sizeof(Habits)],
            (<char*> self.legs)[:self.n * <i64> sizeof(Leg)],
            (<char*> self.links)[:self.n_links * <i64> sizeof(Link)],
        ))

    def restore(self, bytes data):
        """Replace the whole state by a snapshot."""
        cdef i64[3] head
        parts = unpack("basis", data, 4)
        sizes = [len(part) for part in parts]
        wanted = None
        if sizes[0] == sizeof(head):
            memcpy(head, <const char*> parts[0], sizeof(head))
            wanted = [sizeof(Habits), head[0] * sizeof(Leg), head[2] * sizeof(Link)]
        if sizes[1:] != wanted:
            raise ValueError("data is not a snapshot of basis traders: its buffers disagree")
        self.c_allocate(<i32> head[0], <i32> head[1], <i32> head[2])
        memcpy(&self.habits, <const char*> parts[1], sizes[1])
        memcpy(self.legs, <const char*> parts[2], sizes[2])
        memcpy(self.links, <const char*> parts[3], sizes[3])

    def __reduce__(self):
        return _rebuild, (self.snapshot(),)

    def __repr__(self):
        return f"BasisDesk({self.n} places, {self.n_links} links)"

    def _check(self):
        """Assert every invariant."""
        cdef i32 k
        for k in range(self.n):
            if not fabs(self.legs[k].traded) < inf or self.legs[k].account < 0:
                raise AssertionError(f"place {k}: account {self.legs[k].account} traded "
                                     f"{self.legs[k].traded} USD")
        for k in range(self.n_links):
            if not 0 <= self.links[k].one < self.links[k].other < self.n:
                raise AssertionError(f"link {k} joins {self.links[k].one} and "
                                     f"{self.links[k].other}")


def unwind(Places places not None, i32 account, double dt, depth, *, double tau=1070.0,
           double share=3e-4, double band=0.01):
    """Let an account close its positions gently: an insurance fund's, or a vault's.

    At each perpetual it trades the part of its position that falls due within the step, rounded
    up to a lot, but no more than a share of the depth a second, within a band around the price.

    Parameters
    ----------
    places : Places
        Where it may have positions; spot is left alone.
    account : int
        Its number at every margin engine.
    dt : float
        Seconds since the last round.
    depth : array of float
        By place: USD per unit of log price that makers quote on a side now.
    tau : float
        Time constant of the positions, s.
    share : float
        Of the depth that may be traded a second: the move that it makes, log price.
    band : float
        Furthest from the price that it trades, as a fraction.

    Returns
    -------
    array of int64
        Lots traded at each place, bought > 0.
    """
    cdef i32 k
    if not 0.0 < dt < inf:
        raise ValueError(f"dt is {dt}; it must be positive and finite")
    for name, value in (("tau", tau), ("share", share)):
        if not 0.0 < value < inf:
            raise ValueError(f"{name} is {value}; it must be positive and finite")
    if not 0.0 <= band < 1.0:
        raise ValueError(f"band is {band}; allowed are 0 to 1, without 1")
    cdef const double[::1] density = read_numbers("depth", depth, places.n, 0.0, inf)
    for k in range(places.n):
        if places.at[k].market == PERP:
            place_need_account(places.at + k, k, account)
    out = np.zeros(places.n, dtype=np.int64)
    cdef i64[::1] traded = out
    cdef double due = 1.0 - fixed_exp(-dt / tau)
    with nogil:
        for k in range(places.n):
            if places.at[k].market == PERP:
                traded[k] = _unwind(
                    places.at + k, account, due, share * density[k] * dt, band)
    return out


cdef i64 _unwind(
    const Place* place, i32 account, double due, double usd, double band
) noexcept nogil:
    """Close a share of a position for so many USD at the most; lots bought, negative if sold."""
    cdef i64 size = place_inventory(place, account), lots
    cdef double price = place_price(place), limit
    cdef i32 side = SELL if size > 0 else BUY
    if size == 0 or price == 0.0:
        return 0
    lots = <i64> min(
        ceil(due * fabs(<double> size)), min(floor(usd / (price * place.unit)), MAX_LOTS))
    limit = ceil(price * (1.0 - band)) if side == SELL else floor(price * (1.0 + band))
    if lots < 1 or not 1.0 <= limit <= MAX_PRICE:
        return 0
    lots = max(place_take(place, account, side, <i64> limit, lots, True), 0)
    return -lots if side == SELL else lots


def _pairs(places):
    """Pair the places of a coin, but for perpetuals among themselves."""
    coin, perpetual = places.coin, places.perpetual
    return [
        (one, other)
        for one in range(places.n)
        for other in range(one + 1, places.n)
        if coin[one] == coin[other] and not (perpetual[one] and perpetual[other])
    ]


def _rebuild(data):
    """Make a desk from its snapshot (for pickling and copies)."""
    cdef BasisDesk desk = BasisDesk.__new__(BasisDesk)
    desk.restore(data)
    return desk
