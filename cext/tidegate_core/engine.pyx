"""One venue: order books, exact balances, fees and the log of fills."""

from libc.string cimport memcmp, memcpy

from tidegate_core.book cimport OrderBook
from tidegate_core.clearing cimport (
    ClearingHouse,
    State,
    fetch_ahead,
    find,
    instrument_of,
)
from tidegate_core.matching cimport FLAG_SELL
from tidegate_core.memory cimport memory_free, memory_zeroed
from tidegate_core.settlement cimport Terms
from tidegate_core.slab cimport Order
from tidegate_core.types cimport (
    BUY,
    LIMIT,
    OP_CANCEL,
    OP_CANCEL_SUBMIT,
    OP_REPLACE,
    OP_SUBMIT,
    REJECT_ACCOUNT,
    REJECT_CODE,
    REJECT_OVERFLOW,
    SELL,
    STP_NONE,
    Fill,
    i32,
    i64,
)
from tidegate_core.wide cimport wide_to_int

import numpy as np

from tidegate_core.codes import Reject
from tidegate_core.frames import pack, unpack
from tidegate_core.ledger import int64_column
from tidegate_core.wide import total as total_of

__all__ = ["FILL_DTYPE", "Engine"]

cdef i64 MAX_INT64 = 0x7FFFFFFFFFFFFFFF

FILL_DTYPE = np.dtype([
    ("price", "i8"),
    ("quantity", "i8"),
    ("maker_order", "i8"),
    ("taker_order", "i8"),
    ("sequence", "i8"),
    ("maker", "i4"),
    ("taker", "i4"),
    ("taker_side", "i4"),
    ("instrument", "i4"),
    ("time", "i8"),
])


cdef enum:
    AHEAD = 16           # rows of a batch ahead of which memory is asked for


