"""What a policy rate makes of credit: its price, and how much of it is wanted."""

from __future__ import annotations

from tidegate_core.draws import exp

from tidegate.scenario.easing import CreditResponseSpec

__all__ = ["borrow_rate_bp", "leverage_factor", "ltv_factor", "ltv_slack"]

BP_PER_POINT = 100.0


def borrow_rate_bp(policy_bp: float, spec: CreditResponseSpec, *, on_chain: bool) -> float:
    """Return what a loan against coins costs a year, bp.

    Parameters
    ----------
    policy_bp : float
        Policy rate, >= 0.
    spec : CreditResponseSpec
        Spreads and pass-through.
    on_chain : bool
        Whether a pool lends; a desk if not.
    """
    if not policy_bp >= 0.0:
        raise ValueError(f"policy_bp must be >= 0, got {policy_bp!r}")
    if on_chain:
        return spec.pool_spread_bp + spec.pool_pass_through * policy_bp
    return spec.desk_spread_bp + spec.desk_pass_through * policy_bp


def ltv_factor(
    policy_bp: float, start_bp: float, spec: CreditResponseSpec, *, on_chain: bool
) -> float:
    """Return the LTV that borrowers want over the one they wanted at the rate of the start.

    Above 1 after a cut; what they may have is bounded by the threshold of their loans as ever.
    """
    now = borrow_rate_bp(policy_bp, spec, on_chain=on_chain)
    before = borrow_rate_bp(start_bp, spec, on_chain=on_chain)
    return exp(spec.ltv_semi_elasticity * (before - now) / BP_PER_POINT)


def ltv_slack(wanted: float, factor: float, ceiling: float) -> float:
    """Return by how much the LTV wanted rises (> 0) or falls (< 0).

    Parameters
    ----------
    wanted : float
        LTV wanted at the rate of the start.
    factor : float
        `ltv_factor`.
    ceiling : float
        Highest LTV that anybody aims at, such as that at which borrowers feel warned; who wanted
        more before goes on wanting that.
    """
    if not 0.0 <= wanted < 1.0:
        raise ValueError(f"wanted must be in [0, 1), got {wanted!r}")
    return min(wanted * factor, max(wanted, ceiling)) - wanted


def leverage_factor(policy_bp: float, start_bp: float, spec: CreditResponseSpec) -> float:
    """Return the leverage wanted on margin over that at the rate of the start."""
    for name, rate in (("policy_bp", policy_bp), ("start_bp", start_bp)):
        if not rate >= 0.0:
            raise ValueError(f"{name} must be >= 0, got {rate!r}")
    return exp(spec.leverage_semi_elasticity * (start_bp - policy_bp) / BP_PER_POINT)
