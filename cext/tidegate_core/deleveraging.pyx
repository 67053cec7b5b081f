"""Auto-deleveraging: ranking, and three rules for who gives up how much."""

from libc.math cimport floor

from tidegate_core.memory cimport memory_free, memory_zeroed
from tidegate_core.types cimport i32, i64
from tidegate_core.wide cimport WIDE_FLOOR, wide_mul_div

import numpy as np

from tidegate_core.ledger import int64_column
from tidegate_core.waterfall import ADL_RULES

__all__ = ["allocate", "haircuts", "queue_score"]

# ---- the heap ---------------------------------------------------------------------------------

cdef inline bint _before(const Claim* a, const Claim* b) noexcept nogil:
    return a.key > b.key or (a.key == b.key and a.place < b.place)


cdef void _sift(Claim* claims, i64 n, i64 at) noexcept nogil:
    """Let the claim at a node sink to where it belongs."""
    cdef Claim sinking = claims[at]
    cdef i64 child, best, end
    while True:
        child = at * HEAP_CHILDREN + 1
        if child >= n:
            break
        end = child + HEAP_CHILDREN if child + HEAP_CHILDREN < n else n
        best = child
        for child in range(best + 1, end):
            if _before(&claims[child], &claims[best]):
                best = child
        if not _before(&claims[best], &sinking):
            break
        claims[at] = claims[best]
        at = best
    claims[at] = sinking