cdef class Engine(ClearingHouse):
    """One venue: books, balances, fees and the log of fills.

    Parameters
    ----------
    instruments : sequence of Instrument
        What is listed, 1 to 64; mappings of the same fields are taken too.
    accounts : int
        Client accounts to open at once. They are numbered from 1; account 0 is the venue's own,
        which collects the fees and does not trade.
    assets : sequence of str, optional
        Names of the assets in index order; by default those of the instruments as they come.

    Notes
    -----
    Instructions return an order id (positive) or minus a `Reject` code; a refusal changes nothing.
    An order that its account cannot pay for in full is refused with FUNDS. A market buy spends at
    most the account's free quote: it stops at the first level of which it cannot pay the next lot.
    One thread at a time may use a venue; batches release the GIL, for other venues.
    """

    # ---- Python face: instructions ------------------------------------------------------------

    def submit(
        self, i64 instrument, i64 account, i64 side, price, quantity,
        i64 kind=LIMIT, i64 stp=STP_NONE,
    ):
        """Submit an order; its id, or minus a `Reject` code. A market order's price is ignored."""
        cdef i64 ticks = whole("price", price), lots = whole("quantity", quantity)
        self.c_idle()
        return self.c_submit(
            narrow(instrument), narrow(account), narrow(side), ticks, lots,
            narrow(kind), narrow(stp))

    def cancel(self, i64 order_id, account=None):
        """Cancel an order, if it is `account`'s where that is given; 0 or minus a `Reject` code."""
        self.c_idle()
        cdef i32 owner
        if account is not None:
            owner = self.c_owner(order_id)
            if owner >= 0 and owner != account:
                return self.c_refuse(REJECT_ACCOUNT)
        return -self.c_cancel(order_id)

    def replace(self, i64 order_id, price, quantity):
        """Change price and remaining quantity; the order's id from now on, or minus a code.

        Fewer lots at the same price keep the place in the queue and the id; anything else is a
        new order at the end of its queue, which may trade at once.
        """
        cdef i64 ticks = whole("price", price), lots = whole("quantity", quantity)
        self.c_idle()
        return self.c_replace(order_id, ticks, lots)

    def cancel_all(self, i64 account, instrument=None):
        """Cancel every resting order of an account, on one instrument or all; how many."""
        self.c_idle()
        cdef i64 first = 0, end = self.n_instruments, cancelled = 0
        if instrument is not None:
            first = self._instrument(instrument)
            end = first + 1
        cdef i64 at
        for at in range(first, end):
            cancelled += self.c_cancel_all(<i32> at, narrow(account))
        return cancelled

    def submit_many(
        self, *, account, side, price, quantity,
        op=None, instrument=None, kind=None, stp=None, order_id=None,
    ):
        """Carry out one instruction a row, in row order, without the GIL.

        Parameters
        ----------
        account, side, price, quantity : array of int64
            One-dimensional columns of equal length.
        op, instrument, kind, stp, order_id : array of int64, optional
            By default new limit orders on instrument 0. A cancel or a replacement names its
            `order_id`, which must be the account's. An `Op.CANCEL_SUBMIT` cancels `order_id` if
            it still rests and submits in any case.

        Returns
        -------
        array of int64
            Per row what the single call would return: an order id or minus a `Reject` code; of a
            cancel 0 or minus a code.
        """
        cdef const i64[::1] owners = int64_column("account", account, -1)
        cdef i64 row, n = owners.shape[0]
        results = np.empty(n, dtype=np.int64)
        if n == 0:
            return results
        keep = []          # the columns live as long as the pointers to them
        cdef const i64* accounts = &owners[0]
        cdef const i64* sides = column("side", side, n, keep)
        cdef const i64* prices = column("price", price, n, keep)
        cdef const i64* quantities = column("quantity", quantity, n, keep)
        cdef const i64* ops = optional("op", op, n, keep)
        cdef const i64* instruments = optional("instrument", instrument, n, keep)
        cdef const i64* kinds = optional("kind", kind, n, keep)
        cdef const i64* stps = optional("stp", stp, n, keep)
        cdef const i64* orders = optional("order_id", order_id, n, keep)
        cdef i64[::1] out = results
        cdef i64 code, order
        self.c_idle()
        self.busy = True
        with nogil:
            for row in range(n):
                if row + AHEAD < n:
                    fetch_ahead(
                        self, orders[row + AHEAD] if orders else 0, accounts[row + AHEAD])
                code = ops[row] if ops else OP_SUBMIT
                order = orders[row] if orders else 0
                if code == OP_SUBMIT or code == OP_CANCEL_SUBMIT:
                    out[row] = self.c_cancel_submit(
                        order if code == OP_CANCEL_SUBMIT else 0,
                        narrow(instruments[row]) if instruments else 0,
                        narrow(accounts[row]), narrow(sides[row]), prices[row], quantities[row],
                        narrow(kinds[row]) if kinds else LIMIT,
                        narrow(stps[row]) if stps else STP_NONE)
                elif code != OP_CANCEL and code != OP_REPLACE:
                    out[row] = self.c_refuse(REJECT_CODE)
                elif self.c_owner(order) >= 0 and self.c_owner(order) != accounts[row]:
                    out[row] = self.c_refuse(REJECT_ACCOUNT)
                elif code == OP_CANCEL:
                    out[row] = -self.c_cancel(order)
                else:
                    out[row] = self.c_replace(order, prices[row], quantities[row])
            self.busy = False
        return results

    # ---- Python face: money -------------------------------------------------------------------

    def add_accounts(self, i64 count=1):
        """Open `count` empty client accounts and return the first new number."""
        self.c_idle()
        return self.ledger.add_accounts(count)

    def deposit(self, i64 account, i64 asset, amount):
        """Bring an amount into the venue; a `Reject` code."""
        cdef i64 units = whole("amount", amount)
        self.c_idle()
        if 0 <= asset < self.ledger.n_assets and units >= 0:
            total = wide_to_int(self.ledger.inflow[asset]) + units
            if total > MAX_INT64:              # then a credit might overflow
                return -self.c_refuse(REJECT_OVERFLOW)
        return -self.c_refuse(self.ledger.c_deposit(account, asset, units))

    def withdraw(self, i64 account, i64 asset, amount):
        """Take a free amount out of the venue; a `Reject` code."""
        cdef i64 units = whole("amount", amount)
        self.c_idle()
        return -self.c_refuse(self.ledger.c_withdraw(account, asset, units))

    def transfer(self, i64 asset, i64 source, i64 target, amount):
        """Move a free amount between two accounts; a `Reject` code."""
        cdef i64 units = whole("amount", amount)
        self.c_idle()
        return -self.c_refuse(self.ledger.c_transfer(asset, source, target, units))

    def free(self, i64 account, i64 asset):
        """Give the spendable balance of one account."""
        self.c_idle()
        return self.ledger.free(account, asset)

    def reserved(self, i64 account, i64 asset):
        """Give what one account has promised to its resting orders."""
        self.c_idle()
        return self.ledger.reserved(account, asset)

    def balances(self):
        """Copy all balances: free and reserved, two int64 arrays of accounts x assets."""
        self.c_idle()
        assets = range(self.ledger.n_assets)
        return (
            np.stack([self.ledger.free_column(a) for a in assets], axis=1),
            np.stack([self.ledger.reserved_column(a) for a in assets], axis=1),
        )

    def audit(self):
        """Sum up each asset: what came in, and where it is now, as Python ints.

        The books balance when ``free + reserved == inflow`` for every asset.
        """
        self.c_idle()
        found = {}
        for index, name in enumerate(self.ledger.assets):
            reserved = total_of(self.ledger.reserved_column(index))
            found[name] = {
                "free": self.ledger.total(index) - reserved,
                "reserved": reserved,
                "inflow": self.ledger.external(index),
            }
        return found

    # ---- Python face: the market --------------------------------------------------------------

    @property
    def instruments(self):
        """What is listed, in index order."""
        return self._instruments

    @property
    def assets(self):
        """Names of the assets, in index order."""
        return self.ledger.assets

    @property
    def accounts(self):
        """Number of client accounts; they are 1 to this."""
        return self.ledger.n_accounts - 1

    @property
    def time(self):
        """The clock value that is stamped on fills."""
        return self.state.time

    @time.setter
    def time(self, i64 value):
        cdef OrderBook book
        self.c_idle()
        self.state.time = value
        for book in self._books:
            book.time = value

    @property
    def matching(self):
        """Whether orders may trade; when not, those that would are refused with HALTED."""
        return self.state.matching != 0

    @matching.setter
    def matching(self, bint value):
        self.c_idle()
        self.state.matching = value

    def halt(self, i64 instrument):
        """Refuse orders and replacements on an instrument; cancels remain possible."""
        self.c_idle()
        self.terms[self._instrument(instrument)].halted = 1

    def resume(self, i64 instrument):
        """Accept orders on an instrument again."""
        self.c_idle()
        self.terms[self._instrument(instrument)].halted = 0

    def halted(self, i64 instrument):
        """Tell whether an instrument is halted."""
        return self.terms[self._instrument(instrument)].halted != 0

    def best_bid(self, i64 instrument=0):
        """Give the highest price bid, or None."""
        return self._best(self._instrument(instrument), BUY)

    def best_ask(self, i64 instrument=0):
        """Give the lowest price asked, or None."""
        return self._best(self._instrument(instrument), SELL)

    def last_price(self, i64 instrument=0):
        """Give the price of the last fill, or None."""
        self.c_idle()
        cdef i64 price = self.terms[self._instrument(instrument)].last_price
        return price if price else None

    def depth(self, i64 instrument, side, i64 levels=10):
        """Give prices and quantities of the best levels of a side, two int64 arrays."""
        self.c_idle()
        return self._books[self._instrument(instrument)].depth(side, levels)

    def order(self, i64 order_id):
        """Describe a resting order, or None."""
        self.c_idle()
        cdef i32 instrument = instrument_of(order_id)
        cdef const Order* order = find(self, order_id)
        if order == NULL:
            return None
        return {
            "instrument": instrument,
            "account": order.owner,
            "side": <i32> (order.tag & FLAG_SELL),
            "price": order.price,
            "quantity": order.quantity,
        }

    def resting(self, i64 instrument=0):
        """Count the resting orders of an instrument."""
        self.c_idle()
        return len(self._books[self._instrument(instrument)])

    def traded(self, i64 instrument=0):
        """Sum up an instrument since the start: volume, notional, fees, as Python ints."""
        self.c_idle()
        cdef Terms* terms = self.terms + self._instrument(instrument)
        return {
            "volume": wide_to_int(terms.volume),
            "notional": wide_to_int(terms.notional),
            "fees": wide_to_int(terms.fees),
        }

    def counters(self):
        """Count instructions since the start: by kind, and refusals by `Reject`."""
        self.c_idle()
        refused = <list> self.state.rejects
        return {
            "orders": self.state.orders,
            "cancels": self.state.cancels,
            "replaces": self.state.replaces,
            "fills": self.state.fills,
            "expired": self.state.expired,
            "rejects": {code: count for code, count in zip(Reject, refused) if count},
        }

    def __len__(self):
        """Number of fills not yet taken."""
        self.c_idle()
        return self.n_log

    def take_fills(self, out=None):
        """Hand out the fills since the last call, a structured array of `FILL_DTYPE`.

        With `out`, an array of that type with room for them, they are written to its beginning,
        and what is returned is a view of that: no new memory.
        """
        self.c_idle()
        cdef i64 n = self.n_log
        cdef char[::1] target
        if out is None:
            out = np.empty(n, dtype=FILL_DTYPE)
        elif not isinstance(out, np.ndarray) or out.dtype != FILL_DTYPE or out.ndim != 1:
            kind = out.dtype if isinstance(out, np.ndarray) else type(out).__name__
            raise TypeError(f"out is {kind}; a one-dimensional array of FILL_DTYPE is needed")
        if len(out) < n:
            raise ValueError(f"out has {len(out)} rows; there are {n} fills")
        if n:
            target = out[:n].view("i1")
            memcpy(&target[0], self.log, n * sizeof(Fill))
        self.n_log = 0
        return out[:n]

    def take_log(self):
        """Hand out the fills since the last call as bytes: what `take_fills` gives, unread."""
        self.c_idle()
        log = (<char*> self.log)[:self.n_log * <i64> sizeof(Fill)]
        self.n_log = 0
        return log

    cdef int c_idle(self) except -1:
        """Refuse to work, or to read what it changes, while a batch runs in another thread."""
        if self.busy:
            raise RuntimeError("engine is busy: a batch runs in another thread")
        return 0

    cdef object _best(self, i64 instrument, i32 side):
        self.c_idle()
        cdef OrderBook book = self._books[instrument]
        return book.c_best(side) if book.c_has(side) else None

    cdef i64 _instrument(self, i64 instrument) except -1:
        if not 0 <= instrument < self.n_instruments:
            raise ValueError(
                f"instrument is {instrument}; allowed are 0 to {self.n_instruments - 1}")
        return instrument

    # ---- invariants and copies ----------------------------------------------------------------

    def _check(self):
        """Assert every invariant."""
        self.c_idle()
        ClearingHouse._check(self)

    def copy(self):
        """Copy the venue; the copy shares nothing with it."""
        self.c_idle()
        cdef Engine twin = Engine(self._instruments, 0, self.assets)
        twin.c_assign(self)
        return twin

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    def snapshot(self):
        """Give the whole state as bytes, for `restore`."""
        self.c_idle()
        return pack("engine", (
            repr((self._instruments, self.assets)).encode(),
            self.ledger.snapshot(),
            (<char*> self.terms)[:self.n_instruments * <i64> sizeof(Terms)],
            (<char*> &self.state)[:sizeof(State)],
            (<char*> self.log)[:self.n_log * <i64> sizeof(Fill)] if self.n_log else b"",
            pack("books", [book.snapshot() for book in self._books]),
        ))

    def restore(self, bytes data):
        """Replace the whole state by a snapshot of a venue with the same listing.

        `ValueError`, and nothing changed, if it is none.
        """
        listing, ledger, terms, state, log, books = unpack("engine", data, 6)
        if listing != repr((self._instruments, self.assets)).encode():
            raise ValueError("data is of a venue with another listing")
        cdef Engine twin = Engine(self._instruments, 0, self.assets)
        if (
            len(terms) != self.n_instruments * <i64> sizeof(Terms)
            or len(state) != sizeof(State)
            or len(log) % sizeof(Fill)
        ):
            raise ValueError("data is not a snapshot of an engine: its buffers disagree")
        twin.ledger.restore(ledger)
        for book, part in zip(twin._books, unpack("books", books, self.n_instruments)):
            book.restore(part)
        load_terms(twin, <const Terms*> <const char*> <bytes> terms)
        memcpy(&twin.state, <const char*> state, sizeof(State))
        if log:
            memory_free(twin.log)
            twin.log = <Fill*> memory_zeroed(len(log))
            if twin.log == NULL:
                raise MemoryError
            twin.n_log = twin.log_capacity = len(log) // sizeof(Fill)
            memcpy(twin.log, <const char*> log, len(log))
        try:
            twin._check()
        except AssertionError as error:
            raise ValueError(f"data is a damaged snapshot of an engine: {error}") from None
        self.c_idle()
        self.c_assign(twin)

    def __reduce__(self):
        return _rebuild, (self._instruments, self.assets, self.snapshot())

    def __repr__(self):
        return f"Engine({', '.join(i.name for i in self._instruments)}; {self.accounts} accounts)"


