# Who is due for liquidation: where positions rest until a price reaches them.
#
# A target is an isolated position, or all cross positions of an account together; it is due when
# its equity is at most its maintenance margin. Where a position would be due it rests as a trigger
# in a ladder, the same structure that orders rest in: longs in one, shorts in another. A mark that
# crosses no trigger costs one comparison a ladder; one that does touches what it crosses and no
# other position.
#
# An isolated position has its exact price there. The cross positions and the collateral of an
# account share its headroom h = equity - maintenance > 0: each gets a budget, in proportion to its
# notional or value, of h - 1 in all, and a trigger at the last price at which its adverse move
# would use up more than that. Maintenance follows notional at a rate below 1, so equity less
# maintenance of a position never falls when the price moves its way, and at any prices that cross
# no trigger
#
#     equity - maintenance  >=  h - (sum of budgets)  >=  1
#
# whatever the number and signs of the positions, linear or inverse, through all tiers. A single
# cross position without collateral has all of h - 1 for itself, and so its exact price. When a
# trigger is crossed the account is valued: it is due, or gets new triggers for the headroom left.
#
# Accounts made dirty by trades, cash or funding get new triggers when the next prices arrive, in
# the order in which they became dirty, and before any trigger is looked at. Then contracts are
# examined in order: longs from the highest trigger down, shorts from the lowest up, first come
# first served at a price; then collateral from the highest down.
#
# Should there be no memory for a trigger, its account simply stays dirty: it is valued again at
# every price.
#
# Invariants are asserted by trigger_checks.pyx.
from tidegate_core.holdings cimport MAX_CONTRACTS, Holdings, is_holding
from tidegate_core.ladder cimport Ladder
from tidegate_core.positions cimport Position
from tidegate_core.types cimport i32, i64


cdef struct Due:             # a target of liquidation
    i32 position             # an isolated one; 0: the account's cross positions
    i32 account


cdef struct Triggers:        # on one price: of a contract, or 1 more than that of a collateral
    Ladder longs             # due at and below
    Ladder shorts            # due at and above
    i64 highest              # of the longs, 0: none
    i64 lowest               # of the shorts, INT64_MAX: none


cdef class TriggerHouse(Holdings):
    cdef Triggers* triggers        # by contract, then by collateral asset
    cdef i32 n_triggers
    cdef Due* due                  # new targets since the desk last took them, in order
    cdef i64 n_due
    cdef i64 due_capacity
    cdef i64 rounds                # of prices so far
    cdef public bint liquidating          # if not, nothing is examined
    cdef bint examined             # since the prices changed

    cdef bint c_is_due(self, Due target) noexcept nogil
    cdef i32 c_set_marks(self, const i64* marks) noexcept nogil            # 0: leave that one
    cdef i32 c_set_collateral_price(self, i32 asset, i64 price) noexcept nogil
    # The desk has done with a target. Records that say nothing any more are gone then.
    cdef void c_unqueue(self, Due target) noexcept nogil


cdef Triggers* empty_triggers(i32 n) noexcept nogil        # NULL without memory
cdef void free_triggers(Triggers* triggers, i32 n) noexcept nogil


cdef inline Triggers* triggers_of(TriggerHouse house, const Position* position) noexcept nogil:
    """Address the ladders on whose price a record depends."""
    if is_holding(position):
        return house.triggers + house.n_contracts + position.contract - MAX_CONTRACTS - 1
    return house.triggers + position.contract
