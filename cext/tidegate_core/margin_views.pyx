"""What can be read from a venue on margin: accounts, positions, orders, totals."""

from tidegate_core.book cimport OrderBook
from tidegate_core.clearing cimport book_id, engine_id, instrument_of
from tidegate_core.contract cimport Contract
from tidegate_core.holdings cimport CLEARING, Account, cash_of, is_holding
from tidegate_core.ledger cimport Cell
from tidegate_core.margin cimport MarginHouse, OrderNote
from tidegate_core.matching cimport FLAG_POST_ONLY, FLAG_SELL, FLAG_STP_SHIFT
from tidegate_core.positions cimport (
    POSITION_ARMED,
    POSITION_ISOLATED,
    POSITION_LIVE,
    POSITION_QUEUED,
    Position,
)
from tidegate_core.slab cimport Order, slab_find, slab_id
from tidegate_core.stops cimport STOP_LAST
from tidegate_core.types cimport BUY, LIMIT, POST_ONLY, SELL, i32, i64, u32
from tidegate_core.wide cimport wide_to_int

import numpy as np

from tidegate_core.codes import Reject

__all__ = ["POSITION_DTYPE", "MarginViews"]

POSITION_DTYPE = np.dtype([
    ("size", "i8"),
    ("entry", "i8"),
    ("margin", "i8"),
    ("trigger", "i8"),
    ("account", "i4"),
    ("contract", "i4"),
    ("multiplicity", "u4"),
    ("leverage", "i4"),
    ("isolated", "i4"),
    ("queued", "i4"),
])


cdef struct PositionRow:         # of POSITION_DTYPE
    i64 size
    i64 entry
    i64 margin
    i64 trigger
    i32 account
    i32 contract
    u32 multiplicity
    i32 leverage
    i32 isolated
    i32 queued


