"""Cohorts that take over from each other, or stand still; who took coins up, and who panicked."""

from __future__ import annotations

import pytest

from tests.agents.plan_worlds import Dial, PlanStall, small
from tidegate.scenario.savers import BehaviourSpec, SaverSpec


def test_without_turnover_nobody_ages() -> None:
    spec = SaverSpec(turnover=False)
    stall = PlanStall(small(savers=spec), Dial())
    savers = stall.plans.savers
    ages, heads = savers.ages, savers.heads
    stall.days(400)
    assert savers.months == 13
    assert savers.ages == ages == tuple(cohort.age for cohort in spec.cohorts)
    assert (savers.heads == heads).all()
    aged = PlanStall(small(), Dial())
    aged.days(400)
    assert aged.plans.savers.ages == tuple(age + 13 / 12 for age in ages)


def test_takers_and_the_scared_are_counted_by_all_that_they_have() -> None:
    habits = BehaviourSpec(education=0.0, education_spread=0.0, panic=1.0)
    dial = Dial(opened=0, route="menu", allocation=0.1, safe_harbour=True)
    stall = PlanStall(small(savers=SaverSpec(behaviour=habits)), dial)
    stall.days(370)
    plans = stall.plans
    taken, scared = plans.takers()
    wanted = plans.held.pool * plans.savers.uptake * 0.118
    assert taken.sum() == pytest.approx(wanted.sum(), rel=1e-6)
    assert taken.sum() > 0
    assert scared.sum() == 0
    stall.days(62, price=30_000.0)
    table = plans.records.saver_frame()
    last = table.filter(table["month"] == table["month"].max())
    assert last["scared_usd"].sum() > last["takers_usd"].sum() > 0
