# Who bears what nobody else can: shares of a quantity, or of a shortfall, among many claims.
#
# A claim is one counterparty: the most that can be taken from it, and a key. Higher keys come
# first, ties by ascending place. A heap keeps the order: building it costs one pass, and only who
# is really needed is taken off, at log n each, so that a deleveraging of few among very many
# never sorts them all. Nothing here allocates or fails.
#
#     queue            in order of the score, each taken whole until the quantity is met. Score:
#                      PnL / |entry| x leverage of who gains, PnL / |entry| / leverage of who loses
#     pro rata         among those who gain, floor(quantity x size / all their sizes), then one lot
#                      more each in ascending place; when that is not enough they go whole, and
#                      the rest is a queue among the others
#     water filling    leverage falls to one level: size - level x size / leverage of everyone
#                      above it, floored, then one lot more each in order of leverage
#
# Leverage is notional / equity. Scores and levels are IEEE doubles, in exactly this order of
# operations: (PnL / |entry|) x (notional / equity); sums run in order of rank. An entry or a
# notional of 0 counts as 1. Quantities are integers, and always sum to min(quantity, all sizes).
from tidegate_core.types cimport i32, i64

cdef enum:
    HEAP_CHILDREN = 4        # of a node: claims[1] to [4] follow the first

cdef enum AdlRule:
    ADL_QUEUE = 0
    ADL_PRO_RATA = 1
    ADL_WATER_FILLING = 2


cdef struct Claim:           # 32 bytes
    double key               # score or leverage: the highest goes first
    i64 most                 # lots, or profit: no more can be taken
    i64 taken
    i32 place                # ties: the lowest first
    i32 position             # the caller's


cdef inline double leverage_of(i64 notional, i64 equity) noexcept nogil:
    """Give notional / equity; the equity is positive."""
    return <double> (notional if notional > 0 else 1) / <double> equity


cdef inline double score_of(i64 pnl, i64 entry, double leverage) noexcept nogil:
    """Rank in the queue."""
    cdef i64 cost = entry if entry > 0 else -entry
    cdef double ratio = <double> pnl / <double> (cost if cost > 0 else 1)
    return ratio * leverage if pnl > 0 else ratio / leverage


cdef void heap_build(Claim* claims, i64 n) noexcept nogil
# Move the first in rank to the end of the heap, which is one shorter afterwards: claims[n - 1].
cdef void heap_pop(Claim* claims, i64 n) noexcept nogil

# The rules set `taken` of all claims and may reorder them; each gives how many lots were taken.
# In the order of execution they then stand from the last to the first.
cdef i64 take_in_order(Claim* claims, i64 n, i64 amount, bint whole) noexcept nogil
cdef i64 take_in_proportion(Claim* claims, i64 n, i64 amount) noexcept nogil
cdef i64 take_to_level(Claim* claims, i64 n, i64 amount) noexcept nogil
cdef i64 take_by_rule(i32 rule, Claim* claims, i64 n, i64 amount) noexcept nogil