cdef void heap_build(Claim* claims, i64 n) noexcept nogil:
    """Put claims into the order of a heap, in one pass."""
    cdef i64 at
    if n > 1:
        for at in range((n - 2) // HEAP_CHILDREN, -1, -1):
            _sift(claims, n, at)


cdef void heap_pop(Claim* claims, i64 n) noexcept nogil:
    """Exchange the first in rank and the last of the heap, and put the others in order."""
    cdef Claim first = claims[0]
    claims[0] = claims[n - 1]
    claims[n - 1] = first
    _sift(claims, n - 1, 0)


# ---- the rules --------------------------------------------------------------------------------

cdef i64 take_in_order(Claim* claims, i64 n, i64 amount, bint whole) noexcept nogil:
    """Take from the first in rank, then the next; with `whole` never a part of one."""
    cdef i64 at, left = amount
    for at in range(n):
        claims[at].taken = 0
    heap_build(claims, n)
    while n > 0 and left > 0:
        heap_pop(claims, n)
        n -= 1
        claims[n].taken = claims[n].most if whole or claims[n].most < left else left
        left -= claims[n].taken
    return amount - left


cdef void _share(Claim* claims, i64 n, i64 amount, i64 total) noexcept nogil:
    """Share less than the total in proportion, remainders in the order they stand."""
    cdef i64 at, left = amount
    for at in range(n):
        wide_mul_div(amount, claims[at].most, total, WIDE_FLOOR, &claims[at].taken)
        left -= claims[at].taken
    for at in range(n):          # each floor is below its most, so all have room for one more
        if left == 0:
            break
        if claims[at].most > 0:
            claims[at].taken += 1
            left -= 1


cdef i64 take_in_proportion(Claim* claims, i64 n, i64 amount) noexcept nogil:
    """Take from all in proportion to the most of each; they stand in ascending place."""
    cdef i64 at, total = 0
    cdef Claim moved
    for at in range(n):
        claims[at].taken = claims[at].most
        total += claims[at].most
    if total > amount:
        _share(claims, n, amount, total)
    for at in range(n // 2):     # the first is to stand last
        moved = claims[at]
        claims[at] = claims[n - 1 - at]
        claims[n - 1 - at] = moved
    return min(amount, total)


cdef i64 take_to_level(Claim* claims, i64 n, i64 amount) noexcept nogil:
    """Take from the highest keys, so that what is left of them has one key; keys are positive."""
    cdef i64 at, end = n, left = amount, taken
    cdef double most = 0.0, weight = 0.0, level = 0.0
    for at in range(n):
        claims[at].taken = 0
    heap_build(claims, n)
    while n > 0:
        heap_pop(claims, n)
        n -= 1
        most += <double> claims[n].most
        weight += <double> claims[n].most / claims[n].key
        level = (most - <double> amount) / weight
        if n == 0 or level >= claims[0].key:
            break
    for at in range(end - 1, n - 1, -1):
        taken = claims[at].most
        if level > 0.0:
            taken = <i64> floor(
                <double> taken - level * (<double> taken / claims[at].key))
        taken = max(<i64> 0, min(taken, claims[at].most, left))
        claims[at].taken = taken
        left -= taken
    taken = 1
    while left > 0 and taken > 0:     # one lot more each, in order, round after round
        taken = 0
        for at in range(end - 1, n - 1, -1):
            if left > 0 and claims[at].taken < claims[at].most:
                claims[at].taken += 1
                left -= 1
                taken += 1
    return amount - left


cdef i64 _profitable_last(Claim* claims, i64 n) noexcept nogil:
    """Move the claims with a positive key to the end, in the order they stand; where it begins."""
    cdef i64 at, first = n
    cdef Claim moved
    for at in range(n - 1, -1, -1):
        if claims[at].key > 0.0:
            first -= 1
            moved = claims[first]
            claims[first] = claims[at]
            claims[at] = moved
    return first


cdef i64 take_by_rule(i32 rule, Claim* claims, i64 n, i64 amount) noexcept nogil:
    """Share an amount among claims; for pro rata they stand in ascending place."""
    cdef i64 first, taken
    if rule == ADL_QUEUE:
        return take_in_order(claims, n, amount, False)
    if rule == ADL_WATER_FILLING:
        return take_to_level(claims, n, amount)
    first = _profitable_last(claims, n)
    taken = take_in_proportion(claims + first, n - first, amount)
    return taken + take_in_order(claims, first, amount - taken, False)


# ---- Python face ------------------------------------------------------------------------------

cdef i32 _rule(rule) except -1:
    if rule not in ADL_RULES:
        raise ValueError(f"rule is {rule!r}; allowed are {', '.join(ADL_RULES)}")
    return <i32> ADL_RULES.index(rule)


cdef i64 _amount(str name, amount) except -1:
    if not isinstance(amount, int) or isinstance(amount, bool):
        raise TypeError(f"{name} is {amount!r}; a whole number is needed")
    if not 0 <= amount < 2**62:
        raise ValueError(f"{name} is {amount}; allowed are 0 to 2**62 - 1")
    return amount


cdef object _column(str name, values, i64 rows, i64 least):
    """Give an int64 column, none of whose values is below `least`."""
    column = int64_column(name, values, rows)
    if len(column) and int(column.min()) < least:
        row = int(column.argmin())
        raise ValueError(f"{name}[{row}] is {column[row]}; allowed are {least} and more")
    return column


cdef object _most(str name, values):
    """Give a column of what can be taken; sums of it fit in int64."""
    column = _column(name, values, -1, 1)
    if len(column) >= 2**31:
        raise ValueError(f"{name} has {len(column)} rows; allowed are fewer than 2**31")
    total = sum(column.tolist())
    if total >= 2**62:
        raise ValueError(f"{name} sum to {total}; allowed are sums below 2**62")
    return column


cdef class _Claims:
    # A buffer of claims that lives as long as the call that made it.
    cdef Claim* at
    cdef i64 n

    def __cinit__(self, const i64[::1] most):
        cdef i64 row
        self.n = most.shape[0]
        self.at = <Claim*> memory_zeroed(<size_t> self.n * sizeof(Claim))
        if self.at == NULL:
            raise MemoryError
        for row in range(self.n):
            self.at[row].most = most[row]
            self.at[row].place = <i32> row

    def __dealloc__(self):
        memory_free(self.at)

    cdef object taken(self):
        """What was taken of each, in the order they came in."""
        taken = np.zeros(self.n, dtype=np.int64)
        cdef i64[::1] out = taken
        cdef i64 row
        for row in range(self.n):
            out[self.at[row].place] = self.at[row].taken
        return taken


def queue_score(i64 pnl, i64 entry, double leverage):
    """Rank in the queue: PnL / \\|entry\\| times leverage of who gains, over it of who loses.

    Examples
    --------
    >>> queue_score(50, 100, 4.0), queue_score(-50, 100, 4.0)
    (2.0, -0.125)
    """
    if not 0.0 < leverage < float("inf"):
        raise ValueError(f"leverage is {leverage}; allowed are finite values above 0")
    return score_of(pnl, entry, leverage)


def allocate(rule, quantity, sizes, pnls, entries, equities, notionals):
    """Share a quantity among positions that are to be deleveraged.

    Parameters
    ----------
    rule : {"queue", "pro_rata", "water_filling"}
        How it is shared.
    quantity : int
        Lots to be taken.
    sizes : array of int64
        Lots that each candidate holds, at least 1; candidates come in ascending account order.
    pnls, entries, equities, notionals : array of int64
        Unrealised profit, signed cost, equity (at least 1) and notional at mark of each.

    Returns
    -------
    array of int64
        Lots taken of each; they sum to `quantity`, or to all there is.
    """
    cdef i32 code = _rule(rule)
    cdef i64 lots = _amount("quantity", quantity)
    sizes = _most("sizes", sizes)
    cdef i64 row, n = len(sizes)
    cdef const i64[::1] pnl = _column("pnls", pnls, n, -(2**62))
    cdef const i64[::1] entry = _column("entries", entries, n, -(2**62))
    cdef const i64[::1] equity = _column("equities", equities, n, 1)
    cdef const i64[::1] notional = _column("notionals", notionals, n, 0)
    cdef _Claims claims = _Claims(sizes)
    cdef double leverage
    for row in range(n):
        leverage = leverage_of(notional[row], equity[row])
        claims.at[row].key = leverage
        if code != ADL_WATER_FILLING:
            claims.at[row].key = score_of(pnl[row], entry[row], leverage)
    with nogil:
        take_by_rule(code, claims.at, n, lots)
    return claims.taken()


def haircuts(rule, shortfall, profits, leverages):
    """Share a shortfall among the profits of those who gained.

    Parameters
    ----------
    rule : {"queue", "pro_rata", "water_filling"}
        ``queue`` takes whole profits, those with the largest profit times leverage first, until
        the shortfall is met, so often more than it; ``pro_rata`` the same share of every profit;
        ``water_filling`` the larger a share, the higher the leverage, and nothing below a level.
    shortfall : int
        What has to be covered, micro-units.
    profits : array of int64
        What each has gained, at least 1.
    leverages : array of float64
        Leverage of each, above 0.

    Returns
    -------
    array of int64
        What each gives up. But for the queue the sum is the shortfall, or all profits if smaller.
    """
    cdef i32 code = _rule(rule)
    cdef i64 amount = _amount("shortfall", shortfall)
    profits = _most("profits", profits)
    keys = np.ascontiguousarray(leverages, dtype=np.float64)
    if keys.shape != profits.shape:
        raise ValueError(f"leverages has shape {keys.shape}; profits has {profits.shape}")
    if not np.all(np.isfinite(keys) & (keys > 0)):
        raise ValueError(f"leverages are {keys.tolist()}; allowed are finite values above 0")
    cdef const double[::1] leverage = keys
    cdef _Claims claims = _Claims(profits)
    cdef i64 row
    for row in range(claims.n):
        claims.at[row].key = leverage[row]
        if code == ADL_QUEUE:
            claims.at[row].key = <double> claims.at[row].most * leverage[row]
    with nogil:
        if code == ADL_QUEUE:
            take_in_order(claims.at, claims.n, amount, True)
        elif code == ADL_PRO_RATA:
            take_in_proportion(claims.at, claims.n, amount)
        else:
            take_to_level(claims.at, claims.n, amount)
    return claims.taken()
