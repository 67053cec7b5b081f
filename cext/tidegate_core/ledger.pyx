"""Exact integer balances of many accounts in several assets.

Used inside a venue's engine, where resting orders reserve what they may cost, and alone, as the
books of everything off-venue, where every claim is an asset whose issuer holds the negative.
"""

from libc.string cimport memcpy, memset

from tidegate_core.memory cimport memory_free, memory_zeroed
from tidegate_core.types cimport (
    OK,
    REJECT_ACCOUNT,
    REJECT_FUNDS,
    REJECT_INSTRUMENT,
    REJECT_MEMORY,
    REJECT_OVERFLOW,
    REJECT_QUANTITY,
    i32,
    i64,
    u8,
)
from tidegate_core.wide cimport (
    Wide,
    wide_accumulate,
    wide_add,
    wide_equal,
    wide_sub,
    wide_to_int,
)

import numpy as np

from tidegate_core.frames import pack, unpack

__all__ = ["Ledger"]

cdef i64 MAX_ACCOUNTS = 2**31 - 1


cdef class Ledger:
    """Balances of accounts x assets in whole micro-units, free and reserved.

    Parameters
    ----------
    assets : sequence of str
        Names of the assets, at least one, all different. Methods take an asset by its index.
    accounts : int
        Accounts to open at once; more by `add_accounts`.

    Notes
    -----
    Methods that move money return a `Reject` code as a plain int: 0 when done, else nothing has
    changed. Amounts are at least 0. Only the free balance of an issuer may be negative.
    """

    def __cinit__(self, assets, i64 accounts=0):
        names = tuple(assets)
        if not names or isinstance(assets, str) or not all(isinstance(n, str) for n in names):
            raise ValueError(f"assets is {assets!r}; it takes a sequence of at least one name")
        if len(set(names)) != len(names):
            raise ValueError(f"assets is {assets!r}; the names must differ")
        if not 0 <= accounts <= MAX_ACCOUNTS:
            raise ValueError(f"accounts is {accounts}; allowed are 0 to {MAX_ACCOUNTS}")
        self._assets = names
        self.n_assets = <i32> len(names)
        self.stride = self.n_assets if self.n_assets <= 2 else (self.n_assets + 3) // 4 * 4
        self.inflow = <Wide*> memory_zeroed(self.n_assets * sizeof(Wide))
        if self.inflow == NULL:
            raise MemoryError
        self.c_grow(accounts if accounts > 8 else 8)
        self.n_accounts = accounts

    def __dealloc__(self):
        memory_free(self.cells)
        memory_free(self.issuers)
        memory_free(self.inflow)

    cdef int c_grow(self, i64 capacity) except -1:
        """Move to buffers for `capacity` accounts; the new rows are zero."""
        cdef Cell* cells = <Cell*> memory_zeroed(<size_t> (capacity * self.stride) * sizeof(Cell))
        cdef u8* issuers = <u8*> memory_zeroed(<size_t> capacity)
        if cells == NULL or issuers == NULL:
            memory_free(cells)
            memory_free(issuers)
            raise MemoryError(f"no memory for {capacity} accounts")
        if self.n_accounts:
            memcpy(cells, self.cells, self.n_accounts * self.stride * sizeof(Cell))
            memcpy(issuers, self.issuers, self.n_accounts)
        memory_free(self.cells)
        memory_free(self.issuers)
        self.cells = cells
        self.issuers = issuers
        self.capacity = capacity
        return 0

    # ---- C face -------------------------------------------------------------------------------

    cdef i64 c_add_accounts(self, i64 count, bint issuer) noexcept nogil:
        cdef i64 first = self.n_accounts, wanted = first + count
        if count < 0:
            return -REJECT_QUANTITY
        if wanted > MAX_ACCOUNTS:
            return -REJECT_MEMORY
        if wanted > self.capacity:
            with gil:
                try:
                    self.c_grow(min(MAX_ACCOUNTS, max(wanted, 2 * self.capacity)))
                except MemoryError:
                    return -REJECT_MEMORY
        memset(self.issuers + first, issuer, count)
        self.n_accounts = wanted
        return first

    cdef i32 c_where(self, i64 account, i64 asset) noexcept nogil:
        if not 0 <= account < self.n_accounts:
            return REJECT_ACCOUNT
        if not 0 <= asset < self.n_assets:
            return REJECT_INSTRUMENT
        return OK

    cdef i32 c_deposit(self, i64 account, i64 asset, i64 amount) noexcept nogil:
        cdef i32 code = self.c_where(account, asset)
        if code != OK:
            return code
        if amount < 0:
            return REJECT_QUANTITY
        cdef Cell* to = cell_of(self, account, asset)
        if wide_add(to.free, amount, &to.free):
            return REJECT_OVERFLOW
        wide_accumulate(self.inflow + asset, amount)
        return OK

    cdef i32 c_withdraw(self, i64 account, i64 asset, i64 amount) noexcept nogil:
        cdef i32 code = self.c_where(account, asset)
        if code != OK:
            return code
        if amount < 0:
            return REJECT_QUANTITY
        code = _debit(cell_of(self, account, asset), self.issuers[account], amount)
        if code == OK:
            wide_accumulate(self.inflow + asset, -amount)
        return code

    cdef i32 c_transfer(self, i64 asset, i64 source, i64 target, i64 amount) noexcept nogil:
        cdef i32 code = self.c_where(source, asset)
        if code == OK:
            code = self.c_where(target, asset)
        if code != OK:
            return code
        if amount < 0:
            return REJECT_QUANTITY
        cdef Cell* giver = cell_of(self, source, asset)
        cdef Cell* taker = cell_of(self, target, asset)
        code = _debit(giver, self.issuers[source], amount)
        if code != OK:
            return code
        if wide_add(taker.free, amount, &taker.free):
            giver.free += amount       # as it was
            return REJECT_OVERFLOW
        return OK

    cdef i32 c_reserve(self, i64 account, i64 asset, i64 amount) noexcept nogil:
        cdef i32 code = self.c_where(account, asset)
        if code != OK:
            return code
        if amount < 0:
            return REJECT_QUANTITY
        cdef Cell* cell = cell_of(self, account, asset)
        if cell.free < amount:
            return REJECT_FUNDS
        if wide_add(cell.reserved, amount, &cell.reserved):
            return REJECT_OVERFLOW
        cell.free -= amount
        return OK

    cdef i32 c_release(self, i64 account, i64 asset, i64 amount) noexcept nogil:
        cdef i32 code = self.c_where(account, asset)
        if code != OK:
            return code
        if amount < 0:
            return REJECT_QUANTITY
        cdef Cell* cell = cell_of(self, account, asset)
        if cell.reserved < amount:
            return REJECT_FUNDS
        if wide_add(cell.free, amount, &cell.free):
            return REJECT_OVERFLOW
        cell.reserved -= amount
        return OK

    cdef Wide c_total(self, i64 asset) noexcept nogil:
        cdef Wide total = Wide(0, 0)
        cdef Cell* cell = self.cells + asset
        cdef i64 _row
        for _row in range(self.n_accounts):
            wide_accumulate(&total, cell.free)
            wide_accumulate(&total, cell.reserved)
            cell += self.stride
        return total

    # ---- Python face --------------------------------------------------------------------------

    @property
    def assets(self):
        """Names of the assets, in index order."""
        return self._assets

    @property
    def accounts(self):
        """Number of accounts."""
        return self.n_accounts

    def __len__(self):
        return self.n_accounts

    def asset(self, name):
        """Give the index of an asset by its name."""
        if name not in self._assets:
            raise ValueError(f"name is {name!r}; the assets are {', '.join(self._assets)}")
        return self._assets.index(name)

    def add_accounts(self, i64 count=1, *, bint issuer=False):
        """Open `count` empty accounts and return the first new index."""
        if not 0 <= count <= MAX_ACCOUNTS - self.n_accounts:
            raise ValueError(
                f"count is {count}; allowed are 0 to {MAX_ACCOUNTS - self.n_accounts}"
            )
        cdef i64 first = self.c_add_accounts(count, issuer)
        if first < 0:
            raise MemoryError(f"no memory for {count} more accounts")
        return first

    def deposit(self, i64 account, i64 asset, i64 amount):
        """Bring `amount` in from outside; the caller logs where it came from."""
        return self.c_deposit(account, asset, amount)

    def withdraw(self, i64 account, i64 asset, i64 amount):
        """Send `amount` outside; the caller logs where it went."""
        return self.c_withdraw(account, asset, amount)

    def transfer(self, i64 asset, i64 source, i64 target, i64 amount):
        """Move `amount` of free balance from `source` to `target`."""
        return self.c_transfer(asset, source, target, amount)

    def reserve(self, i64 account, i64 asset, i64 amount):
        """Move `amount` from free to reserved."""
        return self.c_reserve(account, asset, amount)

    def release(self, i64 account, i64 asset, i64 amount):
        """Move `amount` from reserved back to free."""
        return self.c_release(account, asset, amount)

    def transfer_many(self, *, asset, source, target, amount):
        """Make one transfer a row, in row order, without the GIL.

        Parameters
        ----------
        asset, source, target, amount : array of int64
            One-dimensional columns of equal length.

        Returns
        -------
        array of int64
            The `Reject` code of each row; a refused row moves nothing.
        """
        cdef const i64[::1] assets = int64_column("asset", asset, -1)
        cdef i64 row, n = assets.shape[0]
        cdef const i64[::1] sources = int64_column("source", source, n)
        cdef const i64[::1] targets = int64_column("target", target, n)
        cdef const i64[::1] amounts = int64_column("amount", amount, n)
        results = np.empty(n, dtype=np.int64)
        cdef i64[::1] out = results
        with nogil:
            for row in range(n):
                out[row] = self.c_transfer(assets[row], sources[row], targets[row], amounts[row])
        return results

    def is_issuer(self, i64 account):
        """Tell whether the free balance of `account` may be negative."""
        self._require(account, 0)
        return self.issuers[account] != 0

    def free(self, i64 account, i64 asset):
        """Give the spendable balance of one account."""
        self._require(account, asset)
        return cell_of(self, account, asset).free

    def reserved(self, i64 account, i64 asset):
        """Give what one account has promised to its resting orders."""
        self._require(account, asset)
        return cell_of(self, account, asset).reserved

    def free_column(self, i64 asset):
        """Copy the spendable balances of all accounts, an int64 array."""
        return self._column(asset, False)

    def reserved_column(self, i64 asset):
        """Copy the reserved balances of all accounts, an int64 array."""
        return self._column(asset, True)

    def total(self, i64 asset):
        """Sum free and reserved over all accounts, a Python int."""
        self._require_asset(asset)
        return wide_to_int(self.c_total(asset))

    def external(self, i64 asset):
        """Give deposits minus withdrawals since the start, a Python int."""
        self._require_asset(asset)
        return wide_to_int(self.inflow[asset])

    def _column(self, i64 asset, bint reserved):
        self._require_asset(asset)
        column = np.empty(self.n_accounts, dtype=np.int64)
        cdef i64[::1] out = column
        cdef Cell* cell = self.cells + asset
        cdef i64 account
        for account in range(self.n_accounts):
            out[account] = cell.reserved if reserved else cell.free
            cell += self.stride
        return column

    def _require_asset(self, i64 asset):
        if not 0 <= asset < self.n_assets:
            raise ValueError(f"asset is {asset}; allowed are 0 to {self.n_assets - 1}")

    def _require(self, i64 account, i64 asset):
        if not 0 <= account < self.n_accounts:
            raise ValueError(f"account is {account}; allowed are 0 to {self.n_accounts - 1}")
        self._require_asset(asset)

    def _check(self):
        """Assert every invariant."""
        cdef i64 account, asset
        cdef Cell* row
        for account in range(self.n_accounts):
            row = cell_of(self, account, 0)
            if self.issuers[account] > 1:
                raise AssertionError(f"account {account} is neither an issuer nor none")
            for asset in range(self.n_assets):
                if row[asset].reserved < 0:
                    raise AssertionError(f"account {account} reserves {row[asset].reserved} "
                                         f"of {self._assets[asset]}")
                if row[asset].free < 0 and not self.issuers[account]:
                    raise AssertionError(f"account {account}, no issuer, holds {row[asset].free} "
                                         f"of {self._assets[asset]}")
        for asset in range(self.n_assets):
            if not wide_equal(self.c_total(asset), self.inflow[asset]):
                raise AssertionError(
                    f"{self._assets[asset]}: accounts hold {self.total(asset)}, "
                    f"came in {wide_to_int(self.inflow[asset])}"
                )

    # ---- copies -------------------------------------------------------------------------------

    cdef int c_assign(self, Ledger other) except -1:
        """Take over the state of a ledger of the same assets."""
        if self.capacity < other.n_accounts:
            self.n_accounts = 0        # nothing to carry over
            self.c_grow(other.n_accounts)
        elif self.n_accounts > other.n_accounts:      # accounts opened later start from zero
            memset(cell_of(self, other.n_accounts, 0), 0, <size_t> (
                (self.n_accounts - other.n_accounts) * self.stride) * sizeof(Cell))
        self.n_accounts = other.n_accounts
        memcpy(self.cells, other.cells, other.n_accounts * self.stride * sizeof(Cell))
        memcpy(self.issuers, other.issuers, other.n_accounts)
        memcpy(self.inflow, other.inflow, self.n_assets * sizeof(Wide))
        return 0

    def copy(self):
        """Copy the ledger; the copy shares nothing with it."""
        cdef Ledger twin = Ledger(self._assets, self.n_accounts)
        twin.c_assign(self)
        return twin

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    def snapshot(self):
        """Give the whole state as bytes, for `restore`."""
        return pack("ledger", (
            "\0".join(self._assets).encode(),
            (<char*> self.issuers)[:self.n_accounts],
            (<char*> self.cells)[:self.n_accounts * self.stride * <i64> sizeof(Cell)],
            (<char*> self.inflow)[:self.n_assets * <i64> sizeof(Wide)],
        ))

    def restore(self, bytes data):
        """Replace the whole state by a snapshot of a ledger of the same assets.

        `ValueError`, and nothing changed, if it is none.
        """
        names, issuers, cells, external = unpack("ledger", data, 4)
        if names != "\0".join(self._assets).encode():
            raise ValueError(f"data is of the assets {names.decode().split(chr(0))}, "
                             f"this ledger of {list(self._assets)}")
        cdef Ledger twin = Ledger(self._assets, len(issuers))
        cdef const u8[::1] source = issuers
        cdef i64 cells_size = twin.n_accounts * self.stride * <i64> sizeof(Cell)
        cdef i64 inflow_size = self.n_assets * <i64> sizeof(Wide)
        if len(cells) != cells_size or len(external) != inflow_size:
            raise ValueError("data is not a snapshot of a ledger: its buffers disagree")
        if len(issuers):
            memcpy(twin.issuers, &source[0], len(issuers))
            source = cells
            memcpy(twin.cells, &source[0], len(cells))
        source = external
        memcpy(twin.inflow, &source[0], len(external))
        try:
            twin._check()
        except AssertionError as error:
            raise ValueError(f"data is a damaged snapshot of a ledger: {error}") from None
        self.c_assign(twin)

    def __reduce__(self):
        return _rebuild, (self._assets, self.snapshot())

    def __repr__(self):
        return f"Ledger({', '.join(self._assets)}; {self.n_accounts} accounts)"


cdef inline i32 _debit(Cell* cell, bint issuer, i64 amount) noexcept nogil:
    if not issuer and cell.free < amount:
        return REJECT_FUNDS
    return REJECT_OVERFLOW if wide_sub(cell.free, amount, &cell.free) else OK


def _rebuild(assets, data):
    ledger = Ledger(assets)
    ledger.restore(data)
    return ledger


def int64_column(name, values, i64 rows):
    """Give `values` as a contiguous int64 column, or say what is wrong with it.

    `rows` is the length it must have, -1 for any.
    """
    if not isinstance(values, np.ndarray) or values.dtype != np.int64:
        kind = values.dtype if isinstance(values, np.ndarray) else type(values).__name__
        raise TypeError(f"{name} is {kind}; a one-dimensional array of int64 is needed")
    if values.ndim != 1:
        raise ValueError(f"{name} has {values.ndim} dimensions; it takes one")
    if rows >= 0 and values.shape[0] != rows:
        raise ValueError(f"{name} has {values.shape[0]} rows; the first column has {rows}")
    return np.ascontiguousarray(values)