cdef class MarginViews(MarginHouse):
    """The reading half of a `MarginEngine`; it is used through one."""

    # ---- accounts -----------------------------------------------------------------------------

    def equity(self, account):
        """Give the cross equity of an account."""
        self.c_idle()
        return self.c_equity(self._account(account))

    def maintenance(self, account):
        """Give the maintenance margin of an account's cross positions."""
        self.c_idle()
        return self.c_maintenance(self._account(account))

    def available(self, account):
        """Give what an account can put into new orders."""
        self.c_idle()
        return self.c_available(self._account(account))

    def order_margin(self, account):
        """Give what an account has promised to its resting orders."""
        self.c_idle()
        return self.accounts[self._account(account)].order_margin

    def multiplicity(self, account):
        """Give the number of equal real accounts that an account stands for."""
        return self.accounts[self._account(account)].multiplicity

    def balance(self, account, i64 asset=0):
        """Give the cash of an account in an asset."""
        self.c_idle()
        return self.ledger.free(self._account(account), asset)

    def balances(self):
        """Copy all balances, an int64 array of accounts x assets."""
        self.c_idle()
        assets = range(self.n_assets)
        return np.stack([self.ledger.free_column(a) for a in assets], axis=1)

    # ---- positions ----------------------------------------------------------------------------

    def position(self, account, contract):
        """Describe what an account has in a contract, None if nothing differs from the default."""
        self.c_idle()
        cdef MarginHouse house = self
        cdef i32 index = self._contract(contract)
        cdef i32 slot = self.c_position(self._account(account), index)
        cdef const Position* found = house.positions + slot
        cdef bint isolated = found.flags & POSITION_ISOLATED != 0
        if slot == 0:
            return None
        return {
            "size": found.size,
            "entry": found.entry,
            "margin": found.margin,
            "leverage": found.leverage,
            "isolated": isolated,
            "equity": self.c_position_equity(slot) if isolated else None,
            "maintenance": self.c_position_maintenance(slot),
            "trigger": found.trigger if found.flags & POSITION_ARMED else None,
            "queued": found.flags & POSITION_QUEUED != 0,
            "orders": self.working[found.orders].count if found.orders else 0,
        }

    def positions(self):
        """Copy all positions that differ from the default, a structured array of `POSITION_DTYPE`.

        They are in no particular order; `trigger` is 0 where none rests.
        """
        self.c_idle()
        cdef MarginHouse house = self
        cdef i64 n = 0
        cdef i32 slot
        cdef const Position* found
        table = np.zeros(self.records.live, dtype=POSITION_DTYPE)
        cdef char[::1] target = table.view("i1")
        cdef PositionRow* row
        for slot in range(1, self.records.used):
            found = house.positions + slot
            if not found.flags & POSITION_LIVE or is_holding(found):
                continue
            row = <PositionRow*> &target[n * <i64> sizeof(PositionRow)]
            n += 1
            row.account, row.contract = found.account, found.contract
            row.size, row.entry, row.margin = found.size, found.entry, found.margin
            row.trigger = found.trigger if found.flags & POSITION_ARMED else 0
            row.multiplicity, row.leverage = found.multiplicity, found.leverage
            row.isolated = found.flags & POSITION_ISOLATED != 0
            row.queued = found.flags & POSITION_QUEUED != 0
        return table[:n]

    # ---- orders -------------------------------------------------------------------------------

    def order(self, i64 order_id):
        """Describe a resting order, or None."""
        self.c_idle()
        cdef i32 contract = instrument_of(order_id), slot
        cdef const Order* order
        cdef const OrderNote* note
        if self.c_owner(order_id) < 0:
            return None
        slot = slab_find(&(<OrderBook> self.books[contract]).slab, book_id(order_id))
        order = (<OrderBook> self.books[contract]).slab.at + slot
        note = self.notes[contract] + slot
        return {
            "contract": contract,
            "account": order.owner,
            "side": <i32> (order.tag & FLAG_SELL),
            "price": order.price,
            "quantity": order.quantity,
            "kind": POST_ONLY if order.tag & FLAG_POST_ONLY else LIMIT,
            "stp": <i32> (order.tag >> FLAG_STP_SHIFT & 3),
            "reduce_only": note.reduce_only != 0,
            "margin": note.margin,
        }

    def orders(self, account, contract=None):
        """List the ids of an account's resting orders, newest first in each contract."""
        self.c_idle()
        cdef MarginHouse house = self
        cdef i32 slot = self.accounts[self._account(account)].first, at
        cdef i32 wanted = -1 if contract is None else self._contract(contract)
        cdef const Position* position
        found = []
        while slot:
            position = house.positions + slot
            if position.orders and (wanted < 0 or position.contract == wanted):
                at = self.working[position.orders].first
                while at:
                    found.append(engine_id(slab_id(
                        &(<OrderBook> self.books[position.contract]).slab, at),
                        position.contract))
                    at = self.notes[position.contract][at].next
            slot = position.sibling
        return found

    def resting(self, contract=0):
        """Count the resting orders of a contract."""
        self.c_idle()
        return len(self._books[self._contract(contract)])

    def stops(self, account, contract):
        """List the stops of a position, newest first: id, trigger, lots, what they watch."""
        self.c_idle()
        cdef MarginHouse house = self
        cdef i32 index = self._contract(contract)
        cdef i32 at = house.positions[self.c_position(self._account(account), index)].stops
        cdef const Order* stop
        found = []
        while at:
            stop = house.stops.slab.at + at
            found.append((
                slab_id(&house.stops.slab, at), stop.price, stop.quantity,
                "last" if stop.tag & STOP_LAST else "mark"))
            at = house.stops.notes[at].next
        return found

    # ---- the market ---------------------------------------------------------------------------

    @property
    def contracts(self):
        """What is listed, in index order."""
        return self._contracts

    @property
    def collateral(self):
        """What counts as collateral: assets 1, 2, ..."""
        return self._collateral

    @property
    def assets(self):
        """Names of the assets, in index order; the first is what contracts settle in."""
        return self.ledger.assets

    @property
    def accounts(self):
        """Number of accounts, the venue's own five included."""
        return self.n_accounts

    def halted(self, contract):
        """Tell whether a contract is halted."""
        return self.contracts[self._contract(contract)].halted != 0

    def mark(self, contract=0):
        """Give the mark of a contract in ticks, None before the first."""
        cdef i64 price = self.contracts[self._contract(contract)].mark
        return price if price else None

    def collateral_price_of(self, i64 asset):
        """Give the price of 1e6 units of a collateral, 0 before the first."""
        if not 1 <= asset < self.n_assets:
            raise ValueError(f"asset is {asset}; allowed are 1 to {self.n_assets - 1}")
        return self.collateral_price[asset]

    def best_bid(self, contract=0):
        """Give the highest price bid, or None."""
        return self._best(contract, BUY)

    def best_ask(self, contract=0):
        """Give the lowest price asked, or None."""
        return self._best(contract, SELL)

    def last_price(self, contract=0):
        """Give the price of the last fill, or None."""
        self.c_idle()
        cdef i64 price = self.contracts[self._contract(contract)].last_price
        return price if price else None

    def depth(self, contract, side, i64 levels=10):
        """Give prices and quantities of the best levels of a side, two int64 arrays."""
        self.c_idle()
        return self._books[self._contract(contract)].depth(side, levels)

    def traded(self, contract=0):
        """Sum up a contract since the start: volume, notional, fees, as Python ints."""
        self.c_idle()
        cdef const Contract* terms = self.contracts + self._contract(contract)
        return {
            "volume": wide_to_int(terms.volume),
            "notional": wide_to_int(terms.notional),
            "fees": wide_to_int(terms.fees),
        }

    def open_interest(self, contract=0):
        """Give the lots that are held long, house accounts included."""
        self.c_idle()
        return self.long_lots[self._contract(contract)]

    def counters(self):
        """Count what has happened since the start: by kind, and refusals by `Reject`."""
        self.c_idle()
        refused = <list> self.state.rejects
        return {
            "orders": self.state.orders,
            "cancels": self.state.cancels,
            "replaces": self.state.replaces,
            "fills": self.state.fills,
            "expired": self.state.expired,
            "reduced": self.state.reduced,
            "liquidations": self.state.liquidations,
            "stops": self.state.stops,
            "stops_reached": self.state.reached,
            "rejects": {code: refused[code] for code in Reject if refused[code]},
        }

    def audit(self):
        """Sum everything up, as Python ints.

        Returns
        -------
        dict
            `assets`: by name what came in and what is held, which must agree. `sizes`: by
            contract name the sum of all sizes, 0. `clearing`: what CLEARING holds; `owed`: isolated
            margins less entries, the same.
        """
        self.c_idle()
        cdef MarginHouse house = self
        cdef i32 slot
        sizes = [0] * self.n_contracts
        owed = 0
        for slot in range(1, self.records.used):
            if not is_holding(house.positions + slot):
                sizes[house.positions[slot].contract] += house.positions[slot].size
                owed += <object> house.positions[slot].margin - house.positions[slot].entry
        return {
            "assets": {
                name: {"inflow": self.ledger.external(at), "held": self.ledger.total(at)}
                for at, name in enumerate(self.ledger.assets)
            },
            "sizes": {c.name: size for c, size in zip(self._contracts, sizes)},
            "clearing": cash_of(self, CLEARING)[0],
            "owed": owed,
        }

    @property
    def nbytes(self):
        """Bytes of the records of accounts and positions in use, with cash and triggers' queues."""
        self.c_idle()
        cdef i64 account = sizeof(Account) + self.ledger.stride * <i64> sizeof(Cell)
        return self.n_accounts * account + self.records.live * <i64> sizeof(Position)

    # ---- arguments ----------------------------------------------------------------------------

    cdef int c_idle(self) except -1:
        """Refuse to work, or to read what it changes, while a batch runs in another thread."""
        if self.busy:
            raise RuntimeError("engine is busy: a batch runs in another thread")
        return 0

    cdef object _best(self, contract, i32 side):
        self.c_idle()
        cdef OrderBook book = self._books[self._contract(contract)]
        return book.c_best(side) if book.c_has(side) else None

    cdef i32 _contract(self, contract) except -1:
        cdef i64 index = whole("contract", contract)
        if not 0 <= index < self.n_contracts:
            raise ValueError(
                f"contract is {index}; allowed are 0 to {self.n_contracts - 1}")
        return <i32> index

    cdef i32 _account(self, account) except -1:
        cdef i64 index = whole("account", account)
        if not 0 <= index < self.n_accounts:
            raise ValueError(f"account is {index}; allowed are 0 to {self.n_accounts - 1}")
        return <i32> index

    cdef i32 _slot(self, i64 account, i64 contract) noexcept:
        """Find the record of an account in a contract; 0 if there is none, or they are unknown."""
        if 0 <= account < self.n_accounts and 0 <= contract < self.n_contracts:
            return self.c_position(<i32> account, <i32> contract)
        return 0
