"""Market makers: ladders of real orders that follow the news, thin out under stress, and refill."""

from math import inf, nan

import numpy as np

from libc.math cimport ceil, fabs, floor, sqrt
from libc.string cimport memcpy

from tidegate_core.book cimport OrderBook
from tidegate_core.clearing cimport book_id
from tidegate_core.draws cimport fixed_exp, fixed_log
from tidegate_core.memory cimport memory_free, memory_zeroed
from tidegate_core.types cimport (
    BUY,
    POST_ONLY,
    REJECT_FUNDS,
    REJECT_HALTED,
    SELL,
    i32,
    i64,
)
from tidegate_crowd.places cimport (
    Place,
    Places,
    place_afford,
    place_best,
    place_book,
    place_cancel,
    place_inventory,
    place_range,
    place_remaining,
    place_submit,
    place_ticks,
    read_numbers,
)

from tidegate_core.frames import pack, unpack
from tidegate_crowd.places import account_column, number_column

__all__ = ["QuoteDesk"]

cdef double DAY = 86400.0
cdef double LN2 = 0.6931471805599453
cdef double PRICE_SLACK = 0.02     # of a level's width that its price may be off
cdef double SIZE_SLACK = 0.01      # of a level's size, and of the density
cdef double FULL = 0.9             # most of its room that an inventory is reckoned to fill
cdef double MAX_PRICE = 9.0e18     # ticks
cdef double MAX_LOTS = 1.0e12      # of one order: what any house takes

# By name: default, least, most. The order is that of the struct.
RULES = {
    "depth": (None, 1e-6, 1e18),
    "calm": (None, 1e-9, 1e3),
    "spread": (5e-5, 1e-9, 0.1),
    "reach": (0.10, 1e-8, 1.0),
    "refill": (1.0 / 63.0, 0.0, inf),
    "skew": (0.1, 0.0, 1.0),
    "threshold": (2.6, 1e-6, inf),
    "exponent": (2.5, 0.0, 100.0),
    "floor": (0.02, 0.0, 1.0),
    "obligation": (0.0, 0.0, 1.0),
    "fall": (1.0, 1e-9, inf),
    "recovery": (900.0, 1e-9, inf),
    "memory": (351.0, 1e-9, inf),
    "horizon": (60.0, 0.0, inf),
    "coupling": (0.68, 0.0, inf),
    "room": (8.6, 1e-9, inf),
}


