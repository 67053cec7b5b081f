"""What makes a state wait, shrink, give up, sell or give in: rules without state.

Shares are whole parts per million, so that every comparison is exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from typing import TypeVar

from tidegate_core.draws import exp

from tidegate.scenario.reserve_levers import Source
from tidegate.scenario.reserve_plan import SOURCES, PlanSpec
from tidegate.scenario.sovereign import StateSpec
from tidegate.scenario.state_perils import LenderSpec, PoliticsSpec

__all__ = [
    "PPM",
    "chance",
    "drawdown",
    "lapse_rate",
    "loss_share",
    "must_wait",
    "political_cost",
    "reversal_rate",
    "shrunk",
    "split",
]

PPM = 1_000_000
Name = TypeVar("Name", bound=str)


def split(amount: int, shares: Mapping[Name, float]) -> dict[Name, int]:
    """Return an amount's parts by shares in parts per million, exactly and none below 0.

    Each part is a difference of what is due up to it, so that no remainder is lost.
    """
    weights = {name: round(PPM * max(share, 0.0)) for name, share in shares.items()}
    total = sum(weights.values())
    if total == 0:
        return dict.fromkeys(shares, 0)
    sums = (0, *accumulate(weights.values()))
    due = [amount * part // total for part in sums]
    return {name: due[n + 1] - due[n] for n, name in enumerate(weights)}


def chance(rate: float, years: float) -> float:
    """Return the chance that something of a rate, 1/yr, happens within a time."""
    return 1.0 - exp(-rate * years) if rate > 0.0 else 0.0


def drawdown(price: float, peak: float) -> float:
    """Return the fall from a peak, 0 to 1."""
    return max(0.0, 1.0 - price / peak) if peak > 0.0 else 0.0


def must_wait(plan: PlanSpec, fall: float) -> bool:
    """Tell whether a plan that is due waits for prices to settle, or to fall.

    A fully credible plan never waits; one without credibility does from `wait_drawdown` on. One
    that is there to buy in a crash waits for the crash.
    """
    if plan.dip > 0.0:
        return fall < plan.dip
    return fall * (1.0 - plan.credibility) > plan.wait_drawdown


def shrunk(plan: PlanSpec, size: int, deepest: float) -> int:
    """Return what is left of a size after the deepest fall since the announcement.

    A plan that is there to buy in a crash keeps its size.
    """
    if plan.dip > 0.0:
        return size
    lost = plan.shrink * (1.0 - plan.credibility) * deepest
    kept = round(PPM * max(0.0, 1.0 - lost))
    return size * kept // PPM


def lapse_rate(plan: PlanSpec) -> float:
    """Return the rate, 1/yr, at which a plan lapses before it starts."""
    return plan.lapse_rate * (1.0 - plan.credibility)


def loss_share(cost: int, value: int, paid: int) -> int:
    """Return the mark-to-market loss over all that was paid, 1e-6.

    Parameters
    ----------
    cost
        What was paid less what sales brought, micro-USD.
    value
        What is held, at market, micro-USD.
    paid
        All that was ever paid, micro-USD.
    """
    if paid <= 0:
        return 0
    return min(max(cost - value, 0) * PPM // paid, PPM)


def political_cost(politics: PoliticsSpec, paid: Mapping[Source, int], loss: int) -> int:
    """Return what a loss costs those in office, 1e-6.

    A loss of money from the budget counts in full, one of other sources by its weight.

    Parameters
    ----------
    politics
        Weights by source, and accountability.
    paid
        What was paid by source, micro-USD.
    loss
        Loss over all that was paid, 1e-6.
    """
    total = sum(paid.values())
    if total <= 0:
        return 0
    weights: dict[Source, float] = {source: getattr(politics, source) for source in SOURCES}
    weighted = sum(paid[source] * round(PPM * weight) for source, weight in weights.items())
    accountable = round(PPM * politics.accountability)
    return weighted * loss * accountable // (total * PPM * PPM)


def reversal_rate(lender: LenderSpec, state: StateSpec, fall: float) -> float:
    """Return the rate, 1/yr, at which a conditional lender has a state undo its policy.

    It grows with the loan, the strength of its conditions, how full the adoption is, and the fall
    of the price, which makes the case for it.
    """
    depth = 1.0 if state.legal_tender else state.depth
    return lender.rate * lender.loan_to_gdp * lender.strength * depth * (1.0 + fall)
