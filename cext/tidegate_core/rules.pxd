# A `Waterfall` in numbers: what the liquidation desk reads of it at each step.
from tidegate_core.types cimport i64

cdef enum Partial:
    PARTIAL_NONE = 0
    PARTIAL_SLICE = 1
    PARTIAL_TIER = 2

cdef enum Sending:
    SEND_IOC = 0
    SEND_MARKET = 1
    SEND_NONE = 2

cdef enum Surplus:
    SURPLUS_CLIENT = 0
    SURPLUS_FUND = 1

cdef enum AdlTrigger:
    TRIGGER_EMPTY = 0
    TRIGGER_DRAWDOWN = 1
    TRIGGER_NEVER = 2

cdef enum BeyondVault:
    BEYOND_ADL = 0
    BEYOND_BOOK = 1

cdef enum AdlPrice:
    PRICE_BANKRUPTCY = 0
    PRICE_MARK = 1


cdef struct Rules:           # the Waterfall, in numbers
    i64 cancel_orders
    i64 partial
    i64 slice_ppm
    i64 slice_above
    i64 cooldown_seconds
    i64 tiers_down
    i64 whole_below_tier
    i64 order
    i64 clearance_ppm
    i64 surplus
    i64 adl_rule
    i64 adl_trigger
    i64 drawdown_ppm
    i64 drawdown_seconds
    i64 adl_price
    i64 adl_cancels_orders
    i64 vault
    i64 vault_ppm
    i64 vault_capacity
    i64 beyond_vault


cdef int load_rules(Rules* rules, object policy) except -1