cdef inline i64 whole(str name, value) except? -1:
    """Read an integer that moves money; a float or a bool is never rounded silently."""
    if not isinstance(value, int) or isinstance(value, bool):
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise TypeError(f"{name} is {value!r}; an integer is needed")
    return value


cdef inline i32 narrow(i64 value) noexcept nogil:
    """Give a code or index as 32 bits; what does not fit becomes -1, which is refused."""
    return <i32> value if -1 <= value <= 0x7FFFFFFF else -1


cdef const i64* column(name, values, i64 rows, list keep) except? NULL:
    """Give the data of a column; `keep` holds it."""
    cdef const i64[::1] view = int64_column(name, values, rows)
    keep.append(view)
    return &view[0]


cdef const i64* optional(name, values, i64 rows, list keep) except? NULL:
    """Give the data of a column that may be left out, NULL if it is."""
    if values is None:
        return NULL
    return column(name, values, rows, keep)


cdef int load_terms(Engine engine, const Terms* given) except -1:
    """Take over what trading has made of the terms of a listing; the rest must be the listing's."""
    cdef Terms expected
    cdef i32 at
    for at in range(engine.n_instruments):
        expected = engine.terms[at]
        expected.last_price, expected.halted = given[at].last_price, given[at].halted
        expected.volume, expected.notional = given[at].volume, given[at].notional
        expected.fees = given[at].fees
        if memcmp(&expected, given + at, sizeof(Terms)):
            raise ValueError(f"data is a damaged snapshot of an engine: terms of instrument {at}")
        engine.terms[at] = expected
    return 0


def _rebuild(instruments, assets, data):
    engine = Engine(instruments, 0, assets)
    engine.restore(data)
    return engine