cdef class QuoteDesk:
    """The market makers of every place, each with an account and a ladder of quotes there.

    Parameters
    ----------
    places : Places
        Where they quote; every method takes the places as they are then.
    accounts : array of int, or int
        Engine account at each place. What it holds now is its home stock.
    depth : array of float, or float
        USD per unit of log price that rests on a side in calm: 100 times what rests within 1 %.
    calm : array of float, or float
        Volatility in calm, log price per square root of a day.
    levels : int
        Quotes on each side of a place, at least 2.
    withdraw : bool
        Does volatility thin the quotes? Off as an ablation.
    **rules
        One value, or one a place. `spread` (5e-5): distance of the first quote, log price;
        `reach` (0.10): where the ladder ends (16 levels then have a cut at 1 %, so that what rests
        within 1 % is a hundredth of `depth`); `refill` (1/63 per s): rate at which quotes return
        to the reservation price; `skew` (0.1): how far from it they stay with an inventory, in
        units of how far the trades that made it had pushed them; `threshold` (2.6), `exponent`
        (2.5) and `floor` (0.02) of the withdrawal; `obligation` (0): least share of the depth
        quoted whatever happens; `fall` (half-life, 1 s) and `recovery` (time constant, 900 s) of
        the share quoted; `memory` (half-life of the variance, 351 s) and `horizon` (time constant
        of the mean that moves are taken from, 60 s; 0: from round to round); `coupling` (0.68) of
        stress between coins; `room` (8.6): of inventory, in units of what rests within 1 % in calm.

    Notes
    -----
    Measured from round to round, volatility is mostly the bounce of trades in a thin book once the
    book is thin: makers would take their own absence for danger and never come back. Over a
    minute that bounce has been refilled, and what is left is news.
    """

    def __cinit__(self, *args, **kwargs):
        self.pace_dt = -1.0

    def __init__(self, Places places not None, accounts, *, depth, calm, i32 levels=16,
                 bint withdraw=True, **rules):
        cdef i32 k
        if not 2 <= levels <= 1024:
            raise ValueError(f"levels is {levels}; allowed are 2 to 1024")
        self.c_allocate(places.n, levels, places.coins)
        self.withdraw = withdraw
        cdef i32[::1] column = account_column("accounts", accounts, self.n)
        places.c_need_accounts(&column[0])
        defaults = {name: row[0] for name, row in RULES.items()}
        self.c_read_rules({**defaults, **rules, "depth": depth, "calm": calm})
        for k in range(self.n):
            self.desks[k].account = column[k]
            self.desks[k].home = self.desks[k].held = place_inventory(places.at + k, column[k])
            self.desks[k].centre = self.desks[k].mean = self.desks[k].posted = nan
            self.desks[k].factor = 1.0
            self.desks[k].variance = self.rules[k].calm * self.rules[k].calm / DAY

    cdef int c_allocate(self, i32 n, i32 levels, i32 coins) except -1:
        self.c_free()
        self.n = n
        self.levels = levels
        self.coins = coins
        self.rules = <Rules*> memory_zeroed(n * sizeof(Rules))
        self.paces = <Pace*> memory_zeroed(n * sizeof(Pace))
        self.rungs = <Rung*> memory_zeroed(<size_t> n * levels * sizeof(Rung))
        self.desks = <Desk*> memory_zeroed(n * sizeof(Desk))
        self.quotes = <Quote*> memory_zeroed(<size_t> n * 2 * levels * sizeof(Quote))
        self.aims = <Quote*> memory_zeroed(<size_t> 2 * levels * sizeof(Quote))
        self.sums = <double*> memory_zeroed(<size_t> 2 * coins * sizeof(double))
        if (self.rules == NULL or self.paces == NULL or self.rungs == NULL or self.desks == NULL
                or self.quotes == NULL or self.aims == NULL or self.sums == NULL):
            raise MemoryError(f"no memory for quotes at {n} places")
        return 0

    cdef void c_free(self) noexcept nogil:
        memory_free(self.rules)
        memory_free(self.paces)
        memory_free(self.rungs)
        memory_free(self.desks)
        memory_free(self.quotes)
        memory_free(self.aims)
        memory_free(self.sums)

    def __dealloc__(self):
        self.c_free()

    # ---- rules --------------------------------------------------------------------------------

    cdef int c_read_rules(self, dict given) except -1:
        """Replace the rules named, all or none of them."""
        cdef i32 k, at
        unknown = sorted(set(given) - set(RULES))
        if unknown:
            raise TypeError(f"unknown rules {', '.join(unknown)}; allowed are {', '.join(RULES)}")
        matrix = np.empty((self.n, len(RULES)))
        cdef double[:, ::1] rows = matrix
        for k in range(self.n):
            memcpy(&rows[k, 0], self.rules + k, sizeof(Rules))
        for at, (name, (_, low, high)) in enumerate(RULES.items()):
            if name in given:
                matrix[:, at] = number_column(name, given[name], self.n, low, high)
        columns = dict(zip(RULES, matrix.T))
        if not (columns["reach"] > 2.0 * columns["spread"]).all():
            raise ValueError("reach must be more than twice the spread at every place")
        for k in range(self.n):
            memcpy(self.rules + k, &rows[k, 0], sizeof(Rules))
        self.c_derive()
        return 0

    cdef void c_derive(self) noexcept nogil:
        """Work out the ladders, and forget what the time step made of the old rules."""
        cdef i32 k, j
        cdef Rung* rung
        cdef double ratio, edge, following
        for k in range(self.n):
            ratio = fixed_exp(
                fixed_log(0.5 * self.rules[k].reach / self.rules[k].spread) / (self.levels - 1))
            edge = 0.0
            following = 2.0 * self.rules[k].spread
            for j in range(self.levels):
                rung = self.rungs + k * self.levels + j
                rung.width = following - edge
                rung.above = fixed_exp(0.5 * (edge + following))
                rung.below = fixed_exp(-0.5 * (edge + following))
                edge = following
                following *= ratio
        self.pace_dt = -1.0

    cdef void c_set_pace(self, double dt) noexcept nogil:
        cdef i32 k
        cdef Rules* rules
        if dt == self.pace_dt:
            return
        for k in range(self.n):
            rules = self.rules + k
            self.paces[k].refill = 1.0 - fixed_exp(-rules.refill * dt)
            self.paces[k].keep = fixed_exp(-LN2 * dt / rules.memory)
            self.paces[k].linger = fixed_exp(-dt / rules.horizon) if rules.horizon > 0.0 else 0.0
            self.paces[k].fall = 1.0 - fixed_exp(-LN2 * dt / rules.fall)
            self.paces[k].recovery = 1.0 - fixed_exp(-dt / rules.recovery)
        self.pace_dt = dt

    # ---- a round ------------------------------------------------------------------------------

    cdef void c_look(self, const Place* place, i32 k) noexcept nogil:
        """Find what was taken from the quotes since the last round, and move the centre by it."""
        cdef Desk* desk = self.desks + k
        cdef Quote* quotes = self.quotes + 2 * k * self.levels
        cdef Quote* quote
        cdef i64 held = place_inventory(place, desk.account)
        cdef i64 sequence = (<OrderBook> place_book(place)).sequence
        cdef i64 filled, left = 0, change = held - desk.held
        cdef i64[2] lots
        cdef double[2] usd
        cdef i32 at, side
        desk.bought = desk.sold = 0.0
        if (
            sequence == desk.sequence and change == 0
            and (quotes.order == 0 or place_remaining(place, quotes.order))
        ):
            return
        lots[0] = lots[1] = 0
        usd[0] = usd[1] = 0.0
        for at in range(2 * self.levels):
            quote = quotes + at
            if quote.order == 0:
                continue
            side = SELL if at >= self.levels else BUY
            filled = quote.lots - place_remaining(place, quote.order)
            quote.lots -= filled
            left += quote.lots
            lots[side] += filled
            usd[side] += <double> filled * <double> quote.price * place.unit
            if filled:
                desk.ragged = True
            if quote.lots == 0:
                quote.order = 0
        if left == 0 and lots[<i32> BUY] - lots[<i32> SELL] != change:
            # The venue has cancelled them: only the inventory tells what was traded, if anything.
            change = max(min(change, lots[<i32> BUY]), -lots[<i32> SELL])
            if sequence == desk.sequence:
                change = 0
            usd[<i32> BUY] = usd[<i32> SELL] = 0.0
            if change:
                side = BUY if change > 0 else SELL
                usd[side] = fabs(<double> change) * place.lot * fixed_exp(desk.posted)
        desk.bought = usd[<i32> BUY]
        desk.sold = usd[<i32> SELL]
        desk.held = held
        desk.sequence = sequence
        if desk.density > 0.0:
            desk.centre -= (desk.bought - desk.sold) / desk.density

    cdef double c_inventory(self, const Place* place, i32 k) noexcept nogil:
        """USD that the inventory is worth, in units of the calm depth."""
        cdef Desk* desk = self.desks + k
        if desk.held == desk.home:
            return 0.0
        return <double> (desk.held - desk.home) * place.lot * fixed_exp(desk.centre) / (
            self.rules[k].depth)

    cdef void c_move(self, const Place* place, i32 k, double dt, double news,
                     double reservation) noexcept nogil:
        """Let trades, news and refill move the centre, and note how far it went."""
        cdef Desk* desk = self.desks + k
        cdef const Pace* pace = self.paces + k
        cdef double step
        self.c_look(place, k)
        if desk.centre != desk.centre:           # the first round
            desk.centre = desk.mean = reservation
            return
        reservation -= self.rules[k].skew * self.c_inventory(place, k)
        desk.centre += news
        desk.centre += pace.refill * (reservation - desk.centre)
        # A walk of variance v a second is v dt / (1 - linger^2) from its mean, on average squared.
        step = desk.centre - desk.mean
        desk.variance *= pace.keep
        desk.variance += (1.0 - pace.keep) * (1.0 - pace.linger * pace.linger) * step * step / dt
        desk.mean = desk.centre - pace.linger * step

    cdef void c_stress(self, Places places) noexcept nogil:
        """Compare volatility with calm: own, of the coin's places, of all coins."""
        cdef i32 k, coin, quoted = 0
        cdef double* weights = self.sums
        cdef double* means = self.sums + self.coins
        cdef double market = 0.0, own
        for coin in range(self.coins):
            weights[coin] = means[coin] = 0.0
        for k in range(self.n):
            own = sqrt(self.desks[k].variance * DAY) / self.rules[k].calm
            self.desks[k].stress = own
            weights[places.at[k].coin] += self.rules[k].depth
            means[places.at[k].coin] += self.rules[k].depth * own
        for coin in range(self.coins):
            if weights[coin] > 0.0:
                means[coin] /= weights[coin]
                market += means[coin]
                quoted += 1
        market /= quoted
        for k in range(self.n):
            self.desks[k].stress = max(
                self.desks[k].stress, means[places.at[k].coin], self.rules[k].coupling * market)

    cdef void c_adapt(self, const Place* place, i32 k) noexcept nogil:
        """Let the share of the depth that is quoted fall or return towards its target."""
        cdef Desk* desk = self.desks + k
        cdef Rules* rules = self.rules + k
        cdef double target = 1.0, away
        if self.withdraw and desk.stress > rules.threshold:
            target = fixed_exp(rules.exponent * fixed_log(rules.threshold / desk.stress))
            target = max(target, rules.floor)
        target *= 1.0 - min(
            fabs(self.c_inventory(place, k)) / (0.01 * rules.room), FULL)
        away = max(target, rules.obligation) - desk.factor
        desk.factor += away * (self.paces[k].fall if away < 0.0 else self.paces[k].recovery)

    cdef bint c_is_quiet(self, const Place* place, i32 k) noexcept nogil:
        """Tell whether the quotes may stay as they are."""
        cdef Desk* desk = self.desks + k
        cdef double density = desk.factor * self.rules[k].depth
        return (
            not desk.ragged
            and fabs(desk.centre - desk.posted) <= PRICE_SLACK * self.rungs[k * self.levels].width
            and fabs(density - desk.density) <= SIZE_SLACK * desk.density
        )

    cdef void c_aim(self, const Place* place, i32 k) noexcept nogil:
        """Work out where quotes should be. What rounding takes from one order the next one gets."""
        cdef Desk* desk = self.desks + k
        cdef const Rung* rung
        cdef Quote* aim
        cdef double middle = place_ticks(place, desk.centre), price, lots, carry
        cdef double density = desk.factor * self.rules[k].depth
        cdef i32 side, j
        for side in range(2):
            carry = 0.0
            for j in range(self.levels):
                rung = self.rungs + k * self.levels + j
                aim = self.aims + side * self.levels + j
                price = floor(middle * rung.below) if side == BUY else ceil(middle * rung.above)
                price = max(1.0, min(price, MAX_PRICE))
                lots = density * rung.width / (price * place.unit) + carry
                carry = lots - floor(lots)
                aim.price = <i64> price
                aim.size = <i64> min(floor(lots), MAX_LOTS)

    cdef bint c_clear(self, const Place* place, i32 k) noexcept nogil:
        """Cancel what is not good enough; false if the venue lets nobody cancel."""
        cdef Quote* quote
        cdef Quote* aim
        cdef double middle = place_ticks(place, self.desks[k].centre)
        cdef i64 slack
        cdef i32 at
        for at in range(2 * self.levels):
            quote = self.quotes + 2 * k * self.levels + at
            aim = self.aims + at
            if quote.order == 0:
                continue
            slack = <i64> (
                PRICE_SLACK * middle * self.rungs[k * self.levels + at % self.levels].width)
            if (
                quote.lots == quote.size
                and -slack <= quote.price - aim.price <= slack
                and fabs(<double> (quote.size - aim.size)) <= max(
                    1.0, SIZE_SLACK * <double> aim.size)
            ):
                continue
            if place_cancel(place, quote.order) == REJECT_HALTED:
                return False
            quote.order = quote.lots = 0
        return True

    cdef bint c_post_side(self, const Place* place, i32 k, i32 side) noexcept nogil:
        """Post what is missing on a side, from the touch outwards while the money lasts.

        A quote that would trade is put behind what it meets. False if the venue would not take
        some of them now: closed, or beyond the band around its mark.
        """
        cdef Quote* quote
        cdef Quote* aim
        cdef i32 account = self.desks[k].account, j
        cdef i64 price, best, lots, order, low, high
        cdef bint whole = True
        place_range(place, &low, &high)
        for j in range(self.levels):
            quote = self.quotes + (2 * k + side) * self.levels + j
            aim = self.aims + side * self.levels + j
            if quote.order or aim.size == 0:
                continue
            price, lots = aim.price, aim.size
            if place_best(place, SELL if side == BUY else BUY, &best):
                price = min(price, best - 1) if side == BUY else max(price, best + 1)
            if not low <= price <= high:
                whole = False
                continue
            order = place_submit(place, account, side, price, lots, POST_ONLY, False)
            if order == -REJECT_FUNDS:
                lots = place_afford(place, account, side, price)
                if lots > 0:
                    order = place_submit(place, account, side, price, lots, POST_ONLY, False)
            if order < 0:
                return whole and order != -REJECT_HALTED
            quote.order = order
            quote.price = price
            quote.size = quote.lots = lots
        return whole

    cdef void c_post(self, const Place* place, i32 k) noexcept nogil:
        cdef Desk* desk = self.desks + k
        self.c_aim(place, k)
        desk.ragged = True
        if not self.c_clear(place, k):
            return
        desk.posted = desk.centre
        desk.density = desk.factor * self.rules[k].depth
        desk.ragged = not self.c_post_side(place, k, BUY)
        desk.ragged = not self.c_post_side(place, k, SELL) or desk.ragged

    cdef void c_quote(self, Places places, double dt, const double* news,
                      const double* reservation, const double* premium) noexcept nogil:
        cdef i32 k, coin
        self.c_set_pace(dt)
        for k in range(self.n):
            coin = places.at[k].coin
            self.c_move(places.at + k, k, dt, news[coin],
                        reservation[coin] + (premium[k] if premium != NULL else 0.0))
        self.c_stress(places)
        for k in range(self.n):
            self.c_adapt(places.at + k, k)
            if not self.c_is_quiet(places.at + k, k):
                self.c_post(places.at + k, k)

    cdef bint c_cancel_all(self, const Place* place, i32 k) noexcept nogil:
        """Take the quotes of a place out of the book; false if the venue lets nobody cancel."""
        cdef Quote* quotes = self.quotes + 2 * k * self.levels
        cdef i32 at
        self.c_look(place, k)
        self.desks[k].ragged = True
        for at in range(2 * self.levels):
            if quotes[at].order and place_cancel(place, quotes[at].order) == REJECT_HALTED:
                return False
            quotes[at].order = quotes[at].lots = 0
        return True

    # ---- Python face --------------------------------------------------------------------------

    def quote(self, Places places not None, double dt, news, reservation, premium=None):
        """Take note of trades and put the quotes where they should be now.

        Parameters
        ----------
        places : Places
            Where it quotes.
        dt : float
            Seconds since the last round.
        news : array of float
            By coin: change of the log consensus since the last round.
        reservation : array of float
            By coin: log USD that quotes return to; the first round quotes around it.
        premium : array of float, optional
            By place: what its coin is worth more there, log price; by default nothing.
        """
        places.c_need(self.n)
        if places.coins != self.coins:
            raise ValueError(f"places has {places.coins} coins; the desk quotes {self.coins}")
        if not 0.0 < dt < inf:
            raise ValueError(f"dt is {dt}; it must be positive and finite")
        cdef const double[::1] shift = read_numbers("news", news, self.coins, -10.0, 10.0)
        cdef const double[::1] value = read_numbers(
            "reservation", reservation, self.coins, -100.0, 100.0)
        cdef const double[::1] more = None
        if premium is not None:
            more = read_numbers("premium", premium, self.n, -1.0, 1.0)
        with nogil:
            self.c_quote(
                places, dt, &shift[0], &value[0], &more[0] if more is not None else NULL)

    def cancel_all(self, Places places not None):
        """Take all quotes out of the books; places whose venue lets nobody cancel keep theirs."""
        cdef i32 k
        places.c_need(self.n)
        with nogil:
            for k in range(self.n):
                self.c_cancel_all(places.at + k, k)

    def change(self, **rules):
        """Change rules, as named in the constructor, from the next round on."""
        self.c_read_rules(rules)

    def rule(self, name):
        """Give a rule, one value a place."""
        if name not in RULES:
            raise ValueError(f"name is {name!r}; allowed are {', '.join(RULES)}")
        at = list(RULES).index(name)
        cdef i32 k
        return np.array([(<double*> (self.rules + k))[<i32> at] for k in range(self.n)])

    @property
    def accounts(self):
        """Engine account at each place."""
        return np.array([self.desks[k].account for k in range(self.n)], dtype=np.int32)

    @property
    def home(self):
        """Lots that are no inventory at each place: what the account had to begin with."""
        return np.array([self.desks[k].home for k in range(self.n)], dtype=np.int64)

    @property
    def centre(self):
        """Middle of the quotes, log USD; NaN before the first round."""
        return np.array([self.desks[k].centre for k in range(self.n)])

    @property
    def inventory(self):
        """Lots held beyond home at the last look."""
        return np.array(
            [self.desks[k].held - self.desks[k].home for k in range(self.n)], dtype=np.int64)

    @property
    def volatility(self):
        """Log price per square root of a day, as remembered."""
        cdef i32 k
        out = np.empty(self.n)
        cdef double[::1] column = out
        for k in range(self.n):
            column[k] = sqrt(self.desks[k].variance * DAY)
        return out

    @property
    def stress(self):
        """Volatility over calm: the largest of own, of the coin, and of the market."""
        cdef i32 k
        out = np.empty(self.n)
        cdef double[::1] column = out
        for k in range(self.n):
            column[k] = self.desks[k].stress
        return out

    @property
    def depth_factor(self):
        """Share of the calm depth that is quoted."""
        return np.array([self.desks[k].factor for k in range(self.n)])

    @property
    def depth(self):
        """USD per unit of log price that is quoted on a side."""
        cdef i32 k
        out = np.empty(self.n)
        cdef double[::1] column = out
        for k in range(self.n):
            column[k] = self.desks[k].factor * self.rules[k].depth
        return out

    @property
    def bought(self):
        """USD for which the quotes bought before the last round."""
        return np.array([self.desks[k].bought for k in range(self.n)])

    @property
    def sold(self):
        """USD for which the quotes sold before the last round."""
        return np.array([self.desks[k].sold for k in range(self.n)])

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
        cdef i64[4] head = [self.n, self.levels, self.coins, self.withdraw]
        return pack("quotes", (
            (<char*> head)[:sizeof(head)],
            (<char*> self.rules)[:self.n * <i64> sizeof(Rules)],
            (<char*> self.desks)[:self.n * <i64> sizeof(Desk)],
            (<char*> self.quotes)[:2 * self.n * self.levels * <i64> sizeof(Quote)],
        ))

    def restore(self, bytes data):
        """Replace the whole state by a snapshot."""
        cdef i64 head[4]
        parts = unpack("quotes", data, 4)
        sizes = [len(part) for part in parts]
        if sizes[0] == sizeof(head):
            memcpy(head, <const char*> parts[0], sizeof(head))
            wanted = [
                head[0] * sizeof(Rules), head[0] * sizeof(Desk),
                2 * head[0] * head[1] * sizeof(Quote)]
        if sizes[0] != sizeof(head) or sizes[1:] != wanted:
            raise ValueError("data is not a snapshot of quotes: its buffers disagree")
        self.c_allocate(<i32> head[0], <i32> head[1], <i32> head[2])
        self.withdraw = head[3] != 0
        memcpy(self.rules, <const char*> parts[1], sizes[1])
        memcpy(self.desks, <const char*> parts[2], sizes[2])
        memcpy(self.quotes, <const char*> parts[3], sizes[3])
        self.c_derive()

    def __reduce__(self):
        return _rebuild, (self.snapshot(),)

    def __repr__(self):
        return f"QuoteDesk({self.n} places, {self.levels} levels a side)"

    def _check(self, Places places=None):
        """Assert every invariant; with `places`, also that the quotes rest as noted."""
        cdef i32 k, at
        cdef Desk* desk
        cdef Quote* quote
        for k in range(self.n):
            desk = self.desks + k
            if not (0.0 <= desk.factor <= 1.0 and 0.0 <= desk.variance < inf):
                raise AssertionError(f"place {k}: factor {desk.factor}, variance {desk.variance}")
            for at in range(2 * self.levels):
                quote = self.quotes + 2 * k * self.levels + at
                if (quote.order != 0) != (quote.lots > 0) or quote.lots > quote.size:
                    raise AssertionError(f"place {k} level {at}: {quote.lots} of {quote.size}")
                if quote.order and places is not None:
                    self._check_quote(places, k, at)

    def _check_quote(self, Places places, i32 k, i32 at):
        cdef Quote* quote = self.quotes + 2 * k * self.levels + at
        cdef OrderBook book = <OrderBook> place_book(places.at + k)
        cdef i64 order = book_id(quote.order)
        cdef i64 lots = book.c_remaining(order)
        if lots > quote.lots:
            raise AssertionError(f"place {k} level {at}: {lots} rest, {quote.lots} were posted")
        if lots and (
            book.c_owner(order) != self.desks[k].account
            or book.c_side(order) != <i32> (SELL if at >= self.levels else BUY)
            or book.c_price(order) != quote.price
        ):
            raise AssertionError(f"place {k} level {at} is another's order")


def _rebuild(data):
    """Make a desk from its snapshot (for pickling and copies)."""
    cdef QuoteDesk desk = QuoteDesk.__new__(QuoteDesk)
    desk.restore(data)
    return desk
