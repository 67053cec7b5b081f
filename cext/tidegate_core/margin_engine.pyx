"""One venue for perpetual contracts: books, positions on margin, funding and liquidation."""

from libc.stdint cimport int16_t
from libc.string cimport memcpy, memset

from tidegate_core.book cimport OrderBook
from tidegate_core.clearing cimport MAX_SLOTS, instrument_of
from tidegate_core.endowment cimport Endowment, endow
from tidegate_core.holdings cimport (
    FIRST_CLIENT,
    FUND,
    MAX_CONTRACTS,
    MAX_MULTIPLICITY,
    VAULT,
    Shortfall,
    cash_of,
)
from tidegate_core.liquidation cimport EVENT_SHORTFALL, Event, LiquidationDesk
from tidegate_core.margin cimport MarginHouse
from tidegate_core.margin_copies cimport copy_house, exchange_houses, load_house, pack_house
from tidegate_core.margin_views cimport MarginViews, whole
from tidegate_core.memory cimport memory_prefetch
from tidegate_core.positions cimport POSITION_ISOLATED
from tidegate_core.types cimport (
    LIMIT,
    OK,
    OP_CANCEL,
    OP_CANCEL_SUBMIT,
    OP_REPLACE,
    OP_SUBMIT,
    REJECT_ACCOUNT,
    REJECT_CODE,
    STP_NONE,
    Fill,
    i32,
    i64,
    u32,
)

import numpy as np

from tidegate_core.book import FILL_DTYPE
from tidegate_core.frames import pack, unpack
from tidegate_core.ledger import int64_column
from tidegate_core.liquidation import LIQUIDATION_DTYPE
from tidegate_core.margin_views import POSITION_DTYPE
from tidegate_core.waterfall import Waterfall

__all__ = ["FILL_DTYPE", "LIQUIDATION_DTYPE", "POSITION_DTYPE", "MarginEngine"]

cdef enum:
    AHEAD = 8            # rows of a batch from one thing that is asked for to the next


# ---- Python's values --------------------------------------------------------------------------

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


cdef struct Rows:                # the columns of a batch; NULL: left out
    const i64* op
    const i64* contract
    const i64* account
    const i64* side
    const i64* price
    const i64* quantity
    const i64* kind
    const i64* stp
    const i64* reduce_only
    const i64* order_id


cdef inline i64 carry_out(MarginEngine engine, const Rows* rows, i64 at) noexcept nogil:
    """Carry out one row of a batch; its result."""
    cdef i64 op = rows.op[at] if rows.op else OP_SUBMIT
    cdef i64 order = rows.order_id[at] if rows.order_id else 0
    cdef i32 owner
    if not OP_SUBMIT <= op <= OP_CANCEL_SUBMIT:
        return engine.c_refuse(REJECT_CODE)
    if op != OP_SUBMIT:
        owner = engine.c_owner(order)
        if owner >= 0 and owner != rows.account[at]:
            return engine.c_refuse(REJECT_ACCOUNT)
        if op == OP_CANCEL:
            return -engine.c_cancel(order)
        if op == OP_REPLACE:
            return engine.c_replace(order, rows.price[at], rows.quantity[at])
        if owner >= 0:
            owner = engine.c_cancel(order)
            if owner != OK:
                return -owner
    return engine.c_submit(
        narrow(rows.contract[at]) if rows.contract else 0,
        narrow(rows.account[at]), narrow(rows.side[at]), rows.price[at], rows.quantity[at],
        narrow(rows.kind[at]) if rows.kind else LIMIT,
        narrow(rows.stp[at]) if rows.stp else STP_NONE,
        rows.reduce_only != NULL and rows.reduce_only[at] != 0)


cdef inline void fetch_ahead(MarginHouse house, const Rows* rows, i64 at, i64 n) noexcept nogil:
    """Ask for what later rows will touch: accounts and orders, then records, then their orders."""
    cdef i64 account, order
    cdef i32 contract
    if at + 3 * AHEAD < n:
        account = rows.account[at + 3 * AHEAD]
        if 0 <= account < house.n_accounts:
            memory_prefetch(house.accounts + account)
            memory_prefetch(cash_of(house, account))
        order = rows.order_id[at + 3 * AHEAD] if rows.order_id else 0
        contract = instrument_of(order)
        if order > 0 and contract < house.n_contracts:
            order &= MAX_SLOTS - 1
            memory_prefetch((<OrderBook> house.books[contract]).slab.at + order)
            memory_prefetch(house.notes[contract] + order)
    if at + 2 * AHEAD < n:
        account = rows.account[at + 2 * AHEAD]
        if 0 <= account < house.n_accounts:
            memory_prefetch(house.positions + house.accounts[account].first)
    if at + AHEAD < n:
        account = rows.account[at + AHEAD]
        if 0 <= account < house.n_accounts:
            memory_prefetch(
                house.working + house.positions[house.accounts[account].first].orders)


