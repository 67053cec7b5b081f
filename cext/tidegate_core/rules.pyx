"""The policy of liquidation, in numbers."""

from tidegate_core import waterfall

__all__ = []


cdef int load_rules(Rules* rules, object policy) except -1:
    """Fill the numbers of a policy in, or say that it is none."""
    if not isinstance(policy, waterfall.Waterfall):
        raise TypeError(f"policy is {policy!r}; a Waterfall is needed")
    rules.cancel_orders = policy.cancel_orders
    rules.partial = waterfall.PARTIALS.index(policy.partial)
    rules.slice_ppm = policy.slice_ppm
    rules.slice_above = policy.slice_above
    rules.cooldown_seconds = policy.cooldown_seconds
    rules.tiers_down = policy.tiers_down
    rules.whole_below_tier = policy.whole_below_tier
    rules.order = waterfall.ORDERS.index(policy.order)
    rules.clearance_ppm = policy.clearance_ppm
    rules.surplus = waterfall.SURPLUSES.index(policy.surplus)
    rules.adl_rule = waterfall.ADL_RULES.index(policy.adl_rule)
    rules.adl_trigger = waterfall.ADL_TRIGGERS.index(policy.adl_trigger)
    rules.drawdown_ppm = policy.drawdown_ppm
    rules.drawdown_seconds = policy.drawdown_seconds
    rules.adl_price = waterfall.ADL_PRICES.index(policy.adl_price)
    rules.adl_cancels_orders = policy.adl_cancels_orders
    rules.vault = policy.vault
    rules.vault_ppm = policy.vault_ppm
    rules.vault_capacity = policy.vault_capacity
    rules.beyond_vault = waterfall.BEYOND_VAULT.index(policy.beyond_vault)
    return 0
