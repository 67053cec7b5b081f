"""A state's plan on the calendar of a run: its own, or one that a policy posted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tidegate.scenario.reserve_levers import ReserveLevers
from tidegate.scenario.reserve_plan import AssetMix, FundingMix, PlanSpec
from tidegate.scenario.sovereign import StateSpec

__all__ = ["DatedPlan", "own_plan", "posted_plan"]

DAY = 86_400


@dataclass(frozen=True, slots=True)
class DatedPlan:
    """What is bought, paid by whom, and on which days of the run; past days are negative."""

    terms: PlanSpec
    mix: AssetMix
    funding: FundingMix
    announced: int
    start: int


def own_plan(spec: StateSpec, first_day: dt.date) -> DatedPlan | None:
    """Return a state's own plan if it has one with a date."""
    plan = spec.plan
    if not plan.present or plan.start is None:
        return None
    announced = (plan.announced or plan.start) - first_day
    due = plan.start - first_day
    return DatedPlan(plan, spec.mix, spec.funding, min(announced.days, due.days), due.days)


def posted_plan(spec: StateSpec, levers: ReserveLevers) -> DatedPlan:
    """Return what a policy posted for a state; how credible it is stays the state's own."""
    terms = spec.plan.model_copy(
        update={
            "size_usd": levers.size_usd,
            "coins_per_day": 0.0,
            "days": levers.days,
            "dip": levers.dip,
        }
    )
    firms = max(0.0, 1.0 - levers.coins - levers.etf)
    mix = AssetMix(coins=levers.coins, etf=levers.etf, firms=firms)
    funding = FundingMix.model_validate({"budget": 0.0, levers.source: 1.0})
    start = levers.start or 0
    announced = start if levers.announced is None else min(levers.announced, start)
    return DatedPlan(terms, mix, funding, announced // DAY, start // DAY)