cdef class MarginEngine(MarginViews):
    """One venue for perpetual contracts that settle in one asset.

    Parameters
    ----------
    settlement : str
        Asset 0, in which all contracts are settled.
    contracts : sequence of Perpetual
        What is listed, 1 to 32; mappings of the same fields are taken too.
    collateral : sequence of Collateral
        Assets 1, 2, ... that count towards cross margin, at most 7.
    accounts : int
        Client accounts to open at once, numbered from 5. Accounts 0 to 4 are the venue's own:
        VENUE (fees), CLEARING, FUND (insurance), VAULT (backstop) and DUST.
    waterfall : Waterfall, optional
        What becomes of whoever is due; it also says what FUND and VAULT start with.

    Notes
    -----
    Prices are in ticks, quantities in lots, cash in micro-units. Instructions return an order id
    (positive), 0, or minus a `Reject` code; a refusal changes nothing but its counter. One thread
    at a time may use a venue; batches release the GIL, for other venues.

    Examples
    --------
    >>> from tidegate_core.perpetual import Perpetual, Tier
    >>> tier = Tier(10**15, maintenance_ppm=5_000, max_leverage=100)
    >>> venue = MarginEngine(
    ...     contracts=[Perpetual("BTC-PERP", tiers=[tier], tick_value=10**6, max_price=10**9)],
    ...     accounts=2,
    ... )
    >>> venue.deposit(5, 0, 10**12), venue.deposit(6, 0, 10**12), venue.set_marks([50_000])
    (0, 0, None)
    >>> bid = venue.submit(0, 5, side=0, price=50_000, quantity=3)
    >>> ask = venue.submit(0, 6, side=1, price=50_000, quantity=3)
    >>> venue.position(5, 0)["size"], venue.position(6, 0)["size"]
    (3, -3)
    """

    def __cinit__(
        self, settlement="USD", contracts=(), collateral=(), accounts=0, waterfall=None,
    ):
        waterfall = Waterfall() if waterfall is None else waterfall
        self.desk = LiquidationDesk(waterfall)
        self.c_deposit(FUND, 0, waterfall.fund)
        self.c_deposit(VAULT, 0, waterfall.vault_funds)

    # ---- orders -------------------------------------------------------------------------------

    def submit(
        self, i64 contract, i64 account, i64 side, price, quantity,
        i64 kind=LIMIT, i64 stp=STP_NONE, bint reduce_only=False,
    ):
        """Submit an order; its id, or minus a `Reject` code. A market order's price is ignored."""
        cdef i64 ticks = whole("price", price), lots = whole("quantity", quantity)
        self.c_idle()
        return self.c_submit(
            narrow(contract), narrow(account), narrow(side), ticks, lots,
            narrow(kind), narrow(stp), reduce_only)

    def cancel(self, i64 order_id, account=None):
        """Cancel an order, if it is `account`'s where that is given; 0 or minus a `Reject` code."""
        cdef i32 owner
        self.c_idle()
        if account is not None:
            owner = self.c_owner(order_id)
            if owner >= 0 and owner != account:
                return self.c_refuse(REJECT_ACCOUNT)
        return -self.c_cancel(order_id)

    def replace(self, i64 order_id, price, quantity):
        """Change price and remaining quantity; the order's id from now on, or minus a code.

        It is checked as a new order would be. Fewer lots at the same price keep the place in the
        queue and the id; anything else goes to the end of its queue, and may trade at once.
        """
        cdef i64 ticks = whole("price", price), lots = whole("quantity", quantity)
        self.c_idle()
        return self.c_replace(order_id, ticks, lots)

    def cancel_all(self, i64 account, contract=None):
        """Cancel every resting order of an account, in one contract or all; how many."""
        self.c_idle()
        return self.c_cancel_all(
            narrow(account), -1 if contract is None else self._contract(contract))

    def submit_many(
        self, *, account, side, price, quantity, op=None, contract=None, kind=None, stp=None,
        reduce_only=None, order_id=None,
    ):
        """Carry out one instruction a row, in row order, without the GIL.

        Parameters
        ----------
        account, side, price, quantity : array of int64
            One-dimensional columns of equal length.
        op, contract, kind, stp, reduce_only, order_id : array of int64, optional
            By default new limit orders in contract 0. A cancel or a replacement names its
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
        cdef Rows rows
        results = np.empty(n, dtype=np.int64)
        if n == 0:
            return results
        keep = []          # the columns live as long as the pointers to them
        rows.account = &owners[0]
        rows.side = column("side", side, n, keep)
        rows.price = column("price", price, n, keep)
        rows.quantity = column("quantity", quantity, n, keep)
        rows.op = optional("op", op, n, keep)
        rows.contract = optional("contract", contract, n, keep)
        rows.kind = optional("kind", kind, n, keep)
        rows.stp = optional("stp", stp, n, keep)
        rows.reduce_only = optional("reduce_only", reduce_only, n, keep)
        rows.order_id = optional("order_id", order_id, n, keep)
        cdef i64[::1] out = results
        self.c_idle()
        self.busy = True
        with nogil:
            for row in range(n):
                fetch_ahead(self, &rows, row, n)
                out[row] = carry_out(self, &rows, row)
            self.busy = False
        return results

    def place_stop(self, i64 contract, i64 account, i64 side, trigger, quantity, on="mark"):
        """Place a stop order on the `on` "mark" or "last" price; its id or minus a `Reject` code.

        Once the price is at or beyond the trigger when marks are set, it is sent as a reduce-only
        market order. It goes with its position.
        """
        cdef i64 ticks = whole("trigger", trigger), lots = whole("quantity", quantity)
        self.c_idle()
        if on not in ("mark", "last"):
            raise ValueError(f"on is {on!r}; allowed are 'mark' and 'last'")
        return self.c_place_stop(
            narrow(contract), narrow(account), narrow(side), ticks, lots, on == "last")

    def cancel_stop(self, i64 stop):
        """Cancel a stop order; 0 or minus a `Reject` code."""
        self.c_idle()
        return -self.c_cancel_stop(stop)

    # ---- accounts and cash --------------------------------------------------------------------

    def add_accounts(self, i64 count=1, multiplicity=1):
        """Open empty client accounts; the first new number.

        Each stands for `multiplicity` equal real accounts, a number or a column of int64.
        """
        cdef const i64[::1] many
        cdef i64 first, at
        if count < 0:
            raise ValueError(f"count is {count}; allowed are 0 and more")
        if isinstance(multiplicity, np.ndarray):
            many = int64_column("multiplicity", multiplicity, count)
        else:
            many = np.full(count, whole("multiplicity", multiplicity), dtype=np.int64)
        for at in range(count):
            if not 1 <= many[at] <= MAX_MULTIPLICITY:
                raise ValueError(f"multiplicity is {many[at]}; allowed are 1 to {MAX_MULTIPLICITY}")
        self.c_idle()
        first = self.c_add_accounts(count, 1)
        if first < 0:
            raise MemoryError(f"no memory for {count} accounts")
        for at in range(count):
            self.accounts[first + at].multiplicity = <u32> many[at]
        return first

    def deposit(self, i64 account, i64 asset, amount):
        """Bring an amount of an asset into the venue; 0 or minus a `Reject` code."""
        cdef i64 units = whole("amount", amount)
        self.c_idle()
        return self.c_refuse(self.c_deposit(narrow(account), narrow(asset), units))

    def deposit_many(self, *, account, asset, amount):
        """Deposit an asset into the accounts of a column; codes of the rows."""
        cdef const i64[::1] owners = int64_column("account", account, -1)
        cdef const i64[::1] amounts = int64_column("amount", amount, owners.shape[0])
        cdef i64 row
        cdef i32 index = narrow(whole("asset", asset))
        results = np.empty(owners.shape[0], dtype=np.int64)
        cdef i64[::1] out = results
        self.c_idle()
        for row in range(owners.shape[0]):
            out[row] = self.c_refuse(self.c_deposit(narrow(owners[row]), index, amounts[row]))
        return results

    def withdraw(self, i64 account, i64 asset, amount):
        """Take an amount out of the venue that no margin needs; 0 or minus a `Reject` code."""
        cdef i64 units = whole("amount", amount)
        self.c_idle()
        return self.c_refuse(self.c_withdraw(narrow(account), narrow(asset), units))

    def add_margin(self, i64 account, i64 contract, amount):
        """Move free cash into the margin of an isolated position, or back if negative; a code.

        Back goes what margin, less an unrealised loss, exceeds initial margin.
        """
        cdef i64 units = whole("amount", amount)
        self.c_idle()
        return self.c_refuse(self.c_add_margin(narrow(account), narrow(contract), units))

    def set_leverage(self, i64 account, i64 contract, leverage):
        """Set the leverage of a position to be; a code. Refused while it has size or orders."""
        cdef MarginHouse house = self
        cdef i64 times = whole("leverage", leverage)
        self.c_idle()
        cdef i32 slot = self._slot(account, contract)
        return self.c_refuse(self.c_set_leverage(
            narrow(contract), narrow(account), times,
            house.positions[slot].flags & POSITION_ISOLATED != 0))

    def set_mode(self, i64 account, i64 contract, bint isolated):
        """Set whether a position to be is isolated; a code. Refused while it has size or orders."""
        self.c_idle()
        cdef MarginHouse house = self
        cdef i32 slot = self._slot(account, contract)
        cdef i64 times = 1
        if slot:
            times = house.positions[slot].leverage
        elif 0 <= contract < self.n_contracts:
            times = self.contracts[contract].max_leverage
        return self.c_refuse(
            self.c_set_leverage(narrow(contract), narrow(account), times, isolated))

    def endow(
        self, contract, account, size, entry, margin, leverage=None, deposit=None,
    ):
        """Put positions in place, as they were traded before the venue opened.

        Parameters
        ----------
        contract : int
            In which they all are.
        account, size, entry, margin : array of int64
            One row a position. Sizes must sum to 0, and entries; nobody may have a size or orders
            there yet. A margin above 0 comes out of free cash, and makes the position isolated.
        leverage : array of int64, optional
            By default what is set, or the contract's highest.
        deposit : array of int64, optional
            What is deposited into each account before.
        """
        keep = []
        cdef Endowment rows
        cdef i32 index = self._contract(contract)
        rows.n = len(int64_column("account", account, -1))
        if rows.n == 0:
            return
        rows.account = column("account", account, rows.n, keep)
        rows.size = column("size", size, rows.n, keep)
        rows.entry = column("entry", entry, rows.n, keep)
        rows.margin = column("margin", margin, rows.n, keep)
        rows.leverage = optional("leverage", leverage, rows.n, keep)
        rows.deposit = optional("deposit", deposit, rows.n, keep)
        self.c_idle()
        endow(self, index, &rows)

    # ---- prices, funding, liquidation ---------------------------------------------------------

    def set_marks(self, marks):
        """Set the marks, one a contract in ticks (0 leaves it), and find out who is due by them."""
        cdef i64[MAX_CONTRACTS] prices
        cdef i32 at = 0
        if len(marks) != self.n_contracts:
            raise ValueError(f"marks has {len(marks)} entries; there are {self.n_contracts}")
        for mark in marks:
            prices[at] = whole("marks", mark)
            if not 0 <= prices[at] <= self.contracts[at].max_price:
                raise ValueError(f"marks[{at}] is {mark}; allowed are 0 to "
                                 f"{self.contracts[at].max_price}")
            at += 1
        self.c_idle()
        if self.c_set_marks(prices) != OK:
            raise MemoryError("no memory for the queue of liquidations")

    def set_collateral_price(self, i64 asset, price):
        """Set the price of 1e6 units of a collateral, and find out who is due by it; a code."""
        cdef i64 units = whole("price", price)
        self.c_idle()
        return self.c_refuse(self.c_set_collateral_price(narrow(asset), units))

    def fund(self, i64 contract, rate_ppb):
        """Let the longs of a contract pay a rate on its notional, shorts if negative; a code.

        What rounding leaves stays with DUST.
        """
        cdef i64 rate = whole("rate_ppb", rate_ppb)
        self.c_idle()
        return self.c_refuse(self.c_fund(narrow(contract), rate))

    def liquidate(self, now, budget=None):
        """Work through the queue of those who are due; see `LiquidationDesk.liquidate`."""
        self.c_idle()
        absorb(self)
        self.busy = True
        try:
            return self.desk.liquidate(self, now, budget)
        finally:
            self.busy = False

    @property
    def has_events(self):
        """Whether there are events of liquidation that nobody has taken yet."""
        self.c_idle()
        return self.desk.n_log > 0 or self.n_shortfalls > 0

    def take_events(self):
        """Hand out the events of liquidation since the last call, of `LIQUIDATION_DTYPE`."""
        self.c_idle()
        absorb(self)
        return self.desk.take_events()

    def queue(self):
        """List who waits for liquidation, (account, contract) with contract -1 if cross.

        First those in the desk's queue, then who has become due since, then who cools down.
        """
        cdef MarginHouse house = self
        cdef i64 at
        cdef i32 position
        self.c_idle()
        found = self.desk.targets()
        for at in range(self.n_due):
            position = self.due[at].position
            found.append((
                self.due[at].account,
                house.positions[position].contract if position else -1))
        found += [target[:2] for target in self.desk.cooling_down()]
        return found

    @property
    def waiting(self):
        """How many wait for liquidation: the length of `queue`."""
        self.c_idle()
        return len(self.desk) + self.n_due

    @property
    def waterfall(self):
        """What becomes of whoever is due."""
        return self.desk.policy

    # ---- the venue's clock, halts, fills -----------------------------------------------------

    @property
    def time(self):
        """The clock value that is stamped on fills."""
        return self.clock

    @time.setter
    def time(self, i64 value):
        cdef OrderBook book
        self.c_idle()
        self.clock = value
        for book in self._books:
            book.time = value

    def halt(self, contract):
        """Refuse all orders in a contract; cancels remain possible."""
        self.c_idle()
        self.contracts[self._contract(contract)].halted = 1

    def resume(self, contract):
        """Accept orders in a contract again."""
        self.c_idle()
        self.contracts[self._contract(contract)].halted = 0

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

    # ---- invariants and copies ----------------------------------------------------------------

    def _check(self):
        """Assert every invariant."""
        self.c_idle()
        MarginHouse._check(self)
        self.desk._check(self)

    cdef MarginEngine _fresh(self):
        """Make another engine of the same listing."""
        return MarginEngine(
            self.ledger.assets[0], self._contracts, self._collateral, 0, self.desk.policy)

    def copy(self):
        """Copy the venue; the copy shares nothing with it."""
        cdef MarginEngine twin = self._fresh()
        self.c_idle()
        copy_house(twin, self)
        twin.desk = self.desk.copy()
        return twin

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    def _listing(self):
        return repr((self.ledger.assets, self._contracts, self._collateral)).encode()

    def snapshot(self):
        """Give the whole state as bytes, for `restore`; equal venues give equal bytes."""
        self.c_idle()
        return pack(
            "margin engine", (self._listing(), pack_house(self), self.desk.snapshot()))

    def restore(self, bytes data):
        """Replace the whole state by a snapshot of a venue with the same listing and waterfall.

        `ValueError`, and nothing changed, if it is none.
        """
        cdef MarginEngine twin = self._fresh()
        listing, house, desk = unpack("margin engine", data, 3)
        if listing != self._listing():
            raise ValueError("data is of a venue with another listing")
        twin.desk.restore(desk)
        try:
            load_house(twin, house)
            twin._check()
        except (AssertionError, ValueError) as error:
            raise ValueError(
                f"data is a damaged snapshot of a margin engine: {error}") from None
        self.c_idle()
        exchange_houses(self, twin)
        self.desk = twin.desk

    def __reduce__(self):
        return _rebuild, (
            self.ledger.assets[0], self._contracts, self._collateral, self.desk.policy,
            self.snapshot())

    def __repr__(self):
        names = ", ".join(c.name for c in self._contracts)
        return f"MarginEngine({names}; {self.n_accounts - FIRST_CLIENT} clients)"


def _rebuild(settlement, contracts, collateral, waterfall, data):
    engine = MarginEngine(settlement, contracts, collateral, 0, waterfall)
    engine.restore(data)
    return engine


cdef int absorb(MarginEngine engine) except -1:
    """Put the shortfalls of positions closed by trades of their own into the log of events."""
    cdef i64 at
    cdef const Shortfall* row
    cdef Event* event
    if engine.n_shortfalls == 0:
        return 0
    if not engine.desk.c_log_room(engine.n_shortfalls):
        raise MemoryError("no memory for the log of events")
    for at in range(engine.n_shortfalls):
        row = engine.shortfalls + at
        event = engine.desk.log + engine.desk.n_log
        engine.desk.n_log += 1
        memset(event, 0, sizeof(Event))
        event.time = row.time
        event.kind = EVENT_SHORTFALL
        event.contract = <int16_t> row.contract
        event.account = row.account
        event.counterparty = -1
        event.multiplicity = engine.accounts[row.account].multiplicity
        event.value = row.from_fund
        event.amount = row.amount
    engine.n_shortfalls = 0
    return 0
