# Exact integer balances, accounts x assets.
#
# The row of an account is contiguous, and padded to 1, 2 or a multiple of 4 cells, so that the
# row of an account with up to four assets never straddles a cache line:
#
#     cells:   account 0            account 1            ...
#              [asset 0 | asset 1]  [asset 0 | asset 1]
#
# `free` may be spent. `reserved` is promised to resting orders; it still belongs to the account.
# Only an issuer's free balance may be negative: every claim is an asset, its issuer holds the
# negative. Money enters and leaves through deposit and withdraw alone, which are counted in
# `inflow`; so for each asset the sum over all cells equals `inflow`, always.
#
# Functions of type i32 return a Reject; then nothing has changed.
from tidegate_core.types cimport i32, i64, u8
from tidegate_core.wide cimport Wide


cdef struct Cell:
    i64 free
    i64 reserved


cdef class Ledger:
    cdef Cell* cells           # [capacity][stride]
    cdef u8* issuers           # [capacity], 1 where free may be negative
    cdef Wide* inflow          # [n_assets], deposits minus withdrawals since the start
    cdef i64 n_accounts
    cdef i64 capacity
    cdef i32 n_assets
    cdef i32 stride            # cells of a row
    cdef tuple _assets         # names

    cdef i64 c_add_accounts(self, i64 count, bint issuer) noexcept nogil  # first, or -Reject
    cdef i32 c_where(self, i64 account, i64 asset) noexcept nogil         # OK if both exist
    cdef i32 c_deposit(self, i64 account, i64 asset, i64 amount) noexcept nogil
    cdef i32 c_withdraw(self, i64 account, i64 asset, i64 amount) noexcept nogil
    cdef i32 c_transfer(self, i64 asset, i64 source, i64 target, i64 amount) noexcept nogil
    cdef i32 c_reserve(self, i64 account, i64 asset, i64 amount) noexcept nogil
    cdef i32 c_release(self, i64 account, i64 asset, i64 amount) noexcept nogil
    cdef Wide c_total(self, i64 asset) noexcept nogil
    cdef int c_grow(self, i64 capacity) except -1
    cdef int c_assign(self, Ledger other) except -1


cdef inline Cell* cell_of(Ledger ledger, i64 account, i64 asset) noexcept nogil:
    """Address the cell of an account and asset that exist."""
    return ledger.cells + account * ledger.stride + asset
